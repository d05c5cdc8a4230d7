#!lua
--! keys: mail_address mail_of mail_due mail_told mail_bounces mail_box limit*
--! uses: base limits
-- Notes that an author gave an address, and has it asked whether that is wanted: once a week, and
-- not if its owner asked never to be, or it refuses mail. Answers what came of it.
local known = hash(K.mail_address)
local who = 'u:' .. A.author
if known[who] == 'c' then
  if A.guest then redis.call('HSET', K.mail_address, 'g:' .. A.author, 1) end
  return {'ok', 'known'}
end
if known.blocked or number(redis.call('HGET', K.mail_bounces, A.recipient)) >= A.bounces then
  return {'ok', 'off'}
end
local authors, confirmed = 0, false
for field, state in pairs(known) do
  if field:sub(1, 2) == 'u:' then
    authors = authors + 1
    confirmed = confirmed or state == 'c'
  end
end
if not known[who] and authors >= A.most then return {'ok', 'off'} end
local limited = over_limit()
if limited then return limited end

redis.call('HSET', K.mail_address, 'v', 1, who, 'a')
if A.guest then redis.call('HSET', K.mail_address, 'g:' .. A.author, 1) end
-- What was confirmed stays until the new address is.
if redis.call('EXISTS', K.mail_of) == 0 then
  redis.call('HSET', K.mail_of, 'to', A.address)
  redis.call('PEXPIRE', K.mail_of, A.kept)
end
-- Who only claims it does not change how its owner is written to.
if not confirmed then
  redis.call('HSET', K.mail_address, 'e', A.sealed, 'l', A.language)
  redis.call('PEXPIRE', K.mail_address, A.kept)
end
if A.now - number(known.asked) < A.pause then return {'ok', 'waits'} end
redis.call('HSET', K.mail_address, 'asked', A.now)
count_limits()
redis.call('ZREM', K.mail_told, A.recipient .. '|' .. A.item)
redis.call('HSET', K.mail_box, A.item, A.now)
redis.call('PEXPIRE', K.mail_box, A.kept)
redis.call('ZADD', K.mail_due, A.now, A.recipient)
return {'ok', 'asked'}
