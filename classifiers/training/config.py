"""What can be tuned in training; ``docs/classifier.md`` says what was tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["abuse", "spam"]


@dataclass(frozen=True)
class Recipe:
    """What can be tuned; the values are those of the table in ``docs/classifier.md``."""

    #: L2 penalty on the scaled weights.
    penalty: float = 0.6
    #: Features in fewer training texts are dropped: they are names, typos and collisions.
    min_documents: int = 3
    #: Pseudo-count of the naive-Bayes log ratio that scales a feature's prior.
    smoothing: float = 5.0
    iterations: int = 60
    #: Weight of the raters' share against the teacher's where both are known, of sources in the
    #: domain and of others.
    raters: float = 0.3
    raters_elsewhere: float = 0.1
    #: Weight of a comment of the domain over its source's, once a teacher has labelled the others.
    near_weight: float = 1.5
    #: Least worth of a text that only the teacher has labelled.
    teacher_weight: float = 0.4
    #: Weight of a sentence of a longer text, which only the teacher has labelled.
    piece_weight: float = 0.5
    #: Weight of a text made of parts of comments, which only the teacher has labelled.
    mixture_weight: float = 0.5
    #: Weight of a disguised copy of an abusive comment, which has several, against the comment
    #: itself, and of a clean one, which has one: else odd spelling itself would pass for abuse.
    disguise_weight: float = 0.9
    clean_disguise_weight: float = 3.6


RECIPES: Mapping[Kind, Recipe] = {
    "abuse": Recipe(),
    # Spam texts are few and short: a stronger pull to zero keeps single words from deciding.
    "spam": Recipe(penalty=1.0, min_documents=2),
}
