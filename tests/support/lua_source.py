"""Reads the Lua scripts as text: which names they use, which commands they send to which key.

No Lua parser is needed for the little Lua that the scripts are: functions of the prelude begin and
end at the margin, and every command is `redis.call('NAME', …)`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from moderation.store.scripts import PARTS, load

_STRING = re.compile(r"'(?:[^'\\\n]|\\.)*'")
_COMMENT = re.compile(r"--.*")
_NAME = re.compile(r"(?<![\w.:])[A-Za-z_]\w*")
_FIELD = re.compile(r"[{,]\s*\w+\s*=(?!=)")
_LOCAL = re.compile(
    r"\blocal (?!function)([\w, ]+)|\bfor ([\w, ]+?) (?:in|=)|function (\w*)\(([^)]*)\)"
)
_TOP_LEVEL = re.compile(
    r"^local function (?P<name>\w+)\((?P<parameters>[^)]*)\)(?:.*\bend$|(?:.|\n)*?\n^end$)"
    r"|^local (?P<values>\w+(?:, \w+)*) =.*",
    re.M,
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or a value that a part of the prelude defines."""

    part: str
    text: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A command that a script may send. `keys` are as written: `K.thread`, `unpack(TRAILING)`."""

    command: str
    keys: tuple[str, ...]


@functools.cache
def text_of(name: str) -> str:
    """A script (`claim`) or a part (`prelude/queue`), without its comments."""
    raw = (files("moderation.store") / "lua" / f"{name}.lua").read_text("utf-8")
    return "\n".join(_without_comment(line) for line in raw.splitlines() if line[:2] != "#!")


@functools.cache
def definitions() -> dict[str, Definition]:
    """All that the parts of the prelude define, by name."""
    found: dict[str, Definition] = {}
    for part in PARTS:
        for match in _TOP_LEVEL.finditer(text_of(f"prelude/{part}")):
            names = [match["name"]] if match["name"] else match["values"].split(", ")
            parameters = tuple(filter(None, (match["parameters"] or "").split(", ")))
            for name in names:
                assert name not in found, f"{name} is defined twice"
                found[name] = Definition(part, match[0], parameters)
    return found


def names_in(text: str) -> set[str]:
    """The names that a text uses and does not define itself: no strings, no fields."""
    plain = _STRING.sub("''", text)
    own = {
        name for groups in _LOCAL.findall(plain) for name in re.split(r"[, ]+", " ".join(groups))
    }
    return set(_NAME.findall(_FIELD.sub(" ", plain))) - own


def parts_used(name: str) -> set[str]:
    """The parts of the prelude whose names a script, or another part, uses itself."""
    used = names_in(text_of(name)) & set(definitions())
    return {definitions()[n].part for n in used} - {name.removeprefix("prelude/")}


def reached(script: str) -> set[str]:
    """The definitions that a script uses, or that those use, and so on."""
    found: set[str] = {"corrupt"}  # the base's own last step
    left = [text_of(script), definitions()["corrupt"].text]
    while left:
        for name in names_in(left.pop()) & set(definitions()) - found:
            found.add(name)
            left.append(definitions()[name].text)
    return found


def calls(script: str) -> list[Call]:
    """Every command that a script may send, by itself or through the prelude.

    A function whose first parameter is `key` sends its commands to what it is called with.
    """
    texts = {name: definitions()[name] for name in reached(script)}
    of_key = {n: _commands(d.text) for n, d in texts.items() if d.parameters[:1] == ("key",)}
    found = []
    for text in [text_of(script), *(d.text for n, d in texts.items() if n not in of_key)]:
        found += _commands(text)
        for name, commands in of_key.items():
            for arguments in _arguments(text, rf"(?<![\w.]){name}\("):
                found += [Call(call.command, (arguments[0],)) for call in commands]
    return found


# Rows of the same type that follow the trailing row which a script declares.
TRAILING_TOO = {"move_thread": ("mine",)}


def rows_of(script: str, call: Call) -> set[str]:
    """The rows of the table of keys that a command works on."""
    loaded = load(script)
    rows = dict(loaded.keys)
    found = set()
    for argument in call.keys:
        if argument.startswith("K."):
            found.add(rows[argument[2:]])
        else:
            known = ("TRAILING[i]", "TRAILING[i + 1]", "unpack(TRAILING)")
            assert argument in known, f"{script}: {call}"
            assert loaded.trailing, f"{script} has no trailing keys"
            found |= {loaded.trailing, *TRAILING_TOO.get(script, ())}
    return found


def keys_used(script: str) -> set[str]:
    """The names of K in a script and in what it reaches of the prelude."""
    texts = [text_of(script), *(definitions()[name].text for name in reached(script))]
    return {name for text in texts for name in re.findall(r"\bK\.(\w+)", text)}


def _without_comment(line: str) -> str:
    masked = _STRING.sub(lambda match: "x" * len(match[0]), line)
    comment = _COMMENT.search(masked)
    return line[: comment.start()].rstrip() if comment else line


def _commands(text: str) -> list[Call]:
    found = []
    for name, *arguments in _arguments(text, r"redis\.call\("):
        command = name.strip("'")
        if command == "XGROUP":
            subcommand, *arguments = arguments
            command = f"XGROUP|{subcommand.strip(chr(39))}"
        keys = arguments if command == "UNLINK" else arguments[:1]
        found.append(Call(command, tuple(keys)))
    return found


def _arguments(text: str, opening: str) -> Iterator[list[str]]:
    """The arguments of each call, split at its own commas."""
    for match in re.finditer(opening, text):
        if text[: match.start()].endswith("function "):
            continue
        depth, start, arguments = 0, match.end(), []
        for at in range(match.end(), len(text)):
            if (text[at] in ")}" and depth == 0) or (text[at] == "," and depth == 0):
                arguments.append(text[start:at].strip())
                start = at + 1
                if text[at] != ",":
                    break
            depth += (text[at] in "({") - (text[at] in ")}")
        yield arguments
