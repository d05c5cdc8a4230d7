#!lua flags=allow-oom
--! keys: thread nodes top replies votes pages comment mine*
--! uses: base thread
-- Counts a comment's votes anew, from all readers' own, the trailing keys; `retry` if they are not
-- A.seen any more.
local c = redis.call('HMGET', K.comment, 's', 'v')
local n = node(A.id)
if (redis.call('HGET', K.votes, A.id) or '0 0') ~= A.seen then return {'retry'} end
if not c[2] or c[1] == 'd' or not n then return {'ok'} end
local count = {['1'] = 0, ['-1'] = 0}
for i = 1, #TRAILING do
  local own = redis.call('HGET', TRAILING[i], A.id)
  if own and count[own] then count[own] = count[own] + 1 end
end
set_votes(A.id, n, count['1'], count['-1'])
redis.call('HSET', K.comment, 'u', count['1'], 'w', count['-1'])
raise_version(hash(K.thread), 0)
return {'ok'}
