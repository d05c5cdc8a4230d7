#!lua
--! keys: thread pages
--! uses: base thread
-- Keeps a page that was just built, unless the thread has changed since.
local t = hash(K.thread)
if not t.v or version_at(t, A.now) ~= A.version then return {'ok', 0} end
local kept = redis.call('HGET', K.pages, 'v')
if (kept and number(kept) ~= A.version) or redis.call('HLEN', K.pages) > 64 then
  redis.call('UNLINK', K.pages)
end
redis.call('HSET', K.pages, 'v', A.version, A.field, A.body, A.field .. '|tag', A.tag)
redis.call('PEXPIRE', K.pages, A.ttl)
return {'ok', 1}
