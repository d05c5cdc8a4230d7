"""The kinds of comments that a model is checked on, what each asks and its goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Most that may be held of a harmless kind, and of one that names abuse without committing it.
HARMLESS_GOAL = 0.02
REPORTED_GOAL = 0.10
#: Least that must be held of an abusive kind, and of one that says it without a harsh word.
ABUSIVE_GOAL = 0.85
VEILED_GOAL = 0.75
#: Of all harmless cases in another language most that may be held, and of all abusive ones the
#: least that must be: about what English holds, and enough to be better than no model at all.
HARMLESS_HELD = 0.05
ABUSE_CAUGHT = 0.5


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of comment: ``asks`` is one plain question that the model should answer with yes.

    ``goal`` is the most that may be held of a harmless kind, the least of an abusive one, which is
    asked only of models that score ``subject``.
    """

    name: str
    asks: str
    goal: float = HARMLESS_GOAL
    abusive: bool = False
    subject: Literal["abuse", "spam"] = "abuse"

    def met(self, share: float) -> bool:
        """Whether this share held is as it should be."""
        return share >= self.goal if self.abusive else share <= self.goal


def _harmless() -> tuple[Kind, ...]:
    return (
        Kind("names", "Is a person's name only a name, whatever it sounds like?"),
        Kind("places", "Is a place only a place?"),
        Kind("titles", "May one talk of books, films, songs, games and bands with harsh titles?"),
        Kind("nature", "May one talk of animals and plants by their names?"),
        Kind("household", "May one talk of tools and food by their names?"),
        Kind("idioms", "Are figures of speech with death and blows in them understood?"),
        Kind("medicine", "May one talk of the body, illness and treatment?"),
        Kind("sex education", "May one talk of sex as teachers, parents and nurses do?"),
        Kind("news", "May one talk of crime, war, courts and disasters?"),
        Kind("sports", "May one talk of sports and games, where people beat and kill each other?"),
        Kind("computing", "May one talk of programs and paste code?"),
        Kind("links", "Are links, files, numbers and addresses taken for what they are?"),
        Kind("emoji", "Are emoji of people, faiths, flags and feelings harmless?"),
        Kind("people", "May one name groups of people neutrally or kindly, and oneself as one?"),
        Kind("words", "May one ask what a harsh word means?"),
        Kind("reclaimed", "May people call themselves and their friends what others may not?"),
        Kind("dialect", "Is everyday dialect and slang left alone?"),
        Kind("self-deprecation", "May people laugh at themselves?"),
        Kind("profanity", "May one swear without swearing at anybody?"),
        Kind("disagreement", "May one criticise things, ideas and policies sharply?"),
        Kind("short", "Are answers of one word or three left alone?"),
        Kind("despair", "Is despair about oneself not taken for abuse or a threat to others?"),
        Kind("offers", "Are links, prices and offers among neighbours not taken for spam?"),
        Kind("negation", "Is abuse that is denied told from abuse?", REPORTED_GOAL),
        Kind("quotation", "Is abuse that is reported told from abuse?", REPORTED_GOAL),
        Kind("counter-speech", "Is speaking up against abuse told from abuse?", REPORTED_GOAL),
    )


def _abusive() -> tuple[Kind, ...]:
    def kind(name: str, asks: str, goal: float = ABUSIVE_GOAL) -> Kind:
        return Kind(name, asks, goal, abusive=True)

    return (
        kind("insults", "Are insults in plain words caught?"),
        kind("slang", "Is abuse in the slang of chats caught, calls to suicide too?"),
        kind("identity insults", "Are insults for what somebody is caught?"),
        kind("implicit", "Is hate caught that only hints?", VEILED_GOAL),
        kind("dehumanising", "Is it caught when people are called animals or dirt?", VEILED_GOAL),
        kind("exclusion", "Are demands to shut people out or deport them caught?"),
        kind("threats", "Are threats without a harsh word caught?"),
        kind("harassment", "Is sexual harassment caught?"),
        kind("disguised", "Is abuse caught that is spelt to get past a filter?"),
        Kind("spam", "Is spam caught?", ABUSIVE_GOAL, abusive=True, subject="spam"),
    )


KINDS: tuple[Kind, ...] = (*_harmless(), *_abusive())
