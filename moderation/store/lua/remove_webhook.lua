#!lua flags=allow-oom
--! keys: webhooks webhook_lanes webhook_due webhook_state undelivered audit
--! uses: base streams
-- Removes a webhook with all that waits for it and all that did not reach it.
if redis.call('HEXISTS', K.webhooks, A.id) == 0 then return fail('webhook-not-found') end
local prefix = A.id .. '/'
local first, last = lex_prefix(prefix)
for _, member in ipairs(redis.call('ZRANGE', K.webhook_due, first, last, 'BYLEX')) do
  redis.call('HDEL', K.webhook_lanes, prefix .. member:sub(#prefix + 14))
  redis.call('ZREM', K.webhook_due, member)
end
for _, entry in ipairs(redis.call('XRANGE', K.undelivered, '-', '+')) do
  if entry[2][2] == A.id then redis.call('XDEL', K.undelivered, entry[1]) end
end
for _, field in ipairs({'waiting', 'delivered', 'failed', 'error'}) do
  redis.call('HDEL', K.webhook_state, prefix .. field)
end
redis.call('HDEL', K.webhooks, A.id)
audit(A.actor, 'remove-webhook', A.id)
return {'ok'}
