"""A text scored and judged by a site's policy: the same for whatever the text came by.

A new comment, an edit, a comment that could not be scored when it came, and a text that another
system keeps (`compat/`) all pass through `assess`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .policy import Policy, PolicyInput, judge
from .records import AuthorRecord, StoredScores, Verdict
from .services import Services


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found of a text."""

    scored: StoredScores
    verdict: Verdict


def assess(
    services: Services,
    policy: Policy,
    text: str,
    *,
    author: AuthorRecord,
    links: int,
    seen: str = "",
    trusted: bool = False,
    repeat: bool = False,
    audit_draw: float = 1.0,
    explain: bool = True,
) -> Assessment:
    """Score a text and judge it.

    `links` is how many the rendered text has, `seen` what readers see of it; `trusted` is set for
    what a moderator wrote; `repeat` if the author wrote the same lately; `audit_draw` is a random
    number in [0, 1), 1.0 for what is never drawn for an audit. If scoring fails, the policy says
    what that means, and `scored.failed` is set; nothing is raised.
    """
    scoring = services.scoring
    scored = scoring.of_comment(text, explain=explain)
    verdict = judge(
        PolicyInput(
            text=text,
            folded=policy.folded(text),
            seen=seen,
            scored=scored,
            policy=policy,
            author=author,
            card=scoring.scorer.card,
            trusted=trusted,
            repeat=repeat,
            links=links,
            audit_draw=audit_draw,
        )
    )
    return Assessment(scored, verdict)
