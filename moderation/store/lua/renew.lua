#!lua
--! keys: comment moderators claims events
--! uses: base accounts streams queue
-- Extends one's own claim on a queued case, or takes a free one.
if redis.call('HEXISTS', K.comment, 'ql') == 0 then
  return fail('not-queued')
end
if is_removed(A.moderator) then return fail('unauthorized', REMOVED) end
local taken = claimed_by_other(A.id, A.moderator)
if taken then return taken end
redis.call('HSET', K.claims, A.id, A['until'] .. '|' .. A.moderator)
event('case.claimed', {comment = A.id, moderator = A.moderator, ['until'] = A['until']})
return {'ok'}
