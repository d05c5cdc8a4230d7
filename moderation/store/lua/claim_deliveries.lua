#!lua flags=allow-oom
--! keys: webhook_lanes webhook_due
--! uses: base webhooks
-- Leases what is due at a webhook, the longest due first, and at most one for each subject. The lease
-- is the time at which another worker tries it: one that dies leaves nothing behind.
local prefix = A.webhook .. '/'
local first = lex_prefix(prefix)
local last = '(' .. lex_member(prefix, A.now + 1, '')
local found = {}
for _, member in
  ipairs(redis.call('ZRANGE', K.webhook_due, first, last, 'BYLEX', 'LIMIT', 0, A.count))
do
  local subject = member:sub(#prefix + 14)
  local lane = lane_of(A.webhook, subject)
  lane.tries = lane.tries + 1
  put_lane(A.webhook, subject, lane, A.now + A.lease)
  found[#found + 1] = {subject, lane.waiting[1], lane.tries}
end
return {'ok', found}
