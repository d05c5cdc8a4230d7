"""What mattered to the second reader, told by the models that are shipped."""

from __future__ import annotations

import pytest

from moderation.scoring import ScoringService
from moderation.second_reading import second_reading


@pytest.fixture(scope="module")
def scoring() -> ScoringService:
    return ScoringService.load()


def test_it_is_told_where_models_of_other_languages_are_in_use_too(scoring: ScoringService) -> None:
    text = "You are all complete idiots, and whoever wrote this is a stupid liar."
    told = second_reading(scoring, text, scoring.of_comment(text))
    assert told.state == "read"
    assert told.words


def test_in_other_languages_the_fast_model_is_alone(scoring: ScoringService) -> None:
    text = "Ihr seid alle dumm und habt von nichts eine Ahnung, das ist doch lächerlich."
    scored = scoring.of_comment(text)
    assert scored.language == "de"
    assert second_reading(scoring, text, scored).state == "fast-alone"
