"""A reader's report: counted by who reports, and the case weighed anew."""

from __future__ import annotations

from collections.abc import Sequence

from .priority import prioritise, reporter_weight
from .records import NO_SCORES, Crowd, Idempotency, Limit, Reason, Verdict
from .services import Services
from .store import MAX_RETRIES, too_many_conflicts


def report(
    services: Services,
    site: str,
    comment_id: str,
    reporter: str,
    reason: str,
    note: str,
    *,
    crowd: Crowd | None = None,
    limits: Sequence[Limit] = (),
    idempotency: Idempotency | None = None,
    now: int,
) -> int:
    """Add a reader's report and weigh the case anew; answers the number of reports on the comment.

    Raises as `store.reports.add` does, and `UnavailableError` if others report without a pause.
    """
    store = services.store
    record = store.comments.author_record(site, reporter)
    weight = reporter_weight(reports=record.reports, upheld=record.reports_upheld)
    for _ in range(MAX_RETRIES):
        reported = store.reports.context(site, comment_id, crowd)
        comment = reported.comment
        count = store.reports.add(
            reported,
            reporter,
            reason,
            note,
            weight=weight,
            priority=prioritise(
                comment.scored or NO_SCORES,
                comment.verdict or Verdict(action="publish", reasons=(Reason(rule="reported"),)),
                reach=comment.reply_count,
                reports=reported.weight + reported.adds(weight),
                created=comment.created,
            ),
            crowd=crowd,
            limits=limits,
            idempotency=idempotency,
            now=now,
        )
        if count is not None:
            return count
    raise too_many_conflicts()
