#!lua flags=allow-oom
--! keys: measures measured measures_of author reporters moderators idem events outbox audit
--! uses: base idempotency accounts measures streams
-- Sets a measure for an author and, with A.place, for everybody at that address. It takes the place
-- of what was there, which its record keeps: `before` has the subjects that it changed.
local again = replayed()
if again then return again end
if redis.call('EXISTS', K.author) == 0
    and redis.call('HEXISTS', K.reporters, A.author) == 0
    and not account(A.author) then
  return fail('author-not-found')
end
if A.kind ~= 'trust' then
  if A.author == A.moderator then return fail('own-measure') end
  if is_last_owner(A.author) then return fail('last-owner') end
end

local before, replaces, named = {}, {}, {}
local function take(subject)
  before[subject] = redis.call('HGET', K.measured, subject) or ''
  local m = measure_of(subject)
  if m and not named[m.id] then
    named[m.id] = true
    replaces[#replaces + 1] = m.id
  end
end
take(A.author)
local there = A.place and '~' .. A.place
if there then take(there) end
-- The address that the author's earlier measure holds for is free again.
local earlier = before[A.author] ~= '' and cjson.decode(before[A.author]) or {}
local left = earlier.place and '~' .. earlier.place
if left and left ~= there then
  local raw = redis.call('HGET', K.measured, left)
  if raw and cjson.decode(raw).id == earlier.id then
    take(left)
    redis.call('HDEL', K.measured, left)
  end
end

local holds = {id = A.id, kind = A.kind, ['until'] = A['until'], reason = A.reason, place = A.place}
redis.call('HSET', K.measured, A.author, cjson.encode(holds))
if there then
  holds['until'] = A.place_until
  redis.call('HSET', K.measured, there, cjson.encode(holds))
end
local record = cjson.encode({v = 1, author = A.author, kind = A.kind, moderator = A.moderator,
  created = A.now, ['until'] = A['until'], reason = A.reason, note = A.note, place = A.place,
  batch = A.batch, replaces = replaces, before = before})
redis.call('HSET', K.measures, A.id, record)
redis.call('ZADD', K.measures_of, 0, A.id)
remember(201, A.id)

local data = {author = A.author, measure = A.id, kind = A.kind, ['until'] = A['until']}
audit(A.moderator, 'measure', A.author, {measure = A.id, kind = A.kind, ['until'] = A['until'],
  address = A.place and true, replaces = replaces[1]})
event('author.measured', data)
outbox('author.measured', data)
return {'ok', record}
