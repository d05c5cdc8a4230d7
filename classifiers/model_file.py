"""A model file: a zip archive of a manifest and members that hold data and never code.

``manifest.json`` has the format, what its kind of model needs, a card, and the SHA-256 of every
other member; its own digest is the archive's comment. The same model gives the same bytes on every
machine with the same zlib. A reader checks every digest before it uses a number.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from classifiers.errors import ArtefactError, ModelNotFoundError

SUFFIX = ".rejoinder"
#: No shipped file is larger; a reader refuses to inflate one far beyond it.
MAX_BYTES = 20 * 1024 * 1024
MAX_INFLATED = 128 * 1024 * 1024
#: What the name of a model looks like.
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")

_MANIFEST = "manifest.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_Model = TypeVar("_Model")


def write(path: str | Path, manifest: Mapping[str, Any], members: Mapping[str, bytes]) -> None:
    """Write an archive whose bytes depend on nothing but what it holds."""
    digests = {key: hashlib.sha256(data).hexdigest() for key, data in members.items()}
    complete = {**manifest, "members": digests}
    text = json.dumps(complete, ensure_ascii=True, sort_keys=True, indent=1, allow_nan=False)
    encoded = text.encode("ascii")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for key, data in [(_MANIFEST, encoded), *members.items()]:
            member = zipfile.ZipInfo(key, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            file.writestr(member, data)
        file.comment = hashlib.sha256(encoded).hexdigest().encode("ascii")
    Path(path).write_bytes(archive.getvalue())


def format_of(path: str | Path) -> str:
    """The format that a file names; raises as ``read`` does."""
    return read(path, lambda file: str(_manifest(file)["format"]))


def read(path: str | Path, make: Callable[[zipfile.ZipFile], _Model]) -> _Model:
    """Open a file and make a model of it.

    Raises:
        ModelNotFoundError: if there is no such file.
        ArtefactError: if it is not a model file, is of a newer format, or was changed or cut.
    """
    path = Path(path)
    try:
        if path.stat().st_size > 4 * MAX_BYTES:
            raise ArtefactError(f"{path.name}: too large to be a model")
        with zipfile.ZipFile(path) as file:
            return make(file)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise ModelNotFoundError(f"no model file {path}") from error
    except ArtefactError as error:
        raise ArtefactError(f"{path.name}: {error}") from error.__cause__
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ArtefactError(f"{path.name}: not a model file, or a damaged one") from error
    except (ValueError, KeyError, TypeError, MemoryError, zipfile.LargeZipFile) as error:
        raise ArtefactError(f"{path.name}: what it holds is no model ({error})") from error


def manifest_of(
    file: zipfile.ZipFile, model_format: str, versions: frozenset[int]
) -> dict[str, Any]:
    """The manifest of a file in this format, nothing else compared; raises ``ArtefactError``."""
    manifest = _manifest(file)
    if manifest["format"] != model_format:
        raise ArtefactError("not a model file")
    if manifest.get("format_version") not in versions:
        raise ArtefactError(
            f"format {manifest.get('format_version')} is unknown; this version reads "
            f"{', '.join(map(str, sorted(versions)))}"
        )
    return manifest


def described(file: zipfile.ZipFile) -> dict[str, Any]:
    """The manifest alone, in the shape that ``members_of`` would check; raises as it does."""
    manifest = _manifest(file)
    _check_shape(manifest)
    return manifest


def members_of(file: zipfile.ZipFile, manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """The members that the manifest lists, every digest compared; raises ``ArtefactError``."""
    if file.comment != hashlib.sha256(file.read(_MANIFEST)).hexdigest().encode("ascii"):
        raise ArtefactError("the manifest was changed")
    listed = manifest["members"]
    if set(file.namelist()) != {_MANIFEST, *listed}:
        raise ArtefactError("its list of members was changed")
    members = {}
    for key, digest in listed.items():
        data = file.read(key)
        if hashlib.sha256(data).hexdigest() != digest:
            raise ArtefactError(f"{key} was changed")
        members[key] = data
    _check_shape(manifest)
    return members


def _check_shape(manifest: Mapping[str, Any]) -> None:
    name, revision = manifest["name"], manifest["revision"]
    if not NAME.fullmatch(name) or not isinstance(revision, int) or revision < 1:
        raise ArtefactError("bad name or revision")
    card = manifest["card"]
    if not isinstance(card, dict) or not isinstance(card.get("thresholds", {}), dict):
        raise ArtefactError("bad card")
    for key in ("attributes", "languages"):
        texts = manifest[key]
        if not texts or not all(isinstance(text, str) and text.isascii() for text in texts):
            raise ArtefactError("bad attributes or languages")


def _manifest(file: zipfile.ZipFile) -> dict[str, Any]:
    if sum(member.file_size for member in file.infolist()) > MAX_INFLATED:
        raise ArtefactError("it inflates to more than a model may")
    if _MANIFEST not in file.namelist():
        raise ArtefactError("not a model file")
    manifest = json.loads(file.read(_MANIFEST))
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), str):
        raise ArtefactError("not a model file")
    return manifest
