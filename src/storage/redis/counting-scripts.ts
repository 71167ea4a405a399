/** What Redis does in one step for counters, a script each: looking and taking with nothing in between. */
import { countingLibrary } from './counting-library.ts';

/**
 * `ARGV`: process, time or nothing for Redis's own, epoch, claim. Answers `ok` or `no` with the time, what is taken by each scope
 * (requests, tokens, calls at once) and used of each budget; or what has to be done first: `join`, `again` at that time,
 * `wait` so long, `load` these.
 */
const reserve = `
if redis.call('GET', P .. 'epoch') ~= ARGV[3] then return { 'join' } end
if not redis.call('ZSCORE', P .. 'leases', ARGV[1]) then return { 'join' } end
reap(50)
local wall, elapsed = advance(ARGV[2])
local claim = cjson.decode(ARGV[4])
local id, tokens, cost, scopes, budgets = claim[1], claim[2], claim[3], claim[4], claim[5]
if #budgets > 0 then
  local grace = redis.call('PTTL', P .. 'grace')
  if grace > 0 then return { 'wait', grace } end
end
local before = redis.call('HGET', P .. 'held:' .. ARGV[1], id)
if before then
  release(cjson.decode(before))
  redis.call('HDEL', P .. 'held:' .. ARGV[1], id)
end
local used, missing, refused = {}, { 'load', wall }, false
for nth, budget in ipairs(budgets) do
  if not isOpen(budget, wall) then return { 'again', wall } end
  local spent, reserved, loaded = readBudget(budget[1], budget[2])
  if not loaded then missing[#missing + 1] = nth end
  used[nth] = spent + reserved
  if used[nth] >= budget[6] or used[nth] + cost > budget[6] then refused = true end
end
if #missing > 2 then return missing end
local rates = {}
for nth, scope in ipairs(scopes) do
  local state = readRates(scope, elapsed)
  rates[nth] = state
  if scope[2] >= 0 and state.requests + UNIT > bounded(scope[2]) * UNIT then refused = true end
  if scope[3] >= 0 and state.tokens + units(tokens) > bounded(scope[3]) * UNIT then refused = true end
  if scope[4] >= 0 and state.open >= scope[4] then refused = true end
end
local answer = { refused and 'no' or 'ok', wall }
for nth, state in ipairs(rates) do
  if not refused then
    local scope = scopes[nth]
    state.open = state.open + 1
    if scope[2] >= 0 then state.requests = state.requests + UNIT end
    if scope[3] >= 0 then state.tokens = state.tokens + units(tokens) end
    writeRates(state, scope, elapsed)
  end
  answer[#answer + 1] = state.requests
  answer[#answer + 1] = state.tokens
  answer[#answer + 1] = state.open
end
for nth, budget in ipairs(budgets) do
  if refused then answer[#answer + 1] = used[nth] else
    holdBudget(budget[1], budget[3], cost)
    answer[#answer + 1] = used[nth] + cost
  end
end
if not refused then redis.call('HSET', P .. 'held:' .. ARGV[1], id, ARGV[4]) end
return answer
`;

/** `ARGV`: process, time or nothing, the grant's epoch, id, tokens, cost, the grant's charges as `[[budget, bucket], …]`, when it ended by Redis's clock. */
const settle = `
local wall, elapsed = advance(ARGV[2])
local id, tokens, cost, ended = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[8])
local held, gone = P .. 'held:' .. ARGV[1], P .. 'gone:' .. ARGV[1]
local text = redis.call('HGET', held, id)
if text then
  local claim = cjson.decode(text)
  redis.call('HDEL', held, id)
  for _, budget in ipairs(claim[5]) do
    releaseBudget(budget[1], budget[3], claim[3])
    spend(budget[1], budget[3], cost, ended)
  end
  for _, scope in ipairs(claim[4]) do
    local rates = readRates(scope, elapsed)
    rates.open = math.max(0, rates.open - 1)
    if scope[3] >= 0 and tokens ~= claim[2] then
      rates.tokens = math.max(0, math.min(MOST, rates.tokens + units(tokens) - units(claim[2])))
    end
    writeRates(rates, scope, elapsed)
  end
  return 'ok'
end
text = redis.call('HGET', gone, id)
if text then
  local claim = cjson.decode(text)
  redis.call('HDEL', gone, id)
  for _, budget in ipairs(claim[5]) do spendLate(budget[1], budget[3], cost, ended) end
  correct(claim, tokens, elapsed)
  return 'gone'
end
-- Of a life of Redis before this one: nothing is held, but what it cost has to be known.
if redis.call('GET', P .. 'epoch') ~= ARGV[3] then
  if redis.call('SET', P .. 'late:' .. id, '1', 'NX', 'PX', '3600000') then
    for _, charge in ipairs(cjson.decode(ARGV[7])) do spendLate(charge[1], charge[2], cost, ended) end
  end
  return 'late'
end
return 'known'
`;

/** `ARGV`: budget, from when on, when the ledger was asked, `[[bucket, spent], …]`. What is known already is ahead of the answer. */
const load = `
local key = P .. 'budget:' .. ARGV[1]
local since, askedMs = tonumber(ARGV[2]), tonumber(ARGV[3])
local isAhead = number(redis.call('HGET', key, 'ut')) >= askedMs - LAG
local told = {}
for _, row in ipairs(cjson.decode(ARGV[4])) do told[int(row[1])] = row[2] end
local flat = redis.call('HKEYS', key)
for _, name in ipairs(flat) do
  if string.sub(name, 1, 2) == 'u:' then
    local bucket = string.sub(name, 3)
    if tonumber(bucket) >= since then
      if isAhead then told[bucket] = (told[bucket] or 0) + number(redis.call('HGET', key, name)) end
      redis.call('HDEL', key, name)
    end
  end
end
for bucket, spent in pairs(told) do
  if not isLoaded(key, tonumber(bucket)) then redis.call('HSET', key, 's:' .. bucket, int(spent)) end
end
local known = redis.call('HGET', key, 'since')
if not known then redis.call('HSET', key, 'asked', int(askedMs)) end
if not known or tonumber(known) > since then redis.call('HSET', key, 'since', int(since)) end
redis.call('PEXPIRE', key, int(DAYS))
return 'ok'
`;

/**
 * `ARGV`: process, lease, epoch to begin with, the one known so far or nothing, and how long others may need to find their way
 * back where that is lost. Answers the epoch, and the time.
 */
const join = `
if ARGV[4] ~= '' and redis.call('GET', P .. 'epoch') ~= ARGV[4] then redis.call('SET', P .. 'grace', '1', 'PX', ARGV[5]) end
redis.call('SET', P .. 'epoch', ARGV[3], 'NX')
stay(ARGV[1], tonumber(ARGV[2]))
takeBack(ARGV[1])
return { redis.call('GET', P .. 'epoch'), serverMs() }
`;

/** `ARGV`: process, then claims that were granted in a life of Redis before this one. */
const adopt = `
for at = 2, #ARGV do hold(ARGV[1], ARGV[at]) end
return 'ok'
`;

/** `ARGV`: process, lease, epoch. Answers `join`, or the time and how many it holds. */
const renew = `
if redis.call('GET', P .. 'epoch') ~= ARGV[3] then return { 'join' } end
stay(ARGV[1], tonumber(ARGV[2]))
takeBack(ARGV[1])
reap(1000)
return { 'ok', serverMs(), redis.call('HLEN', P .. 'held:' .. ARGV[1]) }
`;

/** `ARGV`: process. Answers the ids of what it holds. */
const list = `return redis.call('HKEYS', P .. 'held:' .. ARGV[1])`;

/** `ARGV`: process. Gives up a lease nothing hangs on. */
const leave = `
if redis.call('HLEN', P .. 'held:' .. ARGV[1]) == 0 then redis.call('ZREM', P .. 'leases', ARGV[1]) end
return 'ok'
`;

/** `ARGV`: time or nothing, epoch, budgets. Answers `ok`, the time, and of each what is spent and reserved; or what comes first. */
const look = `
if redis.call('GET', P .. 'epoch') ~= ARGV[2] then return { 'join' } end
local wall = advance(ARGV[1])
local answer, missing = { 'ok', wall }, { 'load', wall }
for nth, budget in ipairs(cjson.decode(ARGV[3])) do
  if not isOpen(budget, wall) then return { 'again', wall } end
  local spent, reserved, loaded = readBudget(budget[1], budget[2])
  if not loaded then missing[#missing + 1] = nth end
  answer[#answer + 1] = spent
  answer[#answer + 1] = reserved
end
return #missing > 2 and missing or answer
`;

const bodies = { reserve, settle, load, join, adopt, renew, list, leave, look } as const;

export type ScriptName = keyof typeof bodies;

export const scriptNames = Object.keys(bodies) as readonly ScriptName[];

export function scriptText(name: ScriptName): string {
  return countingLibrary + bodies[name];
}
