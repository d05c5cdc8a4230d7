"""Loads the Lua scripts and runs them with named keys.

A file `lua/<verb>.lua` begins with three lines: its shebang; `--! keys: site comment … limit*`,
where each word is a row of `keys.TABLE` or `alias=row`, and a last one with `*` stands for any
number of keys; `--! uses: base queue …`, the parts of the prelude that it stands on. A part,
`lua/prelude/<part>.lua`, says in its first line which parts it uses itself. What is registered is:
shebang; `K` (name → key), `TYPES` and `TRAILING` from the keys; the parts; the file.

A script answers `{"ok", …}`, `{"replay", status, body}`, `{"retry"}` (what it was given is out of
date: read again, then run it again) or `{"error", name, detail, extra}`, where the name is that of
a class in `errors.py`: `thread-closed` is `ThreadClosedError`.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from ..errors import RejoinderError
from ..json_text import write_json
from ..records import Limit
from .connection import Connection
from .keys import TABLE, key, tag_of
from .round_trip import answers

_FOLDER = files(__package__) / "lua"

PARTS = (
    "base",
    "idempotency",
    "limits",
    "crowd",
    "accounts",
    "measures",
    "streams",
    "queue",
    "thread",
    "authors",
    "webhooks",
    "latest",
    "agreement",
    "groups",
    "likeness",
    "proofs",
    "mail",
)
"""The parts of the prelude, in the order in which they are put before a script."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it is registered."""

    name: str
    keys: tuple[tuple[str, str], ...]
    """(name in the script, row of the table) in the order of KEYS."""
    forms: tuple[tuple[str, tuple[str, ...]], ...]
    """For each key what follows the site's tag, with a `%s` for each of these ids."""
    trailing: str | None
    """The row of the keys that follow, if any may."""
    uses: frozenset[str]
    """The parts of the prelude, those included that other parts use."""
    source: bytes
    sha: str
    reads: bool
    """Whether it only reads, so that it may run again after a lost answer."""
    on_full: bool
    """Whether a server that is full runs it too, so that it can be emptied."""


@functools.cache
def load(name: str) -> Script:
    """Read a script and put its header and its parts of the prelude before it.

    Raises `ValueError` if a header line is missing or names a part that there is none of.
    """
    shebang, declared, used, body = (_FOLDER / f"{name}.lua").read_text("utf-8").split("\n", 3)
    if not shebang.startswith("#!lua"):
        raise ValueError(f"{name}.lua does not begin with #!lua")
    words = _header(name, "keys", declared)
    trailing = words.pop()[:-1] if words[-1].endswith("*") else None
    names = tuple((alias, row or alias) for alias, _, row in (w.partition("=") for w in words))
    uses = frozenset(_closed(_header(name, "uses", used)))
    fields = ", ".join(f"{alias} = KEYS[{i}]" for i, (alias, _) in enumerate(names, 1))
    types = [f"'{TABLE[row].type}'" for _, row in names]
    if trailing:
        types.append(f"trailing = '{TABLE[trailing].type}'")
    # A loop, since `unpack` gives up at some eight thousand.
    rest = f"for i = {len(names) + 1}, #KEYS do TRAILING[#TRAILING + 1] = KEYS[i] end"
    header = f"local K, TYPES, TRAILING = {{{fields}}}, {{{', '.join(types)}}}, {{}} {rest}"
    parts = [part_text(part) for part in PARTS if part in uses]
    source = "\n".join([shebang, header, *parts, body]).encode()
    # Redis names a script by its SHA-1; nothing here rests on its strength.
    sha = hashlib.sha1(source, usedforsecurity=False).hexdigest()
    return Script(
        name,
        names,
        tuple(_form(alias, row) for alias, row in names),
        trailing,
        uses,
        source,
        sha,
        reads="no-writes" in shebang,
        on_full="allow-oom" in shebang,
    )


@functools.cache
def part_text(part: str) -> str:
    """Read a part of the prelude; raises `ValueError` for a name that is none."""
    if part not in PARTS:
        raise ValueError(f"there is no part {part!r} of the prelude")
    return (_FOLDER / "prelude" / f"{part}.lua").read_text("utf-8")


def part_uses(part: str) -> list[str]:
    """Give the parts that a part says it uses; the base uses none."""
    first = part_text(part).partition("\n")[0]
    return _header(part, "uses", first) if part != "base" else []


def script_names() -> list[str]:
    """Every verb that has a script."""
    found = (entry.name for entry in _FOLDER.iterdir() if entry.name.endswith(".lua"))
    return sorted(file.removesuffix(".lua") for file in found)


class Scripts:
    """The scripts, read once per process; EVALSHA with EVAL where a server lacks one."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def run(
        self,
        name: str,
        args: Mapping[str, Any],
        *,
        blobs: Sequence[bytes] = (),
        limits: Sequence[Limit] = (),
        more: Sequence[str] = (),
        site: str,
        **ids: str | None,
    ) -> list[Any]:
        """Run a script; answers what follows `ok`, or `RETRY`, or `[b"replay", status, body]`.

        Texts come as bytes, numbers as int.

        `args` must be JSON; what is None is left out. `blobs` are ARGV[2] and on. `ids` fill the
        key templates; a key whose id is None is there in name only. `limits`, or `more`, are the
        keys whose number varies. Raises the error that the script names.
        """
        script = load(name)
        names = _names(script, site, ids)
        names += [key("limit", site, limit=f"{limit.name}:{limit.window}") for limit in limits]
        names += more
        values = {k: v for k, v in args.items() if v is not None}
        if limits:
            values["limits"] = [[limit.name, limit.amount, limit.window] for limit in limits]
        payload = write_json(values)

        def call(client: Any) -> Any:
            rest = (len(names), *names, payload, *blobs)
            try:
                (reply,) = answers(client, [("EVALSHA", script.sha, *rest)])
            except NoScriptError:
                (reply,) = answers(client, [("EVAL", script.source, *rest)])
            return reply

        call.__qualname__ = name  # what a trace calls it
        return _unwrap(self.connection.call(call, read=script.reads))

    def read_many(
        self, name: str, calls: Sequence[tuple[Mapping[str, Any], Mapping[str, str]]], *, site: str
    ) -> list[list[Any]]:
        """Run a script that only reads for each (args, ids), all in one round trip; as `run`."""
        script = load(name)
        if not script.reads:
            raise ValueError(f"{name} writes")
        each = []
        for args, ids in calls:
            names = _names(script, site, ids)
            each.append((len(names), *names, write_json(args)))

        def call(client: Any) -> list[Any]:
            try:
                return answers(client, [("EVALSHA", script.sha, *rest) for rest in each])
            except NoScriptError:
                return answers(client, [("EVAL", script.source, *rest) for rest in each])

        return [_unwrap(reply) for reply in self.connection.call(call, read=True)] if each else []


RETRY = [b"retry"]
"""What a script answers that was given what is out of date by now; it changed nothing."""


def error_classes() -> dict[str, type[RejoinderError]]:
    """Give all errors by the names that scripts call them: `thread-closed`, `rate-limited` …"""

    def below(kind: type[RejoinderError]) -> Iterator[type[RejoinderError]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return {_kebab(kind.__name__.removesuffix("Error")): kind for kind in below(RejoinderError)}


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _header(name: str, what: str, line: str) -> list[str]:
    start = f"--! {what}: "
    if not line.startswith(start):
        raise ValueError(f"{name}.lua lacks its line {start!r}")
    return line.removeprefix(start).split()


def _closed(parts: Sequence[str]) -> Iterator[str]:
    for part in parts:
        yield part
        yield from _closed(part_uses(part))


def _form(alias: str, row: str) -> tuple[str, tuple[str, ...]]:
    ids = TABLE[row].ids
    form = TABLE[row].template.format(**dict.fromkeys(ids, "%s"))
    return form, (alias,) if alias != row else tuple(ids)


def _names(script: Script, site: str, ids: Mapping[str, str | None]) -> list[str]:
    tag = tag_of(site)
    return [
        tag + (form % tuple([ids[each] or "-" for each in wanted]) if wanted else form)
        for form, wanted in script.forms
    ]


def _unwrap(reply: list[Any]) -> list[Any]:
    if reply[0] == b"ok":
        return reply[1:]
    if reply[0] in (b"replay", b"retry"):
        return reply
    name, detail = reply[1].decode(), reply[2].decode()
    extra = json.loads(reply[3])
    headers = {}
    if "retry_after" in extra:
        headers["Retry-After"] = str(extra["retry_after"])
    raise _ERRORS[name](detail, headers=headers, extra=extra or None)


_ERRORS = error_classes()
