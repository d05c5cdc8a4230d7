"""What leaves the server. It hangs on the outbox: the worker calls it for the outbox's tasks."""
