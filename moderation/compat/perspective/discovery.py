"""The discovery document from which Google's own clients build themselves."""

from __future__ import annotations

from typing import Any

from .schemas import SCORE_TYPES, TEXT_TYPES


def discovery_document(root_url: str) -> dict[str, Any]:
    """Describe both methods in Google's discovery format; `root_url` is where we are reached."""
    root = root_url.rstrip("/") + "/"
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "canonicalName": "Comment Analyzer",
        "version": "v1alpha1",
        "version_module": True,
        "revision": "20261124",
        "title": "Rejoinder, by the Perspective Comment Analyzer protocol",
        "description": "Scores comments and takes suggestions for better scores.",
        "ownerName": "Rejoinder",
        "protocol": "rest",
        "rootUrl": root,
        "servicePath": "",
        "baseUrl": root,
        "basePath": "",
        "batchPath": "batch",
        "parameters": _PARAMETERS,
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", "AnalyzeComment", "Score a comment."),
                    "suggestscore": _method(
                        "suggestscore", "SuggestCommentScore", "Suggest a comment's scores."
                    ),
                }
            }
        },
        "schemas": _SCHEMAS,
    }


def _method(name: str, message: str, description: str) -> dict[str, Any]:
    path = f"v1alpha1/comments:{name}"
    return {
        "id": f"commentanalyzer.comments.{name}",
        "description": description,
        "httpMethod": "POST",
        "path": path,
        "flatPath": path,
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": f"{message}Request"},
        "response": {"$ref": f"{message}Response"},
    }


def _query(description: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"type": kind, "location": "query", "description": description, **more}


_PARAMETERS = {
    "$.xgafv": _query("Version of the error format; ignored.", enum=["1", "2"]),
    "access_token": _query("A key, as OAuth would send it."),
    "alt": _query("Format of the answer; always JSON.", default="json"),
    "callback": _query("Ignored."),
    "fields": _query("Ignored: the answer is always whole."),
    "key": _query("A key with the scope 'perspective'."),
    "oauth_token": _query("A key, as OAuth would send it."),
    "prettyPrint": _query("Ignored.", "boolean", default="true"),
    "quotaUser": _query("Ignored: quotas belong to the key."),
    "uploadType": _query("Ignored."),
    "upload_protocol": _query("Ignored."),
}


def _string(description: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "string", **({"description": description} if description else {}), **more}


def _number(description: str = "") -> dict[str, Any]:
    return {
        "type": "number",
        "format": "float",
        **({"description": description} if description else {}),
    }


def _integer(description: str) -> dict[str, Any]:
    return {"type": "integer", "format": "int32", "description": description}


def _boolean(description: str) -> dict[str, Any]:
    return {"type": "boolean", "description": description}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _map(message: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": {"$ref": message}}


def _schema(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "type": "object", "properties": properties}


_REQUEST = {
    "comment": {"$ref": "TextEntry"},
    "context": {"$ref": "Context"},
    "languages": _list(_string("ISO 639-1 or BCP 47; detected if none is given.")),
    "clientToken": _string("Echoed in the answer."),
    "sessionId": _string(),
    "communityId": _string("Whose norms the comment is under."),
}

_SCHEMAS = {
    name: _schema(name, properties)
    for name, properties in {
        "AnalyzeCommentRequest": {
            **_REQUEST,
            "requestedAttributes": _map("AttributeParameters"),
            "doNotStore": _boolean("Nothing is stored either way."),
            "spanAnnotations": _boolean("Score every sentence too."),
        },
        "AnalyzeCommentResponse": {
            "attributeScores": _map("AttributeScores"),
            "languages": _list(_string()),
            "detectedLanguages": _list(_string()),
            "clientToken": _string(),
        },
        "SuggestCommentScoreRequest": {**_REQUEST, "attributeScores": _map("AttributeScores")},
        "SuggestCommentScoreResponse": {
            "clientToken": _string(),
            "detectedLanguages": _list(_string()),
            "requestedLanguages": _list(_string()),
        },
        "AttributeParameters": {
            "scoreType": _string("Only PROBABILITY.", enum=list(SCORE_TYPES)),
            "scoreThreshold": _number("Leave the attribute out if it scores lower."),
        },
        "AttributeScores": {
            "summaryScore": {"$ref": "Score"},
            "spanScores": _list({"$ref": "SpanScore"}),
        },
        "Score": {"value": _number(), "type": _string(enum=list(SCORE_TYPES))},
        "SpanScore": {
            "begin": _integer("First UTF-16 code unit."),
            "end": _integer("The UTF-16 code unit after the last."),
            "score": {"$ref": "Score"},
        },
        "TextEntry": {"text": _string(), "type": _string(enum=list(TEXT_TYPES))},
        "Context": {
            "entries": _list({"$ref": "TextEntry"}),
            "articleAndParentComment": {"$ref": "ArticleAndParentComment"},
        },
        "ArticleAndParentComment": {
            "article": {"$ref": "TextEntry"},
            "parentComment": {"$ref": "TextEntry"},
        },
    }.items()
}
