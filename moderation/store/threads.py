"""Threads: ready-to-send pages, replies, counts."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Sort, Thread
from .results import Page
from .scripts import Scripts


class Threads:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def get_thread(self, site: str, thread_id: str) -> Thread:
        """Raise `NotFound` for a thread without a comment yet."""
        raise NotImplementedError

    def thread_page(
        self,
        site: str,
        thread_id: str,
        *,
        sort: Sort = "newest",
        limit: int = 20,
        cursor: str | None = None,
        replies: int = 3,
        url: str = "",
        now: int | None = None,
    ) -> Page:
        """A page of the thread: `{"thread": {...}, "comments": [...], "next_cursor": ...}`.

        An unknown thread is an empty one (version 0, with the `url` given). `now` lets votes of
        the last ten seconds wait, so that they do not change the page one by one.
        Raises `Invalid` (`bad-cursor`).
        """
        raise NotImplementedError

    def replies_page(
        self,
        site: str,
        comment_id: str,
        *,
        limit: int = 20,
        cursor: str | None = None,
        replies: int = 3,
        now: int | None = None,
    ) -> Page:
        """More replies to a comment, oldest first: `{"comments": [...], "next_cursor": ...}`.

        Raises `NotFound`, `Invalid` (`bad-cursor`).
        """
        raise NotImplementedError

    def counts(self, site: str, thread_ids: Sequence[str]) -> list[int]:
        """Published comments of each thread, in the order asked; 0 for an unknown one."""
        raise NotImplementedError

    def close_thread(
        self, site: str, thread_id: str, closed: bool, *, actor: str, now: int
    ) -> Thread:
        """Close or open a thread for new comments; raises `NotFound`."""
        raise NotImplementedError
