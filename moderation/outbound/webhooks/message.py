"""What is sent of a delivery: the standard message, or a line for a chat."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from ...errors import NotFoundError
from ...json_text import write_json
from ...records import Comment, Delivery, Thread
from ...schemas.base import extended, time_text
from ...schemas.webhooks import MESSAGE
from ...services import Services
from ...text import line, note

# Characters and lines, by choice: enough to see what it is about.
_EXCERPT, _LINES, _PAGE = 600, 12, 150
_DISCORD = 2000
"""The most characters that Discord takes."""
_TITLES: Mapping[str, str] = {
    "comment.created": "New comment",
    "comment.held": "A comment waits for review",
    "comment.published": "A comment was published",
    "comment.rejected": "A comment was rejected",
    "comment.edited": "A comment was edited",
    "comment.deleted": "A comment was deleted",
    "report.created": "Readers reported a comment",
    "decision.made": "A moderator decided",
    "decision.undone": "A decision was undone",
    "author.measured": "A measure was set for an author",
    "webhook.test": "This is a test from Rejoinder",
}
# What chats take for a call to everybody, or for markup.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~])")
_ZERO_WIDTH = "\u200b"


def written(services: Services, delivery: Delivery, *, site: str, style: str) -> bytes:
    """Give the body of a request: what is known now of what the delivery names."""
    found = _found(services, site, delivery)
    if style == "standard":
        message = {"type": delivery.event, "timestamp": delivery.at, "data": found}
        return write_json(MESSAGE.dump(message)).encode()
    return write_json(_STYLES[style](_Chat(services, site, delivery, found))).encode()


def _found(services: Services, site: str, delivery: Delivery) -> dict[str, Any]:
    data: dict[str, Any] = {"site": site}
    given = delivery.data
    for name in ("status", "before", "reports"):
        if name in given:
            data[name] = given[name]
    comments = services.store.comments.several(site, [str(given.get("comment", ""))])
    if comments:
        thread = _thread(services, site, comments[0].thread)
        data["comment"] = extended(comments[0], link=_link(comments[0], thread))
        if thread is not None:
            data["thread"] = thread
    elif "author" in given:
        data["author"] = given["author"]
    if "measure" in given:
        until = given.get("until")
        data["measure"] = {
            "id": given["measure"],
            "kind": given.get("kind"),
            "until": None if until is None else time_text(int(until)),
            "undone": bool(given.get("undone")),
        }
    if "decision" in given:
        data["decision"] = {
            name: given[name] for name in ("action", "moderator", "undoes") if name in given
        } | {"id": given["decision"]}
    return data


def _thread(services: Services, site: str, thread: str) -> Thread | None:
    try:
        return services.store.threads.get(site, thread)
    except NotFoundError:
        return None


def _link(comment: Comment, thread: Thread | None) -> str:
    return f"{thread.url}#rejoinder-comment-{comment.id}" if thread else ""


class _Chat:
    """The parts of a message to people, before a chat's own way to write them."""

    def __init__(
        self, services: Services, site: str, delivery: Delivery, found: Mapping[str, Any]
    ) -> None:
        comment, thread = found.get("comment"), found.get("thread")
        self.title = _TITLES[delivery.event]
        if action := found.get("decision", {}).get("action"):
            self.title += f": {action}"
        if measure := found.get("measure"):
            self.title += f": {measure['kind']}{', undone' if measure['undone'] else ''}"
        self.author = self.page = self.text = ""
        self.links: list[tuple[str, str]] = []
        dashboard = f"{services.settings.public_url}/dashboard/"
        if comment is not None:
            author = comment["author"]
            self.author = line(author.name) or "Anonymous"
            self.text = _excerpt(note(comment["text"]).strip(), _EXCERPT)
            if comment["status"] == "published" and comment["link"]:
                self.links.append(("On the page", comment["link"]))
            self.links.append(("In the dashboard", f"{dashboard}cases/{comment['id']}"))
        elif author := found.get("author"):
            self.links.append(("In the dashboard", f"{dashboard}authors/{quote(author, safe='')}"))
        else:
            self.links.append(("In the dashboard", dashboard))
        if thread is not None:
            self.page = _excerpt(line(thread.title) or thread.url, _PAGE)

    @property
    def where(self) -> str:
        """Who wrote, and on which page."""
        return " on ".join(part for part in (self.author, self.page) if part)


def _slack(chat: _Chat) -> dict[str, Any]:
    # Escaped, nothing in a text of Slack's calls anybody or is a link.
    def plain(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    quote = "\n".join(f"> {plain(row)}" for row in chat.text.splitlines())
    links = " · ".join(f"<{plain(address)}|{name}>" for name, address in chat.links)
    return {"text": _joined(f"*{chat.title}*", plain(chat.where), quote, links)}


def _discord(chat: _Chat) -> dict[str, Any]:
    while len(content := _markdown(chat)) > _DISCORD:
        if chat.text:
            chat.text = _excerpt(chat.text, len(chat.text) // 2)
        else:  # an address of a page may be as long as that alone
            chat.links = chat.links[-1:]
            chat.page = ""
    return {"content": content, "allowed_mentions": {"parse": []}}


def _mattermost(chat: _Chat) -> dict[str, Any]:
    return {"text": _markdown(chat)}


def _matrix(chat: _Chat) -> dict[str, Any]:
    links = " · ".join(f"{name}: {address}" for name, address in chat.links)
    plain = _joined(chat.title, chat.where, chat.text, links).replace(
        "@room", f"@{_ZERO_WIDTH}room"
    )

    def markup(text: str) -> str:
        return html.escape(text).replace("@room", f"@{_ZERO_WIDTH}room").replace("\n", "<br>")

    quote = f"<blockquote>{markup(chat.text)}</blockquote>" if chat.text else ""
    anchors = " · ".join(
        f'<a href="{html.escape(address)}">{name}</a>' for name, address in chat.links
    )
    parts = (f"<strong>{markup(chat.title)}</strong>", markup(chat.where), quote, anchors)
    return {"text": plain, "html": "<br>".join(part for part in parts if part)}


def _markdown(chat: _Chat) -> str:
    quote = "\n".join(f"> {_unmarked(row)}" for row in chat.text.splitlines())
    # In angle brackets an address of Discord's shows no preview, and of neither is it cut short.
    links = " · ".join(f"[{name}](<{address}>)" for name, address in chat.links)
    return _joined(f"**{chat.title}**", _unmarked(chat.where), quote, links)


def _unmarked(text: str) -> str:
    return (
        _MARKDOWN.sub(r"\\\1", text)
        .replace("@", f"@{_ZERO_WIDTH}")
        .replace("://", f":{_ZERO_WIDTH}//")
    )


def _excerpt(text: str, most: int) -> str:
    rows = text.splitlines()
    cut = "\n".join(rows[:_LINES])[:most].rstrip()
    return text if cut == text else f"{cut} …" if cut else ""


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


_STYLES: Mapping[str, Callable[[_Chat], dict[str, Any]]] = {
    "slack": _slack,
    "discord": _discord,
    "mattermost": _mattermost,
    "matrix": _matrix,
}
