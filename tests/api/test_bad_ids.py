"""Whatever stands where an address has an id: the answer is never that something broke here."""

from __future__ import annotations

import re

from tests.support.app import Blog

# What is no id, what the storage gives another meaning, and ids of another kind.
BAD = ("x", "-", "+", "(1-1", "9" * 40 + "-1", "1-1", "%00", "a" * 300, "..", "%E2%80%AE", "*")
NOBODY = "01a21f8d-1f69-7015-95c7-90d408ed8569"


def test_no_id_breaks_anything(blog: Blog) -> None:
    made = blog.made()
    known = {
        "site": "blog",
        "comment": made["id"],
        "thread": made["thread"],
        "author": made["author"]["id"],
    }
    asked = 0
    for rule in blog.client.application.url_map.iter_rules():
        # A stream of events is answered for as long as somebody listens.
        if rule.rule.endswith("/events"):
            continue
        for name in sorted(rule.arguments):
            for bad in BAD:
                ids = {each: known.get(each, NOBODY) for each in rule.arguments} | {name: bad}
                path = re.sub(
                    r"<(?:[^:<>]+:)?(\w+)>", lambda found, ids=ids: ids[found[1]], rule.rule
                )
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    body = {} if method in ("POST", "PUT", "PATCH") else None
                    answer = blog.client.open(path, method=method, json=body, headers=blog.admin)
                    assert answer.status_code < 500, (method, path, answer.text)
                    asked += 1
    assert asked > 500
