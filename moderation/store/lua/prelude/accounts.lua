--! uses: base
-- The moderators' accounts. Who was removed stays on record without address and password, so that
-- what they did has a name.

local REMOVED = 'This account was removed.'
local ROLE_CHANGED = 'The role was changed meanwhile.'

local function account(id)
  local record = redis.call('HGET', K.moderators, id)
  return record and cjson.decode(record) or nil
end

-- Programs decide under their key's id, which is nobody's.
local function is_removed(id)
  local found = account(id)
  return found ~= nil and found.removed ~= nil
end

-- Whether an account is the only one left that owns the site.
local function is_last_owner(id)
  local found = account(id)
  if not found or found.role ~= 'owner' or found.removed then return false end
  for other, record in pairs(hash(K.moderators)) do
    local m = cjson.decode(record)
    if other ~= id and m.role == 'owner' and not m.removed then return false end
  end
  return true
end

-- Forgets an account's credentials of these kinds, except one; answers how many sessions ended.
local function drop_credentials(moderator, kinds, except)
  local ended = 0
  for id, record in pairs(hash(K.credentials)) do
    local c = cjson.decode(record)
    if c.moderator == moderator and kinds[c.kind] and id ~= except then
      redis.call('HDEL', K.credentials, id)
      if c.kind == 'session' and c.expires and c.expires > A.now then ended = ended + 1 end
    end
  end
  return ended
end
