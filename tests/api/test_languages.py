"""Sites in other languages than English: their comments are scored by the models of these."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from classifiers import load_model
from moderation.scoring import ScoringService
from moderation.services import services_of
from tests.support.app import Blog, S

MODELS = "abuse-en,spam-en,reader-en,abuse-de,abuse-ko,abuse-pt"
#: By language: harmless comments, whole and short, and abusive ones.
COMMENTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "de": (
        (
            "Danke!",
            "Ich sehe das anders, der Bus fährt schon seit 2015.",
            "Gut.",
            "Die Hand ist warm",
        ),
        ("Du dummes Arschloch", "Halt die Fresse, du Wichser!"),
    ),
    "pt": (
        (
            "Obrigada!",
            "Discordo, o ônibus já passa aqui desde 2015.",
            "Verdade",
            "A comida era boa",
        ),
        ("Vai se foder, seu idiota", "Seu filho da puta"),
    ),
    "ko": (
        ("감사합니다!", "저는 다르게 생각합니다. 버스는 2015년부터 다닙니다.", "좋아요"),
        ("이 병신 새끼야 꺼져", "닥쳐 쓰레기 새끼야"),
    ),
}


@pytest.fixture(scope="module")
def shipped() -> ScoringService:
    return ScoringService(load_model(MODELS))


@pytest.fixture
def site(app: Flask, blog: Blog, shipped: ScoringService) -> Blog:
    replace(services_of(app), scoring=shipped).attach(app)
    return blog


def says(site: Blog, **policy: Any) -> None:
    assert site.client.patch(S, json={"policy": policy}, headers=site.admin).status_code == 200


@pytest.mark.parametrize("code", COMMENTS)
def test_a_site_is_judged_in_its_language(site: Blog, code: str) -> None:
    says(site, language=code)
    harmless, abusive = COMMENTS[code]
    for text in (*harmless, "Thanks, I did not know that.", "👍", "π ≈ 3.14159"):
        assert site.made(text)["status"] == "published", text
    for text in (*abusive, "Fuck you, you stupid moron"):
        assert site.made(text)["status"] == "held", text
    cases = site.queue(limit=50)["cases"]
    assert len(cases) == len(abusive) + 1
    assert {lane for case in cases for lane in case["lanes"]} >= {"harmful"}


@pytest.mark.parametrize("policy", [{}, {"language": "en"}])
def test_an_english_site_judges_them_too(site: Blog, policy: Any) -> None:
    says(site, **policy)
    for text in (
        "Ich finde den Artikel wirklich sehr gelungen, vielen Dank.",
        "Muito bom, parabéns pelo texto!",
    ):
        assert site.made(text)["status"] == "published", text
    for text in (
        "Du bist ein verdammtes Arschloch, halt die Fresse.",
        "Vai tomar no cu, seu filho da puta.",
    ):
        assert site.made(text)["status"] == "held", text


@pytest.mark.parametrize(
    "text",
    ["π ≈ 3.14159", "Mañana, mañana", "Eva Perón.", "Dat hat was bussin, no cap", "São Paulo",
     "Der Himmel über Berlin", "Iga Świątek", "Crème brûlée", "β-blockers"],
)  # fmt: skip
def test_english_with_foreign_words_is_scored_on_an_english_site(site: Blog, text: str) -> None:
    says(site, language="en")
    assert site.made(text)["status"] == "published"
    assert site.queue()["cases"] == []


def test_thresholds_are_those_of_the_site_s_language(site: Blog, shipped: ScoringService) -> None:
    english = site.client.get(S, headers=site.admin).json
    assert set(english["languages"]) == {"de", "en", "ko", "pt"}
    says(site, language="de")
    german = site.client.get(S, headers=site.admin).json
    card = shipped.scorer.card["by_language"]["de"]["thresholds"]
    assert german["effective"]["toxicity"]["hold"] == card["toxicity"]["0.02"]
    assert german["effective"]["threat"] == {"flag": None, "hold": None}
    assert english["effective"]["toxicity"]["hold"] != german["effective"]["toxicity"]["hold"]
    # A site's own thresholds are for every language.
    own = {name: {"flag": None, "hold": None} for name in ("toxicity", "insult")}
    says(site, language="de", thresholds=own)
    assert site.made("Du dummes Arschloch")["status"] == "published"


def test_health_names_the_languages(site: Blog) -> None:
    for path in ("/healthz", "/readyz"):
        assert site.client.get(path).json["languages"] == ["de", "en", "ko", "pt"]


def test_a_rehearsal_judges_comments_in_every_language(site: Blog) -> None:
    says(site, language="de")
    for text in (
        "Danke, das wusste ich nicht.",
        "Thanks, I did not know that.",
        "Du dummes Arschloch",
    ):
        site.made(text)
    answer = site.client.post(
        f"{S}/policy/rehearsal", json={"policy": {"preset": "strict"}}, headers=site.admin
    )
    assert answer.status_code == 200, answer.json
    assert (answer.json["comments"], answer.json["skipped"]) == (3, 0)
