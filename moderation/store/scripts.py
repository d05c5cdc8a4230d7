"""Loads the Lua scripts and runs them with named keys."""

from __future__ import annotations

from .connection import Connection


class Scripts:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
