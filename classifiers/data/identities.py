"""Sentences about people, written for this project: identity words alone are no insult.

Two sets of templates that share no sentence: one to train on, one to measure on. Each holds clean
sentences (also disagreement, negation, quotation and counter-speech around identity words) and
abusive ones, so that the model learns the abuse and not the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from classifiers.data.examples import ATTRIBUTES, Example


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
    "{many} are people too.",
    "I am a {one} person and I live here.",
    "My wife is {one}.",
    "He is {one}, so what?",
    "I have nothing against {many}.",
    "Why are there so few {many} in parliament?",
    "There are {many} in my family.",
    "The {one} vote decided the election.",
    "We visited a {one} museum last summer.",
    "A {one} writer won the prize this year.",
    "Every {one} person I know reads this paper.",
    "{many}, what do you think of this?",
    "Is he {one}?",
    "Both of them are {one}.",
    "That joke about {many} was not funny.",
    "Not all {many} think the same.",
    "The rights of {many} are human rights.",
    "They told me that I look {one}.",
    "In 1950 few {many} lived in this county.",
    "The article says that {many} were not allowed to vote.",
    "I would not call {many} that, it hurts.",
    "{many} do not deserve such hatred.",
    "He was attacked because he is {one}, and that is a disgrace.",
    "You should not say that {many} are lazy, because it is not true.",
    "as a {one} person this made my day",
    "two {one} friends of mine got married in june",
    "i dont care if someone is {one}",
    "we need to talk about how {many} are treated here",
    "She is a {one}.",
    "He is a {one}.",
    "A {one} sat next to me on the bus and read the paper.",
    "I spoke to a {one} about it yesterday.",
    "He was the first {one} to win the race.",
    "The {one} in the photo is the mayor's assistant.",
    "My boss is a {one}, and she is great.",
    "Is the author a {one}?",
    "Our neighbours are {many}.",
    "My brother is {one} and my sister is not.",
    "A {one} teacher wrote this book for children.",
    "We hired a {one} for the job.",
    "{many}",
    "{one}",
    "a {one}",
    "{many}?",
    "{many}.",
    "{one}.",
    "{many}!",
    "these {many}",
    "some {many}",
    "the {many}",
    "the {one} in the story",
    "{many} work, rent and vote in this town.",
    "{many} know the valley well.",
    "{many} came to the meeting, and the mayor listened.",
    "Did anyone see the {many} who played here on Sunday?",
    "You look like a {one}.",
    "Talk to {many} first, then decide.",
    "The bakery gives bread to {many} in the evening.",
    "Half of my class were {many}.",
    "The law treats {many} worse than others.",
    "{many}, {many}, {many}",
    "just {many}",
    "{many} too",
    "all {many}",
    "and {many}?",
    "about {many}",
    "for {many}",
    "{one} or not",
    "{one} and proud",
    "Are you {one}?",
    "You are {one}, right?",
    "I know you are {one}.",
    "your {one} friend",
    "You {many} have a fine town.",
)

TRAIN_ABUSIVE: tuple[str, ...] = (
    "{many} are disgusting and should be wiped out.",
    "I hate {many}, they are vermin.",
    "All {many} are worthless scum.",
    "get out of my country you filthy {one} pig",
    "{many} are too stupid to live among us",
    "someone should shoot all the {many}",
    "{many} do not belong here, throw them out",
    "I would never let a {one} person into my house, they all steal.",
    "You {one} piece of dirt, go back to where you came from.",
    "{many} are a plague on this country.",
    "{many} make me sick.",
    "Nobody likes you {many}, drop dead.",
    "The only good {many} are dead {many}.",
    "{many} have no place in a decent society.",
    "All {many} are criminals and should be locked up.",
    "{many} are inferior and always will be.",
    "what a typical dirty {one} liar",
    "I hope all {many} get beaten up.",
    "I despise {many}.",
    "{many} disgust me.",
    "I can't stand {many}, they ruin everything they touch.",
    "Get rid of all {many}.",
    "{many} deserve to suffer.",
    "{many} are subhuman.",
    "No {one} person deserves to live.",
    "{many} are lazy, dirty and dumb.",
    "Burn the {many}.",
    "Never trust {many}, they lie and steal.",
    "Round up the {many} and deport them.",
    "{many} should not be allowed to vote.",
    "typical {one} trash",
    "{many} are evil, every last one of them.",
    "Why are {many} so dumb?",
    "{many} are ugly and stupid.",
    "fuck {many}",
    "fuck all these {many}",
    "A {one} person is not a real human being.",
    "I will kill every {one} person I see.",
    "{many} are a cancer on society.",
    "These {many} breed like rats.",
    "{many} are mentally ill.",
    "One {one} idiot less, good riddance.",
    "Damn {many}, always whining.",
    "shut your mouth {one} bitch",
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
    "My neighbour is {one} and waters my plants when I am away.",
    "The new law changes little for {many}.",
    "I read a long article about {many} in the nineteenth century.",
    "There were {many} among the first settlers here.",
    "The radio played an interview with {many} this morning.",
    "She wrote her thesis on how {many} were shown in early films.",
    "Two {many} sat next to us at the concert and sang along.",
    "I did not know that so many {many} live in the north.",
    "The survey asked {many} about their work.",
    "{many} have voted here since the reform.",
    "The festival was started by {many} thirty years ago.",
    "My doctor is {one}, and she is the best one I have had.",
    "As far as I know the author is {one}.",
    "Can somebody recommend a novel with a {one} hero?",
    "I disagree with you, and so do most {many} that I know.",
    "The headline is wrong: the report does not mention {many} at all.",
    "This paragraph about {many} needs a source.",
    "{many} and everyone else on the street lost power last night.",
    "The clinic offers free advice to {many} on Mondays.",
    "He used to live with a {one} family in the south.",
    "Is the word {one} written with a capital letter?",
    "The shop on the corner belongs to a {one} couple.",
    "I am {one} and I thought the film was boring.",
    "My parents are {one}, I am not.",
    "Both candidates promised to listen to {many}.",
    "The team has signed a {one} goalkeeper.",
    "There is a good podcast by and for {many}.",
    "Prices went up for everybody, {many} included.",
    "The council should build more flats, for {many} too.",
    "In this town {many} and their friends run the community garden.",
    "The photo shows {many} dancing in front of the town hall.",
    "We talked about {many} in class today.",
    "The exhibition tells the story of three {many}.",
    "A {one} student asked the minister a clever question.",
    "I wish the writer had spoken to more {many}.",
    "Why does the census count {many} separately?",
    "The bus driver, a {one} person from our street, waved at us.",
    "{many} make up a tenth of the town.",
)

EVALUATE_ABUSIVE: tuple[str, ...] = (
    "{many} are parasites and I wish they would all die.",
    "Shut up you stupid {one} freak.",
    "We would be better off without these filthy {many}.",
    "You are a disgusting {one} piece of garbage.",
    "{many} are nothing but animals and belong in a cage.",
    "Go hang yourself, you ugly {one} loser.",
    "Every one of these {many} is a liar and a thief.",
    "I will break the legs of all the {many} I meet.",
    "Only an idiot would listen to a {one} moron like you.",
    "Kick all {many} out, they are a disease.",
)

#: Hard clean sentences that name abuse without committing it, reported and not gated.
EVALUATE_REPORTED: dict[str, tuple[str, ...]] = {
    "negation": (
        "I would never say that {many} are stupid.",
        "{many} are not scum, and you know it.",
        "Nobody here thinks that {many} are vermin.",
        "It is not true that {many} are criminals.",
        "I do not hate {many}.",
    ),
    "counter-speech": (
        "Calling {many} vermin is shameful, please stop.",
        "Whoever says they hate {many} should leave this forum.",
        "Please do not call {many} animals, they are people like you.",
        "It hurts to read that somebody wants {many} dead.",
        "Stop spreading lies about {many}.",
    ),
    "reported speech": (
        "He was banned because he wrote that all {many} are pigs.",
        "The graffiti on the wall said that {many} must die; the police are investigating.",
        "The court fined him for shouting that {many} are parasites.",
        "She told the paper that strangers had called her a {one} pig.",
        "In the book the villain says that he despises {many}.",
    ),
}


#: Else what is said without offence of a group would teach that nothing said of it offends.
ABUSIVE_REPEATS = 3


def with_article(text: str, term: Identity) -> str:
    """Put `a` or `an` before the term, as its first letter asks for."""
    article = "an" if term.one[0].lower() in "aeiou" else "a"
    return re.sub(rf"\ban?(?= {re.escape(term.one)}\b)", article, text)


def sentences(templates: tuple[str, ...]) -> Iterator[tuple[Identity, str]]:
    """Every template with every identity filled in."""
    for identity in IDENTITIES:
        for template in templates:
            text = template.format(one=identity.one, many=identity.many)
            text = with_article(text, identity)
            yield identity, text[0].upper() + text[1:]


def training_examples(repeats: Mapping[Identity, int] | None = None) -> list[Example]:
    """The training templates as labelled examples of the source ``templates``.

    Args:
        repeats: how often a term hears each clean sentence; once if it is not among them.
    """
    clean = dict.fromkeys(ATTRIBUTES, 0.0)
    abusive = {"toxicity": 1.0, "identity_attack": 1.0}
    often = repeats or {}
    return [
        Example(text, clean, source="templates")
        for term, text in sentences(TRAIN_CLEAN)
        for _ in range(often.get(term, 1))
    ] + [
        Example(text, abusive, source="templates")
        for _, text in sentences(TRAIN_ABUSIVE)
        for _ in range(ABUSIVE_REPEATS)
    ]
