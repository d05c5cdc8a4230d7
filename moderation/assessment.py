"""A text scored and judged by a site's policy: the same for whatever the text came by.

A new comment, an edit, a comment that could not be scored when it came, and a text that another
system keeps (`compat/`) all pass through `assess`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from classifiers.language import detect, foreign_word, is_short

from . import text as texts
from .policy import Beside, Policy, PolicyInput, judge
from .records import AuthorRecord, Part, Raid, Standing, StoredScores, Verdict
from .services import Services
from .word_list import apart

Card = Mapping[str, Any]


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
    rendered: texts.Rendered,
    beside: Mapping[Part, str] | None = None,
    site: str = "",
    trusted: bool = False,
    repeat: bool = False,
    audit_draw: float = 1.0,
    standing: Standing | None = None,
    raid: Raid | None = None,
) -> Assessment:
    """Score a text and judge it.

    `rendered` is what readers see of it; `beside` holds what is shown with it; `site` is
    where its author's names are kept; `trusted` is set for
    what a moderator wrote; `repeat` if the author wrote the same lately; `audit_draw` is a random
    number in [0, 1), 1.0 for what is never drawn for an audit; `standing` is what moderators set
    for the author; `raid` is what is asked of what is like a group. If scoring fails, the policy
    says what that means, and `scored.failed` is set; nothing is raised.
    """
    scoring = services.scoring
    card = scoring.scorer.card
    scored = _scored(services, policy, text)
    parts = {} if trusted else {part: words for part, words in (beside or {}).items() if words}
    beside_it = tuple(
        _beside(services, policy, part, words, author=author, site=site)
        for part, words in parts.items()
    )
    verdict = judge(
        PolicyInput(
            text=text,
            folded=policy.folded(text),
            seen=rendered.seen,
            short=is_short(rendered.seen),
            scored=scored,
            policy=policy,
            author=author,
            card=card,
            trusted=trusted,
            repeat=repeat,
            links=rendered.links + sum(_links_in(part, words) for part, words in parts.items()),
            beside=beside_it,
            audit_draw=audit_draw,
            measure=standing.kind if standing else None,
            raid=raid,
        )
    )
    return Assessment(scored, verdict)


def _scored(services: Services, policy: Policy, text: str, *, line: bool = False) -> StoredScores:
    """Score a text, or a line beside it, in the language that it is likeliest in on this site.

    What says little of its language is taken to be in the site's, be there a model of it or not.
    On an English site, and on one that named no language, the detector takes for English what it
    cannot tell; there a short text whose scores would flag or hold it is scored anew in the
    language that it is likelier in, and loses its scores where no model reads that.
    """
    scoring, home = services.scoring, policy.language
    language = detect(text, expected=home).code if home is not None else None

    def score(language: str | None) -> StoredScores:
        if line:
            return scoring.of_line(text, language=language)
        return scoring.of_comment(text, language=language)

    scored = score(language)
    if home not in (None, "en") or scored.language != "en":
        return scored
    if policy.concerned(scored, scoring.scorer.card) and (foreign := foreign_word(text)):
        return score(foreign.code)
    return scored


def _beside(
    services: Services, policy: Policy, part: Part, words: str, *, author: AuthorRecord, site: str
) -> Beside:
    """Score a name or a title, also as words; of a website only its words and the link count."""
    if part == "website":
        return Beside(part=part, text=unquote(words))
    found = [
        _scored(services, policy, spelling, line=True)
        for spelling in dict.fromkeys((words, apart(words)))
    ]
    names = {name for each in found for name in each.scores}
    worst = {name: max(each.scores.get(name, 0.0) for each in found) for name in names}
    scored = replace(found[0], scores=worst)
    # Few names score so, so the earlier ones are seldom asked for.
    approved = (
        part == "name"
        and author.approved > 0
        and policy.would_hold(scored, services.scoring.scorer.card)
        and words in services.store.comments.approved_names(site, author.id)
    )
    return Beside(part=part, text=words, scored=scored, approved=approved)


def _links_in(part: Part, words: str) -> int:
    return 1 if part == "website" else _links_of_line(words)


# A bound on memory, by choice; most names and titles are those of the last hours.
@lru_cache(maxsize=2_000)
def _links_of_line(words: str) -> int:
    return texts.render(words).links
