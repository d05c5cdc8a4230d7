#!lua
--! keys: threads addresses listing thread nodes roots top replies votes pages to_thread=thread to_nodes=nodes to_roots=roots to_top=top to_replies=replies to_votes=votes to_pages=pages queue events audit comment*
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
    if redis.call('ZREM', K.queue, 'thread/' .. A.from .. '/' .. id) == 1 then
      redis.call('ZADD', K.queue, 0, 'thread/' .. A.to .. '/' .. id)
    end
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
-- What either was kept to holds for both; else what was set where they are now goes first.
local function either(field) return (from[field] == '1' or to[field] == '1') and '1' or '0' end
local function kept(field) return to[field] and to[field] ~= '' and to[field] or from[field] or '' end
local closed = either('closed')
local slow = math.max(number(from.slow_seconds), number(to.slow_seconds))
local authors = from.authors or ''
for id in (to.authors or ''):gmatch('%S+') do
  if not (' ' .. authors .. ' '):find(' ' .. id .. ' ', 1, true) then authors = authors .. ' ' .. id end
end
-- What is not listed yet is later.
local last = (from.last or to.last) and math.max(number(from.last), number(to.last))
for id, t in pairs({[A.from] = from, [A.to] = to}) do
  if t.last then
    redis.call('ZREM', K.listing, lex_member('a/', number(t.last), id),
      lex_member('c/', number(t.count), id))
  end
end
redis.call('HSET', K.to_thread, unpack(A.thread_fields))
redis.call('HSET', K.to_thread, 'created', string.format('%.0f', created), 'closed', closed,
  'count', count, 'version', version, 'hidden', either('hidden'), 'slow_seconds', slow,
  'premoderate', kept('premoderate'), 'pinned', kept('pinned'), 'authors', authors)
if last then
  redis.call('HSET', K.to_thread, 'last', string.format('%.0f', last))
  redis.call('ZADD', K.listing, 0, lex_member('a/', last, A.to), 0, lex_member('c/', count, A.to))
end
redis.call('HDEL', K.to_thread, 'due', 'changed')
redis.call('UNLINK', K.to_pages)
redis.call('ZADD', K.threads, 0, A.to)
if A.found_at then redis.call('HSETNX', K.addresses, A.found_at, A.to) end
audit(A.actor, 'move', A.to, {from = A.from})
event('thread.changed', {thread = A.to, closed = closed == '1'})
return {'ok'}
