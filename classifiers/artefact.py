"""Write and read a fast model as one file (``model_file``).

Beside its manifest it holds arrays::

    manifest.json   format, definition of the features, name, revision, attributes, card
    rows.npy        uint32 (rows,): the columns of the table that are not zero, rising
    weights.npy     int16 (attributes, rows)
    numbers.npy     float64 (2, attributes): scales, intercepts
    knots-N.npy     float64 (2, knots): the calibration of attribute N, from logit to logit

A reader checks every type and shape before it uses a number; pickled arrays are refused.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers import model_file
from classifiers.calibration import Calibration
from classifiers.errors import ArtefactError
from classifiers.features import FAMILIES, FEATURE_SET_VERSION

FORMAT = "rejoinder-model"
#: Formats and sets of features that this code can read; from the first release on a new one is
#: added, none is dropped.
FORMAT_VERSIONS = frozenset({1})
FEATURE_SET_VERSIONS = frozenset({FEATURE_SET_VERSION})

_TABLE = FAMILIES["words"][1]


@dataclass(frozen=True)
class Artefact:
    """A model as it stands in a file; arrays are read-only.

    ``weights`` has shape ``(attributes, rows)``, ``rows`` names the columns of the feature table
    they belong to; all other columns weigh nothing.
    """

    name: str
    revision: int
    attributes: tuple[str, ...]
    rows: NDArray[np.uint32]
    weights: NDArray[np.int16]
    scale: NDArray[np.float64]
    intercept: NDArray[np.float64]
    calibrations: Mapping[str, Calibration]
    card: Mapping[str, Any]
    languages: tuple[str, ...] = ("en",)

    @property
    def version(self) -> str:
        """``name@revision``, in ASCII."""
        return f"{self.name}@{self.revision}"


def save(
    path: str | Path,
    *,
    name: str,
    revision: int,
    attributes: Sequence[str],
    weights: NDArray[np.int16],
    scale: NDArray[np.float64],
    intercept: NDArray[np.float64],
    calibrations: Mapping[str, Calibration],
    card: Mapping[str, Any],
    languages: Sequence[str] = ("en",),
) -> dict[str, Any]:
    """Write a model and return its card, completed by version, hash and format.

    Args:
        weights: ``(n_features, attributes)``.
        scale: ``(attributes,)``: a logit is ``intercept`` and, for characters and for
            words, ``scale * sum / sqrt(features)``.

    Raises:
        ArtefactError: for shapes, numbers or names that could not be read back.
    """
    if not model_file.NAME.fullmatch(name) or revision < 1:
        raise ArtefactError(f"bad model name or revision: {name!r}, {revision}")
    weights = np.asarray(weights)
    count = len(attributes)
    if weights.shape != (_TABLE, count) or weights.dtype != np.int16:
        raise ArtefactError(
            f"weights are {weights.dtype} {weights.shape}, not int16 {(_TABLE, count)}"
        )
    rows = np.flatnonzero(weights.any(axis=1)).astype(np.uint32)
    members = {
        "rows.npy": _array_bytes(rows),
        "weights.npy": _array_bytes(np.ascontiguousarray(weights[rows].T)),
        "numbers.npy": _array_bytes(np.array([scale, intercept], dtype=np.float64)),
    }
    for i, attribute in enumerate(attributes):
        knots = calibrations[attribute]
        members[f"knots-{i}.npy"] = _array_bytes(np.array([knots.x, knots.y]))
    manifest = {
        "format": FORMAT,
        "format_version": 1,
        "definition": FEATURE_SET_VERSION,
        "name": name,
        "revision": revision,
        "attributes": list(attributes),
        "languages": list(languages),
        "card": dict(card),
    }
    model_file.write(path, manifest, members)
    return full_card(load(path))


def load(path: str | Path) -> Artefact:
    """Read and verify a model file.

    Raises:
        ModelNotFoundError: if there is no such file.
        ArtefactError: if it is not a model file, is of a newer format, or was changed or cut.
    """
    return model_file.read(path, _read)


def full_card(artefact: Artefact) -> dict[str, Any]:
    """The card with what the file itself knows: version, attributes, languages, hash."""
    digest = hashlib.sha256()
    for array in (artefact.rows, artefact.weights, artefact.scale, artefact.intercept):
        digest.update(np.ascontiguousarray(array).tobytes())
    return {
        **artefact.card,
        "version": artefact.version,
        "attributes": list(artefact.attributes),
        "languages": list(artefact.languages),
        "format": f"{FORMAT}/1",
        "features": {"definition": FEATURE_SET_VERSION, "used": len(artefact.rows)},
        "sha256": digest.hexdigest(),
    }


def _read(file: zipfile.ZipFile) -> Artefact:
    manifest = model_file.manifest_of(file, FORMAT, FORMAT_VERSIONS)
    if manifest.get("definition") not in FEATURE_SET_VERSIONS:
        raise ArtefactError(f"feature definition {manifest.get('definition')} is unknown")
    members = model_file.members_of(file, manifest)
    return _checked(manifest, {key: _array(data) for key, data in members.items()})


def _checked(manifest: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Artefact:
    attributes = tuple(manifest["attributes"])
    languages = tuple(manifest["languages"])
    rows, weights, numbers = arrays["rows.npy"], arrays["weights.npy"], arrays["numbers.npy"]
    fits = (
        rows.dtype == np.uint32
        and rows.ndim == 1
        and weights.dtype == np.int16
        and weights.shape == (len(attributes), len(rows))
        and numbers.dtype == np.float64
        and numbers.shape == (2, len(attributes))
        and bool(np.isfinite(numbers).all())
        and bool((np.diff(rows.astype(np.int64)) > 0).all())
        and (not len(rows) or int(rows[-1]) < _TABLE)
    )
    if not fits:
        raise ArtefactError("arrays of the wrong type or shape")
    if any(arrays[f"knots-{i}.npy"].dtype != np.float64 for i in range(len(attributes))):
        raise ArtefactError("arrays of the wrong type or shape")
    calibrations = {
        attribute: Calibration(*arrays[f"knots-{i}.npy"]) for i, attribute in enumerate(attributes)
    }
    return Artefact(
        name=manifest["name"],
        revision=manifest["revision"],
        attributes=attributes,
        rows=rows,
        weights=weights,
        scale=numbers[0],
        intercept=numbers[1],
        calibrations=calibrations,
        card=manifest["card"],
        languages=languages,
    )


def _array_bytes(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    np.lib.format.write_array(buffer, little, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def _array(data: bytes) -> NDArray[Any]:
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    array.setflags(write=False)
    return array
