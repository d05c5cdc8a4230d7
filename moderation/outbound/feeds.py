"""Atom: what was written, for feed readers. Threads as RFC 4685 has them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from xml.etree import ElementTree as ET

from ..records import AuthorRole, Comment, Thread
from ..schemas.base import time_text
from ..text import line
from ..visible import escaped

_ATOM = "http://www.w3.org/2005/Atom"
_THREADING = "http://purl.org/syndication/thread/1.0"
# What XML 1.0 cannot hold, whichever way it is written.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_ROLES: Mapping[AuthorRole, str] = {
    "author": "author of this page",
    "moderator": "moderator",
    "owner": "owner of this site",
}

ET.register_namespace("", _ATOM)
ET.register_namespace("thr", _THREADING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A comment as an entry. `note` is said before its text; `link` is where it is read."""

    comment: Comment
    page: Thread | None
    link: str
    note: str = ""


def link_to(comment_id: str, thread: Thread) -> str:
    """Give the address of a comment on its page."""
    return f"{thread.url}#rejoinder-comment-{comment_id}"


def entries_of(comments: Sequence[Comment], threads: Mapping[str, Thread]) -> list[Entry]:
    """Give published comments as entries, each with its page."""
    return [
        Entry(comment=c, page=threads[c.thread], link=link_to(c.id, threads[c.thread]))
        for c in comments
        if c.thread in threads
    ]


def atom(
    entries: Sequence[Entry], *, title: str, address: str, about: str | None, created: int
) -> bytes:
    """Write a feed. `about` is the page that it is of; without entries it is as old as `created`.

    Raises nothing for what readers wrote: what XML cannot hold is left out.
    """
    feed = _element(None, "feed")
    _text(feed, "id", address)
    _text(feed, "title", title)
    times = [each.comment.edited or each.comment.created for each in entries]
    _text(feed, "updated", time_text(max(times, default=created)))
    _element(feed, "link", rel="self", type="application/atom+xml", href=address)
    if about:
        _element(feed, "link", rel="alternate", type="text/html", href=about)
    _text(feed, "generator", "Rejoinder")
    for each in entries:
        _write(feed, each)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _write(feed: ET.Element, each: Entry) -> None:
    comment, page = each.comment, each.page
    entry = _element(feed, "entry")
    name = line(comment.author.name) or "Anonymous"
    role = comment.author.role
    if role != "reader":
        # Readers of feeds show the name of an author, and few of them a category.
        name = f"{name} ({_ROLES[role]})"
    where = (line(page.title) or page.url) if page else ""
    _text(entry, "id", f"urn:uuid:{comment.id}")
    _text(entry, "title", f"{name}: {where}" if where else name)
    _text(entry, "published", time_text(comment.created))
    _text(entry, "updated", time_text(comment.edited or comment.created))
    author = _element(entry, "author")
    _text(author, "name", name)
    if comment.author.website:
        _text(author, "uri", escaped(comment.author.website))
    if role != "reader":
        _element(entry, "category", term=role, label=_ROLES[role])
    _element(entry, "link", rel="alternate", type="text/html", href=each.link)
    if comment.parent and page:
        reply = ET.SubElement(entry, f"{{{_THREADING}}}in-reply-to")
        reply.set("ref", f"urn:uuid:{comment.parent}")
        reply.set("href", _clean(link_to(comment.parent, page)))
    note = f"<p><strong>{escape(each.note)}</strong></p>" if each.note else ""
    _text(entry, "content", note + comment.html, type="html")


def _element(parent: ET.Element | None, name: str, **attributes: str) -> ET.Element:
    kept = {key: _clean(value) for key, value in attributes.items()}
    tag = f"{{{_ATOM}}}{name}"
    return ET.Element(tag, kept) if parent is None else ET.SubElement(parent, tag, kept)


def _text(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    _element(parent, name, **attributes).text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
