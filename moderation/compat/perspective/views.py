"""Perspective v1alpha1: `comments:analyze`, `comments:suggestscore` and the discovery document."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify, request
from marshmallow import ValidationError
from uuid_utils import uuid7
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from ...clock import now
from ...errors import KeyLimitError, RejoinderError, UnauthorizedError
from ...json_text import MalformedBody
from ...records import Suggestion
from ...services import services
from ..access import ApiClient, add_model_header, authenticate_key, json_body
from . import errors
from .discovery import discovery_document
from .schemas import (
    AnalyzeCommentRequestSchema,
    AnalyzeCommentResponseSchema,
    SuggestCommentScoreRequestSchema,
    SuggestCommentScoreResponseSchema,
)
from .utf16 import spans_in_utf16

if TYPE_CHECKING:
    from classifiers import Score, Scorer

# Perspective's own limit, 20 KiB.
MAX_TEXT_BYTES = 20_480
# Characters that are kept of the caller's name for a community, by choice.
MAX_COMMUNITY = 200

# What we have trained models for. The names are Perspective's; those without a counterpart
# (FLIRTATION, SEXUALLY_EXPLICIT, ATTACK_ON_AUTHOR …) are unknown here, never approximated.
ATTRIBUTES: Mapping[str, str] = {
    "TOXICITY": "toxicity",
    "SEVERE_TOXICITY": "severe_toxicity",
    "IDENTITY_ATTACK": "identity_attack",
    "INSULT": "insult",
    "PROFANITY": "profanity",
    "THREAT": "threat",
    "SPAM": "spam",
}
_ALIASES = {"TOXICITY_FAST": "TOXICITY"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

_ANALYZE_REQUEST = AnalyzeCommentRequestSchema()
_ANALYZE_RESPONSE = AnalyzeCommentResponseSchema()
_SUGGEST_REQUEST = SuggestCommentScoreRequestSchema()
_SUGGEST_RESPONSE = SuggestCommentScoreResponseSchema()

bp = Blueprint("perspective", __name__)
bp.after_request(add_model_header)


@dataclass(frozen=True, slots=True)
class Requested:
    """One attribute as asked for: `name` is echoed, `attribute` is ours."""

    name: str
    attribute: str
    threshold: float | None


@bp.post("/v1alpha1/comments:analyze")
def analyze() -> Response:
    """Score a comment for the attributes asked for; with `spanAnnotations` its sentences too."""
    caller = _caller()
    asked = _load(_ANALYZE_REQUEST)
    text = _check_comment(asked)
    scorer = services().scoring.scorer
    requested = _requested(asked["requestedAttributes"], scorer)
    languages = asked["languages"]
    stated = _stated_language(languages, scorer)
    (whole,) = services().scoring.score([text], languages=[stated])
    if languages and stated is None:
        raise errors.language_not_supported(requested[0].name, languages, [whole.language])
    _require_scores(whole, requested, languages)
    parts = _score_sentences(text, stated or whole.language) if asked["spanAnnotations"] else []
    answer = {
        "attributeScores": _attribute_scores(text, whole, parts, requested, caller),
        "languages": languages or [whole.language],
        "detectedLanguages": [whole.language],
        "clientToken": asked.get("clientToken"),
    }
    return jsonify(_ANALYZE_RESPONSE.dump(answer))


@bp.post("/v1alpha1/comments:suggestscore")
def suggest_score() -> Response:
    """Keep the suggestion until a person has looked at it; it trains nothing by itself."""
    caller = _caller()
    asked = _load(_SUGGEST_REQUEST)
    text = _check_comment(asked)
    scorer = services().scoring.scorer
    labels = _labels(asked["attributeScores"], scorer, text)
    detected = services().scoring.score([text])[0].language
    token = asked.get("clientToken")
    if not asked["doNotStore"]:
        community = asked["communityId"]
        services().store.suggestions.add(
            Suggestion(
                id=_suggestion_id(caller, community, token),
                site=caller.credential.site,
                source="perspective",
                community=community[:MAX_COMMUNITY],
                text=text,
                language=detected,
                labels=labels,
                credential=caller.credential.id,
                created=now(),
            ),
            now=now(),
        )
    answer = {
        "clientToken": token,
        "detectedLanguages": [detected],
        "requestedLanguages": asked["languages"],
    }
    return jsonify(_SUGGEST_RESPONSE.dump(answer))


@bp.get("/$discovery/rest")
def discovery() -> Response:
    """Describe the service; a key is not needed, but a wrong one is refused as Google does."""
    if request.args.get("key"):
        _caller(counted=False)
    if request.args.get("version", "v1alpha1") != "v1alpha1":
        raise errors.PerspectiveError(404, "Version not found.")
    return jsonify(discovery_document(_root_url()))


@bp.errorhandler(errors.PerspectiveError)
def handle_format_error(error: errors.PerspectiveError) -> tuple[Response, int]:
    """Answer in Google's shape."""
    return jsonify(error.as_json()), error.code


@bp.errorhandler(RejoinderError)
def handle_rejoinder_error(error: RejoinderError) -> tuple[Response, int, Mapping[str, str]]:
    """Answer an error of ours in Google's shape, with its own status and headers."""
    translated = errors.PerspectiveError(error.status, error.detail)
    return jsonify(translated.as_json()), error.status, error.headers


@bp.errorhandler(KeyLimitError)
def handle_key_limit(error: KeyLimitError) -> tuple[Response, int, Mapping[str, str]]:
    """Answer 429 in the words that Google has for a used-up quota."""
    return jsonify(errors.exhausted(error.period, error.amount).as_json()), 429, error.headers


@bp.errorhandler(HTTPException)
def handle_http_exception(error: HTTPException) -> tuple[Response, int]:
    """Answer Werkzeug's errors in Google's shape; a body that is too large is a 400 there."""
    code = error.code or 500
    translated = errors.PerspectiveError(code, error.description or error.name)
    if isinstance(error, RequestEntityTooLarge):
        translated = errors.too_large(current_app.config["MAX_CONTENT_LENGTH"])
    elif code == 400:
        translated = errors.malformed(error.description or "")
    return jsonify(translated.as_json()), translated.code


def _caller(*, counted: bool = True) -> ApiClient:
    bearer = request.headers.get("Authorization", "")
    presented = (
        request.args.get("key")
        or request.headers.get("X-Goog-Api-Key")
        or (bearer[7:] if bearer[:7].lower() == "bearer " else "")
        or request.args.get("access_token")
        or request.args.get("oauth_token")
    )
    if not presented:
        raise errors.key_missing()
    try:
        return authenticate_key(presented, "perspective", counted=counted)
    except UnauthorizedError as error:
        raise errors.key_not_valid() from error
    except RejoinderError as error:
        if error.code == "scope":
            raise errors.scope_missing() from error
        raise


def _load(schema: Any) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(json_body() if request.get_data().strip() else {})
    except MalformedBody as error:
        raise errors.malformed(str(error)) from error
    except ValidationError as error:
        raise errors.invalid_fields(error) from error
    return loaded


def _check_comment(asked: Mapping[str, Any]) -> str:
    """Check what both methods check, in the order in which Perspective does."""
    comment = asked["comment"]
    text: str = comment["text"]
    if not text.strip():
        raise errors.comment_empty()
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise errors.comment_too_long()
    if comment.get("type") == "HTML":
        raise errors.invalid_request("Currently, only 'PLAIN_TEXT' comments are supported")
    context = asked.get("context") or {}
    if "entries" in context and "articleAndParentComment" in context:
        raise errors.invalid_request(
            "Context can have either entries or article_and_parent_comment, "
            "but both fields were populated."
        )
    return text


def _requested(asked: Mapping[str, Mapping[str, Any]], scorer: Scorer) -> list[Requested]:
    if not asked:
        raise errors.no_attributes()
    requested = []
    for name, parameters in asked.items():
        attribute = _attribute(name, scorer)
        kind = parameters.get("scoreType", "PROBABILITY")
        if kind not in ("PROBABILITY", "SCORE_TYPE_UNSPECIFIED"):
            raise errors.invalid_request(
                f"Requested score type {kind} is not supported by attribute {name}"
            )
        requested.append(Requested(name, attribute, parameters.get("scoreThreshold")))
    return requested


def _attribute(name: str, scorer: Scorer) -> str:
    """Find our attribute for `NAME`, `NAME_EXPERIMENTAL` or `NAME@revision`."""
    base, pinned, revision = name.partition("@")
    base = _ALIASES.get(base, base).removesuffix("_EXPERIMENTAL")
    attribute = ATTRIBUTES.get(base)
    if attribute is None or attribute not in scorer.attributes:
        raise errors.unknown_attribute(name)
    if pinned and revision != str(scorer.revision(attribute)):
        raise errors.unknown_attribute(name)
    return attribute


def _stated_language(languages: Sequence[str], scorer: Scorer) -> str | None:
    """Give the first stated language (`en`, `en-GB`) that the model scores; None without one."""
    primaries = (language.split("-")[0].lower() for language in languages)
    return next((primary for primary in primaries if primary in scorer.languages), None)


def _require_scores(whole: Score, requested: Sequence[Requested], languages: Sequence[str]) -> None:
    if whole.language in ("", "und") and not languages:
        raise errors.language_not_detected()
    for item in requested:
        if item.attribute not in whole.scores:
            raise errors.language_not_supported(item.name, languages, [whole.language])


def _score_sentences(text: str, language: str) -> list[tuple[tuple[int, int], Score]]:
    """Score every sentence in the language of the whole, which one alone may not show."""
    from classifiers import sentences

    spans = [(begin, end) for begin, end in sentences(text) if text[begin:end].strip()]
    parts = [text[begin:end] for begin, end in spans]
    scores = services().scoring.score(parts, languages=[language] * len(parts))
    return list(zip(spans, scores, strict=True))


def _attribute_scores(
    text: str,
    whole: Score,
    parts: Sequence[tuple[tuple[int, int], Score]],
    requested: Sequence[Requested],
    caller: ApiClient,
) -> dict[str, Any] | None:
    """Build `attributeScores`; None when every attribute stayed below its threshold.

    There is always a span, the whole text's if none was asked for, and it always has its ends:
    clients take both for granted.
    """
    spans = parts or [((0, len(text)), whole)]
    ends = spans_in_utf16(text, [span for span, _ in spans])
    scores = {}
    for item in requested:
        value = caller.settings.scale(item.attribute, whole.scores[item.attribute])
        if item.threshold is not None and value < item.threshold:
            continue
        scores[item.name] = {
            "spanScores": [
                {
                    "begin": begin,
                    "end": end,
                    "score": _score(caller, item.attribute, part.scores[item.attribute]),
                }
                for (begin, end), (_, part) in zip(ends, spans, strict=True)
                if item.attribute in part.scores
            ],
            "summaryScore": {"value": value, "type": "PROBABILITY"},
        }
    return scores or None


def _score(caller: ApiClient, attribute: str, value: float) -> dict[str, Any]:
    return {"value": caller.settings.scale(attribute, value), "type": "PROBABILITY"}


def _labels(
    suggested: Mapping[str, Mapping[str, Any]], scorer: Scorer, text: str
) -> dict[str, float]:
    """Read what the suggestion says of the whole comment; the highest span if only spans do."""
    if not suggested:
        raise errors.invalid_request("Missing attribute_scores")
    length = len(text.encode("utf-16-le")) // 2
    labels: dict[str, float] = {}
    for name, scores in suggested.items():
        attribute = _attribute(name, scorer)
        spans = scores.get("spanScores") or []
        summary = scores.get("summaryScore")
        if summary is None and not spans:
            raise errors.invalid_request(f"Missing score for attribute {name}")
        if any(not span["begin"] < span["end"] <= length for span in spans):
            raise errors.invalid_request(f"Invalid span for attribute {name}")
        given = [span["score"] for span in spans] if summary is None else [summary]
        if any(score["type"] not in ("PROBABILITY", "SCORE_TYPE_UNSPECIFIED") for score in given):
            raise errors.invalid_request(f"Only PROBABILITY scores can be suggested for {name}")
        labels[attribute] = max(score["value"] for score in given)
    return labels


def _suggestion_id(caller: ApiClient, community: str, token: str | None) -> str:
    """Name a suggestion so that a later one for the same comment takes its place."""
    if not token:
        return str(uuid7())
    parts = ("perspective", caller.credential.site, community, token)
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def _root_url() -> str:
    """Where the caller reached us, unless the operator said where we are."""
    public = services().settings.public_url
    return request.url_root if urlsplit(public).hostname in _LOOPBACK else public
