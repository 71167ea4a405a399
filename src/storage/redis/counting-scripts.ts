/** What Redis does in one step for counters, a script each: looking and taking with nothing in between. */
import { countingLibrary } from './counting-library.ts';

/**
 * `ARGV`: process, time or nothing for Redis's own, epoch, claim, `1` where what a process has died since will do. Answers `ok` or
 * `no` with the time, what is taken by each scope (requests, tokens, calls at once) and used of each budget; or what has to be
 * done first: `join`, `again` at that time, `wait` so long, `load` after so many deaths these, negative where they are known.
 */
const reserve = `
local state = readState(ARGV[1])
if state.epoch ~= ARGV[3] or not state.place then return { 'join' } end
local wall, elapsed = advance(state, ARGV[2])
local claim = cjson.decode(ARGV[4])
local id, tokens, cost, scopes, budgets = claim[1], claim[2], claim[3], claim[4], claim[5]
if state.grace and #budgets > 0 then
  local left = tonumber(state.grace) - serverMs()
  if left > 0 then return { 'wait', left } end
end
local held = P .. 'held:' .. ARGV[1]
local before = redis.call('HGET', held, id)
if before then
  release(cjson.decode(before))
  redis.call('HDEL', held, id)
end
local money, missing, refused = {}, { 'load', wall, state.deaths }, false
for nth, budget in ipairs(budgets) do
  if not isOpen(budget, wall) then return { 'again', wall } end
  local kept = readBudget(budget[1], budget[2], state.deaths)
  if not kept.loaded then missing[#missing + 1] = nth
  elseif kept.stale and ARGV[5] ~= '1' then missing[#missing + 1] = -nth end
  money[nth] = kept
  local used = kept.spent + kept.reserved
  if used >= budget[6] or used + cost > budget[6] then refused = true end
end
if #missing > 3 then return missing end
local rates = {}
for nth, scope in ipairs(scopes) do
  local kept = readRates(scope, elapsed)
  rates[nth] = kept
  if scope[2] >= 0 and kept.requests + UNIT > bounded(scope[2]) * UNIT then refused = true end
  if scope[3] >= 0 and kept.tokens + units(tokens) > bounded(scope[3]) * UNIT then refused = true end
  if scope[4] >= 0 and kept.open >= scope[4] then refused = true end
end
local answer = { refused and 'no' or 'ok', wall }
for nth, kept in ipairs(rates) do
  if not refused then
    local scope = scopes[nth]
    kept.open = kept.open + 1
    if scope[2] >= 0 then kept.requests = kept.requests + UNIT end
    if scope[3] >= 0 then kept.tokens = kept.tokens + units(tokens) end
    writeRates(kept, scope, elapsed)
  end
  answer[#answer + 1] = kept.requests
  answer[#answer + 1] = kept.tokens
  answer[#answer + 1] = kept.open
end
for nth, kept in ipairs(money) do
  local used = kept.spent + kept.reserved
  if not refused then
    holdBudget(kept, budgets[nth][3], cost, wall)
    used = used + cost
  end
  answer[#answer + 1] = used
end
if not refused then redis.call('HSET', held, id, ARGV[4]) end
return answer
`;

/**
 * `ARGV`: process, time or nothing, its place, id, tokens, what the process has spent now of the call's buckets that the database
 * does not have, as `[[budget, bucket, own], …]`.
 */
const settle = `
if not readTold(ARGV[1], ARGV[3]) then return 'old' end
local state = readState(ARGV[1])
local wall, elapsed = advance(state, ARGV[2])
local id, tokens = ARGV[4], tonumber(ARGV[5])
local held, gone = P .. 'held:' .. ARGV[1], P .. 'gone:' .. ARGV[1]
local text, lost = redis.call('HGET', held, id), nil
if text then redis.call('HDEL', held, id) else
  lost = redis.call('HGET', gone, id)
  if lost then redis.call('HDEL', gone, id) end
end
if text or lost then
  local claim = cjson.decode(text or lost)
  if text then
    for _, budget in ipairs(claim[5]) do closeBudget(budget[1], budget[3], claim[3]) end
  end
  for _, scope in ipairs(claim[4]) do
    local rates = readRates(scope, elapsed)
    if text then rates.open = math.max(0, rates.open - 1) end
    correct(rates, scope, claim[2], tokens)
    writeRates(rates, scope, elapsed)
  end
end
for _, row in ipairs(cjson.decode(ARGV[6])) do
  local key = tellOwn(ARGV[1], row[1], row[2], row[3])
  if not text then redis.call('PEXPIRE', key, int(DAYS)) end
end
return 'ok'
`;

/**
 * `ARGV`: process, its place, `[[budget, bucket, own], …]`, each followed by what was moved, the database's total then, and the
 * move's number where there was one: what was told of a move before is passed over. The sums of its own are as they are now.
 */
const tell = `
local isOwn, last = readTold(ARGV[1], ARGV[2])
if not isOwn then return 'old' end
local latest = last
for _, row in ipairs(cjson.decode(ARGV[3])) do
  local key = tellOwn(ARGV[1], row[1], row[2], row[3])
  if row[6] and row[6] > last then
    tellMoved(key, row[2], row[4], row[5])
    latest = row[6]
  end
  redis.call('PEXPIRE', key, int(DAYS))
end
if latest > last then redis.call('HSET', P .. 'told:' .. ARGV[1], 'n', int(latest)) end
return 'ok'
`;

/**
 * `ARGV`: budget, from when on, after how many deaths the database was asked, `[[bucket, spent], …]`. What died before that counts
 * no longer, since the database has it or whoever has its journal tells it.
 */
const load = `
local key = P .. 'budget:' .. ARGV[1]
local from, deaths = tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', key, 'since', 'd')
local since = kept[1] and tonumber(kept[1])
if since and since <= from and number(kept[2]) >= deaths then return 'known' end
local totals = {}
for _, row in ipairs(cjson.decode(ARGV[4])) do totals[int(row[1])] = row[2] end
local flat = redis.call('HGETALL', key)
for at = 1, #flat, 2 do
  local name, value = flat[at], flat[at + 1]
  local kind, bucket = string.sub(name, 1, 2), string.match(name, '[^:]+$')
  if kind == 's:' or kind == 'b:' or kind == 'm:' then totals[bucket] = math.max(totals[bucket] or 0, tonumber(value)) end
  if kind == 'j:' then
    local process = string.sub(name, 3, -#bucket - 2)
    if redis.call('HEXISTS', P .. 'state', 'p:' .. process) == 0 then redis.call('HDEL', key, name) end
  end
end
for bucket, total in pairs(totals) do
  redis.call('HSET', key, 's:' .. bucket, int(total), 'b:' .. bucket, int(total))
  redis.call('HDEL', key, 'm:' .. bucket)
end
if not since or since > from then redis.call('HSET', key, 'since', int(from)) end
redis.call('HSET', key, 'd', int(deaths))
redis.call('PEXPIRE', key, int(DAYS))
return 'ok'
`;

/**
 * `ARGV`: process, lease, epoch to begin with, the one known so far or nothing, and how long others may need to find their way
 * back where that is lost, and the place it takes. Answers the epoch, and the time.
 */
const join = `
local state = readState(ARGV[1])
if ARGV[4] ~= '' and state.epoch ~= ARGV[4] then
  redis.call('HSET', P .. 'state', 'grace', int(serverMs() + tonumber(ARGV[5])))
end
redis.call('HSETNX', P .. 'state', 'epoch', ARGV[3])
redis.call('HSET', P .. 'told:' .. ARGV[1], 'g', ARGV[6])
stay(ARGV[1], tonumber(ARGV[2]))
takeBack(ARGV[1])
return { redis.call('HGET', P .. 'state', 'epoch'), serverMs() }
`;

/** `ARGV`: process, then claims that were granted in a life of Redis before this one. */
const adopt = `
for at = 2, #ARGV do hold(ARGV[1], ARGV[at]) end
return 'ok'
`;

/** `ARGV`: process, lease, epoch. Answers `join`, or the time, how many it holds, and 1 where it is to be called again at once. */
const renew = `
local state = readState(ARGV[1])
if state.epoch ~= ARGV[3] or not state.place then return { 'join' } end
stay(ARGV[1], tonumber(ARGV[2]))
takeBack(ARGV[1])
local more = reap()
return { 'ok', serverMs(), redis.call('HLEN', P .. 'held:' .. ARGV[1]), more }
`;

/** `ARGV`: process. Answers the ids of what it holds. */
const list = `return redis.call('HKEYS', P .. 'held:' .. ARGV[1])`;

/** `ARGV`: process. Gives up a place nothing hangs on. */
const quit = `
if redis.call('HLEN', P .. 'held:' .. ARGV[1]) == 0 then
  leave(ARGV[1])
  redis.call('DEL', P .. 'told:' .. ARGV[1])
end
return 'ok'
`;

/**
 * `ARGV`: time or nothing, epoch, budgets, `1` as for `reserve`. Answers `ok`, the time, and of each what is spent and reserved; or
 * what comes first.
 */
const look = `
local state = readState('')
if state.epoch ~= ARGV[2] then return { 'join' } end
local wall = advance(state, ARGV[1])
local answer, missing = { 'ok', wall }, { 'load', wall, state.deaths }
for nth, budget in ipairs(cjson.decode(ARGV[3])) do
  if not isOpen(budget, wall) then return { 'again', wall } end
  local kept = readBudget(budget[1], budget[2], state.deaths)
  if not kept.loaded then missing[#missing + 1] = nth
  elseif kept.stale and ARGV[4] ~= '1' then missing[#missing + 1] = -nth end
  answer[#answer + 1] = kept.spent
  answer[#answer + 1] = kept.reserved
end
return #missing > 3 and missing or answer
`;

const bodies = { reserve, settle, tell, load, join, adopt, renew, list, quit, look } as const;

export type ScriptName = keyof typeof bodies;

export const scriptNames = Object.keys(bodies) as readonly ScriptName[];

export function scriptText(name: ScriptName): string {
  return countingLibrary + bodies[name];
}
