#!lua flags=allow-oom
--! keys: outbox dead audit
--! uses: base streams
-- Moves a task to the dead letters. `bury` is what audits have always called it.
local found = redis.call('XRANGE', K.outbox, A.id, A.id)
if #found == 0 then return fail('task-not-found') end
local fields = found[1][2]
redis.call('XADD', K.dead, 'MAXLEN', '~', 1000, '*', 'task', A.id, 'reason', A.reason,
  unpack(fields))
redis.call('XACK', K.outbox, 'workers', A.id)
redis.call('XDEL', K.outbox, A.id)
audit('worker', 'bury', A.id)
return {'ok'}
