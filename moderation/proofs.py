"""Proofs of time and work: asked of a reader's browser where many comments come at once. Pure.

A challenge is signed, so nothing is stored of it. It is good for one site and thread, until a time.
It is answered by so many numbers that each hash of the challenge, the number's place and the number
begins with so many zero bits: a browser finds them in a fraction of a second, without asking
anybody. Several easy parts take more evenly long than one hard one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from .clock import MINUTE
from .tokens import proof_signature

GOOD_FOR = 10 * MINUTE
PARTS = 8
# By choice. Eight parts of 2^12 hashes are a tenth of a second on a laptop, some three tenths on a
# cheap phone; where a wave comes, four times as much.
BITS, BITS_IN_A_WAVE = 12, 14
_FORM = re.compile(
    r"(?P<challenge>(?P<bits>\d{1,2})\.(?P<until>\d{13})\.(?P<nonce>[0-9a-f]{24})"
    r"\.(?P<signature>[0-9a-f]{64}))~(?P<numbers>\d{1,12}(?:\.\d{1,12})*)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Proof:
    """Work that was done: `nonce` is what makes it good once, `until` how long it is good."""

    nonce: str
    until: int


def challenge(secret: bytes, site: str, thread: str, *, bits: int, now: int) -> str:
    """Make a challenge for who wants to write in a thread."""
    signed = f"{bits}.{now + GOOD_FOR}.{secrets.token_hex(12)}"
    return f"{signed}.{proof_signature(secret, site, thread, signed)}"


def proven(secret: bytes, site: str, thread: str, text: str, *, now: int) -> Proof | None:
    """Give the proof if it is one: a challenge for this thread with its numbers, not too late."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    asked = found["challenge"]
    signed = asked.rpartition(".")[0]
    if (
        not hmac.compare_digest(found["signature"], proof_signature(secret, site, thread, signed))
        or int(found["until"]) < now
    ):
        return None
    numbers, bits = found["numbers"].split("."), int(found["bits"])
    if len(numbers) != PARTS or not all(
        zero_bits(asked, place, int(number)) >= bits for place, number in enumerate(numbers)
    ):
        return None
    return Proof(found["nonce"], int(found["until"]))


def zero_bits(asked: str, place: int, number: int) -> int:
    """Say with how many zero bits a number's hash begins, of the first 32."""
    digest = hashlib.sha256(f"{asked}.{place}.{number}".encode()).digest()
    return 32 - int.from_bytes(digest[:4]).bit_length()
