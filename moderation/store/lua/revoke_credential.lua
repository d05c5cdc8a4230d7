#!lua
--! keys: credentials audit
-- Forgets a credential.
if redis.call('HDEL', K.credentials, A.id) == 0 then return fail('not-found', 'no such credential') end
audit(A.actor, 'revoke-credential', A.id)
return {'ok'}
