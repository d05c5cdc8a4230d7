"""What another policy would have done to the latest comments, by what is stored of them.

Nothing is scored anew and nothing is changed. What depends on who wrote when, a first comment or a
repeat, and a score of a name or a title are taken as they were found when the comment was judged.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from . import text as texts
from .policy import Beside, Policy, PolicyInput, judge
from .records import Action, AuthorRecord, Comment, MeasureKind, Part, Reason, StoredScores
from .services import Services

COMMENTS = 1000
"""How many comments are looked at."""
SECONDS = 2.0
"""After which no more are: word lists take a hundredth of a second for a long text."""
SHOWN = 100
"""How many of those that change are given."""

_MEASURES: Mapping[str, MeasureKind] = {"author_review": "review", "author_trusted": "trust"}
# More than any site asks to see of an author first.
_KNOWN = 1_000_000
_DECIDED = ("approve", "reject", "undo")


@dataclass(frozen=True, slots=True)
class Change:
    """A comment that the other policy would have treated otherwise."""

    comment: Comment
    before: Action
    after: Action
    decision: Literal["approve", "reject"] | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How many comments each policy publishes, flags, holds and rejects, and which change."""

    comments: int
    skipped: int
    before: Mapping[str, int]
    after: Mapping[str, int]
    changes: int
    changed: Sequence[Change]
    held_approved: int
    passed_rejected: int


def rehearse(services: Services, site: str, before: Policy, after: Policy) -> Rehearsal:
    """Judge the site's latest comments by both policies.

    Skipped is what was deleted since, and what the model in use has not scored.
    """
    ids, decisions = _latest(services, site)
    found = services.store.comments.several(site, ids)
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    changes: list[Change] = []
    judged = left_out = 0
    end = time.monotonic() + SECONDS
    for comment in found:
        if time.monotonic() > end:
            break
        facts = _facts(services, comment, before, after)
        # Each text is scored by the models of its language, and by the second reader at times.
        if facts is None or not services.scoring.has(facts.scored.model):
            left_out += 1
            continue
        judged += 1
        was = judge(facts).action
        would = judge(replace(facts, policy=after)).action
        counts[0][was] += 1
        counts[1][would] += 1
        if was != would:
            changes.append(Change(comment, was, would, decisions.get(comment.id)))
    return Rehearsal(
        comments=judged,
        skipped=left_out + len(ids) - len(found),
        before=_whole(counts[0]),
        after=_whole(counts[1]),
        changes=len(changes),
        changed=changes[:SHOWN],
        held_approved=sum(
            _hides(c.after) and not _hides(c.before) and c.decision == "approve" for c in changes
        ),
        passed_rejected=sum(
            _hides(c.before) and not _hides(c.after) and c.decision == "reject" for c in changes
        ),
    )


def _latest(
    services: Services, site: str
) -> tuple[list[str], dict[str, Literal["approve", "reject"] | None]]:
    """The latest comments, newest first, and how moderators decided on them last."""
    ids: list[str] = []
    decisions: dict[str, Literal["approve", "reject"] | None] = {}
    entries, _ = services.store.streams.audit(site, limit=4 * COMMENTS, verbs=("submit", *_DECIDED))
    for entry in entries:
        if entry.verb == "submit":
            ids.append(entry.subject)
            if len(ids) == COMMENTS:
                break
        elif entry.subject not in decisions:
            # An undo: what it took back stands no more.
            last = {"approve": "approve", "reject": "reject"}.get(entry.verb)
            decisions[entry.subject] = last  # type: ignore[assignment]
    return ids, decisions


def _facts(
    services: Services, comment: Comment, before: Policy, after: Policy
) -> PolicyInput | None:
    """What is known of a comment for a verdict; None if that is not enough."""
    scored, verdict = comment.scored, comment.verdict
    if comment.status == "deleted" or scored is None or verdict is None:
        return None
    rules = {reason.rule for reason in verdict.reasons}
    # As it was rendered once: to do it again takes most of the time.
    rendered = texts.read(comment.html)
    author = comment.author
    was_first = "first_comment" in rules or any(
        reason.rule == "premoderated" and reason.detail == "first" for reason in verdict.reasons
    )
    links = rendered.links + int(bool(author.website))
    if "." in author.name:
        links += texts.render(author.name).links
    return PolicyInput(
        text=comment.text,
        folded=before.folded(comment.text) or after.folded(comment.text),
        seen=rendered.seen,
        scored=scored,
        policy=before,
        author=AuthorRecord(id=author.id, published=0 if was_first else _KNOWN),
        card=services.scoring.scorer.card,
        trusted="trusted" in rules,
        repeat="repeat" in rules,
        links=links,
        beside=tuple(_beside(comment, verdict.reasons)),
        measure=next((kind for rule, kind in _MEASURES.items() if rule in rules), None),
    )


def _beside(comment: Comment, reasons: Sequence[Reason]) -> list[Beside]:
    texts_beside: dict[Part, str] = {
        "name": comment.author.name,
        "website": comment.author.website,
    }
    found = [Beside(part=part, text=text) for part, text in texts_beside.items() if text]
    scores: dict[tuple[Part, str], Beside] = {}
    for reason in reasons:
        if reason.part and reason.attribute and reason.score is not None:
            scored = StoredScores(scores={reason.attribute: reason.score}, language="", model="")
            beside = Beside(part=reason.part, text=reason.detail or "", scored=scored)
            scores[reason.part, reason.attribute] = beside
    return [*found, *scores.values()]


def _hides(action: Action) -> bool:
    return action in ("hold", "reject")


def _whole(counts: Counter[str]) -> dict[str, int]:
    return {action: counts[action] for action in ("publish", "flag", "hold", "reject")}
