#!lua flags=allow-oom
--! keys: credentials audit
--! uses: base streams
-- Replaces a credential's own settings; A.record was made from A.seen, `retry` if it changed.
local record = redis.call('HGET', K.credentials, A.id)
if not record then return fail('credential-not-found') end
if record ~= A.seen then return {'retry'} end
redis.call('HSET', K.credentials, A.id, A.record)
local before, after = cjson.decode(record), cjson.decode(A.record)
audit(A.actor, 'update-credential', A.id,
  {name = after.name, before = before.settings, after = after.settings})
return {'ok'}
