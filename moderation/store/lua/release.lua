#!lua flags=allow-oom
--! keys: claims events
--! uses: base streams queue
-- Gives a claim back.
local taken = claimed_by_other(A.id, A.moderator)
if taken then return taken end
if redis.call('HDEL', K.claims, A.id) == 1 then
  event('case.released', {comment = A.id, moderator = A.moderator})
end
return {'ok'}
