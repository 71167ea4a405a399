/** What Redis does in one step for counters, a script each: looking and taking with nothing in between. */
import { countingLibrary } from './counting-library.ts';

/**
 * `ARGV`: process, time or nothing for Redis's own, epoch, claim. Answers `ok` or `no` with the time, what is taken by each scope
 * (requests, tokens, calls at once) and used of each budget; or what has to be done first: `join`, `again` at that time,
 * `wait` so long, `load` these.
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
local money, missing, refused = {}, { 'load', wall }, false
for nth, budget in ipairs(budgets) do
  if not isOpen(budget, wall) then return { 'again', wall } end
  local kept = readBudget(budget[1], budget[2])
  if not kept.loaded then missing[#missing + 1] = nth end
  money[nth] = kept
  local used = kept.spent + kept.reserved
  if used >= budget[6] or used + cost > budget[6] then refused = true end
end
if #missing > 2 then return missing end
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
 * `ARGV`: process, time or nothing, the grant's epoch, id, tokens, cost, the grant's charges as `[[budget, bucket], …]`, when it
 * ended by Redis's clock.
 */
const settle = `
local state = readState(ARGV[1])
local wall, elapsed = advance(state, ARGV[2])
local id, tokens, cost, ended = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[8])
local held, gone = P .. 'held:' .. ARGV[1], P .. 'gone:' .. ARGV[1]
local text = redis.call('HGET', held, id)
if text then
  redis.call('HDEL', held, id)
  local claim = cjson.decode(text)
  for _, budget in ipairs(claim[5]) do closeBudget(budget[1], budget[3], claim[3], cost, ended) end
  for _, scope in ipairs(claim[4]) do
    local rates = readRates(scope, elapsed)
    rates.open = math.max(0, rates.open - 1)
    correct(rates, scope, claim[2], tokens)
    writeRates(rates, scope, elapsed)
  end
  return 'ok'
end
text = redis.call('HGET', gone, id)
if text then
  redis.call('HDEL', gone, id)
  local claim = cjson.decode(text)
  for _, budget in ipairs(claim[5]) do closeBudget(budget[1], budget[3], nil, cost, ended) end
  for _, scope in ipairs(claim[4]) do
    local rates = readRates(scope, elapsed)
    correct(rates, scope, claim[2], tokens)
    writeRates(rates, scope, elapsed)
  end
  return 'gone'
end
-- Of a life of Redis before this one: nothing is held, but what it cost has to be known.
if state.epoch ~= ARGV[3] then
  if redis.call('SET', P .. 'late:' .. id, '1', 'NX', 'PX', int(HOUR)) then
    for _, charge in ipairs(cjson.decode(ARGV[7])) do closeBudget(charge[1], charge[2], nil, cost, ended) end
  end
  return 'late'
end
return 'known'
`;

/** `ARGV`: budget, from when on, when the ledger was asked, `[[bucket, spent], …]`. What is known already is ahead of the answer. */
const load = `
local key = P .. 'budget:' .. ARGV[1]
local from, asked = tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', key, 'since', 'ut')
local since = kept[1] and tonumber(kept[1])
local isAhead = number(kept[2]) >= asked - LAG
local told = {}
for _, row in ipairs(cjson.decode(ARGV[4])) do told[int(row[1])] = row[2] end
local known = {}
for _, name in ipairs(redis.call('HKEYS', key)) do
  local kind, bucket = string.sub(name, 1, 2), string.sub(name, 3)
  if kind == 's:' then known[bucket] = true end
  if kind == 'u:' and tonumber(bucket) >= from then
    if isAhead then told[bucket] = (told[bucket] or 0) + number(redis.call('HGET', key, name)) end
    redis.call('HDEL', key, name)
  end
end
for bucket, spent in pairs(told) do
  local isKnown = known[bucket] or (since and since <= tonumber(bucket))
  if not isKnown then redis.call('HSET', key, 's:' .. bucket, int(spent)) end
end
if not since then redis.call('HSET', key, 'asked', int(asked)) end
if not since or since > from then redis.call('HSET', key, 'since', int(from)) end
redis.call('PEXPIRE', key, int(DAYS))
return 'ok'
`;

/**
 * `ARGV`: process, lease, epoch to begin with, the one known so far or nothing, and how long others may need to find their way
 * back where that is lost. Answers the epoch, and the time.
 */
const join = `
local state = readState(ARGV[1])
if ARGV[4] ~= '' and state.epoch ~= ARGV[4] then
  redis.call('HSET', P .. 'state', 'grace', int(serverMs() + tonumber(ARGV[5])))
end
redis.call('HSETNX', P .. 'state', 'epoch', ARGV[3])
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
if readState(ARGV[1]).epoch ~= ARGV[3] then return { 'join' } end
stay(ARGV[1], tonumber(ARGV[2]))
takeBack(ARGV[1])
local more = reap()
return { 'ok', serverMs(), redis.call('HLEN', P .. 'held:' .. ARGV[1]), more }
`;

/** `ARGV`: process. Answers the ids of what it holds. */
const list = `return redis.call('HKEYS', P .. 'held:' .. ARGV[1])`;

/** `ARGV`: process. Gives up a place nothing hangs on. */
const quit = `
if redis.call('HLEN', P .. 'held:' .. ARGV[1]) == 0 then leave(ARGV[1]) end
return 'ok'
`;

/** `ARGV`: time or nothing, epoch, budgets. Answers `ok`, the time, and of each what is spent and reserved; or what comes first. */
const look = `
local state = readState('')
if state.epoch ~= ARGV[2] then return { 'join' } end
local wall = advance(state, ARGV[1])
local answer, missing = { 'ok', wall }, { 'load', wall }
for nth, budget in ipairs(cjson.decode(ARGV[3])) do
  if not isOpen(budget, wall) then return { 'again', wall } end
  local kept = readBudget(budget[1], budget[2])
  if not kept.loaded then missing[#missing + 1] = nth end
  answer[#answer + 1] = kept.spent
  answer[#answer + 1] = kept.reserved
end
return #missing > 2 and missing or answer
`;

const bodies = { reserve, settle, load, join, adopt, renew, list, quit, look } as const;

export type ScriptName = keyof typeof bodies;

export const scriptNames = Object.keys(bodies) as readonly ScriptName[];

export function scriptText(name: ScriptName): string {
  return countingLibrary + bodies[name];
}
