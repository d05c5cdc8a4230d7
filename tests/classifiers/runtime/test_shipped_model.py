"""What the shipped model and the balanced policy do with plain comments of our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifiers import load_model
from moderation.policy import PRESETS, PolicyInput, judge
from moderation.records import AuthorRecord
from moderation.scoring import ScoringService

SCORING = ScoringService(load_model())

HELD = (
    "You are an idiot.",
    "What a stupid liar you are, get lost.",
    "I will kill you.",
    "I will find you and break your legs.",
    "Shut up, you pathetic moron.",
    "go kill yourself loser",
    "y0u are a st.up1d m0r0n",
    "Thosе people are scum and should be shot.",
    "Buy cheap watches now, click http://deals.example and win $1000!!!",
)
PUBLISHED = (
    "I disagree, the bridge was closed in May and not in June.",
    "You are wrong about the budget, and here is why.",
    "The mayor's plan is a bad idea and will cost us a lot.",
    "Could you add a source for the second paragraph, please?",
    "Thank you for this article, I learnt a lot.",
    "👍",
    "😂😂😂",
    "lol",
    "No.",
    "My sister is deaf and she liked the concert.",
    "The police said that two people were killed in the crash.",
)


#: Written for this project: comments of kinds that readers really write, and abusive ones beside
#: them. No model was trained or tuned on them.
EVERYDAY = [
    json.loads(line)
    for line in (Path(__file__).parent / "everyday.jsonl").read_text("utf-8").splitlines()
]


def action(text: str) -> str:
    facts = PolicyInput(
        text=text,
        scored=SCORING.of_comment(text),
        policy=PRESETS["balanced"],
        author=AuthorRecord(id="someone", published=3),
        card=SCORING.scorer.card,
    )
    return judge(facts).action


@pytest.mark.parametrize("text", HELD)
def test_plain_abuse_waits_for_a_moderator(text: str) -> None:
    assert action(text) == "hold"


@pytest.mark.parametrize("text", PUBLISHED)
def test_disagreement_and_kindness_are_published_at_once(text: str) -> None:
    assert action(text) == "publish"


def test_scores_of_every_attribute_have_thresholds() -> None:
    card = SCORING.scorer.card
    assert set(card["thresholds"]) == set(SCORING.scorer.attributes)
    for measured in card["thresholds"].values():
        assert {"0.005", "0.02", "0.05", "0.1"} <= set(measured)


def test_everyday_comments_are_left_alone_and_abuse_among_them_is_not() -> None:
    thresholds = SCORING.scorer.card["thresholds"]
    held: dict[bool, list[bool]] = {True: [], False: []}
    for row, score in zip(EVERYDAY, SCORING.score([row["text"] for row in EVERYDAY]), strict=True):
        over = any(value >= thresholds[name]["0.02"] for name, value in score.scores.items())
        held[row["abusive"]].append(over or not score.scores)
    assert sum(held[False]) / len(held[False]) <= 0.05
    assert sum(held[True]) / len(held[True]) >= 0.9
