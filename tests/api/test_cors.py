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


def test_a_page_may_ask_why_it_may_not_read(blog: Blog) -> None:
    def ask(**query: str) -> str | None:
        answer = blog.client.get(
            "/embed/check", query_string=query, headers={"Origin": "https://stranger.example"}
        )
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        detail: str | None = answer.json["detail"]
        return detail

    site = S.rsplit("/", 1)[1]
    assert ask(site=site, origin=ORIGIN) is None
    assert "not one of the origins" in (ask(site=site, origin="https://stranger.example") or "")
    for origin in ("null", "", "x" * 5000):
        assert len(ask(site=site, origin=origin) or "") < 500
    for unknown in ("nobody", "", "{site}", "x" * 5000):
        assert (ask(site=unknown, origin=ORIGIN) or "").startswith("There is no site")
