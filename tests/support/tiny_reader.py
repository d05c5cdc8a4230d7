"""A second reader small enough to reason about: a real encoder in a real file, for the tiny model.

Its logit of a text is a sum of what each word adds (``ADDS``), so what it makes of a word is known
beforehand. The file of its graph is written here field by field: a library that writes such files
would be installed for this alone.
"""

from __future__ import annotations

import atexit
import os
import struct
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from classifiers.combined import CombinedScorer
from classifiers.second_reader import ReaderArtefact, SecondReader, save
from tests.support.tiny_model import drop, tiny_scorer

#: Word → what it adds to the logits of insult and threat.
ADDS = {
    "not": (-6.0, -6.0),
    "said": (-3.0, -3.0),
    "idiot": (1.0, 0.0),
    "stupid": (1.0, 0.0),
    "worm": (5.0, 0.0),
    "kill": (0.0, 1.0),
    "tonight": (0.0, 5.0),
}
ATTRIBUTES = ("insult", "threat")
VOCABULARY = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", *ADDS)
_FLOAT, _INT64 = 1, 7


def encoder() -> bytes:
    """The graph: each word's row of a table, summed over the words."""
    table = np.zeros((len(VOCABULARY), len(ATTRIBUTES)), dtype=np.float32)
    table[4:] = list(ADDS.values())
    axes = _text(1, "axes") + _number(8, 1) + _number(20, 7)
    keep = _text(1, "keepdims") + _number(3, 0) + _number(20, 2)
    graph = b"".join(
        (
            _node("Gather", ("table", "ids"), "rows"),
            _node("ReduceSum", ("rows",), "logits", axes, keep),
            _text(2, "tiny"),
            _bytes(5, _tensor("table", table)),
            _bytes(11, _value("ids", _INT64, "batch", "length")),
            _bytes(11, _value("mask", _INT64, "batch", "length")),
            _bytes(12, _value("logits", _FLOAT, "batch", "attributes")),
        )
    )
    # The opset is the last in which the axes of a sum are an attribute.
    return _number(1, 6) + _bytes(7, graph) + _bytes(8, _number(2, 11))


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _node(kind: str, inputs: tuple[str, ...], output: str, *attributes: bytes) -> bytes:
    parts = [_text(1, name) for name in inputs]
    parts += [_text(2, output), _text(4, kind)]
    return _bytes(1, b"".join((*parts, *(_bytes(5, each) for each in attributes))))


def _tensor(name: str, values: np.ndarray) -> bytes:
    sizes = b"".join(_number(1, size) for size in values.shape)
    raw = struct.pack(f"<{values.size}f", *values.ravel().tolist())
    return sizes + _number(2, _FLOAT) + _text(8, name) + _bytes(9, raw)


def _value(name: str, kind: int, *sizes: str) -> bytes:
    shape = b"".join(_bytes(1, _text(2, size)) for size in sizes)
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


def write(
    path: Path,
    *,
    revision: int = 1,
    beside: tuple[str, ...] = ("tiny-en@1",),
    more: tuple[str, ...] = (),
) -> ReaderArtefact:
    """Write the reader; its rules add its logits to the fast ones and leave the sum as it is.

    Its encoder fails at a word of `more`, which its vocabulary has and its table has not.
    """
    rule = {
        "intercept": 0.0,
        "fast": 1.0,
        "reader": 1.0,
        "asked_from": 0.3,
        "x": [-20.0, 20.0],
        "y": [-20.0, 20.0],
    }
    return save(
        path,
        name="tiny-reader",
        revision=revision,
        attributes=ATTRIBUTES,
        encoder=encoder(),
        vocabulary=(*VOCABULARY, *more),
        rules=dict.fromkeys(ATTRIBUTES, rule),
        beside=beside,
        card={"licences": ["MIT"], "thresholds": {"insult": {"0.02": 0.5}}},
    )


@cache
def tiny_combined() -> CombinedScorer:
    """The tiny model with the tiny reader beside it, made once a test run and gone with it."""
    folder = Path(mkdtemp(prefix="tiny-reader-"))
    atexit.register(drop, folder, os.getpid())
    artefact = write(folder / "tiny-reader-1.rejoinder")
    return CombinedScorer(tiny_scorer(), SecondReader(artefact))
