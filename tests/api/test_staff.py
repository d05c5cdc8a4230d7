"""Who speaks for the site: roles, the scope `staff`, and what the filter makes of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from uuid_utils import uuid7

from moderation.archive import export_lines, import_lines
from moderation.clock import now
from moderation.records import Role, Site
from moderation.schemas.comments import fragment
from moderation.store.keys import key
from moderation.tokens import SCOPES_OF_ROLE, new_credential
from tests.support.app import ORIGIN, PAGE, Blog, S

RUDE = "You idiot!"


def program(blog: Blog, *scopes: str) -> dict[str, str]:
    """Headers of a program's key."""
    answer = blog.client.post(f"{S}/keys", json={"scopes": list(scopes)}, headers=blog.admin)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json['api_key']}"}


@pytest.mark.parametrize(
    ("role", "shown"), [("owner", "owner"), ("admin", "moderator"), ("moderator", "moderator")]
)
def test_an_account_s_own_key_posts_as_staff_under_the_account_s_name(
    blog: Blog, role: Role, shown: str
) -> None:
    headers, _ = blog.moderator("zoe@blog.example", role)
    made = blog.made(RUDE, headers=headers)
    assert made["status"] == "published"
    assert (made["author"]["name"], made["author"]["role"]) == ("zoe", shown)
    (on_page,) = blog.thread()["comments"]
    assert on_page["author"]["role"] == shown
    case = blog.client.get(f"{S}/queue/{made['id']}", headers=blog.admin).json
    assert case["comment"]["scores"]["toxicity"] > 0.5
    assert [reason["rule"] for reason in case["comment"]["verdict"]["reasons"]] == ["trusted"]
    assert case["comment"]["author"]["role"] == case["author"]["role"] == shown


def test_a_session_of_the_dashboard_answers_without_naming_the_page(blog: Blog) -> None:
    asked = blog.made("A question.")
    _, link = blog.moderator("zoe@blog.example", "owner")
    session = blog.client.post("/api/v1/session", json={"token": link}).json
    body = {"parent": asked["id"], "text": RUDE}
    headers = {"Rejoinder-CSRF": session["csrf"]}
    answer = blog.client.post(f"{S}/comments", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json["status"] == "published"
    assert answer.json["thread"] == asked["thread"]
    assert answer.json["author"]["role"] == "owner"
    page = blog.thread()
    assert page["thread"]["title"] == "Post"
    assert [reply["id"] for reply in page["comments"][0]["replies"]] == [answer.json["id"]]


def test_a_session_without_its_token_is_a_reader(blog: Blog) -> None:
    """The widget on a page of the service's own origin sends the cookie and no token."""
    _, link = blog.moderator("zoe@blog.example", "owner")
    assert blog.client.post("/api/v1/session", json={"token": link}).status_code == 200
    made = blog.made(RUDE)
    assert (made["status"], made["author"]["role"]) == ("held", "reader")


@pytest.mark.parametrize("owner_key", [True, False])
def test_a_key_that_passes_on_what_readers_write_is_no_staff(blog: Blog, owner_key: bool) -> None:
    headers = blog.admin if owner_key else program(blog, "comments", "queue", "admin")
    made = blog.made(RUDE, headers=headers, author={"name": "Ann"})
    assert (made["status"], made["author"]["role"]) == ("held", "reader")
    assert "staff" not in {scope for scopes in SCOPES_OF_ROLE.values() for scope in scopes}


def test_the_scope_staff_publishes_and_says_as_whom(blog: Blog) -> None:
    headers = program(blog, "comments", "staff")
    made = blog.made(RUDE, headers=headers, author={"name": "Zoe"})
    assert (made["status"], made["author"]["role"]) == ("published", "moderator")
    for role, status in (
        ("owner", "published"),
        ("author", "published"),
        ("moderator", "published"),
        ("reader", "held"),
    ):
        made = blog.made(RUDE, headers=headers, author={"name": role, "role": role})
        assert (made["status"], made["author"]["role"]) == (status, role)


def test_the_scope_staff_alone_posts_nothing(blog: Blog) -> None:
    answer = blog.post(headers=program(blog, "staff"))
    assert (answer.status_code, answer.json["code"]) == (403, "scope")


def test_nobody_else_gives_themselves_a_role(blog: Blog) -> None:
    for role in ("author", "moderator", "owner"):
        author = {"name": "Ann", "role": role}
        answer = blog.post(author=author)
        assert answer.status_code == 401
        answer = blog.post(author=author, headers=program(blog, "comments"))
        assert (answer.status_code, answer.json["code"]) == (403, "scope")
    moderator, _ = blog.moderator("mo@blog.example")
    answer = blog.post(author={"role": "owner"}, headers=moderator)
    assert (answer.status_code, answer.json["code"]) == (403, "scope")
    assert blog.post(author={"name": "Ann", "role": "king"}).status_code == 422
    assert blog.post(author={"name": "Ann", "role": "reader"}).status_code == 201
    assert blog.thread()["thread"]["count"] == 1


def test_staff_change_what_they_wrote_without_being_judged(blog: Blog) -> None:
    headers, _ = blog.moderator("zoe@blog.example")
    made = blog.made("A fair point.", headers=headers)
    edit = {"Rejoinder-Edit-Token": made["edit_token"], **headers}
    url = f"{S}/comments/{made['id']}"
    changed = blog.client.patch(url, json={"text": RUDE}, headers=edit).json
    assert (changed["status"], changed["author"]["role"]) == ("published", "moderator")
    assert blog.client.get(url).json["author"]["role"] == "moderator"


def test_an_author_of_the_page_is_judged_as_readers_are_when_they_edit(blog: Blog) -> None:
    headers = program(blog, "comments", "staff")
    made = blog.made("A fair point.", headers=headers, author={"name": "Ann", "role": "author"})
    edit = {"Origin": ORIGIN, "Rejoinder-Edit-Token": made["edit_token"]}
    url = f"{S}/comments/{made['id']}"
    changed = blog.client.patch(url, json={"text": RUDE}, headers=edit).json
    assert (changed["status"], changed["author"]["role"]) == ("held", "author")


def test_staff_keep_their_limits_by_key(blog: Blog) -> None:
    change = {"policy": {"limits": {"key_comments_per_minute": 1}}}
    assert blog.client.patch(S, json=change, headers=blog.admin).status_code == 200
    headers = program(blog, "comments", "staff")
    assert blog.post(headers=headers).status_code == 201
    assert blog.post("Another.", headers=headers).status_code == 429


@pytest.mark.parametrize(
    ("parent", "status", "where"),
    [
        (None, 422, "/thread"),
        ("0198c1d2-0000-7000-8000-000000000000", 422, "/parent"),
    ],
)
def test_a_reply_without_a_thread_needs_a_parent_that_is_there(
    blog: Blog, parent: str | None, status: int, where: str
) -> None:
    body: dict[str, Any] = {"text": "A fair point.", "parent": parent}
    answer = blog.client.post(f"{S}/comments", json=body, headers=blog.author())
    assert answer.status_code == status
    assert where in {answer.json.get("where"), *(e["where"] for e in answer.json.get("errors", []))}
    gone = blog.client.post("/api/v1/sites/nosite/comments", json=body | {"parent": str(uuid7())})
    assert gone.status_code == 404


def test_a_reply_without_a_thread_keeps_a_thread_of_the_site_s_own(blog: Blog) -> None:
    thread = {"url": PAGE, "id": "post-1"}
    root = blog.made(thread=thread)
    body = {"text": "A reply.", "parent": root["id"]}
    reply = blog.client.post(f"{S}/comments", json=body, headers=blog.author())
    assert reply.json["thread"] == root["thread"]


def test_what_was_written_before_there_were_roles_is_a_reader_s(blog: Blog) -> None:
    made = blog.made('A "kind":"key"} point.', author={"name": "Ann"})
    name = key("nodes", "blog", thread=made["thread"])

    def age(client: Any) -> None:
        old = json.loads(fragment(blog.store.comments.get("blog", made["id"])))
        assert old["author"].pop("role") == "reader"
        text = json.dumps(old, separators=(",", ":"))
        client.hset(name, made["id"], f"p|||{text}")
        client.delete(key("pages", "blog", thread=made["thread"]))

    blog.store.connection.call(age)
    (shown,) = blog.thread()["comments"]
    assert shown["author"]["role"] == "reader"
    assert shown["text"] == made["text"]


def test_an_export_keeps_roles(blog: Blog) -> None:
    headers, _ = blog.moderator("zoe@blog.example", "owner")
    made = blog.made(headers=headers)
    lines = list(export_lines(blog.store, blog.store.sites.get("blog")))
    at = now()
    credential, _ = new_credential("copy", kind="key", role="owner", now=at)
    copy = Site(slug="copy", name="Copy", origins=(ORIGIN,), policy={}, created=at)
    blog.store.sites.create(copy, credential=credential, now=at)
    tally = import_lines(blog.store, copy, lines, dry_run=False)
    assert (tally.comments, tally.refused) == (1, [])
    assert blog.store.comments.get("copy", made["id"]).author.role == "owner"


def reserve(blog: Blog, *names: str) -> None:
    change = {"policy": {"reserved_names": list(names)}}
    answer = blog.client.patch(S, json=change, headers=blog.admin)
    assert answer.status_code == 200, answer.text
    assert answer.json["policy"]["reserved_names"] == list(names)


@pytest.mark.parametrize("name", ["zoe", "Zoë", "ZOE ✓", "z0e", "Zое"])
def test_a_name_of_the_staff_is_nobody_else_s(blog: Blog, name: str) -> None:
    headers, _ = blog.moderator("zoe@blog.example")
    by_key = program(blog, "comments")
    before = blog.everything()
    for asker in (None, by_key):
        answer = blog.post(author={"name": name}, headers=asker)
        assert (answer.status_code, answer.json["code"]) == (422, "reserved-name")
        assert answer.json["where"] == "/author/name"
    assert blog.everything() == before
    assert blog.post(author={"name": name}, headers=headers).status_code == 201
    assert blog.post(author={"name": "Zoey"}).status_code == 201
    assert blog.post().status_code == 201


def test_whoever_was_removed_needs_no_name(blog: Blog) -> None:
    blog.moderator("zoe@blog.example")
    (zoe,) = blog.store.accounts.list("blog")
    blog.store.accounts.remove("blog", zoe.id, "test", now())
    assert blog.post(author={"name": "Zoe"}).status_code == 201


def test_a_site_lists_names_that_only_its_staff_have(blog: Blog) -> None:
    reserve(blog, "The Gazette", "*admin*")
    for name in ("the gazette", "Site Administrator", "4dmin"):
        assert blog.post(author={"name": name}).json["code"] == "reserved-name"
    staff = program(blog, "comments", "staff")
    assert blog.post(author={"name": "The Gazette"}, headers=staff).status_code == 201
    as_reader = {"name": "The Gazette", "role": "reader"}
    assert blog.post(author=as_reader, headers=staff).json["code"] == "reserved-name"
    assert blog.post(author={"name": "A gazette"}).status_code == 201


@pytest.mark.parametrize("names", [["*"], ["✓"], [" "], ["a" * 81], ["a"] * 501, "Ann", [1]])
def test_what_is_no_name_cannot_be_reserved(blog: Blog, names: Any) -> None:
    change = {"policy": {"reserved_names": names}}
    assert blog.client.patch(S, json=change, headers=blog.admin).status_code == 422


def test_a_comment_stays_its_author_s_when_the_name_is_reserved_later(blog: Blog) -> None:
    made = blog.made(author={"name": "Ann"})
    reserve(blog, "Ann")
    edit = {"Origin": ORIGIN, "Rejoinder-Edit-Token": made["edit_token"]}
    url = f"{S}/comments/{made['id']}"
    assert blog.client.patch(url, json={"text": "Other."}, headers=edit).status_code == 200


def test_an_import_brings_no_look_alike(blog: Blog) -> None:
    for name in ("Anп", "Ben", "Zoe"):
        blog.made("A point.", author={"name": name})
    site = blog.store.sites.get("blog")
    lines = list(export_lines(blog.store, site))
    reserve(blog, "An*")
    assert import_lines(blog.store, blog.store.sites.get("blog"), lines, dry_run=False).present == 3

    at = now()
    credential, _ = new_credential("copy", kind="key", role="owner", now=at)
    policy = {"reserved_names": ["Ann", "Zoe"]}
    copy = Site(slug="copy", name="Copy", origins=(ORIGIN,), policy=policy, created=at)
    blog.store.sites.create(copy, credential=credential, now=at)
    lines = [
        line.replace('"role":"reader"', '"role":"owner"') if '"Zoe"' in line else line
        for line in lines
    ]
    tally = import_lines(blog.store, copy, lines, dry_run=False)
    assert tally.comments == 2
    (refused,) = tally.refused
    assert "--keep-names" in refused
    again = import_lines(blog.store, copy, lines, dry_run=False, keep_names=True)
    assert (again.comments, again.present, again.refused) == (1, 2, [])
