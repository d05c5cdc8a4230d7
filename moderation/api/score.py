"""The call that only scores: nothing of it is stored."""

from __future__ import annotations

from typing import Any

from flask import request

from ..auth import bearer
from ..errors import ForbiddenError, UnauthorizedError
from ..schemas import sites as wire
from ..schemas.base import Problem
from ..services import services
from .problems import Blueprint
from .request import no_store

bp = Blueprint("score", __name__, url_prefix="/api/v1")

_SCORES = wire.ScoreOut(many=True)


@bp.post("/score")
@bp.arguments(wire.ScoreIn)
@bp.response(200, wire.ScoreOut(many=True))
@bp.alt_response(401, schema=Problem)
@bp.alt_response(503, schema=Problem)
def score(given: dict[str, Any]) -> Any:
    """Score texts, in order; `explain` adds the spans that made the scores."""
    credential = bearer(request, services(), None)
    if credential is None:
        raise UnauthorizedError("This needs a key.", headers={"WWW-Authenticate": "Bearer"})
    if "score" not in credential.scopes:
        raise ForbiddenError("This key may not score.", code="scope")
    services().throttle.hit("score", credential.id)
    found = services().scoring.score(given["texts"], explain=given["explain"])
    body = _SCORES.dump(found)
    if not given["explain"]:
        for item in body:
            item.pop("spans", None)
    response = no_store(body)
    response.headers["X-Model-Version"] = services().scoring.scorer.version
    return response
