#!lua flags=allow-oom
--! keys: moderators credentials audit
--! uses: base accounts streams
-- Replaces an account's password hash; ends all its sessions and unused links but A.session. With
-- A.seen, the hash of the same password until now, nothing ends, and a newer password stays. A.old
-- is the hash of the one that was asked for, empty where there was none.
local m = account(A.id)
if not m or m.removed then return fail('moderator-not-found') end
if A.seen and m.password_hash ~= A.seen then return {'ok'} end
if A.old and A.old ~= (m.password_hash or '') then return fail('old-password') end
m.password_hash = A.password_hash
redis.call('HSET', K.moderators, A.id, cjson.encode(m))
if A.seen then
  audit(A.id, 'set-password', A.id, {same = true})
else
  local ended = drop_credentials(A.id, {session = true, login = true}, A.session)
  audit(A.id, 'set-password', A.id, {ended = ended})
end
return {'ok'}
