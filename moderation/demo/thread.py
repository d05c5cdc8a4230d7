"""The sample thread: what readers say under the article, some of it not fit to be published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A comment to be posted `age` minutes ago, with its replies (each younger than itself)."""

    name: str
    age: int
    text: str
    replies: tuple[Sample, ...] = ()


TITLE = "The bridge that nobody counted"

COMMENTS: tuple[Sample, ...] = (
    Sample(
        "Morning Baker",
        2760,
        "I cross it at four every morning with flour on my shoes. In nine years I have met one "
        "fox, two herons and the plumber from the article. Build the ramp, and **please** do not "
        "put the lights on before sunrise.",
        (
            Sample(
                "Heron Watcher",
                2640,
                "Seconded on the lights. The herons fish right under it, and they leave when it "
                "is bright.",
                (
                    Sample(
                        "Morning Baker",
                        2580,
                        "Then you are the person with the thermos on the third post. Good to "
                        "know your name at last.",
                    ),
                ),
            ),
            Sample(
                "East Bank",
                2410,
                "You could have lights with a motion sensor. Our allotments bought ten last "
                "spring, and the electricity costs next to nothing.",
            ),
            Sample(
                "Early Train",
                2200,
                "Four in the morning? And I thought I was early with the 5:40.",
            ),
            Sample("Old Ferryman", 1980, "The fox is called Tuesday."),
        ),
    ),
    Sample(
        "Wheels",
        2500,
        "I use a wheelchair, and I have lived two hundred metres from that bridge for eleven "
        "years without ever being on it. I don't want to take it from anybody.\n\n"
        "But “let us go on not knowing about it” also means: let us go on not knowing about *me*.",
        (
            Sample(
                "Signed the list",
                2330,
                "I signed for leaving it as it is, and I had not thought of that. I am going to "
                "ask for my name back.",
            ),
            Sample(
                "Nine Shelters",
                2290,
                "The honest question is where the money comes from. I'd gladly give up the new "
                "car park for it.",
            ),
        ),
    ),
    Sample(
        "Deck Plank",
        1600,
        "I build decks for a living. A few things that are not in the article:\n\n"
        "- larch lasts about twenty years down there, oak about thirty\n"
        "- the ramp is most of the price, because of the slope\n"
        "- a *wooden* ramp needs no foundations, and would cost about half",
        (
            Sample(
                "Council Minutes",
                1500,
                "The wooden variant was in the February papers, page 14. It was dropped "
                "because of the winter service:\n\n> Salt and larch do not get on.",
            ),
        ),
    ),
    Sample(
        "Doubtful",
        900,
        "I think the proposal is wrong, and I have read all forty pages of it. Nobody counted how "
        "many people use the bridge. Count first, then vote.",
    ),
    Sample(
        "Grumble",
        640,
        "You are all complete idiots, and whoever wrote this article is a stupid liar.",
    ),
    Sample(
        "Ostufer",
        560,
        "Ich gehe seit zwanzig Jahren jeden Morgen über diese Brücke und habe noch nie jemanden "
        "gestört.",
    ),
    Sample(
        "No Name Needed",
        450,
        "You have to be a st.up1d ìdi0t to sign that list.",
    ),
    Sample(
        "Nobody's Friend",
        410,
        "If they tear it down I will find the man who voted for it and hurt him badly.",
    ),
    Sample(
        "Best Decks 24",
        300,
        "Cheap decking!!! Best price guaranteed, buy now at http://decking.example/offer and "
        "http://decking.example/sale and http://decking.example/more and win a free garden set",
    ),
    Sample(
        "East Bank",
        95,
        "I stood there with a clicker yesterday, from six to six: 214 people, 31 bicycles, one "
        "wheelbarrow, no fox.",
        (
            Sample(
                "Grumble",
                70,
                "Shut up, you pathetic old fool, and take your wheelbarrow with you.",
            ),
            Sample(
                "Doubtful",
                40,
                "That is more than I would have guessed. Thank you, that is exactly what I meant.",
            ),
        ),
    ),
)


def flat(
    samples: tuple[Sample, ...] = COMMENTS, parent: Sample | None = None
) -> Iterator[tuple[Sample, Sample | None]]:
    """Give every sample with the one that it answers, parents first."""
    for sample in samples:
        yield sample, parent
        yield from flat(sample.replies, sample)
