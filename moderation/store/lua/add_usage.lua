#!lua
--! keys: usage
--! uses: base
-- Adds to a key's counters of a month; beyond A.most names, new blogs are counted as one.
for field, count in pairs(A.counts) do
  if redis.call('HEXISTS', K.usage, field) == 0 and redis.call('HLEN', K.usage) >= A.most then
    field = field:gsub('^.*|', 'other|')
  end
  redis.call('HINCRBY', K.usage, field, count)
end
redis.call('PEXPIRE', K.usage, A.kept)
return {'ok', redis.call('HGET', K.usage, 'calls') or '0'}
