#!lua flags=allow-oom
--! keys: totals listing thread nodes roots top replies votes pages mine comment author reports reporters queue claims decisions decision idem events outbox audit
--! uses: base idempotency streams queue thread authors
-- Restores status and case as they were before a decision, if nothing came after it.
local again = replayed()
if again then return again end
local c = hash(K.comment)
local n = node(A.id)
local raw = redis.call('HGET', K.decisions, A.undoes)
if not c.v or not n or not raw then return fail('decision-not-found') end
local d = cjson.decode(raw)
if c.ex then return fail('comment-expired') end
if d.action == 'undo' then return fail('not-undoable') end
if d.undone_by then return fail('superseded', 'It was undone already.') end
if c.ld ~= A.undoes or c.s ~= d.after or number(c.n) ~= d.version then
  return fail('superseded', 'Something else happened to this comment since.')
end
local taken = claimed_by_other(A.id, A.moderator)
if taken then return taken end

local upheld = d.action == 'reject'
local reopened = 0
for _, author in ipairs(d.settled) do
  local report = redis.call('HGET', K.reports, author)
  if report then
    reopened = reopened + 1
    redis.call('HSET', K.reports, author, 'o' .. report:sub(2))
    if upheld then count_reports(author, 0, -1) end
  end
end
local open = number(c.ro) + reopened
local weight = c.rw or '0'
if d.action ~= 'escalate' then
  weight = tostring(number(c.rw) + number(d.weight))
  change_status(A.id, n, hash(K.thread), d.before)
  count_judgement(d.after, d.judged)
end
local case = d.case
leave_queue(A.id, c)
if open > 0 then
  case = case or {lanes = 'reported', queued = c.qt or A.now, total = c.qp or '0',
    terms = c.qj or '{}'}
  case.lanes = with_lane(case.lanes, 'reported')
end
redis.call('HSET', K.comment, 's', d.before, 'ro', open, 'rw', weight)
if case then enter_queue(A.id, case) end
if d.previous then
  redis.call('HSET', K.comment, 'ld', d.previous)
else
  redis.call('HDEL', K.comment, 'ld')
end
redis.call('HDEL', K.claims, A.id)

d.undone_by = A.decision
redis.call('HSET', K.decisions, A.undoes, cjson.encode(d))
local record = cjson.encode({v = 1, comment = A.id, action = 'undo', moderator = A.moderator,
  reason = '', created = A.now, version = d.version, before = d.after, after = d.before,
  batch = d.batch, undoes = A.undoes, settled = {}})
redis.call('HSET', K.decisions, A.decision, record)
redis.call('SET', K.decision, A.id)
remember(200, A.decision)

local data = {comment = A.id, thread = c.t, decision = A.decision, undoes = A.undoes,
  action = 'undo', moderator = A.moderator, status = STATUS[d.before], before = STATUS[d.after]}
audit(A.moderator, 'undo', A.id, {decision = A.decision, undoes = A.undoes, batch = d.batch,
  before = STATUS[d.after], after = STATUS[d.before]})
event('case.decided', data)
if case then event('case.queued', {comment = A.id, lanes = case.lanes}) end
outbox('case.decided', data)
return {'ok', record}
