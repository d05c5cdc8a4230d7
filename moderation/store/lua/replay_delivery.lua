#!lua
--! keys: webhooks webhook_lanes webhook_due webhook_state undelivered
--! uses: base webhooks
-- Lets what was given up wait once more, behind what waits about its subject now.
local entry = redis.call('XRANGE', K.undelivered, A.id, A.id)[1]
if not entry then return fail('undelivered-not-found') end
local webhook, subject, delivery = entry[2][2], entry[2][4], entry[2][6]
if redis.call('HEXISTS', K.webhooks, webhook) == 0 then return fail('webhook-not-found') end
await_delivery(webhook, subject, delivery)
redis.call('XDEL', K.undelivered, A.id)
return {'ok'}
