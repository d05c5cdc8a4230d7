"""Loads the Lua scripts and runs them with named keys.

A file `lua/<verb>.lua` begins with its shebang and a line `--! keys: site comment …`. Each word
is a row of `keys.TABLE`, or `alias=row`. What is registered is: shebang, `K` (name → key) and
`TYPES` from those words, `prelude.lua`, the file. A script answers `{"ok", …}`,
`{"error", code, detail, extra}` or `{"replay", status, body}`.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from .. import errors
from ..records import Limit
from .connection import Connection
from .keys import TABLE, key

_FOLDER = files(__package__) / "lua"
_PRELUDE = "prelude"

# Script's error code → (exception, where). Codes not listed are a Conflict.
_ERRORS: Mapping[str, tuple[type[errors.RejoinderError], str | None]] = {
    "site-not-found": (errors.NotFoundError, None),
    "not-found": (errors.NotFoundError, None),
    "unauthorized": (errors.UnauthorizedError, None),
    "own-comment": (errors.ForbiddenError, None),
    "parent-not-found": (errors.InvalidError, "/parent"),
    "parent-elsewhere": (errors.InvalidError, "/parent"),
    "parent-deleted": (errors.InvalidError, "/parent"),
    "not-undoable": (errors.InvalidError, None),
    "idempotency-mismatch": (errors.InvalidError, "Idempotency-Key"),
    "rate-limited": (errors.RateLimitedError, None),
    "storage-corrupt": (errors.UnavailableError, None),
}


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    keys: tuple[tuple[str, str], ...]
    """(name in the script, row of the table) in the order of KEYS."""
    source: bytes
    sha: str
    reads: bool
    """Whether it only reads, so that it may run again after a lost answer."""


@functools.cache
def load(name: str) -> Script:
    """Read a script and put its header and the prelude before it."""
    shebang, declared, body = (_FOLDER / f"{name}.lua").read_text("utf-8").split("\n", 2)
    if not shebang.startswith("#!lua") or not declared.startswith("--! keys:"):
        raise ValueError(f"{name}.lua lacks its two header lines")
    words = [word.partition("=") for word in declared.removeprefix("--! keys:").split()]
    names = tuple((alias, row or alias) for alias, _, row in words)
    fields = ", ".join(f"{alias} = KEYS[{i}]" for i, (alias, _) in enumerate(names, 1))
    types = ", ".join(f"'{TABLE[row].type}'" for _, row in names)
    prelude = (_FOLDER / f"{_PRELUDE}.lua").read_text("utf-8")
    header = f"local K, TYPES = {{{fields}}}, {{{types}}}"
    source = f"{shebang}\n{header}\n{prelude}\n{body}".encode()
    # Redis names a script by its SHA-1; nothing here rests on its strength.
    sha = hashlib.sha1(source, usedforsecurity=False).hexdigest()
    return Script(name, names, source, sha, reads="no-writes" in shebang)


def script_names() -> list[str]:
    """Every verb that has a script."""
    found = (entry.name for entry in _FOLDER.iterdir() if entry.name.endswith(".lua"))
    return sorted(name for file in found if (name := file.removesuffix(".lua")) != _PRELUDE)


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
        """Run a script; answers what follows `ok`, or `[b"replay", status, body]`.

        Texts come as bytes, numbers as int.

        `args` must be JSON; what is None is left out. `blobs` are ARGV[2] and on. `ids` fill the
        key templates; a key whose id is None is there in name only. `more` are keys of hashes
        whose number varies.
        """
        script = load(name)
        names = [_key(alias, row, site, ids) for alias, row in script.keys]
        names += [key("limit", site, limit=f"{limit.name}:{limit.window}") for limit in limits]
        names += more
        values = {k: v for k, v in args.items() if v is not None}
        if limits:
            values["limits"] = [[limit.name, limit.amount, limit.window] for limit in limits]
        payload = dumps(values)

        def call(client: Any) -> Any:
            try:
                return client.evalsha(script.sha, len(names), *names, payload, *blobs)
            except NoScriptError:
                return client.eval(script.source, len(names), *names, payload, *blobs)

        return _unwrap(self.connection.call(call, read=script.reads))


def dumps(value: Any) -> str:
    """Write compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _key(alias: str, row: str, site: str, ids: Mapping[str, str | None]) -> str:
    wanted = TABLE[row].ids
    if alias != row:
        return key(row, site, **{wanted[0]: ids[alias] or "-"})
    return key(row, site, **{name: ids[name] or "-" for name in wanted})


def _unwrap(reply: list[Any]) -> list[Any]:
    if reply[0] == b"ok":
        return reply[1:]
    if reply[0] == b"replay":
        return reply
    code, detail = reply[1].decode(), reply[2].decode()
    extra = json.loads(reply[3])
    kind, where = _ERRORS.get(code, (errors.ConflictError, None))
    headers = {}
    if "retry_after" in extra:
        headers["Retry-After"] = str(extra["retry_after"])
    raise kind(detail, code=code, where=where, headers=headers, extra=extra or None)
