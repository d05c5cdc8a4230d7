#!lua flags=allow-oom
--! keys: mail_address
--! uses: base
-- An address is told no more of one thread.
if redis.call('EXISTS', K.mail_address) == 0 then return fail('mail-address-not-found') end
redis.call('HSET', K.mail_address, 't:' .. A.thread, A.now)
return {'ok'}
