"""A mail says the same as text and as HTML; what strangers wrote stays what they wrote."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.outbound.mail.letter import (
    MAX_QUOTE,
    Entry,
    Letter,
    Link,
    as_html,
    as_text,
    compose,
    quoted,
)
from moderation.outbound.mail.reasons import REJECTION_REASONS
from moderation.outbound.mail.server import ON_THE_WIRE
from moderation.outbound.mail.words import LANGUAGES, best_language, catalogue, words
from moderation.settings import Settings, load_settings

STATIC = Path(__file__).parents[2] / "moderation" / "dashboard" / "static"
EXPECTED = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language",
    "X-Auto-Response-Suppress", "MIME-Version", "Content-Type", "List-Id", "List-Unsubscribe",
    "List-Unsubscribe-Post",
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    return load_settings(
        {
            "REJOINDER_DATA_DIR": str(tmp_path_factory.mktemp("data")),
            "REJOINDER_SMTP_URL": "smtp://127.0.0.1",
            "REJOINDER_MAIL_FROM": "c@example.org",
            "REJOINDER_PUBLIC_URL": "https://comments.example.org",
        }
    )


def letter(**more: object) -> Letter:
    content: dict[str, object] = {
        "language": "en",
        "subject": "Blog: comments to review (1)",
        "key": "k",
        "opening": ("These wait.",),
        "entries": (
            Entry(
                title="Anna on “Post”",
                quote="First line\n\nlast line",
                notes=("Why: insult (0.91)",),
                links=(Link(label="Approve", url="https://c.example/mail/a", main=True),),
            ),
        ),
        "links": (Link(label="No more", url="https://c.example/mail/s"),),
        "list_name": "blog",
        "unsubscribe": "https://c.example/mail/s",
    }
    return Letter(**{**content, **more})  # type: ignore[arg-type]


class Seen(HTMLParser):
    """What a person sees of a page, and every address in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.hidden = tag in ("style", "title")
        self.addresses += [v or "" for k, v in attributes if k in ("href", "src", "background")]

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


def test_text_and_html_say_the_same():
    text, seen = as_text(letter()), Seen(as_html(letter()))
    assert text == (
        "These wait.\n\nAnna on “Post”\n\n> First line\n>\n> last line\n\nWhy: insult (0.91)\n\n"
        "Approve: https://c.example/mail/a\n\n-- \nNo more: https://c.example/mail/s\n"
    )
    shown = "".join(seen.text)
    for said in ("These wait.", "Anna on “Post”", "First line\n\nlast line", "Why: insult (0.91)"):
        assert said in shown
    assert seen.addresses == ["https://c.example/mail/a", "https://c.example/mail/s"]


def test_nothing_is_fetched_from_elsewhere():
    html = as_html(letter())
    assert not {"img", "script", "link", "iframe", "object", "svg"} & set(Seen(html).tags)
    assert "url(" not in html
    assert "@import" not in html


@hypothesis.settings(max_examples=50)
@given(hostile=st.text(max_size=200))
def test_what_strangers_wrote_adds_no_header_and_no_markup(settings, hostile):
    made = letter(
        subject=f"Blog: {hostile}",
        entries=(Entry(title=hostile, quote=quoted(hostile), notes=(hostile,)),),
    )
    raw = compose(made, settings, "ann@example.org", now=1).as_bytes(policy=ON_THE_WIRE)
    read = message_from_bytes(raw, policy=default)
    assert set(read.keys()) == EXPECTED
    assert read["To"] == "ann@example.org"
    assert not read.defects
    plain = Seen(as_html(letter(entries=(Entry(title="x", quote="y", notes=("z",)),))))
    assert set(Seen(as_html(made)).tags) <= {*plain.tags}


@pytest.mark.parametrize(
    "hostile",
    ["a\r\nBcc: x@example.org", "a\nTo: x@example.org", "a\x00b", "‮abc", "é" * 300, "\u2028Bcc: x"],
)
def test_a_subject_is_one_short_line(settings, hostile):
    message = compose(letter(subject=hostile), settings, "ann@example.org", now=1)
    subject = message_from_bytes(message.as_bytes(policy=ON_THE_WIRE), policy=default)["Subject"]
    assert len(subject) <= 120
    assert subject.isprintable()
    assert message["Bcc"] is None


def test_markup_is_shown_as_it_was_written():
    text = '<img src="https://evil.example/x.png"><script>alert(1)</script> {{ 7*7 }} {name}'
    seen = Seen(as_html(letter(entries=(Entry(quote=quoted(text)),))))
    assert text in "".join(seen.text)
    assert "img" not in seen.tags


def test_the_same_mail_has_the_same_id(settings):
    first, again, other, for_ben = (
        compose(letter(key=key), settings, to, now=at)["Message-ID"]
        for key, to, at in (
            ("k", "ann@example.org", 1),
            ("k", "ann@example.org", 99),
            ("l", "ann@example.org", 1),
            ("k", "ben@example.org", 1),
        )
    )
    assert first == again
    assert len({first, other, for_ben}) == 3
    assert re.fullmatch(r"<[0-9a-f]{40}@comments\.example\.org>", first)


def test_one_click_ends_it(settings):
    message = compose(letter(), settings, "ann@example.org", now=1)
    assert message["List-Unsubscribe"] == "<https://c.example/mail/s>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_long_text_is_cut():
    assert len(quoted("a" * 50_000)) <= MAX_QUOTE + 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_complete(language):
    def gaps(said: str) -> set[str]:
        return set(re.findall(r"\{\w+\}", said))

    english, own = catalogue("en"), catalogue(language)
    assert list(own) == list(english)
    for name, said in own.items():
        assert said.strip() == said != ""
        assert gaps(said) == gaps(english[name]), name
    widget = Path("moderation/widget/static/messages")
    assert {path.stem for path in widget.glob("*.json")} == set(LANGUAGES)


def test_what_fills_a_gap_is_never_read_as_one():
    said = words("en")("entry.on", name="{page}", page="{name}")
    assert said == "{page} on “{name}”"


@pytest.mark.parametrize(
    ("accepted", "otherwise", "chosen"),
    [
        (None, None, "en"),
        ("de-AT,de;q=0.9,en;q=0.8", None, "de"),
        ("it, fr;q=0.4, en;q=0.5", None, "en"),
        ("it", "pt", "pt"),
        ("it", "it", "en"),
        ("de;q=0, *;q=0.1", None, "en"),
        ("de;q=x,,;;", "ar", "ar"),
    ],
)
def test_a_language_is_chosen(accepted, otherwise, chosen):
    assert best_language(accepted, otherwise) == chosen


def test_mails_have_words_for_what_the_dashboard_rejects_for() -> None:
    code = (STATIC / "queue" / "rejection-reasons.js").read_text("utf-8")
    listed = re.search(r"REASONS = \[(.*?)\]", code, re.DOTALL)
    assert listed
    # What a moderator wrote instead of choosing is told in their words.
    assert re.findall(r'"([\w-]+)"', listed[1]) == [*REJECTION_REASONS, "other"]
