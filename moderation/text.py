"""An author's text: what is let in, and how it becomes HTML that is safe to show."""

from __future__ import annotations

import re
from dataclasses import dataclass

import nh3
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, link

from .errors import (
    ControlCharactersError,
    EmptyTextError,
    SurrogatesError,
    TooLongError,
)

# Everything that no keyboard types: C0 but tab and line ends, DEL, C1, and the non-characters
# that JSON and Redis carry but no font shows.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_INVISIBLE = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]+"
)

# Open brackets cost markdown-it up to 37 µs each (nested link look-ahead). No honest comment
# has a hundred; above that, brackets are shown as they are.
_MAX_BRACKETS = 100
# Looking for an address at each "://" costs what the text before and after it is long. Above
# this many, addresses are only found by the pass over the whole text, which finds the plain ones.
# The number is that of the brackets, by choice.
_MAX_SCHEMES = 100

_TAGS = {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
_SCHEMES = {"http", "https", "mailto"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """Safe HTML, and how many links the text holds (marked up or bare)."""

    html: str
    links: int


def clean(text: str, *, limit: int, where: str, empty: bool = False) -> str:
    """Check a text from outside and give it with `\\n` line ends and no outer white space.

    `limit` counts Unicode code points. Raises `InvalidError`: `surrogates`, `control-characters`,
    `too-long`, and, unless `empty` is allowed, `empty`.
    """
    if _SURROGATE.search(text):
        raise SurrogatesError(where=where)
    if _CONTROL.search(text):
        raise ControlCharactersError(where=where)
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > limit:
        raise TooLongError(
            f"The text is too long ({len(text)} of {limit} characters).",
            where=where,
        )
    if not empty and not _INVISIBLE.sub("", text):
        raise EmptyTextError(where=where)
    return text


def render(text: str) -> Rendered:
    """Turn a comment's Markdown into HTML; no raw HTML, images, headings or tables."""
    plain = text.count("[") > _MAX_BRACKETS or text.count("://") > _MAX_SCHEMES
    raw = (_PLAIN if plain else _MARKDOWN).render(text)
    html = nh3.clean(
        raw,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes=_SCHEMES,
        link_rel="nofollow ugc noopener",
    ).strip()
    return Rendered(html=html, links=html.count("<a href="))


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """Take only addresses that lead somewhere by themselves; other links stay as written."""
        return url.partition(":")[0].lower() in _SCHEMES


def _link(state: StateInline, silent: bool) -> bool:
    """Read a link, but leave one without an address (`[x]()`) as it was written."""
    pos, pending, tokens = state.pos, state.pending, len(state.tokens)
    if not link(state, silent):
        return False
    made = next((token for token in state.tokens[tokens:] if token.type == "link_open"), None)
    if made is None or made.attrs["href"]:
        return True
    state.pos, state.pending = pos, pending
    del state.tokens[tokens:], state.tokens_meta[tokens:]
    return False


def _markdown(*, costly: bool) -> MarkdownIt:
    linkifier = LinkifyIt(options={"fuzzy_email": False, "fuzzy_link": True})
    parser = _Markdown(
        "js-default", {"html": False, "linkify": True, "typographer": False, "breaks": True}
    )
    parser.linkify = linkifier
    parser.disable(["image", "heading", "lheading", "hr", "table", "reference", "html_block"])
    parser.inline.ruler.at("link", _link)
    if not costly:
        parser.inline.ruler.disable(["link", "linkify"])
    return parser


_MARKDOWN = _markdown(costly=True)
_PLAIN = _markdown(costly=False)
