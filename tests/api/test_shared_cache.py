"""What a shared cache may keep: the same for everybody, and only as long as was set."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from moderation.errors import ConfigurationError
from moderation.scoring import ScoringService
from moderation.settings import Settings, load_settings
from moderation.store import Store
from tests.support.app import PAGE, Blog, S, renewed
from tests.support.scorer import TinyScorer


@pytest.fixture
def app(described_app: Flask, server: Settings, store: Store, scorer: TinyScorer) -> Flask:
    settings = replace(server, shared_cache=5)
    scoring = ScoringService(scorer)  # type: ignore[arg-type]
    return renewed(described_app, settings, store, scoring)


def read(blog: Blog, path: str, **headers: str) -> Any:
    return blog.client.get(f"{S}{path}", headers=headers)


def test_threads_replies_and_counts_may_be_kept(blog: Blog) -> None:
    made = blog.made()
    paths = (f"/threads?url={PAGE}", f"/comments/{made['id']}/replies", f"/counts?url={PAGE}")
    for path in paths:
        answer = read(blog, path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=5"
        said = "public, max-age=5, stale-while-revalidate=5"
        assert answer.headers["CDN-Cache-Control"] == said
    tag = read(blog, paths[0]).headers["ETag"]
    known = read(blog, paths[0], **{"If-None-Match": tag})
    assert known.status_code == 304
    assert known.headers["Cache-Control"] == "public, max-age=0, s-maxage=5"
    varies = ", ".join(known.headers.getlist("Vary")).split(", ")
    assert {"Origin", "Accept-Encoding"} <= set(varies)


def test_what_is_for_one_person_is_never_kept(blog: Blog) -> None:
    author = blog.author()
    held = blog.made("You idiot!", headers=author)
    for path, headers in (
        (f"/threads/mine?url={PAGE}", author),
        (f"/comments/{held['id']}", author),
        ("/queue", blog.admin),
        (f"/queue/{held['id']}", blog.admin),
    ):
        answer = read(blog, path, **headers)
        assert answer.status_code == 200, path
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "CDN-Cache-Control" not in answer.headers
    assert "CDN-Cache-Control" not in read(blog, "/threads?url=https://elsewhere.example/").headers


def test_counts_of_a_site_that_there_is_not(blog: Blog) -> None:
    answer = blog.client.get(f"/api/v1/sites/none/counts?url={PAGE}")
    assert (answer.status_code, answer.json["code"]) == (404, "site-not-found")


@pytest.mark.parametrize("seconds", ["61", "-1", "long"])
def test_a_wrong_setting_is_named(tmp_path: Any, seconds: str) -> None:
    with pytest.raises(ConfigurationError, match="REJOINDER_SHARED_CACHE"):
        load_settings({"REJOINDER_DATA_DIR": str(tmp_path), "REJOINDER_SHARED_CACHE": seconds})
