--! uses: base
-- Whose an address is.

-- The author that its owner logs in as: the first that they confirmed, as long as it has the
-- address; then that of the others whose browser is known for longest, by its id. None of a program
-- or a moderator.
local function owner_of(key)
  local known = hash(key)
  local function owns(author) return known['u:' .. author] == 'c' and known['g:' .. author] end
  if known.first and owns(known.first) then return known.first end
  local oldest
  for field in pairs(known) do
    local author = field:sub(3)
    if field:sub(1, 2) == 'g:' and owns(author) and (not oldest or author < oldest) then
      oldest = author
    end
  end
  return oldest
end
