"""What is added to natural comments for training: people exchanged, sentences written, disguises.

All of it is made without chance: the same rows give the same additions.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from classifiers.data.attacks import attack
from classifiers.data.examples import ATTRIBUTES, Example, fingerprint
from classifiers.data.identities import IDENTITIES, Identity, with_article
from classifiers.data.sources import is_contrast, is_wikipedia_talk, source
from classifiers.training import contrasts, templates

#: Terms that mostly mean something else in comments about articles (`an old revision`).
_AMBIGUOUS = frozenset(
    ("straight", "black", "white", "brown", "blind", "old", "young", "poor", "rich", "fat", "man")
)
#: How often each clean sentence is repeated for a term that is named mostly in abuse, at least and
#: at most: once for so many toxic mentions. Half as much left five groups held too often.
REPEATS = (6, 20)
TOXIC_A_REPEAT = 60
#: Clean mentions granted to each term, so that one toxic comment makes no term a toxic one.
FEW = 10
#: Below this share of raters a comment is clean whomever it names.
CLEAN_SHARE = 0.2
#: Copies of each clean comment that names an identity, and of each that speaks of anyone; every
#: other one names a group that is named mostly in abuse, drawn as often as it has repeats.
COPIES = 8
NAMED_COPIES = 2
_ANYONE = re.compile(
    r"\b(?:(people|users|editors|admins|authors|readers|students|folks|guys)"
    r"|user|editor|person|admin|author|reader|student|guy)\b",
    re.IGNORECASE,
)
#: Attacks that the normaliser does not undo completely, and the least weight of the sources whose
#: comments are disguised by them.
DISGUISES = ("typos", "typos", "leet", "stretched", "reversed", "censored")
NEAR_WEIGHT = 1.0
#: The sources of the examples that are added; they are not disguised.
ADDED = frozenset({"exchanged", "templates", "contrasts", "emoji"})


def added_examples(rows: Sequence[Example]) -> list[Example]:
    """Examples of the ``ADDED`` sources for training rows."""
    repeats = most_abused(rows)
    return (
        exchanged_examples(rows, repeats)
        + templates.template_examples(repeats)
        + contrasts.contrast_examples()
    )


def most_abused(rows: Sequence[Example], most: int = 24) -> dict[Identity, int]:
    """The terms whose mentions are most often toxic, most first, and how many repeats each needs.

    Each row counts by its source's weight, and ``FEW`` clean mentions are added to each term, so
    that one seldom named is not taken for one of them.

    Returns:
        For each term how often each clean sentence is repeated: once for ``TOXIC_A_REPEAT`` of its
        toxic mentions, within ``REPEATS``.
    """
    pattern, forms = _pattern(IDENTITIES)
    toxic: dict[Identity, float] = defaultdict(float)
    named: dict[Identity, float] = defaultdict(float)
    for row in rows:
        attacked = max(row.labels.get(name, 0.0) for name in ("toxicity", "identity_attack"))
        if attacked < 0.5 and "toxicity" not in row.labels:
            continue
        weight = source(row.source).weight
        for term in {forms[match[0].lower()][0] for match in pattern.finditer(row.text)}:
            named[term] += weight
            toxic[term] += weight * (attacked >= 0.5)
    rates = {term: count / (named[term] + FEW) for term, count in toxic.items() if count}
    least, highest = REPEATS
    return {
        term: min(highest, max(least, round(toxic[term] / TOXIC_A_REPEAT)))
        for term in sorted(rates, key=lambda term: (-rates[term], term.one))[:most]
    }


def _pattern(
    terms: Sequence[Identity],
) -> tuple[re.Pattern[str], dict[str, tuple[Identity, bool]]]:
    """What finds the terms in a text, and for each form its term and whether it is the plural."""
    forms = {
        form.lower(): (term, form == term.many) for term in terms for form in (term.one, term.many)
    }
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(longest_first)})\b", re.IGNORECASE), forms


def exchanged_examples(rows: Sequence[Example], repeats: Mapping[Identity, int]) -> list[Example]:
    """Natural comments with the people they speak of exchanged, of the source ``exchanged``.

    In real comments some groups are named mostly in abuse. Whatever is said of one group without
    offence can be said of any other, so each copy of a clean comment keeps the row's labels. A
    comment about anyone (`this user`, `people`) becomes one about a group (`this Muslim user`,
    `women`), and is as toxic as before, so that the group's name says nothing of it.

    Args:
        repeats: the terms named mostly in abuse, as ``most_abused`` gives them.
    """
    pattern, forms = _pattern([term for term in IDENTITIES if term.one not in _AMBIGUOUS])
    abused = [term for term, times in repeats.items() for _ in range(times)] or IDENTITIES
    examples = []
    for row in rows:
        if not is_wikipedia_talk(row.source) or "toxicity" not in row.labels:
            continue
        clean = row.labels["toxicity"] < CLEAN_SHARE
        labels = dict.fromkeys(ATTRIBUTES, 0.0) if clean else {"toxicity": row.labels["toxicity"]}
        named = pattern.search(row.text) is not None
        if named and not clean:
            continue
        if not named and not _ANYONE.search(row.text):
            continue
        copies = COPIES if named else NAMED_COPIES
        digest = hashlib.blake2b(row.text.encode("utf-8", "replace"), digest_size=copies).digest()
        for i, number in enumerate(digest):
            choice = abused if i % 2 else IDENTITIES
            term = choice[number * len(choice) >> 8]

            def other(match: re.Match[str], term: Identity = term) -> str:
                return term.many if forms[match[0].lower()][1] else term.one

            def group(match: re.Match[str], term: Identity = term) -> str:
                if term.many == f"{term.one} people":
                    return f"{term.one} {match[0]}"
                return term.many if match[1] else term.one

            text = pattern.sub(other, row.text) if named else _ANYONE.sub(group, row.text)
            text = with_article(text, term)
            examples.append(Example(text, labels, source="exchanged", license=row.license))
    return examples


def is_written(row: Example) -> bool:
    """Whether a row was written or made for this project, and is no natural comment."""
    return row.source in ADDED or is_contrast(row.source)


def is_abusive(row: Example) -> bool:
    """Whether most raters say that a comment is toxic."""
    return row.labels.get("toxicity", 0.0) >= 0.5


def disguised_copies(rows: Sequence[Example]) -> tuple[list[int], list[str]]:
    """Comments near the domain, disguised in ways that are not wholly undone.

    An abusive comment is disguised in each way, another in one: it is the harsh words whose
    spellings must be known.

    Returns:
        Numbers of the rows, and the texts that they became.
    """
    copied, texts = [], []
    for i, row in enumerate(rows):
        if is_written(row) or source(row.source).weight < NEAR_WEIGHT:
            continue
        number = int(fingerprint(row.text)[:8], 16)
        ways = DISGUISES if is_abusive(row) else (DISGUISES[number % len(DISGUISES)],)
        for seed, name in enumerate(ways):
            text = attack(row.text, name, seed)
            if text != row.text:
                copied.append(i)
                texts.append(text)
    return copied, texts
