"""Coral's external moderation phase: Coral asks about each comment, signed, before it appears.

In Coral, the phase's callback URL is `/coral/moderation/SITE/KEY-ID`; the signing secret that
Coral shows there is put into that key's setting `coral_secret`. Errors are problem documents:
Coral reads only the status of a failure, and lets the comment pass.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request
from marshmallow import ValidationError

from ... import clock
from ...auth import authorize
from ...errors import (
    BadSignatureError,
    InvalidError,
    MalformedJsonError,
)
from ...json_text import MalformedBody
from ...key_settings import KeySettings
from ...records import Verdict
from ...services import services
from ..access import add_model_header, count_call, json_body
from ..judging import plain_text, site_verdict
from .schemas import ExternalModerationRequestSchema, ExternalModerationResponseSchema

# Coral itself never moderates what its own people write.
STAFF = {"STAFF", "MODERATOR", "ADMIN"}
_STATUS = {"hold": "SYSTEM_WITHHELD", "reject": "REJECTED"}

_REQUEST = ExternalModerationRequestSchema()
_RESPONSE = ExternalModerationResponseSchema()

bp = Blueprint("coral", __name__)
bp.after_request(add_model_header)


@bp.post("/coral/moderation/<site>/<key_id>")
def moderate(site: str, key_id: str) -> tuple[Response, int] | Response:
    """Answer 204 to let the comment pass, else what Coral is to do with it and why."""
    _check_signature(site, key_id, request.get_data())
    try:
        asked = _REQUEST.load(json_body())
    except MalformedBody as error:
        raise MalformedJsonError(str(error)) from error
    except ValidationError as error:
        raise InvalidError(
            "The request is not one of Coral's.", extra={"errors": _complaints(error)}
        ) from error
    if asked["author"]["role"] in STAFF:
        return Response(status=204)
    verdict = site_verdict(site, plain_text(asked["comment"]["body"]))
    if verdict.action == "publish":
        return Response(status=204)
    return jsonify(
        _RESPONSE.dump(
            {
                "status": _STATUS.get(verdict.action),
                "actions": [{"actionType": "FLAG", "reason": _reason(verdict)}],
            }
        )
    )


def _check_signature(site: str, key_id: str, raw: bytes) -> None:
    """Check that the body was signed with the key's secret; count the call.

    The header lists a signature for each secret that Coral still knows (`sha256=…,sha256=…`),
    so that one can be rotated.
    """
    credential = services().store.credentials.get(site, key_id, now=clock.now())
    secret = None
    if credential is not None and credential.kind == "key":
        secret = KeySettings.from_json(credential.settings).coral_secret
    wanted = hmac.new((secret or "").encode(), raw, hashlib.sha256).hexdigest().encode()
    given = [
        signature.strip().partition("=")
        for signature in request.headers.get("X-Coral-Signature", "").split(",")
    ]
    matches = [
        hmac.compare_digest(value.encode(), wanted)
        for method, _, value in given
        if method == "sha256"
    ]
    if credential is None or secret is None or not any(matches):
        raise BadSignatureError
    count_call(authorize(credential, "coral"))


def _reason(verdict: Verdict) -> str:
    reason = verdict.reasons[0]
    spam = reason.attribute == "spam" or reason.rule == "links"
    return "COMMENT_DETECTED_SPAM" if spam else "COMMENT_DETECTED_TOXIC"


def _complaints(error: ValidationError) -> list[dict[str, str]]:
    messages: Mapping[str, Any] = error.messages_dict
    return [{"where": f"/{name}", "message": str(text)} for name, text in messages.items()]
