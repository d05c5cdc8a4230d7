"""What a site's policy says of a text that another system keeps."""

from __future__ import annotations

import re
from html import unescape

import nh3
import structlog

from ..errors import RejoinderError
from ..policy import Policy, PolicyInput, judge
from ..records import AuthorRecord, StoredScores, Verdict
from ..scoring import folded_for
from ..services import services
from ..text import render

_log = structlog.get_logger(__name__)
# Links are looked for in so many characters; a site's own comments are far shorter.
_LOOKED_THROUGH = 20_000
_LINES = re.compile(r"<(?:br|/?(?:div|p|li|ul|ol|blockquote|h[1-6]|pre))\b", re.IGNORECASE)


def site_verdict(site: str, text: str) -> Verdict:
    """Judge a plain text by the site's policy as it stands.

    Authors live in the other system, so rules about them (first comment, repeat) never speak
    here; links are counted in the first 20,000 characters. If scoring fails, the policy says what
    that means.
    """
    scoring = services().scoring
    policy = Policy.from_json(services().store.get_site(site).policy)
    try:
        score = scoring.score([text], explain=False)[0]
        scored = StoredScores(scores=score.scores, language=score.language, model=score.model)
    except RejoinderError as error:
        _log.warning("scorer.failed", code=error.code)
        scored = StoredScores(scores={}, language="", model=scoring.scorer.version, failed=True)
    return judge(
        PolicyInput(
            text=text,
            folded=folded_for(policy, text),
            scored=scored,
            policy=policy,
            author=AuthorRecord(id="", published=1),
            card=scoring.scorer.card,
            links=render(text[:_LOOKED_THROUGH]).links,
        )
    )


def plain_text(html: str) -> str:
    """Strip tags and decode entities; a text without either stays as it is.

    What begins or ends a line on the page begins or ends one here, so that no words run together.
    """
    return unescape(nh3.clean(_LINES.sub(r"\n\g<0>", html), tags=set())).strip("\n")
