#!lua
--! keys: mail_address previous=mail_address mail_of mail_due mail_box
--! uses: base mail
-- An author's address is theirs: from now on they are told. What waited for it goes.
-- A.previous is the address that the author had; `retry` if that is another by now.
local who = 'u:' .. A.author
if redis.call('HEXISTS', K.mail_address, who) == 0 then return fail('mail-address-not-found') end
local before = redis.call('HGET', K.mail_of, 'to')
if (before or '') ~= A.previous then return {'retry'} end
if before and before ~= A.address then
  redis.call('HDEL', K.previous, who, 'g:' .. A.author)
end
local first = owner_of(K.mail_address)
redis.call('HSET', K.mail_address, who, 'c', 'w', A.when)
first = first or owner_of(K.mail_address)
if first then redis.call('HSET', K.mail_address, 'first', first) end
redis.call('PERSIST', K.mail_address)
redis.call('HSET', K.mail_of, 'to', A.address)
redis.call('PERSIST', K.mail_of)
if redis.call('EXISTS', K.mail_box) == 1 and redis.call('ZSCORE', K.mail_due, A.recipient) then
  redis.call('ZADD', K.mail_due, A.due, A.recipient)
end
return {'ok'}
