#!lua
--! keys: comment queue
--! uses: base queue
-- Enters a case in the lane of those that were escalated, if it was before there was such a lane.
local c = hash(K.comment)
if c.qe ~= '1' or not c.ql or with_lane(c.ql, 'escalated') == c.ql then return {'ok', 0} end
leave_queue(A.id, c)
enter_queue(A.id, {lanes = c.ql, queued = c.qt, total = c.qp, terms = c.qj, escalated = '1'})
return {'ok', 1}
