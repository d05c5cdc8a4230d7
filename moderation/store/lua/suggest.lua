#!lua
--! keys: site suggestions suggested audit events
--! uses: base streams
-- Keeps a suggestion (JSON with state and created) for review, in the place of one with its id.
if redis.call('EXISTS', K.site) == 0 then return fail('site-not-found') end
local function drop(members)
  for _, member in ipairs(members) do
    redis.call('ZREM', K.suggested, member)
    redis.call('HDEL', K.suggestions, member:sub(16))
  end
end
local before = redis.call('HGET', K.suggestions, A.id)
if before then
  local was = cjson.decode(before)
  redis.call('ZREM', K.suggested, lex_member(was.state .. '/', was.created, A.id))
end
redis.call('HSET', K.suggestions, A.id, A.record)
redis.call('ZADD', K.suggested, 0, lex_member('p/', A.created, A.id))
local first, last = lex_prefix('p/')
local expired = '(' .. lex_member('p/', math.max(0, A.expired), '')
drop(redis.call('ZRANGE', K.suggested, first, expired, 'BYLEX', 'LIMIT', 0, 100))
local over = redis.call('ZLEXCOUNT', K.suggested, first, last) - A.most
if over > 0 then
  drop(redis.call('ZRANGE', K.suggested, first, last, 'BYLEX', 'LIMIT', 0, over))
end
audit(A.actor, 'suggest', A.id, {source = A.source})
event('suggestion.created', {suggestion = A.id})
return {'ok'}
