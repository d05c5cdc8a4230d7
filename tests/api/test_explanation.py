"""The words that scores come from: made when a moderator looks, never when a comment comes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from moderation.explanation import explained
from moderation.records import Author, Comment, StoredScores
from moderation.scoring import MOST_REMEMBERED, ScoringService
from tests.support.app import Blog, S
from tests.support.scorer import TinyScorer
from tests.support.tiny_reader import tiny_combined

IDIOT = {"start": 4, "end": 9, "contributions": {"toxicity": 4.0, "insult": 5.0}}


def case_of(blog: Blog, comment: str) -> Any:
    return blog.client.get(f"{S}/queue/{comment}", headers=blog.admin).json


@pytest.fixture
def asked(scorer: TinyScorer, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Whether an explanation was asked for, of each call of the scorer."""
    calls: list[Any] = []
    real = scorer.score

    def score(texts: Any, *, explain: Any = False, languages: Any = None) -> Any:
        calls.append(explain)
        return real(texts, explain=explain, languages=languages)

    monkeypatch.setattr(scorer, "score", score)
    return calls


def test_nothing_is_explained_until_a_case_is_opened(blog: Blog, asked: list[Any]) -> None:
    made = blog.made("You idiot!")
    assert asked
    assert not any(asked)
    stored = blog.store.comments.get("blog", made["id"])
    assert stored.scored is not None
    assert stored.scored.spans == ()
    assert stored.verdict is not None
    assert all(not why.spans for why in stored.verdict.reasons)
    (case,) = blog.queue()["cases"]
    assert case["comment"]["spans"] == [IDIOT]
    assert case["comment"]["unexplained"] is None
    assert [why["spans"] for why in case["comment"]["verdict"]["reasons"]] == [[[4, 9]], [[4, 9]]]
    asked.clear()
    assert case_of(blog, made["id"])["comment"]["spans"] == [IDIOT]
    assert asked == []  # it was remembered


def test_an_edit_is_explained_by_its_new_text(blog: Blog) -> None:
    made = blog.made("You idiot!")
    blog.queue()
    edited = blog.client.patch(
        f"{S}/comments/{made['id']}",
        json={"text": "So, you idiot!"},
        headers={**blog.admin, "Rejoinder-Edit-Token": made["edit_token"]},
    )
    assert edited.status_code == 200
    assert case_of(blog, made["id"])["comment"]["spans"] == [IDIOT | {"start": 8, "end": 13}]


def test_scores_of_another_version_are_not_explained_and_that_is_said(
    blog: Blog, scorer: TinyScorer
) -> None:
    made = blog.made("You idiot!")
    scorer.version = "tiny-4"
    comment = case_of(blog, made["id"])["comment"]
    assert comment["spans"] == []
    assert comment["scores"]
    assert "tiny-3" in comment["unexplained"]
    assert "tiny-4" in comment["unexplained"]


def test_a_model_that_does_not_answer_hides_no_case(blog: Blog, scorer: TinyScorer) -> None:
    made = blog.made("You idiot!")
    scorer.down = True
    comment = case_of(blog, made["id"])["comment"]
    assert comment["spans"] == []
    assert "now" in comment["unexplained"]
    scorer.down = False
    assert case_of(blog, made["id"])["comment"]["spans"] == [IDIOT]


def _comment(text: str, scored: StoredScores) -> Comment:
    return Comment(
        id="c", site="blog", thread="t", parent=None, status="held", text=text, html="",
        author=Author(id="a", kind="anonymous"), created=0, edited=None, version=1, edit_until=0,
        scored=scored,
    )  # fmt: skip


def test_what_an_earlier_release_stored_is_told_as_it_was(scorer: TinyScorer) -> None:
    spans = ({"start": 0, "end": 3, "contributions": {"toxicity": 1.0}},)
    stored = StoredScores(scores={"toxicity": 0.9}, language="en", model="older", spans=spans)
    comment = _comment("You idiot!", stored)
    assert explained(ScoringService(scorer), comment) is comment  # type: ignore[arg-type]


def test_both_readers_scores_are_explained_by_the_fast_one_exactly() -> None:
    scorer = tiny_combined()
    scoring = ScoringService(scorer)
    for text in ("you are not an idiot", "you idiot", "thank you for this article"):
        (whole,) = scorer.score([text], explain=True, languages=["en"])
        scored = scoring.of_comment(text)
        told = explained(scoring, _comment(text, replace(scored, language="en"))).scored
        assert told is not None
        assert whole.spans is not None
        assert [(s["start"], s["end"], s["contributions"]) for s in told.spans] == [
            (span.start, span.end, span.contributions) for span in whole.spans
        ]


def test_what_is_remembered_is_bounded(scorer: TinyScorer) -> None:
    scoring = ScoringService(scorer)  # type: ignore[arg-type]
    stored = StoredScores(scores={"toxicity": 0.9}, language="en", model="tiny-3")
    for number in range(MOST_REMEMBERED + 40):
        assert scoring.spans(f"You idiot {number}", stored) == (IDIOT,)
    assert len(scoring._spans) == MOST_REMEMBERED
