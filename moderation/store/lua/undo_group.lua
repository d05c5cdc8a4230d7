#!lua flags=allow-oom
--! keys: groups batch events audit
--! uses: base streams
-- Takes back what a batch said of the next ones like its group, unless a later one has said more.
local b = hash(K.batch)
local raw = b.group and redis.call('HGET', K.groups, b.group)
if not raw then return {'ok', ''} end
local g = cjson.decode(raw)
if g.batch ~= A.batch then return {'ok', b.group} end
local before = cjson.decode(b.before)
g.next, g['until'], g.batch, g.seen = before.next, before['until'], before.batch, before.seen
redis.call('HSET', K.groups, b.group, cjson.encode(g))
audit(A.moderator, 'undo-group', b.group, {batch = A.batch})
event('group.decided', {group = b.group, batch = A.batch, moderator = A.moderator})
return {'ok', b.group}
