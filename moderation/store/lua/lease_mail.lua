#!lua flags=allow-oom
--! keys: mail_due mail_leases
--! uses: base
-- Leases boxes whose mail is due to one sender; each is due again when the lease is over.
local found = redis.call('ZRANGEBYSCORE', K.mail_due, '-inf', A.now, 'LIMIT', 0, A.limit)
for _, who in ipairs(found) do
  redis.call('ZADD', K.mail_due, A['until'], who)
  redis.call('HSET', K.mail_leases, who, A['until'])
end
return {'ok', unpack(found)}
