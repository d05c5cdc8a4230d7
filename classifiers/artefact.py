"""Write and read a model as one file that holds data and never code.

The file is a zip archive of a manifest and arrays::

    manifest.json   format, definition of the features, name, revision, attributes, card, and the
                    SHA-256 of every other member; its own digest is the archive's comment
    rows.npy        uint32 (rows,): the columns of the table that are not zero, rising
    weights.npy     int16 (attributes, rows)
    numbers.npy     float64 (2, attributes): scales, intercepts
    knots-N.npy     float64 (2, knots): the calibration of attribute N, from logit to logit

The same model gives the same bytes on every machine with the same zlib. A reader checks every
digest, type and shape before it uses a number; pickled arrays are refused.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.calibration import Calibration
from classifiers.errors import ArtefactError, ModelNotFoundError
from classifiers.features import FAMILIES, FEATURE_SET_VERSION

FORMAT = "rejoinder-model"
#: Formats and sets of features that this code can read; from the first release on a new one is
#: added, none is dropped.
FORMAT_VERSIONS = frozenset({1})
FEATURE_SET_VERSIONS = frozenset({FEATURE_SET_VERSION})
SUFFIX = ".rejoinder"
#: No shipped file is larger; a reader refuses to inflate one far beyond it.
MAX_BYTES = 16 * 1024 * 1024
MAX_INFLATED = 128 * 1024 * 1024

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_EPOCH = (1980, 1, 1, 0, 0, 0)
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
    if not _NAME.fullmatch(name) or revision < 1:
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
        "members": {key: hashlib.sha256(data).hexdigest() for key, data in members.items()},
        "card": dict(card),
    }
    Path(path).write_bytes(_archive(manifest, members))
    return full_card(load(path))


def _archive(manifest: Mapping[str, Any], members: Mapping[str, bytes]) -> bytes:
    """A zip archive whose bytes depend on nothing but what it holds."""
    text = json.dumps(manifest, ensure_ascii=True, sort_keys=True, indent=1, allow_nan=False)
    encoded = text.encode("ascii")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for key, data in [("manifest.json", encoded), *members.items()]:
            member = zipfile.ZipInfo(key, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            file.writestr(member, data)
        file.comment = hashlib.sha256(encoded).hexdigest().encode("ascii")
    return archive.getvalue()


def load(path: str | Path) -> Artefact:
    """Read and verify a model file.

    Raises:
        ModelNotFoundError: if there is no such file.
        ArtefactError: if it is not a model file, is of a newer format, or was changed or cut.
    """
    path = Path(path)
    try:
        if path.stat().st_size > 4 * MAX_BYTES:
            raise ArtefactError(f"{path.name}: too large to be a model")
        with zipfile.ZipFile(path) as file:
            return _read(file)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise ModelNotFoundError(f"no model file {path}") from error
    except ArtefactError as error:
        raise ArtefactError(f"{path.name}: {error}") from error.__cause__
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ArtefactError(f"{path.name}: not a model file, or a damaged one") from error
    except (ValueError, KeyError, TypeError, MemoryError, zipfile.LargeZipFile) as error:
        raise ArtefactError(f"{path.name}: what it holds is no model ({error})") from error


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
    if sum(member.file_size for member in file.infolist()) > MAX_INFLATED:
        raise ArtefactError("it inflates to more than a model may")
    if "manifest.json" not in file.namelist():
        raise ArtefactError("not a model file")
    encoded = file.read("manifest.json")
    manifest = json.loads(encoded)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ArtefactError("not a model file")
    if manifest.get("format_version") not in FORMAT_VERSIONS:
        raise ArtefactError(
            f"format {manifest.get('format_version')} is unknown; this version reads "
            f"{', '.join(map(str, sorted(FORMAT_VERSIONS)))}"
        )
    if manifest.get("definition") not in FEATURE_SET_VERSIONS:
        raise ArtefactError(f"feature definition {manifest.get('definition')} is unknown")
    if file.comment != hashlib.sha256(encoded).hexdigest().encode("ascii"):
        raise ArtefactError("the manifest was changed")
    listed = manifest["members"]
    if set(file.namelist()) != {"manifest.json", *listed}:
        raise ArtefactError("its list of members was changed")
    arrays = {}
    for key, digest in listed.items():
        data = file.read(key)
        if hashlib.sha256(data).hexdigest() != digest:
            raise ArtefactError(f"{key} was changed")
        arrays[key] = _array(data)
    return _checked(manifest, arrays)


def _checked(manifest: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Artefact:
    attributes = tuple(manifest["attributes"])
    languages = tuple(manifest["languages"])
    name, revision = manifest["name"], manifest["revision"]
    if not _NAME.fullmatch(name) or not isinstance(revision, int) or revision < 1:
        raise ArtefactError("bad name or revision")
    texts = (*attributes, *languages)
    card = manifest["card"]
    if not isinstance(card, dict) or not isinstance(card.get("thresholds", {}), dict):
        raise ArtefactError("bad card")
    if (
        not attributes
        or not languages
        or not all(isinstance(text, str) and text.isascii() for text in texts)
    ):
        raise ArtefactError("bad attributes or languages")
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
        name=name,
        revision=revision,
        attributes=attributes,
        rows=rows,
        weights=weights,
        scale=numbers[0],
        intercept=numbers[1],
        calibrations=calibrations,
        card=card,
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
