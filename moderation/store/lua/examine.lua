#!lua flags=no-writes
--! keys: nodes roots top replies votes mine comment history reports decisions queue
--! uses: base thread agreement
-- Looks at one comment and at all that is derived of it, in one moment. Answers what does not agree,
-- then what the counts over many comments rest on: status, judgement, time, version, text, what pages
-- show, votes, and each reporter with the state of their report.
local c = hash(K.comment)
local n = node(A.id)
if not c.v then return {'ok', {'gone'}} end
local reports = {}
for author, raw in pairs(hash(K.reports)) do
  reports[#reports + 1] = author
  reports[#reports + 1] = raw:sub(1, 1)
end
return {'ok', disagreements(A.id, c, n), c.s, c.j or '', c.c, c.n, c.x or '', n and n.fragment or '',
  redis.call('HGET', K.votes, A.id) or '0 0', reports}
