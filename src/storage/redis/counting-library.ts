/**
 * What the scripts of counters have in common, in Lua. `KEYS[1]` is the prefix of all keys, with a tag that keeps them together in
 * a cluster. Numbers in Lua are doubles, so all of them stay whole and below 2^53.
 *
 * Under the prefix: `state`, with the clock, each process that has its place (`p:`), the `epoch`, absent when Redis has lost what
 * it had, the end of the `grace` after that, and how many processes died (`deaths`); `leases`, each process's end of lease;
 * `held:<process>`, its open reservations, `gone:<process>`, those its lease did not cover, and `told:<process>`, of which place
 * what it tells is (`g`) and which of its moves came last (`n`); `rate:<scope>`, what was taken; `budget:<id>`, by bucket what is
 * reserved (`r:`) by how many (`h:`) and what was spent: what the database has (`s:`), and what each process has that the database
 * does not (`j:<process>:`); from which bucket on the database was asked (`since`), and after how many deaths (`d`).
 *
 * What a process moves into the database leaves its own sum in the step that adds it to the database's, so the sum of both is
 * exact whenever that is told. The database's total right after a move says whether an answer it gave has that move in it: the
 * answer that counts is `b:`, the highest total that was told is `m:`, where it is not what `s:` says.
 *
 * What a process had when it died is in no journal, or in one that tells it again: it no longer counts once the database was asked.
 *
 * A claim is `[id, tokens, cost, [[scope, rpm, tpm, parallel], …], [[budget, from, bucket, valid from, valid until, limit], …]]`,
 * -1 for what is not limited.
 */

/** Taken up front by every script. */
export const countingLibrary = `
local P = KEYS[1]
local UNIT, MOST_A_MINUTE, MOST_AT_ONCE, MOST = 60000, 1e10, 1e11, 9007199254740991
local DAYS, HOUR = 172800000, 3600000

local function int(x) return string.format('%.0f', x) end
local function number(x) return tonumber(x or '0') or 0 end

local function serverMs()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function readState(process)
  local kept = redis.call('HMGET', P .. 'state', 'wall', 'elapsed', 'epoch', 'grace', 'deaths', 'p:' .. process)
  return {
    wall = number(kept[1]), elapsed = number(kept[2]), epoch = kept[3], grace = kept[4], deaths = number(kept[5]),
    place = kept[6]
  }
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

-- Lets go of buckets that count no longer; answers what is spent, what is reserved, whether the database was asked, and whether
-- a process has died since.
local function readBudget(id, from, deaths)
  local key = P .. 'budget:' .. id
  local flat = redis.call('HGETALL', key)
  local since, asked, written, buckets = nil, 0, 0, {}
  for at = 1, #flat, 2 do
    local name, value = flat[at], flat[at + 1]
    if name == 'since' then since = tonumber(value)
    elseif name == 'd' then asked = tonumber(value)
    elseif name == 'e' then written = tonumber(value)
    elseif string.sub(name, 2, 2) == ':' then
      local kind, bucket = string.sub(name, 1, 1), string.match(name, '[^:]+$')
      local of = buckets[bucket] or { names = {}, spent = 0 }
      buckets[bucket] = of
      -- Whoever tells its own also takes it away.
      if kind ~= 'j' then of.names[#of.names + 1] = name end
      if kind == 's' or kind == 'j' then of.spent = of.spent + tonumber(value) else of[kind] = tonumber(value) end
    end
  end
  local spent, reserved = 0, 0
  for bucket, of in pairs(buckets) do
    if tonumber(bucket) >= from then
      spent = spent + of.spent
      reserved = reserved + (of.r or 0)
    elseif (of.h or 0) <= 0 then
      for _, name in ipairs(of.names) do redis.call('HDEL', key, name) end
      buckets[bucket] = nil
    end
  end
  if since and since < from then
    redis.call('HSET', key, 'since', int(from))
    since = from
  end
  local loaded = since ~= nil and since <= from
  return {
    key = key, spent = spent, reserved = reserved, loaded = loaded, stale = asked < deaths, buckets = buckets,
    written = written
  }
end

-- Right after it was read.
local function holdBudget(budget, bucket, cost, wall)
  local at = int(bucket)
  local of = budget.buckets[at] or {}
  local fields = { 'r:' .. at, int((of.r or 0) + cost), 'h:' .. at, int((of.h or 0) + 1) }
  local isOld = math.abs(wall - budget.written) > HOUR
  if isOld then fields[#fields + 1] = 'e'; fields[#fields + 1] = int(wall) end
  redis.call('HSET', budget.key, unpack(fields))
  if isOld then redis.call('PEXPIRE', budget.key, int(DAYS)) end
end

-- Gives back what was reserved.
local function closeBudget(id, bucket, reserved)
  local key, at = P .. 'budget:' .. id, int(bucket)
  local kept = redis.call('HMGET', key, 'r:' .. at, 'h:' .. at)
  local holds = number(kept[2]) - 1
  if holds <= 0 then redis.call('HDEL', key, 'r:' .. at, 'h:' .. at) else
    redis.call('HSET', key, 'r:' .. at, int(number(kept[1]) - reserved), 'h:' .. at, int(holds))
  end
end

-- Whether it was sent from the place the process has now; and which of its moves came last.
local function readTold(process, generation)
  local kept = redis.call('HMGET', P .. 'told:' .. process, 'g', 'n')
  return tonumber(generation) >= number(kept[1]), number(kept[2])
end

-- What a process has spent of a bucket that the database does not have.
local function tellOwn(process, id, bucket, own)
  local key, name = P .. 'budget:' .. id, 'j:' .. process .. ':' .. int(bucket)
  if own > 0 then redis.call('HSET', key, name, int(own)) else redis.call('HDEL', key, name) end
  return key
end

-- What it has moved into the database, whose total was then that.
local function tellMoved(key, bucket, moved, total)
  local at = int(bucket)
  local kept = redis.call('HMGET', key, 's:' .. at, 'b:' .. at, 'm:' .. at, 'since')
  local known, highest = number(kept[1]), math.max(number(kept[1]), number(kept[3]), total)
  -- Nobody knows when that was: the database does.
  if total < 0 then redis.call('HSET', key, 'd', '-1') return end
  local isLoaded = kept[4] and tonumber(kept[4]) <= bucket
  if isLoaded and total > number(kept[2]) then
    known = known + moved
    redis.call('HSET', key, 's:' .. at, int(known))
  end
  if highest > known then redis.call('HSET', key, 'm:' .. at, int(highest)) else redis.call('HDEL', key, 'm:' .. at) end
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
  for _, name in ipairs({ 'state', 'leases', 'held:' .. process, 'told:' .. process }) do redis.call('PEXPIRE', P .. name, int(DAYS)) end
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
  if redis.call('HLEN', held) == 0 then
    leave(dead)
    redis.call('HINCRBY', P .. 'state', 'deaths', '1')
  end
  return nextDead() and 1 or 0
end

local function isOpen(budget, wall) return wall >= budget[4] and wall < budget[5] end
`;
