#!lua flags=allow-oom
--! keys: webhook_lanes webhook_due webhook_state undelivered tallies
--! uses: base webhooks
-- Ends a try: delivered, to be tried again at A.due, or given up. What another worker has taken over
-- since is that worker's to end.
local lane = lane_of(A.webhook, A.subject)
if not lane or lane.waiting[1] ~= A.delivery or lane.tries ~= A.tries then return {'ok', 0} end
if A.delivered then
  note_delivery(A.webhook, 'delivered', A.now)
  redis.call('HINCRBY', K.tallies, 'webhooks/delivered', 1)
  redis.call('HDEL', K.webhook_state, A.webhook .. '/error')
else
  note_delivery(A.webhook, 'failed', A.now)
  redis.call('HINCRBY', K.tallies, 'webhooks/failed', 1)
  note_delivery(A.webhook, 'error', A.error)
end
if A.due then
  put_lane(A.webhook, A.subject, lane, A.due)
  return {'ok', 1}
end
if not A.delivered then
  give_up(A.webhook, A.subject, A.delivery, A.error)
  redis.call('HINCRBY', K.tallies, 'webhooks/dead', 1)
end
table.remove(lane.waiting, 1)
lane.tries = 0
if #lane.waiting > 0 then
  put_lane(A.webhook, A.subject, lane, A.now)
else
  redis.call('ZREM', K.webhook_due, lex_member(A.webhook .. '/', lane.due, A.subject))
  redis.call('HDEL', K.webhook_lanes, A.webhook .. '/' .. A.subject)
end
bump(K.webhook_state, A.webhook .. '/waiting', -1)
return {'ok', 1}
