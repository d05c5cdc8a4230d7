"""What a writer is answered: with their comment, as the first time, or why they may not write."""

from __future__ import annotations

from dataclasses import dataclass

from .. import tokens
from ..assessment import Assessment
from ..errors import AuthorBannedError, AuthorBarredError, AuthorSuspendedError
from ..policy import Policy
from ..records import Comment, Idempotency, Standing
from ..schemas.comments import without_edit_token, written
from ..services import Services
from ..store import Replay, Submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to answer with; `replayed` if the same request had been answered before."""

    status: int
    body: bytes
    comment: Comment | None = None
    replayed: bool = False


def barred(standing: Standing) -> AuthorBarredError:
    """Make the error for an author who may not write."""
    kind = AuthorBannedError if standing.kind == "ban" else AuthorSuspendedError
    return kind(extra={"until": standing.until, "reason": standing.reason})


def refuse_barred(standing: Standing | None) -> None:
    """Spare the work for who may not write; the store looks again.

    Raises `AuthorBannedError`, `AuthorSuspendedError`.
    """
    if standing is not None and standing.is_barred:
        raise barred(standing)


def written_for(
    services: Services, policy: Policy, comment: Comment, *, by_author: bool
) -> tuple[bytes, bytes]:
    """Give a comment as the public and as its writer reads it."""
    token = tokens.edit_token(services.settings.secret_key, comment.site, comment.id)
    return written(
        comment,
        edit_token=token,
        notice=policy.notice(comment.status),
        help_offered=policy.help_for(comment.scored) if by_author else None,
    )


def answer(
    services: Services,
    stored: Submitted,
    status: int,
    body: bytes,
    assessed: Assessment,
    idempotency: Idempotency | None = None,
) -> Answer:
    """Answer as the first time if the store says that there was one."""
    if stored.replay is not None:
        return replayed(stored.replay, idempotency)
    services.metrics.judged(assessed.verdict, assessed.scored)
    return Answer(status=status, body=body, comment=stored.comment)


def replayed(replay: Replay, idempotency: Idempotency | None = None) -> Answer:
    """Answer as the first time; but a key that others may have guessed gives nobody a comment."""
    shared = idempotency is not None and idempotency.shared
    body = without_edit_token(replay.body) if shared else replay.body
    return Answer(status=replay.status, body=body, replayed=True)
