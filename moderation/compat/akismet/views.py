"""Akismet's API 1.1 and 1.2: forms in; `valid`, `true`, `false` out, as plain text; counts as JSON.

Akismet says *spam*, so comment-check answers from the spam model alone, unless the key's
setting `akismet_verdict` is `hold`: then it says whether the site's policy would hold the text.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import hmac
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, jsonify, request
from marshmallow import Schema, ValidationError
from uuid_utils import uuid4
from werkzeug.exceptions import HTTPException

from ...clock import now
from ...errors import InvalidError, RejoinderError
from ...records import Suggestion
from ...services import services
from ...usage import month_of
from ..access import ApiClient, add_model_header, authenticate_key
from ..judging import site_verdict
from .schemas import (
    THANKS,
    CommentSchema,
    KeySitesSchema,
    SiteActivitySchema,
    UsageLimitSchema,
    VerifyKeySchema,
)

GUARANTEED_SPAM = {
    "comment_author": {"akismet-guaranteed-spam", "viagra-test-123"},
    "comment_author_email": {"akismet-guaranteed-spam@example.com"},
}
# Spam so plain that the caller may throw it away unseen ("discard"): nothing that is no spam may
# score so, whatever spam goes without the tip for that. `python -m classifiers certain` counts what
# reaches it; the table, with what may really reach it, is in docs/classifier.md.
CERTAIN = 0.995

# By choice: callers send their web server's variables too, which are some dozens.
MAX_FIELDS = 1_000
# As much of a submitted comment as is kept for review, in characters: by choice about as much as
# Perspective takes.
MAX_KEPT = 20_000
_CHARSETS = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp125\d|koi8-[ru]|big5|gb2312|gbk|gb18030|shift_jis|euc_(jp|kr)"
)
_HOST = re.compile(r"[a-z0-9.:\[\]-]{1,253}")
_METRICS = ("api_calls", "spam", "ham", "missed_spam", "false_positives")

_VERIFY = VerifyKeySchema()
_COMMENT = CommentSchema()
_KEY_SITES = KeySitesSchema()
_ACTIVITY = SiteActivitySchema(many=True)
_USAGE = UsageLimitSchema()

bp = Blueprint("akismet", __name__)
bp.after_request(add_model_header)


@dataclass(frozen=True, slots=True)
class Check:
    """Is it spam, so certainly that nobody need look at it, and what the caller should hear."""

    spam: bool
    certain: bool = False
    note: str = ""


@bp.post("/1.1/verify-key")
def verify_key() -> Response:
    """Answer `valid` for a key with the scope; the call is not counted."""
    form = _form()
    _load(_VERIFY, form)
    _caller(form, counted=False)
    return _plain("valid")


@bp.post("/1.1/comment-check")
def comment_check() -> Response:
    """Answer `true` for spam, else `false`; headers tell of plain spam and of no score."""
    form = _form()
    caller = _caller(form)
    comment = _load(_COMMENT, form)
    found = _check(comment, caller)
    _count(caller, comment, "spam" if found.spam else "ham")
    response = _plain("true" if found.spam else "false")
    response.headers["X-akismet-guid"] = uuid4().hex
    if found.certain:
        response.headers["X-akismet-pro-tip"] = "discard"
    if found.note:
        response.headers["X-akismet-debug-help"] = _header(found.note)
    return response


@bp.post("/1.1/submit-spam")
def submit_spam() -> Response:
    """Take a comment that should have been called spam."""
    return _submit(1.0, "missed_spam")


@bp.post("/1.1/submit-ham")
def submit_ham() -> Response:
    """Take a comment that should not have been called spam."""
    return _submit(0.0, "false_positives")


@bp.route("/1.2/key-sites", methods=["GET", "POST"])
def key_sites() -> Response:
    """Give what each blog sent with the key in a month, as JSON or CSV."""
    form = _form()
    caller = _caller(form, counted=False)
    asked = _load(_KEY_SITES, form)
    month = asked.get("month") or month_of(now())
    services().meter.flush()
    rows = _activity(caller, month, asked)
    page = rows[asked["offset"] : asked["offset"] + asked["limit"]]
    shown = _ACTIVITY.dump(page)
    window = {"limit": asked["limit"], "offset": asked["offset"], "total": len(rows)}
    if asked["format"] == "csv":
        return _csv(caller, month, window, shown)
    return jsonify({month: shown, **window})


@bp.route("/1.2/usage-limit", methods=["GET", "POST"])
def usage_limit() -> Response:
    """Give how much of the key's monthly quota is used."""
    caller = _caller(_form(), counted=False)
    services().meter.flush()
    credential = caller.credential
    counts = services().store.usage.get(credential.site, credential.id, month_of(now()))
    used = counts.get("calls", 0)
    limit = caller.settings.quota_per_month
    share = 100 * used / limit if limit else 0.0
    return jsonify(
        _USAGE.dump(
            {
                "limit": limit or "none",
                "usage": used,
                "percentage": f"{share:.2f}",
                "throttled": limit is not None and used >= limit,
            }
        )
    )


@bp.errorhandler(RejoinderError)
def handle_rejoinder_error(error: RejoinderError) -> Response:
    """Say `invalid` and why in a header; only what is worth another try has its own status."""
    retry = error.status in (429, 500, 503)
    response = _plain("unavailable" if retry else "invalid", error.status if retry else 200)
    response.headers["X-akismet-debug-help"] = _header(error.detail)
    response.headers.update(error.headers)
    return response


@bp.errorhandler(HTTPException)
def handle_http_exception(error: HTTPException) -> Response:
    """Say `invalid` with the error's own status: this was no call of Akismet's, or too large."""
    response = _plain("invalid", error.code or 500)
    response.headers["X-akismet-debug-help"] = _header(error.description or error.name)
    return response


def _caller(form: Mapping[str, str], *, counted: bool = True) -> ApiClient:
    """Take the key from the form, else from the first label of the host name."""
    presented = form.get("api_key") or form.get("key") or request.host.split(".")[0]
    return authenticate_key(presented, "akismet", counted=counted)


def _form() -> dict[str, str]:
    """Read the form in the charset that it names; query parameters count where it is silent.

    Raises `InvalidError` for an unknown charset, text that is not in it, or too many fields.
    """
    if request.mimetype == "multipart/form-data":
        return {**request.args.to_dict(), **request.form.to_dict()}
    raw = request.get_data()
    try:
        names = dict(parse_qsl(raw.decode("ascii", "replace"), max_num_fields=MAX_FIELDS))
        charset = names.get("blog_charset") or names.get("charset") or "utf-8"
        fields = parse_qsl(
            raw.decode(_codec(charset)),
            keep_blank_values=True,
            encoding=_codec(charset),
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except UnicodeDecodeError as error:
        raise InvalidError("The form is not in its charset (blog_charset, else UTF-8).") from error
    except ValueError as error:
        raise InvalidError(f"The form has more than {MAX_FIELDS} fields.") from error
    return {**request.args.to_dict(), **dict(fields)}


def _codec(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError) as error:
        raise InvalidError("Unknown blog_charset.") from error
    if not _CHARSETS.fullmatch(name):
        raise InvalidError("Unknown blog_charset.")
    return name


def _load(schema: Schema, form: Mapping[str, str]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(form)
    except ValidationError as error:
        name, complaint = next(iter(error.messages_dict.items()))
        if name not in form:
            raise InvalidError(f"Missing required field: {name}.", where=str(name)) from error
        raise InvalidError(f"Invalid field: {name} ({complaint[0]})", where=str(name)) from error
    return loaded


def _check(comment: Mapping[str, Any], caller: ApiClient) -> Check:
    if any(comment[field] in values for field, values in GUARANTEED_SPAM.items()):
        return Check(spam=True)
    text = comment["comment_content"] or comment["comment_author"]
    if comment["user_role"] == "administrator" or not text.strip():
        return Check(spam=False)
    site = caller.credential.site
    if caller.settings.akismet_verdict == "hold":
        return Check(spam=site_verdict(site, text).action in ("hold", "reject"))
    scorer = services().scoring.scorer
    if "spam" not in scorer.attributes:
        raise InvalidError("There is no spam model here; set the key's akismet_verdict to 'hold'.")
    (scored,) = services().scoring.score([text])
    score = scored.scores.get("spam")
    if score is None:
        return Check(spam=False, note=f"Not scored: there is no spam model of '{scored.language}'.")
    threshold = services().policy(site).holds_from("spam", scorer.card, scored.language)
    # What the fast model says alone was not measured for this.
    failed = scored.reading is not None and scored.reading.failed
    certain = score >= max(CERTAIN, threshold) and not failed
    return Check(spam=score >= threshold, certain=certain)


def _submit(spam: float, metric: str) -> Response:
    """Keep what the caller says of a comment until a person has looked at it."""
    form = _form()
    caller = _caller(form)
    comment = _load(_COMMENT, form)
    text = comment["comment_content"][:MAX_KEPT]
    if text.strip() and not comment["is_test"]:
        at = now()
        blog = _blog(comment)
        # Under the secret key, so that the id tells nothing of the text once that is erased.
        identity = hmac.new(
            services().settings.secret_key, "\0".join((blog, text)).encode(), hashlib.sha256
        )
        services().store.suggestions.add(
            Suggestion(
                id=identity.hexdigest()[:32],
                site=caller.credential.site,
                source="akismet",
                community=blog,
                text=text,
                language=services().scoring.score([text])[0].language,
                labels={"spam": spam},
                credential=caller.credential.id,
                created=at,
            ),
            now=at,
        )
    _count(caller, comment, metric)
    return _plain(THANKS)


def _count(caller: ApiClient, comment: Mapping[str, Any], metric: str) -> None:
    """Count for key-sites; a test call is counted as a call of the key only."""
    if comment["is_test"]:
        return
    blog = _blog(comment)
    counts = {f"{blog}|{metric}": 1}
    if metric in ("spam", "ham"):
        counts[f"{blog}|api_calls"] = 1
    services().meter.count(caller.credential, counts, now())


def _blog(comment: Mapping[str, Any]) -> str:
    host = urlsplit(comment["blog"]).netloc.lower()
    return host if _HOST.fullmatch(host) else "other"


def _activity(caller: ApiClient, month: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give each blog's counts of a month, the one with most of `order` first."""
    credential = caller.credential
    rows: dict[str, dict[str, Any]] = {}
    for field, count in services().store.usage.get(credential.site, credential.id, month).items():
        blog, separator, metric = field.rpartition("|")
        if separator and asked["filter"] in blog:
            empty = {"site": blog, "is_revoked": False, **dict.fromkeys(_METRICS, 0)}
            rows.setdefault(blog, empty)[metric] = count
    order = "api_calls" if asked["order"] == "total" else asked["order"]
    return sorted(rows.values(), key=lambda row: (-row[order], row["site"]))


def _csv(
    caller: ApiClient, month: str, window: Mapping[str, int], rows: list[dict[str, Any]]
) -> Response:
    buffer = io.StringIO()
    limits = ", ".join(f"{name}: {value}" for name, value in window.items())
    buffer.write(f"Active sites for {caller.credential.id} during {month} ({limits})\n")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(
        ["Site", "Total API Calls", "Spam", "Ham", "Missed Spam", "False Positives", "Is Revoked"]
    )
    for row in rows:
        counts = [row[metric] for metric in _METRICS]
        writer.writerow([row["site"], *counts, str(row["is_revoked"]).lower()])
    return Response(buffer.getvalue(), mimetype="text/csv")


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


def _header(text: str) -> str:
    return text.encode("ascii", "replace").decode().replace("\n", " ").replace("\r", " ")[:200]
