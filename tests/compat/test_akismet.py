"""Akismet: both ways to carry a key, plain-text answers, test hooks, usage, what spam means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from classifiers import Score, load_model
from classifiers.cli_tables import certain
from classifiers.data.examples import Example
from classifiers.evaluation.certainty import certainty, together
from classifiers.score import Reading
from moderation.compat.akismet.views import CERTAIN
from moderation.key_settings import akismet_alias, is_alias_of, read_alias
from moderation.records import Credential
from moderation.scoring import ScoringService
from moderation.settings import Settings
from moderation.store import Store
from tests.compat.conftest import SITE, Key
from tests.support.scorer import TinyScorer

SPAM = "Play at my casino"
THANKS = "Thanks for making the web a better place."


class Akismet:
    """Calls with the key in the form, as today's clients do."""

    def __init__(self, http: FlaskClient, key: Key) -> None:
        self.http, self.key = http, key

    def __call__(self, method: str, content: str = "Nice post", **fields: Any) -> Any:
        form = {
            "api_key": self.key.text,
            "blog": "https://blog.example/",
            "user_ip": "203.0.113.9",
            "comment_content": content,
            **fields,
        }
        form = {name: value for name, value in form.items() if value is not None}
        return self.http.post(f"/1.1/{method}", data=form)


@pytest.fixture
def akismet(http: FlaskClient, key: Key) -> Akismet:
    return Akismet(http, key)


def test_a_text_that_is_not_scored_says_so(http: FlaskClient, key: Key) -> None:
    form = {"api_key": key.text, "blog": "https://b.example", "user_ip": "::1"}
    answer = http.post("/1.1/comment-check", data={**form, "comment_content": "これは良い"})
    assert answer.data == b"false"
    assert "Not scored" in answer.headers["X-akismet-debug-help"]


def test_of_a_long_submission_the_beginning_is_kept(
    http: FlaskClient, key: Key, store: Store
) -> None:
    form = {"api_key": key.text, "blog": "https://b.example", "user_ip": "::1"}
    http.post("/1.1/submit-spam", data={**form, "comment_content": "casino " * 5_000})
    (kept,), _ = store.suggestions.page(SITE, accepted=False, limit=5)
    assert len(kept.text) == 20_000


def test_verify_key(http: FlaskClient, key: Key) -> None:
    for name, value in (("key", key.text), ("api_key", key.text), ("key", key.alias)):
        response = http.post("/1.1/verify-key", data={name: value, "blog": "https://b.example"})
        assert (response.status_code, response.data) == (200, b"valid")
        assert response.content_type == "text/plain; charset=utf-8"
    response = http.post("/1.1/verify-key", data={"key": "123", "blog": "https://b.example"})
    assert (response.status_code, response.data) == (200, b"invalid")
    assert response.headers["X-akismet-debug-help"]
    assert http.post("/1.1/verify-key", data={"key": key.text}).data == b"invalid"


def test_comment_check(akismet: Akismet) -> None:
    assert akismet("comment-check").data == b"false"
    response = akismet("comment-check", SPAM)
    assert response.data == b"true"
    assert response.headers["X-akismet-guid"]
    assert "X-akismet-pro-tip" not in response.headers
    blatant = akismet("comment-check", "casino casino casino casino")
    assert (blatant.data, blatant.headers["X-akismet-pro-tip"]) == (b"true", "discard")


@pytest.mark.parametrize(
    ("spam", "failed", "thrown_away"),
    [(CERTAIN - 1e-6, False, False), (CERTAIN, False, True), (0.999, True, False)],
)
def test_only_what_is_certain_may_be_thrown_away(
    akismet: Akismet, scoring: ScoringService, spam: float, failed: bool, thrown_away: bool
) -> None:
    scores = {"spam": spam}
    reading = Reading("reader-en@1", scores, {}, failed)
    found = Score(scores, {}, "en", "fast-en@1", None, reading)

    class Sure(TinyScorer):
        def score(self, texts: Any, **options: Any) -> Any:
            return [found for _ in texts]

    scoring.scorer = Sure()  # type: ignore[assignment]
    response = akismet("comment-check", SPAM)
    assert response.data == b"true"
    assert ("X-akismet-pro-tip" in response.headers) is thrown_away


def test_nothing_of_the_own_cases_that_is_no_spam_would_be_thrown_away() -> None:
    found = certainty(load_model(language="en"), [Example("buy pills", {"spam": 1.0})], CERTAIN)
    assert together(found, spam=False).comments > 1_500
    assert together(found, spam=False).reached == 0


def test_the_table_of_certain_spam_is_of_the_score_that_is_used() -> None:
    [default] = [option.default for option in certain.params if option.name == "threshold"]
    assert default == CERTAIN


def test_abuse_is_not_spam_unless_the_key_says_so(
    akismet: Akismet, make_key: Callable[..., Key], http: FlaskClient
) -> None:
    assert akismet("comment-check", "You idiot").data == b"false"
    holding = Akismet(http, make_key(akismet_verdict="hold"))
    assert holding("comment-check", "You idiot").data == b"true"
    assert holding("comment-check", "Nice post").data == b"false"


def test_a_model_without_spam_is_not_asked(akismet: Akismet, scoring: ScoringService) -> None:
    scoring.scorer.attributes = ("toxicity",)
    response = akismet("comment-check", SPAM)
    assert response.data == b"invalid"
    assert "no spam model" in response.headers["X-akismet-debug-help"]


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"comment_author": "akismet-guaranteed-spam"}, b"true"),
        ({"comment_author": "viagra-test-123"}, b"true"),
        ({"comment_author_email": "akismet-guaranteed-spam@example.com"}, b"true"),
        ({"comment_author": "akismet-guaranteed-spam", "user_role": "administrator"}, b"true"),
        ({"comment_content": SPAM, "user_role": "administrator"}, b"false"),
        ({"comment_content": None}, b"false"),
        ({"comment_content": None, "comment_author": SPAM}, b"true"),
        ({"REMOTE_PORT": "80", "honeypot_field_name": "h", "h": ""}, b"false"),
    ],
)
def test_test_hooks_and_roles(akismet: Akismet, fields: Any, answer: bytes) -> None:
    assert akismet("comment-check", **fields).data == answer


@pytest.mark.parametrize("method", ["comment-check", "submit-spam", "submit-ham"])
@pytest.mark.parametrize(
    "fields",
    [{"blog": None}, {"blog": "blog"}, {"blog": "http://[b"}, {"user_ip": None}, {"api_key": "no"}],
)
def test_bad_arguments_are_invalid(akismet: Akismet, method: str, fields: Any) -> None:
    response = akismet(method, **fields)
    assert (response.status_code, response.data) == (200, b"invalid")
    assert response.headers["X-akismet-debug-help"]


def test_the_key_as_subdomain(http: FlaskClient, key: Key) -> None:
    form = {"blog": "https://b.example", "user_ip": "203.0.113.9", "comment_content": SPAM}
    for host in (f"{key.alias}.rest.example", f"{key.alias.upper()}.rest.example:8000"):
        response = http.post("/1.1/comment-check", data=form, headers={"Host": host})
        assert response.data == b"true"
    changed = ("b" if key.alias[14] == "a" else "a").join((key.alias[:14], key.alias[15:]))
    headers = {"Host": f"{changed}.rest.example"}
    assert http.post("/1.1/comment-check", data=form, headers=headers).data == b"invalid"


def test_an_alias_fits_a_dns_label_and_only_its_own_key(compat_settings: Settings) -> None:
    long = Credential(
        site="a" + "b" * 30 + "c", id="0123456789ab", kind="key", secret_hash="h", role="client"
    )
    other = Credential(site=long.site, id=long.id, kind="key", secret_hash="i", role="client")
    alias = akismet_alias(long, compat_settings.secret_key)
    assert len(alias) <= 63
    assert alias == alias.lower()
    read = read_alias(alias.upper())
    assert read is not None
    assert (read.site, read.credential_id) == (long.site, long.id)
    assert is_alias_of(read, long, compat_settings.secret_key)
    assert not is_alias_of(read, other, compat_settings.secret_key)
    assert not is_alias_of(read, long, b"another secret key")


def test_an_alias_needs_the_scope_and_ends_with_the_key(
    http: FlaskClient, key: Key, make_key: Callable[..., Key], store: Store
) -> None:
    def verify(presented: Key) -> bytes:
        form = {"key": presented.alias, "blog": "https://b.example"}
        return http.post("/1.1/verify-key", data=form).data

    assert verify(make_key(scopes=("perspective",))) == b"invalid"
    assert verify(key) == b"valid"
    store.credentials.revoke(SITE, key.credential.id, "test", 1)
    assert verify(key) == b"invalid"


def test_an_alias_opens_nothing_else(http: FlaskClient, key: Key) -> None:
    headers = {"Authorization": f"Bearer {key.alias}"}
    assert http.post("/api/v1/score", json={"texts": ["x"]}, headers=headers).status_code == 401


def test_charsets(http: FlaskClient, key: Key) -> None:
    head = f"api_key={key.text}&blog=https%3A%2F%2Fb.example&user_ip=203.0.113.9&"
    body = head.encode() + b"blog_charset=ISO-8859-1&comment_content=caf%E9+casino"
    assert http.post("/1.1/comment-check", data=body).data == b"true"
    for rest in (b"comment_content=caf%E9", b"comment_content=x&blog_charset=klingon",
                 b"comment_content=x&blog_charset=unicode_escape",
                 b"comment_content=x&blog_charset=a%00b"):  # fmt: skip
        response = http.post("/1.1/comment-check", data=head.encode() + rest)
        assert response.data == b"invalid", rest
        assert response.headers["X-akismet-debug-help"]
    assert http.post("/1.1/comment-check", data="a=1&" * 2_000).data == b"invalid"


def test_multipart_forms(http: FlaskClient, key: Key) -> None:
    form = {"api_key": key.text, "blog": "https://b.example", "user_ip": "::1"}
    response = http.post(
        "/1.1/comment-check",
        data={**form, "comment_content": SPAM},
        content_type="multipart/form-data",
    )
    assert response.data == b"true"


def test_submissions_wait_for_review(akismet: Akismet, store: Store) -> None:
    for _ in range(2):
        assert akismet("submit-spam", "Buy my pills").data == THANKS.encode()
    assert akismet("submit-ham", "Buy my book").data == THANKS.encode()
    assert akismet("submit-spam", "A test", is_test="1").data == THANKS.encode()
    kept, _ = store.suggestions.page(SITE, accepted=False, limit=10)
    # Both may be of one millisecond: then their ids, which mean nothing, order them.
    assert {item.text: (item.labels, item.community) for item in kept} == {
        "Buy my pills": ({"spam": 1.0}, "blog.example"),
        "Buy my book": ({"spam": 0.0}, "blog.example"),
    }
    assert len(kept) == 2


def test_usage_is_reported(
    akismet: Akismet, http: FlaskClient, make_key: Callable[..., Key]
) -> None:
    for content in ("Nice post", SPAM, SPAM):
        akismet("comment-check", content)
    akismet("comment-check", SPAM, blog="https://other.example/path")
    akismet("comment-check", SPAM, is_test="true")
    akismet("submit-ham", SPAM)
    query = {"api_key": akismet.key.text}
    limit = http.get("/1.2/usage-limit", query_string=query).json
    assert limit == {"limit": "none", "usage": 6, "percentage": "0.00", "throttled": False}
    sites = http.get("/1.2/key-sites", query_string=query).json
    (month,) = set(sites) - {"limit", "offset", "total"}
    assert (sites["limit"], sites["offset"], sites["total"]) == (500, 0, 2)
    assert sites[month][0] == {
        "site": "blog.example",
        "api_calls": "3",
        "spam": "2",
        "ham": "1",
        "missed_spam": "0",
        "false_positives": "1",
        "is_revoked": False,
    }
    table = http.get("/1.2/key-sites", query_string={**query, "format": "csv", "filter": "other"})
    assert table.mimetype == "text/csv"
    assert table.text.splitlines()[1:] == [
        "Site,Total API Calls,Spam,Ham,Missed Spam,False Positives,Is Revoked",
        "other.example,1,1,0,0,0,false",
    ]
    assert http.get("/1.2/key-sites").data == b"invalid"
    assert http.get("/1.2/key-sites", query_string={**query, "month": "May"}).data == b"invalid"
    limited = make_key(quota_per_month=4)
    akismet.key = limited
    akismet("comment-check")
    found = http.get("/1.2/usage-limit", query_string={"api_key": limited.text}).json
    assert found == {"limit": 4, "usage": 1, "percentage": "25.00", "throttled": False}


def test_what_is_worth_another_try_is_not_called_invalid(
    akismet: Akismet, scoring: ScoringService
) -> None:
    scoring.scorer.down = True
    response = akismet("comment-check", SPAM)
    assert response.status_code == 503
    assert response.data not in (b"true", b"false", b"invalid")
