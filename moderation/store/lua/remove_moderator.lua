#!lua flags=allow-oom
--! keys: moderators emails credentials claims mail_choices events audit
--! uses: base accounts streams
-- Takes an account's rights: no credential, address, password or claim of it is left.
local m = account(A.id)
if not m or m.removed then return fail('moderator-not-found') end
m.email, m.password_hash, m.removed = '', nil, A.now
redis.call('HSET', K.moderators, A.id, cjson.encode(m))
redis.call('HDEL', K.emails, A.email)
redis.call('HDEL', K.mail_choices, A.id)
drop_credentials(A.id, {key = true, session = true, login = true, feed = true})
for id, claim in pairs(hash(K.claims)) do
  if claim:match('^%d+|(.*)$') == A.id then
    redis.call('HDEL', K.claims, id)
    event('case.released', {comment = id, moderator = A.id})
  end
end
audit(A.actor, 'remove-moderator', A.id, {role = m.role})
event('site.changed', {moderator = A.id})
return {'ok'}
