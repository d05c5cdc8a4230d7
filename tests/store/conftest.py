"""What most tests of the store begin with."""

from __future__ import annotations

import pytest

from moderation.store import Store
from tests.support.store_world import World


@pytest.fixture
def world(store: Store) -> World:
    """A site in the storage, and short ways to write to it."""
    world = World(store)
    world.create()
    return world
