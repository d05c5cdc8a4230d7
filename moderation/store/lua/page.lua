#!lua flags=no-writes
--! keys: site thread nodes roots top replies votes pages
--! uses: base thread
-- A page of a thread, of the replies to one comment (A.under) or of what leads to one (A.around),
-- ready to send: the kept one if it is of this version, else built. Answers version, body, whether
-- it was kept (2, without the body, if it is the one with the tag A.have), whether the thread is past
-- the site's last day for comments; nothing for an unknown thread. Its cost is bounded by A.limit and A.bytes: each top comment of the page shows at most 39
-- replies below it (three levels of three), and when the bytes are used up no more replies are shown
-- and the page ends; the rest is left to the cursors.
local BUDGET = 39
-- Comments are read so many at a time, since the bytes may end the page before its last one.
local CHUNK = 5
local room = A.bytes
local t = hash(K.thread)
if not t.v then return {'ok'} end
local version = version_at(t, A.now)
-- A day that passes is no change of the thread: such a page has another name, not another version.
local days = A.under and 0 or number(redis.call('HGET', K.site, 'closes'))
local overdue = days > 0 and A.now > number(t.created) + days * DAY
if A.field then
  local name = overdue and A.field .. A.overdue or A.field
  local kept = redis.call('HMGET', K.pages, 'v', name .. '|tag')
  if kept[1] and number(kept[1]) == version then
    if kept[2] and kept[2] == A.have then return {'ok', version, '', 2, overdue and 1 or 0} end
    local body = redis.call('HGET', K.pages, name)
    if body then return {'ok', version, body, 1, overdue and 1 or 0} end
  end
end

-- The beginning of a comment's JSON object, to go on after. What the node leaves out of it is said
-- in fragments.py.
local function opened(id, n)
  local parent = n.parent == '' and 'null' or '"' .. n.parent .. '"'
  if n.status ~= 'p' then
    return '{"id":"' .. id .. '","parent":' .. parent .. ',"status":"' .. STATUS[n.status] .. '"'
  end
  local kind = n.fragment:sub(1, 1)
  if kind == '{' then
    -- What was written before authors had roles is a reader's.
    return (n.fragment:sub(1, -2):gsub('("kind":"%a+")}', '%1,"role":"reader"}', 1))
  end
  -- Quotes within a text are escaped, so this is the field and nothing else.
  local at = n.fragment:find(',"text":', 1, true)
  local rest, text = n.fragment:sub(2, at - 1), n.fragment:sub(at + 8)
  rest = rest:gsub('("kind":"%a+")}', '%1,"role":"reader"}', 1)
  if rest:sub(-1) == '"' then rest = rest .. ',"edited":null,"version":1' end
  if kind == '~' then
    text = text .. ',"html":"<p>' .. text:sub(2, -2):gsub('\\n', '<br>%0') .. '</p>"'
  end
  return '{"id":"' .. id .. '","thread":' .. A.thread .. ',"parent":' .. parent
    .. ',"status":"published","text":' .. text .. ',' .. rest
end

-- Who reads a hidden thread finds none.
if t.hidden == '1' then
  local about = A.under and '' or '"thread":{' .. t.head
    .. ',"count":0,"closed":true,"hidden":true,"version":' .. version .. '},'
  return {'ok', version, '{' .. about .. '"comments":[],"next_cursor":null}', 0, overdue and 1 or 0}
end
-- The pinned comment stands before all others on the first page, and not among them.
local pinned = not A.under and t.pinned and node(t.pinned)
pinned = pinned and pinned.status == 'p' and pinned.under == '' and t.pinned or nil

local function load(ids)
  if #ids == 0 then return {} end
  local raw = redis.call('HMGET', K.nodes, unpack(ids))
  local votes = redis.call('HMGET', K.votes, unpack(ids))
  local found = {}
  for i, id in ipairs(ids) do
    local n = parse_node(raw[i])
    if n then
      local json = opened(id, n)
      found[#found + 1] = {id = id, json = json, votes = votes[i], count = shown_replies(id),
        parent = n.parent, replies = {}}
      room = room - #json
    end
  end
  return found
end

local function reply_ids(id, after, limit)
  local first, last = lex_prefix(id .. '/')
  if after then first = '(' .. id .. '/' .. after end
  local members = redis.call('ZRANGE', K.replies, first, last, 'BYLEX', 'LIMIT', 0, limit)
  for i, member in ipairs(members) do members[i] = member:sub(#id + 2) end
  return members
end

-- Level by level, so that a deep branch does not starve its siblings.
local function grow(root)
  local level, left = {root}, BUDGET
  while #level > 0 and left > 0 do
    local below = {}
    for _, c in ipairs(level) do
      if c.count > 0 and left > 0 and room > 0 then
        c.replies = load(reply_ids(c.id, nil, math.min(A.replies, left)))
        left = left - #c.replies
        for _, reply in ipairs(c.replies) do below[#below + 1] = reply end
      end
    end
    level = below
  end
end

-- The top comment that A.around stands under, with only the way down to it; nothing if it is not
-- shown. What stands above a comment that is shown is shown too.
local function way()
  local ids, id = {}, A.around
  while id ~= '' do
    local n = node(id)
    if not n or not is_shown(id, n) then return {} end
    table.insert(ids, 1, id)
    id = n.under
  end
  local found = load(ids)
  for i = 1, #found - 1 do
    found[i].replies = {found[i + 1]}
    found[i].partial = true
  end
  local last, above = found[#found], found[#found - 1]
  grow(last)
  -- Below the site's depth it stands beside what it answers: that belongs to the way too.
  if above and last.parent ~= above.id then
    local answered = node(last.parent)
    if answered and answered.under == above.id and is_shown(last.parent, answered) then
      table.insert(above.replies, 1, load({last.parent})[1])
    end
  end
  return {found[1]}
end

local out = {}
local function add(...)
  for _, piece in ipairs({...}) do out[#out + 1] = piece end
end

local function render(c)
  local up, down = (c.votes or '0 0'):match('^(%d+) (%d+)$')
  add(c.json, ',"votes":{"up":', up or '0', ',"down":', down or '0', '},"reply_count":', c.count,
    ',"replies":[')
  for i, reply in ipairs(c.replies) do
    if i > 1 then add(',') end
    render(reply)
  end
  local last = c.replies[#c.replies]
  if c.count > #c.replies then
    add('],"replies_cursor":"r', last and not c.partial and last.id or '0', '"}')
  else
    add('],"replies_cursor":null}')
  end
end

local ids, most = {}, A.limit + (pinned and 2 or 1)
if A.around then
  -- The way to it is one top comment: nothing is listed.
elseif A.under then
  ids = reply_ids(A.under, A.after, most)
elseif A.sort == 'oldest' then
  ids = redis.call('ZRANGE', K.roots, A.after and '(' .. A.after or '-', '+', 'BYLEX', 'LIMIT', 0,
    most)
else
  local list = A.sort == 'top' and K.top or K.roots
  ids = redis.call('ZRANGE', list, A.after and '(' .. A.after or '+', '-', 'BYLEX', 'REV',
    'LIMIT', 0, most)
end
local ranked = A.sort == 'top' and not A.under
for i = #ids, 1, -1 do
  if pinned and (ranked and ids[i]:sub(11) or ids[i]) == pinned then table.remove(ids, i) end
end
local found = #ids
for i = found, A.limit + 1, -1 do ids[i] = nil end
local mark = A.under and 'r' or ({newest = 'n', oldest = 'o', top = 't'})[A.sort]

add('{')
if not A.under then
  add('"thread":{', t.head, ',"count":', t.count, ',"closed":',
    (overdue or t.closed == '1') and 'true' or 'false', ',"version":', version)
  if number(t.slow_seconds) > 0 then add(',"slow_seconds":', t.slow_seconds) end
  if pinned then add(',"pinned":"', pinned, '"') end
  add('},')
end
add('"comments":[')
local shown, separator = 0, ''
for _, c in ipairs(A.around and way() or {}) do
  render(c)
end
if pinned and not A.around and not A.after then
  local c = load({pinned})[1]
  grow(c)
  render(c)
  separator = ','
end
while shown < #ids and (shown == 0 or room > 0) do
  local chunk = {}
  for i = shown + 1, math.min(shown + CHUNK, #ids) do
    chunk[#chunk + 1] = ranked and ids[i]:sub(11) or ids[i]
  end
  for i, c in ipairs(load(chunk)) do
    add(separator)
    grow(c)
    render(c)
    separator = ','
  end
  shown = shown + #chunk
end
add('],"next_cursor":', shown < found and '"' .. mark .. ids[shown] .. '"' or 'null', '}')
return {'ok', version, table.concat(out), 0, overdue and 1 or 0}
