#!lua flags=no-writes
--! keys: limit*
--! uses: limits
-- Says whether a write would be refused for its pace, before anything is done for it.
return over_limit() or {'ok'}
