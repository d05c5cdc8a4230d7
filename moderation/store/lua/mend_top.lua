#!lua flags=allow-oom
--! keys: thread nodes top replies votes pages
--! uses: base thread
-- Puts the sort `top` right: of A.stale goes what is wrong still, of A.ids comes what is shown.
local function right(id)
  local n = node(id)
  return n and n.under == '' and is_shown(id, n) and top_member(id)
end

for _, member in ipairs(A.stale) do
  if right(member:sub(11)) ~= member then redis.call('ZREM', K.top, member) end
end
for _, id in ipairs(A.ids) do
  local member = right(id)
  if member then redis.call('ZADD', K.top, 0, member) end
end
local t = hash(K.thread)
if t.v then raise_version(t, 0) end
return {'ok'}
