#!lua
--! keys: totals listing thread nodes roots top replies votes pages mine comment author recent_author=recent measured queue claims idem events outbox audit limit*
--! uses: base idempotency limits measures streams queue thread authors
-- Replaces a comment's text and what follows from it; or, with A.rescored, only its verdict.
local again = replayed()
if again then return again end
local c = hash(K.comment)
local n = node(A.id)
if not c.v or c.s == 'd' or not n then return fail('comment-not-found') end
if number(c.n) ~= A.expected then
  return fail('changed', 'The comment was edited meanwhile.', {version = number(c.n)})
end
-- The new verdict was made for the status that was read: it must not undo a decision unseen.
if A.seen and c.s ~= A.seen then
  return fail('changed', 'The comment was decided on meanwhile.', {version = number(c.n)})
end
if A.rescored and c.ld then
  return fail('superseded', 'A moderator has decided on this comment.')
end
local refused = barred()
if refused then return refused end
local limited = over_limit()
if limited then return limited end

local case = A.case
if case and number(c.ro) > 0 then case.lanes = with_lane(case.lanes, 'reported') end
-- What a moderator escalated waits for a person, whatever it has become, and what readers reported.
-- A.stays is such a case, weighed for what it is now.
local stays = A.stays or {total = c.qp or '0', terms = c.qj or '{}', queued = A.now}
if not case and c.qe == '1' then
  case = stays
  case.lanes = c.ql
end
if not case and number(c.ro) > 0 then
  case = stays
  case.lanes = 'reported'
end
if case and c.ql then case.queued, case.escalated = c.qt, c.qe end
leave_queue(A.id, c)
local idem = c.ik
if A.idem then idem = (idem and idem .. ' ' or '') .. A.idem end
redis.call('HSET', K.comment, 'o', ARGV[2], unpack(A.fields))
if idem then redis.call('HSET', K.comment, 'ik', idem) end
change_status(A.id, n, hash(K.thread), A.status, A.fragment)
if A.text_hash then
  if c.z then redis.call('ZREM', K.recent_author, c.z) end
  note_text(K.recent_author)
end
if case then enter_queue(A.id, case) else redis.call('HDEL', K.claims, A.id) end
count_limits()
remember(A.response_status, A.response)

audit(A.actor, A.rescored and 'rescore' or 'edit', A.id,
  {hash = A.hash, status = STATUS[A.status], before = STATUS[c.s], version = A.version})
local data = {comment = A.id, thread = c.t, status = STATUS[A.status]}
event('comment.changed', data)
if case then event('case.queued', {comment = A.id, lanes = case.lanes}) end
data.before, data.edited = STATUS[c.s], not A.rescored
outbox('comment.changed', data)
return {'ok', c.d, c.r or A.id}
