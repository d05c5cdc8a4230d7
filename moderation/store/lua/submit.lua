#!lua
--! keys: site totals threads addresses listing thread nodes roots top replies votes pages mine comment parent=comment author place history latest recent_author=recent recent_ip=recent measured slowed queue groups group_members alike proofs idem events outbox audit limit*
--! uses: base idempotency limits measures streams queue thread authors latest likeness proofs
-- Writes a new comment, and its thread if it is the first. Answers depth and root.
local again = replayed()
if again then return again end
if redis.call('EXISTS', K.site) == 0 then return fail('site-not-found') end
if redis.call('EXISTS', K.comment) == 1 then
  return fail('exists', 'There is a comment with this id already.')
end
local refused = barred()
if refused then return refused end
local t = hash(K.thread)
if t.closed == '1' or t.hidden == '1' then return fail('thread-closed') end

local under, depth, root = '', 0, A.id
if A.parent then
  local p = redis.call('HMGET', K.parent, 't', 's', 'd', 'r')
  if not p[1] then return fail('parent-not-found') end
  if p[1] ~= A.thread then return fail('parent-elsewhere') end
  if p[2] == 'd' then return fail('parent-deleted') end
  -- That of a top comment is itself, and is not stored.
  under, depth, root = A.parent, number(p[3]) + 1, p[4] or A.parent
  while depth > A.max_depth do
    local above = node(under)
    under, depth = above and above.under or '', depth - 1
  end
  if under == '' then depth = 0 end
end
local limited = over_limit()
if limited then return limited end
-- Whom A.paced names writes once in so many seconds in a thread that is slow.
local slow = A.paced and number(t.slow_seconds) * 1000 or 0
local wait = slow > 0 and number(redis.call('GET', K.slowed)) + slow - A.now or 0
if wait > 0 then
  return fail('slow-mode', 'One comment in ' .. t.slow_seconds .. ' seconds may be written here.',
    {retry_after = math.ceil(wait / 1000)})
end
local spent = proof_spent()
if spent then return spent end
local like = alike()
if like and like.asks ~= (A.raid or '') then return {'retry', like.id or '', like.asks} end

if not t.v then
  redis.call('HSET', K.thread, unpack(A.thread_fields))
  redis.call('ZADD', K.threads, 0, A.thread)
end
t.id = A.thread
if not t.last then put_listed(A.thread, 'c', nil, number(t.count)) end
local last = math.max(number(t.last), A.now)
put_listed(A.thread, 'a', t.last and number(t.last), last)
redis.call('HSET', K.thread, 'last', string.format('%.0f', last))
if A.found_at then redis.call('HSETNX', K.addresses, A.found_at, A.thread) end
redis.call('HSET', K.comment, 'd', depth, 'o', ARGV[2], unpack(A.fields))
if root ~= A.id then redis.call('HSET', K.comment, 'r', root) end
local n = {under = under, parent = A.parent or ''}
change_status(A.id, n, t, A.status, A.fragment)
bump(K.author, 'comments', 1)
redis.call('HSETNX', K.author, 'first', A.now)
redis.call('ZADD', K.history, 0, A.id)
enter_latest(A.id, A.now)
note_text(K.recent_author)
if A.ip then note_text(K.recent_ip) end
if A.place then
  redis.call('SET', K.place, A.place)
  redis.call('PEXPIRE', K.place, A.place_ms)
end
if A.case then enter_queue(A.id, A.case) end
join_alike(like)
spend_proof()
count_limits()
if slow > 0 then
  redis.call('SET', K.slowed, string.format('%.0f', A.now))
  redis.call('PEXPIRE', K.slowed, slow)
end
remember(A.response_status, A.response)

audit(A.author, 'submit', A.id, {hash = A.hash, status = STATUS[A.status]})
local data = {comment = A.id, thread = A.thread, status = STATUS[A.status]}
event('comment.created', data)
if A.case then event('case.queued', {comment = A.id, lanes = A.case.lanes}) end
data.imported = A.imported
outbox('comment.created', data)
return {'ok', depth, root}
