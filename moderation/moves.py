"""Pages that have moved: their threads get the new address, and the id that it makes.

`rejoinder thread move` gives threads the address that somebody names; `rejoinder thread tidy` gives
those of earlier releases the id, and the plain address, that this one makes of what they have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from . import urls
from .errors import ForeignUrlError, InvalidError, ThreadNotFoundError
from .records import Site, Thread
from .store import Store


@dataclass
class Moved:
    """What was moved: `(from, to)` addresses; `merged` of them into a thread that was there."""

    moved: list[tuple[str, str]] = field(default_factory=list)
    merged: int = 0


def move(
    store: Store,
    site: Site,
    old: str,
    new: str,
    *,
    below: bool = False,
    tracking: Sequence[str],
    dry_run: bool = False,
    now: int,
) -> Moved:
    """Give the thread of the page `old` the address `new`; with `below`, all pages below it too.

    A thread with an id of the site's own keeps it. Raises `ThreadNotFoundError` if there is none
    to move, `ForeignUrlError` if `new` is on none of the site's origins, `InvalidError`.
    """
    if not urls.belongs(new, site.origins, where="TO"):
        raise ForeignUrlError("This is on none of the site's origins.", where="TO")
    source = urls.canonical(old, tracking=tracking, where="FROM")
    target = urls.public(new, tracking=tracking, where="TO")
    if below and ("?" in source or "?" in target):
        raise InvalidError("What pages are below has no query.")
    ids = urls.thread_ids(None, old, tracking=tracking)
    threads = list(store.export.threads(site.slug))
    plan = []
    for thread in threads:
        address = _canonical(thread, tracking)
        if thread.id in ids or address == source:
            plan.append((thread, target, _is_made_of_address(thread, tracking) or thread.id in ids))
        elif below and address is not None and address.startswith(source.rstrip("/") + "/"):
            rest = address[len(source.rstrip("/")) :]
            moved = urls.public(target.rstrip("/") + rest, tracking=tracking, where="TO")
            plan.append((thread, moved, _is_made_of_address(thread, tracking)))
    if not plan:
        raise ThreadNotFoundError(f"There is no thread at {old}.")
    return _carry_out(store, site, threads, plan, tracking=tracking, dry_run=dry_run, now=now)


def tidy(
    store: Store, site: Site, *, tracking: Sequence[str], dry_run: bool = False, now: int
) -> Moved:
    """Give threads the id and the plain address that their address makes now.

    That is another than before where a release reads addresses otherwise, and where the tracking
    parameters are others. Two threads of one page become one.
    """
    threads = list(store.export.threads(site.slug))
    plan = []
    for thread in threads:
        if _canonical(thread, tracking) is None:
            continue
        target = urls.public(thread.url, tracking=tracking)
        if target != thread.url or urls.is_stale(thread.id, thread.url, tracking=tracking):
            plan.append((thread, target, _is_made_of_address(thread, tracking)))
    return _carry_out(store, site, threads, plan, tracking=tracking, dry_run=dry_run, now=now)


def _carry_out(
    store: Store,
    site: Site,
    threads: Sequence[Thread],
    plan: Sequence[tuple[Thread, str, bool]],
    *,
    tracking: Sequence[str],
    dry_run: bool,
    now: int,
) -> Moved:
    done = Moved()
    there = {thread.id: thread for thread in threads}
    authors = store.moves.authors(site.slug, [thread.id for thread, _, _ in plan])
    for thread, url, made in plan:
        by_address = urls.thread_id(None, url, tracking=tracking)
        target = replace(thread, id=by_address if made else thread.id, url=url)
        known = there.get(target.id)
        if known is not None and known.id != thread.id:
            target = replace(target, title=known.title or thread.title)
            done.merged += 1
        there[target.id] = target
        done.moved.append((thread.url, url))
        if dry_run:
            continue
        store.moves.move(
            site.slug,
            thread.id,
            target,
            authors=authors.get(thread.id, ()),
            found_at=None if made else by_address,
            actor="cli",
            now=now,
        )
        # Who voted while the thread was on its way.
        late = store.moves.authors(site.slug, [thread.id]) if target.id != thread.id else {}
        if late:
            store.moves.move(
                site.slug, thread.id, target, authors=late[thread.id], actor="cli", now=now
            )
    return done


def _canonical(thread: Thread, tracking: Sequence[str]) -> str | None:
    try:
        return urls.canonical(thread.url, tracking=tracking)
    except InvalidError:
        return None


def _is_made_of_address(thread: Thread, tracking: Sequence[str]) -> bool:
    return thread.id in urls.ids_of_address(thread.url, tracking=tracking)
