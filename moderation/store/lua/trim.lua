#!lua flags=allow-oom
--! keys: credentials claims audit events outbox undelivered groups group_members
--! uses: base groups
-- Drops what is past its retention; runs on a full server too, since it only removes.
local expired = {credentials = {}, claims = {}}
for id, record in pairs(hash(K.credentials)) do
  local expires = cjson.decode(record).expires
  if type(expires) == 'number' and expires <= A.now then table.insert(expired.credentials, id) end
end
for id, claim in pairs(hash(K.claims)) do
  if number(claim:match('^(%d+)|')) <= A.now then table.insert(expired.claims, id) end
end

local idle = {}
for id, raw in pairs(hash(K.groups)) do
  if cjson.decode(raw).last <= A.groups then table.insert(idle, id) end
end

local dropped = {groups = #idle, credentials = #expired.credentials, claims = #expired.claims}
for _, id in ipairs(expired.credentials) do redis.call('HDEL', K.credentials, id) end
for _, id in ipairs(expired.claims) do redis.call('HDEL', K.claims, id) end
for _, id in ipairs(idle) do drop_group(id) end
dropped.audit = redis.call('XTRIM', K.audit, 'MINID', '~', A.audit)
dropped.events = redis.call('XTRIM', K.events, 'MINID', '~', A.events)
dropped.outbox = redis.call('XTRIM', K.outbox, 'MINID', '~', A.outbox)
dropped.undelivered = redis.call('XTRIM', K.undelivered, 'MINID', '~', A.undelivered)
return {'ok', cjson.encode(dropped)}
