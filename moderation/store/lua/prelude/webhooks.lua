--! uses: base
-- What waits to be sent to webhooks. A lane holds what waits at one webhook about one subject, as
-- texts in the order of what happened; only the first of them is tried.

local function lane_of(webhook, subject)
  local raw = redis.call('HGET', K.webhook_lanes, webhook .. '/' .. subject)
  return raw and cjson.decode(raw) or nil
end

local function keep_lane(webhook, subject, lane)
  redis.call('HSET', K.webhook_lanes, webhook .. '/' .. subject, cjson.encode(lane))
end

local function put_lane(webhook, subject, lane, due)
  if lane.due then
    redis.call('ZREM', K.webhook_due, lex_member(webhook .. '/', lane.due, subject))
  end
  lane.due = due
  redis.call('ZADD', K.webhook_due, 0, lex_member(webhook .. '/', due, subject))
  keep_lane(webhook, subject, lane)
end

local function note_delivery(webhook, field, value)
  redis.call('HSET', K.webhook_state, webhook .. '/' .. field, value)
end

local function await_delivery(webhook, subject, delivery)
  local lane = lane_of(webhook, subject)
  if lane then
    lane.waiting[#lane.waiting + 1] = delivery
    keep_lane(webhook, subject, lane)
  else
    put_lane(webhook, subject, {tries = 0, waiting = {delivery}}, A.now)
  end
  bump(K.webhook_state, webhook .. '/waiting', 1)
end

local function give_up(webhook, subject, delivery, reason)
  redis.call('XADD', K.undelivered, 'MAXLEN', '~', 10000, '*', 'webhook', webhook,
    'subject', subject, 'delivery', delivery, 'reason', reason)
end
