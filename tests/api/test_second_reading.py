"""What the second reader made of a comment: told when it is asked for, and only then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from classifiers import Score, Scorer
from classifiers.combined import CombinedScorer
from classifiers.score import Explain
from classifiers.second_reader import SecondReader
from moderation.scoring import MOST_EXPLAINED, MOST_REMEMBERED, ScoringService
from moderation.services import services_of
from moderation.settings import Settings
from moderation.store import Store
from moderation.throttle import PER_MINUTE
from tests.support.app import Blog, S, renewed
from tests.support.tiny_model import tiny_scorer
from tests.support.tiny_reader import tiny_combined, write

pytest.importorskip("onnxruntime")

LOWERED = "you are not an idiot"
SURE = "thank you for this article"
BEYOND = "you zzyzx idiot"


class Noting(CombinedScorer):
    """The tiny model with the tiny reader; notes what each call asked to be explained."""

    def __init__(self) -> None:
        super().__init__(tiny_combined().fast, tiny_combined().second)
        self.asked: list[Explain] = []

    def score(
        self,
        texts: Sequence[str],
        *,
        explain: Explain = False,
        languages: Sequence[str | None] | None = None,
    ) -> list[Score]:
        self.asked.append(explain)
        return super().score(texts, explain=explain, languages=languages)


@pytest.fixture
def noting() -> Noting:
    return Noting()


@pytest.fixture
def scoring(noting: Noting) -> ScoringService:
    return ScoringService(noting)


@pytest.fixture
def app(described_app: Flask, server: Settings, store: Store, scoring: ScoringService) -> Flask:
    return renewed(described_app, server, store, scoring)


def told(blog: Blog, comment: str) -> Any:
    answer = blog.client.get(f"{S}/queue/{comment}/reading", headers=blog.admin)
    assert answer.status_code == 200, answer.text
    return answer.json


def use(app: Flask, scorer: Scorer) -> None:
    """Put another scorer into use, as a restart with other models does."""
    services_of(app).scoring.scorer = scorer


def test_it_says_what_was_changed_and_by_which_words(blog: Blog) -> None:
    comment = blog.made(LOWERED)["id"]
    case = blog.client.get(f"{S}/queue/{comment}", headers=blog.admin).json["comment"]
    reading = told(blog, comment)
    assert (reading["state"], reading["model"]) == ("read", "tiny-reader@1")
    assert reading["scores"] == case["scores"]
    assert reading["fast"]["insult"] > reading["scores"]["insult"]
    assert reading["in_use"] == case["model"]
    assert reading["part"] == [0, len(LOWERED)]
    words = {LOWERED[w["start"] : w["end"]]: w["changes"]["insult"] for w in reading["words"]}
    assert words["not"] < 0 < words["idiot"]


def test_only_who_moderates_is_told(blog: Blog) -> None:
    comment = blog.made(LOWERED)["id"]
    for headers in ({}, blog.author()):
        answer = blog.client.get(f"{S}/queue/{comment}/reading", headers=headers)
        assert answer.status_code in (401, 403)
    gone = "01890000-0000-7000-8000-000000000000"
    answer = blog.client.get(f"{S}/queue/{gone}/reading", headers=blog.admin)
    assert answer.status_code == 404


def test_posting_and_the_queue_do_not_pay_for_it(blog: Blog, noting: Noting) -> None:
    comment = blog.made("you idiot")["id"]
    blog.queue()
    blog.client.get(f"{S}/queue/{comment}", headers=blog.admin)
    assert noting.asked
    assert True not in noting.asked


def test_a_deleted_comment_and_one_in_another_language_have_nothing_to_tell(blog: Blog) -> None:
    author = blog.author()
    made = blog.made(LOWERED, headers=author)
    blog.client.delete(
        f"{S}/comments/{made['id']}",
        headers={**author, "Rejoinder-Edit-Token": made["edit_token"]},
    )
    assert told(blog, made["id"])["state"] == "not-scored"
    foreign = blog.made("Это очень хорошая статья, спасибо автору")["id"]
    assert told(blog, foreign)["state"] == "not-scored"


def test_what_the_fast_model_was_sure_of_was_not_read(blog: Blog) -> None:
    reading = told(blog, blog.made(SURE)["id"])
    assert (reading["state"], reading["words"], reading["part"]) == ("not-asked", [], None)
    assert reading["detail"] == "The second reader was not asked: the fast model was sure."


def test_of_other_models_it_is_said_that_nothing_can_be_told(
    blog: Blog, app: Flask, tmp_path: Path
) -> None:
    both = blog.made(LOWERED)["id"]
    use(app, tiny_scorer())
    reading = told(blog, both)
    assert reading["state"] == "another-model"
    assert "tiny-en@1,tiny-reader@1" in reading["detail"]
    assert reading["detail"].count("tiny-en@1") == 2
    alone = blog.made("you are an idiot, I think")["id"]
    assert told(blog, alone)["state"] == "fast-alone"
    later = SecondReader(write(tmp_path / "tiny-reader-2.rejoinder", revision=2))
    use(app, CombinedScorer(tiny_scorer(), later))
    assert told(blog, both)["state"] == "another-model"
    assert told(blog, alone)["state"] == "not-read"


def test_a_reader_that_fails_now_says_so(blog: Blog, app: Flask, tmp_path: Path) -> None:
    comment = blog.made(BEYOND)["id"]
    # A word beyond the encoder's table: it runs until it meets one.
    artefact = write(tmp_path / "tiny-reader-1.rejoinder", more=("zzyzx",))
    use(app, CombinedScorer(tiny_scorer(), SecondReader(artefact)))
    assert told(blog, comment)["state"] == "failed"
    use(app, tiny_combined())
    assert told(blog, comment)["state"] == "read"


def test_an_edited_comment_is_told_anew(blog: Blog) -> None:
    author = blog.author()
    made = blog.made(LOWERED, headers=author)
    before = told(blog, made["id"])
    answer = blog.client.patch(
        f"{S}/comments/{made['id']}",
        json={"text": "you are an idiot, he said"},
        headers={**author, "Rejoinder-Edit-Token": made["edit_token"]},
    )
    assert answer.status_code == 200, answer.text
    after = told(blog, made["id"])
    assert after["state"] == "read"
    assert after["words"] != before["words"]


def test_so_many_are_asked_for_and_no_more(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PER_MINUTE, "reading", 2)
    comment = blog.made(SURE)["id"]
    told(blog, comment)
    told(blog, comment)
    answer = blog.client.get(f"{S}/queue/{comment}/reading", headers=blog.admin)
    assert (answer.status_code, answer.json["code"]) == (429, "rate-limited")


def test_the_last_ones_are_remembered_and_the_first_forgotten(
    scoring: ScoringService, noting: Noting
) -> None:
    first = scoring.explained(LOWERED, "en")
    noting.asked.clear()
    assert scoring.explained(LOWERED, "en") is first
    assert noting.asked == []
    for number in range(MOST_REMEMBERED - 1):
        scoring.explained(f"you idiot {number}", "en")
        scoring.explained(LOWERED, "en")
    assert len(noting.asked) == MOST_REMEMBERED - 1
    for number in range(MOST_REMEMBERED):
        scoring.explained(f"you idiot, {number}", "en")
    assert scoring.explained(LOWERED, "en") == first
    assert len(noting.asked) == 2 * MOST_REMEMBERED


def test_a_scoring_call_tells_it_for_the_first_texts_that_were_read(blog: Blog) -> None:
    texts = [SURE, *(f"you idiot {number}" for number in range(MOST_EXPLAINED + 2))]
    body = {"texts": texts, "explain": True}
    answer = blog.client.post("/api/v1/score", json=body, headers=blog.admin)
    assert answer.status_code == 200
    sure, *read = answer.json
    assert "reading" not in sure
    assert [one["reading"]["words"] is not None for one in read] == (
        [True] * MOST_EXPLAINED + [False] * 2
    )
    [plain] = blog.client.post("/api/v1/score", json={"texts": texts[1:2]}, headers=blog.admin).json
    assert set(plain["reading"]) == {"model", "fast", "failed"}
    assert plain["scores"] == read[0]["scores"]


def test_the_answers_are_what_the_description_says(blog: Blog) -> None:
    spec = blog.client.get("/openapi.json").json
    body = {"texts": [f"you idiot {n}" for n in range(MOST_EXPLAINED + 1)], "explain": True}
    reading = "/api/v1/sites/{site}/queue/{comment}/reading"
    answers = [
        (spec["paths"][reading]["get"], told(blog, blog.made(LOWERED)["id"])),
        (spec["paths"][reading]["get"], told(blog, blog.made(SURE)["id"])),
        (
            spec["paths"]["/api/v1/score"]["post"],
            blog.client.post("/api/v1/score", json=body, headers=blog.admin).json,
        ),
    ]
    for call, answer in answers:
        schema = call["responses"]["200"]["content"]["application/json"]["schema"]
        whole = Draft202012Validator({**schema, "components": spec["components"]})
        assert [error.message for error in whole.iter_errors(answer)] == []
