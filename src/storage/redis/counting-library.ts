/**
 * What the scripts of counters have in common, in Lua. `KEYS[1]` is the prefix of all keys, with a tag that keeps them together in
 * a cluster. Numbers in Lua are doubles, so all of them stay whole and below 2^53.
 *
 * Under the prefix: `clock`; `epoch`, absent when Redis has lost what it had; `leases`, each process's end of lease;
 * `held:<process>`, its open reservations, and `gone:<process>`, those its lease did not cover; `rate:<scope>`, what was taken;
 * `budget:<id>`, by bucket what was spent (`s:`), is reserved (`r:`) by how many (`h:`), and was settled before the ledger was
 * asked (`u:`, the last at `ut`); from which bucket on the ledger's answer is in (`since`), and when it was asked (`asked`).
 *
 * When Redis has lost what it had, a call that ends about the time the ledger is asked may be in its answer or not. It is then
 * counted, so that no limit is passed, and the budget is in doubt (`doubt`, when): once nothing is open, the ledger is asked again.
 *
 * A claim is `[id, tokens, cost, [[scope, rpm, tpm, parallel], …], [[budget, from, bucket, valid from, valid until, limit], …]]`,
 * -1 for what is not limited.
 */

/** Taken up front by every script. */
export const countingLibrary = `
local P = KEYS[1]
local UNIT, MOST_A_MINUTE, MOST_AT_ONCE, MOST = 60000, 1e10, 1e11, 9007199254740991
local DAYS = 172800000
-- How long after its end a call may be missing in the ledger's answer, and how long a doubt has to rest.
local LAG, REST = 1000, 2000

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

local function doubt(id)
  redis.call('HSET', P .. 'budget:' .. id, 'doubt', int(serverMs()))
end

-- Books what a call cost that ended then; what the ledger was not asked about yet it will tell, if it is asked late enough.
local function spend(id, bucket, cost, ended)
  local key, at = P .. 'budget:' .. id, int(bucket)
  if isLoaded(key, bucket) then redis.call('HINCRBY', key, 's:' .. at, int(cost))
  else
    redis.call('HINCRBY', key, 'u:' .. at, int(cost))
    if ended > number(redis.call('HGET', key, 'ut')) then redis.call('HSET', key, 'ut', int(ended)) end
  end
  if redis.call('HEXISTS', key, 'doubt') == 1 then doubt(id) end
  redis.call('PEXPIRE', key, int(DAYS))
end

-- The same for what nothing was held for any more.
local function spendLate(id, bucket, cost, ended)
  local key = P .. 'budget:' .. id
  doubt(id)
  local asked = number(redis.call('HGET', key, 'asked'))
  if not isLoaded(key, bucket) or ended >= asked - LAG then spend(id, bucket, cost, ended) end
end

-- Takes, whatever the limits say: of a call that was granted already.
local function hold(process, text)
  local claim = cjson.decode(text)
  if redis.call('HSETNX', P .. 'held:' .. process, claim[1], text) == 0 then return end
  for _, scope in ipairs(claim[4]) do
    redis.call('HINCRBY', P .. 'rate:' .. scope[1], 'o', '1')
    redis.call('PEXPIRE', P .. 'rate:' .. scope[1], int(DAYS))
  end
  for _, budget in ipairs(claim[5]) do
    holdBudget(budget[1], budget[3], claim[3])
    doubt(budget[1])
  end
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
  local since, doubtful, open, buckets = nil, nil, 0, {}
  for at = 1, #flat, 2 do
    local name, value = flat[at], flat[at + 1]
    if name == 'since' then since = tonumber(value)
    elseif name == 'doubt' then doubtful = tonumber(value)
    elseif string.sub(name, 2, 2) == ':' then
      local kind, bucket = string.sub(name, 1, 1), string.sub(name, 3)
      buckets[bucket] = buckets[bucket] or {}
      buckets[bucket][kind] = tonumber(value)
    end
  end
  for _, of in pairs(buckets) do open = open + (of.h or 0) end
  if doubtful and open == 0 and serverMs() - doubtful > REST then
    redis.call('DEL', key)
    return 0, 0, false
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
