#!lua
--! keys: site credentials audit
-- Adds a key, a session or a one-time log-in.
if redis.call('EXISTS', K.site) == 0 then return fail('site-not-found', 'no such site') end
if redis.call('HEXISTS', K.credentials, A.id) == 1 then
  return fail('exists', 'this credential exists')
end
redis.call('HSET', K.credentials, A.id, A.record)
audit(A.actor, 'add-credential', A.id, {kind = A.kind})
return {'ok'}
