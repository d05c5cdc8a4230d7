"""Ask for a proof of work where many comments come at once, from one author or from all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .. import proofs
from ..errors import ProofNeededError, ProofSpentError
from ..policy import Policy
from ..records import Limit
from ..schemas.base import time_text
from ..services import Services
from ..store import Context

# By choice: a comment a second is more than readers write on a lively day, and five adverts
# in ten minutes are no accident. On a large site the first is often so, and nobody sees their
# browser's work.
MANY_A_MINUTE = 60
SPAM_WAVE = 5


def check_proof(
    services: Services,
    policy: Policy,
    context: Context,
    limits: Sequence[Limit],
    given: str | None,
    *,
    site: str,
    thread: str,
    now: int,
) -> proofs.Proof | None:
    """Give the proof that is to be spent, if one is needed now; raises `ProofNeededError`."""
    wave = context.written >= MANY_A_MINUTE or context.spam >= SPAM_WAVE
    again = policy.proof == "second" and context.wrote_lately(limits, now=now)
    if policy.proof == "off" or not (wave or again):
        return None
    secret = services.settings.secret_key
    found = given and proofs.proven(secret, site, thread, given, now=now)
    if not found:
        raise _needed(services, site, thread, wave=wave, now=now)
    return found


@contextmanager
def good_once(services: Services, *, site: str, thread: str, now: int) -> Iterator[None]:
    """Ask for another proof if the one that was given turns out to be spent."""
    try:
        yield
    except ProofSpentError as error:
        raise _needed(services, site, thread, wave=True, now=now) from error


def _needed(
    services: Services, site: str, thread: str, *, wave: bool, now: int
) -> ProofNeededError:
    bits = proofs.BITS_IN_A_WAVE if wave else proofs.BITS
    services.metrics.proof_asked()
    asked = {
        "challenge": proofs.challenge(
            services.settings.secret_key, site, thread, bits=bits, now=now
        ),
        "parts": proofs.PARTS,
        "bits": bits,
        "until": time_text(now + proofs.GOOD_FOR),
    }
    return ProofNeededError(extra={"proof": asked})
