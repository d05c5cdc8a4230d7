"""What a page gets when it loads the widget."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from moderation import widget


@pytest.fixture
def client() -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(widget.bp)
    return app.test_client()


def test_the_script_is_whole_and_any_page_may_load_it(client: FlaskClient) -> None:
    answer = client.get("/embed.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    script = answer.get_data(as_text=True)
    assert script.startswith("(() => {")
    assert script.endswith("})();\n")
    for part in ("rejoinder-thread", "rejoinder-count", "Join the conversation", ":host"):
        assert part in script


def test_the_script_does_nothing_that_a_strict_policy_forbids(client: FlaskClient) -> None:
    script = client.get("/embed.js").get_data(as_text=True)
    for word in ("innerHTML", "eval(", "new Function", "insertAdjacentHTML", ".style."):
        assert word not in script
    # From where this script is from, so that whoever lets this one in lets in that.
    assert re.findall(r"import\(`[^`]*", script) == ["import(`${this.#a}/embed/${name}.js"]


@pytest.mark.parametrize(
    ("name", "exported"), [("login", "login"), ("nudge", "marked"), ("work", "work")]
)
def test_what_few_readers_need_is_a_module_of_its_own(
    client: FlaskClient, name: str, exported: str
) -> None:
    answer = client.get(f"/embed/{name}.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert f"function {exported}(" in answer.text
    assert answer.text.endswith(f"export {{ {exported} }};\n")
    for word in ("innerHTML", "eval(", "new Function", "insertAdjacentHTML", ".style.", "import("):
        assert word not in answer.text
    assert client.get("/embed/other.js").status_code == 404


def test_a_known_version_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/embed.js", headers={"Accept-Encoding": "gzip"})
    etag = first.headers["ETag"]
    headers = {"Accept-Encoding": "gzip", "If-None-Match": etag}
    again = client.get("/embed.js", headers=headers)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Vary"] == "Accept-Encoding"
    plain = client.get("/embed.js", headers={"If-None-Match": etag})
    assert plain.status_code == 200
    assert gzip.decompress(first.data) == plain.data
    refused = client.get("/embed.js", headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in refused.headers


def test_the_script_stays_small(client: FlaskClient) -> None:
    """The budget is 21 KiB: isso, the smallest of its kind with votes, sends 20 to 22 KB."""
    packed = client.get("/embed.js", headers={"Accept-Encoding": "gzip"}).data
    assert len(packed) <= 21_504


def test_the_latest_comments_are_a_small_script_of_their_own(client: FlaskClient) -> None:
    answer = client.get("/latest.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert len(answer.data) <= 4_096
    script = gzip.decompress(answer.data).decode()
    assert "rejoinder-latest" in script
    assert "rejoinder-thread" not in script
    for language in widget.languages():
        assert f'"{language}":' in script
    for word in ("innerHTML", "eval(", "new Function", "insertAdjacentHTML", "import("):
        assert word not in script


def test_every_language_is_served_and_no_other(client: FlaskClient) -> None:
    assert "en" in widget.languages()
    for language in widget.languages():
        answer = client.get(f"/embed/messages/{language}.json")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert json.loads(answer.data)["action.reply"]
    assert client.get("/embed/messages/xx.json").status_code == 404
    assert client.get("/embed/messages/..%2fen.json").status_code == 404
