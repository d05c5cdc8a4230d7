"""Which addresses in a text are links, in the way in which linkify-it looks for them.

A link says that it is one: it begins with `https://`, `http://`, `mailto:` or `www.`. Other names
are links only where a file or a missing blank (`setup.py`, `So true.In my view`) cannot look the
same, see `_is_plainly_a_site`.
"""

from __future__ import annotations

import re

from linkify_it import LinkifyIt
from linkify_it.main import Match
from linkify_it.ucre import TEXT_SEPARATORS

# Looking at a run of characters without a blank takes a time that grows with the square of its
# length. No honest address is longer, and servers refuse longer ones.
_MAX_ADDRESS = 2_048
_RUN = re.compile(r"\S+")
_FIRST_RUN = re.compile(rf"\S{{1,{_MAX_ADDRESS}}}(?!\S)")
# These end a sentence or a bracket, with no blank behind them.
_FULL_WIDTH_SIGNS = "。、，！？；：（）「」『』【】《》〈〉"  # noqa: RUF001
# Endings that are neither a file's nor a word of a sentence. `.org` and `.net` are the first
# (notes.org, ASP.NET); a third label or a path tells.
_SURE_ENDINGS = ("com", "edu", "gov")
_LIKELY_ENDINGS = ("org", "net")


class Addresses(LinkifyIt):  # type: ignore[misc]  # it has no types
    """linkify-it with fewer guesses, nested brackets, and a time that is linear in the text."""

    def __init__(self) -> None:
        """Take only the schemes that may be linked, `www.` and the endings that are sure."""
        super().__init__(options={"fuzzy_email": False})
        self.tlds([*_SURE_ENDINGS, *_LIKELY_ENDINGS])
        self.add("//", None)
        self.add("ftp:", None)
        self.add("www.", {"validate": self._after_www, "normalize": self._with_scheme})

    def test(self, text: str) -> bool:
        """Whether it is worth to look for links."""
        return "." in text or ":" in text

    def match(self, text: str) -> list[Match] | None:
        """Give the links of a text, in order."""
        found: list[Match] = []
        for run in _RUN.finditer(text):
            word = run[0]
            if len(word) > _MAX_ADDRESS or not self.test(word):
                continue
            for link in super().match(word) or ():
                if _is_cut_short(word, link):
                    continue
                if link.schema or _is_plainly_a_site(link.raw):
                    link.index += run.start()
                    link.last_index += run.start()
                    found.append(link)
        return found or None

    def match_at_start(self, text: str) -> Match | None:
        """Give the link with `://` that a text begins with."""
        run = _FIRST_RUN.match(text)
        if run is None:
            return None
        link = super().match_at_start(run[0])
        if not link or link.index or _is_cut_short(run[0], link):
            return None
        return link if link.schema in ("http:", "https:") else None

    def _on_compile(self) -> None:
        """Let a path hold brackets in each other, and end at full-width signs.

        Pairs may be three deep instead of one. linkify-it makes its own patterns of these parts,
        and calls this between.
        """
        ends = TEXT_SEPARATORS
        more_ends = ends.replace("]", f"{_FULL_WIDTH_SIGNS}]")
        blank = self.re["src_ZCc"]
        flat = rf"\((?:(?!{blank}|[)]).)*\)|"
        inner = rf"(?:(?!{blank}|[()]).)"
        nested = rf"\({inner}*\)"
        for _ in range(2):
            nested = rf"\((?:{inner}|{nested})*\)"
        for name, part in self.re.items():
            self.re[name] = part.replace(flat, f"{nested}|{flat}").replace(ends, more_ends)

    def _after_www(self, text: str, at: int) -> int:
        """How much of a text is an address, from behind `www.`: at least two more labels."""
        before = text[at - 5 : at - 4] if at > 4 else ""
        if before and before in ".:/\\-_@":
            return 0
        if "www" not in self.re:
            parts = self.re
            self.re["www"] = re.compile(
                rf"(?:{parts['src_domain']}\.)+{parts['src_domain_root']}{parts['src_port']}"
                + parts["src_host_terminator"]
                + parts["src_path"],
                re.IGNORECASE,
            )
        found = self.re["www"].match(text, at)
        return len(found[0]) if found else 0

    def _with_scheme(self, link: Match) -> None:
        link.url = f"http://{link.url}"


def _is_cut_short(word: str, link: Match) -> bool:
    """Whether a link ends at a port that is none: `http://localhost:PORT/`."""
    behind = word[link.last_index : link.last_index + 2]
    return behind[:1] == ":" and behind[1:].isalnum() and "/" not in link.url.partition("://")[2]


def _is_plainly_a_site(name: str) -> bool:
    """Whether a name without scheme is a site's: `blog.com`, `en.blog.org`, `blog.org/about`.

    A capital in the ending belongs to the next sentence (`a good post.Net result`).
    """
    host, behind = re.split(r"(?=[:/?#])|\Z", name, maxsplit=1)
    labels = host.split(".")
    if labels[-1] in _SURE_ENDINGS:
        return True
    return labels[-1] in _LIKELY_ENDINGS and (len(labels) > 2 or behind[:1] in ("/", "?", "#"))
