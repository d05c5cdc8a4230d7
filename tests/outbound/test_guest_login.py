"""A guest is themselves again in another browser: a link to their address, a click, a code."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation import clock
from moderation.clock import DAY, HOUR, MINUTE
from moderation.outbound.mail.guest_login import digits_of
from moderation.outbound.mail.sealing import name_of
from moderation.outbound.mail.words import LANGUAGES, words
from moderation.services import services_of
from tests.outbound.conftest import HOST, Post, links, shown
from tests.outbound.test_to_authors import ANN, everything, reply, state, subscribe
from tests.support.app import ORIGIN, PAGE, Blog, S

NEW = {"Origin": ORIGIN}
SHOW = "Show the code"


def ask(blog: Blog, email: str = ANN, headers: Any = None) -> Any:
    return blog.client.post(f"{S}/authors/login", json={"email": email}, headers=headers or NEW)


def enter(blog: Blog, code: str, email: str = ANN) -> Any:
    body = {"email": email, "code": code}
    return blog.client.post(f"{S}/authors/login/code", json=body, headers=NEW)


def asked(blog: Blog, post: Post) -> str:
    """Ask for a link, which comes by mail."""
    assert ask(blog).status_code == 202
    (mail,) = post.deliver(0)
    return links(mail)[SHOW]


def code_of(answer: Any) -> str:
    assert answer.status_code == 200
    (code,) = re.findall(r'class="code"[^>]*>(\d{6})<', answer.text)
    return str(code)


def logged_in(blog: Blog, post: Post) -> dict[str, str]:
    answer = enter(blog, code_of(blog.client.post(asked(blog, post))))
    assert answer.status_code == 200, answer.text
    return NEW | {"Rejoinder-Author": answer.json["token"]}


def later(blog: Blog, milliseconds: int) -> None:
    """Let time pass for what was asked."""
    client: Any = blog.store.connection.client
    for name in client.scan_iter("*mail:login:*"):
        for field in ("asked", "until", "good", "since"):
            if client.hexists(name, field):
                client.hincrby(name, field, -milliseconds)


def test_from_the_link_to_the_click_to_ones_own_comments(blog, post):
    old, comment = subscribe(blog, post)
    held = blog.made("Such an idiot.", headers=old, author={"name": "Ann"})["id"]
    link = asked(blog, post)
    page = blog.client.get(link)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert "Log in to the comments on Blog?" in shown(page)
    for _ in range(3):
        assert 'class="code"' not in blog.client.get(link).text, "a scanner sees none"
    answer = enter(blog, f" {(code := code_of(blog.client.post(link)))[:3]}-{code[3:]} ")
    assert answer.status_code == 200
    assert (answer.json["name"], answer.json["website"]) == ("Ann", "")
    new = NEW | {"Rejoinder-Author": answer.json["token"]}
    assert state(blog, new) == "on"
    mine = blog.client.get(f"{S}/threads/mine", query_string={"url": PAGE}, headers=new).json
    assert [own["id"] for own in mine["comments"]] == [held]
    body = {"text": "My own second thought.", "version": 1}
    changed = blog.client.patch(f"{S}/comments/{comment}", json=body, headers=new)
    assert (changed.status_code, changed.json["status"]) == (200, "published")
    assert blog.client.post(
        f"{S}/comments/{comment}/votes", json={"value": 1}, headers=new
    ).json["code"] == "own-comment"  # fmt: skip
    # Nobody is told of their own, in whatever browser; of others' everybody is.
    reply(blog, comment, headers=new)
    assert post.deliver(HOUR) == []
    reply(blog, comment)
    assert len(post.deliver(HOUR)) == 1


def test_the_mail_says_what_it_is_in_text_and_html(blog, post):
    subscribe(blog, post)
    ask(blog)
    (mail,) = post.deliver(0)
    assert (mail.to, mail.message["Subject"]) == (ANN, "Log in to the comments on Blog")
    assert mail.message["List-Unsubscribe"] is None
    for part in (mail.part("plain"), mail.part("html")):
        text = re.sub(r"\s+", " ", part)
        assert "If that was not you, do nothing" in text
        assert "once, for 30 minutes" in text
        assert f"{HOST}/mail/" in part
    assert not re.search(r"\b\d{6}\b", mail.part("plain")), "no code is in a mail"
    assert blog.client.get(links(mail)["No more mails from Blog"]).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_and_page_are_in_the_owners_language(blog, post, language):
    headers = blog.author() | {"Accept-Language": language}
    blog.made("Fine.", headers=headers, author={"email": ANN})
    (question,) = post.deliver()
    blog.client.post(next(iter(links(question).values())))
    # Whoever asks does not choose it.
    assert ask(blog, headers=NEW | {"Accept-Language": "es" if language != "es" else "de"})
    (mail,) = post.deliver()
    say = words(language)
    assert mail.message["Subject"] == say("login.subject", site="Blog")
    page = blog.client.post(links(mail)[say("login.action")])
    assert say("login.code") in shown(page)
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in page.text
    assert enter(blog, code_of(page)).status_code == 200


def test_nobody_learns_whether_an_address_is_known(blog, post):
    subscribe(blog, post)
    blog.made("Fine.", headers=blog.author(), author={"email": "asked@example.org"})
    post.deliver()
    answers = [ask(blog, email) for email in (ANN, "asked@example.org", "nobody@example.org")]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.data for answer in answers}) == 1
    assert [mail.to for mail in post.deliver(0)] == [ANN]
    # Nor by a wrong code: before a link was opened, after it, and after too many.
    wrong = enter(blog, "000000", "nobody@example.org")
    assert (wrong.status_code, wrong.json["code"]) == (422, "login-code")
    assert enter(blog, "000000").data == wrong.data
    assert b"mail:login" in everything(blog)
    stored = blog.store.connection.client.scan_iter("*mail:login:*")
    assert len(list(stored)) == 1, "nothing is kept of an address that is not known"


def test_a_link_is_good_once_and_for_half_an_hour(blog, post, monkeypatch):
    subscribe(blog, post)
    link = asked(blog, post)
    first = code_of(blog.client.post(link))
    assert blog.client.post(link).status_code == 409
    assert "was used" in shown(blog.client.get(link))
    assert enter(blog, first).status_code == 200
    assert enter(blog, first).json["code"] == "login-code", "a code is good once"
    later(blog, 3 * MINUTE)
    link = asked(blog, post)
    late = clock.now() + post.ahead + 31 * MINUTE
    monkeypatch.setattr("moderation.pages.links.now", lambda: late)
    assert blog.client.post(link).status_code == 410


def test_a_link_that_was_tampered_with_or_is_another_addresss_shows_nothing(blog, post):
    subscribe(blog, post)
    link = asked(blog, post)
    for broken in (f"{link[:-2]}xx", link.replace("/mail/", "/mail/W")):
        assert blog.client.post(broken).status_code == 404
    code = code_of(blog.client.post(link))
    assert enter(blog, code, "ben@example.org").json["code"] == "login-code"
    assert enter(blog, code).status_code == 200


def test_a_code_is_not_guessed(blog, post):
    subscribe(blog, post)
    link = asked(blog, post)
    name = name_of(post.services.settings.secret_key, "blog", ANN)
    # Before the owner presses the button there is none.
    assert all(
        blog.store.guest_logins.use("blog", name, code=str(n), now=clock.now()) is None
        for n in range(10)
    )
    code = code_of(blog.client.post(link))
    assert code.encode() not in everything(blog), "a hash with the secret is stored"
    for n in range(5):
        wrong = f"{(int(code) + 1 + n) % 10**6:06}"
        assert enter(blog, wrong).json["code"] == "login-code"
    assert enter(blog, code).json["code"] == "login-code", "after five wrong ones none is good"


def test_a_code_is_good_for_a_quarter_of_an_hour(blog, post):
    subscribe(blog, post)
    code = code_of(blog.client.post(asked(blog, post)))
    later(blog, 15 * MINUTE)
    assert enter(blog, code).json["code"] == "login-code"


def test_who_asks_again_gets_at_most_one_mail_in_two_minutes_and_eight_a_day(blog, post):
    subscribe(blog, post)
    first = asked(blog, post)
    assert ask(blog).status_code == 202
    assert post.deliver(0) == []
    code = code_of(blog.client.post(first))
    mails = 1
    for _ in range(12):
        later(blog, 3 * MINUTE)
        name = name_of(post.services.settings.secret_key, "blog", ANN)
        blog.store.guest_logins.ask("blog", name, new_id=f"id{mails}", now=clock.now())
        mails += len(post.deliver(0))
        if mails == 2:
            # Somebody else's asking does not take the code from who was shown it.
            client: Any = blog.store.connection.client
            assert client.hexists(f"{{blog}}:mail:login:{name}", "code")
            assert enter(blog, code).status_code == 200
    assert mails == 8
    later(blog, DAY)
    assert ask(blog).status_code == 202
    assert len(post.deliver(0)) == 1


def test_a_link_that_nobody_opened_is_sent_again_and_either_works(blog, post):
    subscribe(blog, post)
    first = asked(blog, post)
    later(blog, 3 * MINUTE)
    second = asked(blog, post)
    assert first != second
    code = code_of(blog.client.post(first))
    assert blog.client.post(second).status_code == 409
    assert enter(blog, code).status_code == 200


def test_who_asks_for_many_addresses_is_stopped(blog, post):
    codes = [ask(blog, f"victim{n}@example.org").status_code for n in range(14)]
    assert codes[:10] == [202] * 10
    assert codes[-1] == 429


def test_only_a_page_of_the_site_or_a_key_of_it_may_ask(blog, post):
    subscribe(blog, post)
    for headers in ({}, {"Origin": "https://evil.example"}):
        answer = blog.client.post(f"{S}/authors/login", json={"email": ANN}, headers=headers)
        assert answer.status_code == 403
        body = {"email": ANN, "code": "123456"}
        answer = blog.client.post(f"{S}/authors/login/code", json=body, headers=headers)
        assert answer.status_code == 403
    assert ask(blog, headers=blog.admin).status_code == 202
    assert len(post.deliver(0)) == 1


@pytest.mark.parametrize("email", ["", " ", "x", "a@b", "a@b.example\r\nBcc: c@d.example", None, 1])
def test_what_is_no_address_is_refused(blog, email):
    assert ask(blog, email).status_code == 422


@given(code=st.text(max_size=40))
def test_whatever_is_typed_is_answered(code):
    assert digits_of(code).isascii()
    assert digits_of("١٢٣ ٤٥٦") == "123456"


def test_of_several_authors_it_is_the_first_that_was_confirmed(blog, post):
    first, comment = subscribe(blog, post)
    client: Any = blog.store.connection.client
    name = name_of(post.services.settings.secret_key, "blog", ANN)
    client.hset(f"{{blog}}:mail:address:{name}", "asked", clock.now() - 8 * DAY)
    second, other = subscribe(blog, post)
    ids = [blog.store.comments.get("blog", each).author.id for each in (comment, other)]
    token = logged_in(blog, post)
    assert blog.made("Third.", headers=token)["author"]["id"] == ids[0]
    # Once that author is gone, the address is the other's.
    assert blog.client.delete(f"{S}/authors/mail", headers=first).status_code == 204
    later(blog, HOUR)
    assert blog.made("Fourth.", headers=logged_in(blog, post))["author"]["id"] == ids[1]
    assert blog.client.delete(f"{S}/authors/mail", headers=second).status_code == 204
    later(blog, HOUR)
    assert ask(blog).status_code == 202
    assert post.deliver(0) == []


def test_erasing_the_author_ends_it_even_with_a_code_at_hand(blog, post):
    headers, comment = subscribe(blog, post)
    code = code_of(blog.client.post(asked(blog, post)))
    blog.client.delete(f"{S}/comments/{comment}", headers=headers)
    post.work()
    assert enter(blog, code).json["code"] == "login-code"
    assert b"mail:login" not in everything(blog)


def test_what_moderators_set_holds_in_the_new_browser(blog, post):
    _, comment = subscribe(blog, post)
    author = blog.store.comments.get("blog", comment).author.id
    made = blog.client.post(
        f"{S}/authors/{author}/measures",
        json={"kind": "ban", "reason": "Enough."},
        headers=blog.admin,
    )
    assert made.status_code == 201
    answer = blog.post("Let me in.", headers=logged_in(blog, post))
    assert (answer.status_code, answer.json["code"]) == (403, "author-banned")


def test_nobody_logs_in_as_a_program_or_a_moderator(blog, post):
    """A program's authors are named by their name alone, so two people may be one of them."""
    headers, _ = blog.moderator("zoe@blog.example")
    for sender, email in ((blog.admin, ANN), (headers, "zoe@reader.example")):
        blog.made("Passed on.", headers=sender, author={"name": "Ann", "email": email})
        (question,) = [mail for mail in post.deliver() if mail.to == email]
        assert blog.client.post(links(question)["Confirm the address"]).status_code == 200
        assert ask(blog, email).status_code == 202
        assert [mail for mail in post.deliver() if mail.to == email] == []


def test_an_address_that_refuses_mail_is_left_alone_and_an_old_link_is_not_sent(blog, post):
    subscribe(blog, post)
    post.server.refuse[ANN] = "421 later"
    ask(blog)
    assert post.deliver(0) == []
    del post.server.refuse[ANN]
    assert post.deliver(HOUR) == [], "it would be too old"


def test_without_a_mail_server_it_is_said(blog, post, app):
    services = services_of(app)
    replace(services, settings=replace(services.settings, mail_server=None)).attach(app)
    assert ask(blog).json["code"] == "mail-off"
