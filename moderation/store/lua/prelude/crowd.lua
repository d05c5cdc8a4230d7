--! uses: base
-- How many readers of one address, and of one network, count for a comment within a day. A.from has
-- hashes of both, A.room how many of each count; without A.from everybody does.

local function has_room(kind)
  for i, from in ipairs(A.from or {}) do
    if number(redis.call('HGET', K.crowd, kind .. from)) >= A.room[i] then return false end
  end
  return true
end

local function count_reader(kind, by)
  if not A.from then return end
  for _, from in ipairs(A.from) do bump(K.crowd, kind .. from, by) end
  redis.call('PEXPIRE', K.crowd, DAY, 'NX')
end
