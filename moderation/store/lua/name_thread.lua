#!lua flags=allow-oom
--! keys: thread pages events audit
--! uses: base streams thread
-- Gives a thread another title and address.
local t = hash(K.thread)
if not t.v then return fail('thread-not-found') end
if t.title ~= A.title or t.url ~= A.url then
  redis.call('HSET', K.thread, 'title', A.title, 'url', A.url, 'head', A.head)
  raise_version(t, 0)
  local changes = {}
  for _, field in ipairs({'title', 'url'}) do
    if t[field] ~= A[field] then changes[field] = {before = t[field], after = A[field]} end
  end
  audit(A.actor, 'name', A.thread, {changes = changes})
  event('thread.changed', {thread = A.thread, closed = t.closed == '1'})
end
return {'ok'}
