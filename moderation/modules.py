"""ES modules joined into one script, in the order of their imports and without their comments.

Who installs the package needs no Node: so modules are put together here, by as much of JavaScript's
grammar as that takes. `join` makes one small classic script: the modules share one scope, and
private names (`#name`) are short. `bundle` makes one module, in which each keeps a scope and its
names. What neither can express is refused with file and line: a circle of imports, what nobody
exports, `import * as`, `export default` and the like; by `join` also a name that two modules use at
their top level.
"""

from __future__ import annotations

import os
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*(?s:.*?)\*/)+")
_STRING = re.compile(r""""(?:[^"\\\n]|\\(?s:.))*"|'(?:[^'\\\n]|\\(?s:.))*'""")
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\(?s:.)|\$(?!\{))*(?P<end>`|\$\{)")
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*")
_WORD = re.compile(r"#?[\w$]+")
_SIGN = re.compile(r"\+\+|--|=>|.", re.DOTALL)

# A slash after one of these begins a regular expression; after any other word it divides.
_BEFORE_REGEX = frozenset(
    (
        "await",
        "case",
        "delete",
        "do",
        "else",
        "in",
        "instanceof",
        "new",
        "of",
        "return",
        "throw",
        "typeof",
        "void",
        "yield",
    )
)
# After the brackets of one of these a statement begins, and with a slash a regular expression.
_HEADS = frozenset(("if", "while", "for", "with"))
# A semicolon after one of these is an empty statement, which must stay.
_BEFORE_EMPTY = frozenset(("else", "do", ":"))
_CLOSING = {"(": ")", "[": "]", "{": "}", "${": "}"}

# Statements, their pieces parted by one space each.
_IMPORT = re.compile(
    r'import (?:\{ (?P<names>[\w$]+ (?:, [\w$]+ )*(?:, )?)\} from )?"(?P<source>\.[^" ]*)" ;'
)
_DECLARATION = re.compile(r"(?:async )?(?:const|let|class|function) (?:\* )?(?P<name>[\w$]+) ")
_META = "import . meta "
# What is loaded later, from an address that is known by then; a file would not be there.
_LATER = "import ( `"
_DECLARING = frozenset(("const", "let", "var", "class", "function", "async"))


class ModuleError(ValueError):
    """Modules that cannot be joined; the message has the file and the line."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of source: `kind` is space, string, template, regex, word or sign.

    `depth` counts the brackets around it; comments are space.
    """

    kind: str
    text: str
    line: int
    depth: int


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement: these names of the module at `source`, relative to the importer."""

    source: str
    names: tuple[str, ...]
    line: int


@dataclass(slots=True)
class Module:
    """A module taken apart; `declared` has its top-level names with their lines."""

    imports: list[Import] = field(default_factory=list)
    exported: set[str] = field(default_factory=set)
    declared: dict[str, int] = field(default_factory=dict)
    code: str = ""


def join(entry: Path, generated: Mapping[Path, str] | None = None) -> str:
    """Give the code of `entry` and of all that it imports, each after what it imports itself.

    `generated` has the source of modules that are no files. Raises `ModuleError` where the modules
    cannot share one scope.
    """
    owners: dict[str, Path] = {}
    modules = _ordered(entry, dict(generated or {}), {})
    for path, module in modules.items():
        for name, line in module.declared.items():
            owner = owners.setdefault(name, path)
            if owner != path:
                raise ModuleError(f"{path.name}:{line}: {owner.name} has the name {name} too")
    return "\n".join(module.code for module in modules.values())


def bundle(entry: Path) -> str:
    """Give one module that does what `entry` does with all that it imports.

    Each module but `entry` becomes a function that is called once and gives what it exports.
    `import.meta` is the bundle's. Raises `ModuleError` where that is not the same.
    """
    modules = _ordered(entry, {}, None)
    places = {path: f"$module{number}" for number, path in enumerate(modules)}
    parts: list[str] = []
    for path, module in modules.items():
        taken = "".join(
            f"const {{{', '.join(wanted.names)}}} = {places[_target(path, wanted)]};\n"
            for wanted in module.imports
            if wanted.names
        )
        if path == entry:
            parts.append(f"{taken}{module.code}\n")
            continue
        given = ", ".join(sorted(module.exported))
        parts.append(
            f"const {places[path]} = (() => {{\n{taken}{module.code}\nreturn {{{given}}};\n}})();\n"
        )
    return "".join(parts)


def _target(importer: Path, wanted: Import) -> Path:
    return Path(os.path.normpath(importer.parent / wanted.source))


def _ordered(
    entry: Path, sources: Mapping[Path, str], shared: dict[str, str] | None
) -> dict[Path, Module]:
    """Read `entry` and all that it imports, each after what it imports itself."""
    modules: dict[Path, Module] = {}

    def add(path: Path, importers: tuple[Path, ...]) -> None:
        if path in importers:
            circle = (*importers[importers.index(path) :], path)
            names = " -> ".join(each.name for each in circle)
            raise ModuleError(f"modules import each other in a circle: {names}")
        if path in modules:
            return
        module = read(sources.get(path) or path.read_text("utf-8"), path.name, shared)
        for wanted in module.imports:
            where = f"{path.name}:{wanted.line}"
            target = _target(path, wanted)
            if target not in sources and not target.is_file():
                raise ModuleError(f'{where}: there is no module "{wanted.source}"')
            add(target, (*importers, path))
            for missing in sorted(set(wanted.names) - modules[target].exported):
                raise ModuleError(f'{where}: "{wanted.source}" does not export {missing}')
        modules[path] = module

    add(entry, ())
    return modules


def read(source: str, name: str, shared: dict[str, str] | None) -> Module:
    """Take a module apart. Raises `ModuleError` where it cannot be joined with others.

    `shared` has the short forms of the names that modules share so far, and takes in more; None
    where modules keep scopes and names of their own.
    """
    module = Module()
    pieces = list(scan(source, name))
    solid = [index for index, piece in enumerate(pieces) if piece.kind != "space"]
    dropped: set[int] = set()

    def statement(place: int) -> str:
        """The pieces from `place` to the first semicolon."""
        texts: list[str] = []
        for index in solid[place:]:
            texts.append(pieces[index].text)
            if texts[-1] == ";":
                break
        return " ".join(texts)

    before = ";"
    for place, index in enumerate(solid):
        piece = pieces[index]
        begins = before in (";", "}") and piece.depth == 0
        before = piece.text
        if piece.kind != "word" or index in dropped:
            continue
        if piece.text == "import" and shared is None and statement(place).startswith(_META):
            continue
        if piece.text == "import" and statement(place).startswith(_LATER):
            continue
        if piece.text == "import":
            match = _IMPORT.match(statement(place)) if begins else None
            if match is None:
                raise ModuleError(f"{name}:{piece.line}: only import {{ names }} from a file")
            names = tuple((match["names"] or "").replace(",", " ").split())
            module.imports.append(Import(match["source"], names, piece.line))
            last = solid[place + match[0].count(" ")]
            dropped.update(range(index, last + 1))
        elif begins and piece.text in {"export", *_DECLARING}:
            exported = piece.text == "export"
            match = _DECLARATION.match(statement(place + exported))
            if match is None:
                raise ModuleError(f"{name}:{piece.line}: only plain const, let, class and function")
            if exported:
                if shared is None and match[0].startswith("let "):
                    raise ModuleError(f"{name}:{piece.line}: what is exported must not change")
                module.exported.add(match["name"])
                dropped.update(range(index, solid[place + 1]))
            module.declared.setdefault(match["name"], piece.line)
    kept = [piece for index, piece in enumerate(pieces) if index not in dropped]
    if shared is None:
        module.code = _served(kept)
        return module
    top = {*module.declared, *(each for wanted in module.imports for each in wanted.names)}
    module.code = _served(_terse(list(_shorten(kept, top, shared))))
    return module


def strip(source: str, name: str = "script") -> str:
    """Give a script without its comments and without the space that only people need."""
    return _served(scan(source, name))


def _shorten(pieces: Iterable[Piece], names: set[str], shared: dict[str, str]) -> Iterator[Piece]:
    """Write names shortly: private ones, which are a class's own, and those of modules.

    Of a module's own `names` only those with a capital: what is written small is often the name of
    a property too, which no other piece tells apart.
    """
    private: dict[str, str] = {}
    # The two solid pieces before: after one point stands a property, after three any value.
    before = ("", "")
    for piece in pieces:
        text = piece.text
        if piece.kind == "word" and text.startswith("#"):
            text = private.setdefault(text, f"#{_short(len(private))}")
        elif (
            piece.kind == "word"
            and text in names
            and text != text.lower()
            and (before[1] != "." or before[0] == ".")
        ):
            text = shared.setdefault(text, f"${_short(len(shared))}")
        if piece.kind != "space":
            before = (before[1], text)
        yield piece if text == piece.text else replace(piece, text=text)


# What says the same in fewer bytes, where it is no property.
_DECLARATIONS = ("const", "let")
_TERSE = {"const": "let", "true": "!0", "false": "!1"}


def _terse(pieces: list[Piece]) -> Iterator[Piece]:
    """Write shortly what has a shorter form that does the same.

    Nothing is assigned to a `const`, so it may be a `let`; a single parameter needs no brackets.
    Declarations that follow each other are one. Where every statement ends in a semicolon, none
    ends with the line after a bracket: what lacked it would not parse.
    """
    solid = [index for index, piece in enumerate(pieces) if piece.kind != "space"]
    texts = ["", *(pieces[index].text for index in solid), "", "", ""]
    dropped: set[int] = set()
    shorter: dict[int, str] = {}
    # How deep in brackets the statement is a declaration.
    declaring: set[int] = set()
    for place, index in enumerate(solid, 1):
        piece, before, after = pieces[index], texts[place - 1], texts[place + 1]
        if piece.kind == "word" and before != "." and after != ":" and piece.text in _TERSE:
            shorter[index] = _TERSE[piece.text]
        single = _WORD.fullmatch(after) and texts[place + 2 : place + 4] == [")", "=>"]
        if piece.text == "(" and single and not _WORD.fullmatch(before):
            dropped |= {index, solid[place + 1]}
        if piece.text in _DECLARATIONS and before in ("", ";", "{", "}"):
            declaring.add(piece.depth)
        elif piece.text == ";" and piece.depth in declaring:
            if after in _DECLARATIONS:
                shorter[index] = ","
                dropped.add(solid[place])
            else:
                declaring.discard(piece.depth)
        elif piece.text == "{":
            declaring.discard(piece.depth + 1)
    bracket = False
    for index, piece in enumerate(pieces):
        if not (index in dropped or (bracket and piece.kind == "space")):
            bracket = piece.kind == "sign" and piece.text == "}"
            yield replace(piece, text=shorter[index]) if index in shorter else piece


def _short(number: int) -> str:
    letters = string.ascii_letters
    turn, letter = divmod(number, len(letters))
    return f"{letters[letter]}{turn or ''}"


def _served(pieces: Iterable[Piece]) -> str:
    """What is left of these pieces; the end of a line stays where it may end a statement."""
    code: list[str] = []
    space = ""
    brackets = _Brackets()
    for piece in pieces:
        if piece.kind == "space":
            space = "\n" if "\n" in piece.text + space else " "
            continue
        if piece.text[0] in ")]}" and code[-1:] == [","] and code[-2] not in "[,":
            # A list's last comma; not a hole's, as in `[,]`.
            code.pop()
        elif piece.text == "}" and code[-1:] == [";"] and not brackets.is_empty_statement(code[-2]):
            # The last statement of a block needs none.
            code.pop()
        if code and _parts(code[-1], space, piece.text) and not (space == "\n" and brackets.ended):
            code.append(space)
        brackets.follow(piece, code[-1] if code else ";")
        code.append(piece.text)
        space = ""
    return "".join(code)


class _Brackets:
    """What the brackets of a script are of, as far as it says where a statement ends.

    `ended` says that the last piece is the end of a block or a method, which ends a statement
    whatever comes after it.
    """

    def __init__(self) -> None:
        self.ended = False
        self._open: list[str] = []
        self._closed = ""
        self._class = False

    def follow(self, piece: Piece, before: str) -> None:
        """Take the next piece in, and the one before it."""
        text = piece.text
        self.ended = False
        if piece.kind == "word":
            self._class = (text == "class" and before != ".") or (self._class and before != ":")
        elif text == "(":
            self._open.append(self._round(before))
        elif text == "{":
            self._open.append("class" if self._class else self._curly(before))
        elif text == "[":
            self._open.append("")
        elif text in _CLOSING.values() and piece.kind == "sign":
            self._closed = self._open.pop() if self._open else ""
            self.ended = text == "}" and self._closed == "block"
        if piece.kind != "word":
            self._class = False

    def is_empty_statement(self, before: str) -> bool:
        """Whether a semicolon after this piece is a statement of its own, which must stay."""
        return self._closed == "head" if before == ")" else before in _BEFORE_EMPTY

    def _round(self, before: str) -> str:
        if before in _HEADS or before in ("switch", "catch"):
            return "head"
        in_class = self._open[-1:] == ["class"]
        return "method" if in_class and _WORD.match(before.removeprefix("#")) else ""

    def _curly(self, before: str) -> str:
        after_brackets = before == ")" and self._closed in ("head", "method")
        return "block" if after_brackets or before in ("else", "try", "finally", "do") else ""


def _parts(before: str, space: str, after: str) -> bool:
    """Whether what is between two pieces must stay, so that they stay two."""
    if space == "\n":
        # It may end a statement, but never before or after these.
        return before[-1] not in "([{,;=&|?:>" and after[0] not in ")]},;.?:&|"
    if space == " ":
        # Two names would be one, and so would two signs of this kind; a number takes a point.
        if _WORD.match(before[-1]):
            return bool(_WORD.match(after[0])) or after == "."
        return before[-1] in "+-/" and after[0] in "+-/"
    return False


def scan(source: str, name: str) -> Iterator[Piece]:
    """Cut a script into its pieces. Raises `ModuleError` where it cannot tell what one is."""
    position = 0
    line = 1
    # The open brackets, each with the piece before it.
    brackets: list[tuple[str, str]] = []
    before = Piece("sign", ";", 0, 0)
    # Whether the piece before closed the brackets of an `if` or the like.
    after_head = False
    while position < len(source):
        resumes = source[position] == "}" and bool(brackets) and brackets[-1][0] == "${"
        if resumes or source[position] == "`":
            kind, match = "template", _TEMPLATE.match(source, position + 1)
        else:
            kind, match = _match(source, position, after_head or _expects_value(before))
        if match is None:
            raise ModuleError(f"{name}:{line}: cannot be read: {source[position:][:20]!r}")
        text = source[position : match.end()]
        piece = Piece(kind, text, line, len(brackets) - resumes)
        yield piece
        position = match.end()
        line += text.count("\n")
        if kind == "space":
            continue
        after_head = False
        if kind == "template":
            if resumes:
                brackets.pop()
            if match["end"] == "${":
                brackets.append(("${", ""))
        elif kind == "sign" and text in _CLOSING:
            brackets.append((text, before.text))
        elif kind == "sign" and text in _CLOSING.values():
            opening, head = brackets.pop() if brackets else ("", "")
            if _CLOSING.get(opening) != text:
                raise ModuleError(f"{name}:{piece.line}: {text} closes nothing")
            after_head = text == ")" and head in _HEADS
        before = piece
    if brackets:
        raise ModuleError(f"{name}: {brackets[-1][0]} is never closed")


def _match(source: str, position: int, value: bool) -> tuple[str, re.Match[str] | None]:
    """The kind and extent of what begins here; `value`: whether a slash begins a regex."""
    if match := _SPACE.match(source, position):
        return "space", match
    character = source[position]
    if character in "\"'":
        return "string", _STRING.match(source, position)
    if character == "/" and value:
        return "regex", _REGEX.match(source, position)
    if match := _WORD.match(source, position):
        return "word", match
    return "sign", _SIGN.match(source, position)


def _expects_value(before: Piece) -> bool:
    """Whether a value comes after this piece, rather than an operator."""
    if before.kind == "word":
        return before.text in _BEFORE_REGEX
    if before.kind == "sign":
        return before.text not in (")", "]", "}", "++", "--")
    return before.kind == "template" and before.text.endswith("${")
