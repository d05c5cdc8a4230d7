"""Pages move, and everything in their threads goes with them."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from moderation import urls
from moderation.archive import export_lines, import_lines
from moderation.errors import ForeignUrlError, InvalidError, ThreadNotFoundError
from moderation.moves import Moved, move, tidy
from moderation.records import Site
from moderation.settings import SHIPPED_TRACKING
from moderation.store import Store
from moderation.tokens import new_credential
from tests.support.app import ORIGIN, Blog, S, now

NEW = "https://new.example"


@pytest.fixture
def site(blog: Blog, store: Store) -> Site:
    store.sites.update("blog", origins=(ORIGIN, NEW), actor="test", now=1)
    return store.sites.get("blog")


def _post(blog: Blog, url: str, text: str, **more: Any) -> Any:
    thread = {"url": url, **({"id": more.pop("id")} if "id" in more else {})}
    return blog.made(text, thread=thread, **more)


def _move(store: Store, site: Site, old: str, new: str, **more: Any) -> Moved:
    return move(store, site, old, new, tracking=SHIPPED_TRACKING, now=now(), **more)


def _count(blog: Blog, url: str) -> int:
    answer = blog.client.post(f"{S}/counts", json={"urls": [url]})
    count: int = answer.json["counts"][url]
    return count


def test_a_page_moves_with_everything(blog: Blog, store: Store, site: Site) -> None:
    old, new = f"{ORIGIN}/old", f"{NEW}/new"
    reader = blog.author()
    first = _post(blog, old, 'The first, with "thread":"x" in it.')
    reply = _post(blog, old, "An answer to that.", parent=first["id"])
    held = _post(blog, old, "You idiot!", headers=reader)
    assert held["status"] == "held"
    vote = f"{S}/comments/{first['id']}/votes"
    assert blog.client.post(vote, json={"value": 1}, headers=reader).status_code == 200
    before = blog.thread(url=old)
    assert _move(store, site, old, new).moved == [(old, new)]

    found = blog.thread(url=new, sort="top")
    assert found["thread"]["id"] == urls.thread_id(None, new)
    assert (found["thread"]["url"], found["thread"]["count"]) == (new, 2)
    assert found["thread"]["version"] > before["thread"]["version"]
    (root,) = found["comments"]
    assert root["votes"] == {"up": 1, "down": 0}
    assert [answer["id"] for answer in root["replies"]] == [reply["id"]]
    assert root["text"] == first["text"]
    assert {root["thread"], root["replies"][0]["thread"]} == {found["thread"]["id"]}
    mine = blog.client.get(f"{S}/threads/mine", query_string={"url": new}, headers=reader).json
    assert mine["votes"] == {first["id"]: 1}
    assert [comment["id"] for comment in mine["comments"]] == [held["id"]]
    (case,) = blog.queue()["cases"]
    assert case["thread"]["url"] == new
    assert blog.decide(held["id"], "approve").status_code == 201
    assert blog.thread(url=new)["thread"]["count"] == 3
    assert blog.thread(url=old)["thread"]["count"] == 0
    assert store.maintenance.check("blog") == []
    # The same reader may not vote again, and may take it back.
    assert blog.client.post(vote, json={"value": 0}, headers=reader).json["up"] == 0


def test_two_threads_become_one_by_time(blog: Blog, store: Store, site: Site) -> None:
    old, new = f"{ORIGIN}/old", f"{NEW}/new"
    made = [
        _post(blog, url, f"Number {n} says this.")["id"] for n, url in enumerate([old, new] * 2)
    ]
    assert _move(store, site, old, new).merged == 1
    shown = blog.thread(url=new, sort="oldest")
    assert [comment["id"] for comment in shown["comments"]] == made
    assert shown["thread"]["count"] == 4
    assert store.maintenance.check("blog") == []
    with pytest.raises(ThreadNotFoundError):
        _move(store, site, old, new)


def test_a_whole_site_moves(blog: Blog, store: Store, site: Site) -> None:
    paths = ["/", "/a", "/a/b?p=1", "/caf%C3%A9"]
    for n, path in enumerate(paths):
        _post(blog, ORIGIN + path, f"This is on page {n}.")
    _post(blog, f"{ORIGIN}/named", "This one has an id of its own.", id="post-3")
    assert len(_move(store, site, ORIGIN, f"{NEW}/blog", below=True, dry_run=True).moved) == 5
    assert _count(blog, ORIGIN + "/a") == 1
    assert len(_move(store, site, ORIGIN, f"{NEW}/blog", below=True).moved) == 5
    for path in paths[1:]:
        assert (_count(blog, f"{NEW}/blog{path}"), _count(blog, ORIGIN + path)) == (1, 0)
    assert _count(blog, f"{NEW}/blog") == 1
    named = blog.thread(url=f"{NEW}/blog/named", id="post-3")["thread"]
    assert (named["count"], named["url"]) == (1, f"{NEW}/blog/named")
    assert _count(blog, f"{NEW}/blog/named") == 1
    assert store.maintenance.check("blog") == []


def test_what_only_begins_alike_stays(blog: Blog, store: Store, site: Site) -> None:
    _post(blog, f"{ORIGIN}/blog/a", "This is below the folder.")
    _post(blog, f"{ORIGIN}/blogger", "This is not below the folder.")
    assert _move(store, site, f"{ORIGIN}/blog", f"{ORIGIN}/new", below=True).moved == [
        (f"{ORIGIN}/blog/a", f"{ORIGIN}/new/a")
    ]


def test_a_move_that_cannot_be_changes_nothing(blog: Blog, store: Store, site: Site) -> None:
    _post(blog, f"{ORIGIN}/old", "This stays where it is.")
    before = blog.everything()
    for old, new, kind in (
        (f"{ORIGIN}/old", "https://elsewhere.example/", ForeignUrlError),
        (f"{ORIGIN}/none", f"{ORIGIN}/new", ThreadNotFoundError),
        ("old", f"{ORIGIN}/new", InvalidError),
        (f"{ORIGIN}/old", "new", InvalidError),
    ):
        with pytest.raises(kind):
            _move(store, site, old, new)
    assert blog.everything() == before


def test_threads_of_an_earlier_release_are_brought_together(
    blog: Blog, store: Store, site: Site
) -> None:
    raw = f"{ORIGIN}/caf%c3%a9?mc_cid=1"
    first = _post(blog, f"{ORIGIN}/x", "This came before the upgrade.")
    record = store.threads.get("blog", first["thread"])
    before = replace(record, id=urls.id_of(f"url:{urls.former_canonical(raw)}"), url=raw)
    store.moves.move("blog", record.id, before, actor="test", now=now())
    later = _post(blog, f"{ORIGIN}/café", "This came after the upgrade.")
    _post(blog, f"{ORIGIN}/named", "This one has an id of its own.", id="post-3")
    assert urls.is_stale(before.id, raw)
    found = tidy(store, site, tracking=SHIPPED_TRACKING, now=now())
    assert (found.moved, found.merged) == ([(raw, f"{ORIGIN}/caf%C3%A9")], 1)
    shown = blog.thread(url=f"{ORIGIN}/café", sort="oldest")
    assert [comment["id"] for comment in shown["comments"]] == [first["id"], later["id"]]
    assert tidy(store, site, tracking=SHIPPED_TRACKING, now=now()).moved == []
    assert blog.thread(url=f"{ORIGIN}/named", id="post-3")["thread"]["count"] == 1
    assert store.maintenance.check("blog") == []


def _moved_file(store: Store, site: Site) -> list[str]:
    lines = [line.replace(ORIGIN, NEW) for line in export_lines(store, site)]
    store.connection.client.flushall()
    return lines


def _again(blog: Blog, store: Store, site: Site) -> Site:
    credential, _ = new_credential("blog", kind="key", role="owner", now=now())
    store.sites.create(replace(site, origins=(NEW,)), credential=credential, now=now())
    return store.sites.get("blog")


def test_a_file_with_new_addresses_is_read_into_them(blog: Blog, store: Store, site: Site) -> None:
    _post(blog, f"{ORIGIN}/post", "This moves with the file.")
    _post(blog, f"{ORIGIN}/post", "And so does this one here.")
    _post(blog, f"{ORIGIN}/named", "This one has an id of its own.", id="post-3")
    lines = _moved_file(store, site)
    tally = import_lines(store, _again(blog, store, site), lines, dry_run=False)
    assert (tally.threads, tally.comments, tally.refused) == (2, 3, [])
    assert _count(blog, f"{NEW}/post") == 2
    assert blog.thread(url=f"{NEW}/post")["thread"]["count"] == 2
    assert blog.thread(url=f"{NEW}/other", id="post-3")["thread"]["count"] == 1
    assert store.maintenance.check("blog") == []


def test_a_file_of_an_earlier_release_is_compared(blog: Blog, store: Store, site: Site) -> None:
    _post(blog, f"{ORIGIN}/post", "This moves with the file.")
    lines = _moved_file(store, site)
    head = json.loads(lines[1])
    del head["thread"]["named"]
    lines[1] = json.dumps(head)
    site = _again(blog, store, site)
    tally = import_lines(store, site, lines, dry_run=False)
    assert (tally.threads, tally.comments, len(tally.refused)) == (0, 0, 2)
    assert "--keep-ids" in tally.refused[0]
    tally = import_lines(store, site, lines, dry_run=True, keep_ids=True)
    assert (tally.threads, tally.comments) == (1, 1)
    del head["thread"]["id"]
    lines[1] = json.dumps(head)
    assert import_lines(store, site, lines, dry_run=False).comments == 1
    assert _count(blog, f"{NEW}/post") == 1


def test_a_converter_needs_no_ids_of_threads(blog: Blog, store: Store, site: Site) -> None:
    comment = {
        "id": "0197f000-0000-7000-8000-000000000001", "text": "It was said elsewhere.",
        "status": "published", "author": {"id": "a1", "kind": "key", "name": "Ann"},
        "created": 1_700_000_000_000,
    }  # fmt: skip
    other = comment | {"id": "0197f000-0000-7000-8000-000000000002"}
    lines = [
        {"rejoinder": 1},
        {"thread": {"url": f"{ORIGIN}/café?utm_source=x", "created": 1}},
        {"comment": comment},
        {"thread": {"url": f"{ORIGIN}/b", "own_id": "post-9", "created": 1}},
        {"comment": other},
    ]
    tally = import_lines(store, site, map(json.dumps, lines), dry_run=False)
    assert (tally.comments, tally.refused) == (2, [])
    assert blog.thread(url=f"{ORIGIN}/caf%c3%a9")["thread"]["url"] == f"{ORIGIN}/caf%C3%A9"
    assert blog.thread(id="post-9", url="")["thread"]["count"] == 1


def test_a_move_loses_nothing_that_is_written_meanwhile(
    blog: Blog, app: Flask, store: Store, site: Site
) -> None:
    old, new = f"{ORIGIN}/old", f"{NEW}/new"
    root = _post(blog, old, "This is where it begins.")
    made: list[str] = [root["id"]]
    key = {"Authorization": f"Bearer {blog.key}"}

    def write(name: str) -> None:
        client = app.test_client()
        for n in range(25):
            body = {"thread": {"url": old}, "text": f"{name} says this as number {n}."}
            made.append(client.post(f"{S}/comments", json=body, headers=key).json["id"])

    writers = [threading.Thread(target=write, args=(name,)) for name in ("Ann", "Ben")]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        with suppress(ThreadNotFoundError):
            _move(store, site, old, new)
    for writer in writers:
        writer.join()
    with suppress(ThreadNotFoundError):
        _move(store, site, old, new)
    assert store.maintenance.check("blog") == []
    assert {comment.id for comment in store.export.comments("blog", urls.thread_id(None, new))} == (
        set(made)
    )
    assert blog.thread(url=old)["thread"]["count"] == 0


def test_a_thread_may_have_more_parts_than_lua_unpacks(
    blog: Blog, store: Store, site: Site
) -> None:
    made = _post(blog, f"{ORIGIN}/old", "This is read by many people.")
    thread = store.threads.get("blog", made["thread"])
    target = replace(thread, id=urls.thread_id(None, f"{NEW}/new"), url=f"{NEW}/new")
    readers = [f"reader{n}" for n in range(9_000)]
    store.moves.move("blog", thread.id, target, authors=readers, actor="cli", now=now())
    assert blog.thread(url=f"{NEW}/new")["thread"]["count"] == 1
