"""The widget's words for what the service refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from moderation import errors, widget
from moderation.errors import RejoinderError

WORDS = Path(widget.__file__).parent / "static" / "messages"
OTHER_LANGUAGES = sorted(file.stem for file in WORDS.glob("*.json") if file.stem != "en")

# What no form of a reader's meets: it is about keys, accounts, cases and a site's settings.
NOT_FOR_READERS = {
    "bad-key",
    "bad-key-settings",
    "bad-login",
    "bad-origin",
    "bad-signature",
    "bad-time-zone",
    "bad-target",
    "claimed",
    "contradicting-thresholds",
    "csrf",
    "exists",
    "expired",
    "link-broken",
    "link-old",
    "last-owner",
    "no-address",
    "no-session",
    "not-pinnable",
    "not-undoable",
    "old-password",
    "own-key",
    "own-measure",
    "past-expiry",
    "scope",
    "superseded",
    "too-many-webhooks",
}

# What holds until a time has words with the time; a suspension always does.
WITH_A_TIME = {"author-banned", "author-review", "author-suspended"}


def _kinds(kind: type[RejoinderError] = RejoinderError) -> Iterator[type[RejoinderError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _kinds(each)


# Who is too quick is told for how long; a service that fails is said to, whatever the reason.
REFUSALS = {
    kind.code
    for kind in _kinds()
    if kind.__module__ == errors.__name__ and 400 <= kind.status < 500 and kind.status != 429
}


def test_what_is_not_for_readers_is_there() -> None:
    assert NOT_FOR_READERS < REFUSALS


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_a_reader_is_told_in_their_language_why_something_is_refused(language: str) -> None:
    """In English the service's own sentence stands, so the script has no second one."""
    words = json.loads((WORDS / f"{language}.json").read_text("utf-8"))
    english = json.loads((WORDS / "en.json").read_text("utf-8"))
    timed = {f"{code}-until" for code in WITH_A_TIME}
    wanted = (REFUSALS - NOT_FOR_READERS - {"author-suspended"}) | {"author-review"} | timed
    assert {code for code in wanted if f"error.{code}" not in words} == set()
    assert all("{until}" in words[f"error.{code}"] for code in timed)
    # What somebody in despair is told is the service's own sentence in English, too.
    extra = {key.removeprefix("error.") for key in set(words) - set(english) - {"help"}}
    assert extra <= wanted
    assert words["help"]
    assert len(OTHER_LANGUAGES) == 5


@pytest.mark.parametrize("part", ["login", "nudge"])
@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_what_is_loaded_later_has_its_words_in_every_language(part: str, language: str) -> None:
    words = json.loads((WORDS / part / f"{language}.json").read_text("utf-8"))
    english = json.loads((WORDS / part / "en.json").read_text("utf-8"))
    assert words.keys() == english.keys()
    for name, sentence in words.items():
        assert set(re.findall(r"{\w+}", sentence)) == set(re.findall(r"{\w+}", english[name]))
        assert sentence == "Code" or sentence != english[name]
