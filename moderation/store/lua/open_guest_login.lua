#!lua flags=allow-oom
--! keys: mail_address guest_login
--! uses: base mail
-- The owner of an address opened the link of a mail: A.code, a hash, is good from now on, in the
-- place of any before. A link does this once; answers whether it did.
local login = hash(K.guest_login)
local good = login.id == A.id and login.opened ~= A.id and number(login['until']) > A.now
if not good or not owner_of(K.mail_address) then return {'ok', 0} end
redis.call('HSET', K.guest_login, 'opened', A.id, 'code', A.code, 'good', A.good, 'tries', 0)
redis.call('PEXPIRE', K.guest_login, A.kept)
return {'ok', 1}
