#!lua flags=allow-oom
--! keys: credentials claims audit events outbox
-- Drops what is past its retention; runs on a full server too, since it only removes.
local dropped = {}
dropped.audit = redis.call('XTRIM', K.audit, 'MINID', '~', A.audit)
dropped.events = redis.call('XTRIM', K.events, 'MINID', '~', A.events)
dropped.outbox = redis.call('XTRIM', K.outbox, 'MINID', '~', A.outbox)
dropped.credentials, dropped.claims = 0, 0
for id, record in pairs(hash(K.credentials)) do
  local expires = cjson.decode(record).expires
  if type(expires) == 'number' and expires <= A.now then
    redis.call('HDEL', K.credentials, id)
    dropped.credentials = dropped.credentials + 1
  end
end
for id, claim in pairs(hash(K.claims)) do
  if number(claim:match('^(%d+)|')) <= A.now then
    redis.call('HDEL', K.claims, id)
    dropped.claims = dropped.claims + 1
  end
end
return {'ok', cjson.encode(dropped)}
