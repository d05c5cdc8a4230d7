#!lua flags=allow-oom
--! keys: site events audit
--! uses: base streams
-- Replaces some of a site's fields. A.changes is what the audit says of them: it was made from the
-- version A.expected.
local version = redis.call('HGET', K.site, 'version')
if not version then return fail('site-not-found') end
if A.expected and number(version) ~= A.expected then
  return fail('changed', 'The site was changed meanwhile.', {version = number(version)})
end
redis.call('HSET', K.site, 'version', number(version) + 1, unpack(A.fields))
audit(A.actor, 'update-site', A.site,
  {changed = A.changed, changes = A.changes, version = number(version) + 1})
event('site.changed', {site = A.site, version = number(version) + 1})
return {'ok'}
