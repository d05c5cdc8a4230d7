#!lua flags=no-writes
--! keys: nodes*
--! uses: base
-- The held and rejected comments of some threads: of so many comments, A.most, that the server is
-- not kept long. Answers how many of the threads were begun, and where to go on in the last of them.
local found, seen = {}, 0
for i = 1, #TRAILING do
  local at = i == 1 and A.cursor or '0'
  repeat
    local page = redis.call('HSCAN', TRAILING[i], at, 'COUNT', 500)
    at = page[1]
    for j = 1, #page[2], 2 do
      local status = page[2][j + 1]:sub(1, 1)
      if status == 'h' or status == 'r' then found[#found + 1] = page[2][j] end
    end
    seen = seen + #page[2] / 2
    if seen >= A.most then return {'ok', i, at, unpack(found)} end
  until at == '0'
end
return {'ok', #TRAILING, '0', unpack(found)}
