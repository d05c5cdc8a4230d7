#!lua flags=allow-oom
--! keys: site moderators credentials audit
--! uses: base accounts streams
-- Adds a key, a session or a one-time log-in. With A.password_hash only while the password is that.
if redis.call('EXISTS', K.site) == 0 then return fail('site-not-found') end
if redis.call('HEXISTS', K.credentials, A.id) == 1 then
  return fail('exists', 'There is a credential with this id already.')
end
if A.moderator then
  if is_removed(A.moderator) then return fail('unauthorized', REMOVED) end
  local m = account(A.moderator)
  if m and A.password_hash and m.password_hash ~= A.password_hash then
    return fail('unauthorized', 'The password was changed meanwhile.')
  end
  if m and m.role ~= cjson.decode(A.record).role then return fail('unauthorized', ROLE_CHANGED) end
end
redis.call('HSET', K.credentials, A.id, A.record)
audit(A.actor, 'add-credential', A.id,
  {kind = A.kind, moderator = A.moderator, name = cjson.decode(A.record).name})
return {'ok'}
