"""The model in use: loaded once, before the workers are forked, and asked in this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog

from .errors import ConfigurationError, ScorerUnavailableError, UnavailableError
from .records import StoredScores

if TYPE_CHECKING:
    from classifiers import Score, Scorer
    from classifiers.score import Explain

logger = structlog.get_logger(__name__)


def scorer_unavailable() -> UnavailableError:
    """Make the error for a model that gives no scores."""
    # Seconds, by choice: what a model cannot do now, it can hardly do a second later.
    return ScorerUnavailableError(headers={"Retry-After": "5"})


class ScoringService:
    """`scorer` is the loaded model; see `classifiers.Scorer` for what it says of itself."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    @classmethod
    def load(cls, model: str | None = None, *, second_reader: bool = True) -> ScoringService:
        """Load a model by path or name, or the one that is shipped.

        `second_reader` is whether one that stands beside it is asked where it is unsure.

        Raises `ConfigurationError` naming REJOINDER_MODEL.
        """
        from classifiers import ClassifierError, load_model

        try:
            return cls(load_model(model, second_reader=second_reader))
        except (ClassifierError, OSError) as error:
            raise ConfigurationError(f"REJOINDER_MODEL: {error}") from error

    def score(
        self,
        texts: Sequence[str],
        explain: Explain = False,
        languages: Sequence[str | None] | None = None,
    ) -> list[Score]:
        """Score texts, in order; raises `UnavailableError` (code `scorer-unavailable`)."""
        try:
            scores = self.scorer.score(texts, explain=explain, languages=languages)
        except Exception as error:
            # Whatever a model can do wrong, the caller's policy must hear of it, not a 500 page.
            logger.exception("scoring.failed", texts=len(texts))
            raise scorer_unavailable() from error
        failed = sum(score.reading is not None and score.reading.failed for score in scores)
        if failed:
            logger.warning("scoring.second_reader_failed", texts=failed)
        return scores

    def of_comment(self, text: str, *, explain: bool = True) -> StoredScores:
        """Score one comment, with its explanation or without; a failure is marked, never raised."""
        try:
            (score,) = self.score([text], explain="spans" if explain else False)
        except UnavailableError:
            return StoredScores(scores={}, language="und", model=self.scorer.version, failed=True)
        spans: tuple[dict[str, Any], ...] = tuple(
            {"start": span.start, "end": span.end, "contributions": dict(span.contributions)}
            for span in score.spans or ()
        )
        return StoredScores(
            scores=dict(score.scores), language=score.language, model=score.model, spans=spans
        )
