#!lua flags=allow-oom
--! keys: queue claims
--! uses: base
-- Drops those claims of A.ids that are on no case: a release before this one left them.
local dropped = 0
for _, id in ipairs(A.ids) do
  if not redis.call('ZSCORE', K.queue, 'all/t/' .. id) then
    dropped = dropped + redis.call('HDEL', K.claims, id)
  end
end
return {'ok', dropped}
