#!lua
--! keys: latest
--! uses: base latest
-- Enters comments that were written before there was a list of the latest.
for _, each in ipairs(A.comments) do enter_latest(each[1], each[2]) end
return {'ok'}
