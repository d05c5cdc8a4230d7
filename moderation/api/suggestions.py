"""What other systems suggested of texts, for moderators to accept or dismiss."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from ..clock import now
from ..schemas.base import Flag, PageQuery, Schema, Time
from ..services import services
from .problems import Blueprint
from .request import need


class SuggestionOut(Schema):
    id = ma.fields.String()
    version = ma.fields.Integer(
        attribute="created", metadata={"description": "to be sent back with a review"}
    )
    source = ma.fields.String(metadata={"description": "perspective or akismet"})
    community = ma.fields.String(metadata={"description": "whose norms; as the caller named it"})
    text = ma.fields.String()
    language = ma.fields.String()
    labels = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Float(),
        metadata={"description": "attribute → suggested share of raters"},
    )
    key = ma.fields.String(attribute="credential")
    created = Time(dump_only=True)
    accepted_by = ma.fields.String(allow_none=True)
    accepted = Time(allow_none=True)


class SuggestionsQuery(PageQuery):
    state = ma.fields.String(
        load_default="waiting", validate=ma.validate.OneOf(["waiting", "accepted"])
    )


class SuggestionsOut(Schema):
    suggestions = ma.fields.List(ma.fields.Nested(SuggestionOut))
    next_cursor = ma.fields.String(allow_none=True)


class ReviewIn(Schema):
    accept = Flag(required=True)
    version = ma.fields.Integer(required=True, strict=True)


blueprint = Blueprint(
    "suggestions",
    __name__,
    url_prefix="/api/v1/sites/<site>/suggestions",
    description="Scores that other systems suggested: reviewed here before anything learns of them",
)


@blueprint.get("")
@blueprint.arguments(SuggestionsQuery, location="query")
@blueprint.response(200, SuggestionsOut)
def list_suggestions(query: dict[str, Any], site: str) -> Any:
    """Suggestions that wait, or those that were accepted; oldest first."""
    need(site, "queue")
    page, cursor = services().store.suggestions.page(
        site,
        accepted=query["state"] == "accepted",
        limit=query["limit"],
        cursor=query["cursor"],
    )
    return {"suggestions": page, "next_cursor": cursor}


@blueprint.post("/<suggestion_id>/review")
@blueprint.arguments(ReviewIn)
@blueprint.response(204)
def review_suggestion(body: dict[str, Any], site: str, suggestion_id: str) -> None:
    """Accept it as an example to learn from, or dismiss it, which erases it."""
    identity = need(site, "queue")
    services().store.suggestions.review(
        site,
        suggestion_id,
        accept=body["accept"],
        created=body["version"],
        moderator=identity.actor,
        now=now(),
    )
