"""The second reader: a small transformer that reads the sentence, and what its file holds.

The file (``model_file``) has a manifest and::

    encoder.onnx     from token numbers and a mask to one logit an attribute, in 8-bit integers
    vocabulary.txt   the pieces of words, one a line, in the order of their numbers

The manifest also holds how its logits are joined to those of the fast model (``Rule``) and which
version of the fast model that was fitted for. It runs on one thread of ONNX Runtime, which is
installed where there is a wheel of it; nothing else needs it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifiers import model_file
from classifiers.calibration import Calibration, Segments, calibrated, segments
from classifiers.errors import ArtefactError, ClassifierError
from classifiers.types import Floats
from classifiers.wordpiece import WordPiece, framed, windows

FORMAT = "rejoinder-reader"
FORMAT_VERSIONS = frozenset({1})
#: Most tokens that are read at once; a longer text is read where the fast model finds it worst.
WINDOW_TOKENS = 96


@dataclass(frozen=True)
class Rule:
    """How one attribute's two readings become one score.

    The score is that of ``intercept + fast * f + reader * r``, calibrated, where ``f`` is the logit
    of the fast model's score and ``r`` the reader's. ``asked_from`` is the fast score from which
    the reader is asked.
    """

    intercept: float
    fast: float
    reader: float
    asked_from: float
    calibration: Segments

    def score(self, fast_logit: float, reader_logit: float) -> float:
        """The score of both readings, in [0, 1]."""
        joined = self.intercept + self.fast * fast_logit + self.reader * reader_logit
        return calibrated(self.calibration, joined)


@dataclass(frozen=True)
class ReaderArtefact:
    """A second reader as it stands in a file."""

    name: str
    revision: int
    attributes: tuple[str, ...]
    languages: tuple[str, ...]
    encoder: bytes
    vocabulary: tuple[str, ...]
    rules: Mapping[str, Rule]
    #: Versions of the fast models that the rules were fitted for, as in ``abuse-en@2``.
    beside: tuple[str, ...]
    card: Mapping[str, Any]

    @property
    def version(self) -> str:
        """``name@revision``, in ASCII."""
        return f"{self.name}@{self.revision}"


@dataclass(frozen=True, slots=True)
class Part:
    """What is read at once: each word's pieces, and where it stands in the normalised text."""

    pieces: Sequence[Sequence[int]]
    places: Sequence[tuple[int, int]]


def load(path: str | Path) -> ReaderArtefact:
    """Read and verify a second reader's file; it need not be able to run here.

    Raises:
        ModelNotFoundError: if there is no such file.
        ArtefactError: if it is no second reader, is of a newer format, or was changed or cut.
    """
    return model_file.read(path, _read)


def _read(file: zipfile.ZipFile) -> ReaderArtefact:
    manifest = model_file.manifest_of(file, FORMAT, FORMAT_VERSIONS)
    members = model_file.members_of(file, manifest)
    attributes = tuple(manifest["attributes"])
    vocabulary = tuple(members["vocabulary.txt"].decode("utf-8").split("\n"))
    WordPiece(vocabulary)
    rules = {name: _rule(manifest["rules"][name]) for name in attributes}
    card = {
        **manifest["card"],
        "version": f"{manifest['name']}@{manifest['revision']}",
        "attributes": list(attributes),
        "languages": list(manifest["languages"]),
        "format": f"{FORMAT}/1",
        "beside": list(manifest["beside"]),
        "sha256": manifest["members"]["encoder.onnx"],
    }
    return ReaderArtefact(
        manifest["name"],
        manifest["revision"],
        attributes,
        tuple(manifest["languages"]),
        members["encoder.onnx"],
        vocabulary,
        rules,
        tuple(str(version) for version in manifest["beside"]),
        card,
    )


def _rule(numbers: Mapping[str, Any]) -> Rule:
    x, y = (np.array(numbers[name], dtype=np.float64) for name in ("x", "y"))
    plain = {name: float(numbers[name]) for name in ("intercept", "fast", "reader", "asked_from")}
    if not np.isfinite([*plain.values()]).all():
        raise ArtefactError("a rule has a number that is none")
    return Rule(**plain, calibration=segments(Calibration(x, y)))


def save(
    path: str | Path,
    *,
    name: str,
    revision: int,
    attributes: Sequence[str],
    encoder: bytes,
    vocabulary: Sequence[str],
    rules: Mapping[str, Mapping[str, Any]],
    beside: Sequence[str],
    card: Mapping[str, Any],
    languages: Sequence[str] = ("en",),
) -> ReaderArtefact:
    """Write a second reader and read it back.

    Args:
        rules: for each attribute the numbers of a ``Rule``, with the knots ``x`` and ``y`` of its
            calibration.

    Raises:
        ArtefactError: for what could not be read back.
    """
    manifest = {
        "format": FORMAT,
        "format_version": 1,
        "name": name,
        "revision": revision,
        "attributes": list(attributes),
        "languages": list(languages),
        "rules": {key: dict(rule) for key, rule in rules.items()},
        "beside": list(beside),
        "card": dict(card),
    }
    members = {"encoder.onnx": encoder, "vocabulary.txt": "\n".join(vocabulary).encode("utf-8")}
    model_file.write(path, manifest, members)
    return load(path)


def can_run() -> bool:
    """Whether ONNX Runtime is installed."""
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        return False
    return True


class SecondReader:
    """A second reader that runs.

    One text is read at a time: its integers are scaled by the largest number of a batch, so that
    beside others it would get another logit.
    """

    def __init__(self, artefact: ReaderArtefact) -> None:
        """Load the encoder.

        Raises:
            ClassifierError: if ONNX Runtime is not installed.
            ArtefactError: if the encoder cannot be run.
        """
        try:
            import onnxruntime
        except ImportError as error:
            raise ClassifierError(
                f"{artefact.version} needs ONNX Runtime: pip install onnxruntime"
            ) from error
        self.artefact = artefact
        self.version = artefact.version
        self._wordpiece = WordPiece(artefact.vocabulary)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # What a long text needed once would be kept for ever.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                artefact.encoder, options, providers=["CPUExecutionProvider"]
            )
            logits = self.logits([2, 3])
        except Exception as error:  # ONNX Runtime's own errors share no class but this one.
            raise ArtefactError(
                f"{artefact.version}: its encoder does not run ({error})"
            ) from error
        if logits.shape != (len(artefact.attributes),):
            raise ArtefactError(f"{artefact.version}: its encoder gives {logits.shape} logits")

    def parts(self, normalised: str) -> list[tuple[str, list[int]]]:
        """The parts of a normalised text that can each be read at once, as text and as tokens."""
        words, pieces = self._wordpiece.words(normalised)
        ranges = windows(pieces, WINDOW_TOKENS)
        if len(ranges) == 1:
            return [(normalised, framed(pieces, WINDOW_TOKENS))]
        return [
            (f" {' '.join(words[a:b])} ", framed(pieces[a:b], WINDOW_TOKENS)) for a, b in ranges
        ]

    def part(self, normalised: str, number: int) -> Part:
        """One of the parts that ``parts`` gives, word by word."""
        _, pieces = self._wordpiece.words(normalised)
        first, last = windows(pieces, WINDOW_TOKENS)[number]
        return Part(pieces[first:last], self._wordpiece.places(normalised)[first:last])

    @staticmethod
    def framed(pieces: Sequence[Sequence[int]]) -> list[int]:
        """The tokens of words that are read at once."""
        return framed(pieces, WINDOW_TOKENS)

    def logits(self, tokens: Sequence[int]) -> Floats:
        """One logit an attribute, ``(attributes,)``, for a sequence of tokens.

        Raises:
            ClassifierError: if a logit is no number.
        """
        ids = np.array([tokens], dtype=np.int64)
        (rows,) = self._session.run(None, {"ids": ids, "mask": np.ones_like(ids)})
        logits = np.asarray(rows[0], dtype=np.float64)
        if not np.isfinite(logits).all():
            raise ClassifierError(f"{self.version} gave no number for a text")
        return logits
