"""The Markdown that authors may write: which rules there are, and where they part from CommonMark.

No raw HTML, pictures, headings, rulers or tables. What would show nothing or lead nowhere stays as
it was written.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from html import escape
from typing import Any
from unicodedata import category, east_asian_width

import ada_url
import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import list_block as list_rule
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import link as link_rule
from markdown_it.rules_inline import linkify as address_rule
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

from .addresses import Addresses
from .visible import is_blank, is_without_blanks

SCHEMES = frozenset({"http", "https", "mailto"})
_LEADS_SOMEWHERE = re.compile(r"https?://[^/?#]|mailto:.", re.IGNORECASE)
_ZEROS_BEFORE = re.compile(r"0\d{1,8}[.)]")
_COUNTED = ({"0"}, {"1"})
_NUMBER_ALONE = re.compile(r"\d{1,9}[.)]\s*")


def parser(*, links: bool) -> MarkdownIt:
    """Make a parser; without `links`, only bare addresses become links."""
    made = _Markdown(
        "js-default", {"html": False, "linkify": True, "typographer": False, "breaks": True}
    )
    made.linkify = Addresses()
    made.inline.__class__ = _Inline
    made.disable(["image", "heading", "lheading", "hr", "table", "reference", "html_block"])
    made.block.ruler.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    made.core.ruler.after("block", "numbers", _keep_numbers)
    made.inline.ruler.at("link", _link)
    made.inline.ruler.at("linkify", _address)
    made.inline.ruler.before("link", "picture", _picture)
    if not links:
        made.inline.ruler.disable(["link", "picture", "linkify"])
    return made


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """Take only addresses that lead somewhere by themselves; other links stay as written.

        The browser's rules are asked, and those of whoever cleans the HTML, who knows more of hosts
        and would take away the address alone.
        """
        if not _LEADS_SOMEWHERE.match(url) or not ada_url.check_url(url):
            return False
        return "href=" in nh3.clean(f'<a href="{escape(url)}"></a>', url_schemes=set(SCHEMES))


class _Inline(ParserInline):
    def parse(
        self, src: str, md: MarkdownIt, env: MutableMapping[str, Any], tokens: list[Token]
    ) -> list[Token]:
        """Do what the parser does, with a state that knows scripts without blanks."""
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        """Say whether marks open or close an emphasis, also in scripts without blanks.

        CommonMark asks for a blank or a sign beside marks that have a sign on the other side, and
        Chinese, Japanese and Korean have none there, nor have Thai, Lao, Khmer and Burmese. As in
        the draft "CJK-friendly emphasis": such a letter or sign stands in for it.
        """
        marker, end = self.src[start], start
        while end < self.posMax and self.src[end] == marker:
            end += 1
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        if not (_has_no_blanks(before) or _has_no_blanks(after)):
            return super().scanDelims(start, canSplitWord)
        opens = not isWhiteSpace(ord(after)) and (
            not _is_sign(after) or _has_no_blanks(after) or _parts(before)
        )
        closes = not isWhiteSpace(ord(before)) and (
            not _is_sign(before) or _has_no_blanks(before) or _parts(after)
        )
        return Scanned(
            opens and (canSplitWord or not closes or _is_sign(before)),
            closes and (canSplitWord or not opens or _is_sign(after)),
            end - start,
        )


def _has_no_blanks(character: str) -> bool:
    """Whether a character is of a wide script or one without blanks, and no emoji."""
    if category(character) == "So":
        return False
    return east_asian_width(character) in "WFH" or is_without_blanks(character)


def _is_sign(character: str) -> bool:
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)


def _parts(character: str) -> bool:
    """Whether a character beside marks parts them from the next word."""
    return isWhiteSpace(ord(character)) or _is_sign(character) or _has_no_blanks(character)


def _link(state: StateInline, silent: bool) -> bool:
    """Read a link, but leave one that shows or leads nowhere as it was written.

    So is one whose label holds a link in angle brackets: in HTML that would end it.
    """
    pos, pending = state.pos, state.pending
    tokens, metas = len(state.tokens), len(state.tokens_meta)
    if not link_rule(state, silent):
        return False
    opening = next(
        (at for at in range(tokens, len(state.tokens)) if state.tokens[at].type == "link_open"),
        None,
    )
    if opening is None:
        return True
    inside = state.tokens[opening + 1 :]
    label = "".join(token.content for token in inside)
    ends_early = any(token.type == "link_open" for token in inside)
    if state.tokens[opening].attrs["href"] and not is_blank(label) and not ends_early:
        return True
    state.pos, state.pending = pos, pending
    del state.tokens[tokens:], state.tokens_meta[metas:]
    return False


def _address(state: StateInline, silent: bool) -> bool:
    """Read a bare address.

    While a label is skipped, markdown-it takes its scheme from text that stands elsewhere, and may
    not move on, which it then raises an error for.
    """
    pos = state.pos
    if address_rule(state, silent) and state.pos > pos:
        return True
    state.pos = pos
    return False


def _picture(state: StateInline, silent: bool) -> bool:
    """Read a picture as a link to it, its description as the label; in a link, as that label."""
    if not state.src.startswith("![", state.pos):
        return False
    made = len(state.tokens)
    state.pos += 1
    if not _link(state, silent):
        state.pos -= 1
        return False
    if state.linkLevel:
        for token in state.tokens[made:]:
            if token.type in ("link_open", "link_close"):
                # A link in a link would end it.
                token.type, token.tag, token.nesting = "text", "", 0
    return True


def _list(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Read a list, but leave a text what HTML would show otherwise.

    That is a number with a full stop and nothing else (`1986.`), and one with zeros before it.
    """
    start = state.bMarks[line] + state.tShift[line]
    if _ZEROS_BEFORE.match(state.src, start, state.eMarks[line]):
        return False
    if _NUMBER_ALONE.fullmatch(state.src, start, state.eMarks[line]):
        below = line + 1
        if below >= end or state.isEmpty(below) or state.sCount[below] <= state.sCount[line]:
            return False
    return list_rule(state, line, end, silent)


def _keep_numbers(state: StateCore) -> None:
    """Show a list's numbers as written, unless all are 1 (or 0), which asks to be counted."""
    lists: list[list[Token]] = []
    for token in state.tokens:
        if token.type in ("ordered_list_open", "bullet_list_open"):
            lists.append([])
        elif token.type == "list_item_open":
            lists[-1].append(token)
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            items = lists.pop()
            if token.type == "ordered_list_close" and {item.info for item in items} not in _COUNTED:
                _number(items)


def _number(items: list[Token]) -> None:
    due = int(items[0].info)
    for item in items:
        number = int(item.info)
        if number != due:
            item.attrSet("value", str(number))
        due = number + 1
