#!lua flags=allow-oom
--! keys: site batch idem audit
--! uses: base idempotency streams
-- Opens a batch; each decision of it adds itself.
local again = replayed()
if again then return again end
if redis.call('EXISTS', K.site) == 0 then return fail('site-not-found') end
if redis.call('EXISTS', K.batch) == 1 then
  return fail('exists', 'There is a batch with this id already.')
end
redis.call('HSET', K.batch, 'v', 1, 'moderator', A.moderator, 'action', A.action,
  'reason', A.reason, 'created', A.now)
redis.call('PEXPIRE', K.batch, A.ttl)
remember(200, A.batch)
audit(A.moderator, 'batch', A.batch, {action = A.action, comments = A.comments})
return {'ok'}
