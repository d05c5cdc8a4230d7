"""A new comment as everybody sees it, and as its author is answered: one reading of the record."""

from __future__ import annotations

import json

import pytest

from moderation.records import Author, Comment, Status
from moderation.schemas.comments import fragment, written


@pytest.mark.parametrize("status", ["published", "held", "rejected"])
@pytest.mark.parametrize("notice", [None, "A moderator will look at it."])
@pytest.mark.parametrize("website", ["", "https://ada.example/"])
def test_both_are_what_each_would_be_alone(
    status: Status, notice: str | None, website: str
) -> None:
    author = Author(id="a", kind="anonymous", name="Ada\u202e", website=website)
    comment = Comment(
        id="c", site="blog", thread="t", parent="p", status=status, text="Well <b>",
        html="<p>W</p>",
        author=author, created=1, edited=None, version=1, edit_until=900_001,
    )  # fmt: skip
    public, body = written(comment, edit_token="token", notice=notice)
    assert public == fragment(comment)
    shown, answer = json.loads(public), json.loads(body)
    assert answer["status"] == status
    assert answer.get("notice") == notice
    assert answer["edit_token"] == "token"
    assert shown == {name: answer[name] for name in shown} | {"status": "published"}
