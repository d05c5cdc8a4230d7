-- Shared by every script: put before it when it is loaded (see scripts.py). Times are milliseconds.
-- K maps names to keys, TYPES has the type of each, both in the order of KEYS. What follows the
-- named keys are the counters of A.limits. A script validates everything before its first write:
-- Redis isolates a script but does not roll it back.
local A = cjson.decode(ARGV[1])
local LIMIT_KEYS = {unpack(KEYS, #TYPES + 1)}

local STATUS = {p = 'published', h = 'held', r = 'rejected', d = 'deleted'}
local DAY = 86400000
local VOTES_EVERY = 10000

local function fail(code, detail, extra)
  return {'error', code, detail or '', cjson.encode(extra or {})}
end

local function wrong_type()
  for i, key in ipairs(KEYS) do
    local found = redis.call('TYPE', key).ok
    if found ~= 'none' and found ~= (TYPES[i] or 'hash') then
      return fail('storage-corrupt', key .. ' is a ' .. found .. ', not a ' .. (TYPES[i] or 'hash'))
    end
  end
end

local function hash(key)
  local flat, map = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do map[flat[i]] = flat[i + 1] end
  return map
end

local function number(value) return tonumber(value or 0) or 0 end

local function bump(key, field, by)
  if by ~= 0 then
    redis.call('HSET', key, field, math.max(0, number(redis.call('HGET', key, field)) + by))
  end
end

-- Idempotency ------------------------------------------------------------------------------------

local function replayed()
  if not A.idem then return nil end
  local kept = redis.call('HMGET', K.idem, 'f', 's', 'b')
  if not kept[1] then return nil end
  if kept[1] ~= A.fingerprint then
    return fail('idempotency-mismatch', 'this idempotency key was used with another request')
  end
  return {'replay', kept[2], kept[3]}
end

local function remember(status, body)
  if not A.idem then return end
  redis.call('HSET', K.idem, 'f', A.fingerprint, 's', status, 'b', body)
  redis.call('PEXPIRE', K.idem, DAY)
end

-- Limits: a sliding window, estimated from this window's and the last one's count ----------------

local function limit_state(i)
  local window = A.limits[i][3] * 1000
  local start = A.now - A.now % window
  local kept = redis.call('HMGET', LIMIT_KEYS[i], 'w', 'c', 'p')
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
      return fail('rate-limited', 'at most ' .. amount .. ' in ' .. limit[3] .. ' seconds',
        {limit = limit[1], retry_after = math.max(1, math.ceil(wait / 1000))})
    end
  end
end

local function count_limits()
  for i = 1, #(A.limits or {}) do
    local window, start, count, before = limit_state(i)
    redis.call('HSET', LIMIT_KEYS[i], 'w', start, 'c', count + 1, 'p', before)
    redis.call('PEXPIRE', LIMIT_KEYS[i], 2 * window)
  end
end

-- People -----------------------------------------------------------------------------------------
-- Who was removed stays on record without address and password, so that what they did has a name.

local REMOVED = 'this account was removed'
local ROLE_CHANGED = 'the role was changed meanwhile'

local function person(id)
  local record = redis.call('HGET', K.moderators, id)
  return record and cjson.decode(record) or nil
end

-- Programs decide under their key's id, which is nobody's.
local function is_removed(id)
  local found = person(id)
  return found ~= nil and found.removed ~= nil
end

-- Forgets a person's credentials of these kinds, except one; answers how many sessions ended.
local function drop_credentials(moderator, kinds, except)
  local ended = 0
  for id, record in pairs(hash(K.credentials)) do
    local c = cjson.decode(record)
    if c.moderator == moderator and kinds[c.kind] and id ~= except then
      redis.call('HDEL', K.credentials, id)
      if c.kind == 'session' and c.expires and c.expires > A.now then ended = ended + 1 end
    end
  end
  return ended
end

-- Emit -------------------------------------------------------------------------------------------

local function audit(actor, verb, subject, detail)
  redis.call('XADD', K.audit, '*', 'at', A.now, 'actor', actor, 'verb', verb, 'subject', subject,
    'detail', cjson.encode(detail or {}))
end

local function event(kind, data)
  redis.call('XADD', K.events, 'MAXLEN', '~', 10000, '*', 'type', kind, 'data', cjson.encode(data))
end

local function outbox(kind, data)
  redis.call('XADD', K.outbox, '*', 'type', kind, 'data', cjson.encode(data))
end

-- The queue's index ------------------------------------------------------------------------------
-- A case is the comment's fields ql (lanes, by comma), qt (queued), qp (priority), qj (its terms),
-- qe (escalated). Priorities are kept to six digits, between -10^6 and 10^6.

local function position(total)
  local bounded = math.max(-1e6, math.min(1e6, number(total)))
  return string.format('%013.0f', math.floor((bounded + 1e6) * 1e6 + 0.5))
end

local function queue_members(id, lanes, total)
  local members, place = {}, position(total)
  for lane in ('all,' .. lanes):gmatch('[^,]+') do
    members[#members + 1] = lane .. '/p/' .. place .. id
    members[#members + 1] = lane .. '/t/' .. id
  end
  return members
end

local function leave_queue(id, c)
  if c.ql then redis.call('ZREM', K.queue, unpack(queue_members(id, c.ql, c.qp))) end
  redis.call('HDEL', K.comment, 'ql', 'qt', 'qp', 'qj', 'qe')
end

local function enter_queue(id, case)
  for _, member in ipairs(queue_members(id, case.lanes, case.total)) do
    redis.call('ZADD', K.queue, 0, member)
  end
  redis.call('HSET', K.comment, 'ql', case.lanes, 'qt', case.queued, 'qp', case.total,
    'qj', case.terms, 'qe', case.escalated or '0')
end

local function with_lane(lanes, lane)
  if not lanes or lanes == '' then return lane end
  if (',' .. lanes .. ','):find(',' .. lane .. ',', 1, true) then return lanes end
  return lanes .. ',' .. lane
end

local function claim_of(id)
  local until_, moderator = (redis.call('HGET', K.claims, id) or ''):match('^(%d+)|(.*)$')
  if until_ and tonumber(until_) > A.now then return moderator, tonumber(until_) end
end

local function claimed_by_other(id, moderator)
  local holder, until_ = claim_of(id)
  if holder and holder ~= moderator then
    return fail('claimed', 'another moderator is at work on it',
      {moderator = holder, ['until'] = until_})
  end
end

-- The thread's index -----------------------------------------------------------------------------
-- A comment is shown if it is published or has a shown reply; then it stands in its list (roots and
-- top, or replies under another). One that is shown without being published is a tombstone.

local function node(id)
  local status, under, parent, fragment =
    (redis.call('HGET', K.nodes, id) or ''):match('^(%a)|([^|]*)|([^|]*)|(.*)$')
  if status then return {status = status, under = under, parent = parent, fragment = fragment} end
end

local function put_node(id, n)
  redis.call('HSET', K.nodes, id, table.concat({n.status, n.under, n.parent, n.fragment}, '|'))
end

local function shown_replies(id)
  return redis.call('ZLEXCOUNT', K.replies, '[' .. id .. '/', '(' .. id .. '0')
end

local function is_shown(id, n) return n.status == 'p' or shown_replies(id) > 0 end

-- Wilson's lower bound of a share, z = 1.96 (E. B. Wilson, 1927, JASA 22).
local function lower_bound(good, all)
  if all == 0 then return 0 end
  local z, share = 1.96, good / all
  local spread = z * math.sqrt((share * (1 - share) + z * z / (4 * all)) / all)
  return (share + z * z / (2 * all) - spread) / (1 + z * z / all)
end

-- The sort `top`: the bound for the share of up votes less that for down votes; ties by time.
local function top_member(id)
  local up, down = (redis.call('HGET', K.votes, id) or '0 0'):match('^(%d+) (%d+)$')
  up, down = number(up), number(down)
  local rank = lower_bound(up, up + down) - lower_bound(down, up + down)
  return string.format('%010.0f', math.floor((rank + 1) * 1e9 + 0.5)) .. id
end

local function show(id)
  while true do
    local n = node(id)
    if not n then return end
    if n.under == '' then
      redis.call('ZADD', K.roots, 0, id)
      redis.call('ZADD', K.top, 0, top_member(id))
      return
    end
    local above = node(n.under)
    local was = above and is_shown(n.under, above)
    redis.call('ZADD', K.replies, 0, n.under .. '/' .. id)
    if was then return end
    id = n.under
  end
end

local function hide(id)
  while true do
    local n = node(id)
    if not n then return end
    if n.under == '' then
      redis.call('ZREM', K.roots, id)
      redis.call('ZREM', K.top, top_member(id))
      return
    end
    redis.call('ZREM', K.replies, n.under .. '/' .. id)
    local above = node(n.under)
    if not above or is_shown(n.under, above) then return end
    id = n.under
  end
end

-- Sets a comment's votes, and the rank that follows from them.
local function set_votes(id, n, up, down)
  local ranked = n and n.under == ''
  if ranked then redis.call('ZREM', K.top, top_member(id)) end
  if up == 0 and down == 0 then
    redis.call('HDEL', K.votes, id)
  else
    redis.call('HSET', K.votes, id, up .. ' ' .. down)
  end
  if ranked and is_shown(id, n) then redis.call('ZADD', K.top, 0, top_member(id)) end
end

-- Gives a comment's node its new status (and fragment) and puts its lists right.
local function place(id, n, status, fragment)
  local before = n.status and is_shown(id, n)
  n.status, n.fragment = status, fragment or n.fragment
  put_node(id, n)
  local after = is_shown(id, n)
  if after and not before then show(id) elseif before and not after then hide(id) end
end

-- Votes raise the version at most every ten seconds: a vote in between sets `due`, from when on
-- the version counts as one higher.
local function version_at(t, now)
  local due = number(t.due)
  if due > 0 and now >= due then return number(t.version) + 1 end
  return number(t.version)
end

local function raise_version(t, count)
  -- Two past a pending `due`, since a reader whose clock is ahead may have seen it as passed.
  redis.call('HSET', K.thread, 'version', number(t.version) + (t.due and 2 or 1), 'count',
    math.max(0, number(t.count) + count))
  redis.call('HDEL', K.thread, 'due')
  redis.call('UNLINK', K.pages)
end

-- Moves a comment from one status to another everywhere but in its own record.
local function change_status(id, n, t, c, status, fragment)
  local before = n.status
  local published = (status == 'p' and 1 or 0) - (before == 'p' and 1 or 0)
  place(id, n, status, fragment)
  raise_version(t, published)
  bump(K.author, 'published', published)
  if before ~= status then
    if before then bump(K.totals, STATUS[before], -1) end
    bump(K.totals, STATUS[status], 1)
  end
  if status == 'h' or status == 'r' then
    redis.call('HSET', K.mine, '~' .. id, '')
  else
    redis.call('HDEL', K.mine, '~' .. id)
  end
  return published
end

-- Remembers the text's hash for the rule `repeat`, by author and by address.
local function note_text()
  for _, key in ipairs({K.recent_author, A.ip and K.recent_ip or nil}) do
    redis.call('ZADD', key, A.now, A.text_hash)
    redis.call('ZREMRANGEBYSCORE', key, '-inf', A.now - DAY)
    redis.call('ZREMRANGEBYRANK', key, 0, -51)
    redis.call('PEXPIRE', key, DAY)
  end
end

-- An author's record counts each comment once, by the last judgement that stands.
local JUDGED = {p = 'approved', r = 'rejected'}
local function judge(before, after)
  if JUDGED[before] then bump(K.author, JUDGED[before], -1) end
  if JUDGED[after] then
    bump(K.author, JUDGED[after], 1)
    redis.call('HSET', K.comment, 'j', after)
  else
    redis.call('HDEL', K.comment, 'j')
  end
end

local function credit_reporter(author, by)
  local made, upheld = (redis.call('HGET', K.reporters, author) or '0 0'):match('^(%d+) (%d+)$')
  redis.call('HSET', K.reporters, author,
    number(made) .. ' ' .. math.max(0, number(upheld) + by))
end

local corrupt = wrong_type()
if corrupt then return corrupt end
