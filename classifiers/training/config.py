"""What can be tuned in training; ``docs/classifier.md`` says what was tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["abuse", "spam"]


@dataclass(frozen=True)
class TrainingConfig:
    """The values kept, those of the tables in ``docs/classifier.md``; a card has them by name."""

    #: Whether the contrast material (`contrast_material`) is learnt from.
    contrast: bool = False
    #: What the weight of that material is multiplied by: a sum of words cannot tell a sentence from
    #: its twin, so it only shows the fast model where to let the second reader look.
    contrast_weight: float = 0.4
    #: Attributes with fewer rows that raters said yes of are not learnt.
    least_positives: int = 1
    #: L2 penalty on the scaled weights.
    penalty: float = 0.6
    #: Features in fewer training texts are dropped: they are names, typos and collisions.
    min_documents: int = 3
    #: Pseudo-count of the naive-Bayes log ratio that scales a feature's prior.
    smoothing: float = 5.0
    #: Most iterations of the optimiser for each attribute.
    iterations: int = 60
    #: Weight of the raters' share against the teacher's where both are known, for sources of the
    #: domain and for others.
    raters: float = 0.3
    raters_elsewhere: float = 0.1
    #: What the weight of a comment of the domain is multiplied by where a teacher has labelled it.
    near_weight: float = 1.5
    #: Least weight of a text that a teacher has labelled.
    teacher_weight: float = 0.4
    #: Weight of a sentence of a longer text, which only the teacher has labelled.
    piece_weight: float = 0.5
    #: Weight of a text made of parts of comments, which only the teacher has labelled.
    mixture_weight: float = 0.5
    #: Weight of a disguised copy of an abusive comment, which has several, against the comment
    #: itself, and of a clean one, which has one: else odd spelling itself would pass for abuse.
    disguise_weight: float = 0.9
    clean_disguise_weight: float = 3.6


CONFIGS: Mapping[Kind, TrainingConfig] = {
    "abuse": TrainingConfig(),
    # Spam texts are few and short: a stronger pull to zero keeps single words from deciding.
    "spam": TrainingConfig(penalty=1.0, min_documents=2, contrast_weight=1.0),
}


#: Of other languages than English there is one source each: with fewer rows a model would learn
#: what few subjects are about.
_LEAST_POSITIVES = 200


def config_of(kind: Kind, language: str, *, contrast: bool = False) -> TrainingConfig:
    """The values for a kind of model of a language."""
    config = replace(CONFIGS[kind], contrast=contrast)
    if language == "en":
        return config
    # There is no second reader in them, so what was written counts in full.
    return replace(config, least_positives=_LEAST_POSITIVES, contrast_weight=1.0)
