--! uses: base
-- The thread's index.
-- A comment is shown if it is published or has a shown reply; then it stands in its list (roots and
-- top, or replies under another). One that is shown without being published is a tombstone.

local function parse_node(raw)
  local status, under, parent, fragment = (raw or ''):match('^(%a)|([^|]*)|([^|]*)|(.*)$')
  if status then return {status = status, under = under, parent = parent, fragment = fragment} end
end

local function node(id) return parse_node(redis.call('HGET', K.nodes, id)) end

local function put_node(id, n)
  redis.call('HSET', K.nodes, id, table.concat({n.status, n.under, n.parent, n.fragment}, '|'))
end

local function shown_replies(id)
  return redis.call('ZLEXCOUNT', K.replies, lex_prefix(id .. '/'))
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
local function put_status(id, n, status, fragment)
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

-- Gives a thread its place in the site's list of threads: `a` by the time of its latest comment, `c`
-- by how many are published. `before` is nil for one that is not there yet.
local function put_listed(id, order, before, after)
  if before == after then return end
  if before then redis.call('ZREM', K.listing, lex_member(order .. '/', before, id)) end
  redis.call('ZADD', K.listing, 0, lex_member(order .. '/', after, id))
end

-- Moves a comment from one status to another everywhere but in its own record.
local function change_status(id, n, t, status, fragment)
  local before = n.status
  local published = (status == 'p' and 1 or 0) - (before == 'p' and 1 or 0)
  put_status(id, n, status, fragment)
  raise_version(t, published)
  local count = number(t.count)
  put_listed(t.id, 'c', count, math.max(0, count + published))
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
end
