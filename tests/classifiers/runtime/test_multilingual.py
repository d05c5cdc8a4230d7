"""Models of several languages: each text is scored by its own, read when it is first needed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import ClassifierError, ModelNotFoundError, load_model, multilingual
from classifiers.multilingual import MultilingualScorer
from classifiers.score import thresholds_of
from tests.support import tiny_model

GERMAN = "Du bist ein dummer Idiot und schreibst nur Unsinn."
ENGLISH = "You are a stupid idiot and you know it."
KOREAN = "이 기사는 정말 잘 썼습니다"
CARD = {"licences": ["MIT"], "thresholds": {"insult": {"0.02": 0.7}}}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_model.write(folder / "tiny-en-1.rejoinder")
    tiny_model.write(
        folder / "tiny-de-4.rejoinder", name="tiny-de", revision=4, card=CARD, languages=("de",)
    )
    return folder


def source(folder: Path) -> str:
    # English is the main language whatever is named first.
    return ",".join(str(folder / f"tiny-{name}.rejoinder") for name in ("de-4", "en-1"))


@pytest.fixture(scope="module")
def model(files: Path) -> MultilingualScorer:
    found = load_model(source(files))
    assert isinstance(found, MultilingualScorer)
    return found


def test_each_text_is_scored_by_the_model_of_its_language(model: MultilingualScorer) -> None:
    english, german, korean, emoji = model.score([ENGLISH, GERMAN, KOREAN, "👍"], explain=True)
    assert (english.language, english.model) == ("en", "tiny-en@1")
    assert (german.language, german.model) == ("de", "tiny-de@4")
    assert german.scores
    assert german.spans
    assert (korean.language, korean.scores, korean.spans) == ("ko", {}, ())
    assert emoji.model == "tiny-en@1"
    (given,) = model.score([ENGLISH], languages=["de"])
    assert given.model == "tiny-de@4"
    (given,) = model.score([GERMAN], languages=["fr"])
    assert (given.scores, given.language) == ({}, "fr")


def test_it_says_what_it_knows(model: MultilingualScorer) -> None:
    assert model.languages == ("de", "en")
    assert model.version == "tiny-en@1,tiny-de@4"
    assert model.attributes == ("insult", "threat")
    assert model.revision("insult") == 1
    card = model.card
    assert (card["version"], card["languages"]) == (model.version, ["de", "en"])
    assert [each["version"] for each in card["models"]] == ["tiny-en@1", "tiny-de@4"]
    assert thresholds_of(card, "de") == CARD["thresholds"]
    assert thresholds_of(card, "en") == {"insult": {"0.02": 0.5}}
    # What has no thresholds of its own is judged by those of the main language.
    assert thresholds_of(card, "und") == thresholds_of(card, "en")


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([ENGLISH, GERMAN, KOREAN, "👍", "Danke!", ""]) | st.text(max_size=40),
            st.sampled_from([None, "en", "de", "fr"]),
        ),
        max_size=8,
    )
)
def test_a_batch_scores_as_its_texts_do(
    model: MultilingualScorer, rows: list[tuple[str, str | None]]
) -> None:
    together = model.score([text for text, _ in rows], languages=[code for _, code in rows])
    alone = [model.score([text], languages=[code])[0] for text, code in rows]
    assert together == alone


def test_another_language_is_read_when_it_is_needed_and_once(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    really_load = multilingual.load

    def noted(path: Path) -> Any:
        read.append(path.name)
        return really_load(path)

    monkeypatch.setattr(multilingual, "load", noted)
    model = load_model(source(files))
    model.score([ENGLISH, KOREAN])
    assert read == []
    begin = threading.Barrier(8)
    answers: list[str] = []

    def ask() -> None:
        begin.wait()
        answers.append(model.score([GERMAN])[0].model)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["tiny-de@4"] * 8
    assert read == ["tiny-de-4.rejoinder"]


def test_a_file_that_is_gone_stops_its_language_and_no_other(files: Path, tmp_path: Path) -> None:
    for path in files.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    model = load_model(source(tmp_path))
    (tmp_path / "tiny-de-4.rejoinder").unlink()
    with pytest.raises(ModelNotFoundError):
        model.score([GERMAN])
    assert model.score([ENGLISH])[0].scores
    # It is looked for again, so a file that comes back is used.
    tiny_model.write(
        tmp_path / "tiny-de-4.rejoinder", name="tiny-de", revision=4, languages=("de",)
    )
    assert model.score([GERMAN])[0].scores


def test_two_models_of_a_language_may_not_score_the_same(files: Path, tmp_path: Path) -> None:
    tiny_model.write(tmp_path / "other-de-1.rejoinder", name="other-de", languages=("de",))
    with pytest.raises(ClassifierError, match="only once"):
        load_model(f"{source(files)},{tmp_path / 'other-de-1.rejoinder'}")
    broken = tmp_path / "broken-de-1.rejoinder"
    broken.write_bytes(b"no model")
    with pytest.raises(ClassifierError):
        load_model(f"{source(files)},{broken}")


def test_a_model_of_several_languages_stands_in_each(files: Path, tmp_path: Path) -> None:
    tiny_model.write(
        tmp_path / "both-1.rejoinder", name="both", card=CARD, languages=("nl", "de", "pt")
    )
    model = load_model(f"{files / 'tiny-en-1.rejoinder'},{tmp_path / 'both-1.rejoinder'}")
    assert model.languages == ("de", "en", "nl", "pt")
    found = model.score(["x"] * 3, languages=["nl", "en", "pt"])
    assert [score.model for score in found] == ["both@1", "tiny-en@1", "both@1"]
    assert model.version == "tiny-en@1,both@1"


def test_one_language_may_be_loaded_alone(files: Path) -> None:
    model = load_model(source(files), language="de")
    assert (model.languages, model.version) == (("de",), "tiny-de@4")
    assert "sha256" in model.card
    with pytest.raises(ModelNotFoundError, match="'fr'"):
        load_model(source(files), language="fr")


def test_hashes_are_there_if_all_are_loaded(files: Path) -> None:
    assert all("sha256" in each for each in load_model(source(files), lazy=False).card["models"])
