--! uses: base
-- What others are told of a change: the audit, live events, tasks for the worker.

local function audit(actor, verb, subject, detail)
  return redis.call('XADD', K.audit, '*', 'at', A.now, 'actor', actor, 'verb', verb,
    'subject', subject, 'detail', cjson.encode(detail or {}))
end

local function event(kind, data)
  redis.call('XADD', K.events, 'MAXLEN', '~', 10000, '*', 'type', kind, 'data', cjson.encode(data))
end

local function outbox(kind, data)
  redis.call('XADD', K.outbox, '*', 'type', kind, 'data', cjson.encode(data))
end
