"""What each source of training comments weighs: how near it is to comments under articles.

One row a source; ``docs/classifier.md`` says how the numbers were set. ``weight`` multiplies every
label of the source. A source with ``intercept`` was sampled by keyword or by label, so its base
rate is an artefact: the teacher gives it an intercept of its own, which is dropped afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """How one source's labels enter training."""

    weight: float
    intercept: bool = True
    #: Share of ``weight`` that a label below one half keeps: rewritten or keyword-sampled
    #: "clean" rows are not what clean comments look like.
    negatives: float = 1.0
    #: Whether the source is Wikipedia talk as Jigsaw sampled it, the domain validated on.
    in_domain: bool = False
    #: Shares of the source's groups held out as (development, test); near-duplicates, rows with
    #: the same first 60 letters, are one group.
    held_out: tuple[float, float] = (0.0, 0.0)
    #: Whether it only asks about identity attacks: a yes implies toxicity, a no says nothing of it.
    implies_toxicity: bool = False
    #: Makes a share of raters of a number that is none.
    toxicity_share: Callable[[float], float] | None = None


def ruddit_share(score: float) -> float:
    """Map Ruddit's rescaled best-worst score to a share of raters.

    The score ranks comments and is no share: its neutral comments lie near 0.45 and its plainly
    abusive ones above 0.8, so that interval is stretched over [0, 1].
    """
    return min(1.0, max(0.0, (score - 0.45) / 0.35))


DEFAULT = Source(weight=0.5, held_out=(0.1, 0.0))
#: Contrast material written for this project (``training.contrast_material``), a source a kind.
CONTRAST = Source(weight=2.0, intercept=False, held_out=(0.1, 0.0))
CONTRAST_PREFIX = "contrast_"

SOURCES: dict[str, Source] = {
    "jigsaw_amodh": Source(3.0, intercept=False, in_domain=True, held_out=(0.25, 0.35)),
    "jigsaw_ak": Source(3.0, intercept=False, in_domain=True, held_out=(0.25, 0.35)),
    "jigsaw_detoxify": Source(3.0, intercept=False, in_domain=True, held_out=(0.25, 0.35)),
    "jigsaw_hieunt": Source(3.0, in_domain=True, held_out=(0.10, 0.10)),
    "jigsaw_furkan": Source(3.0, in_domain=True, held_out=(0.10, 0.10)),
    "jigsaw_martinwg": Source(2.0),
    "jigsaw_automod": Source(1.0),
    "wiki_cat": Source(1.5, held_out=(0.08, 0.12)),
    "civil_toxic_spans": Source(1.0, negatives=0.7),
    "fox_news": Source(1.0, implies_toxicity=True),
    "ruddit": Source(0.8, toxicity_share=ruddit_share),
    "convabuse": Source(0.8),
    "davidson": Source(0.4),
    "hatemoji": Source(0.6, implies_toxicity=True),
    "paradetox": Source(0.4, negatives=0.6),
    "hatexplain": Source(0.3),
    "edos": Source(0.4, implies_toxicity=True),
    "guest_misogyny": Source(0.4, implies_toxicity=True),
    "stormfront": Source(0.3, implies_toxicity=True),
    "mlma": Source(0.1, negatives=0.5),
    "jigsaw_khanhhk": Source(2.0, held_out=(0.1, 0.1)),
    "wiki_raters": Source(1.0),
    "civil_first100": Source(1.0, intercept=False),
    #: Clean rows alone, or clean replies to abuse: an intercept would learn nothing but that.
    "reddit_ham": Source(0.5, intercept=False, held_out=(0.1, 0.1)),
    "bold_wiki": Source(0.4, intercept=False),
    "gbv_counter": Source(0.5, intercept=False),
    "crowdcounter": Source(0.6, intercept=False),
    "implicit_identity": Source(0.8, intercept=False, implies_toxicity=True),
    "toxigen_demos": Source(0.6, intercept=False),
    "toxigen_annotated": Source(0.4),
    "implicit_hate": Source(0.3, implies_toxicity=True),
    "sbic": Source(0.3),
    "hatexplain_full": Source(0.3),
    "gab_hate": Source(0.3),
    #: Written for this project (``training.contrasts``; ``identities`` for people).
    "templates": Source(0.75, intercept=False),
    "contrasts": Source(4.0, intercept=False),
    #: A single emoji stands against all the tweets that end with it.
    "emoji": Source(24.0, intercept=False),
    "exchanged": Source(0.7, intercept=False),
    #: Other languages, each learnt alone: twice what a sentence written for it weighs.
    "germeval18": Source(4.0, held_out=(0.2, 0.0)),
    "toldbr": Source(4.0, held_out=(0.1, 0.0)),
    "beep_ko": Source(4.0, held_out=(0.12, 0.12)),
    "cold": Source(4.0, held_out=(0.1, 0.0)),
    "sms_spam": Source(1.0, held_out=(0.15, 0.0)),
    "youtube_spam": Source(1.0, held_out=(0.15, 0.0)),
}


def source(name: str) -> Source:
    """The row for a source name; an unknown source gets a middling weight."""
    return SOURCES.get(name, CONTRAST if is_contrast(name) else DEFAULT)


def is_contrast(name: str) -> bool:
    """Whether a source is contrast material written for this project."""
    return name.startswith(CONTRAST_PREFIX)


def is_wikipedia_talk(name: str) -> bool:
    """Whether a source is Wikipedia talk, be it as Jigsaw sampled it or at random."""
    return source(name).in_domain or name == "wiki_cat"
