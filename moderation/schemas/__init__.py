"""The wire: every shape that comes in or goes out, defined once; `compat/` has other services'."""
