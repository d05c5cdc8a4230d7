from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from moderation.archive import export_lines, import_lines
from moderation.errors import InvalidError, NotFoundError
from moderation.store import Store
from tests.support.store_verbs import a_measure
from tests.support.store_world import SITE, World, thread_record


@pytest.fixture
def world(store: Store) -> World:
    world = World(store)
    world.create()
    return world


@pytest.fixture
def exported(world: World) -> list[str]:
    first = world.post("The **first**.")
    world.post("An answer.", parent=first.id, author="bob")
    held = world.post("Not yet.", status="held", author="eve")
    world.post("Never.", status="rejected", author="eve")
    gone = world.post("Soon gone.", author="bob")
    world.post("Answer to what is gone.", parent=gone.id)
    world.store.comments.delete(SITE, gone.id, actor="bob", by_author=True, now=world.tick())
    world.post("Elsewhere, with ünïcode 🦊.", thread="b")
    world.decide(held, "escalate")
    settings: dict[str, Any] = {"closed": True, "hidden": True}
    world.store.threads.change(SITE, thread_record("b").id, settings, actor="mo", now=world.tick())
    settings = {"slow_seconds": 60, "premoderate": "links", "pinned": first.id, "authors": ("x",)}
    world.store.threads.change(SITE, first.thread, settings, actor="mo", now=world.tick())
    return list(export_lines(world.store, world.store.sites.get(SITE)))


def test_a_round_trip_keeps_what_readers_and_moderators_see(world, exported):
    before = {name: world.tree(name)["comments"] for name in ("a", "b")}
    threads = {name: world.tree(name)["thread"] for name in ("a", "b")}
    settings = {t.id: replace(t, version=0, last=None) for t in world.store.export.threads(SITE)}
    client = world.store.connection.client
    comments = {
        data["comment"]["id"]: world.store.comments.get(SITE, data["comment"]["id"])
        for data in map(json.loads, exported)
        if "comment" in data
    }
    client.flushall()
    world.create()
    tally = import_lines(world.store, world.store.sites.get(SITE), exported, dry_run=False)
    assert (tally.threads, tally.comments, tally.present, tally.refused) == (2, 7, 0, [])
    for name in ("a", "b"):
        after = world.tree(name)
        assert [c["id"] for c in after["comments"]] == [c["id"] for c in before[name]]
        assert after["thread"]["count"] == threads[name]["count"]
        assert after["thread"]["closed"] == threads[name]["closed"]
    assert settings == {
        t.id: replace(t, version=0, last=None) for t in world.store.export.threads(SITE)
    }
    for comment_id, comment in comments.items():
        again = world.store.comments.get(SITE, comment_id)
        for field in ("text", "status", "parent", "created", "version", "depth", "root"):
            assert getattr(again, field) == getattr(comment, field), field
        if comment.status != "deleted":
            assert again.author == comment.author
            assert again.scored is not None
            assert again.scored.scores == comment.scored.scores
    assert world.store.maintenance.stats(SITE)["queue.all"] == 2
    assert world.store.maintenance.check(SITE) == []


def test_html_is_never_believed(world, exported):
    evil = [
        line.replace("An answer.", "An <img src=x onerror=alert(1)> answer.") for line in exported
    ]
    evil = [line.replace('"text"', '"html":"<script>","text"') for line in evil]
    world.store.connection.client.flushall()
    world.create()
    import_lines(world.store, world.store.sites.get(SITE), evil, dry_run=False)
    shown = json.dumps(world.tree("a"))
    assert "<p>An &lt;img src=x onerror=alert(1)&gt; answer.</p>" in shown
    assert "<script" not in shown


def test_importing_again_changes_nothing(world, exported):
    before = world.store.maintenance.stats(SITE)
    tally = import_lines(world.store, world.store.sites.get(SITE), exported, dry_run=False)
    assert (tally.comments, tally.present) == (0, 7)
    assert world.store.maintenance.stats(SITE) == before


@pytest.mark.parametrize("dry_run", [False, True])
def test_comments_that_are_elsewhere_already_are_named(world, exported, dry_run):
    before = world.store.maintenance.stats(SITE)
    moved = [
        json.dumps({"thread": data["thread"] | {"url": f"https://site.example/new/{n}", "id": ""}})
        if "thread" in (data := json.loads(line))
        else line
        for n, line in enumerate(exported)
    ]
    site = world.store.sites.get(SITE)
    tally = import_lines(world.store, site, moved, dry_run=dry_run)
    assert (tally.threads, tally.comments, tally.present) == (0, 0, 0)
    numbers = [n for n, line in enumerate(exported, 1) if '"comment"' in line]
    assert len(tally.refused) == 7
    for number, told in zip(numbers, tally.refused, strict=True):
        assert told.startswith(f"line {number}: the comment is in the thread of https://site.exam")
        assert "rejoinder thread move https://site.example/" in told
        assert f" --site {SITE}" in told
    assert world.store.maintenance.stats(SITE) == before
    assert world.store.maintenance.check(SITE) == []


def test_some_that_are_elsewhere_keep_none_of_the_others_out(world, exported):
    new = World(world.store).comment("A new one.")
    lines = [line for line in exported if "thread" in (d := json.loads(line)) or "rejoinder" in d]
    moved = json.loads(lines[1])["thread"] | {"url": "https://site.example/new", "id": ""}
    comments = [line for line in exported if '"comment"' in line]
    fresh = json.loads(comments[0])["comment"] | {"id": new.id, "parent": None}
    given = [lines[0], *map(json.dumps, [{"thread": moved}, {"comment": fresh}]), comments[0]]
    tally = import_lines(world.store, world.store.sites.get(SITE), given, dry_run=False)
    assert (tally.threads, tally.comments, tally.present) == (1, 1, 0)
    assert len(tally.refused) == 1
    assert world.store.maintenance.check(SITE) == []


def test_a_dry_run_writes_nothing(world, exported):
    client = world.store.connection.client
    client.flushall()
    world.create()
    keys = set(client.keys())
    tally = import_lines(world.store, world.store.sites.get(SITE), exported, dry_run=True)
    assert (tally.threads, tally.comments) == (2, 7)
    assert set(client.keys()) == keys


def test_threads_of_other_origins_are_left_out(world, exported):
    world.create("other")
    site = replace(world.store.sites.get("other"), origins=("https://other.example",))
    tally = import_lines(world.store, site, exported, dry_run=False)
    assert (tally.threads, tally.comments) == (0, 0)
    assert len(tally.refused) == 9
    assert "line 2: https://site.example" in tally.refused[0]


@pytest.mark.parametrize("first", ["", "nonsense", "[]", "{}", '{"rejoinder": 99}'])
def test_another_kind_of_file_is_refused(world, first):
    with pytest.raises(InvalidError):
        import_lines(world.store, world.store.sites.get(SITE), [first], dry_run=False)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nonsense", "not JSON"),
        ('"text"', "not a JSON object"),
        ("{}", "neither a thread nor a comment"),
        ('{"comment": {}}', "/id: Missing"),
        ('{"comment": {"id": "../etc", "text": 1}}', "/id: not a UUID"),
        ('{"thread": {"id": "x", "url": "https://site.example/", "created": 0}}', "/id: "),
    ],
)
def test_a_line_that_cannot_be_used_is_named(world, exported, line, message):
    lines = [*exported[:3], line]
    tally = import_lines(world.store, world.store.sites.get(SITE), lines, dry_run=True)
    assert len(tally.refused) == 1
    assert tally.refused[0].startswith("line 4: ")
    assert message in tally.refused[0]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "x" * 50_001),
        ("author", {"id": "a:comments", "kind": "anonymous"}),
        ("text", "\ud800"),
        ("text", "a\0b"),
        ("created", -1),
        ("created", "now"),
        ("status", "shown"),
        ("parent", "00000000-0000-0000-0000-000000000000"),
        ("author", {"id": "", "kind": "anonymous"}),
        ("scored", {"scores": {"toxicity": 2}, "language": "en", "model": "m"}),
    ],
)
def test_a_bad_comment_is_left_out(world, exported, field, value):
    line = json.loads(exported[2])
    line["comment"] |= {"id": "0197f000-0000-7000-8000-000000000000", field: value}
    tally = import_lines(
        world.store, world.store.sites.get(SITE), [*exported[:2], json.dumps(line)], dry_run=False
    )
    assert (tally.comments, len(tally.refused)) == (0, 1)
    with pytest.raises(NotFoundError):
        world.store.comments.get(SITE, "0197f000-0000-7000-8000-000000000000")


def test_the_longest_text_comes_back(world):
    text = "x" * 49_999 + "."
    world.post(text)
    lines = list(export_lines(world.store, world.store.sites.get(SITE)))
    world.store.connection.client.flushall()
    world.create()
    tally = import_lines(world.store, world.store.sites.get(SITE), lines, dry_run=False)
    assert (tally.comments, tally.refused) == (1, [])
    assert world.tree()["comments"][0]["text"] == text


def test_what_holds_for_authors_goes_along(world):
    measures = world.store.measures
    at = world.tick()
    world.post("By Eve.", author="eve")
    world.post("By Bob.", author="bob")
    world.post("By Cat.", author="cat")
    for author, fields in {
        "eve": {"kind": "ban", "reason": "Adverts.", "note": "Third time.", "place": "ip"},
        "bob": {"kind": "suspend", "until": 4_000_000_000_000},
        "cat": {"kind": "review"},
        "dan": {"kind": "trust"},
    }.items():
        world.post("Something.", author=author)
        measures.set(SITE, a_measure(author=author, **fields), now=at)
    lines = list(export_lines(world.store, world.store.sites.get(SITE)))
    assert sum('{"measure"' in line for line in lines) == 4
    assert '"ip"' not in "".join(lines)
    # Nobody of this id wrote here, and what is over does not begin again.
    lines += [
        json.dumps({"measure": {"author": "nobody", "kind": "ban"}}),
        json.dumps({"measure": {"author": "dan", "kind": "suspend", "until": 1}}),
        json.dumps({"measure": {"author": "dan", "kind": "praise"}}),
    ]
    world.store.connection.client.flushall()
    world.create()
    world.post("Known here already.", author="cat")
    kept = measures.set(SITE, a_measure(author="cat", kind="trust"), now=at)
    site = world.store.sites.get(SITE)
    dry = import_lines(world.store, site, lines, dry_run=True)
    tally = import_lines(world.store, site, lines, dry_run=False)
    assert (dry.measures, tally.measures) == (3, 3)
    assert [line.split(":")[1] for line in tally.refused] == [
        " there is nothing of its author here",
        " /kind",
    ]
    banned = measures.standing(SITE, "eve", now=at)
    assert (banned.kind, banned.reason, banned.until) == ("ban", "Adverts.", None)
    assert measures.of_author(SITE, "eve")[0].note == "Third time."
    assert measures.standing(SITE, "bob", now=at).until == 4_000_000_000_000
    assert measures.standing(SITE, "cat", now=at).id == kept.id
    assert import_lines(world.store, site, lines, dry_run=False).measures == 0
