"""Scores, a site's settings and simple rules in; a verdict with its reasons out. Pure.

Every rule is one row of `RULES`; all are asked, every one that speaks adds its reason, and the
strongest action wins. No preset rejects on a score alone: a person does that. A site may choose to
have what is plainly spam rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from classifiers.normalise import normalise, normalise_with_spans

from .. import word_list
from ..records import (
    NO_SCORES,
    Action,
    AuthorRecord,
    Lane,
    MeasureKind,
    Part,
    Raid,
    Reason,
    StoredScores,
    Verdict,
)
from .settings import SPAM, Policy, reaches

# So many words are enough to see why; each reason is stored with its comment.
_MOST_SPANS = 20
# From so many words on a name says something.
_SPEAKING_NAME = 3
# What phrases of despair speak of, as in `classifiers.despair`.
_GRAVEST_FIRST = ("plan", "wish", "despair", "harm", "past")
_STRENGTH: Mapping[Action, int] = {"publish": 0, "flag": 1, "hold": 2, "reject": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What readers or moderators see beside a text, judged with it.

    `approved` is set for a name under which a moderator has approved something of its author.
    """

    part: Part
    text: str
    scored: StoredScores = NO_SCORES
    approved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInput:
    """All that a verdict may depend on. `audit_draw` is a random number in [0, 1).

    `folded` is the text as the classifier's normaliser sees it, so that a listed word is found
    behind look-alikes; `seen` is what readers see of it, its markup undone; `card` is the model's,
    for its thresholds. `short` is a text too short to say what language it is in. `measure` is what
    a moderator set for the author. `raid` is a group that it belongs to, if something is to happen
    to it.
    """

    text: str
    scored: StoredScores
    policy: Policy
    author: AuthorRecord
    card: Mapping[str, Any] = field(default_factory=dict)
    folded: str = ""
    seen: str = ""
    short: bool = False
    trusted: bool = False
    repeat: bool = False
    links: int = 0
    beside: tuple[Beside, ...] = ()
    audit_draw: float = 1.0
    measure: MeasureKind | None = None
    raid: Raid | None = None


Finding = tuple[Action, Lane, Reason]


def judge(facts: PolicyInput) -> Verdict:
    """Turn the facts into a verdict; it never comes without a reason."""
    if facts.trusted:
        return Verdict(action="publish", reasons=(Reason(rule="trusted"),))
    findings = [finding for rule in RULES for finding in rule(facts)]
    trusting: tuple[Reason, ...] = ()
    if facts.measure == "trust":
        findings = [_shown(finding) for finding in findings]
        trusting = (Reason(rule="author_trusted"),)
    raised = [finding for finding in findings if finding[0] != "publish"]
    if raised:
        # What is abuse too is no matter of the spam's lane.
        raised.sort(key=lambda finding: (-_STRENGTH[finding[0]], finding[1] == "spam"))
        action, lane, _ = raised[0]
        if action == "reject":
            lane = "rejected"
        # Whatever else a comment is, who may be in danger is found where that is looked for.
        if any(found == "self-harm" for _, found, _ in raised):
            lane = "self-harm"
        return Verdict(
            action=action,
            lane=lane,
            reasons=tuple(reason for _, _, reason in raised) + trusting,
        )
    reasons = tuple(reason for _, _, reason in findings) + trusting or (_nothing_found(facts),)
    if facts.audit_draw < facts.policy.audit_rate:
        reasons += (Reason(rule="audit", threshold=facts.policy.audit_rate),)
        return Verdict(action="publish", reasons=reasons, lane="audit")
    return Verdict(action="publish", reasons=reasons)


def _self_harm(facts: PolicyInput) -> Iterator[Finding]:
    """Call a person to a comment whose author may be in danger; nobody is hidden for it by a score.

    The scores of such a text are of what it says of others, see `StoredScores.of_others`.
    """
    found = facts.scored.self_harm
    if found is None:
        return
    kinds = {kind for _, _, kind in found.phrases}
    reason = Reason(
        rule="self_harm",
        detail=next((kind for kind in _GRAVEST_FIRST if kind in kinds), None),
        spans=tuple((start, end) for start, end, _ in found.phrases[:_MOST_SPANS]),
    )
    yield facts.policy.self_harm if found.acute else "publish", "self-harm", reason


def _shown(finding: Finding) -> Finding:
    """Let a trusted author's comment be seen at once, and by a moderator where it would be held."""
    action, lane, reason = finding
    return ("flag" if action in ("hold", "reject") else action), lane, reason


def _premoderated(facts: PolicyInput) -> Iterator[Finding]:
    """Hold what the site wants to see before anybody else does, whatever it says."""
    policy, author = facts.policy, facts.author
    asked = {
        "none": False,
        "first": max(author.approved, author.published) < policy.premoderate_first,
        "links": facts.links > 0,
        "all": True,
    }
    if asked[policy.premoderate] and facts.measure != "trust":
        yield "hold", "uncertain", Reason(rule="premoderated", detail=policy.premoderate)


def _author_review(facts: PolicyInput) -> Iterator[Finding]:
    if facts.measure == "review":
        yield "hold", "uncertain", Reason(rule="author_review")


def _scores(facts: PolicyInput) -> Iterator[Finding]:
    of_card = facts.policy.thresholds_for(facts.card, facts.scored.language)
    for attribute, score in facts.scored.of_others.items():
        limits = of_card[attribute]
        # Of nearly all; but spam may be refused where it is neither flagged nor held.
        if attribute != SPAM and not (reaches(score, limits.hold) or reaches(score, limits.flag)):
            continue
        steps: list[tuple[Action, float | None]] = [("hold", limits.hold), ("flag", limits.flag)]
        # Who may be in danger is not turned away by a score, whatever else the text is.
        danger = facts.scored.self_harm is not None and facts.scored.self_harm.acute
        if attribute == SPAM and facts.policy.spam == "reject" and not danger:
            refusal = facts.policy.refusal(facts.card, facts.scored.language)
            steps.insert(0, ("reject", refusal.threshold if refusal else None))
        for action, threshold in steps:
            if reaches(score, threshold):
                lane: Lane = "harmful" if action == "hold" else "uncertain"
                if attribute == SPAM:
                    lane = "spam"
                reason = Reason(
                    rule="score",
                    attribute=attribute,
                    threshold=threshold,
                    score=score,
                    spans=_heaviest(facts.scored, attribute),
                )
                yield action, lane, reason
                break


def _scores_beside(facts: PolicyInput) -> Iterator[Finding]:
    """Judge a name or a title by what would hold a text.

    A short name says too little to hold a comment for: people are called Dick. It is flagged until
    a moderator has approved something that its author wrote under it. A title is the page's own
    more often than not, and only flagged.
    """
    for each in facts.beside:
        short = len(word_list.apart(each.text).split()) < _SPEAKING_NAME
        if short and each.approved:
            continue
        limits = facts.policy.thresholds_for(facts.card, each.scored.language)
        for attribute, score in each.scored.scores.items():
            threshold = limits[attribute].hold
            if reaches(score, threshold):
                reason = Reason(
                    rule="score",
                    attribute=attribute,
                    threshold=threshold,
                    score=score,
                    detail=each.text,
                    part=each.part,
                )
                if short or each.part == "title":
                    yield "flag", "uncertain", reason
                else:
                    yield "hold", "spam" if attribute == SPAM else "harmful", reason


def _words(facts: PolicyInput) -> Iterator[Finding]:
    lists: tuple[tuple[Action, tuple[str, ...], Lane], ...] = (
        ("hold", facts.policy.hold_words, "harmful"),
        ("flag", facts.policy.flag_words, "uncertain"),
    )
    for action, words, lane in lists:
        if not words:
            continue
        spans = tuple(word_list.find(words, facts.text, most=_MOST_SPANS))
        if spans:
            yield action, lane, _listed(facts.text[slice(*spans[0])], spans)
        elif seen := word_list.find(words, facts.seen, most=1):
            word = facts.seen[slice(*seen[0])]
            at = facts.text.find(word)
            yield action, lane, _listed(word, ((at, at + len(word)),) if at >= 0 else ())
        elif word_list.find(words, facts.folded, most=1):
            # Looked up once more for the way back, which costs more than the folding.
            plain = normalise_with_spans(facts.text)
            folded = word_list.find(words, plain.text, most=_MOST_SPANS)
            spans = tuple((plain.spans[a][0], plain.spans[b - 1][1]) for a, b in folded)
            yield action, lane, _listed(facts.text[slice(*spans[0])] if spans else "", spans)
        for each in facts.beside:
            texts = (
                (each.text, word_list.apart(each.text)) if each.part != "website" else (each.text,)
            )
            for text in (*texts, normalise(each.text)):
                beside = word_list.find(words, text, most=1)
                if beside:
                    yield action, lane, _listed(text[slice(*beside[0])], part=each.part)
                    break


def _listed(
    word: str, spans: tuple[tuple[int, int], ...] = (), *, part: Part | None = None
) -> Reason:
    return Reason(rule="words", detail=word.lower() or None, spans=spans, part=part)


def _links(facts: PolicyInput) -> Iterator[Finding]:
    most = facts.policy.max_links
    if most is not None and facts.links > most:
        reason = Reason(rule="links", threshold=float(most), score=float(facts.links))
        yield "hold", "uncertain", reason


def _first_comment(facts: PolicyInput) -> Iterator[Finding]:
    if facts.author.approved == 0 and facts.author.published == 0:
        yield facts.policy.first_comment, "uncertain", Reason(rule="first_comment")


def _repeat(facts: PolicyInput) -> Iterator[Finding]:
    if facts.repeat:
        yield facts.policy.repeat, "uncertain", Reason(rule="repeat")


def _raid(facts: PolicyInput) -> Iterator[Finding]:
    if facts.raid is not None:
        action = facts.raid.asks
        # Who may be in danger is not turned away unseen, whatever it is like.
        if action == "reject" and facts.scored.self_harm is not None:
            action = "hold"
        yield action, "uncertain", Reason(rule="raid", detail=facts.raid.group)


def _language(facts: PolicyInput) -> Iterator[Finding]:
    if not facts.scored.failed and not facts.scored.scores:
        reason = Reason(rule="unsupported_language", detail=facts.scored.language)
        action = facts.policy.without_scores(facts.card)
        # A word of thanks is in many languages, and guessed badly: shown, and looked at.
        doubtful = action == "hold" and not facts.policy.chose_for_unsupported
        if doubtful and facts.short:
            action = "flag"
        yield action, "language", reason


def _scorer_down(facts: PolicyInput) -> Iterator[Finding]:
    if facts.scored.failed:
        yield facts.policy.scorer_down, "uncertain", Reason(rule="scorer_down")


RULES: tuple[Callable[[PolicyInput], Iterator[Finding]], ...] = (
    _self_harm,
    _scores,
    _scores_beside,
    _words,
    _links,
    _repeat,
    _raid,
    _language,
    _scorer_down,
    _first_comment,
    _author_review,
    _premoderated,
)


def _nothing_found(facts: PolicyInput) -> Reason:
    """Say what came nearest to a threshold, so that a publication is explained too."""
    nearest = Reason(rule="below_thresholds")
    distance = float("inf")
    of_card = facts.policy.thresholds_for(facts.card, facts.scored.language)
    for attribute, score in facts.scored.of_others.items():
        limits = of_card[attribute]
        lowest = min((t for t in (limits.flag, limits.hold) if t is not None), default=None)
        if lowest is not None and lowest - score < distance:
            distance = lowest - score
            nearest = Reason(
                rule="below_thresholds", attribute=attribute, threshold=lowest, score=score
            )
    return nearest


def pointed(verdict: Verdict, scored: StoredScores) -> Verdict:
    """Give a verdict whose scores say which words of the text raised them most.

    They are not known when it is made: a comment is explained when somebody asks.
    """
    reasons = tuple(
        replace(reason, spans=_heaviest(scored, reason.attribute))
        if reason.rule == "score" and reason.attribute and not (reason.part or reason.spans)
        else reason
        for reason in verdict.reasons
    )
    return replace(verdict, reasons=reasons)


def _heaviest(scored: StoredScores, attribute: str, most: int = 3) -> tuple[tuple[int, int], ...]:
    """Give the spans (code points) that raise an attribute's logit most: three say enough."""
    weighed = [
        (span["contributions"].get(attribute, 0.0), span["start"], span["end"])
        for span in scored.spans
    ]
    heaviest = sorted((item for item in weighed if item[0] > 0), reverse=True)[:most]
    return tuple(sorted((start, end) for _, start, end in heaviest))
