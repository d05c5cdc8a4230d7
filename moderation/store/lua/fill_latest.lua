#!lua
--! keys: latest
--! uses: base latest
-- Enters comments that were written before there was a list of the latest, and drops those of A.gone.
for _, each in ipairs(A.comments) do enter_latest(each[1], each[2]) end
for _, id in ipairs(A.gone or {}) do redis.call('ZREM', K.latest, id) end
return {'ok'}
