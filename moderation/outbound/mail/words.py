"""The mails' words, in the widget's languages: a catalogue for each, `en` the complete one."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "ar", "de", "es", "fr", "pt")
RIGHT_TO_LEFT = frozenset({"ar"})

_GAP = re.compile(r"\{(\w+)\}")


class Words:
    """One language's words: call it with a name, and with what stands in the gaps."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.names: dict[str, str] = catalogue(language)

    def __call__(self, name: str, /, **gaps: object) -> str:
        """Give a sentence; what fills its gaps is never read as one again."""
        return _GAP.sub(lambda gap: str(gaps[gap[1]]), self.names[name])

    def __contains__(self, name: str) -> bool:
        return name in self.names


@cache
def words(language: str) -> Words:
    """Give the words of a language, English for one that there are none of."""
    return Words(language if language in LANGUAGES else "en")


def catalogue(language: str) -> dict[str, str]:
    """Read a catalogue as it is kept."""
    path = files(__package__) / "words" / f"{language}.json"
    found: dict[str, str] = json.loads(path.read_text("utf-8"))
    return found


def best_language(accepted: str | None, otherwise: str | None = None) -> str:
    """Choose by a browser's `Accept-Language`; where that names none of ours, `otherwise`."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate((accepted or "").split(",")[:20]):
        tag, _, weight = part.strip().partition(";q=")
        try:
            share = float(weight) if weight else 1.0
        except ValueError:
            continue
        code = tag.partition("-")[0].lower()
        if code in LANGUAGES and share > 0:
            wanted.append((-share, place, code))
    if wanted:
        return min(wanted)[2]
    return otherwise if otherwise in LANGUAGES else "en"
