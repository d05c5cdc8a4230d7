#!lua
--! keys: thread nodes top replies votes pages mine crowd comment idem limit*
--! uses: base idempotency limits crowd thread
-- Sets one author's vote. Not audited and not an event: a vote decides nothing. Votes raise the
-- thread's version at most every ten seconds. A vote for which its address has no room is kept as
-- the reader's own, with a blank before it, and counts for nobody else.
local VOTES_EVERY = 10000
local again = replayed()
if again then return again end
local c = redis.call('HMGET', K.comment, 's', 'a')
local n = node(A.id)
-- Without a place in this thread it was moved to another since that was read.
if c[1] ~= 'p' or not n then return fail('comment-not-found') end
if c[2] == A.author then return fail('own-comment') end
local limited = over_limit()
if limited then return limited end

local mine = redis.call('HGET', K.mine, A.id)
local before = 0
if mine and mine:sub(1, 1) ~= ' ' then before = number(mine) end
local counts = A.value == 0 or before ~= 0 or has_room('v')
local value = counts and A.value or 0
local up, down = (redis.call('HGET', K.votes, A.id) or '0 0'):match('^(%d+) (%d+)$')
up, down = number(up), number(down)
if A.value == 0 then
  redis.call('HDEL', K.mine, A.id)
else
  redis.call('HSET', K.mine, A.id, (counts and '' or ' ') .. A.value)
end
if before ~= value then
  if before == 0 then count_reader('v', 1) elseif value == 0 then count_reader('v', -1) end
  up = up + (value == 1 and 1 or 0) - (before == 1 and 1 or 0)
  down = down + (value == -1 and 1 or 0) - (before == -1 and 1 or 0)
  set_votes(A.id, n, up, down)
  redis.call('HSET', K.comment, 'u', up, 'w', down)
  local t = hash(K.thread)
  local raised = number(t.raised)
  local version = version_at(t, A.now)
  -- A reader whose clock is ahead may have kept a page as if `due` had passed.
  if t.due and number(redis.call('HGET', K.pages, 'v')) > version then version = version + 1 end
  if version > number(t.version) then raised = number(t.due) end
  if A.now - raised >= VOTES_EVERY then
    redis.call('HSET', K.thread, 'version', version + 1, 'raised', A.now)
    redis.call('HDEL', K.thread, 'due')
    redis.call('UNLINK', K.pages)
  else
    redis.call('HSET', K.thread, 'version', version, 'raised', raised,
      'due', raised + VOTES_EVERY)
  end
end
count_limits()
remember(200, up .. ' ' .. down)
return {'ok', up, down}
