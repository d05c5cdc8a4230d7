--! uses: base queue thread
-- Whether all that is derived of a comment (K.comment, in A.thread, by one author) agrees with its
-- record: what `doctor` tells, and mends.

-- All reports, open ones and their weight.
local function counted_reports()
  local all, open, weight = 0, 0, 0
  for _, raw in pairs(hash(K.reports)) do
    all = all + 1
    if raw:sub(1, 1) == 'o' then
      open, weight = open + 1, weight + number(cjson.decode(raw:sub(3)).weight)
    end
  end
  return all, open, weight
end

local function is_listed(key, member) return redis.call('ZSCORE', key, member) and true or false end

-- Whether it is in the lists of its thread exactly if it is shown.
local function list_agrees(id, n)
  local shown = is_shown(id, n)
  if n.under ~= '' then return is_listed(K.replies, n.under .. '/' .. id) == shown end
  return is_listed(K.roots, id) == shown and is_listed(K.top, top_member(id)) == shown
end

local function case_is_whole(id, c)
  for _, member in ipairs(c.ql and queue_members(id, c.ql, c.qp, c.t) or {}) do
    if not is_listed(K.queue, member) then return false end
  end
  return true
end

local function relist(key, member, should)
  if should then redis.call('ZADD', key, 0, member) else redis.call('ZREM', key, member) end
end

-- What does not agree, by name. `place` cannot be mended: nobody knows which of both is right.
local function disagreements(id, c, n)
  local wrong = {}
  local function note(what, agrees) if not agrees then wrong[#wrong + 1] = what end end
  if not n or n.status ~= c.s or c.t ~= A.thread or n.parent ~= (c.p or '') then return {'place'} end
  note('list', list_agrees(id, n))
  note('case', case_is_whole(id, c))
  note('history', is_listed(K.history, id) == (c.s ~= 'd'))
  note('mark', (redis.call('HEXISTS', K.mine, '~' .. id) == 1) == (c.s == 'h' or c.s == 'r'))
  note('last', not c.ld or redis.call('HEXISTS', K.decisions, c.ld) == 1)
  if c.s == 'd' then return wrong end
  local votes = redis.call('HGET', K.votes, id) or '0 0'
  note('votes', votes == number(c.u) .. ' ' .. number(c.w))
  local all, open, weight = counted_reports()
  note('reports', all == number(c.rn) and open == number(c.ro)
    and math.abs(weight - number(c.rw)) < 1e-6)
  return wrong
end
