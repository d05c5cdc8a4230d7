"""Google's error shape, `{"error": {"code", "message", "status", "details"}}`, and its rows.

`details` is never empty on a 400: clients read its first entry without looking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError

ANALYZER_ERROR = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class PerspectiveError(Exception):
    """A request that is answered with an error of this format."""

    def __init__(self, code: int, message: str, details: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = list(details)

    def as_json(self) -> dict[str, Any]:
        """Give the body of the answer."""
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "status": STATUS.get(self.code, "UNKNOWN"),
        }
        if self.details:
            error["details"] = self.details
        return {"error": error}


def analyzer_error(message: str, error_type: str, **more: Any) -> PerspectiveError:
    """400: make an error of Perspective's own kind; `more` are further fields of its detail."""
    return PerspectiveError(
        400, message, [{"@type": ANALYZER_ERROR, "errorType": error_type, **more}]
    )


def comment_empty() -> PerspectiveError:
    """400: the comment is nothing but white space."""
    return analyzer_error("Comment must be non-empty.", "COMMENT_EMPTY")


def comment_too_long() -> PerspectiveError:
    """400: the comment has more than 20,480 bytes of UTF-8."""
    return analyzer_error("Comment text too long.", "COMMENT_TOO_LONG")


def no_attributes() -> PerspectiveError:
    """400: the call asks for no attribute."""
    return analyzer_error("Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES")


def invalid_request(message: str) -> PerspectiveError:
    """400: the fields are well-formed, but not together, or not here."""
    return analyzer_error(message, "INVALID_REQUEST")


def unknown_attribute(name: str) -> PerspectiveError:
    """400: no model was trained for the attribute, or it has another revision."""
    return invalid_request(f"Unknown requested attribute: {name}")


def language_not_detected() -> PerspectiveError:
    """400: the text shows no language, and the call names none."""
    return analyzer_error("Unable to detect language", "LANGUAGE_DETECTION_FAILED")


def language_not_supported(
    attribute: str, requested: Sequence[str], detected: Sequence[str]
) -> PerspectiveError:
    """The sentence is read by clients; `requestedLanguages` is there only if any were named."""
    inner: dict[str, Any] = {"attribute": attribute, "detectedLanguages": list(detected)}
    if requested:
        inner["requestedLanguages"] = list(requested)
    languages = ", ".join(requested or detected)
    return analyzer_error(
        f"Attribute {attribute} does not support request languages: {languages}",
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        languageNotSupportedByAttributeError=inner,
    )


def malformed(reason: str) -> PerspectiveError:
    """400: the body cannot be read, since it is no JSON or no object."""
    return _bad_request("", f"Invalid JSON payload received. {reason}")


def too_large(limit: int) -> PerspectiveError:
    """400: the body has more than `limit` bytes."""
    return _bad_request("", f"Request payload size exceeds the limit: {limit} bytes.")


def invalid_fields(error: ValidationError) -> PerspectiveError:
    """Turn the schema's first complaint into Google's sentence about that field."""
    path, complaint = _first(error.messages)
    field = ".".join(path)
    if not path:
        return malformed('Unknown name "": Root element must be a message.')
    if complaint == "Unknown field.":
        within = f" at '{'.'.join(path[:-1])}'" if path[:-1] else ""
        return _bad_request(
            field,
            f'Invalid JSON payload received. Unknown name "{path[-1]}"{within}: Cannot find field.',
        )
    if complaint == "Missing data for required field.":
        return invalid_request(f"Missing {field}")
    return _bad_request(field, f"Invalid value at '{field}' ({complaint})")


def key_not_valid() -> PerspectiveError:
    """400, as Google answers it: there is no such key, or it was revoked or has expired."""
    return PerspectiveError(
        400,
        "API key not valid. Please pass a valid API key.",
        [_info("API_KEY_INVALID")],
    )


def key_missing() -> PerspectiveError:
    """403: the call carries no key."""
    return PerspectiveError(
        403,
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API.",
    )


def scope_missing() -> PerspectiveError:
    """403: the key is genuine but lacks the scope `perspective`."""
    return PerspectiveError(
        403,
        "Requests to this API are blocked: the key lacks the scope 'perspective'.",
        [_info("API_KEY_SERVICE_BLOCKED")],
    )


def exhausted(period: str, amount: int) -> PerspectiveError:
    """429: `amount` is how many requests the key may make in a `period`, `minute` or `month`."""
    per = f"per {period}"
    metadata = {"quota_limit": f"AnalyzeRequestsPer{period.title()}"}
    metadata["quota_limit_value"] = str(amount)
    return PerspectiveError(
        429,
        "Quota exceeded for quota metric 'Analysis requests (AnalyzeComment)' and limit "
        f"'Analysis requests (AnalyzeComment) {per}'.",
        [{**_info("RATE_LIMIT_EXCEEDED"), "metadata": metadata}],
    )


def _info(reason: str) -> dict[str, Any]:
    return {
        "@type": ERROR_INFO,
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": "commentanalyzer.googleapis.com"},
    }


def _bad_request(field: str, message: str) -> PerspectiveError:
    violation = {"field": field, "description": message} if field else {"description": message}
    return PerspectiveError(400, message, [{"@type": BAD_REQUEST, "fieldViolations": [violation]}])


_MAPS = ("requestedAttributes", "attributeScores")


def _first(messages: Any) -> tuple[list[str], str]:
    """Find the first complaint in marshmallow's nested messages, and the way to it."""
    path: list[str] = []
    within_map = False
    while isinstance(messages, Mapping) and messages:
        name, messages = next(iter(messages.items()))
        # marshmallow puts a layer for "key" or "value" below each name of a map, and
        # "_schema" for what is wrong with a whole message.
        if not within_map and name != "_schema":
            path.append(str(name))
        within_map = len(path) == 2 and path[0] in _MAPS and not within_map
    complaint = messages[0] if isinstance(messages, list) and messages else "invalid"
    return path, str(complaint)
