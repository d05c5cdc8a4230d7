#!lua
--! keys: comment crowd reports reporters queue idem events outbox audit limit*
--! uses: base idempotency limits crowd streams queue authors
-- Adds a reader's report. The priority was computed for A.seen, the weight of the open reports
-- before this one, and for A.heard, what their network weighs in it; `retry` if either is another
-- by now. A network has one voice for a comment, its heaviest.
local again = replayed()
if again then return again end
local c = hash(K.comment)
if c.s ~= 'p' then return fail('comment-not-found') end
local limited = over_limit()
if limited then return limited end
local count = number(c.rn)
-- A case with a hundred reports is as reported as it gets: more would only grow the record.
local known = redis.call('HEXISTS', K.reports, A.author) == 1
if known or count >= 100 or not has_room('r') then
  remember(200, tostring(count))
  return {'ok', count}
end
local voice = A.from and 'w' .. A.from[2]
local heard = voice and redis.call('HGET', K.crowd, voice)
if (c.rw or '0') ~= A.seen or number(heard) ~= number(A.heard) then return {'retry'} end

redis.call('HSET', K.reports, A.author, 'o|' .. A.report)
count_reports(A.author, 1, 0)
if voice then redis.call('HSET', K.crowd, voice, A.heavy) end
count_reader('r', 1)
local case = A.case
case.lanes = with_lane(c.ql, 'reported')
if c.ql then case.queued, case.escalated = c.qt, c.qe end
leave_queue(A.id, c)
redis.call('HSET', K.comment, 'rn', count + 1, 'ro', number(c.ro) + 1, 'rw', A.weight)
enter_queue(A.id, case)
count_limits()
remember(200, tostring(count + 1))

audit(A.author, 'report', A.id, {reports = count + 1})
event('case.queued', {comment = A.id, lanes = case.lanes})
outbox('comment.reported', {comment = A.id, reports = count + 1})
return {'ok', count + 1}
