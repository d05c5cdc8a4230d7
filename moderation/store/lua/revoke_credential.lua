#!lua flags=allow-oom
--! keys: credentials audit
--! uses: base streams
-- Forgets a credential.
local record = redis.call('HGET', K.credentials, A.id)
if not record then return fail('credential-not-found') end
redis.call('HDEL', K.credentials, A.id)
local c = cjson.decode(record)
audit(A.actor, 'revoke-credential', A.id, {kind = c.kind, moderator = c.moderator, name = c.name})
return {'ok'}
