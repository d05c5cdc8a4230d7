--! uses: base
-- Requests that are answered once: the answer is kept for a day, and given again. That of a comment
-- which was deleted since is gone, but not that there was one.

local function replayed()
  if not A.idem then return nil end
  local kept = redis.call('HMGET', K.idem, 'f', 's', 'b')
  if kept[2] == 'deleted' then return fail('comment-deleted') end
  if not kept[1] then return nil end
  if kept[1] ~= A.fingerprint then return fail('idempotency-mismatch') end
  return {'replay', kept[2], kept[3]}
end

local function remember(status, body)
  if not A.idem then return end
  redis.call('HSET', K.idem, 'f', A.fingerprint, 's', status, 'b', body)
  redis.call('PEXPIRE', K.idem, DAY)
end
