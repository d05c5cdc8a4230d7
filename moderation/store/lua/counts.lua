#!lua flags=no-writes
--! keys: site addresses thread*
--! uses: base
-- Counts the published comments of threads, the trailing keys, none where they are hidden; answers as many counts, then for each
-- page whose address makes the id in A.pages the thread of the site's own that is there, or ''.
if redis.call('EXISTS', K.site) == 0 then return fail('site-not-found') end
local answer = {'ok'}
for i = 1, #TRAILING do
  local t = redis.call('HMGET', TRAILING[i], 'count', 'hidden')
  answer[#answer + 1] = t[2] ~= '1' and t[1] or 0
end
for _, page in ipairs(A.pages) do
  answer[#answer + 1] = redis.call('HGET', K.addresses, page) or ''
end
return answer
