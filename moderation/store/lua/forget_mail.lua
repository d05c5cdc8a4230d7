#!lua flags=allow-oom
--! keys: mail_address guest_login mail_due mail_leases mail_bounces mail_box mail_of*
--! uses: base
-- Forgets that authors have an address; with the last of them, the address itself. TRAILING are
-- their entries. `retry` if A.all and there are others by now. Then only a hash is left for a while:
-- for as long as nobody may be asked, which is for good if the owner never wanted to be.
local known = hash(K.mail_address)
local left, confirmed, given = 0, false, {}
for _, author in ipairs(A.authors) do given['u:' .. author] = true end
for field, state in pairs(known) do
  if field:sub(1, 2) == 'u:' then
    if not given[field] then left = left + 1 end
    confirmed = confirmed or state == 'c'
  end
end
if A.all and left > 0 then return {'retry'} end
for i = 1, #TRAILING do
  if redis.call('HGET', TRAILING[i], 'to') == A.address then redis.call('UNLINK', TRAILING[i]) end
  redis.call('HDEL', K.mail_address, 'u:' .. A.authors[i], 'g:' .. A.authors[i])
end
if left > 0 then return {'ok', 0} end
redis.call('UNLINK', K.mail_address, K.mail_box, K.guest_login)
redis.call('ZREM', K.mail_due, A.recipient)
redis.call('HDEL', K.mail_leases, A.recipient)
redis.call('HDEL', K.mail_bounces, A.recipient)
if known.asked then
  redis.call('HSET', K.mail_address, 'v', 1, 'asked', known.asked)
  redis.call('PEXPIRE', K.mail_address, A.pause)
  if A.all and not confirmed then
    redis.call('HSET', K.mail_address, 'blocked', A.now)
    redis.call('PEXPIRE', K.mail_address, A.blocked)
  end
end
return {'ok', 1}
