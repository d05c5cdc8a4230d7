#!lua flags=allow-oom
--! keys: totals listing thread nodes roots top replies votes pages mine comment author reports reporters queue claims decisions decision batch idem events outbox audit
--! uses: base idempotency streams queue thread authors
-- Approves, rejects or escalates a comment. The decision keeps what its undoing needs: the case,
-- the judgement and the decision before it, and the reports that it settled.
local again = replayed()
if again then return again end
local c = hash(K.comment)
local n = node(A.id)
if not c.v or c.s == 'd' or not n then return fail('comment-not-found') end
if number(c.n) ~= A.version then
  return fail('changed', 'The comment was edited meanwhile.', {version = number(c.n)})
end
local taken = claimed_by_other(A.id, A.moderator)
if taken then return taken end
if A.batch and redis.call('EXISTS', K.batch) == 0 then return fail('batch-not-found') end

local after = ({approve = 'p', reject = 'r', escalate = c.s})[A.action]
local case
if c.ql then
  case = {lanes = c.ql, queued = c.qt, total = c.qp, terms = c.qj, escalated = c.qe}
end
local settled = {}
if A.action == 'escalate' then
  local raised = case or {lanes = 'uncertain', queued = A.now, total = '0', terms = '{}'}
  leave_queue(A.id, c)
  enter_queue(A.id, {lanes = raised.lanes, queued = raised.queued, total = raised.total,
    terms = raised.terms, escalated = '1'})
else
  leave_queue(A.id, c)
  local upheld = A.action == 'reject'
  for author, raw in pairs(hash(K.reports)) do
    if raw:sub(1, 1) == 'o' then
      settled[#settled + 1] = author
      redis.call('HSET', K.reports, author, (upheld and 'u' or 'd') .. raw:sub(2))
      if upheld then count_reports(author, 0, 1) end
    end
  end
  change_status(A.id, n, hash(K.thread), after)
  redis.call('HSET', K.comment, 's', after, 'ro', 0, 'rw', '0')
  count_judgement(c.j, after)
end
redis.call('HDEL', K.claims, A.id)
redis.call('HSET', K.comment, 'ld', A.decision)

local d = {v = 1, comment = A.id, action = A.action, moderator = A.moderator, reason = A.reason,
  created = A.now, version = A.version, before = c.s, after = after, batch = A.batch, case = case,
  judged = c.j, settled = settled, weight = c.rw, previous = c.ld}
local record = cjson.encode(d)
redis.call('HSET', K.decisions, A.decision, record)
redis.call('SET', K.decision, A.id)
if A.batch then redis.call('HSET', K.batch, '=' .. A.decision, A.id) end
remember(200, A.decision)

local data = {comment = A.id, thread = c.t, decision = A.decision, action = A.action,
  moderator = A.moderator, status = STATUS[after], before = STATUS[c.s]}
audit(A.moderator, A.action, A.id, {decision = A.decision, batch = A.batch,
  version = A.version, before = STATUS[c.s], after = STATUS[after]})
event('case.decided', data)
outbox('case.decided', data)
return {'ok', record}
