"""10,000 texts written for the tests, and digests of what each shipped model says of them.

python -m tests.support.frozen_scores           # after a model joined `classifiers/models/`
python -m tests.support.frozen_scores --again   # after FEATURE_SET_VERSION changed, with new models

A model's scores never change: who makes scoring faster or tidier gets the same bits. So the digests
are by the version of a model, a new one gets its own with its file, and those that are there are
only written anew on purpose.

Sums are of integers, and the rest is IEEE arithmetic number by number, so a digest is the same on
every machine. Two things could differ: the guess of a language, which the detector makes in single
precision (so that has digests of its own, and all others are of texts in a given language), and
characters that a newer Python knows and an older does not (so the texts have none of the last
years). Whoever sees "detected" differ alone has another build of the detector.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

from classifiers import load_model
from classifiers.models import shipped
from classifiers.multilingual import MultilingualScorer, describe
from classifiers.score import Score

FILE = Path(__file__).parent.parent / "classifiers" / "runtime" / "frozen_scores.json"
COUNT = 10_000
#: Models of other languages than English, which share all code with those, get so many of them.
FEWER = 1_000

_SUBJECTS = "I|you|my neighbour|the council|nobody here|your brother|those people|we|she|this idiot"
_VERBS = (
    "think|said|ruined|will kill|can't stand|likes|want to end|hate|fixed|am tired of|don't care"
)
_OBJECTS = (
    "the new bridge|myself|you|it all|your stupid face|the report of 2010|a well-known trick|"
    "free bitcoin at www.example.com|that f**king bus|s3 buckets|ur mum|nothing any more|muslims"
)
_CLOSINGS = (
    ".|!|...|?! lol| and i wish i was dead.|, you moron|\n> quoted|, thanks a lot :)| (sic)|"
)
_FOREIGN = (
    "Das ist doch völliger Unsinn, du Trottel.|Ich bin müde.|Você é um idiota e eu te odeio.|"
    "Obrigado pela notícia|이 기사는 정말 쓰레기다|감사합니다|Ты дурак, уходи отсюда|"
    "Спасибо за статью|これはひどい|ありがとうございます|这个人是白痴|谢谢你|هذا غبي|شكرا جزيلا|"
    "אתה אידיוט|तुम बेवकूफ हो|είσαι ηλίθιος|คุณโง่มาก|quel imbécile, ce type|"
    "muchas gracias por todo|ďakujem pekne"
)
_SIGNS = (
    "😂|🤡|💩|👍🏽|👩‍👩‍👧|🖕|💀💀|🇩🇪|❤️|☠|♫|→|½|№|™|“ ”|„ “|« »|`code`|#tag|@user|a@b.org|\u00a0"
)
_CONTROLS = (
    "\0|\x01|\x0b|\x1c|\x7f|\x85|\u200b|\u202e|\u2028|\ufeff|\ud800|\udfff|\ue000|\U000e0041"
)
_LOOKALIKES = str.maketrans("aeopcyxis", "аеорсухіѕ")
_LEET = str.maketrans("aeiost", "431057")


class _Chance:
    """Draws that are the same in every version of Python, unlike most of ``random``'s."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, limit: int) -> int:
        return int(self._random.random() * limit)

    def of(self, choices: str) -> str:
        split = choices.split("|")
        return split[self.below(len(split))]


def texts() -> list[str]:
    """Comments of many kinds: plain, disguised, of many scripts and signs, short, long, broken."""
    chance = _Chance(7)
    made = []
    for i in range(COUNT):
        count = 1 + chance.below(3) if i % 50 else 20 + chance.below(30)
        text = " ".join(_sentence(chance) for _ in range(count))
        made.append(_changed(text, i % 10, chance))
    return made


def _sentence(chance: _Chance) -> str:
    words = (chance.of(_SUBJECTS), chance.of(_VERBS), chance.of(_OBJECTS))
    return " ".join(words) + chance.of(_CLOSINGS)


def _changed(text: str, kind: int, chance: _Chance) -> str:
    if kind == 0:
        return chance.of(_FOREIGN) + (f" {text}" if chance.below(2) else "")
    if kind == 1:
        return text.translate(_LOOKALIKES if chance.below(2) else _LEET)
    if kind == 2:
        return _scattered(text, chance, _SIGNS)
    if kind == 3:
        return _scattered(text, chance, _CONTROLS)
    if kind == 4:
        joiner = chance.of(" |.|-|*|_")
        return " ".join(
            joiner.join(word) if chance.below(4) == 0 else word for word in text.split(" ")
        )
    if kind == 5:
        place = chance.below(len(text))
        return text[:place] + text[place] * (1 + chance.below(5)) + text[place:].upper()
    if kind == 6:
        return text[: chance.below(24)]
    return text


def _scattered(text: str, chance: _Chance, what: str) -> str:
    for _ in range(1 + chance.below(4)):
        place = chance.below(len(text) + 1)
        text = text[:place] + chance.of(what) + text[place:]
    return text


def digest(scores: Iterable[Score], attributes: Sequence[str]) -> str:
    """A digest of all bits of some attributes' scores and logits, and of what is beside them."""
    bits = hashlib.sha256()
    for score in scores:
        numbers = [
            of[name] for of in (score.scores, score.logits) for name in attributes if name in of
        ]
        bits.update(struct.pack(f"<{len(numbers)}d", *numbers))
        bits.update(repr((score.language, score.signals)).encode("ascii", "backslashreplace"))
    return bits.hexdigest()


def scorer() -> MultilingualScorer:
    """All shipped fast models of English as one scorer, and those of other languages beside it."""
    model = load_model(second_reader=False)
    assert isinstance(model, MultilingualScorer)
    return model


def digests() -> dict[str, str]:
    """The digest of each shipped fast model by its version, and that of the languages detected."""
    all_texts, found = texts(), {}
    for language in scorer().languages:
        chosen = all_texts if language == "en" else all_texts[:: COUNT // FEWER]
        model = load_model(second_reader=False, language=language)
        scores = model.score(chosen, languages=[language] * len(chosen))
        for described in map(describe, shipped().values()):
            if language in described.languages and described.version in model.version.split(","):
                found[described.version] = digest(scores, described.attributes)
    detected = scorer().score(all_texts)
    return found | {"detected": digest(detected, ())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--again", action="store_true", help="also those that are there already")
    again = parser.parse_args().again
    known = json.loads(FILE.read_text("ascii")) if FILE.exists() and not again else {}
    found = digests()
    kept = {version: known.get(version, value) for version, value in found.items()}
    FILE.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", "ascii")
    for version in kept:
        print(version, "kept" if version in known else "written")


if __name__ == "__main__":
    main()
