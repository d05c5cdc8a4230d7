"""The pace told before the work for a write, and by the scripts as they write: the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.errors import RateLimitedError
from moderation.records import Limit
from moderation.store.connection import Connection
from moderation.store.pace import check
from moderation.store.scripts import part_text

_SCRIPT = "\n".join(
    [
        "#!lua flags=no-writes",
        "local K, TYPES, TRAILING = {}, {'hash'}, {KEYS[1]}",
        part_text("base"),
        part_text("limits"),
        "return over_limit() or {'ok'}",
    ]
)
_KEY = "{blog}:limit:x:60"
NOW = 1_780_000_020_000


@given(
    start=st.sampled_from([None, 0, NOW - NOW % 60_000, NOW - NOW % 60_000 - 60_000]),
    this=st.integers(0, 12),
    last=st.integers(0, 12),
    amount=st.integers(0, 10),
    after=st.integers(0, 130_000),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_scripts_say_the_same(
    connection: Connection, start: int | None, this: int, last: int, amount: int, after: int
) -> None:
    limit, now = Limit(name="x", amount=amount, window=60), NOW + after
    connection.client.delete(_KEY)
    if start is not None:
        connection.client.hset(_KEY, mapping={"w": start, "c": this, "p": last})
    counter = connection.client.hmget(_KEY, "w", "c", "p")
    args = json.dumps({"now": now, "limits": [["x", amount, 60]]})
    answer = connection.client.eval(_SCRIPT, 1, _KEY, args)
    if answer[0] == b"ok":
        check([limit], [counter], now=now)
        return
    with pytest.raises(RateLimitedError) as raised:
        check([limit], [counter], now=now)
    assert raised.value.detail == answer[2].decode()
    assert raised.value.extra == json.loads(answer[3])
    assert raised.value.headers["Retry-After"] == str(json.loads(answer[3])["retry_after"])
