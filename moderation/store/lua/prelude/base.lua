-- What every script begins with. Times are milliseconds. K maps names to keys, TYPES has the type
-- of each, both in the order of KEYS; TRAILING are the keys after them, whose number varies. A
-- script validates everything before its first write: Redis isolates a script but does not roll it
-- back.

local A = cjson.decode(ARGV[1])

local STATUS = {p = 'published', h = 'held', r = 'rejected', d = 'deleted'}
local DAY = 86400000

-- `name` is that of a class in errors.py; its own sentence stands where there is no detail.
local function fail(name, detail, extra)
  return {'error', name, detail or '', cjson.encode(extra or {})}
end

local function wrong_type()
  for i, key in ipairs(KEYS) do
    local found, expected = redis.call('TYPE', key).ok, TYPES[i] or TYPES.trailing
    if found ~= 'none' and found ~= expected then
      return fail('storage-corrupt',
        key .. ' is a ' .. found .. ', not a ' .. tostring(expected) .. '.')
    end
  end
end

local function hash(key)
  local flat, map = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do map[flat[i]] = flat[i + 1] end
  return map
end

local function number(value) return tonumber(value or 0) or 0 end

local function bump(key, field, by)
  if by ~= 0 then
    redis.call('HSET', key, field, math.max(0, number(redis.call('HGET', key, field)) + by))
  end
end

-- Where the members of a lex index that begin with `prefix` start and end: `0` is the character
-- after `/`, in which each prefix ends.
local function lex_prefix(prefix) return '[' .. prefix, '(' .. prefix:sub(1, -2) .. '0' end

-- A member of a lex index that is ordered by a number of at most 13 digits.
local function lex_member(prefix, order, id)
  return prefix .. string.format('%013.0f', order) .. id
end

local corrupt = wrong_type()
if corrupt then return corrupt end
