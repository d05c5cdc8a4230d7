#!lua flags=allow-oom
--! keys: site moderators queue claims events
--! uses: base accounts streams queue
-- Leases the best unclaimed cases of a lane (or `all`) to one moderator; answers their ids.
if redis.call('EXISTS', K.site) == 0 then return fail('site-not-found') end
if is_removed(A.moderator) then return fail('unauthorized', REMOVED) end
local prefix = A.lane .. '/p/'
local first, last = lex_prefix(prefix)
local taken = {}
while #taken < A.limit do
  local members = redis.call('ZRANGE', K.queue, last, first, 'BYLEX', 'REV', 'LIMIT', 0, 100)
  if #members == 0 then break end
  for _, member in ipairs(members) do
    local id = member:sub(#prefix + 14)
    if not claim_of(id) then
      taken[#taken + 1] = id
      if #taken == A.limit then break end
    end
  end
  last = '(' .. members[#members]
end
for _, id in ipairs(taken) do
  redis.call('HSET', K.claims, id, A['until'] .. '|' .. A.moderator)
  event('case.claimed', {comment = id, moderator = A.moderator, ['until'] = A['until']})
end
return {'ok', unpack(taken)}
