#!lua
--! keys: webhooks webhook_lanes webhook_due webhook_state undelivered tallies
--! uses: base webhooks
-- Lets deliveries wait for their webhooks, and notes how far the outbox was read for it: `retry` if
-- another worker has read further by now. So each event is taken once, in the order of the outbox.
if A.cursor then
  if (redis.call('HGET', K.webhook_state, 'cursor') or '') ~= A.seen then return {'retry'} end
  redis.call('HSET', K.webhook_state, 'cursor', A.cursor)
end
for _, each in ipairs(A.deliveries) do
  local webhook, subject, delivery = unpack(each)
  if redis.call('HEXISTS', K.webhooks, webhook) == 1 then
    local waiting = number(redis.call('HGET', K.webhook_state, webhook .. '/waiting'))
    if waiting < A.most then
      await_delivery(webhook, subject, delivery)
    else
      give_up(webhook, subject, delivery, 'Too many were waiting.')
      redis.call('HINCRBY', K.tallies, 'webhooks/dead', 1)
    end
  end
end
return {'ok'}
