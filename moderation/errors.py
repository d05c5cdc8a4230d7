"""Everything that can go wrong, as one tree; `app.py` turns it into RFC 9457 problem documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RejoinderError(Exception):
    """Base of all errors that the service answers with.

    `status` is the HTTP status, `code` the stable machine-readable name, `where` a JSON pointer
    or header name of the offending input, `headers` what the answer must carry. `detail` is the
    sentence for the person who asked; a class's own stands where none is given.
    """

    status = 500
    code = "internal"
    title = "Internal error"
    where: str | None = None
    detail = ""

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        where: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.detail = detail or self.detail or self.title
        super().__init__(self.detail)
        if code is not None:
            self.code = code
        if where is not None:
            self.where = where
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


class BadRequestError(RejoinderError):
    status, code, title = 400, "bad-request", "The request cannot be read"


class UnauthorizedError(RejoinderError):
    status, code, title = 401, "unauthorized", "A valid key, token or session is needed"


class ForbiddenError(RejoinderError):
    status, code, title = 403, "forbidden", "Not allowed"


class NotFoundError(RejoinderError):
    status, code, title = 404, "not-found", "There is no such thing here"


class ConflictError(RejoinderError):
    """Somebody else was first: `claimed`, `changed`, `superseded`, `exists`."""

    status, code, title = 409, "conflict", "The state is not what the request assumed"


class TooLargeError(RejoinderError):
    status, code, title = 413, "too-large", "The body is too large"


class UnsupportedMediaError(RejoinderError):
    status, code, title = 415, "unsupported-media-type", "The body is of the wrong kind"


class InvalidError(RejoinderError):
    """Well-formed but wrong; `errors` in `extra` lists {where, message} for each field."""

    status, code, title = 422, "invalid", "The request is not valid"


class RateLimitedError(RejoinderError):
    status, code, title = 429, "rate-limited", "Too many requests"


class UnavailableError(RejoinderError):
    """The storage does not answer or refuses writes; the outcome of a write is unknown."""

    status, code, title = 503, "unavailable", "The storage is not available"


def cause(error: RejoinderError) -> str:
    """Say in one line what went wrong and why: for operators, never for a caller of the API."""
    why = f": {error.__cause__}" if isinstance(error, UnavailableError) and error.__cause__ else ""
    return " ".join(f"{error.detail}{why}".split())


class ConfigurationError(RejoinderError):
    """A setting is wrong; raised at start only, names the variable."""

    code, title = "configuration", "The configuration is wrong"


# What the store refuses. A Lua script names the class: `thread-closed` is `ThreadClosedError`.


class ChangedError(ConflictError):
    """A record has another version or state than the caller saw."""

    code, detail = "changed", "This was changed meanwhile."


class ClaimedError(ConflictError):
    """`extra` has the `moderator` who holds the claim, and `until` when."""

    code, detail = "claimed", "Another moderator is at work on this."


class ExistsError(ConflictError):
    """An id, a name or an address is taken."""

    code, detail = "exists", "This exists already."


class SupersededError(ConflictError):
    """A decision that came after stands in the way."""

    code, detail = "superseded", "A later decision stands in the way."


class ThreadClosedError(ConflictError):
    """The thread was closed, or is past the site's last day for comments."""

    code, detail = "thread-closed", "This thread takes no more comments."


class OwnCommentError(ForbiddenError):
    """Authors do not vote on what they wrote."""

    code, detail = "own-comment", "Nobody votes on their own comment."


class BadCursorError(InvalidError):
    """The cursor is not one that this list gave out."""

    code, where, detail = "bad-cursor", "cursor", "This is not a cursor of this list."


class IdempotencyMismatchError(InvalidError):
    """The key was used with another body; nothing was written."""

    code, where = "idempotency-mismatch", "Idempotency-Key"
    detail = "This idempotency key was used with another request."


class NotUndoableError(InvalidError):
    """An undo is final: who wants the decision back decides again."""

    code, detail = "not-undoable", "An undo cannot be undone."


class ParentDeletedError(InvalidError):
    """A deleted comment takes no replies."""

    code, where = "parent-deleted", "/parent"
    detail = "The comment to reply to was deleted."


class ParentElsewhereError(InvalidError):
    """A reply stands in the thread of its parent."""

    code, where = "parent-elsewhere", "/parent"
    detail = "The comment to reply to is in another thread."


class ParentNotFoundError(InvalidError):
    """The parent never existed at this site."""

    code, where = "parent-not-found", "/parent"
    detail = "There is no such comment to reply to."


class BatchNotFoundError(NotFoundError):
    """No batch has this id, or it is older than 90 days."""

    detail = "There is no such batch."


class CommentNotFoundError(NotFoundError):
    """No comment has this id, or none that the caller may act on."""

    detail = "There is no such comment."


class CredentialNotFoundError(NotFoundError):
    """No credential has this id; it may have been revoked."""

    detail = "There is no such credential."


class DecisionNotFoundError(NotFoundError):
    """No decision has this id."""

    detail = "There is no such decision."


class ModeratorNotFoundError(NotFoundError):
    """No account has this id, or it was removed."""

    detail = "There is no such moderator."


class NotQueuedError(NotFoundError):
    """The comment is not in the queue, so there is nothing to claim."""

    detail = "This comment is not in the queue."


class SiteNotFoundError(NotFoundError):
    """No site has this name."""

    code, detail = "site-not-found", "There is no such site."


class SuggestionNotFoundError(NotFoundError):
    """No suggestion has this id; it may have been dismissed or dropped."""

    detail = "There is no such suggestion."


class TaskNotFoundError(NotFoundError):
    """The task is not in the outbox: it is done, or a dead letter already."""

    detail = "There is no such task."


class ThreadNotFoundError(NotFoundError):
    """A thread begins to exist with its first comment."""

    detail = "There is no such thread."


class NewerRecordError(UnavailableError):
    """A newer release wrote the record; this one must not guess what it means."""

    code, detail = "newer-record", "This record was written by a newer release."


class StorageCorruptError(UnavailableError):
    """A key holds another type than `store.keys.TABLE` says; nothing was written."""

    code, detail = "storage-corrupt", "A record in the storage has the wrong type."
