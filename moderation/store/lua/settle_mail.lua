#!lua flags=allow-oom
--! keys: mail_due mail_told mail_leases mail_bounces mail_box dead tallies
--! uses: base
-- Ends a lease. A.items were told or have nothing to tell any more; what is left is due at A.next.
-- A.sent: a mail went out, A.spaced: the next one keeps its distance from it. A.failed: none did, for a reason of this mail's own; A.bounced: because
-- the address is refused. A.dead: what the items were given up for.
for _, item in ipairs(A.items) do
  redis.call('HDEL', K.mail_box, item)
  redis.call('ZADD', K.mail_told, A.now, A.recipient .. '|' .. item)
end
redis.call('ZREMRANGEBYSCORE', K.mail_told, '-inf', A.now - A.remembered)
redis.call('HDEL', K.mail_leases, A.recipient)
if A.sent then
  redis.call('HINCRBY', K.tallies, 'mail/sent', 1)
  if A.spaced then redis.call('HSET', K.mail_box, '=sent', A.now) end
  redis.call('HDEL', K.mail_box, '=tries')
  redis.call('HDEL', K.mail_bounces, A.recipient)
end
if A.failed then
  redis.call('HINCRBY', K.mail_box, '=tries', 1)
  redis.call('HINCRBY', K.tallies, 'mail/failed', 1)
end
if A.bounced then redis.call('HINCRBY', K.mail_bounces, A.recipient, 1) end
if A.dead then
  redis.call('HINCRBY', K.tallies, 'mail/dead', 1)
  redis.call('XADD', K.dead, 'MAXLEN', '~', 1000, '*', 'task', '0-0', 'reason', A.dead,
    'type', 'mail', 'data', cjson.encode({recipient = A.recipient, items = A.items}))
  redis.call('HDEL', K.mail_box, '=tries')
end

local left = redis.call('HLEN', K.mail_box)
for _, field in ipairs({'=sent', '=tries', '=more'}) do
  left = left - redis.call('HEXISTS', K.mail_box, field)
end
if left > 0 then
  redis.call('ZADD', K.mail_due, A.next, A.recipient)
else
  redis.call('ZREM', K.mail_due, A.recipient)
  redis.call('HDEL', K.mail_box, '=more', '=tries')
  -- For a day it is known when the last mail went, so that the next one keeps its distance.
  redis.call('PEXPIRE', K.mail_box, DAY)
end
return {'ok', left}
