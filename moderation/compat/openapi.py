"""The compatible formats in our OpenAPI document: what comes in and what goes out, by schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apispec import APISpec
from flask import Flask
from marshmallow import Schema

from ..schemas.base import Problem
from .akismet.schemas import (
    THANKS,
    CommentSchema,
    KeySitesSchema,
    UsageLimitSchema,
    VerifyKeySchema,
)
from .coral.schemas import ExternalModerationRequestSchema, ExternalModerationResponseSchema
from .openai.schemas import ModerationRequestSchema, ModerationResponseSchema
from .perspective.schemas import (
    AnalyzeCommentRequestSchema,
    AnalyzeCommentResponseSchema,
    SuggestCommentScoreRequestSchema,
    SuggestCommentScoreResponseSchema,
)

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_KEY = {"name": "key", "in": "query", "schema": {"type": "string"}, "description": "a key"}
_API_KEY = {**_KEY, "name": "api_key"}
_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}


def _error(**properties: Mapping[str, Any]) -> dict[str, Any]:
    inner = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "object", "properties": {"error": inner}, "required": ["error"]}


# What each format answers when something is wrong: the kind of content, and its shape.
_ERRORS: Mapping[str, tuple[str, Any]] = {
    "perspective": (
        _JSON,
        _error(code={"type": "integer"}, message=_TEXT, status=_TEXT),
    ),
    "openai": (
        _JSON,
        _error(message=_TEXT, type=_TEXT, param=_TEXT_OR_NULL, code=_TEXT_OR_NULL),
    ),
    "akismet": ("text/plain", {"type": "string", "enum": ["invalid", "unavailable"]}),
    "coral": ("application/problem+json", Problem),
}


def describe(spec: APISpec, app: Flask) -> None:
    """Add each path; errors have the shape of the format, as docs/foreign-formats.md says."""
    rules = {rule.rule: rule for rule in app.url_map.iter_rules()}
    for path, method, operation in _OPERATIONS:
        spec.path(rule=rules[path], app=app, operations={method: operation})


def _operation(
    tag: str,
    summary: str,
    answer: tuple[str, Any],
    *,
    asked: tuple[str, type[Schema]] | None = None,
    parameters: list[Mapping[str, Any]] | None = None,
    nothing: str = "",
) -> dict[str, Any]:
    kind, schema = answer
    wrong, shape = _ERRORS[tag]
    responses = {
        "200": {"description": "OK", "content": {kind: {"schema": schema}}},
        "default": {"description": "Something is wrong", "content": {wrong: {"schema": shape}}},
    }
    if nothing:
        responses["204"] = {"description": nothing}
    operation: dict[str, Any] = {"tags": [tag], "summary": summary, "responses": responses}
    if asked:
        operation["requestBody"] = {"required": True, "content": {asked[0]: {"schema": asked[1]}}}
    if parameters:
        operation["parameters"] = parameters
    return operation


def _akismet(summary: str, answer: str, asked: type[Schema]) -> dict[str, Any]:
    shown = {"type": "string", "enum": answer.split("|")}
    return _operation("akismet", summary, ("text/plain", shown), asked=(_FORM, asked))


def _akismet_counts(
    path: str, summary: str, answer: Any, *, query: list[Mapping[str, Any]], form: Any
) -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """Describe what is asked for by a query or, with a key in it, better by a form."""
    asked = _operation("akismet", summary, (_JSON, answer), parameters=query)
    body = {"content": {_FORM: {"schema": form}}}
    return ((path, "get", asked), (path, "post", {**asked, "requestBody": body}))


_KEY_FORM = {"type": "object", "properties": {"api_key": _TEXT}}

_OPERATIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "/v1alpha1/comments:analyze",
        "post",
        _operation(
            "perspective",
            "Score a comment; nothing is stored",
            (_JSON, AnalyzeCommentResponseSchema),
            asked=(_JSON, AnalyzeCommentRequestSchema),
            parameters=[_KEY],
        ),
    ),
    (
        "/v1alpha1/comments:suggestscore",
        "post",
        _operation(
            "perspective",
            "Suggest a comment's scores, for review",
            (_JSON, SuggestCommentScoreResponseSchema),
            asked=(_JSON, SuggestCommentScoreRequestSchema),
            parameters=[_KEY],
        ),
    ),
    (
        "/$discovery/rest",
        "get",
        _operation(
            "perspective",
            "The discovery document from which Google's clients build themselves",
            (_JSON, {"type": "object"}),
            parameters=[_KEY, {**_KEY, "name": "version", "description": "v1alpha1"}],
        ),
    ),
    (
        "/v1/moderations",
        "post",
        _operation(
            "openai",
            "Classify texts",
            (_JSON, ModerationResponseSchema),
            asked=(_JSON, ModerationRequestSchema),
        ),
    ),
    (
        "/1.1/verify-key",
        "post",
        _akismet("Is this a key", "valid|invalid", VerifyKeySchema),
    ),
    (
        "/1.1/comment-check",
        "post",
        _akismet("Is this comment spam", "true|false|invalid", CommentSchema),
    ),
    (
        "/1.1/submit-spam",
        "post",
        _akismet(
            "This was spam", f"{THANKS}|invalid", CommentSchema
        ),
    ),
    (
        "/1.1/submit-ham",
        "post",
        _akismet(
            "This was none", f"{THANKS}|invalid", CommentSchema
        ),
    ),
    *_akismet_counts(
        "/1.2/key-sites",
        "What a key's sites sent in a month",
        {"type": "object"},
        query=[_API_KEY, {"in": "query", "schema": KeySitesSchema}],
        form={"allOf": [_KEY_FORM, KeySitesSchema]},
    ),
    *_akismet_counts(
        "/1.2/usage-limit",
        "How much of a key's quota is used",
        UsageLimitSchema,
        query=[_API_KEY],
        form=_KEY_FORM,
    ),
    (
        "/coral/moderation/<site>/<key_id>",
        "post",
        _operation(
            "coral",
            "Coral's external moderation phase",
            (_JSON, ExternalModerationResponseSchema),
            asked=(_JSON, ExternalModerationRequestSchema),
            nothing="The comment may pass",
        ),
    ),
)  # fmt: skip
