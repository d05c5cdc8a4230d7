"""An author's text: what is let in, and how it becomes HTML that is safe to show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import nh3

from . import markdown
from .errors import (
    ControlCharactersError,
    EmptyTextError,
    SurrogatesError,
    TooLongError,
)
from .visible import is_blank, read_forwards, shown, unturned

# Everything that no keyboard types: C0 but tab and line ends, DEL, C1, and the non-characters
# that JSON and Redis carry but no font shows.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"(?:[^\S\n]*\n)+")
# What Markdown takes for code.
_CODE_INDENT = re.compile(r" {4}| {0,3}\t")

# Open brackets cost markdown-it up to 37 µs each (nested link look-ahead). No honest comment
# has a hundred; above that, brackets are shown as they are.
_MAX_BRACKETS = 100
# Looking for an address at each "://" costs what the text before and after it is long. Above
# this many, addresses are only found by the pass over the whole text, which finds the plain ones.
# The number is that of the brackets, by choice.
_MAX_SCHEMES = 100

_TAGS = {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
_ATTRIBUTES: dict[str, set[str]] = {"a": {"href"}, "ol": {"start"}, "li": {"value"}}
# nh3 lets these through on every tag unless told otherwise.
_ON_EVERY_TAG = ("title", "lang")
_TAG = re.compile("<[^>]*>")
_ANCHOR = re.compile("<a [^>]*>.*?</a>", re.DOTALL)
# Lines that Markdown, links and HTML have nothing in: each begins with a letter, and a full stop, a
# colon or a slash ends a word.
_LETTER = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_NOTHING_MARKED_UP = re.compile(
    rf"(?:[{_LETTER}](?:[{_LETTER}0-9 ,;?!%'\"()\u2019\u201c\u201d\u2026\u2013\u2014-]"
    r"|[.:](?=[ \n]|\Z)|/(?=[A-Za-z]))*(?<! )(?:\n(?=.)|\Z))+"
)
_LINK_WITHOUT_LABEL = re.compile(r"!?\[\]\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Rendered:
    """Safe HTML, what of it is seen, how many links it has (marked up or bare), if it is empty."""

    html: str
    seen: str
    links: int
    blank: bool


def clean(text: str, *, limit: int, where: str, empty: bool = False, indented: bool = False) -> str:
    """Check a text from outside and give it with `\\n` line ends and no outer white space.

    `indented` keeps an indent that makes code of the first line. `limit` counts Unicode code
    points. Raises `InvalidError`: `surrogates`, `control-characters`, `too-long`, and, unless
    `empty` is allowed, `empty`.
    """
    if _SURROGATE.search(text):
        raise SurrogatesError(where=where)
    if _CONTROL.search(text):
        raise ControlCharactersError(where=where)
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    above = _BLANK_LINES.match(text)
    text = text[above.end() :] if above else text
    if not (indented and _CODE_INDENT.match(text)):
        text = text.lstrip()
    if len(text) > limit:
        raise TooLongError(
            f"The text is too long ({len(text)} of {limit} characters).",
            where=where,
        )
    if not empty and is_blank(text):
        raise EmptyTextError(where=where)
    return text


def line(text: str) -> str:
    """Give a name or a title as one line that reads in the order in which it was written.

    White space becomes single spaces; what shows nothing is empty.
    """
    text = " ".join(unturned(text).split())
    return "" if is_blank(text) else text


def note(text: str) -> str:
    """Give a short text to people so that it reads in the order in which it was written.

    Its lines stay; what shows nothing is empty.
    """
    text = unturned(text)
    return "" if is_blank(text) else text


def compose(text: str, *, limit: int, where: str) -> tuple[str, Rendered]:
    """Check a comment and render it; one whose HTML shows nothing is `empty` too."""
    text = clean(text, limit=limit, where=where, indented=True)
    rendered = render(text)
    if rendered.blank:
        raise EmptyTextError(where=where)
    return text, rendered


def render(text: str) -> Rendered:
    """Turn a comment's Markdown into HTML; no raw HTML, images, headings or tables."""
    if _NOTHING_MARKED_UP.fullmatch(text):
        # Most comments; what the parser and the cleaner would make of it, at a tenth of the cost.
        return Rendered(html=html_of_plain(text), seen=text, links=0, blank=False)
    return parsed(text)


def html_of_plain(text: str) -> str:
    """Give the HTML of a text without markup."""
    return "<p>" + text.replace("\n", "<br>\n") + "</p>"


def parsed(text: str) -> Rendered:
    """Turn a comment into HTML by the parser, whatever is in it."""
    plain = text.count("[") > _MAX_BRACKETS or text.count("://") > _MAX_SCHEMES
    html = nh3.clean(
        (_PLAIN if plain else _MARKDOWN).render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_without_generic,
        url_schemes=set(markdown.SCHEMES),
        link_rel="nofollow ugc noopener",
    ).strip()
    return read(_ANCHOR.sub(lambda anchor: unturned(anchor[0]), read_forwards(html)))


def read(html: str) -> Rendered:
    """Say what is seen of a text that `render` has made before."""
    seen = unescape(_TAG.sub("", html))
    return Rendered(
        html=html,
        seen=seen,
        links=html.count("<a href="),
        blank=not _LINK_WITHOUT_LABEL.sub("", shown(seen)),
    )


def excerpt(html: str, *, most: int) -> str:
    """Give how a rendered text begins, as one line without markup."""
    found = line(unescape(_TAG.sub(" ", html)))
    if len(found) <= most:
        return found
    return f"{found[:most].rpartition(' ')[0] or found[:most]} …"


def _without_generic(tag: str, name: str, value: str) -> str | None:
    return None if name in _ON_EVERY_TAG else value


_MARKDOWN = markdown.parser(links=True)
_PLAIN = markdown.parser(links=False)
