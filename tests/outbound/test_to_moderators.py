"""A comment that waits reaches a moderator by mail, who decides it with one click."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from hypothesis import strategies as st

from moderation import clock
from moderation.clock import DAY, HOUR, MINUTE
from moderation.outbound.mail import posting
from moderation.outbound.mail.postman import Postman
from moderation.outbound.mail.schedule import next_hour
from moderation.records import MailChoice
from tests.outbound.conftest import links, shown
from tests.support.app import PAGE, Blog, S

ANN = "ann@example.org"


@pytest.fixture
def ann(blog: Blog) -> str:
    """The id of a moderator who never chose."""
    blog.moderator(ANN)
    return account(blog, ANN)


def account(blog: Blog, email: str) -> str:
    found = blog.store.accounts.find("blog", email)
    assert found is not None
    return found.id


def choose(blog: Blog, moderator: str, **choice: Any) -> None:
    blog.store.mail.choose("blog", moderator, MailChoice(**choice), actor="t", now=clock.now())


def held(blog: Blog, text: str = "Such an idiot.", **more: Any) -> str:
    made = blog.made(text, author={"name": "Ben"}, **more)
    assert made["status"] == "held"
    return str(made["id"])


def status(blog: Blog, comment: str) -> str:
    return blog.store.comments.get("blog", comment).status


def dead(blog: Blog) -> int:
    return blog.store.maintenance.stats("blog")["dead"]


def test_a_held_comment_is_told_and_published_by_one_click(blog, ann, post):
    comment = held(blog, "Such an <b>idiot</b>.")
    (mail,) = post.deliver()
    assert (mail.to, mail.message["Subject"]) == (ANN, "Blog: comments to review (1)")
    text = mail.part("plain")
    for said in ("Ben on “Post”", "> Such an <b>idiot</b>.", "Held", "Why: ", "insult (0."):
        assert said in text
    assert "&lt;b&gt;idiot&lt;/b&gt;" in mail.part("html")
    found = links(mail)
    assert found["Open in the dashboard"] == f"/dashboard/cases/{comment}"

    page = blog.client.get(found["Approve"])
    assert page.status_code == 200
    assert "Publish this comment?" in shown(page)
    assert "idiot" in shown(page)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert status(blog, comment) == "held", "opening a link decides nothing"

    assert "is published" in shown(blog.client.post(found["Approve"]))
    assert status(blog, comment) == "published"
    case = blog.store.queue.case("blog", comment, now=clock.now())
    assert [decision.moderator for decision in case.decisions] == [ann]


def test_a_link_is_good_once_and_so_is_its_neighbour(blog, ann, post):
    comment = held(blog)
    (mail,) = post.deliver()
    found = links(mail)
    assert blog.client.post(found["Reject"], data={"choice": "insult"}).status_code == 200
    for link in ("Approve", "Reject"):
        for answer in (blog.client.get(found[link]), blog.client.post(found[link])):
            assert answer.status_code == 409
            assert "was used" in shown(answer)
    assert status(blog, comment) == "rejected"
    (decision,) = blog.store.queue.case("blog", comment, now=clock.now()).decisions
    assert decision.reason == "insult"
    blog.client.post(f"{S}/decisions/{decision.id}/undo", json={}, headers=blog.admin)
    assert blog.client.post(found["Approve"]).status_code == 409
    assert status(blog, comment) == "held"


def test_a_link_is_for_the_text_that_was_read_and_for_its_time(blog, ann, post, app, monkeypatch):
    headers = blog.author()
    comment = held(blog, headers=headers)
    (mail,) = post.deliver()
    found = links(mail)
    answer = blog.client.patch(
        f"{S}/comments/{comment}", json={"text": "Still an idiot."}, headers=headers
    )
    assert answer.status_code == 200
    assert "changed" in shown(blog.client.post(found["Approve"]))
    assert status(blog, comment) == "held"
    other = held(blog, "What an idiot you are.")
    (mail,) = post.deliver(20 * MINUTE)
    late = clock.now() + post.ahead + 8 * DAY
    monkeypatch.setattr("moderation.pages.links.now", lambda: late)
    answer = blog.client.post(links(mail)["Approve"])
    assert (answer.status_code, shown(answer)) == (
        410,
        "This link is too old. This link is too old.",
    )
    assert status(blog, other) == "held"


def test_a_wrong_or_a_removed_moderators_link_does_nothing(blog, ann, post):
    comment = held(blog)
    (mail,) = post.deliver()
    link = links(mail)["Approve"]
    assert blog.client.post(f"{link}x").status_code == 404
    assert blog.client.get("/mail/nonsense").status_code == 404
    blog.store.accounts.remove("blog", ann, "t", clock.now())
    assert blog.client.post(link).status_code == 404
    assert status(blog, comment) == "held"


def test_somebody_elses_claim_is_kept(blog, ann, post):
    comment = held(blog)
    (mail,) = post.deliver()
    blog.client.patch(f"{S}/queue/claims/{comment}", headers=blog.admin)
    answer = blog.client.post(links(mail)["Approve"])
    assert answer.status_code == 409
    assert "Somebody else is working" in shown(answer)


def test_what_was_decided_meanwhile_is_not_told(blog, ann, post):
    comment = held(blog)
    post.work()
    blog.decide(comment, "approve")
    assert post.deliver() == []
    assert post.deliver(DAY) == []


def test_each_moderator_gets_what_they_chose(blog, ann, post):
    for email, wants in (("never@x.example", "never"), ("all@x.example", "all")):
        blog.moderator(email)
        choose(blog, account(blog, email), wants=wants, language="de")
    blog.made("A fair point.")
    (mail,) = post.deliver()
    assert mail.to == "all@x.example"
    assert mail.message["Subject"] == "Blog: neue Kommentare (1)"
    assert "Freigeben" not in links(mail)
    assert "Ablehnen" in links(mail)
    held(blog)
    assert {mail.to for mail in post.deliver(20 * MINUTE)} == {ANN, "all@x.example"}


def test_a_moderator_is_not_told_what_they_did(blog, post):
    headers, _ = blog.moderator(ANN)
    choose(blog, account(blog, ANN), wants="all")
    blog.post("A fair point.", headers=headers)
    assert post.deliver() == []


def test_what_comes_together_goes_together_and_not_too_often(blog, ann, post):
    for n in range(3):
        held(blog, f"Such an idiot, {n}.")
    (mail,) = post.deliver()
    assert mail.message["Subject"] == "Blog: comments to review (3)"
    held(blog, "Another idiot.")
    assert post.deliver(5 * MINUTE) == []
    assert len(post.deliver(6 * MINUTE)) == 1


def test_a_digest_goes_at_the_hours_that_were_chosen(blog, ann, post):
    choose(blog, ann, hours=(6, 18), zone="Asia/Kolkata")
    held(blog)
    post.work()
    at = next_hour((6, 18), "Asia/Kolkata", now=clock.now())
    here = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo("Asia/Kolkata"))
    assert (here.hour in (6, 18), here.minute) == (True, 0)
    assert post.deliver(at - clock.now() - MINUTE) == []
    held(blog, "Another idiot.")
    (mail,) = post.deliver(2 * MINUTE)
    assert mail.message["Subject"] == "Blog: comments to review (2)"


@hypothesis.given(
    now=st.integers(1_700_000_000_000, 1_900_000_000_000),
    hours=st.sets(st.integers(0, 23), min_size=1),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"]),
)
def test_the_next_hour_is_the_next_one(now, hours, zone):
    at = next_hour(hours, zone, now=now)
    assert now < at <= now + 26 * HOUR
    here = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone))
    # An hour that summer time leaves out is the one after it.
    assert here.hour in {hour + more for hour in hours for more in (0, 1)}
    assert (here.minute, here.second) == (0, 0)


def test_a_task_that_runs_again_tells_nothing_again(blog, ann, post):
    comment = held(blog)
    (mail,) = post.deliver()
    task = type("Task", (), {})()
    task.id, task.type, task.data = f"{clock.now()}-0", "comment.created", {"comment": comment}
    posting.post(post.services, "blog", task)
    assert post.deliver(DAY) == []
    assert mail.message["Message-ID"]


def test_an_import_tells_nobody(blog, ann, post):
    choose(blog, ann, wants="all")
    comment = blog.made("A fair point.")["id"]
    task = type("Task", (), {})()
    task.type, task.data = "comment.created", {"comment": comment}
    task.id = f"{clock.now() + 2 * HOUR}-0"
    posting.post(post.services, "blog", task)
    assert blog.store.mail.boxes("blog", [f"m-{ann}"])[0].items == {}


def test_a_mail_server_that_is_down_for_a_day_loses_and_doubles_nothing(blog, ann, post):
    post.server.stop()
    for hour in range(24):
        if hour % 8 == 0:
            held(blog, f"Such an idiot, hour {hour}.")
        assert post.deliver(HOUR) == []
    assert dead(blog) == 0
    post.server.start(post.server.port)
    (mail,) = post.deliver(HOUR)
    assert mail.message["Subject"] == "Blog: comments to review (3)"
    assert post.deliver(HOUR) == []
    assert post.deliver(DAY) == []


def test_the_death_of_a_sender_loses_nothing(blog, ann, post):
    held(blog)
    post.work()
    later = clock.now() + 2 * MINUTE

    def at(moment: int) -> Callable[[], int]:
        return lambda: moment

    class Dying(Postman):
        def _send(self, draft, stack):
            if os.environ.get("DIE") == "after":
                super()._send(draft, stack)
            os.kill(os.getpid(), signal.SIGKILL)

    for moment, arrived in (("before", 0), ("after", 1)):
        child = os.fork()
        if child == 0:
            os.environ["DIE"] = moment
            Dying(post.services, clock=at(later)).run_once()
            os._exit(1)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        assert len(post.server.received) == arrived
        assert Postman(post.services, clock=at(later)).run_once() == 0, "it is leased"
        later += 11 * MINUTE
    assert Postman(post.services, clock=at(later)).run_once() == 1
    # The one that died between the server's yes and its note: twice, but known as the same.
    first, again = post.server.received
    assert first.message["Message-ID"] == again.message["Message-ID"]
    assert Postman(post.services, clock=at(later + DAY)).run_once() == 0


def test_an_address_that_refuses_three_times_is_switched_off(blog, ann, post):
    blog.moderator("ok@x.example")
    post.server.refuse[ANN] = "550 No such user"
    held(blog)
    assert [mail.to for mail in post.deliver()] == ["ok@x.example"]
    assert post.deliver(HOUR) == post.deliver(DAY) == []
    assert dead(blog) == 1
    del post.server.refuse[ANN]
    held(blog, "Another idiot.")
    assert [mail.to for mail in post.deliver(HOUR)] == ["ok@x.example"]
    choose(blog, ann)
    held(blog, "A third idiot.")
    assert {mail.to for mail in post.deliver(HOUR)} == {ANN, "ok@x.example"}


def test_a_mail_that_is_put_off_comes_later(blog, ann, post):
    post.server.refuse[ANN] = "450 Greylisted"
    held(blog)
    assert post.deliver() == []
    del post.server.refuse[ANN]
    assert post.deliver(MINUTE) == []
    assert len(post.deliver(2 * MINUTE)) == 1


def test_what_no_server_takes_for_days_ends_as_a_dead_letter(blog, ann, post):
    post.server.refuse[ANN] = "450 Mailbox busy"
    held(blog)
    for _ in range(5):
        assert post.deliver(DAY) == []
    assert dead(blog) == 1
    assert post.deliver(DAY) == []


def test_one_click_ends_the_mails(blog, ann, post):
    held(blog)
    (mail,) = post.deliver()
    link = mail.message["List-Unsubscribe"].strip("<>").removeprefix("https://comments.example.org")
    assert blog.client.get(link).status_code == 200
    assert blog.store.mail.choices("blog") == {}
    answer = blog.client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert blog.store.mail.choices("blog")[ann].wants == "never"
    held(blog, "Another idiot.")
    assert post.deliver(DAY) == []


def test_more_than_a_mail_shows_are_counted(blog, ann, post):
    choose(blog, ann, hours=(6,))
    for n in range(23):
        held(blog, f"Such an idiot, {n}.", headers=blog.author())
    (mail,) = post.deliver(25 * HOUR)
    assert mail.message["Subject"] == "Blog: comments to review (23)"
    assert mail.part("plain").count("Approve: ") == 20
    assert "Not shown here: 3 more." in mail.part("plain")


def test_without_a_mail_server_nothing_waits(blog, ann, post):
    post.services = replace(
        post.services, settings=replace(post.services.settings, mail_server=None)
    )
    held(blog)
    post.work()
    assert blog.store.mail.boxes("blog", [f"m-{ann}"])[0].items == {}


def test_a_name_and_a_title_add_no_header(blog, ann, post):
    blog.store.sites.update("blog", name="Blog\r\nBcc: x@evil.example", actor="t", now=1)
    blog.made(
        "Such an idiot.",
        author={"name": "A\u2028Bcc: x@evil.example"},
        thread={"url": PAGE, "title": "T\nBcc: x@evil.example"},
    )
    (mail,) = post.deliver()
    assert mail.message["Bcc"] is None
    assert mail.message["Subject"] == "Blog Bcc: x@evil.example: comments to review (1)"


def test_the_commands(blog, ann, post, server, monkeypatch):
    from click.testing import CliRunner

    from moderation.cli import cli

    monkeypatch.setenv("REJOINDER_DATA_DIR", str(server.data_dir))
    monkeypatch.setenv("REJOINDER_DURABILITY", "everysec")

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(cli, arguments)

    def about(email: str, *options: str) -> Any:
        return json.loads(
            run("moderator", "mail", email, "--site", "blog", *options, "--json").stdout
        )

    assert (about(ANN)["what"], about(ANN)["hours"]) == ("waiting", [])
    told = about(ANN, "--when", "17,8", "--zone", "Europe/Berlin", "--language", "fr")
    assert (told["what"], told["hours"], told["zone"]) == ("waiting", [8, 17], "Europe/Berlin")
    assert about(ANN, "--what", "all")["language"] == "fr"
    assert about(ANN, "--when", "at-once")["hours"] == []
    for wrong in (("--when", "24"), ("--when", "soon"), ("--zone", "Mars/Olympus")):
        failed = run("moderator", "mail", ANN, "--site", "blog", *wrong)
        assert failed.exit_code == 1
        assert failed.stderr.count("\n") == 1
    made = run("moderator", "create", "z@x.example", "--site", "blog", "--mail", "never", "--json")
    assert json.loads(made.stdout)["mail"] == "never"
    assert about("z@x.example")["what"] == "never"


def test_a_post_of_ten_thousand_is_kept_small(blog, ann, post):
    from moderation.records import MailPost

    posts = [MailPost(recipient=f"m-{ann}", item=f"w/{n}/1", due=1) for n in range(10_000)]
    assert blog.store.mail.post("blog", posts, now=clock.now()) == 10_000
    (box,) = blog.store.mail.boxes("blog", [f"m-{ann}"])
    assert (len(box.items), len(box.items) + box.more) == (500, 10_000)
    assert blog.store.mail.post("blog", posts, now=clock.now()) == 0
