#!lua flags=allow-oom
--! keys: thread nodes roots top replies votes pages mine comment history reports decisions queue
--! uses: base queue thread agreement
-- Puts right what is derived of a comment, and drops those of A.stray, its members in the queue, that
-- are not its case. Answers whether there was anything to do.
local c = hash(K.comment)
local n = node(A.id)
local right = {}
for _, member in ipairs(c.ql and queue_members(A.id, c.ql, c.qp, c.t) or {}) do right[member] = true end
local mended = 0
for _, member in ipairs(A.stray) do
  if not right[member] then mended = mended + redis.call('ZREM', K.queue, member) end
end
local wrong = c.v and disagreements(A.id, c, n) or {}
if not c.v or not n or wrong[1] == 'place' or #wrong == 0 then return {'ok', mended} end

local shown = is_shown(A.id, n)
if n.under ~= '' then
  relist(K.replies, n.under .. '/' .. A.id, shown)
else
  relist(K.roots, A.id, shown)
  relist(K.top, top_member(A.id), shown)
end
for member in pairs(right) do redis.call('ZADD', K.queue, 0, member) end
relist(K.history, A.id, c.s ~= 'd')
if c.s ~= 'd' then
  local up, down = (redis.call('HGET', K.votes, A.id) or '0 0'):match('^(%d+) (%d+)$')
  local all, open, weight = counted_reports()
  redis.call('HSET', K.comment, 'u', number(up), 'w', number(down), 'rn', all, 'ro', open, 'rw',
    tostring(weight))
end
if c.s == 'h' or c.s == 'r' then
  redis.call('HSET', K.mine, '~' .. A.id, '')
else
  redis.call('HDEL', K.mine, '~' .. A.id)
end
if c.ld and redis.call('HEXISTS', K.decisions, c.ld) == 0 then redis.call('HDEL', K.comment, 'ld') end
local t = hash(K.thread)
if t.v then raise_version(t, 0) end
return {'ok', mended + 1}
