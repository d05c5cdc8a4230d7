#!lua
--! keys: comment queue
--! uses: base queue
-- Enters a case in the lane of those that were escalated and under its thread, if it was queued before
-- the queue had those. One that an earlier release decided is taken out from under its thread.
local c = hash(K.comment)
if not c.ql then
  if c.t then redis.call('ZREM', K.queue, 'thread/' .. c.t .. '/' .. A.id) end
  return {'ok', 0}
end
local whole = c.qe ~= '1' or with_lane(c.ql, 'escalated') == c.ql
if whole and redis.call('ZSCORE', K.queue, 'thread/' .. c.t .. '/' .. A.id) then return {'ok', 0} end
leave_queue(A.id, c)
enter_queue(A.id, {lanes = c.ql, queued = c.qt, total = c.qp, terms = c.qj,
  escalated = c.qe})
return {'ok', 1}
