#!lua flags=allow-oom
--! keys: suggestions suggested audit events
--! uses: base streams
-- Accepts a suggestion, or dismisses it, which erases it.
local record = redis.call('HGET', K.suggestions, A.id)
if not record then return fail('suggestion-not-found') end
local s = cjson.decode(record)
if s.created ~= A.created then
  return fail('changed', 'Another suggestion took the place of this one.')
end
redis.call('ZREM', K.suggested, lex_member(s.state .. '/', s.created, A.id))
if A.accept then
  -- Only two members are new: the text is not decoded and encoded again.
  local rest = record:sub(2)
  if s.state == 'p' then
    rest = rest:gsub('"state":"p"', '"state":"a","accepted_by":"' .. A.moderator ..
      '","accepted":' .. string.format('%.0f', A.now), 1)
  end
  redis.call('HSET', K.suggestions, A.id, '{' .. rest)
  redis.call('ZADD', K.suggested, 0, lex_member('a/', s.created, A.id))
else
  redis.call('HDEL', K.suggestions, A.id)
end
audit(A.moderator, A.accept and 'accept-suggestion' or 'dismiss-suggestion', A.id)
event('suggestion.reviewed', {suggestion = A.id})
return {'ok'}
