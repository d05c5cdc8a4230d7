"""The sites' policies, made of their settings once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .policy import Policy
from .records import Site
from .remembered import Remembered

# A bound on memory, by choice: some kilobytes each, more with long lists of words.
_MOST = 1_000


class Policies:
    """One for each process, safe to share between threads: a policy never changes."""

    def __init__(self) -> None:
        self._made: Remembered[Mapping[str, Any], Policy] = Remembered(_MOST)

    def of(self, site: Site) -> Policy:
        """Give the policy of a site as it was read just now."""
        return self._made.of(site.slug, site.policy, Policy.from_json)
