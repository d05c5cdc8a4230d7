"""A short run through faults of every kind; and that the auditor does not overlook anything."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from moderation.store.connection import connect
from moderation.store.keys import key
from tests.faults.model import Expected
from tests.faults.run import Run

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found by /proc"),
]

FAULTS = ["web worker killed", "storage killed", "worker killed", "storage stopped"]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with Run("embedded", seed=11, readers=12, threads=2, longest=0.8) as run:
        yield run


def test_what_was_acknowledged_is_there_once_whatever_went_wrong(run: Run) -> None:
    # The master last: bringing it back takes longest. A full disk needs root to mount one.
    faults = [*FAULTS, *(["disk full"] if "disk full" in run.faults.kinds else []), "master killed"]
    run.load(clients=4, faults=faults, at_least=200, cut_share=0.04)
    result = run.finish()
    assert result.findings == []
    assert result.unanswered == 0
    assert dict(run.faults.made) == dict.fromkeys(faults, 1)
    assert result.injections["connections cut by clients"] > 0
    assert result.restarts >= 2
    assert result.looks > 0
    assert result.failures > 0
    written = ("submit", "vote", "report", "claim", "decide", "undo", "edit", "delete")
    assert all(result.by_verb[verb] for verb in written), result.by_verb


def test_a_full_disk_was_among_what_went_wrong(run: Run) -> None:
    if "disk full" not in run.faults.kinds:
        pytest.skip("a full disk was not tried: it needs root, to mount a small one")
    assert run.faults.made["disk full"] == 1


def test_the_auditor_sees_each_thing_that_is_wrong(run: Run) -> None:
    """Break one thing after another behind the service's back; each has its finding."""
    model = run.model("blog")
    comments = list(model.comments.values())

    def some(right: Callable[[Expected], Any]) -> Expected:
        found = next(comment for comment in comments if right(comment))
        comments.remove(found)
        return found

    shown = "published"
    lost = some(lambda c: c.status == shown and not c.under)
    hidden = some(lambda c: c.status == shown and not c.under)
    voted = some(lambda c: c.status == shown and c.tally != (0, 0) and not c.under)
    reworded = some(lambda c: c.status == shown and not c.under)
    queued = some(lambda c: "harmful" in c.lanes)
    decided = some(lambda c: c.decisions and c.status != "deleted")
    undeleted = some(lambda c: c.status == "deleted")
    reported = some(lambda c: len(c.reports) > 0)
    forgotten = some(lambda c: True)
    author = some(lambda c: True).author

    def name(row: str, **ids: str) -> str:
        return key(row, "blog", **ids)

    def break_it(client: Any) -> None:
        client.delete(name("comment", comment=lost.id))
        client.zrem(name("roots", thread=hidden.thread), hidden.id)
        up, down = voted.tally
        client.hset(name("comment", comment=voted.id), mapping={"u": up + 1, "w": down})
        nodes = name("nodes", thread=reworded.thread)
        node = client.hget(nodes, reworded.id)
        client.hset(nodes, reworded.id, node.replace(b"Remark", b"Remork"))
        client.zrem(name("queue"), f"harmful/t/{queued.id}")
        client.hdel(name("decisions", comment=decided.id), next(iter(decided.decisions)))
        client.hset(name("comment", comment=undeleted.id), mapping={"s": "p", "x": "Back"})
        client.hdel(name("reports", comment=reported.id), next(iter(reported.reports)))
        entries = client.xrange(name("audit"))
        (gone,) = [
            entry
            for entry, fields in entries
            if (fields[b"verb"], fields[b"subject"]) == (b"submit", forgotten.id.encode())
        ]
        client.xdel(name("audit"), gone)
        twice = next(fields for _, fields in entries if fields[b"verb"] == b"submit")
        client.xadd(name("audit"), twice)
        client.hincrby(name("author", author=author), "comments", 1)
        for thread in model.threads:
            client.hincrby(name("thread", thread=thread), "count", 1)
            client.hincrby(name("thread", thread=thread), "version", 1)

    connection = connect(run.settings)
    connection.call(break_it)
    connection.close()
    found = [f"{finding.kind} {finding.what}" for finding in run.audit()]
    expected = {
        f"lost comment {lost.id}",
        f"oldest: {hidden.id}",
        f"doubled comment {voted.id}: votes",
        f"{reworded.id}: it has another text",
        f"lost the queue, harmful by oldest: {queued.id}",
        f"lost comment {decided.id}: decision",
        f"comment {undeleted.id}: text",
        f"comment {reported.id}: reports",
        f"lost the audit of {forgotten.id}",
        "is there 2 times",
        f"doubled author {author}: comments",
        "/0 counts",
    }
    assert [each for each in expected if not any(each in one for one in found)] == []

    # And what was acknowledged, but never written; what was written, but never acknowledged.
    path = run.journals["blog"].path
    lines = path.read_text().splitlines()
    # The last one, on which nothing followed.
    last = next(n for n in reversed(range(len(lines))) if '"edit_token"' in lines[n])
    real = json.loads(lines[last])["answer"]["id"]
    lines[last] = lines[last].replace(real, "0" * 36)
    path.write_text("\n".join(lines) + "\n")
    found = [f"{finding.kind} {finding.what}" for finding in run.audit()]
    assert f"lost comment {'0' * 36}" in found
    assert any(
        one.startswith("doubled") and "was never acknowledged" in one and real in one
        for one in found
    )
