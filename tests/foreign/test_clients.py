"""Other people's clients, unchanged but for the address, against the app behind a real socket."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moderation.store import Store

from .conftest import DOMAIN, SITE, Key, TinyScoring

HERE = Path(__file__).parent
BODY = {"comment": {"text": "You idiot"}, "requestedAttributes": {"TOXICITY": {}, "THREAT": {}}}

pytestmark = [
    pytest.mark.clients,
    # What other people's packages warn of is theirs.
    pytest.mark.filterwarnings("default"),
]


@pytest.fixture
def toxicity(scoring: TinyScoring) -> float:
    return float(scoring.score(["You idiot"])[0].scores["toxicity"])


class TestGoogleApiPythonClient:
    """google-api-python-client: the discovery document's address is all that changes."""

    @pytest.fixture
    def build(self, live: str) -> Callable[..., Any]:
        discovery = pytest.importorskip("googleapiclient.discovery")

        def build(key: str, **more: Any) -> Any:
            return discovery.build(
                "commentanalyzer",
                "v1alpha1",
                developerKey=key,
                discoveryServiceUrl=f"{live}/$discovery/rest?version=v1alpha1",
                static_discovery=False,
                cache_discovery=False,
                **more,
            )

        return build

    def test_analyze(self, build: Any, key: Key, toxicity: float) -> None:
        with build(key.text) as client:
            answer = client.comments().analyze(body=BODY).execute()
        assert answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == toxicity

    def test_every_field_of_the_request(self, build: Any, key: Key) -> None:
        asked = {
            "comment": {"text": "Fine day. You idiot.", "type": "PLAIN_TEXT"},
            "context": {"entries": [{"text": "An article", "type": "PLAIN_TEXT"}]},
            "requestedAttributes": {
                "TOXICITY": {"scoreType": "PROBABILITY", "scoreThreshold": 0.1},
                "INSULT@3": {},
            },
            "languages": ["en"],
            "doNotStore": True,
            "clientToken": "t-1",
            "sessionId": "s-1",
            "communityId": "c-1",
            "spanAnnotations": True,
        }
        with build(key.text) as client:
            answer = client.comments().analyze(body=asked).execute()
        assert answer["clientToken"] == "t-1"
        assert len(answer["attributeScores"]["INSULT@3"]["spanScores"]) == 2

    def test_suggestscore(self, build: Any, key: Key, store: Store) -> None:
        scores = {"TOXICITY": {"summaryScore": {"value": 1}}}
        asked = {"comment": {"text": "Hm"}, "attributeScores": scores, "clientToken": "t"}
        with build(key.text) as client:
            assert client.comments().suggestscore(body=asked).execute()["clientToken"] == "t"
        assert len(store.suggestions_page(SITE, accepted=False, limit=5)[0]) == 1

    def test_errors(self, build: Any, key: Key) -> None:
        errors = pytest.importorskip("googleapiclient.errors")
        with build(key.text) as client, pytest.raises(errors.HttpError) as raised:
            client.comments().analyze(body={**BODY, "languages": ["xx"]}).execute()
        assert raised.value.status_code == 400
        assert "does not support request languages: xx" in raised.value.reason
        assert raised.value.error_details[0]["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
        with pytest.raises(errors.HttpError, match="API key not valid"):
            build("AIza-wrong")

    def test_api_endpoint_option(self, build: Any, live: str, key: Key) -> None:
        with build(key.text, client_options={"api_endpoint": f"{live}/"}) as client:
            assert "attributeScores" in client.comments().analyze(body=BODY).execute()


class TestPyPerspective:
    """PyPerspective: a module's global; strict about what an answer holds."""

    @pytest.fixture
    def module(self, live: str, monkeypatch: pytest.MonkeyPatch) -> Any:
        module = pytest.importorskip("PyPerspective.Perspective")
        monkeypatch.setattr(module, "base_url", f"{live}/v1alpha1/comments:analyze")
        return module

    def test_get_score(self, module: Any, key: Key, toxicity: float) -> None:
        client = module.Perspective(key.text)
        comment = client.get_score("You idiot", tests=["TOXICITY", "INSULT"], langs=["en"])
        assert comment["toxicity"].score == toxicity
        assert str(comment["INSULT"][0]) == "You idiot"
        assert comment.detected_langs == ["en"]

    def test_errors(self, module: Any, key: Key) -> None:
        errors = pytest.importorskip("PyPerspective.errors")
        with pytest.raises(errors.InvalidAuthKey):
            module.Perspective("AIza-wrong")
        # Of other errors it makes an exception that its own class cannot take (`raw_data`).
        with pytest.raises((errors.ApiException, TypeError)):
            module.Perspective(key.text).get_score("x", tests=["FLIRTATION"])


class TestPerspective:
    """perspective: urllib, and suggestions."""

    @pytest.fixture
    def client(self, live: str, key: Key) -> Any:
        client = pytest.importorskip("perspective").PerspectiveAPI(key.text)
        client.api_client.url = f"{live}/v1alpha1/{{endpoint}}"
        return client

    def test_score(self, client: Any, toxicity: float) -> None:
        assert client.score("You idiot") == {"TOXICITY": toxicity}

    def test_analyze_with_everything(self, client: Any) -> None:
        answer = client.analyze_comment(
            "Fine day. You idiot.",
            comment_type="PLAIN_TEXT",
            context=[{"text": "x", "type": "PLAIN_TEXT"}],
            requested_attributes={"INSULT": {"scoreThreshold": 0.5}},
            span_annotations=True,
            languages=["en"],
            do_not_store=True,
            client_token="t",
            session_id="s",
            community_id="c",
        )
        assert len(answer["attributeScores"]["INSULT"]["spanScores"]) == 2

    def test_suggest_score(self, client: Any, store: Store) -> None:
        scores = {"TOXICITY": {"summaryScore": {"value": 0.9}}}
        answer = client.suggest_score("Hm", scores, client_token="t", community_id="c")
        assert answer["clientToken"] == "t"
        assert len(store.suggestions_page(SITE, accepted=False, limit=5)[0]) == 1

    def test_errors(self, client: Any) -> None:
        with pytest.raises(urllib.error.HTTPError) as raised:
            client.score("x", tests=["FLIRTATION"])
        with raised.value as answer:
            message = json.load(answer)["error"]["message"]
        assert message == "Unknown requested attribute: FLIRTATION"


class TestOpenAI:
    """openai: sync and async, by `base_url`."""

    def test_sync(self, live: str, key: Key) -> None:
        openai = pytest.importorskip("openai")
        with openai.OpenAI(base_url=f"{live}/v1", api_key=key.text, max_retries=0) as client:
            answer = client.moderations.create(input=["fine", "You idiot"])
            assert [result.flagged for result in answer.results] == [False, True]
            assert answer.results[1].categories.harassment
            assert answer.results[1].category_scores.self_harm_intent == 0.0
            assert answer.results[1].category_applied_input_types.violence == []
            parts = [
                {"type": "text", "text": "You idiot"},
                {"type": "image_url", "image_url": {"url": "https://news.example/x.png"}},
            ]
            answer = client.moderations.create(input=parts, model="omni-moderation-latest")
            assert [result.flagged for result in answer.results] == [True]
            raw = client.moderations.with_raw_response.create(input="fine")
            assert raw.headers["x-model-version"] == answer.model

    def test_async(self, live: str, key: Key) -> None:
        openai = pytest.importorskip("openai")

        async def ask() -> Any:
            async with openai.AsyncOpenAI(base_url=f"{live}/v1", api_key=key.text) as client:
                calls = [client.moderations.create(input=text) for text in ("fine", "You idiot")]
                return await asyncio.gather(*calls)

        assert [answer.results[0].flagged for answer in asyncio.run(ask())] == [False, True]

    def test_errors(self, live: str, key: Key, make_key: Callable[..., Key]) -> None:
        openai = pytest.importorskip("openai")

        def client(presented: Key | str) -> Any:
            text = presented if isinstance(presented, str) else presented.text
            return openai.OpenAI(base_url=f"{live}/v1", api_key=text, max_retries=0)

        with client("sk-wrong") as wrong, pytest.raises(openai.AuthenticationError) as raised:
            wrong.moderations.create(input="x")
        assert raised.value.code == "invalid_api_key"
        with client(key) as good:
            with pytest.raises(openai.BadRequestError) as bad:
                good.moderations.create(input=[])
            assert bad.value.param == "input"
            with pytest.raises(openai.NotFoundError):
                good.moderations.create(input="x", model="gpt-x")
        with client(make_key(rate_per_minute=1)) as limited:
            limited.moderations.create(input="x")
            with pytest.raises(openai.RateLimitError) as over:
                limited.moderations.create(input="x")
            assert over.value.response.headers["Retry-After"]
        scoped = client(make_key(scopes=("perspective",)))
        with scoped, pytest.raises(openai.PermissionDeniedError):
            scoped.moderations.create(input="x")


class TestAkismet:
    """akismet: sync and async; its module's address is the only change."""

    @pytest.fixture
    def module(self, live: str, monkeypatch: pytest.MonkeyPatch) -> Any:
        module = pytest.importorskip("akismet")
        if not hasattr(module, "SyncClient"):
            pytest.skip("another package is installed as akismet")
        monkeypatch.setattr("akismet._common._API_URL", live)
        return module

    def test_sync(self, module: Any, key: Key, store: Store) -> None:
        config = module.Config(key=key.text, url="https://blog.example")
        with module.SyncClient(config=config) as client:
            check = client.comment_check
            assert check("203.0.113.9", comment_content="Nice") == module.CheckResponse.HAM
            assert check("203.0.113.9", comment_content="casino") == module.CheckResponse.SPAM
            blatant = check("203.0.113.9", comment_content="casino " * 4)
            assert blatant == module.CheckResponse.DISCARD
            assert client.submit_spam("203.0.113.9", comment_content="Pills")
            assert client.submit_ham("203.0.113.9", comment_content="Nice", is_test=1)
            assert client.usage_limit()["usage"] == 5
        assert len(store.suggestions_page(SITE, accepted=False, limit=5)[0]) == 1

    def test_async(self, module: Any, key: Key) -> None:
        config = module.Config(key=key.alias, url="https://blog.example")

        async def ask() -> Any:
            async with module.AsyncClient(config=config) as client:
                checks = (
                    client.comment_check("203.0.113.9", comment_content=text)
                    for text in ("Nice", "casino")
                )
                return await asyncio.gather(*checks)

        assert asyncio.run(ask()) == [module.CheckResponse.HAM, module.CheckResponse.SPAM]

    def test_errors(self, module: Any, key: Key) -> None:
        wrong = module.Config(key="123", url="https://blog.example")
        with pytest.raises(module.APIKeyError):
            module.SyncClient.validated_client(config=wrong)
        with pytest.raises(module.APIKeyError):
            module.SyncClient(config=wrong).comment_check("203.0.113.9")

    def test_key_sites_by_subdomain(
        self, module: Any, live: str, named_key: Key, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """This client sends no key with key-sites, so the key must be in the address."""
        address = f"http://{named_key.alias}.{_domain(live, named_key)}"
        monkeypatch.setattr("akismet._common._API_URL", address)
        config = module.Config(key=named_key.text, url="https://blog.example")
        with module.SyncClient(config=config) as client:
            client.comment_check("203.0.113.9", comment_content="Nice")
            assert client.key_sites()["total"] == 1
            assert client.key_sites(result_format="csv").startswith("Active sites for")


def test_python_akismet(live: str, named_key: Key) -> None:
    """python-akismet: the key as subdomain, answers read as JSON; shares its package's name."""
    packages = HERE / ".clients" / "python-akismet"
    if not packages.is_dir():
        pytest.skip("python-akismet is not installed (tests/foreign/install-clients)")
    domain = _domain(live, named_key)
    program = """
import sys
from akismet import Akismet, SpamStatus
key, domain = sys.argv[1:]
Akismet.protocol, Akismet.domain = "http", domain
client = Akismet(key, blog="https://blog.example", is_test=False)
ask = lambda text: client.check("203.0.113.9", "test", comment_content=text)
found = [ask("Nice"), ask("casino"), ask("casino " * 4)]
assert found == [SpamStatus.Ham, SpamStatus.ProbableSpam, SpamStatus.DefiniteSpam], found
client.submit_spam("203.0.113.9", "test", comment_content="Pills")
client.submit_ham("203.0.113.9", "test", comment_content="Nice", is_test=True)
"""
    _run(
        [sys.executable, "-c", program, named_key.alias, domain],
        {"PYTHONPATH": str(packages)},
    )


def test_npm_openai(live: str, key: Key) -> None:
    """openai (npm): by `baseURL`."""
    _node("openai")
    program = """
import OpenAI from "openai";
const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const answer = await client.moderations.create({ input: ["fine", "You idiot"] });
const flagged = answer.results.map((result) => result.flagged);
if (JSON.stringify(flagged) !== "[false,true]") throw new Error(flagged);
try {
  const wrong = new OpenAI({ baseURL, apiKey: "sk-wrong", maxRetries: 0 });
  await wrong.moderations.create({ input: "x" });
  throw new Error("a wrong key was accepted");
} catch (error) {
  if (!(error instanceof OpenAI.AuthenticationError)) throw error;
}
"""
    _run_node(program, f"{live}/v1", key.text)


def test_npm_akismet_api(live: str, named_key: Key) -> None:
    """akismet-api (npm): the key as subdomain of `host`."""
    _node("akismet-api")
    domain = _domain(live, named_key)
    program = """
import { createRequire } from "node:module";
const { AkismetClient } = createRequire(import.meta.url)("akismet-api");
const [host, key] = process.argv.slice(2);
const client = new AkismetClient({ key, host, protocol: "http", blog: "https://blog.example" });
const check = (content) => client.checkSpam({ ip: "203.0.113.9", content });
const found = [await client.verifyKey(), await check("Nice"), await check("casino")];
if (JSON.stringify(found) !== "[true,false,true]") throw new Error(found);
await client.submitSpam({ ip: "203.0.113.9", content: "Pills" });
await client.submitHam({ ip: "203.0.113.9", content: "Nice", isTest: true });
const blog = "https://blog.example";
const wrong = new AkismetClient({ key: "wrong", host, protocol: "http", blog });
if (await wrong.verifyKey()) throw new Error("a wrong key was accepted");
"""
    _run_node(program, domain, named_key.alias)


def test_hosts_names_the_subdomain(named_key: Key) -> None:
    lines = (HERE / "hosts").read_text().splitlines()
    assert lines[-1] == f"127.0.0.1 {DOMAIN} {named_key.alias}.{DOMAIN}"


def _domain(live: str, key: Key) -> str:
    """Give `host:port` of which `KEY.host` resolves to this machine, as `hosts` says."""
    try:
        found = {item[4][0] for item in socket.getaddrinfo(f"{key.alias}.{DOMAIN}", None)}
    except socket.gaierror:
        found = set()
    if found != {"127.0.0.1"}:
        pytest.skip("tests/foreign/hosts is not part of this machine's /etc/hosts")
    return live.removeprefix("http://").replace("127.0.0.1", DOMAIN)


def _node(package: str) -> None:
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    if not (HERE / "npm" / "node_modules" / package).is_dir():
        pytest.skip(f"{package} is not installed (tests/foreign/install-clients)")


def _run_node(program: str, *arguments: str) -> None:
    path = HERE / "npm" / "node_modules" / ".test.mjs"
    path.write_text(program)
    _run(["node", str(path), *arguments], {})


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
