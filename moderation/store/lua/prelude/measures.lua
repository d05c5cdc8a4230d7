--! uses: base
-- What moderators set for an author (A.author), or for everybody at an address (A.place, its hash).

local STRENGTH = {trust = 0, review = 1, suspend = 2, ban = 3}

local function measure_of(subject)
  local raw = redis.call('HGET', K.measured, subject)
  local m = raw and cjson.decode(raw)
  if not m or (m['until'] and m['until'] <= A.now) then return nil end
  return m
end

-- Of the two that may hold the stricter one; but who is trusted is so wherever they write.
local function standing()
  local own = measure_of(A.author)
  local there = A.place and measure_of('~' .. A.place) or nil
  if not own or not there then return own or there end
  if own.kind == 'trust' or STRENGTH[own.kind] >= STRENGTH[there.kind] then return own end
  return there
end

-- Refuses an author who may not write; `retry` if the verdict was made under another measure than
-- A.measure, '' for none. What nobody judged, as an import, has no A.measure.
local function barred()
  if not A.measure then return nil end
  local m = standing()
  local told = m and {['until'] = m['until'], reason = m.reason}
  if m and m.kind == 'ban' then return fail('author-banned', nil, told) end
  if m and m.kind == 'suspend' then return fail('author-suspended', nil, told) end
  if (m and m.id or '') ~= A.measure then return {'retry'} end
end
