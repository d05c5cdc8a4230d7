--! uses: base
-- Groups of near-duplicates: K.groups by their first comment, K.group_members.

local function drop_group(id)
  redis.call('HDEL', K.groups, id)
  local first, last = lex_prefix(id .. '/')
  redis.call('ZREMRANGEBYLEX', K.group_members, first, last)
end
