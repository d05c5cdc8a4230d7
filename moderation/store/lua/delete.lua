#!lua flags=allow-oom
--! keys: totals listing thread nodes roots top replies votes pages mine comment author place crowd history recent_author=recent recent_ip=recent reports decisions queue claims expired events outbox audit idem*
--! uses: base streams queue thread
-- Erases a comment's text and all that quotes it. The trailing keys are those of A.ik: its
-- idempotency records, which hold the text too. `retry` if there are others by now. Of those that are
-- left of the day, it stays on record that the comment was deleted, so that a request that is sent
-- again does not write it anew. With A.before it expires: only one that is held or rejected, waits
-- for nobody in particular, and was last written or decided on before that time.
local c = hash(K.comment)
local n = node(A.id)
if not c.v or not n then return fail('comment-not-found') end
if c.s == 'd' then return {'ok'} end
if A.expected and number(c.n) ~= A.expected then
  return fail('changed', 'The comment was edited meanwhile.', {version = number(c.n)})
end
if (c.ik or '') ~= A.ik then return {'retry'} end

if A.before then
  local made = c.ld and redis.call('HGET', K.decisions, c.ld)
  local decided = made and cjson.decode(made).created or 0
  local last = math.max(number(c.c), number(c.e), decided)
  local hidden = c.s == 'h' or c.s == 'r'
  if not hidden or last > A.before or c.qe == '1' or claim_of(A.id) then return {'ok'} end
end

-- A reason that a moderator gave and a note that a reporter wrote may quote the text.
local decisions = {}
for id, raw in pairs(hash(K.decisions)) do
  local d = cjson.decode(raw)
  d.reason, d.case = '', nil
  decisions[id] = cjson.encode(d)
end

leave_queue(A.id, c)
redis.call('HDEL', K.claims, A.id)
change_status(A.id, n, hash(K.thread), 'd', '')
for id, record in pairs(decisions) do redis.call('HSET', K.decisions, id, record) end
redis.call('UNLINK', K.reports, K.crowd)
for i = 1, #TRAILING do
  if redis.call('EXISTS', TRAILING[i]) == 1 then
    redis.call('HSET', TRAILING[i], 's', 'deleted')
    redis.call('HDEL', TRAILING[i], 'f', 'b')
  end
end
set_votes(A.id, n, 0, 0)
redis.call('ZREM', K.history, A.id)
if c.z then redis.call('ZREM', K.recent_author, c.z) end
if c.zi then redis.call('ZREM', K.recent_ip, c.zi) end
redis.call('HDEL', K.comment, 'x', 'k', 'o', 'z', 'zi', 'ip', 'ik', 'u', 'w', 'rn', 'ro', 'rw',
  'ld')
redis.call('HSET', K.comment, 's', 'd')
if A.before then
  redis.call('HSET', K.comment, 'ex', A.now)
  bump(K.expired, STATUS[c.s], 1)
  -- Of who has nothing left here not even the address's hash is kept.
  if redis.call('EXISTS', K.history) == 0 then redis.call('UNLINK', K.place) end
end

audit(A.actor, A.before and 'expire' or 'delete', A.id,
  {by_author = A.by_author, before = STATUS[c.s]})
local data = {comment = A.id, thread = c.t, status = 'deleted'}
event('comment.changed', data)
outbox('comment.changed', data)
return {'ok', 'erased'}
