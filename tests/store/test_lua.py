"""What the scripts say of themselves is so, and the table of keys says what they do."""

from __future__ import annotations

import re
from collections import defaultdict
from importlib.resources import files
from typing import Any

import pytest

from moderation import errors
from moderation.store import Store
from moderation.store.connection import Connection
from moderation.store.keys import TABLE
from moderation.store.scripts import PARTS, error_classes, load, part_uses, script_names
from tests.support.lua_source import (
    calls,
    definitions,
    keys_used,
    names_in,
    parts_used,
    reached,
    rows_of,
    text_of,
)
from tests.support.store_verbs import VERBS, set_up
from tests.support.store_world import World

SOURCES = [*script_names(), *(f"prelude/{part}" for part in PARTS)]
# Lua 5.1's own names, and those that Redis and the loader's header give.
GIVEN = set(
    re.findall(
        r"\w+",
        """
        and break do else elseif end false for function if in ipairs local nil not or pairs repeat
        return select then tonumber tostring true type unpack until while
        cjson math redis string table ARGV KEYS K TRAILING TYPES
        """,
    )
)
FAMILY = {"string": "@string", "hash": "@hash", "zset": "@sortedset", "stream": "@stream"}
FORBIDDEN = {"EVAL", "FLUSHALL", "KEYS", "SCAN", "SELECT"}


@pytest.fixture(scope="module")
def commands(session_connection: Connection) -> dict[str, set[str]]:
    """What the server says of each command that a script may send: flags and categories."""
    names = sorted({call.command for name in script_names() for call in calls(name)})
    told = session_connection.call(lambda client: client.execute_command("COMMAND", "INFO", *names))
    return {
        name: {*reply["flags"], *map(bytes.decode, reply["acl_categories"])}
        for name, reply in ((name, told[name.lower()]) for name in names)
    }


@pytest.mark.parametrize("name", script_names())
def test_a_script_names_the_parts_that_it_uses(name: str) -> None:
    raw = (files("moderation.store") / "lua" / f"{name}.lua").read_text("utf-8")
    declared = raw.splitlines()[2].removeprefix("--! uses: ").split()
    assert declared == [part for part in PARTS if part in parts_used(name)]
    assert load(name).uses == {definitions()[n].part for n in reached(name)}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_names_the_parts_that_it_uses(part: str) -> None:
    assert set(part_uses(part)) == parts_used(f"prelude/{part}")
    later = PARTS[PARTS.index(part) :]
    assert not set(part_uses(part)) & set(later), "a part stands after those that it uses"


@pytest.mark.parametrize("name", SOURCES)
def test_every_name_is_defined_somewhere(name: str) -> None:
    assert names_in(text_of(name)) <= GIVEN | set(definitions())


def test_nothing_in_the_prelude_is_idle() -> None:
    used = set().union(*(reached(name) for name in script_names()))
    assert set(definitions()) == used


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(ValueError, match="no part 'cases'"):
        part_uses("cases")


@pytest.mark.parametrize("name", script_names())
def test_a_script_declares_the_keys_that_it_uses(name: str) -> None:
    script = load(name)
    assert {row for _, row in script.keys} <= set(TABLE)
    assert {alias for alias, _ in script.keys} == keys_used(name)
    trailing = any("TRAILING" in key for call in calls(name) for key in call.keys)
    assert trailing == (script.trailing is not None)
    assert ("limits" in script.uses) == (script.trailing == "limit")
    assert not {call.command for call in calls(name)} & FORBIDDEN


def test_a_command_fits_the_type_of_its_key(commands: dict[str, set[str]]) -> None:
    checked = 0
    for name in script_names():
        for call in calls(name):
            if call.keys == ("key",) or "@keyspace" in commands[call.command]:
                continue
            if call.keys == ("list",):  # one of two, both lex
                continue
            for row in rows_of(name, call):
                assert FAMILY[TABLE[row].type] in commands[call.command], f"{name}: {call}"
                checked += 1
    assert checked > 300


def test_the_table_says_which_scripts_write_a_key(commands: dict[str, set[str]]) -> None:
    found = defaultdict(set)
    for name in script_names():
        for call in calls(name):
            if "write" in commands[call.command]:
                for row in rows_of(name, call):
                    found[row].add(name)
    stated = {row: set(known.written_by.split()) for row, known in TABLE.items()}
    assert found == stated


def test_the_table_says_which_keys_expire(commands: dict[str, set[str]]) -> None:
    found = {
        row
        for name in script_names()
        for call in calls(name)
        if call.command in ("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT")
        for row in rows_of(name, call)
    }
    assert found == {row for row, known in TABLE.items() if known.ttl is not None}


def test_keys_live_as_long_as_the_table_says(connection: Connection) -> None:
    stage = set_up(World(Store(connection)))
    for name in (
        *("submit", "edit", "vote", "report", "create_batch", "add_usage", "count_nudge"),
        *("page", "cache"),
    ):
        VERBS[name](stage)
    patterns = {
        row: re.compile(r"\{blog\}:" + re.sub(r"\{\w+\}", "[^:]+(?::[0-9]+)?", known.template))
        for row, known in TABLE.items()
    }
    client: Any = connection.client
    seen = set()
    for name in client.keys("{blog}:*"):
        (row,) = (row for row, pattern in patterns.items() if pattern.fullmatch(name.decode()))
        left, ttl = client.pttl(name), TABLE[row].ttl
        seen.add(row)
        if ttl is None:
            assert left == -1, name
        elif isinstance(ttl, int):
            assert ttl - 60_000 < left <= ttl, name
        else:
            assert left > 0 or "until it is confirmed" in str(ttl), name
    assert {row for row, known in TABLE.items() if known.ttl is not None} <= seen


@pytest.mark.parametrize("name", SOURCES)
def test_every_refusal_is_a_class_with_words(name: str) -> None:
    text = text_of(name)
    if name == "prelude/base":
        text = text.replace("local function fail(name, detail, extra)", "")
    refusals = re.findall(r"\bfail\('([a-z-]+)'(, *\n? *(?!nil))?", text)
    assert len(refusals) == text.count("fail("), "a name that is not written out"
    general = {errors.RejoinderError, errors.ConflictError, errors.ForbiddenError}
    general |= {errors.InvalidError, errors.NotFoundError, errors.UnavailableError}
    for refusal, detail in refusals:
        kind = error_classes()[refusal]
        assert kind not in general, refusal
        assert detail or kind.detail, f"{refusal} has no sentence"
