"""Other people's clients, unchanged but for the address, against the app behind a real socket."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest

from moderation.scoring import ScoringService
from moderation.store import Store
from tests.compat.clients.clients import DOMAIN, HERE, load_client, run_node, run_python_akismet
from tests.compat.conftest import SITE, Key

BODY = {"comment": {"text": "You idiot"}, "requestedAttributes": {"TOXICITY": {}, "THREAT": {}}}

pytestmark = [
    pytest.mark.clients,
    # What other people's packages warn of is theirs.
    pytest.mark.filterwarnings("default"),
]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no client go by a proxy of this machine's."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")


@pytest.fixture
def toxicity(scoring: ScoringService) -> float:
    return float(scoring.score(["You idiot"])[0].scores["toxicity"])


class TestGoogleApiPythonClient:
    """google-api-python-client: the discovery document's address is all that changes."""

    @pytest.fixture
    def build(self, live: str) -> Callable[..., Any]:
        discovery = load_client("googleapiclient.discovery")

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
        assert len(store.suggestions.page(SITE, accepted=False, limit=5)[0]) == 1

    def test_errors(self, build: Any, key: Key) -> None:
        errors = load_client("googleapiclient.errors")
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
        module = load_client("PyPerspective.Perspective")
        monkeypatch.setattr(module, "base_url", f"{live}/v1alpha1/comments:analyze")
        return module

    def test_get_score(self, module: Any, key: Key, toxicity: float) -> None:
        client = module.Perspective(key.text)
        comment = client.get_score("You idiot", tests=["TOXICITY", "INSULT"], langs=["en"])
        assert comment["toxicity"].score == toxicity
        assert str(comment["INSULT"][0]) == "You idiot"
        assert comment.detected_langs == ["en"]

    def test_errors(self, module: Any, key: Key) -> None:
        errors = load_client("PyPerspective.errors")
        with pytest.raises(errors.InvalidAuthKey):
            module.Perspective("AIza-wrong")
        # Of other errors it makes an exception that its own class cannot take (`raw_data`).
        with pytest.raises((errors.ApiException, TypeError)):
            module.Perspective(key.text).get_score("x", tests=["FLIRTATION"])


class TestPerspective:
    """perspective: urllib, and suggestions."""

    @pytest.fixture
    def client(self, live: str, key: Key) -> Any:
        client = load_client("perspective").PerspectiveAPI(key.text)
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
        assert len(store.suggestions.page(SITE, accepted=False, limit=5)[0]) == 1

    def test_errors(self, client: Any) -> None:
        with pytest.raises(urllib.error.HTTPError) as raised:
            client.score("x", tests=["FLIRTATION"])
        with raised.value as answer:
            message = json.load(answer)["error"]["message"]
        assert message == "Unknown requested attribute: FLIRTATION"


class TestOpenAI:
    """openai: sync and async, by `base_url`."""

    def test_sync(self, live: str, key: Key) -> None:
        openai = load_client("openai")
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
        openai = load_client("openai")

        async def ask() -> Any:
            async with openai.AsyncOpenAI(base_url=f"{live}/v1", api_key=key.text) as client:
                calls = [client.moderations.create(input=text) for text in ("fine", "You idiot")]
                return await asyncio.gather(*calls)

        assert [answer.results[0].flagged for answer in asyncio.run(ask())] == [False, True]

    def test_errors(self, live: str, key: Key, make_key: Callable[..., Key]) -> None:
        openai = load_client("openai")

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
        module = load_client("akismet")
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
        assert len(store.suggestions.page(SITE, accepted=False, limit=5)[0]) == 1

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
        self, module: Any, live: str, key: Key, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """This client sends no key with key-sites, so the key must be in the address."""
        found = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda _, *more, **named: found("127.0.0.1", *more, **named)
        )
        monkeypatch.setattr("akismet._common._API_URL", f"http://{key.alias}.{_domain(live)}")
        config = module.Config(key=key.text, url="https://blog.example")
        with module.SyncClient(config=config) as client:
            client.comment_check("203.0.113.9", comment_content="Nice")
            assert client.key_sites()["total"] == 1
            assert client.key_sites(result_format="csv").startswith("Active sites for")


def test_python_akismet(live: str, key: Key, store: Store) -> None:
    """python-akismet: the key as subdomain, answers read as JSON."""
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
    run_python_akismet(program, key.alias, _domain(live))
    assert [item.text for item in store.suggestions.page(SITE, accepted=False, limit=5)[0]] == [
        "Pills"
    ]


def test_npm_openai(live: str, key: Key) -> None:
    """openai (npm): by `baseURL`."""
    program = """
import OpenAI from "openai";
const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const answer = await client.moderations.create({ input: ["fine", "You idiot"] });
const flagged = answer.results.map((result) => result.flagged);
if (JSON.stringify(flagged) !== "[false,true]") throw new Error(flagged);
const parts = await client.moderations.create({
  model: "omni-moderation-latest",
  input: [
    { type: "text", text: "You idiot" },
    { type: "image_url", image_url: { url: "https://news.example/x.png" } },
  ],
});
if (parts.results.length !== 1 || !parts.results[0].categories.harassment) throw new Error(parts);
try {
  const wrong = new OpenAI({ baseURL, apiKey: "sk-wrong", maxRetries: 0 });
  await wrong.moderations.create({ input: "x" });
  throw new Error("a wrong key was accepted");
} catch (error) {
  if (!(error instanceof OpenAI.AuthenticationError)) throw error;
}
"""
    run_node("openai", program, f"{live}/v1", key.text)


def test_npm_akismet_api(live: str, key: Key, store: Store) -> None:
    """akismet-api (npm): the key as subdomain of `host`."""
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
    run_node("akismet-api", program, _domain(live), key.alias)
    assert [item.text for item in store.suggestions.page(SITE, accepted=False, limit=5)[0]] == [
        "Pills"
    ]


def test_the_documented_versions_are_those_that_run() -> None:
    table = (HERE.parents[2] / "docs" / "foreign-formats.md").read_text()
    shown = dict(re.findall(r"^\| ([\w.-]+(?: \(npm\))?) \| (\d[\w.]*) \|", table, re.MULTILINE))
    locks = "".join(path.read_text() for path in HERE.glob("requirements*.txt"))
    locked = dict(re.findall(r"^([\w.-]+)==([\w.]+)", locks, re.MULTILINE))
    npm = json.loads((HERE / "npm" / "package.json").read_text())["dependencies"]
    locked |= {f"{name} (npm)": version for name, version in npm.items()}
    assert len(shown) == 8
    assert shown == {name: locked[name if "(" in name else name.lower()] for name in shown}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-python-akismet.txt"])
def test_locks_name_no_address(name: str) -> None:
    assert "://" not in (HERE / name).read_text()


def test_the_npm_lock_names_no_address() -> None:
    lock = json.loads((HERE / "npm" / "package-lock.json").read_text())["packages"]
    assert all("integrity" in entry for path, entry in lock.items() if path)
    assert not any("resolved" in entry for entry in lock.values())


def _domain(live: str) -> str:
    """Give `host:port`, which the clients' own processes resolve to this machine."""
    return live.removeprefix("http://").replace("127.0.0.1", DOMAIN)
