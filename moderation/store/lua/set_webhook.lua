#!lua flags=allow-oom
--! keys: site webhooks webhook_state outbox audit
--! uses: base streams
-- Adds a webhook, or changes the one that A.seen was read of. The first one of a site hears of what
-- happens from now on, not of what still lies in the outbox.
local before = redis.call('HGET', K.webhooks, A.id)
if A.seen then
  if not before then return fail('webhook-not-found') end
  if before ~= A.seen then return {'retry'} end
else
  if redis.call('EXISTS', K.site) == 0 then return fail('site-not-found') end
  local count = redis.call('HLEN', K.webhooks)
  if count >= A.most then return fail('too-many-webhooks') end
  local last = redis.call('XREVRANGE', K.outbox, '+', '-', 'COUNT', 1)[1]
  if count == 0 and last then redis.call('HSET', K.webhook_state, 'cursor', last[1]) end
end
redis.call('HSET', K.webhooks, A.id, A.record)
audit(A.actor, A.seen and 'update-webhook' or 'add-webhook', A.id, A.detail)
return {'ok'}
