"""Score texts: a sum of integers a text, a few steps of plain arithmetic, and its explanation.

All sums are of integers, and what follows is done value by value in IEEE double arithmetic and
rounded to six decimals, so a score is the same on every machine, alone or among thousands.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from classifiers import language
from classifiers.artefact import Artefact, full_card
from classifiers.calibration import calibrated, segments
from classifiers.features import (
    FAMILIES,
    Ids,
    code_points,
    columns_of,
    columns_of_many,
    grams,
    word_bounds,
    word_counts,
    words,
)
from classifiers.normalise import Line, normalise, normalise_with_spans

#: Two 16-bit weights share one 64-bit lane, so so many may be summed before it could overflow.
_BLOCK = 1 << 15
_GROUP = 64
#: More features than this are not gathered at once; longer batches go in parts.
_BULK = 1 << 18
_BATCH = 128
_WORDS_FROM = FAMILIES["words"][0]


@dataclass(frozen=True, slots=True)
class Span:
    """A word of the original text: ``[start, end)`` in code points, and its share of each logit."""

    start: int
    end: int
    contributions: dict[str, float]


@dataclass(frozen=True, slots=True)
class Score:
    """What a model says of one text.

    ``scores`` are expected shares of raters in [0, 1], ``{}`` if the language is not supported;
    ``logits`` are the sums before calibration; ``spans`` is None unless asked for.
    """

    scores: dict[str, float]
    logits: dict[str, float]
    language: str
    model: str
    spans: tuple[Span, ...] | None = None


class Scorer(Protocol):
    """What every model offers, the shipped ones and anybody's own."""

    @property
    def version(self) -> str:
        """Name and revision in ASCII, as in ``abuse-en@1,spam-en@1``."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """What is scored, and nothing that was not trained."""

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of what is scored."""

    @property
    def card(self) -> Mapping[str, Any]:
        """Data, licences, figures, thresholds and hash, as JSON would hold them."""

    def revision(self, attribute: str) -> int:
        """The revision of the model behind an attribute; raises ``KeyError``."""

    def score(
        self,
        texts: Sequence[str],
        *,
        explain: bool = False,
        languages: Sequence[str | None] | None = None,
    ) -> list[Score]:
        """Score texts, in order; a language that is given is not detected."""


class LinearScorer:
    """One or more linear models over the same features, scored together.

    Its arrays are read-only and made once, so forked workers share their memory.
    """

    def __init__(self, artefacts: Sequence[Artefact]) -> None:
        """Lay the models' weights side by side.

        Raises:
            ValueError: without a model, or if two score the same attribute.
        """
        names = [name for artefact in artefacts for name in artefact.attributes]
        if not names or len(set(names)) < len(names):
            raise ValueError("models must score one attribute or more, and each only once")
        self.version = ",".join(artefact.version for artefact in artefacts)
        self.attributes = tuple(names)
        common = set.intersection(*(set(artefact.languages) for artefact in artefacts))
        self.languages = tuple(sorted(common))
        self.card: Mapping[str, Any] = _card(artefacts, self.version, self.languages)
        self._revisions = {
            name: artefact.revision for artefact in artefacts for name in artefact.attributes
        }
        self._scales = [float(value) for artefact in artefacts for value in artefact.scale]
        self._intercepts = [float(value) for artefact in artefacts for value in artefact.intercept]
        self._maps = [
            segments(artefact.calibrations[name])
            for artefact in artefacts
            for name in artefact.attributes
        ]
        self._rows, self._lanes = _lay_out(artefacts)
        language.load()

    @property
    def intercepts(self) -> dict[str, float]:
        """The logit of each attribute before anything is known of a text."""
        return dict(zip(self.attributes, self._intercepts, strict=True))

    def revision(self, attribute: str) -> int:
        """The revision of the model behind an attribute; raises ``KeyError``."""
        return self._revisions[attribute]

    def score(
        self,
        texts: Sequence[str],
        *,
        explain: bool = False,
        languages: Sequence[str | None] | None = None,
    ) -> list[Score]:
        """Score texts, in order.

        Args:
            texts: any strings, of any length and content.
            explain: whether to say which words the scores come from.
            languages: for each text its ISO 639-1 code, or None to detect it.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be a sequence of strings, not one string")
        given = [None] * len(texts) if languages is None else languages
        if len(given) != len(texts):
            raise ValueError(f"{len(texts)} texts but {len(given)} languages")
        return [
            score
            for start in range(0, len(texts), _BATCH)
            for score in self._score_batch(
                texts[start : start + _BATCH], given[start : start + _BATCH], explain
            )
        ]

    def _score_batch(
        self, texts: Sequence[str], given: Sequence[str | None], explain: bool
    ) -> list[Score]:
        lines: list[str | Line] = [
            normalise_with_spans(text) if explain else normalise(text) for text in texts
        ]
        plain = [line if isinstance(line, str) else line.text for line in lines]
        codes = [
            language.detect(text, line).code if code is None else code
            for text, line, code in zip(texts, plain, given, strict=True)
        ]
        supported = [code in self.languages or code == "und" for code in codes]
        wanted = [line if known else "" for line, known in zip(plain, supported, strict=True)]
        if len(wanted) == 1:
            columns = columns_of(wanted[0])
            chars = int(columns.searchsorted(_WORDS_FROM))
            lengths = [chars, len(columns) - chars]
            sums = [self._sum_one(columns[:chars]), self._sum_one(columns[chars:])]
        else:
            columns, bounds = columns_of_many(wanted)
            of_words = word_counts(columns, bounds)
            parts = np.zeros(2 * len(wanted) + 1, dtype=np.intp)
            parts[1::2] = bounds[1:] - of_words
            parts[2::2] = bounds[1:]
            lengths, sums = np.diff(parts).tolist(), self._sums(columns, parts)
        return [
            self._score(
                line,
                code,
                lengths[2 * place : 2 * place + 2],
                sums[2 * place : 2 * place + 2],
                explain,
            )
            if known
            else Score({}, {}, code, self.version, () if explain else None)
            for place, (line, code, known) in enumerate(zip(lines, codes, supported, strict=True))
        ]

    def _score(
        self,
        line: str | Line,
        code: str,
        lengths: Sequence[int],
        sums: Sequence[Sequence[int]],
        explain: bool,
    ) -> Score:
        """Weigh the sums over a text's characters and over its words, and calibrate."""
        chars, words = (1.0 / math.sqrt(length or 1) for length in lengths)
        logits = [
            intercept + scale * (of_chars * chars + of_words * words)
            for intercept, scale, of_chars, of_words in zip(
                self._intercepts, self._scales, *sums, strict=True
            )
        ]
        scores = [
            calibrated(mapping, logit) for mapping, logit in zip(self._maps, logits, strict=True)
        ]
        return Score(
            dict(zip(self.attributes, scores, strict=True)),
            dict(zip(self.attributes, logits, strict=True)),
            code,
            self.version,
            self._explain(line) if explain and isinstance(line, Line) else None,
        )

    def _sums(self, columns: Ids, bounds: NDArray[np.intp]) -> list[list[int]]:
        """The exact sums of the columns' weights for each attribute, between each two bounds."""
        if len(columns) > _BULK:
            return [self._sum_one(columns[start:end]) for start, end in pairwise(bounds.tolist())]
        gathered = self._lanes.take(self._rows.take(columns), axis=0)
        running = np.zeros((len(columns) + 1, gathered.shape[1]), dtype=np.int64)
        # Differences of running sums are exact even where those wrap around.
        np.cumsum(gathered, axis=0, out=running[1:])
        lanes = running[bounds[1:]] - running[bounds[:-1]]
        low, high = _unpacked(lanes)
        sums = np.stack([low, high], axis=2).reshape(len(lanes), -1)
        return sums[:, : len(self.attributes)].tolist()  # type: ignore[no-any-return]

    def _sum_one(self, columns: Ids) -> list[int]:
        gathered = self._lanes.take(self._rows.take(columns), axis=0)
        totals = [0] * (2 * gathered.shape[1])
        for start in range(0, len(gathered), _BLOCK):
            block = gathered[start : start + _BLOCK]
            # Summing along wide rows is several times as fast as along rows of a few lanes.
            whole = len(block) - len(block) % _GROUP
            wide = block[:whole].reshape(-1, _GROUP * block.shape[1]).sum(axis=0)
            lanes = wide.reshape(_GROUP, -1).sum(axis=0) + block[whole:].sum(axis=0)
            for place, lane in enumerate(lanes.tolist()):
                low = ((lane + 0x80000000) & 0xFFFFFFFF) - 0x80000000
                totals[2 * place] += low
                totals[2 * place + 1] += (lane - low) >> 32
        return totals[: len(self.attributes)]

    def _weights(self, columns: NDArray[Any]) -> NDArray[np.float64]:
        """The weight of each column for each attribute, ``(attributes, columns)``."""
        lanes = self._lanes.take(self._rows.take(columns), axis=0)
        pairs = np.stack(_unpacked(lanes), axis=2).reshape(len(lanes), -1)
        scales = np.array(self._scales)[:, None]
        return np.asarray(pairs[:, : len(self.attributes)].T * scales)

    def _explain(self, line: Line) -> tuple[Span, ...]:
        """Split each feature's weight equally over the source characters that it covers."""
        if not line.text:
            return ()
        columns, starts, ends = _occurrences(line.text)
        features, feature_of = np.unique(columns, return_inverse=True)
        of_words = features >= _WORDS_FROM
        count = int(of_words.sum())
        values = self._weights(features)
        values /= np.sqrt(np.where(of_words, count, len(features) - count))
        bounds = np.array(line.spans, dtype=np.int64)
        tokens = _tokens(line.text, bounds)
        # From occurrences to characters of the line, from those to characters of the source.
        owners, places = _expand(starts, ends)
        sources_of, sources = _expand(bounds[places, 0], bounds[places, 1])
        width = int(bounds.max()) + 1
        covered = _distinct(feature_of[owners][sources_of] * width + sources)
        feature, source = covered // width, covered % width
        shares = values[:, feature] / np.bincount(feature, minlength=len(features))[feature]
        token_of = np.searchsorted(tokens[:, 0], source, side="right") - 1
        after = source >= tokens[np.maximum(token_of, 0), 1]
        token_of = np.clip(token_of + after, 0, len(tokens) - 1)
        sums = [np.bincount(token_of, weights=row, minlength=len(tokens)) for row in shares]
        return tuple(
            Span(start, end, dict(zip(self.attributes, contributions, strict=True)))
            for (start, end), contributions in zip(
                tokens.tolist(), np.array(sums).T.tolist(), strict=True
            )
        )


def _distinct(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sorted distinct values; several times as fast here as ``numpy.unique``, which hashes."""
    values.sort()
    kept = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=kept[1:])
    return values[kept]


def _occurrences(line: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Every feature of a line as often as it occurs: column, start and end in the line."""
    codes = code_points(line)
    word_starts, word_ends = word_bounds(codes)
    columns, starts, ends = [], [], []
    for order, found in grams(codes):
        places = np.arange(len(found))
        columns.append(found)
        starts.append(places)
        ends.append(places + order)
    if len(word_starts):
        for found, firsts, lasts in words(codes, word_starts, word_ends):
            columns.append(found)
            starts.append(firsts)
            ends.append(lasts)
    return (
        np.concatenate(columns).astype(np.int64),
        np.concatenate(starts),
        np.concatenate(ends),
    )


def _expand(
    starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the members of ranges: for each the range's number and the member."""
    lengths = ends - starts
    owners = np.repeat(np.arange(len(starts)), lengths)
    firsts = np.cumsum(lengths) - lengths
    return owners, np.arange(len(owners)) - firsts[owners] + starts[owners]


def _tokens(line: str, bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the words of a line come from, in order; words that share a source are one."""
    found: list[tuple[int, int]] = []
    # A line begins and ends with a blank and has no two in a row.
    edges = np.flatnonzero(code_points(line) == ord(" "))[:-1]
    widened = bounds.copy()
    widened[edges, 0] = np.iinfo(np.int64).max
    widened[edges, 1] = 0
    widened[-1] = widened[edges[0]]
    lowest = np.minimum.reduceat(widened[:, 0], edges)
    highest = np.maximum.reduceat(widened[:, 1], edges)
    ranges = sorted(zip(lowest.tolist(), highest.tolist(), strict=True))
    for start, end in ranges:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return np.array(found, dtype=np.int64)


def _lay_out(artefacts: Sequence[Artefact]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Number the columns that weigh anything, and pack their weights, two to a lane.

    Returns:
        ``(n_features,)`` row numbers, 0 for columns without weight, and ``(rows, lanes)``.
    """
    present = np.zeros(FAMILIES["words"][1], dtype=bool)
    for artefact in artefacts:
        present[artefact.rows] = True
    used = np.flatnonzero(present)
    rows = np.zeros(FAMILIES["words"][1], dtype=np.int32)
    rows[used] = np.arange(1, len(used) + 1)
    count = sum(len(artefact.attributes) for artefact in artefacts)
    halves = np.zeros((len(used) + 1, count + count % 2), dtype="<i4")
    place = 0
    for artefact in artefacts:
        after = place + len(artefact.attributes)
        halves[rows[artefact.rows], place:after] = artefact.weights.T
        place = after
    # A lane is its upper half times 2**32 plus its lower one, which borrows from it if negative.
    halves[:, 1::2] -= halves[:, 0::2] < 0
    lanes = halves.view("<i8").astype(np.int64, copy=False)
    for array in (rows, lanes):
        array.setflags(write=False)
    return rows, lanes


def _unpacked(lanes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The two signed sums that each lane holds."""
    low = ((lanes + 0x80000000) & 0xFFFFFFFF) - 0x80000000
    return low, (lanes - low) >> 32


def _card(artefacts: Sequence[Artefact], version: str, languages: Sequence[str]) -> dict[str, Any]:
    cards = [full_card(artefact) for artefact in artefacts]
    if len(cards) == 1:
        return cards[0]
    thresholds: dict[str, Any] = {}
    for card in cards:
        thresholds |= card.get("thresholds", {})
    return {
        "version": version,
        "attributes": [name for card in cards for name in card["attributes"]],
        "languages": list(languages),
        "thresholds": thresholds,
        "models": cards,
    }
