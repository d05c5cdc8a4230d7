"""Sends what is due: it leases boxes, writes their mails, and settles them when they are gone.

A mail server that is away holds everything up and loses nothing: what waits goes when it is back,
one mail for each recipient. A mail that goes wrong by itself is tried again later and later.
Between a server's "yes" and the note of it lies a moment in which a crash sends the mail twice;
both then have one Message-ID.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

import structlog

from ...clock import DAY, HOUR, MINUTE, now
from ...errors import (
    MailBouncedError,
    MailDeferredError,
    MailError,
    MailRefusedError,
    MailServerError,
    UnavailableError,
)
from ...records import MailBox, Site
from ...services import Services
from ...store.mail import MAX_BOUNCES
from . import to_authors, to_moderators
from .draft import Draft
from .letter import compose
from .server import Delivery, connected

logger = structlog.get_logger(__name__)

# These are choices; none was measured.
IDLE_SECONDS = 2.0
_LEASED = 20
# While the server is away.
_PAUSE_MS, _PAUSE_MAX_MS = MINUTE // 2, 15 * MINUTE
# A mail of its own: after 2, 4, 8 minutes … every hour, for four days, as mail servers do.
_RETRY_MAX_MS, _GIVE_UP_MS = HOUR, 4 * DAY
# After the first and the second refusal of an address: a full mailbox may be emptied in a day.
_BOUNCED_MS = (HOUR, DAY)
_MAX_REFUSED = 3


@dataclass
class Postman:
    """One sender; any number may work beside each other. `clock` gives milliseconds."""

    services: Services
    clock: Callable[[], int] = now
    _not_before: int = 0
    _pause_ms: int = _PAUSE_MS
    _line: Delivery | None = field(default=None, repr=False)

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop; the mail at hand is finished first."""
        while not stop.is_set():
            try:
                sent = self.run_once(stop)
            except UnavailableError as error:
                logger.warning("mail.storage-unavailable", detail=error.detail)
                sent = 0
            except Exception:
                logger.exception("mail.failed")
                sent = 0
            if not sent:
                stop.wait(IDLE_SECONDS)

    def run_once(self, stop: threading.Event | None = None) -> int:
        """Send what is due now; give how many mails went out.

        Raises `UnavailableError`.
        """
        if not self.services.settings.mails or self.clock() < self._not_before:
            return 0
        sent = 0
        with ExitStack() as stack:
            try:
                for site in self.services.store.sites.list():
                    sent += self._serve(site, stack, stop)
            except MailServerError as error:
                self._not_before = self.clock() + self._pause_ms
                logger.warning("mail.server", detail=error.detail, pause=self._pause_ms // 1000)
                self._pause_ms = min(2 * self._pause_ms, _PAUSE_MAX_MS)
            else:
                self._pause_ms = _PAUSE_MS
            finally:
                self._line = None
        return sent

    def _serve(self, site: Site, stack: ExitStack, stop: threading.Event | None) -> int:
        store, sent = self.services.store.mail, 0
        boxes = store.lease(site.slug, limit=_LEASED, now=self.clock())
        for place, box in enumerate(boxes):
            try:
                if stop is not None and stop.is_set():
                    raise MailServerError("The worker stops.")
                sent += self._deliver(site, box, stack)
            except MailServerError:
                at = self.clock()
                for left in boxes[place:]:
                    store.settle(site.slug, left.recipient, again=at, now=at)
                raise
        return sent

    def _deliver(self, site: Site, box: MailBox, stack: ExitStack) -> bool:
        log = logger.bind(site=site.slug, recipient=box.recipient)
        draft = Draft(to="")
        try:
            draft = self._draft(site, box)
            if draft.letter is not None:
                self._send(draft, stack)
                log.info("mail.sent", items=len(box.items))
        except MailServerError as error:
            raise MailServerError(_without(error.detail, draft.to)) from None
        except MailError as error:
            why = _without(error.detail, draft.to)
            log.warning("mail.not-sent", code=error.code, detail=why)
            self._failed(site, box, error, why)
            return False
        except UnavailableError:
            raise
        except Exception:
            # A defect with one box must not hold up the others.
            log.exception("mail.not-written")
            why = "The mail could not be written."
            self._failed(site, box, MailDeferredError(why), why)
            return False
        told, at = draft.letter is not None, self.clock()
        items = list(box.items) if draft.told is None else draft.told
        self.services.store.mail.settle(
            site.slug,
            box.recipient,
            items,
            sent=told,
            spaced=draft.spaced,
            again=max(draft.again, at),
            now=at,
        )
        return told

    def _draft(self, site: Site, box: MailBox) -> Draft:
        write = to_moderators.draft if box.recipient.startswith("m-") else to_authors.draft
        return write(self.services, site, box, now=self.clock())

    def _send(self, draft: Draft, stack: ExitStack) -> None:
        if draft.letter is None:
            return
        settings = self.services.settings
        if self._line is None:
            self._line = stack.enter_context(connected(settings))
        self._line.send(compose(draft.letter, settings, draft.to, now=self.clock()), draft.to)

    def _failed(self, site: Site, box: MailBox, error: MailError, why: str) -> None:
        at, tries = self.clock(), box.tries + 1
        bounced = isinstance(error, MailBouncedError)
        wait = min(2**tries * MINUTE, _RETRY_MAX_MS)
        if bounced:
            over = box.bounces + 1 >= MAX_BOUNCES
            wait = _BOUNCED_MS[min(box.bounces, len(_BOUNCED_MS) - 1)]
        elif isinstance(error, MailRefusedError):
            over = tries >= _MAX_REFUSED
            wait = HOUR
        else:
            over = at - min(box.items.values(), default=at) > _GIVE_UP_MS
        self.services.store.mail.settle(
            site.slug,
            box.recipient,
            list(box.items) if over else (),
            failed=True,
            bounced=bounced,
            dead=why if over else None,
            again=at + wait,
            now=at,
        )


def _without(told: str, address: str) -> str:
    """Give what a server said without the address, which stands in no log and no dead letter."""
    return re.sub(re.escape(address), "…", told, flags=re.IGNORECASE) if address else told
