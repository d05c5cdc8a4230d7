"""Sentences written for this project whose words and meaning part company, to train on.

Harsh words meant harmlessly (`that hill killed my knees`), emoji alone or at the end of a kind
word (in the data they stand in tweets, which are mostly abusive), and threats and insults in words
that are mild one by one (`I know which school your kids go to`). Real comments hold few of either,
so a model of n-grams learns the words alone.
"""

from __future__ import annotations

from itertools import product

from classifiers.data.examples import Example

_THINGS = (
    "this weather", "the new layout", "Mondays", "olives", "waiting in line", "this song",
    "the ending of that film", "my old phone", "rush hour", "slow internet", "paperwork",
)  # fmt: skip
_HARMLESS: tuple[str, ...] = (
    "I hate {thing}.",
    "I really hate {thing}, but what can you do.",
    "{thing} is killing me.",
    "{thing} can be a pain in the neck.",
    "I am sick and tired of {thing}.",
    "{thing} makes no sense to me at all.",
    "{thing} is the worst.",
    "{thing} drives me crazy.",
    "I am dying to talk about {thing}.",
    "Whoever came up with {thing} had a sense of humour.",
    "{thing} beats everything else this year.",
    "Do not get me started on {thing}.",
)
_HARMLESS_PLAIN: tuple[str, ...] = (
    "That hill killed my knees.",
    "I would kill for a coffee right now.",
    "Shoot me an e-mail when you are back.",
    "They shoot the next season in spring.",
    "The home team destroyed us on Saturday, well played.",
    "My phone died on the way.",
    "The battery is dead again.",
    "He died in 1987 and was buried in his home town.",
    "The play bombed in its first week.",
    "The police said the attacker killed two people.",
    "Two people were killed in the crash last night.",
    "The murder took place in 1923, according to the court.",
    "The jury found him guilty of murder and rape.",
    "The article describes how the army attacked the village.",
    "Kill the lights before you leave, please.",
    "How do I kill a process that hangs?",
    "Kill the process and start it again.",
    "To kill the weeds, pour hot water on them.",
    "The frost killed my tomatoes.",
    "I could kill an hour in the museum.",
    "That was a killer argument.",
    "The recipe is to die for.",
    "I nearly died laughing.",
    "My legs are dead after that run.",
    "Beat the eggs, then beat in the sugar.",
    "Beat them at their own game and win the cup.",
    "Cut the onions and burn nothing this time.",
    "We got beaten fair and square.",
    "I am such an idiot, I forgot my keys again.",
    "Stupid me, I read the date wrong.",
    "I felt like a fool when I saw my mistake.",
    "That was a stupid mistake of mine, sorry.",
    "The film is called Dumb and Lucky, I think.",
    "The donkey carried the load up the mountain.",
    "The garbage is collected on Tuesdays.",
    "Please put the trash out before eight.",
    "The pig farm was closed after the inspection.",
    "We saw rats and snakes at the zoo.",
    "She breeds dogs, and her bitch had five puppies.",
    "The cock crowed at five in the morning.",
    "The virus attacks the liver.",
    "There is a threat of rain this afternoon.",
    "The drug is used against breast cancer.",
    "Sex education starts in the fifth grade.",
    "The museum shows weapons of the middle ages.",
    "I disagree with you completely, but thank you for explaining.",
    "You are wrong about the date, it was in May.",
    "Your argument is weak, because the numbers say otherwise.",
    "I think you did not read the article to the end.",
    "This is nonsense: the bridge was never closed.",
    "The mayor's plan is a bad idea and will cost us a lot.",
    "The government has failed us again.",
    "That is a terrible decision by the council.",
    "He is a bad president and I will not vote for him.",
    "This article is poorly written and full of errors.",
    "What a waste of money.",
    "No, that is not what I said.",
    "Please stop reverting my edits and talk to me first.",
    "Could you please be more polite?",
    "There is no need to call each other names.",
    "He called me an idiot, can a moderator have a look?",
    "Somebody wrote that I should die, and I reported it.",
    "I was bullied at school for being fat.",
    "Go away for the weekend, you will love it.",
    "Shut the door and the windows.",
    "Who is your favourite villain?",
    "You are killing it, great work!",
    "Damn, that is a beautiful goal.",
    "Holy cow, what a save.",
    "Wow, this is insanely good.",
)
_EMOJI = (
    *"😀😃😄😁😆😅😂🤣😊🙂😉😍🥰😘😎🤔🤷🙄😏😢😭😡😠😱😮😴🙏👍👎👏💪👌🙌👋❤💔💯🔥🎉✨⭐☀🌈🎂🏆⚽🎵🍕☕🚀🌍🐶🐱🌹🇺🇸",
    "❤️",
)
_EMOJI_ALONE: tuple[str, ...] = (
    "{emoji}",
    "{emoji}{emoji}",
    "{emoji}{emoji}{emoji}",
    "{emoji} {emoji}",
)
_WITH_EMOJI: tuple[str, ...] = (
    "lol {emoji}",
    "Great post! {emoji}",
    "thank you {emoji}",
    "so true {emoji}",
    "I agree {emoji}",
    "{emoji} this made my day",
    "what a game last night {emoji}{emoji}",
    "no way {emoji}",
    "good morning everyone {emoji}",
    "I did not expect that ending {emoji}",
    "haha {emoji} same here",
)
_TARGETS = ("you", "him", "her", "your family", "those people", "every one of you", "this reporter")
_THREATS: tuple[str, ...] = (
    "I will kill {target}.",
    "I am going to hurt {target} badly.",
    "I will find {target} and make it slow.",
    "Somebody should shoot {target}.",
    "I hope somebody stabs {target} tonight.",
    "I will burn the house of {target} down.",
    "We will beat {target} until nobody knows the face.",
    "One day I will break every bone of {target}.",
    "I would love to strangle {target} with my own hands.",
    "A bullet is what {target} will get from me.",
    "I will find the one who did this and hurt {target}.",
    "I will come for {target} and I will not be gentle.",
    "If I ever meet {target}, I will smash that face in.",
    "Whoever touches that tree will be hurt badly by me, and that means {target}.",
    "I swear I will make {target} bleed for this.",
    "People like me know how to hurt {target}.",
    "One more word and I will cut {target} open.",
    "Let us hang {target} from the nearest tree.",
)
_THREATS_PLAIN: tuple[str, ...] = (
    "I know where you live.",
    "I know which school your kids go to.",
    "Watch your back when you go home tonight.",
    "You will not see the end of this week.",
    "You had better sleep with one eye open.",
    "Say that again and you will lose your teeth.",
    "Next time I see you, you are dead.",
    "We are coming for you and nobody will help you.",
    "Enjoy your last days.",
    "Your car would burn nicely.",
    "I have your address and I am not alone.",
    "You will pay for this with blood.",
    "Delete this or I come to your house.",
    "If you post once more, I will make you regret it for life.",
)
_INSULTS: tuple[str, ...] = (
    "You are as dumb as a brick.",
    "Nobody asked you, so go back under your rock.",
    "You are a waste of oxygen.",
    "Were you dropped on your head as a child?",
    "A wet towel has more brains than you.",
    "You have the intelligence of a doorknob.",
    "What a pathetic little person you are.",
    "You must be the laziest brain on this site.",
    "Everybody here laughs at you, and they are right.",
    "The world would be better without you.",
    "Do us all a favour and never write again, you fool.",
    "Your mother must be ashamed of what she raised.",
    "You are the reason why people hate this town.",
    "Only a clown like you could believe that.",
    "You smell like a liar and you write like one.",
    "Get lost, nobody wants you here.",
    "You are ugly inside and out.",
    "You are nothing, and you will always be nothing.",
    "Learn to read before you open your big mouth, dummy.",
    "He is a spineless coward and a crook.",
    "She has no brain and no shame.",
    "These people are the dregs of the town, every last one.",
    "Please kill yourself.",
    "Go and jump off a bridge.",
)
_CLEAN = dict.fromkeys(
    ("toxicity", "severe_toxicity", "profanity", "insult", "threat", "identity_attack"), 0.0
)
_THREAT = {"toxicity": 1.0, "threat": 1.0, "identity_attack": 0.0}
_INSULT = {"toxicity": 0.95, "insult": 0.95, "identity_attack": 0.0}


def contrast_examples() -> list[Example]:
    """All sentences as labelled examples of the source ``contrasts``, emoji alone of ``emoji``."""
    clean = [_fill(text, "thing", thing) for text, thing in product(_HARMLESS, _THINGS)]
    clean += [text.format(emoji=emoji) for text, emoji in product(_WITH_EMOJI, _EMOJI)]
    threats = [_fill(text, "target", target) for text, target in product(_THREATS, _TARGETS)]
    labelled = (
        (_CLEAN, (*clean, *_HARMLESS_PLAIN)),
        (_THREAT, (*threats, *_THREATS_PLAIN)),
        (_INSULT, _INSULTS),
    )
    alone = [text.format(emoji=emoji) for text, emoji in product(_EMOJI_ALONE, _EMOJI)]
    return [
        Example(text, labels, source="contrasts") for labels, texts in labelled for text in texts
    ] + [Example(text, _CLEAN, source="emoji") for text in alone]


def _fill(template: str, slot: str, words: str) -> str:
    text = template.format(**{slot: words})
    return text[0].upper() + text[1:]
