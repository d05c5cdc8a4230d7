"""The call that only scores: nothing of it is stored."""

from __future__ import annotations

from typing import Any

from flask import request

from ..auth import authorize, bearer
from ..schemas import sites as wire
from ..schemas.base import Problem
from ..services import services
from .blueprint import Blueprint

bp = Blueprint("score", __name__, url_prefix="/api/v1")


@bp.post("/score")
@bp.arguments(wire.ScoreIn)
@bp.response(200, wire.ScoreOut(many=True))
@bp.alt_response(401, schema=Problem)
@bp.alt_response(503, schema=Problem)
def score(given: dict[str, Any]) -> Any:
    """Score texts, in order; `explain` adds the words that made the scores."""
    credential = bearer(request, services(), None)
    services().throttle.hit("score", authorize(credential, "score").id)
    scoring, texts = services().scoring, given["texts"]
    scores = scoring.explain(texts) if given["explain"] else scoring.score(texts)
    return scores, 200, {"X-Model-Version": scoring.scorer.version}
