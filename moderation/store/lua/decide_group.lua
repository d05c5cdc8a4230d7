#!lua flags=allow-oom
--! keys: groups group_members batch idem events audit
--! uses: base idempotency streams
-- Opens the batch that decides on a group, and says what is to happen to the next ones like it. The
-- decisions add themselves, up to the group's latest member: what comes later is the next one.
local again = replayed()
if again then
  return {'replay', again[2], again[3]}
end
local raw = redis.call('HGET', K.groups, A.group)
if not raw then return fail('group-not-found') end
if redis.call('EXISTS', K.batch) == 1 then
  return fail('exists', 'There is a batch with this id already.')
end
local g = cjson.decode(raw)
local first, last = lex_prefix(A.group .. '/')
local latest = redis.call('ZRANGE', K.group_members, last, first, 'BYLEX', 'REV', 'LIMIT', 0, 1)[1]

redis.call('HSET', K.batch, 'v', 1, 'moderator', A.moderator, 'action', A.action,
  'reason', A.reason, 'created', A.now, 'group', A.group, 'upto', latest:sub(#A.group + 2),
  'before', cjson.encode({next = g.next, ['until'] = g['until'], batch = g.batch, seen = g.seen}))
redis.call('PEXPIRE', K.batch, A.ttl)
g.next, g['until'] = A.next, A['until']
g.batch, g.seen = A.batch, g.count
redis.call('HSET', K.groups, A.group, cjson.encode(g))
remember(201, A.batch)
audit(A.moderator, 'batch', A.batch, {action = A.action, comments = A.comments, group = A.group,
  next = A.next, ['until'] = A['until']})
event('group.decided', {group = A.group, batch = A.batch, moderator = A.moderator})
return {'ok'}
