/**
 * What Redis does in one step, in Lua: looking and taking with nothing in between. `KEYS[1]` is the prefix of all keys, and a tag
 * that keeps them together in a cluster. Numbers in Lua are doubles, so all of them stay whole and below 2^53.
 *
 * Under the prefix: `clock`; `epoch`, absent when Redis has lost what it had; `leases`, each process's end of lease;
 * `held:<process>`, its open reservations, and `gone:<process>`, those its lease did not cover; `rate:<scope>`, what was taken;
 * `budget:<id>`, by bucket what was spent (`s:`), is reserved (`r:`) by how many (`h:`), and was settled before the ledger was
 * asked (`u:`), and since when the ledger's answer is in (`since`).
 *
 * A claim is `[id, tokens, cost, [[scope, rpm, tpm, parallel], …], [[budget, from, bucket, valid from, valid until, limit], …]]`,
 * -1 for what is not limited.
 */

/** Taken up front by every script. */
const library = `
local P = KEYS[1]
local UNIT, MOST_A_MINUTE, MOST_AT_ONCE, MOST = 60000, 1e10, 1e11, 9007199254740991
local DAYS = 172800000

local function int(x) return string.format('%.0f', x) end
local function number(x) return tonumber(x or '0') or 0 end

local function serverMs()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function advance(given)
  local now = given == '' and serverMs() or tonumber(given)
  local known = redis.call('HMGET', P .. 'clock', 'wall', 'elapsed')
  local wall, elapsed = number(known[1]), number(known[2])
  local step = now - wall
  if step >= 0 then elapsed = elapsed + step
  elseif step > -2000 then return wall, elapsed end
  redis.call('HSET', P .. 'clock', 'wall', int(now), 'elapsed', int(elapsed))
  return now, elapsed
end

local function bounded(limit) return math.min(limit, MOST_A_MINUTE) end
local function units(tokens) return math.min(tokens, MOST_AT_ONCE) * UNIT end

local function readRates(scope, elapsed)
  local key = P .. 'rate:' .. scope[1]
  local kept = redis.call('HMGET', key, 'r', 'ra', 't', 'ta', 'o')
  local function left(taken, at, limit)
    if limit < 0 or taken == 0 then return taken end
    return math.max(0, taken - bounded(limit) * math.max(0, elapsed - at))
  end
  return {
    key = key, open = number(kept[5]),
    requests = left(number(kept[1]), number(kept[2]), scope[2]),
    tokens = left(number(kept[3]), number(kept[4]), scope[3])
  }
end

-- It stays while it is held or owed, and a while longer.
local function writeRates(rates, scope, elapsed)
  local fields = { 'o', int(rates.open) }
  if scope[2] >= 0 then
    fields[#fields + 1] = 'r'; fields[#fields + 1] = int(rates.requests)
    fields[#fields + 1] = 'ra'; fields[#fields + 1] = int(elapsed)
  end
  if scope[3] >= 0 then
    fields[#fields + 1] = 't'; fields[#fields + 1] = int(rates.tokens)
    fields[#fields + 1] = 'ta'; fields[#fields + 1] = int(elapsed)
  end
  redis.call('HSET', rates.key, unpack(fields))
  local stay = 0
  if rates.open > 0 or scope[2] == 0 or scope[3] == 0 then stay = DAYS else
    if scope[2] > 0 then stay = rates.requests / bounded(scope[2]) end
    if scope[3] > 0 then stay = math.max(stay, rates.tokens / bounded(scope[3])) end
  end
  redis.call('PEXPIRE', rates.key, int(math.min(DAYS, math.ceil(stay) + 120000)))
end

local function isLoaded(key, bucket)
  if redis.call('HEXISTS', key, 's:' .. int(bucket)) == 1 then return true end
  local since = redis.call('HGET', key, 'since')
  return since and tonumber(since) <= bucket
end

local function holdBudget(id, bucket, cost)
  local key, at = P .. 'budget:' .. id, int(bucket)
  if isLoaded(key, bucket) then redis.call('HINCRBY', key, 's:' .. at, '0') end
  redis.call('HINCRBY', key, 'r:' .. at, int(cost))
  redis.call('HINCRBY', key, 'h:' .. at, '1')
  redis.call('PEXPIRE', key, int(DAYS))
end

local function releaseBudget(id, bucket, cost)
  local key, at = P .. 'budget:' .. id, int(bucket)
  redis.call('HINCRBY', key, 'r:' .. at, int(0 - cost))
  if redis.call('HINCRBY', key, 'h:' .. at, '-1') <= 0 then redis.call('HDEL', key, 'r:' .. at, 'h:' .. at) end
end

-- Books what a call cost; what the ledger was not asked about yet it will tell, if it is asked late enough.
local function spend(id, bucket, cost)
  local key, at = P .. 'budget:' .. id, int(bucket)
  if isLoaded(key, bucket) then redis.call('HINCRBY', key, 's:' .. at, int(cost))
  else
    redis.call('HINCRBY', key, 'u:' .. at, int(cost))
    redis.call('HSET', key, 'ut', int(serverMs()))
  end
  redis.call('PEXPIRE', key, int(DAYS))
end

-- Takes, whatever the limits say: of a call that was granted already.
local function hold(process, text)
  local claim = cjson.decode(text)
  if redis.call('HSETNX', P .. 'held:' .. process, claim[1], text) == 0 then return end
  for _, scope in ipairs(claim[4]) do
    redis.call('HINCRBY', P .. 'rate:' .. scope[1], 'o', '1')
    redis.call('PEXPIRE', P .. 'rate:' .. scope[1], int(DAYS))
  end
  for _, budget in ipairs(claim[5]) do holdBudget(budget[1], budget[3], claim[3]) end
end

-- Gives back what is held, and no more.
local function release(claim)
  for _, scope in ipairs(claim[4]) do
    local key = P .. 'rate:' .. scope[1]
    if number(redis.call('HGET', key, 'o')) > 0 then redis.call('HINCRBY', key, 'o', '-1') end
  end
  for _, budget in ipairs(claim[5]) do releaseBudget(budget[1], budget[3], claim[3]) end
end

-- The truth about tokens instead of what was reserved.
local function correct(claim, tokens, elapsed)
  if tokens == claim[2] then return end
  for _, scope in ipairs(claim[4]) do
    if scope[3] >= 0 then
      local rates = readRates(scope, elapsed)
      rates.tokens = math.max(0, math.min(MOST, rates.tokens + units(tokens) - units(claim[2])))
      writeRates(rates, scope, elapsed)
    end
  end
end

-- What a process held whose lease has ended is let go, and remembered for the case that it lives.
local function reap(most)
  local dead = redis.call('ZRANGEBYSCORE', P .. 'leases', '-inf', int(serverMs()), 'LIMIT', '0', '1')[1]
  if not dead then return end
  local held, gone = P .. 'held:' .. dead, P .. 'gone:' .. dead
  local some = redis.call('HSCAN', held, '0', 'COUNT', int(most))[2]
  for at = 1, #some, 2 do
    release(cjson.decode(some[at + 1]))
    redis.call('HDEL', held, some[at])
    redis.call('HSET', gone, some[at], some[at + 1])
  end
  redis.call('PEXPIRE', gone, int(DAYS))
  if redis.call('HLEN', held) == 0 then redis.call('ZREM', P .. 'leases', dead) end
end

local function takeBack(process)
  local gone = P .. 'gone:' .. process
  local lost = redis.call('HGETALL', gone)
  for at = 2, #lost, 2 do hold(process, lost[at]) end
  if #lost > 0 then redis.call('DEL', gone) end
end

-- Renews what has no time of its own.
local function stay(process, lease)
  redis.call('ZADD', P .. 'leases', int(serverMs() + lease), process)
  for _, name in ipairs({ 'clock', 'epoch', 'leases', 'held:' .. process }) do
    redis.call('PEXPIRE', P .. name, int(DAYS))
  end
end

-- Lets go of buckets that count no longer; answers what is spent, what is reserved, and whether the ledger has to be asked.
local function readBudget(id, from)
  local key = P .. 'budget:' .. id
  local flat = redis.call('HGETALL', key)
  local since, held, buckets = nil, {}, {}
  for at = 1, #flat, 2 do
    local name, value = flat[at], flat[at + 1]
    if name == 'since' then since = tonumber(value)
    elseif name ~= 'ut' then
      local kind, bucket = string.sub(name, 1, 1), string.sub(name, 3)
      buckets[bucket] = buckets[bucket] or {}
      buckets[bucket][kind] = tonumber(value)
    end
  end
  local spent, reserved = 0, 0
  for bucket, of in pairs(buckets) do
    if tonumber(bucket) >= from then
      spent = spent + (of.s or 0)
      reserved = reserved + (of.r or 0)
    elseif (of.h or 0) <= 0 then
      redis.call('HDEL', key, 's:' .. bucket, 'r:' .. bucket, 'h:' .. bucket, 'u:' .. bucket)
    end
  end
  if since and since < from then
    redis.call('HSET', key, 'since', int(from))
    since = from
  end
  return spent, reserved, since ~= nil and since <= from
end

local function isOpen(budget, wall) return wall >= budget[4] and wall < budget[5] end
`;

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

/** `ARGV`: process, time or nothing, the grant's epoch, id, tokens, cost, the grant's charges as `[[budget, bucket], …]`. */
const settle = `
local wall, elapsed = advance(ARGV[2])
local id, tokens, cost = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local held, gone = P .. 'held:' .. ARGV[1], P .. 'gone:' .. ARGV[1]
local text = redis.call('HGET', held, id)
if text then
  local claim = cjson.decode(text)
  redis.call('HDEL', held, id)
  for _, budget in ipairs(claim[5]) do
    releaseBudget(budget[1], budget[3], claim[3])
    spend(budget[1], budget[3], cost)
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
  for _, budget in ipairs(claim[5]) do spend(budget[1], budget[3], cost) end
  correct(claim, tokens, elapsed)
  return 'gone'
end
-- Of a life of Redis before this one: nothing is held, but what it cost has to be known.
if redis.call('GET', P .. 'epoch') ~= ARGV[3] then
  if redis.call('SET', P .. 'late:' .. id, '1', 'NX', 'PX', '3600000') then
    for _, charge in ipairs(cjson.decode(ARGV[7])) do spend(charge[1], charge[2], cost) end
  end
  return 'late'
end
return 'known'
`;

/** `ARGV`: budget, from when on, when the ledger was asked, `[[bucket, spent], …]`. What is known already is ahead of the answer. */
const load = `
local key = P .. 'budget:' .. ARGV[1]
local since, askedMs = tonumber(ARGV[2]), tonumber(ARGV[3])
-- What was settled about then or later may not have been in the ledger yet.
local isAhead = number(redis.call('HGET', key, 'ut')) >= askedMs - 1000
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
  return library + bodies[name];
}
