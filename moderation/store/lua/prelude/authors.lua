--! uses: base
-- What is kept of authors and of readers who report: judgements, reports, recent texts.

-- Remembers the text's hash for the rule `repeat`: of an author, or of the address
-- of one without a token.
local function note_text(key)
  redis.call('ZADD', key, A.now, A.text_hash)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', A.now - DAY)
  redis.call('ZREMRANGEBYRANK', key, 0, -51)
  redis.call('PEXPIRE', key, DAY)
end

-- An author's record counts each comment once, by the last judgement that stands.
local JUDGED = {p = 'approved', r = 'rejected'}
local function count_judgement(before, after)
  if JUDGED[before] then bump(K.author, JUDGED[before], -1) end
  if JUDGED[after] then
    bump(K.author, JUDGED[after], 1)
    redis.call('HSET', K.comment, 'j', after)
  else
    redis.call('HDEL', K.comment, 'j')
  end
end

-- What a reader's reports came to: how many they made, how many of those were upheld.
local function count_reports(reader, made_by, upheld_by)
  local made, upheld = (redis.call('HGET', K.reporters, reader) or '0 0'):match('^(%d+) (%d+)$')
  redis.call('HSET', K.reporters, reader,
    (number(made) + made_by) .. ' ' .. math.max(0, number(upheld) + upheld_by))
end
