#!lua
--! keys: nudges nudged limit*
--! uses: base limits
-- Counts a nudge, or what its author did, once. One that is not answered within A.kept, or is
-- among the oldest of more than 10,000, is no longer open.
if A.outcome == 'shown' then
  local limited = over_limit()
  if limited then return limited end
  redis.call('HINCRBY', K.nudges, 'shown', 1)
  redis.call('ZADD', K.nudged, A.now, A.id)
  redis.call('ZREMRANGEBYSCORE', K.nudged, '-inf', A.now - A.kept)
  redis.call('ZREMRANGEBYRANK', K.nudged, 0, -10001)
  redis.call('PEXPIRE', K.nudged, A.kept)
  count_limits()
  return {'ok', 1}
end
local opened = tonumber(redis.call('ZSCORE', K.nudged, A.id) or '')
if not opened or opened <= A.now - A.kept then return {'ok', 0} end
redis.call('ZREM', K.nudged, A.id)
redis.call('HINCRBY', K.nudges, A.outcome, 1)
return {'ok', 1}
