#!lua
--! keys: mail_due mail_told mail_leases mail_bounces mail_box*
--! uses: base
-- Puts items into the boxes of recipients, each once: not what waits there or was told them before.
-- A.posts are {recipient, item, due, gap}; TRAILING are their boxes, in the same order. The mail may
-- go at `due`, and not within `gap` of the one before.
local added = 0
for i, post in ipairs(A.posts) do
  local who, item, due = post[1], post[2], post[3]
  local told = who .. '|' .. item
  local off = number(redis.call('HGET', K.mail_bounces, who)) >= A.bounces
  if not off and not redis.call('ZSCORE', K.mail_told, told)
    and redis.call('HEXISTS', TRAILING[i], item) == 0 then
    added = added + 1
    if redis.call('HLEN', TRAILING[i]) < A.room then
      redis.call('HSET', TRAILING[i], item, A.now)
    else
      redis.call('HINCRBY', TRAILING[i], '=more', 1)
      redis.call('ZADD', K.mail_told, A.now, told)
    end
    redis.call('PEXPIRE', TRAILING[i], A.kept)
    due = math.max(due, number(redis.call('HGET', TRAILING[i], '=sent')) + post[4])
    local leased = number(redis.call('HGET', K.mail_leases, who)) > A.now
    local failed = redis.call('HEXISTS', TRAILING[i], '=tries') == 1
    local known = redis.call('ZSCORE', K.mail_due, who)
    -- Who has it sent now says when the next one goes; what failed waits its time.
    if not known or (tonumber(known) > due and not leased and not failed) then
      redis.call('ZADD', K.mail_due, due, who)
    end
  end
end
return {'ok', added}
