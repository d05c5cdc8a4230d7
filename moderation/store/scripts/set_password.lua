#!lua
--! keys: moderators audit
-- Replaces an account's password hash.
local record = redis.call('HGET', K.moderators, A.id)
if not record then return fail('not-found', 'no such moderator') end
local m = cjson.decode(record)
m.password_hash = A.password_hash
redis.call('HSET', K.moderators, A.id, cjson.encode(m))
audit(A.id, 'set-password', A.id)
return {'ok'}
