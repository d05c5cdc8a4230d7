#!lua flags=allow-oom
--! keys: moderators mail_choices mail_bounces audit
--! uses: base accounts streams
-- Keeps which mails a moderator wants; an address that was switched off is tried again.
local m = account(A.id)
if not m or m.removed then return fail('moderator-not-found') end
redis.call('HSET', K.mail_choices, A.id, A.choice)
redis.call('HDEL', K.mail_bounces, A.recipient)
audit(A.actor, 'choose-mail', A.id, {wants = A.wants})
return {'ok'}
