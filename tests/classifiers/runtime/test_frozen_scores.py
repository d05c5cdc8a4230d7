"""What a shipped model says never changes, bit for bit: whoever makes scoring faster keeps it."""

from __future__ import annotations

import json

from tests.support import frozen_scores


def test_scores_are_those_that_the_models_had_when_they_were_shipped() -> None:
    frozen = json.loads(frozen_scores.FILE.read_text("ascii"))
    found = frozen_scores.digests()
    missing = found.keys() - frozen.keys()
    assert not missing, f"python -m tests.support.frozen_scores, for {', '.join(sorted(missing))}"
    assert found == frozen


def test_a_text_alone_scores_as_among_others() -> None:
    texts = frozen_scores.texts()[::40]
    scorer = frozen_scores.scorer()
    for text, score in zip(texts, scorer.score(texts), strict=True):
        assert scorer.score([text]) == [score]


def test_the_texts_are_of_many_kinds() -> None:
    texts = frozen_scores.texts()
    assert len(texts) == frozen_scores.COUNT
    assert len(set(texts)) > 0.9 * len(texts)
    assert sum(text.isascii() for text in texts) > 0.4 * len(texts)
    assert sum(len(text) > 1_000 for text in texts) > 50
    found = frozen_scores.scorer().score(texts[::5])
    assert len({score.language for score in found}) > 10
    assert sum(bool(score.signals) for score in found) > 50
