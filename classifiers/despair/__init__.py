"""Find what a text says of its author's own despair, by phrases that can be read.

Whoever writes that they want to die is no danger to others and abuses nobody, and no attribute of
a model says so. This package looks for phrases in the first person (``phrases.txt``) in each
sentence of the normalised text, and gives them with their places, so that one sees why.

What does not count (``guards.txt``): a phrase that is denied ("I don't want to die") or only
supposed of others ("you think I want to die"), what stands in quotation marks or in a quoted line,
reported speech ("she said I want to die"), song lyrics, games, figures of speech ("this traffic
makes me want to kill myself", "I want to die laughing", "I'd rather die than …") and sentences that
laugh. A call to others ("kill yourself") is none of these phrases: they speak of "I". What alone
says little ("I'm so tired") counts only beside something else of that kind.

What it cannot do: it reads English alone, knows only the phrases that it lists, and cannot tell a
joke without a mark of one from earnest. It speaks of a text, never of a person's state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import get_args

from classifiers.despair.grammar import guards, outside, phrases
from classifiers.normalise import normalise, normalise_with_spans
from classifiers.score import Phrase, PhraseKind, Signal
from classifiers.sentences import sentences

#: Phrases that alone say little; as many different ones as this say it together.
_WEAK_NEEDED = 2
#: So many words after a phrase that do nothing but laugh.
_FEW_WORDS = 3

_WORDS = re.compile("[a-z][a-z'-]*")
_NOTES = re.compile("[♩♪♫♬🎵🎶🎤]")
_FACES = re.compile(r"[😂🤣😹😆💀☠😜😝🙃]|[:;x]-?[dp](?!\w)")
_MAKES_ME = re.compile(
    r"(?P<what>.*?)\b(?:makes?|made|making|got|has|have|had) me (?:\w+ )?"
    r"(?:want|wanna|wanting|wish|feel like|consider|contemplate|suicidal|think)\b"
)
#: Code, quoted lines, and what stands between marks of quotation.
_NOT_OWN = (
    re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL),
    re.compile(r"^[ \t]*>.*$", re.MULTILINE),
    re.compile(
        r"\"[^\"]{1,400}\"|“[^“”]{1,400}[”“]|„[^“”„]{1,400}[“”]|«[^«»]{1,400}»"
        r"|(?<![\w'])'(?=\S)(?:[^'\n]|(?<=\w)'(?=\w)){1,400}(?<=\S)'(?![\w'])"
        "|\u2018[^\u2018]{1,400}?\u2019(?!\\w)"
    ),
)


def signals(text: str, normalised: str | None = None) -> tuple[Signal, ...]:
    """Say what a text tells of its author's own despair; empty for nearly all texts.

    Args:
        text: as it was written.
        normalised: the same as ``normalise`` gives it, where the caller has it.
    """
    plain = normalise(text) if normalised is None else normalised
    if not _may_speak(plain) or _NOTES.search(text) or guards().borrowed.search(plain):
        return ()
    own = _own_words(text)
    parts = sentences(own)
    strong: list[Phrase] = []
    weak: dict[str, Phrase] = {}
    for number, (start, end) in enumerate(parts):
        part = own[start:end]
        line = normalise(part)
        if not _may_speak(line) or _laughs(own, parts[number : number + 2]):
            continue
        found = list(_found(line))
        spans = normalise_with_spans(part).spans if found else []
        for kind, name, first, last in found:
            phrase = Phrase(start + spans[first][0], start + spans[last - 1][1], kind or "despair")
            if kind is None:
                weak.setdefault(name, phrase)
            else:
                strong.append(phrase)
    if not strong and len(weak) < _WEAK_NEEDED:
        return ()
    shown = _apart(strong or tuple(weak.values()))
    acute = any(phrase.kind != "past" for phrase in shown)
    return (Signal("self_harm", shown, acute, others=bool(guards().harmed.search(plain))),)


def without(text: str, signal: Signal) -> tuple[str, str]:
    """Give a text without a signal's phrases, and without all that it says of its author alone.

    What is left shows whether the text abuses anybody beside what it says of its author. The second
    lacks every sentence too that speaks of the author and, its phrases aside, of nobody else.
    """
    said = [(phrase.start, phrase.end) for phrase in signal.phrases]
    alone = [
        (start, end)
        for start, end in sentences(text)
        if not guards().author.isdisjoint(_WORDS.findall(normalise(text[start:end])))
        and not guards().others.search(_left(text, outside(start, end, said)).lower())
    ]
    whole = (0, len(text))
    return _left(text, outside(*whole, said)), _left(text, outside(*whole, [*said, *alone]))


def _own_words(text: str) -> str:
    """Blank what is quoted, at the same places."""
    for pattern in _NOT_OWN:
        text = pattern.sub(lambda match: re.sub(r"\S", " ", match[0]), text)
    return text


def _may_speak(line: str) -> bool:
    """Whether a normalised line has a word of its author and one of despair."""
    guard = guards()
    words = set(_WORDS.findall(line))
    if guard.author.isdisjoint(words) and not guard.openings.match(line):
        return False
    return not guard.words.isdisjoint(words) or bool(guard.pairs.search(line))


def _laughs(text: str, parts: Sequence[tuple[int, int]]) -> bool:
    """Whether the first of these sentences laughs, or the next does nothing else."""
    lines = [text[start:end].lower() for start, end in parts]
    return any(
        (guards().laughs.search(line) or _FACES.search(line))
        and (number == 0 or len(line.split()) <= _FEW_WORDS)
        for number, line in enumerate(lines)
    )


def _found(line: str) -> Iterator[tuple[PhraseKind | None, str, int, int]]:
    """Each phrase of a normalised sentence that nothing speaks against: kind, rule and range."""
    guard = guards()
    makes = _MAKES_ME.match(line)
    jest = len(line) if makes is None or guard.earnest.search(makes["what"]) else makes.end("what")
    sentence = line.strip()
    blanks = line.index(sentence)
    for kind, pattern in phrases():
        for match in pattern.finditer(sentence):
            start = blanks + match.start()
            end = start + len(match[0].rstrip(" ,.!?…;:"))
            if end <= jest and not guard.before.search(line[:start]):
                yield kind, match.lastgroup or "", start, end


def _apart(found: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """Phrases in the order of the text; of those that overlap the gravest."""
    order = get_args(PhraseKind)
    kept: list[Phrase] = []
    for phrase in sorted(found, key=lambda each: (order.index(each.kind), each.start)):
        if all(phrase.end <= other.start or other.end <= phrase.start for other in kept):
            kept.append(phrase)
    return tuple(sorted(kept, key=lambda each: each.start))


def _left(text: str, ranges: Sequence[tuple[int, int]]) -> str:
    return " ".join(text[start:end].strip(" ,;.!?…\n\t") for start, end in ranges).strip()
