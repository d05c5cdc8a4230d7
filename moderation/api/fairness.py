"""How much the readers at one place weigh: votes and reports, by address and by network.

Author tokens are free, so one person can be a crowd. Two things bound that, and neither turns a
school or an office away:

- A pace. Whoever is at one address may together write a few times what one author may in a minute,
  whoever is in one network a few times that.
- A share. Of the readers at one address a few count for a comment within a day, of those in one
  network a few more. Everybody else's vote is kept as their own and their report is answered, but
  neither changes what others see.

For the priority of a case all reports from one network within that day are one voice, the heaviest
(see `Reported.adds`): one person with a few tokens lifts nothing above what the model finds.

A program's key is trusted to know whom it writes for.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

from ..auth import Identity
from ..records import Author, Crowd, Limit
from ..services import services
from ..submission import address_hash
from .request import address

# By choice. One comment's share: more than a household, fewer than decide how a comment looks.
AT_ADDRESS = {"vote": 10, "report": 5}
IN_NETWORK = {"vote": 30, "report": 15}
# By choice: times one author's amount a minute.
ADDRESS_PACE, NETWORK_PACE = 3, 10
# What one customer of a provider is commonly given: of IPv6 a /48, of IPv4 a few of a /24.
_NETWORK_BITS = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the store is told of a reader's place."""

    crowd: Crowd | None
    limits: tuple[Limit, ...]


def bounds_of(
    identity: Identity, author: Author, what: Literal["vote", "report"], amount: int
) -> Bounds:
    """Give the bounds of one vote or report; `amount` is what one author may in a minute."""
    own = Limit(name=f"{what}:{author.id}", amount=amount, window=60)
    if identity.credential is not None:
        return Bounds(None, (own,))
    here = address()
    hashed = [address_hash(services(), place) or "" for place in (here, network_of(here))]
    paces = (
        Limit(name=f"{what}:{kind}:{place}", amount=amount * times, window=60)
        for kind, place, times in zip(
            ("address", "network"), hashed, (ADDRESS_PACE, NETWORK_PACE), strict=True
        )
    )
    crowd = Crowd(
        address=hashed[0],
        network=hashed[1],
        at_address=AT_ADDRESS[what],
        in_network=IN_NETWORK[what],
    )
    return Bounds(crowd, (own, *paces))


def network_of(place: str) -> str:
    """Give the network around an address, or around the network of 64 bits that stands for one."""
    try:
        near = ip_network(place)
    except ValueError:
        return place  # a socket's path
    return str(near.supernet(new_prefix=_NETWORK_BITS[near.version]))
