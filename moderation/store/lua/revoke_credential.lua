#!lua flags=allow-oom
--! keys: credentials audit
--! uses: base streams
-- Forgets a credential.
if redis.call('HDEL', K.credentials, A.id) == 0 then return fail('credential-not-found') end
audit(A.actor, 'revoke-credential', A.id)
return {'ok'}
