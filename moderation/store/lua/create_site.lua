#!lua
--! keys: site moderators emails credentials events outbox audit
--! uses: base streams
-- Writes a site with its first key and owner, and the outbox's group.
if redis.call('EXISTS', K.site) == 1 then
  return fail('exists', 'There is a site with this name already.')
end

redis.call('HSET', K.site, unpack(A.fields))
redis.call('HSET', K.credentials, A.credential[1], A.credential[2])
if A.moderator then
  redis.call('HSET', K.moderators, A.moderator[1], A.moderator[2])
  redis.call('HSET', K.emails, A.email, A.moderator[1])
end
if redis.call('EXISTS', K.outbox) == 0 then
  redis.call('XGROUP', 'CREATE', K.outbox, 'workers', '0', 'MKSTREAM')
end
audit('system', 'create-site', A.site)
event('site.changed', {site = A.site, version = 1})
return {'ok'}
