#!lua flags=allow-oom
--! keys: moderators credentials audit
--! uses: base accounts streams
-- Ends an account's sessions and makes its unused links and its feed's address worthless; answers
-- how many sessions.
if redis.call('HEXISTS', K.moderators, A.id) == 0 or is_removed(A.id) then
  return fail('moderator-not-found')
end
local ended = drop_credentials(A.id, {session = true, login = true, feed = true})
audit(A.actor, 'end-sessions', A.id, {ended = ended})
return {'ok', ended}
