--! uses: base
-- The site's latest comments, by the time of writing: in any status, since that may change.

local function enter_latest(id, at)
  redis.call('ZADD', K.latest, number(at), id)
  redis.call('ZREMRANGEBYRANK', K.latest, 0, -1001)
end
