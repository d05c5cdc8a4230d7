#!lua flags=allow-oom
--! keys: totals reporters audit author*
--! uses: base
-- Sets the counts of a site, of readers' reports and of authors, the trailing keys, as they were
-- counted while A.last was the audit's last entry; `retry` if something was written since.
local last = redis.call('XREVRANGE', K.audit, '+', '-', 'COUNT', 1)
if (last[1] and last[1][1] or '') ~= A.last then return {'retry'} end
for status, count in pairs(A.totals) do redis.call('HSET', K.totals, status, count) end
for reader, counts in pairs(A.reporters) do redis.call('HSET', K.reporters, reader, counts) end
for i = 1, #TRAILING do
  for field, count in pairs(A.authors[i]) do redis.call('HSET', TRAILING[i], field, count) end
end
return {'ok'}
