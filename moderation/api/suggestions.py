"""What other systems suggested of texts, for moderators to accept or dismiss."""

from __future__ import annotations

from typing import Any

from ..clock import now
from ..schemas import suggestions as wire
from ..services import services
from .blueprint import Blueprint
from .request import require_scope

bp = Blueprint(
    "suggestions",
    __name__,
    url_prefix="/api/v1/sites/<site>/suggestions",
    description="Scores that other systems suggested: reviewed here before anything learns of them",
)


@bp.get("")
@bp.arguments(wire.SuggestionsQuery, location="query")
@bp.response(200, wire.SuggestionsOut)
def list_suggestions(query: dict[str, Any], site: str) -> Any:
    """Suggestions that wait, or those that were accepted; oldest first."""
    require_scope(site, "queue")
    page, cursor = services().store.suggestions.page(
        site,
        accepted=query["state"] == "accepted",
        limit=query["limit"],
        cursor=query["cursor"],
    )
    return {"suggestions": page, "next_cursor": cursor}


@bp.post("/<suggestion_id>/review")
@bp.arguments(wire.ReviewIn)
@bp.response(204)
def review_suggestion(body: dict[str, Any], site: str, suggestion_id: str) -> None:
    """Accept it as an example to learn from, or dismiss it, which erases it."""
    identity = require_scope(site, "queue")
    services().store.suggestions.review(
        site,
        suggestion_id,
        accept=body["accept"],
        created=body["version"],
        moderator=identity.actor,
        now=now(),
    )
