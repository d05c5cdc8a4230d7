"""OpenAI's `POST /v1/moderations`: thirteen categories, of which our models know four.

A category is answered from the attributes in `CATEGORIES` and from nothing else. The others are
0.0, false and an empty list of applied input types; the header `X-Unmodelled-Categories` names
them on every answer with results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from flask import Blueprint, Response, jsonify, request
from marshmallow import ValidationError
from uuid_utils import uuid4
from werkzeug.exceptions import HTTPException

from ...errors import RejoinderError, UnauthorizedError
from ...json_text import MalformedBody
from ...policy import Policy
from ...services import services
from ..access import ApiClient, add_model_header, authenticate_key, json_body
from .schemas import CODES, MISSING, ModerationRequestSchema, ModerationResponseSchema

if TYPE_CHECKING:
    from classifiers import Score, Scorer

    _Holds: TypeAlias = Callable[[Score, str], bool]

# Category → the attributes that must all be present; the lowest of their scores is the
# category's, so that a "threatening" one needs the threat as well as its target.
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "harassment": ("insult",),
    "harassment/threatening": ("threat",),
    "hate": ("identity_attack",),
    "hate/threatening": ("identity_attack", "threat"),
    "illicit": (),
    "illicit/violent": (),
    "self-harm": (),
    "self-harm/instructions": (),
    "self-harm/intent": (),
    "sexual": (),
    "sexual/minors": (),
    "violence": (),
    "violence/graphic": (),
}
MODELS = {
    "omni-moderation-latest",
    "omni-moderation-2024-09-26",
    "text-moderation-latest",
    "text-moderation-stable",
}

_REQUEST = ModerationRequestSchema()
_RESPONSE = ModerationResponseSchema()

bp = Blueprint("openai", __name__)
bp.after_request(add_model_header)


@dataclass(frozen=True, slots=True)
class Category:
    """What one category of one result says; `applied` is False if no model was asked."""

    score: float = 0.0
    flagged: bool = False
    applied: bool = False


_UNMODELLED = Category()


class OpenAIError(Exception):
    """A request that is answered with an error of this format."""

    def __init__(
        self, status: int, message: str, *, param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code

    def as_json(self) -> dict[str, Any]:
        """Give the body of the answer."""
        return {
            "error": {
                "message": self.message,
                "type": _type(self.status, self.code),
                "param": self.param,
                "code": self.code,
            }
        }


_TYPES = {429: "requests", 500: "server_error", 503: "server_error"}
_LIMITS = {"rate-exceeded": "rate_limit_exceeded", "quota-exceeded": "insufficient_quota"}


def _type(status: int, code: str | None) -> str:
    if code == "insufficient_quota":
        return code
    return _TYPES.get(status, "invalid_request_error")


@bp.post("/v1/moderations")
def moderate() -> Response:
    """Classify texts; headers name the categories, images and results that no model looked at."""
    caller = _caller()
    asked = _load()
    scoring = services().scoring
    scorer = scoring.scorer
    _check_model(asked["model"], scorer)
    groups, ignored = _groups(asked["input"])
    texts = [text for group in groups for text in group]
    scores = iter(scoring.score(texts))
    policy = services().policy(caller.credential.site)
    scored = [[next(scores) for _ in group] for group in groups]
    results = [_result(group, partial(_holds, policy, scorer), caller) for group in scored]
    answer = _RESPONSE.dump(
        {"id": f"modr-{uuid4().hex}", "model": scorer.version, "results": results}
    )
    response = jsonify(answer)
    response.headers["X-Unmodelled-Categories"] = ", ".join(_unmodelled(scorer))
    if ignored:
        response.headers["X-Ignored-Input-Types"] = "image"
    unscored = [str(index) for index, group in enumerate(scored) if not _any_scored(group)]
    if unscored:
        response.headers["X-Unscored-Results"] = ", ".join(unscored)
    return response


@bp.errorhandler(OpenAIError)
def handle_format_error(error: OpenAIError) -> tuple[Response, int]:
    """Answer in this format."""
    return jsonify(error.as_json()), error.status


@bp.errorhandler(RejoinderError)
def handle_rejoinder_error(error: RejoinderError) -> tuple[Response, int, Mapping[str, str]]:
    """Answer an error of ours in this format; the two limits have names of its own."""
    code = _LIMITS.get(error.code, error.code)
    translated = OpenAIError(error.status, error.detail, code=code)
    return jsonify(translated.as_json()), error.status, error.headers


@bp.errorhandler(HTTPException)
def handle_http_exception(error: HTTPException) -> tuple[Response, int]:
    """Answer Werkzeug's errors in this format; also for unknown paths below `/v1/`."""
    status = error.code or 500
    message, code = error.description or error.name, None
    if status == 404:
        message, code = f"Invalid URL ({request.method} {request.path[:100]})", "unknown_url"
    elif status == 405:
        message = f"Not allowed to {request.method} on {request.path}."
        code = "method_not_supported"
    return jsonify(OpenAIError(status, message, code=code).as_json()), status


def _caller() -> ApiClient:
    scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not presented:
        raise OpenAIError(
            401,
            "You didn't provide an API key. It belongs in the Authorization header (Bearer KEY).",
        )
    try:
        return authenticate_key(presented.strip(), "openai")
    except UnauthorizedError as error:
        raise OpenAIError(401, "Incorrect API key provided.", code="invalid_api_key") from error


def _load() -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = _REQUEST.load(json_body())
    except MalformedBody as error:
        raise OpenAIError(
            400, f"We could not parse the JSON body of your request: {error}"
        ) from error
    except ValidationError as error:
        raise _invalid(error) from error
    return loaded


def _invalid(error: ValidationError) -> OpenAIError:
    """Turn the schema's first complaint into the sentence and code for it."""
    param, complaints = next(iter(error.messages_dict.items()))
    complaint = str(complaints[0])
    if param == "_schema":
        return OpenAIError(400, "The body must be a JSON object.", code="invalid_type")
    if complaint == MISSING:
        message = f"Missing required parameter: '{param}'."
        return OpenAIError(400, message, param=param, code="missing_required_parameter")
    code = CODES.get(complaint, "invalid_type")
    return OpenAIError(400, f"Invalid '{param}': {complaint}", param=param, code=code)


def _check_model(model: str | None, scorer: Scorer) -> None:
    if model is not None and model not in MODELS and model != scorer.version:
        raise OpenAIError(
            404,
            f"The model '{model[:100]}' does not exist or you do not have access to it.",
            param="model",
            code="model_not_found",
        )


def _groups(given: Any) -> tuple[list[list[str]], bool]:
    """Give the texts of each result, and whether images were passed over.

    A text makes one result, a list of texts one for each, a list of parts one for all of them.
    """
    if isinstance(given, str):
        return [[given]], False
    if isinstance(given[0], str) and all(isinstance(item, str) for item in given):
        return [[text] for text in given], False
    texts = [item if isinstance(item, str) else item.get("text") for item in given]
    found = [text for text in texts if text is not None]
    if not found:
        raise OpenAIError(
            400,
            "Images are not modelled here; at least one text part is needed.",
            param="input",
            code="unsupported_input_type",
        )
    return [found], len(found) < len(given)


def _holds(policy: Policy, scorer: Scorer, score: Score, attribute: str) -> bool:
    """Say whether an attribute counts: whether the site would hold a comment for it."""
    return score.scores[attribute] >= policy.holds_from(attribute, scorer.card, score.language)


def _result(group: Sequence[Score], holds: _Holds, caller: ApiClient) -> Any:
    """Make one result: each category is the highest of the group's texts."""
    found = {
        name: max(
            (_category(attributes, score, holds, caller) for score in group),
            key=lambda category: (category.applied, category.flagged, category.score),
        )
        if attributes
        else _UNMODELLED
        for name, attributes in CATEGORIES.items()
    }
    return {
        "flagged": any(category.flagged for category in found.values()),
        "categories": {name: category.flagged for name, category in found.items()},
        "category_scores": {name: category.score for name, category in found.items()},
        "category_applied_input_types": {
            name: ["text"] if category.applied else [] for name, category in found.items()
        },
    }


def _category(
    attributes: Sequence[str], score: Score, holds: _Holds, caller: ApiClient
) -> Category:
    if any(name not in score.scores for name in attributes):
        return _UNMODELLED
    # Thresholds are on the model's own scale; the key's scale changes what is shown.
    return Category(
        score=min(caller.settings.scale(name, score.scores[name]) for name in attributes),
        flagged=all(holds(score, name) for name in attributes),
        applied=True,
    )


def _any_scored(group: Sequence[Score]) -> bool:
    return any(score.scores for score in group)


def _unmodelled(scorer: Scorer) -> list[str]:
    return [
        name
        for name, attributes in CATEGORIES.items()
        if not attributes or not set(attributes) <= set(scorer.attributes)
    ]
