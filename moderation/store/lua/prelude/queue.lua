--! uses: base
-- The queue's index, and who is at work on a case.
-- A case is the comment's fields ql (lanes, by comma), qt (queued), qp (priority), qj (its terms),
-- qe (escalated). Priorities are kept to six digits, between -10^6 and 10^6.

local function priority_key(total)
  local bounded = math.max(-1e6, math.min(1e6, number(total)))
  return math.floor((bounded + 1e6) * 1e6 + 0.5)
end

-- Beside those of its lanes, a member for its thread, by which that one's cases are counted.
local function queue_members(id, lanes, total, thread)
  local members, priority = {'thread/' .. thread .. '/' .. id}, priority_key(total)
  for lane in ('all,' .. lanes):gmatch('[^,]+') do
    members[#members + 1] = lex_member(lane .. '/p/', priority, id)
    members[#members + 1] = lane .. '/t/' .. id
  end
  return members
end

local function leave_queue(id, c)
  if c.ql then redis.call('ZREM', K.queue, unpack(queue_members(id, c.ql, c.qp, c.t))) end
  redis.call('HDEL', K.comment, 'ql', 'qt', 'qp', 'qj', 'qe')
end

local function with_lane(lanes, lane)
  if not lanes or lanes == '' then return lane end
  if (',' .. lanes .. ','):find(',' .. lane .. ',', 1, true) then return lanes end
  return lanes .. ',' .. lane
end

-- A case that somebody passed on has a lane for that too.
local function enter_queue(id, case)
  if case.escalated == '1' then case.lanes = with_lane(case.lanes, 'escalated') end
  local thread = redis.call('HGET', K.comment, 't')
  for _, member in ipairs(queue_members(id, case.lanes, case.total, thread)) do
    redis.call('ZADD', K.queue, 0, member)
  end
  redis.call('HSET', K.comment, 'ql', case.lanes, 'qt', case.queued, 'qp', case.total,
    'qj', case.terms, 'qe', case.escalated or '0')
end

local function claim_of(id)
  local until_, moderator = (redis.call('HGET', K.claims, id) or ''):match('^(%d+)|(.*)$')
  if until_ and tonumber(until_) > A.now then return moderator, tonumber(until_) end
end

local function claimed_by_other(id, moderator)
  local holder, until_ = claim_of(id)
  if holder and holder ~= moderator then
    return fail('claimed', nil, {moderator = holder, ['until'] = until_})
  end
end
