#!lua
--! keys: credentials audit
-- Replaces a credential's own settings; A.record was made from A.seen, `again` if it changed.
local record = redis.call('HGET', K.credentials, A.id)
if not record then return fail('not-found', 'no such credential') end
if record ~= A.seen then return {'ok', 'again'} end
redis.call('HSET', K.credentials, A.id, A.record)
audit(A.actor, 'update-credential', A.id)
return {'ok'}
