#!lua flags=allow-oom
--! keys: thread pages events audit
--! uses: base streams thread
-- Closes or opens a thread for new comments.
local t = hash(K.thread)
if not t.v then return fail('thread-not-found') end
local closed = A.closed and '1' or '0'
if t.closed ~= closed then
  redis.call('HSET', K.thread, 'closed', closed)
  raise_version(t, 0)
  audit(A.actor, A.closed and 'close' or 'open', A.thread)
  event('thread.changed', {thread = A.thread, closed = A.closed})
end
return {'ok'}
