"""Say which words of the original text a score comes from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifiers.features import (
    WORDS_FROM,
    char_ngrams,
    code_points,
    distinct,
    word_features,
)
from classifiers.normalise import NormalisedText
from classifiers.types import Floats
from classifiers.weights import PackedWeights

Integers = NDArray[np.int64]


def contributions(
    normalised: NormalisedText, weights: PackedWeights, scales: Floats
) -> tuple[Integers, Floats]:
    """Split each feature's weight equally over the source characters that it covers.

    Args:
        scales: of the weights, ``(attributes,)``.

    Returns:
        The tokens, half-open ranges of code points of the original text, rising, ``(tokens, 2)``;
        and what each adds to the logits, ``(tokens, attributes)``. Both empty for an empty text.
    """
    if not normalised.text:
        return np.empty((0, 2), dtype=np.int64), np.empty((0, len(scales)))
    occurring, starts, ends = _occurrences(normalised.text)
    features, feature_of = np.unique(occurring, return_inverse=True)
    of_words = features >= WORDS_FROM
    word_count = int(of_words.sum())
    values = weights.of(features).T * scales[:, None]
    values /= np.sqrt(np.where(of_words, word_count, len(features) - word_count))
    bounds = np.array(normalised.spans, dtype=np.int64)
    tokens = _tokens(normalised.text, bounds)
    # From occurrences to characters of the normalised text, from those to the original's.
    occurrence, position = _expand(starts, ends)
    covering, source = _expand(bounds[position, 0], bounds[position, 1])
    width = int(bounds.max()) + 1
    covered = distinct(feature_of[occurrence][covering] * width + source)
    feature, source = covered // width, covered % width
    shares = values[:, feature] / np.bincount(feature, minlength=len(features))[feature]
    token_of = np.searchsorted(tokens[:, 0], source, side="right") - 1
    after = source >= tokens[np.maximum(token_of, 0), 1]
    token_of = np.clip(token_of + after, 0, len(tokens) - 1)
    sums = [np.bincount(token_of, weights=row, minlength=len(tokens)) for row in shares]
    return tokens, np.array(sums, dtype=np.float64).T


def _occurrences(text: str) -> tuple[NDArray[np.uint32], Integers, Integers]:
    """Every feature of a normalised text as often as it occurs: its id, start and end."""
    codes = code_points(text)
    ids, starts, ends = [], [], []
    for order, ngrams in char_ngrams(codes):
        positions = np.arange(len(ngrams))
        ids.append(ngrams)
        starts.append(positions)
        ends.append(positions + order)
    for kind, firsts, lasts in word_features(codes):
        ids.append(kind)
        starts.append(firsts)
        ends.append(lasts)
    return np.concatenate(ids), np.concatenate(starts), np.concatenate(ends)


def _expand(starts: Integers, ends: Integers) -> tuple[Integers, Integers]:
    """List the members of ranges: for each the range's number and the member."""
    lengths = ends - starts
    owners = np.repeat(np.arange(len(starts)), lengths)
    firsts = np.cumsum(lengths) - lengths
    return owners, np.arange(len(owners)) - firsts[owners] + starts[owners]


def _tokens(text: str, bounds: Integers) -> Integers:
    """Where the words of a normalised text come from, in order; two with one source are one."""
    # It begins and ends with a blank and has no two in a row.
    edges = np.flatnonzero(code_points(text) == ord(" "))[:-1]
    widened = bounds.copy()
    widened[edges, 0] = np.iinfo(np.int64).max
    widened[edges, 1] = 0
    widened[-1] = widened[edges[0]]
    lowest = np.minimum.reduceat(widened[:, 0], edges)
    highest = np.maximum.reduceat(widened[:, 1], edges)
    tokens: list[tuple[int, int]] = []
    for start, end in sorted(zip(lowest.tolist(), highest.tolist(), strict=True)):
        if tokens and start < tokens[-1][1]:
            tokens[-1] = (tokens[-1][0], max(end, tokens[-1][1]))
        else:
            tokens.append((start, end))
    return np.array(tokens, dtype=np.int64)
