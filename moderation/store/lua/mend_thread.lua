#!lua flags=allow-oom
--! keys: listing thread nodes roots replies pages
--! uses: base thread
-- Drops those of A.roots and A.replies that are not shown there, those of A.listed that are not its
-- place in the list of threads, and the pages that are kept; and lists it where it belongs. With
-- A.count, the published comments that the thread had in A.version, it counts so from now on.
local t = hash(K.thread)
if A.count and number(t.version) ~= A.version then return {'retry'} end
for _, id in ipairs(A.roots) do
  local n = node(id)
  if not n or n.under ~= '' or not is_shown(id, n) then redis.call('ZREM', K.roots, id) end
end
for _, member in ipairs(A.replies) do
  local under, id = member:match('^([^/]*)/(.*)$')
  local n = id and node(id)
  if not n or n.under ~= under or not is_shown(id, n) then redis.call('ZREM', K.replies, member) end
end
local count = A.count or number(t.count)
local by_count = lex_member('c/', count, A.thread)
local by_time = t.last and lex_member('a/', number(t.last), A.thread)
if t.v and count ~= number(t.count) then
  redis.call('ZREM', K.listing, lex_member('c/', number(t.count), A.thread))
  redis.call('HSET', K.thread, 'count', count)
end
for _, member in ipairs(A.listed) do
  if not t.v or (member ~= by_count and member ~= by_time) then
    redis.call('ZREM', K.listing, member)
  end
end
if not t.v then return {'ok'} end
if by_time then redis.call('ZADD', K.listing, 0, by_time, 0, by_count) end
raise_version(hash(K.thread), 0)
return {'ok'}
