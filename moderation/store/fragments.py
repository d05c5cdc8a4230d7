"""A comment's public JSON as its thread keeps it: without what the page script can add.

A page joins these texts without reading them, so the JSON is kept, and most of it twice: the HTML
of a text without markup is the text, and the ids stand beside it anyway. What `lua/page.lua` makes
of it is the same again, byte for byte.
"""

from __future__ import annotations

import json

from ..json_text import write_json
from ..records import Comment
from ..text import html_of_plain

_PLAIN, _WITH_HTML = "~", "^"
"""What a shortened text begins with; one as it was given begins with a brace."""

_UNEDITED = ',"edited":null,"version":1}'
_READER = ',"role":"reader"}'


def kept(comment: Comment, fragment: bytes) -> str:
    """Give what the thread keeps of a comment's public JSON object.

    That is `~`, the rest of the object but for what is usual there, and `"text"`; or, if the HTML
    is more than the text, `^` and that after it. Anything that is in another order stays as it is.
    """
    given = fragment.decode()
    parent = write_json(comment.parent)
    before = (
        f'{{"id":"{comment.id}","thread":{write_json(comment.thread)},"parent":{parent},'
        '"status":"published","text":'
    )
    text, html = write_json(comment.text), write_json(comment.html)
    shown = f'{text},"html":{html},'
    if not (given.startswith(before) and given.startswith(shown, len(before))):
        return given
    rest = given[len(before) + len(shown) :]
    if rest.endswith(_UNEDITED):
        rest = rest[: -len(_UNEDITED)]
    elif rest.endswith('"}'):
        # The page script would take the end for that of one that nobody edited.
        return given
    else:
        rest = rest[:-1]
    rest = rest.replace(_READER, "}", 1)
    # A line break is the one thing in such a text that its HTML, and JSON, write otherwise.
    is_plain = "\\" not in comment.text and comment.html == html_of_plain(comment.text)
    return (
        f'{_PLAIN}{rest},"text":{text}' if is_plain else f'{_WITH_HTML}{rest},"text":{shown[:-1]}'
    )


def text_in(kept_text: str) -> tuple[str, int] | None:
    """Read a comment's text and version in what its thread keeps; None if no text is in it.

    Raises `ValueError` for what cannot be read.
    """
    if kept_text[:1] in (_PLAIN, _WITH_HTML):
        rest, _, shown = kept_text[1:].partition(',"text":')
        text, _ = json.JSONDecoder().raw_decode(shown)
        return text, json.loads(f"{{{rest}}}").get("version", 1)
    whole = json.loads(kept_text)
    return (whole["text"], whole.get("version", 1)) if "text" in whole else None
