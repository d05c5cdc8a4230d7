"""Everything that can go wrong, as one tree; `api/problems.py` makes problem documents of it.

A class has a `code` for programs: what that means is the class's docstring, and the table of codes
in docs/integrate.md is made of these. What cannot be found shares one code, whatever it is, but for
a site.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


class RejoinderError(Exception):
    """Base of all errors that the service answers with.

    `status` is the HTTP status, `code` the stable machine-readable name, `where` a JSON pointer
    or header name of the offending input, `headers` what the answer must carry. `detail` is the
    sentence for the person who asked; a class's own stands where none is given. `told` names what
    of `extra` the answer has beside all that.
    """

    status = 500
    code = "internal"
    title = "Internal error"
    where: str | None = None
    detail = ""
    told: tuple[str, ...] = ()

    def __init__(
        self,
        detail: str = "",
        *,
        where: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.detail = detail or self.detail or self.title
        super().__init__(self.detail)
        if where is not None:
            self.where = where
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


class BadRequestError(RejoinderError):
    """The request cannot be read: its line, headers or query are broken."""

    status, code, title = 400, "bad-request", "The request cannot be read"


class UnauthorizedError(RejoinderError):
    """The call needs a key, a token or a session, and there is none."""

    status, code, title = 401, "unauthorized", "A valid key, token or session is needed"


class ForbiddenError(RejoinderError):
    """Who asks is known and may not do that."""

    status, code, title = 403, "forbidden", "Not allowed"


class NotFoundError(RejoinderError):
    """There is no such comment, thread, case, decision, key … or none that the caller may see."""

    status, code, title = 404, "not-found", "There is no such thing here"


class ConflictError(RejoinderError):
    """Somebody else was first; read again, then decide."""

    status, code, title = 409, "conflict", "The state is not what the request assumed"


class TooLargeError(RejoinderError):
    """A body has at most 1 MiB, unless `REJOINDER_MAX_BODY` says otherwise."""

    status, code, title = 413, "too-large", "The body is too large"


class UnsupportedMediaError(RejoinderError):
    """Send `application/json`, not compressed."""

    status, code, title = 415, "unsupported-media-type", "The body is of the wrong kind"


class InvalidError(RejoinderError):
    """The JSON is well-formed but something in it is wrong; `errors` says what, and where."""

    status, code, title = 422, "invalid", "The request is not valid"


class RateLimitedError(RejoinderError):
    """Too many requests from this author, address or key; wait `Retry-After` seconds."""

    status, code, title = 429, "rate-limited", "Too many requests"


class SlowModeError(RateLimitedError):
    """In this thread some time passes between two comments of one author; wait `Retry-After`."""

    code, title = "slow-mode", "Not so fast in this discussion"


class UnavailableError(RejoinderError):
    """The storage does not answer or refuses writes; wait `Retry-After`, then send it again."""

    status, code, title = 503, "unavailable", "The storage is not available"


def one_line(error: RejoinderError) -> str:
    """Say in one line what went wrong and why: for operators, never for a caller of the API."""
    why = f": {error.__cause__}" if isinstance(error, UnavailableError) and error.__cause__ else ""
    return " ".join(f"{error.detail}{why}".split())


class ConfigurationError(RejoinderError):
    """A setting is wrong; raised at start only, names the variable."""

    code, title = "configuration", "The configuration is wrong"


# What the API and the rules about texts, addresses and keys refuse.


class MalformedBodyError(BadRequestError):
    """The body's chunks are framed wrong, or it ends before its end."""

    code, title = "malformed-body", "The body cannot be read"


class MalformedJsonError(BadRequestError):
    """The body is no JSON in UTF-8, or holds half a surrogate pair."""

    code, detail = "malformed-json", "The body is no JSON."


class AuthorTokenNeededError(UnauthorizedError):
    """Ask `POST …/authors` for an author token, and send it as `Rejoinder-Author`."""

    code, detail = "author-token-needed", "This needs an author token."


class BadAuthorTokenError(UnauthorizedError):
    """The author token was not made for this site; ask for a new one."""

    code, where = "bad-author-token", "Rejoinder-Author"
    detail = "The author token was not made for this site."


class BadKeyError(UnauthorizedError):
    """The key is wrong, revoked, expired or another site's."""

    code, detail = "bad-key", "There is no such key."


class BadLoginError(UnauthorizedError):
    """The one-time link was used or is too old, or address and password do not belong together."""

    code, detail = "bad-login", "Address or password is wrong."


class BadSignatureError(UnauthorizedError):
    """The body was not signed with the key's secret."""

    code, detail = "bad-signature", "The signature is missing or wrong."


class EditTokenNeededError(UnauthorizedError):
    """Send the edit token that came with the comment, as `Rejoinder-Edit-Token`."""

    code, detail = "edit-token-needed", "This needs the comment's edit token."


class NoSessionError(UnauthorizedError):
    """Nobody is logged in, or the session has ended."""

    code, detail = "no-session", "Nobody is logged in."


def sentence(said: str, until: int | None, reason: str) -> str:
    """Say to an author what holds for them, until when (milliseconds), and why."""
    end = ""
    if until is not None:
        end = f" until {datetime.fromtimestamp(until / 1000, UTC):%-d %B %Y, %H:%M} UTC"
    return f"{said}{end}.{f' {reason}' if reason else ''}"


class AuthorBarredError(ForbiddenError):
    """A moderator has stopped this author from writing.

    `extra` has what the author is told: `until` when (milliseconds; None: without an end) and the
    moderator's `reason`, in their words.
    """

    said = ""
    told = ("until", "reason")

    def __init__(
        self,
        detail: str = "",
        *,
        where: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.until: int | None = (extra or {}).get("until")
        self.reason: str = (extra or {}).get("reason", "")
        said = detail or sentence(self.said, self.until, self.reason)
        told = {"until": self.until, "reason": self.reason}
        super().__init__(said, where=where, headers=headers, extra=told)


class AuthorBannedError(AuthorBarredError):
    """The author may not write on this site; `until` says until when, null for good."""

    code, detail = "author-banned", "You may not write here any more."
    said = "The moderators of this site have banned you from commenting"


class AuthorSuspendedError(AuthorBarredError):
    """The author may not write on this site until the time that `until` has."""

    code, detail = "author-suspended", "You may not write here for now."
    said = "The moderators of this site have stopped you from commenting"


class LastOwnerError(ForbiddenError):
    """A site's last owner cannot be kept from writing."""

    code, detail = "last-owner", "This is the site's last owner."


class OwnMeasureError(ForbiddenError):
    """Nobody suspends, bans or reviews themselves, nor the address that they are at."""

    code, detail = "own-measure", "This would be against yourself."


class BadEditTokenError(ForbiddenError):
    """The edit token belongs to another comment."""

    code, detail = "bad-edit-token", "The edit token is for another comment."


class CsrfError(ForbiddenError):
    """A session's write lacks its own token; log in again."""

    code = "csrf"


class EditWindowOverError(ForbiddenError):
    """The site's time to edit is over; deleting is still possible."""

    code, detail = "edit-window-over", "The time to edit this comment is over."


class ForeignOriginError(ForbiddenError):
    """Without a key, writes come from pages of the site's own origins only."""

    code, where = "foreign-origin", "Origin"
    detail = "Without a key, writes come from the site's own pages only."


class OwnKeyError(ForbiddenError):
    """A key cannot revoke itself."""

    code, detail = "own-key", "A key cannot revoke itself."


class ScopeError(ForbiddenError):
    """The key or session lacks the scope that the call needs."""

    code = "scope"


class VotesOffError(ForbiddenError):
    """The site takes no votes."""

    code, detail = "votes-off", "This site takes no votes."


class BadIdempotencyKeyError(InvalidError):
    """`Idempotency-Key` has 1 to 200 printable characters."""

    code, where = "bad-idempotency-key", "Idempotency-Key"


class BadKeySettingsError(InvalidError):
    """A setting of a key is unknown or has a wrong value."""

    code = "bad-key-settings"


class BadOriginError(InvalidError):
    """An origin is scheme, host and port, nothing more."""

    code, where = "bad-origin", "/origins"


class BadUrlError(InvalidError):
    """This is no absolute http or https URL of at most 2,000 characters."""

    code, where = "bad-url", "/thread/url"


class ContradictingThresholdsError(InvalidError):
    """A score that holds a comment must be no lower than the one that flags it."""

    code = "contradicting-thresholds"
    detail = "The score that flags must not be above the score that holds."


class ControlCharactersError(InvalidError):
    """The text holds characters that no keyboard types."""

    code, detail = "control-characters", "The text holds control characters."


class EmptyTextError(InvalidError):
    """Nothing of the text would be seen."""

    code, detail = "empty", "The text is empty."


class ForeignUrlError(InvalidError):
    """The page is on none of the site's origins."""

    code, where = "foreign-url", "/thread/url"
    detail = "Comments are not set up for this page's address."


class ProofNeededError(RejoinderError):
    """Many comments come at once: send the same again with `Rejoinder-Proof`. See above."""

    status, code, title = 428, "proof-needed", "A proof of work is needed"
    detail = (
        "Many comments are coming in, so your browser has some work to do first, and could not. "
        "Please try again in a few minutes. (A program answers `proof`, or posts with a key.)"
    )
    told = ("proof",)


class ProofSpentError(ProofNeededError):
    """The proof was used before: another is asked for."""


class NudgeError(InvalidError):
    """The text may hurt somebody, and you asked to be told; `nudge` says which words. See above."""

    code, where, told = "nudge", "/text", ("nudge",)


class NotPinnableError(InvalidError):
    """Only a published comment that answers no other is pinned, in its own thread."""

    code, where = "not-pinnable", "/pinned"
    detail = "Only a published comment of this thread that is no reply can be pinned."


class NoAddressError(InvalidError):
    """The author wrote nothing within 30 days by which their address would be known."""

    code, where = "no-address", "/address"
    detail = "No address of this author is known."


class PastExpiryError(InvalidError):
    """What is to hold until a time must not be over already."""

    code, where = "past-expiry", "/until"
    detail = "This time is over already."


class ReservedNameError(InvalidError):
    """The name is kept for the site's staff, or looks like one that is."""

    code, where = "reserved-name", "/author/name"
    detail = "This name belongs to somebody of this site. Choose another one."


class SurrogatesError(InvalidError):
    """The text holds half a surrogate pair."""

    code, detail = "surrogates", "The text holds half a surrogate pair."


class TooLongError(InvalidError):
    """The text has more characters than the site or the field allows."""

    code = "too-long"


class KeyLimitError(RateLimitedError):
    """A key's own limit is reached; `amount` is how many requests it allows in a `period`."""

    period = ""

    def __init__(self, amount: int, retry_after: int) -> None:
        super().__init__(
            f"This key may make {amount} requests per {self.period}.",
            headers={"Retry-After": str(retry_after)},
        )
        self.amount = amount


class QuotaExceededError(KeyLimitError):
    """The key's requests of this month are used up."""

    code, period = "quota-exceeded", "month"


class RateExceededError(KeyLimitError):
    """The key's requests of this minute are used up; wait `Retry-After` seconds."""

    code, period = "rate-exceeded", "minute"


class ScorerUnavailableError(UnavailableError):
    """The model gives no scores at present; wait `Retry-After` seconds."""

    code, detail = "scorer-unavailable", "The scorer does not answer."


# What the store refuses. A Lua script names the class: `thread-closed` is `ThreadClosedError`.


class ChangedError(ConflictError):
    """A record has another version or state than the caller saw."""

    code, detail = "changed", "This was changed meanwhile."


class ClaimedError(ConflictError):
    """Another moderator is at work on this case.

    `extra` has the `moderator` who holds the claim, and `until` when.
    """

    code, detail = "claimed", "Another moderator is at work on this."


class CommentDeletedError(ConflictError):
    """This request was answered before, and what it wrote was deleted; it is not written again."""

    code, detail = "comment-deleted", "This comment was sent before, and was deleted."


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


class OldPasswordError(InvalidError):
    """A new password needs the old one, unless a one-time link let you in just now."""

    code, where = "old-password", "/old_password"
    detail = "The old password is missing or wrong."


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


class AuthorNotFoundError(NotFoundError):
    """Nobody of this id ever wrote here or reported anything."""

    detail = "There is no such author."


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


class CommentExpiredError(ConflictError):
    """The comment was held or rejected for so long that the site had its text erased."""

    code = "expired"
    detail = "This comment has expired: its text is gone and cannot be brought back."


class GroupNotFoundError(NotFoundError):
    """No group has this id, or it is older than 7 days."""

    detail = "There is no such group."


class MeasureNotFoundError(NotFoundError):
    """No measure has this id."""

    detail = "There is no such measure."


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


class MailAddressNotFoundError(NotFoundError):
    """Nobody gave this address, or it was forgotten."""

    detail = "This address is not known here."


class TaskNotFoundError(NotFoundError):
    """The task is not in the outbox: it is done, or a dead letter already."""

    detail = "There is no such task."


class ThreadNotFoundError(NotFoundError):
    """A thread begins to exist with its first comment."""

    detail = "There is no such thread."


class ThreadChangeNotFoundError(NotFoundError):
    """No change of this thread's settings has this id, or it is more than a year old."""

    detail = "There is no such change of this thread."


class NewerRecordError(UnavailableError):
    """A newer release wrote the record; this one must not guess what it means."""

    code, detail = "newer-record", "This record was written by a newer release."


class StorageCorruptError(UnavailableError):
    """A key in the storage holds another type than it should; nothing was written."""

    code, detail = "storage-corrupt", "A record in the storage has the wrong type."


# What goes wrong with mail; the worker tries again, and `rejoinder mail test` says it.


class MailError(RejoinderError):
    """A mail did not go out."""

    status, title = 502, "A mail did not go out"


class MailOffError(MailError):
    """No mail server is set up here, so nothing that needs mail works."""

    code, detail = "mail-off", "Set REJOINDER_SMTP_URL and REJOINDER_MAIL_FROM to send mail."


class MailServerError(MailError):
    """The mail server does not answer, or takes nothing from us now."""

    code, detail = "mail-server", "The mail server cannot be used."


class MailDeferredError(MailError):
    """The mail server takes mail, but not this one now; it said so with a code from 400 to 499."""

    code, detail = "mail-deferred", "The mail server asks to be tried again later."


class MailRefusedError(MailError):
    """The mail server refuses this mail for good, with a code from 500 to 599."""

    code, detail = "mail-refused", "The mail server refuses this mail."


class MailBouncedError(MailRefusedError):
    """The mail server refuses the address that the mail is for, for good."""

    code, detail = "mail-bounced", "The mail server refuses the address."


class BadEmailError(InvalidError):
    """This is no e-mail address that a mail can be sent to."""

    code, detail = "bad-email", "This is no e-mail address."


class LoginCodeError(InvalidError):
    """The code of a log-in mail is wrong, used or too old, or too many wrong ones were tried."""

    code, detail = "login-code", "The code is wrong or too old. You can ask for a new one."


class BadTimeZoneError(InvalidError):
    """There is no time zone of this name; they are called such as `Europe/Berlin`."""

    code, detail = "bad-time-zone", "There is no such time zone."


class LinkBrokenError(InvalidError):
    """A link of a mail was not made here, or a part of it is missing."""

    code, detail = "link-broken", "This link is not valid."


class LinkOldError(InvalidError):
    """A link of a mail is past its time."""

    code, detail = "link-old", "This link is too old."


# Webhooks.


class WebhookNotFoundError(NotFoundError):
    """No webhook has this id; it may have been removed."""

    detail = "There is no such webhook."


class UndeliveredNotFoundError(NotFoundError):
    """The delivery is not among those that were given up: it was sent again, or is too old."""

    detail = "There is no such delivery."


class TooManyWebhooksError(ConflictError):
    """A site has at most 20 webhooks; remove one first."""

    code, detail = "too-many-webhooks", "This site has as many webhooks as it may have."


class BadTargetError(InvalidError):
    """The service does not connect there: a private network, no TLS, or no address at all."""

    code, detail = "bad-target", "The service does not connect to this address."


class DeliveryError(RejoinderError):
    """What was sent did not arrive, or was not taken; `retry_after` may say when to try again."""

    status, code, title = 502, "not-delivered", "It was not delivered"
