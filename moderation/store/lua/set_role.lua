#!lua flags=allow-oom
--! keys: moderators credentials events audit
--! uses: base accounts streams
-- Gives an account another role and its credentials the rights of that; answers the role before.
-- A.credentials are {id, seen, record}, each made from what was seen: `retry` if one was changed,
-- added or dropped meanwhile.
local m = account(A.id)
if not m or m.removed then return fail('moderator-not-found') end
local before = m.role
if before == A.role then return {'ok', before} end
local own = 0
for _, record in pairs(hash(K.credentials)) do
  if cjson.decode(record).moderator == A.id then own = own + 1 end
end
for _, c in ipairs(A.credentials) do
  if redis.call('HGET', K.credentials, c[1]) ~= c[2] then return {'retry'} end
end
if own ~= #A.credentials then return {'retry'} end
m.role = A.role
redis.call('HSET', K.moderators, A.id, cjson.encode(m))
for _, c in ipairs(A.credentials) do redis.call('HSET', K.credentials, c[1], c[3]) end
audit(A.actor, 'set-role', A.id, {before = before, role = A.role})
event('site.changed', {moderator = A.id})
return {'ok', before}
