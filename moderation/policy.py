"""Scores, a site's settings and simple rules in; a verdict with its reasons out. Pure.

Every rule is one row of `RULES`; all are asked, every one that speaks adds its reason, and the
strongest action wins. No preset rejects on a score alone: a person does that. A site may choose to
have what is plainly spam rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from classifiers.normalise import normalise, normalise_with_spans
from classifiers.score import thresholds_of

from . import word_list
from .languages import known_code
from .records import (
    NO_SCORES,
    Action,
    AuthorRecord,
    Lane,
    MeasureKind,
    Part,
    Reason,
    StoredScores,
    Verdict,
)

MAJORITY = 0.5
"""The score from which more raters say yes than no."""

SPAM = "spam"
"""The attribute whose cases have a lane of their own, and may be refused."""

# So many words are enough to see why; each reason is stored with its comment.
_MOST_SPANS = 20
# From so many words on a name says something.
_SPEAKING_NAME = 3
# What phrases of despair speak of, as in `classifiers.despair`.
_GRAVEST_FIRST = ("plan", "wish", "despair", "harm", "past")
_STRENGTH: Mapping[Action, int] = {"publish": 0, "flag": 1, "hold": 2, "reject": 3}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score on a comment is flagged (visible, queued) or held (hidden, queued)."""

    flag: float | None
    hold: float | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """From which score on spam is refused where a site asks for that.

    `clean_share` is the share of clean comments that was measured to lie there at most.
    """

    threshold: float
    clean_share: float


@dataclass(frozen=True, slots=True)
class Target:
    """The share of clean comments that a preset may flag or hold; thresholds follow from it."""

    flag: float
    hold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A site's policy, complete: a preset with the site's own settings over it."""

    preset: str = "balanced"
    language: str | None = None
    target: Target = field(default=Target(flag=0.05, hold=0.02))
    thresholds: Mapping[str, Thresholds] = field(default_factory=dict)
    hold_words: tuple[str, ...] = ()
    flag_words: tuple[str, ...] = ()
    max_links: int | None = 2
    first_comment: Action = "publish"
    unsupported_language: Action = "hold"
    chose_for_unsupported: bool = False
    scorer_down: Action = "hold"
    repeat: Action = "hold"
    self_harm: Action = "flag"
    audit_rate: float = 0.01
    close_after_days: int | None = None
    max_length: int = 5_000
    edit_minutes: int = 15
    max_depth: int = 6
    votes: bool = True
    spam: Literal["hold", "reject"] = "hold"
    premoderate: Literal["none", "first", "links", "all"] = "none"
    premoderate_first: int = 1
    notices: Mapping[str, str] = field(default_factory=dict)
    help: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    reserved_names: tuple[str, ...] = ()
    nudge: bool = True
    # The last card asked about, and what was found on it: a verdict asks some dozens of times.
    _measured: list[tuple[Mapping[str, Any], dict[tuple[str, str], Thresholds]]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Policy:
        """Build a policy from a site's stored settings; what they leave out the preset says."""
        base = PRESETS[stored.get("preset", "balanced")]
        words = stored.get("words", {})
        plain = {name: stored[name] for name in _PLAIN_SETTINGS if name in stored}
        if plain.get("language"):
            plain["language"] = known_code(plain["language"])
        return replace(
            base,
            **plain,
            chose_for_unsupported="unsupported_language" in stored,
            thresholds={
                name: Thresholds(flag=value.get("flag"), hold=value.get("hold"))
                for name, value in stored.get("thresholds", {}).items()
            },
            hold_words=tuple(words.get("hold", ())),
            flag_words=tuple(words.get("flag", ())),
            notices={**base.notices, **stored.get("notices", {})},
            help={**base.help, **stored.get("help", {})},
            limits={**base.limits, **stored.get("limits", {})},
            reserved_names=tuple(stored.get("reserved_names", ())),
        )

    def threshold(
        self, attribute: str, card: Mapping[str, Any], language: str = "en"
    ) -> Thresholds:
        """Give one attribute's thresholds: the site's own, else the model's at the target.

        A card's thresholds map a share of clean comments (as text, "0.02") to the score above
        which that share lies, measured on held-out comments of the language. An attribute without
        measured thresholds neither flags nor holds.
        """
        own = self.thresholds.get(attribute)
        if own is not None:
            return own
        of_card = self._of_card(card)
        found = of_card.get((attribute, language))
        if found is None:
            measured = thresholds_of(card, language).get(attribute, {})
            found = of_card[attribute, language] = Thresholds(
                flag=_at_target(measured, self.target.flag),
                hold=_at_target(measured, self.target.hold),
            )
        return found

    def _of_card(self, card: Mapping[str, Any]) -> dict[tuple[str, str], Thresholds]:
        known = self._measured[0] if self._measured else None
        if known is None or known[0] is not card:
            known = (card, {})
            self._measured[:] = [known]
        return known[1]

    def refusal(self, card: Mapping[str, Any], language: str = "en") -> Refusal | None:
        """Give from which spam score on a comment may be refused: never below what holds one.

        It is the strictest that was measured, whatever the preset. None where nothing was: then
        nobody could say how many would be refused by mistake.
        """
        measured = thresholds_of(card, language).get(SPAM, {})
        if not measured:
            return None
        share = min(measured, key=float)
        hold = self.threshold(SPAM, card, language).hold
        return Refusal(threshold=max(measured[share], hold or 0.0), clean_share=float(share))

    def holds_from(self, attribute: str, card: Mapping[str, Any], language: str = "en") -> float:
        """Give the score from which an attribute alone holds a comment: for yes-or-no answers.

        Where neither the site nor the model's card says, it is a majority of raters.
        """
        threshold = self.threshold(attribute, card, language).hold
        return MAJORITY if threshold is None else threshold

    def would_hold(self, scored: StoredScores, card: Mapping[str, Any]) -> bool:
        """Say whether any score alone would hold a text."""
        return any(
            _reaches(score, self.threshold(attribute, card, scored.language).hold)
            for attribute, score in scored.scores.items()
        )

    def concerned(self, scored: StoredScores, card: Mapping[str, Any]) -> bool:
        """Say whether any score alone flags or holds a text."""
        return any(
            _reaches(score, limit.flag) or _reaches(score, limit.hold)
            for name, score in scored.scores.items()
            for limit in [self.threshold(name, card, scored.language)]
        )

    def folded(self, text: str) -> str:
        """Give the text as the classifier reads it, its disguises undone, to look for listed words.

        Empty if the site lists none.
        """
        if not (self.hold_words or self.flag_words):
            return ""
        return normalise(text).strip()

    def is_read(self, card: Mapping[str, Any]) -> bool:
        """Say whether the model reads the site's language; a site that named none is taken so."""
        return self.language is None or self.language in card.get("languages", ())

    def without_scores(self, card: Mapping[str, Any]) -> Action:
        """Give what happens to a text in a language that the model does not read.

        On a site whose own language it is, nearly every text is one: they are published, unless the
        site says otherwise, and links, word lists and repeats still hold.
        """
        if not self.chose_for_unsupported and not self.is_read(card):
            return "publish"
        return self.unsupported_language

    def notice(self, status: str) -> str | None:
        """Give the site's words for the author of a comment in this status, if it has any."""
        return self.notices.get(status) or None

    def help_for(self, scored: StoredScores | None) -> Mapping[str, Any] | None:
        """Give what the author of a text in despair is told and where help is, if anything.

        `own` says whether the site wrote the text itself.
        """
        found = scored.self_harm if scored else None
        if found is None or not found.acute or not (self.help["text"] or self.help["links"]):
            return None
        return {**self.help, "own": self.help["text"] != HELP["text"]}


_PLAIN_SETTINGS = (
    "preset",
    "language",
    "max_links",
    "first_comment",
    "unsupported_language",
    "scorer_down",
    "repeat",
    "self_harm",
    "audit_rate",
    "close_after_days",
    "max_length",
    "edit_minutes",
    "max_depth",
    "votes",
    "spam",
    "premoderate",
    "premoderate_first",
    "nudge",
)

_NOTICES = {
    "held": "Thanks. A moderator will review your comment; until then only you can see it.",
    "rejected": "Your comment was not published. Only you can see it.",
}
HELP: Mapping[str, Any] = {
    "text": (
        "It sounds as if things are very hard for you right now. You don't have to face them "
        "alone: here you can find people who listen, in many countries and languages. If you are "
        "in immediate danger, please call your local emergency number."
    ),
    "links": (
        {"title": "Find A Helpline", "url": "https://findahelpline.com"},
        {"title": "Befrienders Worldwide", "url": "https://befrienders.org"},
    ),
}
"""What an author in despair is told where the site says nothing else.

Directories of many countries, since a number is right in one country and for a while.
"""
# Writes a minute, by choice: above what a person types, clicks or reports, far below what a script
# sends. A program's key writes for many people.
_LIMITS = {
    "comments_per_minute": 30,
    "votes_per_minute": 60,
    "reports_per_minute": 10,
    "key_comments_per_minute": 600,
}

# Targets are among the shares at which a model's card has thresholds: 0.5, 1, 2, 5 and 10 % of
# clean comments. Which of them a preset takes is a choice, as are all numbers here and in `Policy`.
# A lower one lets more abuse stand, a higher one makes more harmless comments wait and moderators
# read more; links, first comments, repeats and random checks follow the same line. How much abuse
# each of the first four shares finds is in docs/classifier.md.
PRESETS: Mapping[str, Policy] = {
    "relaxed": Policy(
        preset="relaxed",
        target=Target(flag=0.02, hold=0.005),
        max_links=5,
        unsupported_language="flag",
        repeat="flag",
        notices=_NOTICES,
        help=HELP,
        limits={**_LIMITS, "comments_per_minute": 60},
    ),
    "balanced": Policy(notices=_NOTICES, help=HELP, limits=_LIMITS),
    "strict": Policy(
        preset="strict",
        target=Target(flag=0.1, hold=0.05),
        max_links=0,
        first_comment="hold",
        self_harm="hold",
        audit_rate=0.05,
        notices=_NOTICES,
        help=HELP,
        limits={**_LIMITS, "comments_per_minute": 6},
    ),
}


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
    a moderator set for the author.
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
    for attribute, score in facts.scored.of_others.items():
        limits = facts.policy.threshold(attribute, facts.card, facts.scored.language)
        steps: list[tuple[Action, float | None]] = [("hold", limits.hold), ("flag", limits.flag)]
        # Who may be in danger is not turned away by a score, whatever else the text is.
        danger = facts.scored.self_harm is not None and facts.scored.self_harm.acute
        if attribute == SPAM and facts.policy.spam == "reject" and not danger:
            refusal = facts.policy.refusal(facts.card, facts.scored.language)
            steps.insert(0, ("reject", refusal.threshold if refusal else None))
        for action, threshold in steps:
            if _reaches(score, threshold):
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
        for attribute, score in each.scored.scores.items():
            threshold = facts.policy.threshold(attribute, facts.card, each.scored.language).hold
            if _reaches(score, threshold):
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
    for attribute, score in facts.scored.of_others.items():
        limits = facts.policy.threshold(attribute, facts.card, facts.scored.language)
        lowest = min((t for t in (limits.flag, limits.hold) if t is not None), default=None)
        if lowest is not None and lowest - score < distance:
            distance = lowest - score
            nearest = Reason(
                rule="below_thresholds", attribute=attribute, threshold=lowest, score=score
            )
    return nearest


def _reaches(score: float, threshold: float | None) -> bool:
    """Say whether a score is at a threshold or above it; none is never reached."""
    return threshold is not None and score >= threshold


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


def _at_target(measured: Mapping[str, float], share: float) -> float | None:
    """Give the threshold measured for the largest share not above the wanted one."""
    fitting = [float(key) for key in measured if float(key) <= share]
    if not fitting:
        return None
    nearest = max(fitting)
    return next(value for key, value in measured.items() if float(key) == nearest)
