--! uses: base
-- Proofs of work are good once: K.proofs has those that were spent, by when they are over anyway.

local function proof_spent()
  if A.proof and redis.call('ZSCORE', K.proofs, A.proof) then return fail('proof-spent') end
end

local function spend_proof()
  if not A.proof then return end
  redis.call('ZADD', K.proofs, A.proof_until, A.proof)
  redis.call('ZREMRANGEBYSCORE', K.proofs, '-inf', A.now)
  redis.call('ZREMRANGEBYRANK', K.proofs, 0, -10001)
  redis.call('PEXPIRE', K.proofs, 600000)
end
