"""An author confirms an address and is told of answers there; nobody else is, and it can end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation import clock
from moderation.clock import DAY, HOUR
from moderation.outbound.mail.sealing import name_of, seal, unseal
from moderation.records import MailPost
from tests.outbound.conftest import Post, links, shown
from tests.support.app import PAGE, Blog, S
from tests.support.mail_server import Received

ANN = "ann@example.org"


def subscribe(blog: Blog, post: Post, email: str = ANN, *, choice: str = "") -> tuple[Any, str]:
    """A reader with a published comment and a confirmed address: their headers, the comment."""
    headers = blog.author()
    made = blog.made("My own thought.", headers=headers, author={"name": "Ann", "email": email})
    (mail,) = post.deliver()
    answer = blog.client.post(links(mail)["Confirm the address"], data={"choice": choice})
    assert answer.status_code == 200
    return headers, str(made["id"])


def reply(blog: Blog, parent: str, text: str = "I see it otherwise.", **more: Any) -> str:
    made = blog.made(text, parent=parent, author={"name": "Ben"}, **more)
    return str(made["id"])


def state(blog: Blog, headers: Any) -> str:
    return str(blog.client.get(f"{S}/authors/mail", headers=headers).json["state"])


def everything(blog: Blog) -> bytes:
    """All that is stored, as one text."""
    client = blog.store.connection.client
    read = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"zset": lambda name: client.zrange(name, 0, -1),
        b"stream": client.xrange,
        b"set": client.smembers,
    }
    return b"\n".join(
        name + b" " + repr(read[client.type(name)](name)).encode() for name in client.scan_iter()
    )


def test_from_the_comment_to_the_confirmed_address_to_the_answer(blog, post):
    headers = blog.author()
    made = blog.made("My own thought.", headers=headers, author={"name": "Ann", "email": ANN})
    assert "email" not in json.dumps(made)
    assert ANN not in json.dumps(blog.thread())
    assert state(blog, headers) == "asked"
    (mail,) = post.deliver(0)
    assert (mail.to, mail.message["Subject"]) == (ANN, "Please confirm your address for Blog")
    link = links(mail)["Confirm the address"]
    page = blog.client.get(link)
    assert "Mail when somebody answers you?" in shown(page)
    assert state(blog, headers) == "asked", "opening the link confirms nothing"
    assert blog.client.post(link).status_code == 200
    assert state(blog, headers) == "on"

    answer = reply(blog, made["id"], "I see it <i>otherwise</i>.")
    (mail,) = post.deliver()
    assert (mail.to, mail.message["Subject"]) == (ANN, "Blog: answers to you (1)")
    text = mail.part("plain")
    assert "Ben on “Post”" in text
    assert "> I see it <i>otherwise</i>." in text
    assert "You had written: My own thought." in text
    assert f"{PAGE}#rejoinder-comment-{answer}" in text
    assert post.deliver(DAY) == []


def test_the_address_is_nowhere_to_be_read(blog, post):
    subscribe(blog, post)
    stored = everything(blog)
    assert b"mail:address:" in stored
    assert ANN.encode() not in stored
    assert b"ann@" not in stored.lower()
    key = post.services.settings.secret_key
    sealed = seal(key, "blog", ANN)
    assert unseal(key, "blog", sealed) == ANN
    assert unseal(key, "other", sealed) is None
    assert unseal(b"another secret key", "blog", sealed) is None
    assert unseal(key, "blog", sealed[:-4]) is None
    assert name_of(key, "blog", "ANN@example.org") == name_of(key, "blog", ANN)
    assert name_of(key, "other", ANN) != name_of(key, "blog", ANN)


def test_a_refused_address_stands_in_no_log_and_no_dead_letter(blog, post, capfd):
    blog.made("My own thought.", author={"name": "Ann", "email": ANN})
    post.server.refuse[ANN] = f"421 {ANN}: closing"
    assert post.deliver(0) == []
    post.server.refuse[ANN] = f"550 <{ANN.upper()}>: no such user"
    for after in (clock.MINUTE, HOUR, DAY):
        assert post.deliver(after) == []
    assert blog.store.maintenance.stats("blog")["dead"] == 1
    assert b"no such user" in everything(blog)
    assert b"ann@" not in everything(blog).lower()
    assert "ann@" not in capfd.readouterr().err.lower()


@given(local=st.from_regex(r"[a-z0-9.+_-]{1,40}", fullmatch=True))
def test_what_was_sealed_is_opened(local):
    assert unseal(b"k" * 32, "blog", seal(b"k" * 32, "blog", f"{local}@x.example")) == (
        f"{local}@x.example"
    )


def test_with_another_secret_nobody_is_written_to(blog, post):
    from dataclasses import replace

    _, comment = subscribe(blog, post)
    reply(blog, comment)
    post.work()
    settings = replace(post.services.settings, secret_key=b"another secret key, all of it new")
    post.services = replace(post.services, settings=settings)
    post.__post_init__()
    assert post.deliver() == []


def test_an_answer_is_told_once_it_is_published(blog, post):
    _, comment = subscribe(blog, post)
    held = reply(blog, comment, "Such an idiot.")
    spam = reply(blog, comment, "casino casino")
    assert post.deliver(HOUR) == []
    blog.decide(spam, "reject")
    decided = blog.decide(held, "approve").json["id"]
    (mail,) = post.deliver(HOUR)
    assert "Such an idiot." in mail.part("plain")
    assert "casino" not in mail.part("plain")
    blog.client.post(f"{S}/decisions/{decided}/undo", json={}, headers=blog.admin)
    blog.decide(held, "approve")
    assert post.deliver(DAY) == []


def test_what_is_taken_back_at_once_is_not_told(blog, post):
    _, comment = subscribe(blog, post)
    headers = blog.author()
    answer = reply(blog, comment, headers=headers)
    post.work()
    assert blog.client.delete(f"{S}/comments/{answer}", headers=headers).status_code == 200
    assert post.deliver(DAY) == []


def test_nobody_is_told_of_an_answer_in_a_hidden_thread(blog, post):
    _, own = subscribe(blog, post)
    reply(blog, own)
    thread = f"{S}/threads/{blog.thread()['thread']['id']}"
    assert blog.client.patch(thread, json={"hidden": True}, headers=blog.admin).status_code == 200
    assert post.deliver() == []
    blog.client.patch(thread, json={"hidden": False}, headers=blog.admin)
    reply(blog, own, "Again, now that it is shown.")
    (mail,) = post.deliver(DAY)
    assert "Again, now that it is shown." in mail.part("plain")


def test_nobody_is_told_of_their_own(blog, post):
    headers, comment = subscribe(blog, post)
    reply(blog, comment, headers=headers)
    # The same person with another browser.
    post.ahead += 8 * DAY
    client = blog.store.connection.client
    name = name_of(post.services.settings.secret_key, "blog", ANN)
    client.hset(f"{{blog}}:mail:address:{name}", "asked", clock.now() - 8 * DAY)
    other, second = subscribe(blog, post)
    reply(blog, comment, headers=other)
    assert post.deliver(DAY) == []
    reply(blog, second)
    assert len(post.deliver(DAY)) == 1


def test_ten_thousand_answers_are_one_digest(blog, post):
    _, comment = subscribe(blog, post, choice="daily")
    first = reply(blog, comment)
    post.work()
    found = blog.store.mail_addresses.of("blog", _author_of(blog, comment))
    posts = [
        MailPost(recipient=f"a-{found.id}", item=f"r/{n:036d}", due=clock.now())
        for n in range(9_999)
    ]
    blog.store.mail.post("blog", posts, now=clock.now())
    (mail,) = post.deliver(25 * HOUR)
    assert first in mail.part("plain")
    assert len(mail.raw) < 100_000
    assert "more." in mail.part("plain")
    assert post.deliver(25 * HOUR) == []


def _author_of(blog: Blog, comment: str) -> str:
    return blog.store.comments.get("blog", comment).author.id


def test_a_burst_is_one_mail(blog, post):
    _, comment = subscribe(blog, post)
    post.deliver(HOUR)
    for n in range(30):
        reply(blog, comment, f"Answer number {n}.", headers=blog.author())
    (mail,) = post.deliver()
    assert mail.message["Subject"] == "Blog: answers to you (30)"
    assert mail.part("plain").count("Read it on the page") == 20
    assert "Not shown here: 10 more." in mail.part("plain")


def test_an_address_that_somebody_else_enters_is_asked_once_a_week(blog, post):
    for _ in range(5):
        blog.made("Fine.", headers=blog.author(), author={"name": "Eve", "email": ANN})
    (mail,) = post.deliver()
    assert post.deliver(6 * DAY) == []
    # Its owner does not confirm, so is told nothing of what Eve is answered.
    for answer in blog.thread()["comments"]:
        reply(blog, answer["id"])
    assert post.deliver(DAY // 2) == []
    stop = mail.message["List-Unsubscribe"].strip("<>").removeprefix("https://comments.example.org")
    assert blog.client.post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    client = blog.store.connection.client
    name = name_of(post.services.settings.secret_key, "blog", ANN)
    client.hset(f"{{blog}}:mail:address:{name}", "asked", 1)
    blog.made("Fine again.", headers=blog.author(), author={"name": "Eve", "email": ANN})
    assert post.deliver(DAY) == [], "who wanted nothing is not asked again"


def test_another_author_cannot_take_a_confirmed_address_over(blog, post):
    _, comment = subscribe(blog, post)
    eve = blog.author()
    own = blog.made("Eve's.", headers=eve, author={"name": "Eve", "email": ANN})["id"]
    assert state(blog, eve) == "asked"
    reply(blog, own)
    assert post.deliver(DAY) == []
    reply(blog, comment)
    assert len(post.deliver(DAY)) == 1


def test_who_asks_for_many_addresses_is_stopped(blog, post):
    headers = blog.author()
    for n in range(6):
        answer = blog.post(
            f"Thought {n}.", headers=headers, author={"email": f"victim{n}@example.org"}
        )
        assert answer.status_code == 201
    assert len(post.deliver()) == 3


def test_a_decision_on_ones_own_comment_is_told_with_its_reason(blog, post):
    headers = blog.author()
    rejected = blog.made("Such an idiot.", headers=headers, author={"name": "Ann", "email": ANN})[
        "id"
    ]
    assert blog.decide(rejected, "reject", reason="insult").status_code == 201
    (question,) = post.deliver()
    assert "idiot" not in question.part("plain")
    assert blog.client.post(links(question)["Confirm the address"]).status_code == 200
    # It had waited for the address.
    (mail,) = post.deliver(HOUR)
    assert mail.message["Subject"] == "Blog: about your comment"
    text = mail.part("plain")
    assert "> Such an idiot." in text
    assert "has not published your comment" in text
    assert "Reason: insult" in text

    approved = blog.made("What an idiot.", headers=headers)["id"]
    decided = blog.decide(approved, "approve").json["id"]
    (mail,) = post.deliver(HOUR)
    assert "has published your comment" in mail.part("plain")
    blog.client.post(f"{S}/decisions/{decided}/undo", json={}, headers=blog.admin)
    assert post.deliver(HOUR) == []


def test_one_click_ends_a_thread_or_all(blog, post):
    headers, comment = subscribe(blog, post)
    reply(blog, comment)
    (mail,) = post.deliver()
    thread = links(mail)["No more mails about this page"]
    assert "No more mails about this page?" in shown(blog.client.get(thread))
    assert blog.client.post(thread).status_code == 200
    reply(blog, comment, "Another answer.")
    assert post.deliver(HOUR) == []
    elsewhere = blog.made(
        "Over here.", headers=headers, thread={"url": f"{PAGE}-2", "title": "Two"}
    )["id"]
    reply(blog, elsewhere, thread={"url": f"{PAGE}-2"})
    (mail,) = post.deliver(HOUR)
    stop = mail.message["List-Unsubscribe"].strip("<>").removeprefix("https://comments.example.org")
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "deleted" in shown(blog.client.get(stop))
    assert state(blog, headers) == "on"
    assert blog.client.post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert state(blog, headers) == "none"
    reply(blog, elsewhere, "And again.", thread={"url": f"{PAGE}-2"})
    assert post.deliver(DAY) == []
    assert blog.client.post(stop).status_code == 200


def test_the_address_goes_with_the_author(blog, post):
    headers, comment = subscribe(blog, post)
    second = blog.made("Another thought.", headers=headers)["id"]
    blog.client.delete(f"{S}/comments/{comment}", headers=headers)
    post.work()
    assert state(blog, headers) == "on"
    blog.client.delete(f"{S}/comments/{second}", headers=headers)
    post.work()
    assert state(blog, headers) == "none"
    name = name_of(post.services.settings.secret_key, "blog", ANN)
    assert blog.store.mail_addresses.get("blog", name) is None


def test_an_author_can_forget_it_themselves(blog, post):
    headers, comment = subscribe(blog, post)
    assert blog.client.delete(f"{S}/authors/mail", headers=headers).status_code == 204
    assert state(blog, headers) == "none"
    reply(blog, comment)
    assert post.deliver(DAY) == []


def test_a_new_address_counts_when_it_is_confirmed(blog, post):
    headers, comment = subscribe(blog, post)
    new = "new@example.org"
    blog.made("I moved.", headers=headers, author={"name": "Ann", "email": new})
    (question,) = post.deliver(HOUR)
    assert question.to == new
    reply(blog, comment)
    assert [mail.to for mail in post.deliver(HOUR)] == [ANN]
    blog.client.post(links(question)["Confirm the address"])
    reply(blog, comment, "Once more.")
    assert [mail.to for mail in post.deliver(HOUR)] == [new]


def test_mail_is_in_the_readers_language(blog, post):
    headers = blog.author() | {"Accept-Language": "ar,en;q=0.5"}
    blog.made("Fine.", headers=headers, author={"email": ANN})
    (mail,) = post.deliver()
    assert '<html lang="ar" dir="rtl">' in mail.part("html")
    link = next(iter(links(mail).values()))
    assert 'dir="rtl"' in blog.client.get(link).text


@pytest.mark.parametrize("email", ["x", "a@b", "a@b.example\r\nBcc: c@d.example", "a@b.example,c"])
def test_a_wrong_address_is_refused_with_its_place(blog, post, email):
    answer = blog.post("Fine.", author={"name": "Ann", "email": email})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["where"] == "/author/email"
    assert blog.post("Fine.", author={"name": "Ann", "email": " "}).status_code == 201


def test_the_same_request_again_asks_nothing_again(blog, post):
    headers = blog.author() | {"Idempotency-Key": "k1"}
    first = blog.post("Fine.", headers=headers, author={"name": "Ann", "email": ANN})
    again = blog.post("Fine.", headers=headers, author={"name": "Ann", "email": ANN})
    assert first.json["id"] == again.json["id"]
    assert len(post.deliver()) == 1


def test_an_address_that_is_never_confirmed_is_forgotten(blog, post):
    blog.made("Fine.", author={"name": "Ann", "email": ANN})
    client: Any = blog.store.connection.client
    kept = [client.pttl(name) for name in client.scan_iter("*mail:address:*")]
    assert kept
    assert all(0 < left <= 30 * DAY for left in kept)


def test_an_old_question_can_no_longer_be_answered(blog, post, monkeypatch):
    blog.made("Fine.", author={"name": "Ann", "email": ANN})
    (mail,) = post.deliver()
    late = clock.now() + post.ahead + 29 * DAY
    monkeypatch.setattr("moderation.pages.links.now", lambda: late)
    assert blog.client.post(links(mail)["Confirm the address"]).status_code == 410


def test_a_hostile_name_and_title_stay_what_they_are(blog, post):
    _, comment = subscribe(blog, post)
    made = blog.post(
        "See <script>alert(1)</script> {{ 7*7 }}",
        parent=comment,
        author={"name": "{site}\u202e<b>"},
    )
    assert made.status_code == 201
    (mail,) = post.deliver()
    assert isinstance(mail, Received)
    assert "<script>" not in mail.part("html")
    assert "{{ 7*7 }}" in mail.part("plain")
    assert "{site}<b> on" in mail.part("plain")
