"""Raids in the queue: groups of near-duplicates, and one decision for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .. import raids
from ..clock import now
from ..errors import BadCursorError
from ..identifiers import is_uuid
from ..records import Comment, Group
from ..schemas import groups as wire
from ..schemas.base import Problem, extended
from ..services import services
from .blueprint import Blueprint
from .compression import compress
from .openapi import IDEMPOTENCY_KEY_HEADER
from .queue import cases_shown
from .request import idempotency, require_scope

bp = Blueprint("groups", __name__, url_prefix="/api/v1/sites/<site>/queue/groups")
bp.after_request(compress)


@bp.get("")
@bp.response(200, wire.GroupsOut)
def read_groups(site: str) -> Any:
    """Read the raids that wait for a decision, or of which the next ones are held or rejected."""
    require_scope(site, "queue")
    at = now()
    groups = services().store.groups.waiting(site, now=at)
    return {"groups": _shown(site, groups, at)}


@bp.get("/<group>")
@bp.arguments(wire.GroupQuery, location="query")
@bp.response(200, wire.GroupMembersOut)
@bp.alt_response(404, schema=Problem)
def read_group(query: dict[str, Any], site: str, group: str) -> Any:
    """Read a group and a page of its members, newest first."""
    require_scope(site, "queue")
    at = now()
    found = services().store.groups.get(site, group)
    cursor = query["cursor"]
    if cursor is not None and not is_uuid(cursor):
        raise BadCursorError
    ids = [i for i in reversed(list(found.open)) if cursor is None or i < cursor]
    page = ids[: query["limit"]]
    (shown,) = _shown(site, [found], at)
    return {
        "group": shown,
        "cases": cases_shown(site, services().store.queue.cases(site, page, now=at), at),
        "next_cursor": page[-1] if len(ids) > len(page) else None,
    }


@bp.post("/<group>/decisions")
@bp.arguments(wire.GroupDecisionIn)
@bp.response(201, wire.GroupDecided)
@bp.alt_response(404, schema=Problem)
@bp.alt_response(422, schema=Problem)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def decide_group(given: dict[str, Any], site: str, group: str) -> Any:
    """Approve or reject all of a group at once, and say what happens to the next ones like it."""
    identity = require_scope(site, "queue")
    at = now()
    done = raids.decide(
        services(),
        site,
        group,
        action=given["action"],
        reason=given["reason"],
        next_like="leave" if given["action"] == "approve" else given["next"],
        moderator=identity.actor,
        idempotency=idempotency(identity),
        now=at,
    )
    (shown,) = _shown(site, [services().store.groups.get(site, group)], at)
    return {"batch": done.batch, "changed": done.changed, "left": done.left, "group": shown}


def _shown(site: str, groups: Sequence[Group], at: int) -> list[dict[str, Any]]:
    latest = {group.id: list(group.open)[-wire.EXAMPLES :] for group in groups}
    wanted = [comment for ids in latest.values() for comment in ids]
    found = {c.id: c for c in services().store.comments.several(site, wanted)}
    return [
        _told(group, [found[i] for i in latest[group.id] if i in found], at) for group in groups
    ]


def _told(group: Group, examples: Sequence[Comment], at: int) -> dict[str, Any]:
    counted: Mapping[str, int] = Counter(group.open.values())
    following = group.holds_for(at)
    return extended(
        group,
        waits=group.waits,
        published=counted["published"],
        held=counted["held"],
        rejected=counted["rejected"],
        next=following and {"action": following, "until": group.until},
        examples=[
            {
                "id": comment.id,
                "status": comment.status,
                "author": comment.author.name,
                "excerpt": comment.text[: wire.EXCERPT],
            }
            for comment in reversed(examples)
        ],
    )
