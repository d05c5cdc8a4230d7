"""A site's settings, complete, and the presets that say what they leave out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from classifiers.normalise import normalise
from classifiers.score import thresholds_of

from ..languages import known_code
from ..records import Action, StoredScores

MAJORITY = 0.5
"""The score from which more raters say yes than no."""

SPAM = "spam"
"""The attribute whose cases have a lane of their own, and may be refused."""


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
    raids: Literal["off", "show", "hold"] = "show"
    proof: Literal["off", "risen", "second"] = "risen"
    held_expire_days: int | None = None
    # The last card asked about, and what was found on it: a verdict asks some dozens of times.
    _measured: list[tuple[Mapping[str, Any], dict[str, _Limits]]] = field(
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
        return self.thresholds_for(card, language)[attribute]

    def thresholds_for(
        self, card: Mapping[str, Any], language: str = "en"
    ) -> Mapping[str, Thresholds]:
        """Give the thresholds of every attribute that is asked for, see `threshold`."""
        known = self._measured[0] if self._measured else None
        if known is None or known[0] is not card:
            known = (card, {})
            self._measured[:] = [known]
        found = known[1].get(language)
        if found is None:
            found = known[1][language] = _Limits(self, thresholds_of(card, language))
        return found

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
        limits = self.thresholds_for(card, scored.language)
        return any(
            reaches(score, limits[attribute].hold) for attribute, score in scored.scores.items()
        )

    def concerned(self, scored: StoredScores, card: Mapping[str, Any]) -> bool:
        """Say whether any score alone flags or holds a text."""
        limits = self.thresholds_for(card, scored.language)
        return any(
            reaches(score, limits[name].flag) or reaches(score, limits[name].hold)
            for name, score in scored.scores.items()
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


class _Limits(dict[str, Thresholds]):
    """A policy's thresholds by attribute, found out when one is asked for first."""

    def __init__(self, policy: Policy, measured: Mapping[str, Mapping[str, float]]) -> None:
        super().__init__(policy.thresholds)
        self._target, self._of_card = policy.target, measured

    def __missing__(self, attribute: str) -> Thresholds:
        measured = self._of_card.get(attribute, {})
        found = self[attribute] = Thresholds(
            flag=_at_target(measured, self._target.flag),
            hold=_at_target(measured, self._target.hold),
        )
        return found


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
    "raids",
    "proof",
    "held_expire_days",
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


def reaches(score: float, threshold: float | None) -> bool:
    """Say whether a score is at a threshold or above it; none is never reached."""
    return threshold is not None and score >= threshold


def _at_target(measured: Mapping[str, float], share: float) -> float | None:
    """Give the threshold measured for the largest share not above the wanted one."""
    fitting = [float(key) for key in measured if float(key) <= share]
    if not fitting:
        return None
    nearest = max(fitting)
    return next(value for key, value in measured.items() if float(key) == nearest)
