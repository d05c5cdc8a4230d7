--! uses: base
-- How often somebody may write: a sliding window, estimated from this window's count and the last
-- one's. The counters of A.limits are the trailing keys.

local function limit_state(i)
  local window = A.limits[i][3] * 1000
  local start = A.now - A.now % window
  local kept = redis.call('HMGET', TRAILING[i], 'w', 'c', 'p')
  local count, before = 0, 0
  if number(kept[1]) == start then
    count, before = number(kept[2]), number(kept[3])
  elseif number(kept[1]) == start - window then
    before = number(kept[2])
  end
  return window, start, count, before
end

local function over_limit()
  for i, limit in ipairs(A.limits or {}) do
    local amount = limit[2]
    local window, start, count, before = limit_state(i)
    local passed = (A.now - start) / window
    if before * (1 - passed) + count + 1 > amount then
      local wait
      if amount < 1 then
        wait = window
      elseif count + 1 > amount then
        wait = start + window * (2 - (amount - 1) / count) - A.now
      else
        wait = start + window * (1 - (amount - 1 - count) / before) - A.now
      end
      return fail('rate-limited', 'At most ' .. amount .. ' in ' .. limit[3] .. ' seconds.',
        {limit = limit[1], retry_after = math.max(1, math.ceil(wait / 1000))})
    end
  end
end

local function count_limits()
  for i = 1, #(A.limits or {}) do
    local window, start, count, before = limit_state(i)
    redis.call('HSET', TRAILING[i], 'w', start, 'c', count + 1, 'p', before)
    redis.call('PEXPIRE', TRAILING[i], 2 * window)
  end
end
