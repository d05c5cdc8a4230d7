--! uses: base streams groups
-- Near-duplicates of recent comments, found by the bands of a text (A.bands, see likeness.py). In
-- K.alike a band leads to the comment that brought it first, whose id names the group; beside the
-- bands it has, as `=group`, those who may become one. What has become one is in K.groups, its
-- members in K.group_members.

-- By choice. Who corrects a slip or posts under several pages of a site sends two to four alike. The
-- bounds keep a flood from filling the memory: when the bands are too many, all are forgotten.
local ALIKE_BANDS, GROUP_SIZE, GROUP_SPAN, ALIKE_FOR = 2, 5, 600000, 1200000
local MOST_BANDS, MOST_WAITING, MOST_MEMBERS, MOST_GROUPS = 24000, 20, 2000, 200

-- The members that count for a beginning: not the same text by the same author again.
local function counted(members)
  local count = 0
  for _, member in ipairs(members) do count = count + (member[3] and 1 or 0) end
  return count
end

-- When a comment was written, as its id says.
local function written_at(id) return tonumber(id:sub(1, 8) .. id:sub(10, 13), 16) or A.now end

-- The group that begins with a comment, be it one already or not; none if nothing like it came lately.
local function read_group(id)
  local raw = redis.call('HGET', K.groups, id)
  if raw then
    local g = cjson.decode(raw)
    return g.last > A.now - ALIKE_FOR and g or nil
  end
  raw = redis.call('HGET', K.alike, '=' .. id)
  local members = {}
  for _, member in ipairs(raw and cjson.decode(raw) or {{id, written_at(id), true}}) do
    if member[2] > A.now - GROUP_SPAN then members[#members + 1] = member end
  end
  if #members == 0 then return nil end
  members[#members + 1] = {A.id, A.now, not A.again}
  while #members > MOST_WAITING do table.remove(members, 1) end
  return {members = members, begins = counted(members) >= GROUP_SIZE}
end

-- The group that a text belongs to, if there is one; what is to happen to it (`asks`: hold, reject or
-- '' for nothing); and which of its bands are to lead there.
local function alike()
  if not A.bands then return nil end
  local led = redis.call('HMGET', K.alike, unpack(A.bands))
  local hits
  for _, id in ipairs(led) do
    if id then
      hits = hits or {}
      hits[id] = (hits[id] or 0) + 1
    end
  end
  if not hits then return {fresh = A.bands, asks = ''} end

  local found, live, most, g = {fresh = {}, asks = ''}, {}, ALIKE_BANDS - 1, nil
  for id, count in pairs(hits) do
    live[id] = read_group(id)
    if live[id] and (count > most or (count == most and found.id and id < found.id)) then
      found.id, found.group, most = id, live[id], count
    end
  end
  -- What leads to a group that is over leads here from now on; what leads to another one stays.
  for i, band in ipairs(A.bands) do
    if not (led[i] and live[led[i]]) then found.fresh[#found.fresh + 1] = band end
  end
  g = found.group
  if not g then return found end
  if g['until'] and g['until'] > A.now then
    found.asks = g.next == 'leave' and '' or g.next
  elseif A.raids == 'hold' and (g.v or g.begins) then
    found.asks = 'hold'
  end
  return found
end

-- Makes room for one group more: the one that was longest without a new member goes.
local function make_room()
  if redis.call('HLEN', K.groups) < MOST_GROUPS then return end
  local oldest, at
  for id, raw in pairs(hash(K.groups)) do
    local last = cjson.decode(raw).last
    if not at or last < at then oldest, at = id, last end
  end
  drop_group(oldest)
end

-- Enters a comment that was written, after `alike` said what it is like.
local function join_alike(found)
  if not found then return end
  local fresh, id, g = found.fresh, found.id or A.id, found.group
  if #fresh > 0 then
    if redis.call('HLEN', K.alike) > MOST_BANDS then redis.call('UNLINK', K.alike) end
    local fields = {}
    for _, band in ipairs(fresh) do
      fields[#fields + 1] = band
      fields[#fields + 1] = id
    end
    redis.call('HSET', K.alike, unpack(fields))
    redis.call('PEXPIRE', K.alike, ALIKE_FOR)
  end
  if not g then return end
  if not (g.v or g.begins) then
    redis.call('HSET', K.alike, '=' .. id, cjson.encode(g.members))
    redis.call('PEXPIRE', K.alike, ALIKE_FOR)
    return
  end
  local begins = g.begins
  if begins then
    make_room()
    for _, member in ipairs(g.members) do
      redis.call('ZADD', K.group_members, 0, id .. '/' .. member[1])
    end
    g = {v = 1, count = #g.members, first = g.members[1][2], began = A.now, seen = 0}
  else
    g.count = g.count + 1
    if g.count <= MOST_MEMBERS then
      redis.call('ZADD', K.group_members, 0, id .. '/' .. A.id)
    end
  end
  g.last = A.now
  redis.call('HSET', K.groups, id, cjson.encode(g))
  event(begins and 'group.began' or 'group.grew', {group = id, count = g.count})
  if begins then outbox('group.began', {group = id}) end
end
