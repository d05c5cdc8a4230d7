"""Words for groups of people, and how templates are filled with them.

The sentences themselves stand apart, so that none is both learnt and measured on: those to learn in
``training.templates``, those to measure on in ``evaluation.templates``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """A term as adjective or singular noun (``one``) and as plural (``many``)."""

    one: str
    many: str


def _people(*words: str) -> tuple[Identity, ...]:
    return tuple(Identity(word, f"{word} people") for word in words)


IDENTITIES: tuple[Identity, ...] = (
    *_people(
        "gay",
        "lesbian",
        "bisexual",
        "transgender",
        "trans",
        "queer",
        "straight",
        "heterosexual",
        "homosexual",
        "nonbinary",
        "intersex",
        "asexual",
        "black",
        "white",
        "brown",
        "Asian",
        "Arab",
        "African",
        "Latino",
        "Hispanic",
        "Chinese",
        "Japanese",
        "Korean",
        "Indian",
        "Pakistani",
        "Mexican",
        "American",
        "Russian",
        "Polish",
        "Turkish",
        "Irish",
        "European",
        "Indigenous",
        "Jewish",
        "Muslim",
        "Christian",
        "Catholic",
        "Hindu",
        "Buddhist",
        "Sikh",
        "Mormon",
        "Protestant",
        "religious",
        "disabled",
        "deaf",
        "blind",
        "autistic",
        "paralyzed",
        "epileptic",
        "old",
        "elderly",
        "young",
        "poor",
        "homeless",
        "rich",
        "overweight",
        "fat",
    ),
    Identity("woman", "women"),
    Identity("man", "men"),
    Identity("girl", "girls"),
    Identity("feminist", "feminists"),
    Identity("female", "females"),
    Identity("male", "males"),
    Identity("immigrant", "immigrants"),
    Identity("refugee", "refugees"),
    Identity("migrant", "migrants"),
    Identity("atheist", "atheists"),
    Identity("Jew", "Jews"),
    Identity("lesbian couple", "lesbians"),
    Identity("Democrat", "Democrats"),
    Identity("Republican", "Republicans"),
    Identity("liberal", "liberals"),
    Identity("conservative", "conservatives"),
    Identity("veteran", "veterans"),
    Identity("vegan", "vegans"),
    Identity("teenager", "teenagers"),
)


def with_article(text: str, term: Identity) -> str:
    """Put `a` or `an` before the term, as its first letter asks for."""
    article = "an" if term.one[0].lower() in "aeiou" else "a"
    return re.sub(rf"\ban?(?= {re.escape(term.one)}\b)", article, text)


def fill_templates(templates: tuple[str, ...]) -> Iterator[tuple[Identity, str]]:
    """Every template with every identity filled in."""
    for identity in IDENTITIES:
        for template in templates:
            text = template.format(one=identity.one, many=identity.many)
            text = with_article(text, identity)
            yield identity, text[0].upper() + text[1:]
