"""Every example of docs/writing.md is what the service makes of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from moderation.errors import InvalidError
from moderation.text import compose

PAGE = Path(__file__).parents[2] / "docs" / "writing.md"
EXAMPLES = re.findall(
    r"```markdown\n(.*?)```\n\n```(html|refused)\n(.*?)\n```", PAGE.read_text(), re.DOTALL
)


def test_every_example_says_what_comes_of_it() -> None:
    assert len(EXAMPLES) == PAGE.read_text().count("```markdown") > 10


@pytest.mark.parametrize(("written", "kind", "expected"), EXAMPLES)
def test_example(written: str, kind: str, expected: str) -> None:
    if kind == "refused":
        with pytest.raises(InvalidError) as caught:
            compose(written, limit=5_000, where="/text")
        assert caught.value.code == expected
    else:
        _, rendered = compose(written, limit=5_000, where="/text")
        assert rendered.html.replace(' rel="nofollow ugc noopener"', "") == expected
