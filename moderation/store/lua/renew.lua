#!lua flags=allow-oom
--! keys: comment moderators claims events audit
--! uses: base accounts streams queue
-- Extends one's own claim on a queued case, or takes a free one; with A.take_over another's too.
if redis.call('HEXISTS', K.comment, 'ql') == 0 then
  return fail('not-queued')
end
if is_removed(A.moderator) then return fail('unauthorized', REMOVED) end
local taken = claimed_by_other(A.id, A.moderator)
if taken and not A.take_over then return taken end
if taken then audit(A.moderator, 'take-over', A.id, {from = claim_of(A.id)}) end
redis.call('HSET', K.claims, A.id, A['until'] .. '|' .. A.moderator)
event('case.claimed', {comment = A.id, moderator = A.moderator, ['until'] = A['until']})
return {'ok'}
