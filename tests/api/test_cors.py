"""What another origin's pages may send and read."""

from __future__ import annotations

from moderation.auth import CSRF_HEADER
from tests.support.app import ORIGIN, Blog, S


def test_no_page_of_another_origin_can_send_the_session_header(blog: Blog) -> None:
    answer = blog.client.options(
        f"{S}/comments",
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": CSRF_HEADER,
        },
    )
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert "rejoinder-author" in allowed
    assert CSRF_HEADER.lower() not in allowed
