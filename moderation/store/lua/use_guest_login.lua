#!lua flags=allow-oom
--! keys: mail_address guest_login
--! uses: base mail
-- Gives the author of an address to who has the code, once. After A.most wrong ones none is good.
local login = hash(K.guest_login)
if not login.code or number(login.good) <= A.now or number(login.tries) >= A.most then
  return {'ok', ''}
end
local author = owner_of(K.mail_address)
if login.code ~= A.code or not author then
  redis.call('HINCRBY', K.guest_login, 'tries', 1)
  return {'ok', ''}
end
redis.call('HDEL', K.guest_login, 'code', 'good', 'tries')
return {'ok', author}
