"""What counts the writes of an author, an address or a key, and how many a minute may be."""

from __future__ import annotations

from dataclasses import dataclass

from ..policy import Policy
from ..records import Author, Limit


@dataclass(frozen=True, slots=True)
class Pace:
    """What counts a write, and which of a policy's limits it has, how many times over."""

    name: str
    setting: str
    times: int = 1

    def limit(self, policy: Policy | None = None) -> Limit:
        """Give the limit; without a policy, which may not be known yet, only what counts it."""
        amount = 0 if policy is None else self.times * policy.limits[self.setting]
        return Limit(name=self.name, amount=amount, window=60)


def per_author(author: Author) -> Pace:
    """Give the pace of one author."""
    return Pace(f"comment:author:{author.id}", "comments_per_minute")
