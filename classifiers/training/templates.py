"""Sentences about people to train on, written for this project: identity words are no insult.

Clean sentences (also disagreement, negation, quotation and counter-speech around identity words)
and abusive ones, so that the model learns the abuse and not the word. ``evaluation.templates`` has
others to measure on.
"""

from __future__ import annotations

from collections.abc import Mapping

from classifiers.data.examples import ATTRIBUTES, Example
from classifiers.data.identities import Identity, fill_templates

CLEAN: tuple[str, ...] = (
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

ABUSIVE: tuple[str, ...] = (
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

#: How often each abusive sentence is repeated, lest what is said without offence of a group teach
#: that nothing said of it offends.
ABUSIVE_REPEATS = 3


def template_examples(repeats: Mapping[Identity, int] | None = None) -> list[Example]:
    """The templates as labelled examples of the source ``templates``.

    Args:
        repeats: how often a term gets each clean sentence; once if it is not among them.
    """
    clean = dict.fromkeys(ATTRIBUTES, 0.0)
    abusive = {"toxicity": 1.0, "identity_attack": 1.0}
    often = repeats or {}
    return [
        Example(text, clean, source="templates")
        for term, text in fill_templates(CLEAN)
        for _ in range(often.get(term, 1))
    ] + [
        Example(text, abusive, source="templates")
        for _, text in fill_templates(ABUSIVE)
        for _ in range(ABUSIVE_REPEATS)
    ]
