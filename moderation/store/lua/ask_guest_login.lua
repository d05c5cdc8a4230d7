#!lua
--! keys: mail_address guest_login mail_due mail_told mail_bounces mail_box limit*
--! uses: base limits mail
-- Has the owner of an address sent a link to log in with, if an author confirmed it: not within
-- A.gap of the last, and at most A.most in A.day. A link that nobody opened yet goes out again as
-- it is, and a code that was shown stays good: who only asks takes neither from the owner.
local limited = over_limit()
if limited then return limited end
count_limits()
local bounces = number(redis.call('HGET', K.mail_bounces, A.recipient))
if not owner_of(K.mail_address) or bounces >= A.bounces then
  return {'ok', 'quiet'}
end
local login = hash(K.guest_login)
local since, mails = number(login.since), number(login.mails)
if since + A.day <= A.now then since, mails = A.now, 0 end
if mails >= A.most or number(login.asked) + A.gap > A.now then return {'ok', 'quiet'} end

local fresh = login.id and login.opened ~= login.id and number(login['until']) > A.now
local id = fresh and login.id or A.id
redis.call('HSET', K.guest_login, 'v', 1, 'id', id, 'until', A['until'], 'asked', A.now,
  'since', since, 'mails', mails + 1)
redis.call('PEXPIRE', K.guest_login, A.day)
local item = 'l/' .. id
redis.call('ZREM', K.mail_told, A.recipient .. '|' .. item)
redis.call('HSET', K.mail_box, item, A.now)
redis.call('PEXPIRE', K.mail_box, A.kept)
redis.call('ZADD', K.mail_due, A.now, A.recipient)
return {'ok', 'sent'}
