"""Models of several languages as one scorer: each text is scored by those of its language.

Those of the main language, English where it is among them, are there from the start. Any other is
read when the first text in it comes, so that a site in one language carries no other. Only who
waits for a text in that language waits for it: some tens of milliseconds, once in a process.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers import model_file
from classifiers.artefact import full_card, load
from classifiers.model import LinearScorer
from classifiers.score import Explain, Score, Scorer


@dataclass(frozen=True, slots=True)
class Described:
    """What a file says of its model, without its weights."""

    path: Path
    version: str
    revision: int
    attributes: tuple[str, ...]
    languages: tuple[str, ...]
    card: Mapping[str, Any]


def describe(path: Path) -> Described:
    """Read what a file says of its model; raises as ``model_file.read`` does."""
    manifest = model_file.read(path, model_file.described)
    version = f"{manifest['name']}@{manifest['revision']}"
    attributes, languages = tuple(manifest["attributes"]), tuple(manifest["languages"])
    card = {
        **manifest["card"],
        "version": version,
        "attributes": list(attributes),
        "languages": list(languages),
    }
    return Described(path, version, manifest["revision"], attributes, languages, card)


class _Later:
    """The models of one language, loaded when they are first asked."""

    def __init__(self, described: Sequence[Described]) -> None:
        self.described = described
        self.attributes = tuple(name for each in described for name in each.attributes)
        if len(set(self.attributes)) < len(self.attributes):
            raise ValueError("models must score one attribute or more, and each only once")
        self.version = ",".join(each.version for each in described)
        self._lock = threading.Lock()
        self._scorer: LinearScorer | None = None

    def scorer(self) -> LinearScorer:
        if self._scorer is None:
            with self._lock:
                if self._scorer is None:
                    self._scorer = LinearScorer([load(each.path) for each in self.described])
        return self._scorer

    def own_card(self) -> dict[str, Any]:
        thresholds: dict[str, Any] = {}
        for each in self.described:
            thresholds |= each.card.get("thresholds", {})
        return {
            "version": self.version,
            "attributes": list(self.attributes),
            "thresholds": thresholds,
        }


class MultilingualScorer:
    """A scorer of one language, and files of models for others."""

    def __init__(
        self, main: Scorer, others: Mapping[str, Sequence[Path]], *, lazy: bool = True
    ) -> None:
        """Look at the files of the other languages, without their weights.

        Args:
            others: files by language, of languages that ``main`` does not score.
            lazy: False loads them all at once, and the card then has their hashes.

        Raises:
            ValueError: if two models of one language score the same attribute.
            ClassifierError: if a file is not a model.
        """
        self.main = main
        groups: dict[tuple[Path, ...], _Later] = {}
        self._others: dict[str, _Later] = {}
        for code in sorted(others):
            paths = tuple(others[code])
            if paths not in groups:
                groups[paths] = _Later([describe(path) for path in paths])
            self._others[code] = groups[paths]
        self.languages = tuple(sorted({*main.languages, *self._others}))
        later = list(groups.values())
        self.version = ",".join([main.version, *(each.version for each in later)])
        self.attributes = tuple(
            dict.fromkeys((*main.attributes, *(name for each in later for name in each.attributes)))
        )
        if not lazy:
            for each in later:
                each.scorer()
        described = [each for group in later for each in group.described]
        self.card: Mapping[str, Any] = {
            **main.card,
            "version": self.version,
            "attributes": list(self.attributes),
            "languages": list(self.languages),
            "by_language": {code: group.own_card() for code, group in self._others.items()},
            "models": [
                *main.card.get("models", [main.card]),
                *(each.card if lazy else full_card(load(each.path)) for each in described),
            ],
        }

    def revision(self, attribute: str) -> int:
        """The revision behind an attribute in the main language, or where it is not there."""
        if attribute in self.main.attributes:
            return self.main.revision(attribute)
        return next(
            each.revision
            for group in self._others.values()
            for each in group.described
            if attribute in each.attributes
        )

    def score(
        self,
        texts: Sequence[str],
        *,
        explain: Explain = False,
        languages: Sequence[str | None] | None = None,
    ) -> list[Score]:
        """Score texts, in order; a language that is given is not detected.

        Raises:
            TypeError: for one string instead of a sequence of them.
            ValueError: for another number of languages than of texts.
            ClassifierError: if the file of a language cannot be read when it is first needed.
        """
        # What the main models do not read they give back unscored, with its language.
        scores = self.main.score(texts, explain=explain, languages=languages)
        by_group: dict[_Later, list[int]] = {}
        for i, score in enumerate(scores):
            group = self._others.get(score.language)
            if group is not None:
                by_group.setdefault(group, []).append(i)
        for group, numbers in by_group.items():
            found = group.scorer().score(
                [texts[i] for i in numbers],
                explain=explain,
                languages=[scores[i].language for i in numbers],
            )
            for i, score in zip(numbers, found, strict=True):
                scores[i] = score
        return scores
