"""What a site's policy says of a text that another system keeps."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import nh3

from ..assessment import assess
from ..records import AuthorRecord, Verdict
from ..services import services
from ..text import render

# Links are looked for in so many characters; a site's own comments are far shorter.
_LOOKED_THROUGH = 20_000
_LINES = re.compile(r"<(?:br|/?(?:div|p|li|ul|ol|blockquote|h[1-6]|pre))\b", re.IGNORECASE)


def site_verdict(site: str, text: str) -> Verdict:
    """Judge a plain text by the site's policy as it stands.

    Authors live in the other system, so rules about them (first comment, repeat) never speak here,
    nor does premoderation, which says nothing of a text; links are counted in the first 20,000
    characters. If scoring fails, the policy says what that means.
    """
    policy = services().policy(site)
    if policy.premoderate != "none":
        # A copy does not know what the policy remembers, so only where it says something else.
        policy = replace(policy, premoderate="none")
    return assess(
        services(),
        policy,
        text,
        author=AuthorRecord(id="", published=1),
        rendered=render(text[:_LOOKED_THROUGH]),
    ).verdict


def plain_text(html: str) -> str:
    """Strip tags and decode entities; a text without either stays as it is.

    What begins or ends a line on the page begins or ends one here, so that no words run together.
    """
    return unescape(nh3.clean(_LINES.sub(r"\n\g<0>", html), tags=set())).strip("\n")
