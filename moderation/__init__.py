"""Rejoinder, the service. The way of a reply, in the order in which to read it:

1. `api/` takes the request; `schemas/` say its shape.
2. `auth.py` says who asks; how fast they may, the script that writes says, else `throttle.py`.
3. `text.py` cleans and renders the text, `scoring.py` asks `classifiers` for the scores.
4. `policy/` turns scores and rules into a verdict, `priority.py` weighs the case.
5. `submission/` is those steps in one function; `store/` writes it all in one script.
6. `api/` and `dashboard/` show the queue; a decision goes through `store/` likewise.
7. `worker.py` does what the outbox asks for, and drops what has served its time.

`assessment.py` is scores and verdict in one step: texts that other systems keep (`compat/`) pass
through it too. `services.py` holds the parts that all of these share, `app.py` joins them.
"""
