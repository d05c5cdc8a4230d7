#!lua
--! keys: listing thread*
--! uses: base thread
-- Lists threads that were there before there was a list of them; A.threads has the id of each of the
-- trailing keys and the time of its latest comment. Answers how many were not listed.
local listed = 0
for i, each in ipairs(A.threads) do
  local t = redis.call('HMGET', TRAILING[i], 'v', 'last', 'count')
  if t[1] and not t[2] then
    redis.call('HSET', TRAILING[i], 'last', each[2])
    put_listed(each[1], 'a', nil, each[2])
    put_listed(each[1], 'c', nil, number(t[3]))
    listed = listed + 1
  end
end
return {'ok', listed}
