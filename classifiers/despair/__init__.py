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

#: Characters from which on a text is long.
_LONG = 500

_WORDS = re.compile("[a-z][a-z'-]*")
_RUNS = re.compile("[a-z]+")
#: Where no word begins, and no phrase.
_INSIDE = re.compile(r"(?<=[\w'/#@-])")
_NOTES = re.compile("[♩♪♫♬🎵🎶🎤]")
_FACES = re.compile(r"[😂🤣😹😆💀☠😜😝🙃]|[:;x]-?[dp](?!\w)")
_MAKES_ME = re.compile(
    r"(?P<what>.*?)\b(?:makes?|made|making|got|has|have|had) me (?:\w+ )?"
    r"(?:want|wanna|wanting|wish|feel like|consider|contemplate|suicidal|think)\b"
)
#: An apostrophe that stands in no word.
_OPENING = re.compile(r"'(?<![\w'].)")
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
    # Most texts are short and say nothing here; of a long one it is cheaper to ask its sentences.
    if len(plain) < _LONG and not _may_speak(plain.split()):
        return ()
    own = _own_words(text)
    as_written = own is text and _is_as_written(text, plain)
    parts = sentences(own)
    strong: list[Phrase] = []
    weak: dict[str, Phrase] = {}
    for number, (start, end) in enumerate(parts):
        part = own[start:end]
        tokens = (part.lower() if as_written else normalise(part)).split()
        if not _may_speak(tokens):
            continue
        found = list(_found(_line(tokens)))
        if not found or _laughs(own, parts[number : number + 2]):
            continue
        spans = normalise_with_spans(part).spans
        for kind, name, first, last in found:
            phrase = Phrase(start + spans[first][0], start + spans[last - 1][1], kind or "despair")
            if kind is None:
                weak.setdefault(name, phrase)
            else:
                strong.append(phrase)
    if not strong and len(weak) < _WEAK_NEEDED:
        return ()
    # What is asked of the whole text costs most, so it is asked where nearly all are out already.
    if not _may_speak(plain.split()) or _NOTES.search(text) or guards().borrowed.search(plain):
        return ()
    shown = _apart(strong or tuple(weak.values()))
    acute = any(phrase.kind != "past" for phrase in shown)
    return (Signal("self_harm", shown, acute, others=bool(guards().harmed.search(plain))),)


def _is_as_written(text: str, plain: str) -> bool:
    """Whether normalising undid nothing, so that there is nothing to undo in a sentence either."""
    if not text.isascii():
        return False
    text = text.lower()
    return plain[1:-1] == text or plain == _line(text.split())


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


def _may_quote(text: str) -> bool:
    """Whether a text has a mark without which nothing of it is quoted."""
    if '"' in text or "`" in text or ">" in text or ("'" in text and _OPENING.search(text)):
        return True
    return not text.isascii() and any(mark in text for mark in "“„«\u2018")


def _own_words(text: str) -> str:
    """Blank what is quoted, at the same places."""
    if not _may_quote(text):
        return text
    for pattern in _NOT_OWN:
        text = pattern.sub(lambda match: re.sub(r"\S", " ", match[0]), text)
    return text


def _may_speak(tokens: Sequence[str]) -> bool:
    """Whether a normalised line, parted at its blanks, has a word of its author and of despair."""
    said = set(map(_SAYS.get, tokens))
    if None in said:
        said = _said(tokens)
    if said.isdisjoint(_BY_AUTHOR) and not (tokens and guards().openings.match(f" {tokens[0]}")):
        return False
    return not said.isdisjoint(_IN_DESPAIR) or bool(guards().pairs.search(_line(tokens)))


#: Whether a token, which is what stands between blanks, holds a word of the author (1) and one of
#: despair (2). Most were seen before; a bound on memory: some three megabytes in a process.
_SAYS: dict[str, int] = {}
_MOST_TOKENS, _LONGEST_TOKEN = 1 << 14, 40
_BY_AUTHOR, _IN_DESPAIR = frozenset((1, 3)), frozenset((2, 3))


def _said(tokens: Sequence[str]) -> set[int | None]:
    """What tokens hold of which some are new."""
    global _SAYS
    known = _SAYS
    new = {token: 0 for token in tokens if token not in known}
    # Nearly all new ones hold nothing, which is seen of all at once.
    if _holds(" ".join(new)):
        new = {token: _holds(token) for token in new}
    said = {new[token] if token in new else known[token] for token in tokens}
    if len(known) + len(new) > _MOST_TOKENS:
        # Not cleared: another thread may be looking one up.
        _SAYS = {}
    if len(new) <= _MOST_TOKENS:
        _SAYS.update((token, held) for token, held in new.items() if len(token) <= _LONGEST_TOKEN)
    return {*said}


def _holds(text: str) -> int:
    words = _WORDS.findall(text)
    author, despair = guards().author.isdisjoint(words), guards().words.isdisjoint(words)
    return (not author) + 2 * (not despair)


def _line(tokens: Sequence[str]) -> str:
    return f" {' '.join(tokens)} "


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
    sentence = line.strip()
    known = phrases()
    words = [*_RUNS.findall(sentence), ""]
    kinds_of = known.beginnings.get
    begun = {
        i: kinds
        for i, word in enumerate(words)
        if word in known.first_words
        and (kinds := kinds_of(f"{word} {words[i + 1]}") or kinds_of(word))
    }
    if not begun:
        return
    blanks = line.index(sentence)
    places = [match.start() for match in _RUNS.finditer(sentence)]
    after = [0] * len(known.kinds)
    for i, numbers in begun.items():
        place = places[i]
        for number in numbers:
            if place < after[number] or _INSIDE.match(sentence, place):
                continue
            kind, pattern = known.kinds[number]
            found = pattern.match(sentence, place)
            if found is None:
                continue
            after[number] = found.end()
            start = blanks + place
            end = start + len(found[0].rstrip(" ,.!?…;:"))
            if end <= _jest(line) and not guards().before.search(line[:start]):
                yield kind, found.lastgroup or "", start, end


def _jest(line: str) -> int:
    """From where on a sentence speaks in jest: of what "makes me want to die"."""
    makes = _MAKES_ME.match(line)
    if makes is None or guards().earnest.search(makes["what"]):
        return len(line)
    return makes.end("what")


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
