#!lua flags=allow-oom
--! keys: measures measured idem events outbox audit
--! uses: base idempotency streams
-- Takes a measure back: what held before it holds again, wherever nothing came after it.
local again = replayed()
if again then return again end
local raw = redis.call('HGET', K.measures, A.id)
if not raw then return fail('measure-not-found') end
local m = cjson.decode(raw)
if m.undone then return fail('superseded', 'It was undone already.') end

local function holder(subject)
  local found = redis.call('HGET', K.measured, subject)
  return found and cjson.decode(found).id
end
local there = m.place and '~' .. m.place
if holder(m.author) ~= A.id and not (there and holder(there) == A.id) then
  return fail('superseded', 'A later measure took its place.')
end

-- What was there before, unless that was taken back meanwhile: then what was there before that.
local function left_by(subject)
  local found = m.before[subject] or ''
  while found ~= '' do
    local earlier = cjson.decode(redis.call('HGET', K.measures, cjson.decode(found).id))
    if not earlier.undone then return found end
    found = earlier.before[subject] or ''
  end
  return found
end
for subject in pairs(m.before) do
  local own = subject == m.author or subject == there
  local now = holder(subject)
  if (own and now == A.id) or (not own and not now) then
    local found = left_by(subject)
    if found == '' then
      redis.call('HDEL', K.measured, subject)
    else
      redis.call('HSET', K.measured, subject, found)
    end
  end
end
m.undone, m.undone_by = A.now, A.moderator
local record = cjson.encode(m)
redis.call('HSET', K.measures, A.id, record)
remember(201, A.id)

audit(A.moderator, 'undo-measure', m.author, {measure = A.id, kind = m.kind})
local data = {author = m.author, measure = A.id, kind = m.kind, undone = true}
event('author.measured', data)
outbox('author.measured', data)
return {'ok', record}
