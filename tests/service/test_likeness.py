"""What counts as a near-duplicate: a raid's disguises do, what people otherwise write does not."""

from __future__ import annotations

import itertools
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.likeness import BANDS, bands
from tests.support.floods import TEXT, flood

# As the store has it, in `lua/prelude/likeness.lua`.
ENOUGH = 2
WHO = ("My neighbour", "The teacher at our school", "A nurse I know", "My uncle", "Our landlord")
SAYS = (
    "told me last week that",
    "has always believed that",
    "would never admit that",
    "wrote a long letter to say that",
)
WHAT = (
    "the buses run late whenever it rains in the valley",
    "nobody asked for another car park behind the station",
    "swimming lessons ought to be free for every child",
    "the old cinema deserves a second life as a library",
    "good bread needs flour, water, salt and a lot of patience",
    "the river was cleaner when the mill still stood",
)
AND = (
    "and I tend to agree with that.",
    "but the figures tell another story.",
    "so I went to see it for myself.",
    "which made us laugh for days.",
)
SENTENCES = [
    "I cycled to work for ten years before they painted the first lane on our street.",
    "Could somebody explain why the library closes at four on a Saturday?",
    "Thank you for this piece, it reminded me of summers at my grandmother's farm.",
    "The recipe works just as well with oat milk, I tried it twice this month.",
    "Our team lost again, yet it was the best match I have seen in years.",
    "What the article leaves out is how much the repair of the roof would cost.",
    "My daughter starts school in autumn and we still have no place for her.",
    "Vaccines saved two of my brothers, so I have little patience with this debate.",
    "It is a long text, but the chapter about the harbour alone is worth it.",
    "You can see the comet tonight if you look north shortly after sunset.",
    "I disagree: a tax on empty houses would hurt those who renovate them slowly.",
    "The trains in this country would run on time if anybody paid for the signals.",
    "Has anyone compared these two cameras in low light, preferably with a lens from 2019?",
    "We moved here because it was quiet, and then came the concert hall.",
]


def alike(one: str, other: str) -> bool:
    return len({*bands(one)} & {*bands(other)}) >= ENOUGH


def test_a_flood_is_found_by_what_its_texts_share() -> None:
    known: set[str] = set()
    found = 0
    for text in flood(200):
        own = {*bands(text)}
        assert len(own) == BANDS
        if len(own & known) >= ENOUGH or not known:
            found += 1
            known |= own
    assert found >= 196


def test_ordinary_sentences_are_no_group() -> None:
    everything = SENTENCES + [" ".join((a, b, c, d)) for a, b, c, d in _spread()]
    pairs = [(x, y) for x, y in itertools.combinations(everything, 2) if alike(x, y)]
    assert pairs == []


def _spread() -> list[tuple[str, ...]]:
    """Sentences of the same parts, no two of the same matter or with more than one in common."""
    made: list[tuple[str, ...]] = []
    for parts in itertools.product(WHO, SAYS, WHAT, AND):
        shared = [[a == b for a, b in zip(parts, other, strict=True)] for other in made]
        if all(sum(same) <= 1 and not same[2] for same in shared):
            made.append(parts)
    assert len(made) == len(WHAT)
    return made


word = st.text(alphabet="abcdefghijklmnoprstuvwy", min_size=4, max_size=9)
texts = st.lists(word, min_size=12, max_size=40).map(" ".join)


@settings(max_examples=100)
@given(texts, texts)
def test_unrelated_texts_share_too_little(one: str, other: str) -> None:
    common = Counter(one.split()) & Counter(other.split())
    assert sum(common.values()) > 2 or not alike(one, other)


def test_case_signs_and_emoji_change_nothing() -> None:
    for text in SENTENCES:
        assert len({*bands(f"{text.upper()} !!! 🔥🔥")} & {*bands(text)}) == BANDS


def test_short_texts_and_quotations_do_not_count() -> None:
    assert bands("Thank you so much, this is great!") == ()
    assert bands("Congratulations to you both, well done!") == ()
    assert bands(f"> {TEXT}\n\nNo, it is not.") == ()
    assert bands(f"> {TEXT}\n\n{SENTENCES[0]}") == bands(SENTENCES[0])
    assert not alike(f"> {TEXT}\n\n{SENTENCES[0]}", TEXT)


def test_languages_without_blanks_count_too() -> None:
    text = "市长应该在下次议会会议之前辞职，新桥是一个丑闻"
    assert len(bands(text)) == BANDS
    assert alike(text, text.replace("丑闻", "耻辱"))
    assert not alike(text, "今天我们全家去海边玩，孩子们在沙滩上捡了很多贝壳")
