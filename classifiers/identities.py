"""Sentences about people, written for this project: identity words alone are no insult.

Two sets of templates that share no sentence: one to train on, one to measure on. Each holds clean
sentences (also disagreement, negation, quotation and counter-speech around identity words) and
abusive ones, so that the model learns the abuse and not the word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from classifiers.data import Example


@dataclass(frozen=True, slots=True)
class Identity:
    """A term as adjective or singular noun (``one``) and as plural (``many``)."""

    one: str
    many: str


def _people(*words: str) -> tuple[Identity, ...]:
    return tuple(Identity(word, f"{word} people") for word in words)


IDENTITIES: tuple[Identity, ...] = (
    *_people(
        "gay",
        "lesbian",
        "bisexual",
        "transgender",
        "trans",
        "queer",
        "straight",
        "heterosexual",
        "homosexual",
        "nonbinary",
        "intersex",
        "asexual",
        "black",
        "white",
        "brown",
        "Asian",
        "Arab",
        "African",
        "Latino",
        "Hispanic",
        "Chinese",
        "Japanese",
        "Korean",
        "Indian",
        "Pakistani",
        "Mexican",
        "American",
        "Russian",
        "Polish",
        "Turkish",
        "Irish",
        "European",
        "Indigenous",
        "Jewish",
        "Muslim",
        "Christian",
        "Catholic",
        "Hindu",
        "Buddhist",
        "Sikh",
        "Mormon",
        "Protestant",
        "religious",
        "disabled",
        "deaf",
        "blind",
        "autistic",
        "paralyzed",
        "epileptic",
        "old",
        "elderly",
        "young",
        "poor",
        "homeless",
        "rich",
        "overweight",
        "fat",
    ),
    Identity("woman", "women"),
    Identity("man", "men"),
    Identity("girl", "girls"),
    Identity("feminist", "feminists"),
    Identity("female", "females"),
    Identity("male", "males"),
    Identity("immigrant", "immigrants"),
    Identity("refugee", "refugees"),
    Identity("migrant", "migrants"),
    Identity("atheist", "atheists"),
    Identity("Jew", "Jews"),
    Identity("lesbian couple", "lesbians"),
    Identity("Democrat", "Democrats"),
    Identity("Republican", "Republicans"),
    Identity("liberal", "liberals"),
    Identity("conservative", "conservatives"),
    Identity("veteran", "veterans"),
    Identity("vegan", "vegans"),
    Identity("teenager", "teenagers"),
)

TRAIN_CLEAN: tuple[str, ...] = (
    "My sister's best friend is {one} and we all went to the lake together.",
    "The author of this book is {one}.",
    "As a {one} reader I found this article helpful.",
    "I grew up in a town with many {many}.",
    "Thousands of {many} took part in the survey last year.",
    "There was a documentary about {many} on television yesterday.",
    "What do {many} think about the new school?",
    "The museum opened a room on the history of {many}.",
    "Our new teacher is a {one} person from the next village.",
    "Please add a section about {many} to this article.",
    "I do not agree with the mayor, but {many} deserve the same rights as everyone else.",
    "Nobody should be insulted for being {one}.",
    "It is wrong to say that {many} are all the same.",
    "He was proud to be {one}, and so were his parents.",
    "{many} and their neighbours cooked dinner for the whole street.",
    "The law now protects {many} at work.",
    "I am {one}.",
    "She is {one} and she likes gardening.",
    "You are a {one} person, right?",
    "being {one} is fine",
    "i love {many}",
    "{many} are welcome here",
    "some {many} voted for him, some did not",
    "I met a {one} nurse and a {one} driver on the train today.",
    "Reports of violence against {many} rose by a tenth, the ministry said.",
    "The word is often used as an insult for {many}; the article should say so.",
)

TRAIN_ABUSIVE: tuple[str, ...] = (
    "{many} are disgusting and should be wiped out.",
    "I hate {many}, they are vermin.",
    "All {many} are worthless scum.",
    "get out of my country you filthy {one} pig",
    "{many} are too stupid to live among us",
    "someone should shoot all the {many}",
)

EVALUATE_CLEAN: tuple[str, ...] = (
    "I had coffee with a {one} colleague this morning.",
    "My cousin is {one}.",
    "{many} live in every part of the city.",
    "Has anyone asked {many} what they need?",
    "The choir is looking for {many} who like to sing.",
    "This is a good film about {many}.",
    "I think the council treats {many} unfairly.",
    "Being {one} has nothing to do with being a good doctor.",
    "The interview with the {one} candidate starts at noon.",
    "We need more {one} players on the team.",
    "{many} pay taxes like the rest of us.",
    "Proud to be {one}!",
    "A {one} friend of mine runs the bakery on the corner.",
    "It does not matter to me whether he is {one}.",
    "You sound like a {one} person.",
    "How many {many} work at the hospital?",
)

EVALUATE_ABUSIVE: tuple[str, ...] = (
    "{many} are parasites and I wish they would all die.",
    "Shut up you stupid {one} freak.",
    "We would be better off without these filthy {many}.",
    "You are a disgusting {one} piece of garbage.",
)

#: Hard clean sentences that name abuse without committing it, reported and not gated.
EVALUATE_REPORTED: dict[str, tuple[str, ...]] = {
    "negation": (
        "I would never say that {many} are stupid.",
        "{many} are not scum, and you know it.",
    ),
    "counter-speech": (
        "Calling {many} vermin is shameful, please stop.",
        "Whoever says they hate {many} should leave this forum.",
    ),
    "reported speech": (
        "He was banned because he wrote that all {many} are pigs.",
        "The graffiti on the wall said that {many} must die; the police are investigating.",
    ),
}


def sentences(templates: tuple[str, ...]) -> Iterator[tuple[Identity, str]]:
    """Every template with every identity filled in."""
    for identity in IDENTITIES:
        for template in templates:
            text = template.format(one=identity.one, many=identity.many)
            article = "an" if identity.one[0].lower() in "aeiou" else "a"
            text = text.replace(f"a {identity.one}", f"{article} {identity.one}")
            yield identity, text[0].upper() + text[1:]


def training_examples() -> list[Example]:
    """The training templates as labelled examples of the source ``templates``."""
    clean = dict.fromkeys(
        ("toxicity", "severe_toxicity", "profanity", "insult", "threat", "identity_attack"), 0.0
    )
    rows = [Example(text, clean, source="templates") for _, text in sentences(TRAIN_CLEAN)]
    abusive = {"toxicity": 1.0, "identity_attack": 1.0}
    return rows + [
        Example(text, abusive, source="templates") for _, text in sentences(TRAIN_ABUSIVE)
    ]
