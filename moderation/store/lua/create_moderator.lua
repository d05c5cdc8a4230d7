#!lua
--! keys: site moderators emails credentials mail_choices events audit
--! uses: base streams
-- Adds an account with its credentials.
if redis.call('EXISTS', K.site) == 0 then return fail('site-not-found') end
if redis.call('HEXISTS', K.emails, A.email) == 1 then
  return fail('exists', 'There is an account with this address already.')
end
if redis.call('HEXISTS', K.moderators, A.id) == 1 then
  return fail('exists', 'There is an account with this id already.')
end
for _, credential in ipairs(A.credentials) do
  if redis.call('HEXISTS', K.credentials, credential[1]) == 1 then
    return fail('exists', 'There is a credential with this id already.')
  end
end
redis.call('HSET', K.moderators, A.id, A.record)
redis.call('HSET', K.emails, A.email, A.id)
if A.mail then redis.call('HSET', K.mail_choices, A.id, A.mail) end
for _, credential in ipairs(A.credentials) do
  redis.call('HSET', K.credentials, credential[1], credential[2])
end
audit(A.actor, 'create-moderator', A.id, {role = A.role})
event('site.changed', {moderator = A.id})
return {'ok'}
