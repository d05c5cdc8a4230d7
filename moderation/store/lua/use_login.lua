#!lua flags=allow-oom
--! keys: moderators credentials audit
--! uses: base accounts streams
-- Burns a one-time log-in and writes the session that it is worth.
local record = redis.call('HGET', K.credentials, A.id)
local login = record and cjson.decode(record) or {}
local bad = login.kind ~= 'login' or login.secret_hash ~= A.secret_hash
  or (login.expires and login.expires <= A.now) or login.moderator ~= A.moderator
local stored = not bad and redis.call('HGET', K.moderators, A.moderator)
if not stored then return fail('unauthorized', 'This log-in link is used up or not valid.') end
if cjson.decode(A.session[2]).role ~= cjson.decode(stored).role then
  return fail('unauthorized', ROLE_CHANGED)
end
if redis.call('HEXISTS', K.credentials, A.session[1]) == 1 then
  return fail('exists', 'There is a credential with this id already.')
end
redis.call('HDEL', K.credentials, A.id)
redis.call('HSET', K.credentials, A.session[1], A.session[2])
audit(A.moderator, 'log-in', A.session[1])
return {'ok', stored}
