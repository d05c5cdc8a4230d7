"""Labelled comments written for the tests, for a model as small as `tiny_model`.

python -m tests.support.labelled > examples.jsonl
"""

from __future__ import annotations

import json
from dataclasses import replace

from classifiers.data.examples import Example
from tests.support.tiny_model import KIND, RUDE, THREATS, tiny_scorer

TOPICS = (
    "bridge",
    "school",
    "budget",
    "market",
    "museum",
    "river",
    "choir",
    "tram",
    "garden",
    "fair",
)


def examples(source: str = "letters", split: str = "") -> list[Example]:
    """180 comments, rude, threatening and kind ones, some of which no model can tell apart."""
    rows = []
    for topic in TOPICS:
        for kind, texts in (("rude", RUDE), ("threat", THREATS), ("kind", KIND)):
            for text in texts:
                rows.append((f"On the {topic}: {text}.", kind))
    return [
        Example(
            text=text,
            labels={
                "insult": float(kind == "rude") if i % 23 else 0.4,
                "threat": float(kind == "threat"),
            },
            id=str(i),
            source=source,
            split=split,
        )
        for i, (text, kind) in enumerate(rows)
    ]


class Named:
    """A scorer that gives the scores of another one other names."""

    def __init__(self, scorer, **names: str) -> None:
        self._scorer, self._names = scorer, names
        self.version = scorer.version
        cuts = scorer.card["thresholds"]
        self.card = {"thresholds": {new: cuts[old] for new, old in names.items() if old in cuts}}

    def score(self, texts, *, languages=None):
        """Score texts, as the scorer behind it does."""
        return [
            _Scored({new: answer.scores[old] for new, old in self._names.items() if answer.scores})
            for answer in self._scorer.score(texts, languages=languages)
        ]


class _Scored:
    def __init__(self, scores: dict[str, float]) -> None:
        self.scores = scores


#: The tiny model's insults, under the name that fairness and robustness are measured by.
TOXIC = Named(tiny_scorer(), toxicity="insult", threat="threat")


def toxic_examples() -> list[Example]:
    """The same comments with insults labelled as toxicity."""
    return [
        replace(row, labels={"toxicity": row.labels["insult"], "threat": row.labels["threat"]})
        for row in examples()
    ]


if __name__ == "__main__":
    for example in toxic_examples():
        print(json.dumps({"text": example.text, "labels": example.labels}))
