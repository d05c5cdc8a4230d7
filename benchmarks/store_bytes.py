"""How many bytes of memory and of append-only file a stored comment costs.

    python benchmarks/store_bytes.py [--comments 20000]

Writes a made-up site through `store.comments.submit`: 50 comments to a thread, three in five a
reply, one in ten held, texts of 20 to 400 characters (mean about 200). Beside it the plainest store
one could think of, in the same run: one JSON string for each comment and one list for each thread,
without scores, queue, audit, events or pages. Printed: bytes a comment, their ratio, and where they
are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import uuid_utils

from moderation.records import (
    Author,
    Comment,
    Credential,
    Idempotency,
    Priority,
    Reason,
    Site,
    StoredScores,
    Thread,
    Verdict,
)
from moderation.settings import load_settings
from moderation.store import Store
from moderation.store.connection import connect

SITE = "blog"
NOW = 1_780_000_000_000
ATTRIBUTES = (
    "toxicity severe_toxicity insult profanity identity_attack threat spam".split()  # noqa: SIM905
)
LETTERS = "etaoinshrdlu"


def text(rng: random.Random) -> str:
    size = rng.randint(20, 400)
    words = ("".join(rng.choices(LETTERS, k=rng.randint(2, 9))) for _ in range(100))
    return " ".join(words)[:size]


def comments(count: int, rng: random.Random) -> list[tuple[Comment, Thread]]:
    made: list[tuple[Comment, Thread]] = []
    for n in range(count):
        name = f"/articles/{n // 50}/a-title-of-some-length"
        thread = Thread(
            id=hashlib.blake2b(name.encode(), digest_size=16).hexdigest(),
            url=f"https://site.example{name}",
            title="A title of some length",
            created=NOW,
        )
        siblings = [c for c, _ in made[n - n % 50 : n]]
        parent = rng.choice(siblings).id if siblings and rng.random() < 0.6 else None
        held = rng.random() < 0.1
        words = text(rng)
        reason = Reason(rule="threshold", attribute="insult", threshold=0.7, score=0.83)
        made.append(
            (
                Comment(
                    id=str(uuid_utils.uuid7()),
                    site=SITE,
                    thread=thread.id,
                    parent=parent,
                    status="held" if held else "published",
                    text=words,
                    html=f"<p>{words}</p>",
                    author=Author(
                        id=f"author-{rng.randrange(count // 10 + 1)}", kind="anonymous", name="Ann"
                    ),
                    created=NOW + n,
                    edited=None,
                    version=1,
                    edit_until=NOW + n + 900_000,
                    scored=StoredScores(
                        scores={name: round(rng.random(), 4) for name in ATTRIBUTES},
                        language="en",
                        model="rejoinder-2026-11",
                    ),
                    verdict=Verdict(
                        action="hold" if held else "publish",
                        reasons=(reason,) if held else (Reason(rule="nothing-against-it"),),
                        lane="harmful" if held else None,
                    ),
                ),
                thread,
            )
        )
    return made


def fragment(comment: Comment) -> bytes:
    when = "2026-11-24T12:00:00.000Z"
    public = {
        "id": comment.id,
        "thread": comment.thread,
        "parent": comment.parent,
        "status": "published",
        "text": comment.text,
        "html": comment.html,
        "author": {"id": comment.author.id, "name": "Ann", "kind": "anonymous"},
        "created": when,
        "edited": None,
        "version": 1,
    }
    return json.dumps(public, ensure_ascii=False, separators=(",", ":")).encode()


def write(store: Store, made: list[tuple[Comment, Thread]], *, idempotent: bool) -> float:
    site = Site(slug=SITE, name="Blog", origins=(), policy={}, created=NOW)
    key = Credential(site=SITE, id="k", kind="key", secret_hash="0" * 64, role="admin")
    store.sites.create(site, credential=key, now=NOW)
    begun = time.perf_counter()
    for comment, thread in made:
        body = fragment(comment)
        store.comments.submit(
            comment,
            thread=thread,
            fragment=body,
            priority=Priority(total=2.5, terms={"severity": 1.5, "probability": 1.0})
            if comment.verdict and comment.verdict.lane
            else None,
            text_hash=hashlib.sha256(comment.text.encode()).hexdigest(),
            idempotency=Idempotency(key=comment.id, fingerprint="0" * 64) if idempotent else None,
            response=body if idempotent else b"",
            now=comment.created,
        )
    return time.perf_counter() - begun


def plain(client: Any, made: list[tuple[Comment, Thread]]) -> None:
    for comment, _ in made:
        client.set(f"comment:{comment.id}", fragment(comment))
        client.rpush(f"thread:{comment.thread}", comment.id)


def used(client: Any) -> int:
    return int(client.info("memory")["used_memory"])


def by_kind(client: Any) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in client.scan_iter(count=1000):
        parts = name.decode().partition(":")[2].split(":")
        found[":".join((parts[0], *parts[2:]))] += client.memory_usage(name, samples=0)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--comments", type=int, default=20_000)
    options = parser.parse_args()
    made = comments(options.comments, random.Random(1))
    mean = sum(len(c.text) for c, _ in made) / len(made)
    results = {}
    for name in ("plain", "store", "store, each with an idempotency key"):
        with tempfile.TemporaryDirectory() as folder:
            settings = load_settings(
                {"REJOINDER_DATA_DIR": f"{folder}/data", "REJOINDER_DURABILITY": "everysec"}
            )
            connection = connect(settings)
            client = connection.client
            client.config_set("auto-aof-rewrite-percentage", 0)
            before = used(client)
            seconds = 0.0
            if name == "plain":
                plain(client, made)
            else:
                seconds = write(Store(connection), made, idempotent=name != "store")
            results[name] = (used(client) - before) / len(made)
            time.sleep(1.5)  # until the file has it
            file = sum(path.stat().st_size for path in Path(folder).rglob("*.aof")) / len(made)
            print(
                f"{name}: {results[name]:.0f} bytes of memory, {file:.0f} of file a comment"
                + (f", {1e3 * seconds / len(made):.2f} ms each" if seconds else "")
            )
            if name == "store":
                for kind, size in by_kind(client).most_common(12):
                    print(f"    {kind:24} {size / len(made):8.1f}")
            facts = connection.server()
            connection.close()
    print(
        f"{facts.name} {facts.version}, {len(made)} comments, texts of {mean:.0f} characters; "
        f"store / plain = {results['store'] / results['plain']:.2f}"
    )


if __name__ == "__main__":
    main()
