"""The model in use: loaded once, before the workers are forked, and asked in this process."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import structlog

from . import tracing
from .errors import ConfigurationError, ScorerUnavailableError, UnavailableError
from .records import SelfHarm, StoredScores

if TYPE_CHECKING:
    from classifiers import Score, Scorer, Signal
    from classifiers.score import Explain

logger = structlog.get_logger(__name__)

# A bound on memory, by choice: some kilobyte each. A title has at most 300 characters; what takes a
# name apart makes it longer.
_LINES, _LINE = 2_000, 600
# Texts whose second reading is remembered, by choice: what some moderators look at in an hour. Each
# takes a few kilobytes, and of the text only its hash.
MOST_REMEMBERED = 256
# Of one call so many texts are told what mattered to the second reader, by choice: each takes up to
# 0.4 s, and the caller waits for all of them.
MOST_EXPLAINED = 10


Spans = tuple[Mapping[str, Any], ...]
"""Words of a text by `start` and `end`, with their `contributions` to each attribute's logit."""


def scorer_unavailable() -> UnavailableError:
    """Make the error for a model that gives no scores."""
    # Seconds, by choice: what a model cannot do now, it can hardly do a second later.
    return ScorerUnavailableError(headers={"Retry-After": "5"})


class ScoringService:
    """`scorer` is the loaded model; see `classifiers.Scorer` for what it says of itself."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        #: Told of each text that was scored and not explained, with the fast model's seconds.
        self.observe: Callable[[Score, float], None] | None = None
        self._short: dict[tuple[str, str | None], StoredScores] = {}
        self._explained: OrderedDict[tuple[str, str, bytes], Score] = OrderedDict()
        self._explaining = threading.Lock()
        self._spans: OrderedDict[tuple[str, str, bytes], tuple[str, Spans]] = OrderedDict()

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

    @staticmethod
    def prepare() -> None:
        """Do before the workers are forked what the first author in despair would wait for.

        Phrases are compiled when one is looked for first, which takes a quarter of a second.
        """
        from classifiers.despair import signals

        signals("I want to die.")

    def score(
        self,
        texts: Sequence[str],
        explain: Explain = False,
        languages: Sequence[str | None] | None = None,
    ) -> list[Score]:
        """Score texts, in order; raises `UnavailableError` (code `scorer-unavailable`)."""
        with tracing.span("score", texts=len(texts), explain=bool(explain)):
            begun = time.perf_counter()
            try:
                scores = self.scorer.score(texts, explain=explain, languages=languages)
            except Exception as error:
                # Whatever a model does wrong, the caller's policy must hear of it, not a 500 page.
                logger.exception("scoring.failed", texts=len(texts))
                raise scorer_unavailable() from error
            self._observed(scores, time.perf_counter() - begun, explained=bool(explain))
        failed = sum(score.reading is not None and score.reading.failed for score in scores)
        if failed:
            logger.warning("scoring.second_reader_failed", texts=failed)
        return scores

    def _observed(self, scores: Sequence[Score], took: float, *, explained: bool) -> None:
        """Tell how long each model took; what explaining takes besides is no time to score."""
        readings = [score.reading for score in scores if score.reading is not None]
        second = sum(reading.seconds for reading in readings)
        fast = max(took - second, 0.0)
        tracing.was("score fast", fast, before=second)
        if readings:
            tracing.was("score second reader", second)
        if self.observe is not None and not explained:
            for score in scores:
                self.observe(score, fast / len(scores))

    def of_line(self, text: str, *, language: str | None = None) -> StoredScores:
        """Score a name or a title: most are an author's and a page's that were scored before.

        The same model gives the same scores, so they are remembered; a failure is not.
        """
        known = self._short.get((text, language))
        if known is None:
            known = self.of_comment(text, language=language)
            if not known.failed and len(text) <= _LINE:
                if len(self._short) >= _LINES:
                    self._short.clear()
                self._short[text, language] = known
        return known

    @property
    def readers(self) -> tuple[str, str | None]:
        """The version of the fast model, and that of the second reader if there is one."""
        from classifiers.combined import CombinedScorer
        from classifiers.multilingual import MultilingualScorer

        scorer = self.scorer
        main = scorer.main if isinstance(scorer, MultilingualScorer) else scorer
        if isinstance(main, CombinedScorer):
            return main.fast.version, main.second.version
        return main.version, None

    def has(self, model: str) -> bool:
        """Whether all the models that a text was scored by, as `model` names them, are in use."""
        return set(model.split(",")) <= set(self.scorer.version.split(","))

    def explain(self, texts: Sequence[str]) -> list[Score]:
        """Score texts and say why; of the second reader's words only for `MOST_EXPLAINED` of them.

        Raises `UnavailableError`.
        """
        scores = self.score(texts, explain="spans")
        read = [i for i, score in enumerate(scores) if score.reading and not score.reading.failed]
        for i in read[:MOST_EXPLAINED]:
            reading = self.explained(texts[i], scores[i].language).reading
            scores[i] = replace(scores[i], reading=reading)
        return scores

    def explained(self, text: str, language: str) -> Score:
        """Score a text of which the second reader's words are told, without its spans.

        They are remembered for the `MOST_REMEMBERED` texts that were asked for last, and worked out
        one at a time: those who wait for scores need the processor too. Raises `UnavailableError`.
        """
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        key = (self.scorer.version, language, digest)
        with self._explaining:
            known = self._explained.get(key)
            if known is None:
                (score,) = self.score([text], explain=True, languages=[language])
                known = replace(score, spans=None)
                # One that failed may go well the next time.
                if known.reading is None or known.reading.words is not None:
                    self._explained[key] = known
            if key in self._explained:
                self._explained.move_to_end(key)
            if len(self._explained) > MOST_REMEMBERED:
                self._explained.popitem(last=False)
        return known

    def spans(self, text: str, scored: StoredScores) -> Spans | None:
        """Say which words the fast model's part in a comment's scores comes from.

        The same version finds the same words, so they are not stored with the comment. None if the
        scores are another version's. Those of the `MOST_REMEMBERED` texts that were asked for last
        are remembered. Raises `UnavailableError`.
        """
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        key = (self.scorer.version, scored.language, digest)
        known = self._spans.get(key)
        if known is None:
            known = self._worked_out(text, scored.language)
            self._spans[key] = known
            while len(self._spans) > MOST_REMEMBERED:
                with suppress(KeyError):  # another thread was faster
                    self._spans.popitem(last=False)
        model, spans = known
        return spans if set(model.split(",")) <= set(scored.model.split(",")) else None

    def _worked_out(self, text: str, language: str) -> tuple[str, Spans]:
        """Explain a text by the fast model of its language; gives that one's version too."""
        from classifiers.combined import CombinedScorer
        from classifiers.multilingual import MultilingualScorer

        alone: Scorer = self.scorer
        if isinstance(alone, MultilingualScorer) and language in {*alone.main.languages, "und"}:
            alone = alone.main
        # Not the second reader's time for what the fast one knows alone.
        alone = alone.fast if isinstance(alone, CombinedScorer) else alone
        try:
            (score,) = alone.score([text], explain="spans", languages=[language])
        except Exception as error:
            logger.exception("scoring.failed", texts=1)
            raise scorer_unavailable() from error
        return score.model, tuple(
            {"start": span.start, "end": span.end, "contributions": dict(span.contributions)}
            for span in score.spans or ()
        )

    def of_comment(self, text: str, *, language: str | None = None) -> StoredScores:
        """Score one comment; a failure is marked, never raised.

        A language that is given is not detected.
        """
        try:
            (score,) = self.score([text], languages=[language])
        except UnavailableError:
            from classifiers.despair import signals

            # What needs no model is said all the same: who is in danger must not wait for one.
            found = [_self_harm(signal) for signal in signals(text)]
            return StoredScores(
                scores={},
                language="und",
                model=self.scorer.version,
                failed=True,
                self_harm=found[0] if found else None,
            )
        return StoredScores(
            scores=dict(score.scores),
            language=score.language,
            model=score.model,
            self_harm=next((self._with_rest(text, score, each) for each in score.signals), None),
        )

    def _with_rest(self, text: str, score: Score, signal: Signal) -> SelfHarm:
        """Score what a text says beside its author's despair.

        Where others are threatened too, and where this cannot be scored, the scores stand.
        """
        from classifiers.despair import without

        if signal.others or not score.scores:
            return _self_harm(signal)
        parts = without(text, signal)
        try:
            left = self.score(parts, languages=[score.language] * len(parts))
        except UnavailableError:
            return _self_harm(signal)
        # A group is named in a sentence about oneself, too: there only the phrases count for
        # nothing. Spam is no matter of despair.
        about_groups, about_others = (
            each.scores if part else {} for part, each in zip(parts, left, strict=True)
        )
        rest = {}
        for name, value in score.scores.items():
            scored = about_groups if name == _ABOUT_GROUPS else about_others
            if name not in _NOT_OF_DESPAIR:
                rest[name] = min(value, scored.get(name, 0.0))
        return _self_harm(signal, rest)


_ABOUT_GROUPS = "identity_attack"
_NOT_OF_DESPAIR = frozenset({"spam"})


def _self_harm(signal: Signal, rest: Mapping[str, float] | None = None) -> SelfHarm:
    phrases = tuple((phrase.start, phrase.end, phrase.kind) for phrase in signal.phrases)
    return SelfHarm(phrases=phrases, acute=signal.acute, rest=rest or {})
