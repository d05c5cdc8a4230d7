"""Show a text to its author once before it is sent, and count what they did then."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ..assessment import Assessment
from ..errors import NudgeError, UnavailableError
from ..explanation import explained
from ..nudges import answered, nudge_for
from ..policy import Policy
from ..records import Comment, Limit
from ..services import Services


def show_nudge(
    services: Services,
    policy: Policy,
    comment: Comment,
    assessed: Assessment,
    limits: Sequence[Limit],
    *,
    now: int,
) -> None:
    """Raise `NudgeError` if the author should see the text once more; nothing is stored of it."""
    if not policy.nudge or assessed.verdict.status == "published":
        return
    # Which words it comes from is told only when it is asked for.
    told = explained(services.scoring, comment)
    nudge = nudge_for(
        told.verdict or assessed.verdict,
        comment.text,
        policy,
        services.scoring.scorer.card,
        secret=services.settings.secret_key,
        site=comment.site,
    )
    if nudge is None:
        return
    services.store.nudges.show(comment.site, nudge.id, limits=limits, now=now)
    services.metrics.nudged("shown")
    shown = {
        "token": nudge.token,
        "text": comment.text,
        "words": list(nudge.words),
        "spans": list(nudge.spans),
    }
    words = "”, “".join(nudge.words)
    raise NudgeError(
        f"Some of this may hurt somebody: “{words}”. You can change it, or post it as it is.",
        extra={"nudge": shown},
    )


def count_answer(services: Services, site: str, token: str, text: str, *, now: int) -> None:
    """Count whether the author of a nudged text changed it before it was sent."""
    answer = answered(services.settings.secret_key, site, token, text)
    # The comment is stored: what is only counted must not make its author send it again.
    with suppress(UnavailableError):
        if answer and services.store.nudges.answer(site, *answer, now=now):
            services.metrics.nudged(answer[1])
