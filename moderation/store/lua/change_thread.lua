#!lua flags=allow-oom
--! keys: thread nodes pages idem events audit
--! uses: base idempotency streams thread
-- Changes what is set for a thread alone: A.changes maps its fields to values, null for none. With
-- A.undoes, an entry of the audit, what that changed is as it was, if nothing has changed it since.
-- What a field was last changed by is kept, and goes back with an undo, so that one undo may follow
-- another. Answers the audit's entry, '' if there was nothing to change.
local EMPTY = {closed = '0', hidden = '0', slow_seconds = '0', premoderate = '', pinned = '',
  authors = ''}
local FLAGS = {closed = {'close', 'open'}, hidden = {'hide', 'show'}, pinned = {'pin', 'unpin'}}

local function stored(value)
  if value == cjson.null then return '' end
  if type(value) == 'boolean' then return value and '1' or '0' end
  return tostring(value)
end

local function told(field, text)
  if field == 'closed' or field == 'hidden' then return text == '1' end
  if field == 'slow_seconds' then return tonumber(text) end
  return text == '' and cjson.null or text
end

local again = replayed()
if again then return again end
local t = hash(K.thread)
if not t.v then return fail('thread-not-found') end
local latest = t.changed and cjson.decode(t.changed) or {}

local wanted, since = {}, {}
if A.undoes then
  local entry = redis.call('XRANGE', K.audit, A.undoes, A.undoes)[1]
  local e = {}
  for i = 1, #(entry and entry[2] or {}), 2 do e[entry[2][i]] = entry[2][i + 1] end
  if e.subject == A.thread and e.verb == 'undo-thread' then return fail('not-undoable') end
  local changes = e.subject == A.thread and cjson.decode(e.detail).changes or {}
  for field, change in pairs(changes) do
    if EMPTY[field] then
      if latest[field] ~= A.undoes then
        return fail('superseded', 'Another change of this thread came after it.')
      end
      wanted[field], since[field] = stored(change.before), change.since
    end
  end
  local any = false
  for _ in pairs(wanted) do any = true end
  if not any then return fail('thread-change-not-found') end
else
  for field, value in pairs(A.changes) do wanted[field] = stored(value) end
  local pinned = wanted.pinned
  if pinned and pinned ~= '' and pinned ~= t.pinned then
    local n = node(pinned)
    if not n or n.status ~= 'p' or n.under ~= '' then return fail('not-pinnable') end
  end
end

local changes, visible, count, last = {}, false, 0, nil
for field, value in pairs(wanted) do
  local before = t[field] or EMPTY[field]
  if before ~= value then
    changes[field] = {before = told(field, before), after = told(field, value),
      since = not A.undoes and latest[field] or nil}
    redis.call('HSET', K.thread, field, value)
    visible = visible or (field ~= 'premoderate' and field ~= 'authors')
    t[field], last, count = value, field, count + 1
  end
end
if count == 0 then
  remember(200, '')
  return {'ok', ''}
end
if visible then raise_version(t, 0) end

local verb = A.undoes and 'undo-thread' or 'thread'
if verb == 'thread' and count == 1 and FLAGS[last] then
  verb = FLAGS[last][(t[last] == '0' or t[last] == '') and 2 or 1]
end
local entry = audit(A.actor, verb, A.thread, {changes = changes, undoes = A.undoes})
for field in pairs(changes) do
  if A.undoes then latest[field] = since[field] else latest[field] = entry end
end
redis.call('HSET', K.thread, 'changed', cjson.encode(latest))
remember(200, entry)
event('thread.changed', {thread = A.thread, closed = t.closed == '1'})
return {'ok', entry}
