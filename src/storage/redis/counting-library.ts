/**
 * What the scripts of counters have in common, in Lua. `KEYS[1]` is the prefix of all keys, with a tag that keeps them together in
 * a cluster. Numbers in Lua are doubles, so all of them stay whole and below 2^53.
 *
 * Under the prefix: `state`, with the clock, each process that has its place (`p:`), the `epoch`, absent when Redis has lost what
 * it had, and the end of the `grace` after that; `leases`, each process's end of lease; `held:<process>`, its open reservations,
 * and `gone:<process>`, those its lease did not cover; `rate:<scope>`, what was taken; `budget:<id>`, by bucket what was spent
 * (`s:`), is reserved (`r:`) by how many (`h:`), and was settled before the ledger was asked (`u:`, the last at `ut`); from which
 * bucket on the ledger's answer is in (`since`), and when it was asked (`asked`).
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
local DAYS, HOUR = 172800000, 3600000
-- How long after its end a call may be missing in the ledger's answer, and how long a doubt has to rest.
local LAG, REST = 1000, 2000

local function int(x) return string.format('%.0f', x) end
local function number(x) return tonumber(x or '0') or 0 end

local function serverMs()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function readState(process)
  local kept = redis.call('HMGET', P .. 'state', 'wall', 'elapsed', 'epoch', 'grace', 'p:' .. process)
  return { wall = number(kept[1]), elapsed = number(kept[2]), epoch = kept[3], grace = kept[4], place = kept[5] }
end

local function advance(state, given)
  local now = given == '' and serverMs() or tonumber(given)
  local step = now - state.wall
  if step == 0 then return state.wall, state.elapsed end
  local elapsed = state.elapsed
  if step > 0 then elapsed = elapsed + step
  elseif step > -2000 then return state.wall, elapsed end
  redis.call('HSET', P .. 'state', 'wall', int(now), 'elapsed', int(elapsed))
  return now, elapsed
end

local function bounded(limit) return math.min(limit, MOST_A_MINUTE) end
local function units(tokens) return math.min(tokens, MOST_AT_ONCE) * UNIT end

local function readRates(scope, elapsed)
  local key = P .. 'rate:' .. scope[1]
  local kept = redis.call('HMGET', key, 'r', 'ra', 't', 'ta', 'o', 'e')
  local function left(taken, at, limit)
    if limit < 0 or taken == 0 then return taken end
    return math.max(0, taken - bounded(limit) * math.max(0, elapsed - at))
  end
  return {
    key = key, open = number(kept[5]), written = number(kept[6]),
    requests = left(number(kept[1]), number(kept[2]), scope[2]),
    tokens = left(number(kept[3]), number(kept[4]), scope[3])
  }
end

-- It stays while it is held or owed, and a while longer.
local function writeRates(rates, scope, elapsed)
  local fields = { 'o', int(rates.open) }
  local function add(name, value) fields[#fields + 1] = name; fields[#fields + 1] = int(value) end
  if scope[2] >= 0 then add('r', rates.requests); add('ra', elapsed) end
  if scope[3] >= 0 then add('t', rates.tokens); add('ta', elapsed) end
  local stay = 0
  if rates.open > 1 and math.abs(elapsed - rates.written) < HOUR then
    redis.call('HSET', rates.key, unpack(fields))
    return
  end
  if rates.open > 0 or scope[2] == 0 or scope[3] == 0 then stay = DAYS else
    if scope[2] > 0 then stay = rates.requests / bounded(scope[2]) end
    if scope[3] > 0 then stay = math.max(stay, rates.tokens / bounded(scope[3])) end
  end
  add('e', elapsed)
  redis.call('HSET', rates.key, unpack(fields))
  redis.call('PEXPIRE', rates.key, int(math.min(DAYS, math.ceil(stay) + 120000)))
end

-- The truth about tokens instead of what was reserved.
local function correct(rates, scope, reserved, used)
  if scope[3] < 0 or used == reserved then return end
  rates.tokens = math.max(0, math.min(MOST, rates.tokens + units(used) - units(reserved)))
end

-- Lets go of buckets that count no longer; answers what is spent, what is reserved, and whether the ledger's answer is in.
local function readBudget(id, from)
  local key = P .. 'budget:' .. id
  local flat = redis.call('HGETALL', key)
  local since, doubtful, written, open, buckets = nil, nil, 0, 0, {}
  for at = 1, #flat, 2 do
    local name, value = flat[at], flat[at + 1]
    if name == 'since' then since = tonumber(value)
    elseif name == 'doubt' then doubtful = tonumber(value)
    elseif name == 'e' then written = tonumber(value)
    elseif string.sub(name, 2, 2) == ':' then
      local kind, bucket = string.sub(name, 1, 1), string.sub(name, 3)
      buckets[bucket] = buckets[bucket] or {}
      buckets[bucket][kind] = tonumber(value)
      if kind == 'h' then open = open + tonumber(value) end
    end
  end
  if doubtful and open == 0 and serverMs() - doubtful > REST then
    redis.call('DEL', key)
    return { key = key, spent = 0, reserved = 0 }
  end
  local spent, reserved = 0, 0
  for bucket, of in pairs(buckets) do
    if tonumber(bucket) >= from then
      spent = spent + (of.s or 0)
      reserved = reserved + (of.r or 0)
    elseif (of.h or 0) <= 0 then
      redis.call('HDEL', key, 's:' .. bucket, 'r:' .. bucket, 'h:' .. bucket, 'u:' .. bucket)
      buckets[bucket] = nil
    end
  end
  if since and since < from then
    redis.call('HSET', key, 'since', int(from))
    since = from
  end
  local loaded = since ~= nil and since <= from
  return { key = key, spent = spent, reserved = reserved, loaded = loaded, buckets = buckets, written = written }
end

-- Right after it was read.
local function holdBudget(budget, bucket, cost, wall)
  local at = int(bucket)
  local of = budget.buckets[at] or {}
  local fields = { 'r:' .. at, int((of.r or 0) + cost), 'h:' .. at, int((of.h or 0) + 1) }
  local function add(name, value) fields[#fields + 1] = name; fields[#fields + 1] = value end
  if not of.s then add('s:' .. at, '0') end
  local isOld = math.abs(wall - budget.written) > HOUR
  if isOld then add('e', int(wall)) end
  redis.call('HSET', budget.key, unpack(fields))
  if isOld then redis.call('PEXPIRE', budget.key, int(DAYS)) end
end

-- Gives back what was reserved, if it was, and books what it cost, if it is known, of a call that ended then. What the ledger was
-- not asked about yet it will tell, if it is asked late enough.
local function closeBudget(id, bucket, reserved, cost, ended)
  local key, at = P .. 'budget:' .. id, int(bucket)
  local kept = redis.call('HMGET', key, 'r:' .. at, 'h:' .. at, 's:' .. at, 'since', 'doubt', 'asked')
  local fields = {}
  local function add(name, value) fields[#fields + 1] = name; fields[#fields + 1] = value end
  if reserved then
    local holds = number(kept[2]) - 1
    if holds <= 0 then redis.call('HDEL', key, 'r:' .. at, 'h:' .. at) else
      add('r:' .. at, int(number(kept[1]) - reserved)); add('h:' .. at, int(holds))
    end
  end
  if cost then
    local loaded = kept[3] or (kept[4] and tonumber(kept[4]) <= bucket)
    if not loaded then
      redis.call('HINCRBY', key, 'u:' .. at, int(cost))
      if ended > number(redis.call('HGET', key, 'ut')) then add('ut', int(ended)) end
      redis.call('PEXPIRE', key, int(DAYS))
    elseif reserved or ended >= number(kept[6]) - LAG then add('s:' .. at, int(number(kept[3]) + cost)) end
  end
  if kept[5] or not reserved then add('doubt', int(serverMs())) end
  if #fields > 0 then redis.call('HSET', key, unpack(fields)) end
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
    local key, at = P .. 'budget:' .. budget[1], int(budget[3])
    redis.call('HINCRBY', key, 'r:' .. at, int(claim[3]))
    redis.call('HINCRBY', key, 'h:' .. at, '1')
    redis.call('HSET', key, 'doubt', int(serverMs()))
    redis.call('PEXPIRE', key, int(DAYS))
  end
end

-- Gives back what is held, and no more.
local function release(claim)
  for _, scope in ipairs(claim[4]) do
    local key = P .. 'rate:' .. scope[1]
    if number(redis.call('HGET', key, 'o')) > 0 then redis.call('HINCRBY', key, 'o', '-1') end
  end
  for _, budget in ipairs(claim[5]) do closeBudget(budget[1], budget[3], claim[3]) end
end

local function takeBack(process)
  local gone = P .. 'gone:' .. process
  local lost = redis.call('HGETALL', gone)
  for at = 2, #lost, 2 do hold(process, lost[at]) end
  if #lost > 0 then redis.call('DEL', gone) end
end

-- Renews what has no time of its own.
local function stay(process, lease)
  local ends = int(serverMs() + lease)
  redis.call('ZADD', P .. 'leases', ends, process)
  redis.call('HSET', P .. 'state', 'p:' .. process, ends)
  for _, name in ipairs({ 'state', 'leases', 'held:' .. process }) do redis.call('PEXPIRE', P .. name, int(DAYS)) end
end

local function leave(process)
  redis.call('ZREM', P .. 'leases', process)
  redis.call('HDEL', P .. 'state', 'p:' .. process)
end

local function nextDead()
  return redis.call('ZRANGEBYSCORE', P .. 'leases', '-inf', int(serverMs()), 'LIMIT', '0', '1')[1]
end

-- Some of what a process held whose lease has ended is let go, and remembered for the case that it lives. 1: there is more to do.
local function reap()
  local dead = nextDead()
  if not dead then return 0 end
  redis.call('HDEL', P .. 'state', 'p:' .. dead)
  local held, gone = P .. 'held:' .. dead, P .. 'gone:' .. dead
  local some = redis.call('HSCAN', held, '0', 'COUNT', '500')[2]
  for at = 1, #some, 2 do
    release(cjson.decode(some[at + 1]))
    redis.call('HDEL', held, some[at])
    redis.call('HSET', gone, some[at], some[at + 1])
  end
  redis.call('PEXPIRE', gone, int(DAYS))
  if redis.call('HLEN', held) == 0 then leave(dead) end
  return nextDead() and 1 or 0
end

local function isOpen(budget, wall) return wall >= budget[4] and wall < budget[5] end
`;
