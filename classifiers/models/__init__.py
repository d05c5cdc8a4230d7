"""The models that are shipped: one file each, named `<name>-<revision>.rejoinder`."""

from __future__ import annotations

import re
from pathlib import Path

_FILE = re.compile(r"(?P<name>[a-z][a-z0-9-]*)-(?P<revision>[0-9]+)\.rejoinder")
_FOLDER = Path(__file__).parent


def shipped() -> dict[str, Path]:
    """Every shipped file by its version (`abuse-en@1`), oldest first."""
    revisions = []
    for path in _FOLDER.iterdir():
        match = _FILE.fullmatch(path.name)
        if match:
            revisions.append((match["name"], int(match["revision"]), path))
    return {f"{name}@{revision}": path for name, revision, path in sorted(revisions)}


def newest(name: str) -> Path:
    """The newest revision of a shipped model.

    Raises:
        LookupError: if none of that name is shipped.
    """
    paths = [path for version, path in shipped().items() if version.split("@")[0] == name]
    if not paths:
        raise LookupError(f"no model {name} is shipped")
    return paths[-1]


def abuse_en() -> Path:
    """Toxicity and its kinds, English (an entry point of `rejoinder.models`)."""
    return newest("abuse-en")


def spam_en() -> Path:
    """Spam, English (an entry point of `rejoinder.models`)."""
    return newest("spam-en")


def reader_en() -> Path:
    """The second reader, English (an entry point of `rejoinder.models`)."""
    return newest("reader-en")


def abuse_de() -> Path:
    """Toxicity and insults, German (an entry point of `rejoinder.models`)."""
    return newest("abuse-de")


def abuse_ko() -> Path:
    """Toxicity and identity attacks, Korean (an entry point of `rejoinder.models`)."""
    return newest("abuse-ko")


def abuse_pt() -> Path:
    """Toxicity and its kinds, Portuguese (an entry point of `rejoinder.models`)."""
    return newest("abuse-pt")
