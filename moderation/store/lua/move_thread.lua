#!lua
--! keys: threads addresses thread nodes roots top replies votes pages to_thread=thread to_nodes=nodes to_roots=roots to_top=top to_replies=replies to_votes=votes to_pages=pages events audit comment*
--! uses: base streams
-- Gives the thread A.from the id A.to, together with what is there already, and another address. The
-- trailing keys are those of A.comments, which must be all of them (else `retry`), then two for each
-- author with a part in the thread: what is `mine` in the one and in the other.
local from, to = hash(K.thread), hash(K.to_thread)
local same = A.from == A.to
if not from.v and #A.comments > 0 then return fail('thread-not-found') end
if not same then
  if redis.call('HLEN', K.nodes) ~= #A.comments then return {'retry'} end
  for _, id in ipairs(A.comments) do
    if redis.call('HEXISTS', K.nodes, id) == 0 then return {'retry'} end
  end
end

if not same then
  local old, new = '"thread":"' .. A.from .. '"', '"thread":"' .. A.to .. '"'
  for i, id in ipairs(A.comments) do
    -- Quotes within a text are escaped, so this is the field and nothing else.
    local raw = redis.call('HGET', K.nodes, id):gsub(old, new, 1)
    redis.call('HSET', K.to_nodes, id, raw)
    redis.call('HSET', TRAILING[i], 't', A.to)
  end
  for i = #A.comments + 1, #TRAILING, 2 do
    for field, value in pairs(hash(TRAILING[i])) do
      redis.call('HSET', TRAILING[i + 1], field, value)
    end
    redis.call('UNLINK', TRAILING[i])
  end
  for id, votes in pairs(hash(K.votes)) do redis.call('HSET', K.to_votes, id, votes) end
  redis.call('ZUNIONSTORE', K.to_roots, 2, K.to_roots, K.roots)
  redis.call('ZUNIONSTORE', K.to_top, 2, K.to_top, K.top)
  redis.call('ZUNIONSTORE', K.to_replies, 2, K.to_replies, K.replies)
  redis.call('UNLINK', K.thread, K.nodes, K.roots, K.top, K.replies, K.votes, K.pages)
  redis.call('ZREM', K.threads, A.from)
end
if not from.v then return {'ok'} end

local count = number(from.count) + (same and 0 or number(to.count))
-- Past what any reader may have seen of either, a pending `due` included.
local version = math.max(number(from.version), number(to.version)) + 2
local created = math.min(number(from.created), number(to.created or from.created))
local closed = (from.closed == '1' or to.closed == '1') and '1' or '0'
redis.call('HSET', K.to_thread, unpack(A.thread_fields))
redis.call('HSET', K.to_thread, 'created', string.format('%.0f', created), 'closed', closed,
  'count', count, 'version', version)
redis.call('HDEL', K.to_thread, 'due')
redis.call('UNLINK', K.to_pages)
redis.call('ZADD', K.threads, 0, A.to)
if A.found_at then redis.call('HSETNX', K.addresses, A.found_at, A.to) end
audit(A.actor, 'move', A.to, {from = A.from})
event('thread.changed', {thread = A.to, closed = closed == '1'})
return {'ok'}
