"""Mail is handed over to a real SMTP server, in each of the ways that the address may name."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from moderation.cli import cli
from moderation.email_addresses import email_address
from moderation.errors import (
    BadEmailError,
    ConfigurationError,
    MailBouncedError,
    MailDeferredError,
    MailOffError,
    MailRefusedError,
    MailServerError,
)
from moderation.outbound.mail.trial import send_trial
from moderation.settings import Settings, load_settings
from tests.support.mail_server import MailServer, certificate, known_user, local_socket

TO = "ann@example.org"


def settings(tmp_path: Path, url: str, sender: str = "Böse Worte <c@example.org>") -> Settings:
    return load_settings(
        {
            "REJOINDER_DATA_DIR": str(tmp_path),
            "REJOINDER_SMTP_URL": url,
            "REJOINDER_MAIL_FROM": sender,
            "REJOINDER_PUBLIC_URL": "https://comments.example.org",
        }
    )


def test_a_mail_arrives_as_text_and_html(tmp_path, mail_server):
    answer = send_trial(settings(tmp_path, mail_server.url), TO, language="ar", now=1_000)
    assert answer == "250 OK: kept"
    (mail,) = mail_server.received
    assert (mail.sender, mail.to) == ("c@example.org", TO)
    assert mail.message["From"].addresses[0].display_name == "Böse Worte"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert "https://comments.example.org" in mail.part("plain")
    assert '<html lang="ar" dir="rtl">' in mail.part("html")
    assert mail.raw.isascii()
    assert max(map(len, mail.raw.splitlines())) <= 998


def test_over_tls_and_starttls_with_a_password(tmp_path, monkeypatch):
    context, authority = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    server = MailServer()
    server.start(
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=known_user(b"us@er", b"p:w"),
    )
    try:
        url = f"smtp://us%40er:p%3Aw@127.0.0.1:{server.port}?starttls=always"
        send_trial(settings(tmp_path, url), TO, now=1)
        assert len(server.received) == 1
        wrong = f"smtp://us%40er:no@127.0.0.1:{server.port}?starttls=always"
        with pytest.raises(MailServerError, match="535"):
            send_trial(settings(tmp_path, wrong), TO, now=1)
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(MailServerError, match="certificate"):
            send_trial(settings(tmp_path, url), TO, now=1)
    finally:
        server.stop()


def test_over_smtps(tmp_path, monkeypatch):
    context, authority = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    server = MailServer()
    server.start(ssl_context=context)
    try:
        send_trial(settings(tmp_path, f"smtps://127.0.0.1:{server.port}"), TO, now=1)
        assert len(server.received) == 1
    finally:
        server.stop()


def test_no_password_goes_out_in_the_clear(tmp_path, mail_server):
    url = f"smtp://me:secret@127.0.0.1:{mail_server.port}?starttls=always"
    with pytest.raises(MailServerError, match="STARTTLS"):
        send_trial(settings(tmp_path, url), TO, now=1)
    assert settings(tmp_path, "smtp://me:x@mail.example.org").mail_server.starttls == "always"
    assert settings(tmp_path, "smtp://mail.example.org").mail_server.starttls == "offered"


def test_over_a_local_socket(tmp_path):
    path = tmp_path / "mail.sock"
    with local_socket(path) as server:
        send_trial(settings(tmp_path, f"unix://{path}"), TO, now=1)
        assert server.received[0].to == TO


@pytest.mark.parametrize(
    ("refused", "after_data", "error"),
    [
        ("550 No such user", "250 OK", MailBouncedError),
        ("450 Greylisted", "250 OK", MailDeferredError),
        ("", "554 This is spam", MailRefusedError),
        ("", "451 Later", MailDeferredError),
        ("421 Closing", "250 OK", MailServerError),
    ],
)
def test_a_failure_is_told_apart(tmp_path, mail_server, refused, after_data, error):
    mail_server.after_data = after_data
    if refused:
        mail_server.refuse[TO] = refused
    with pytest.raises(error) as caught:
        send_trial(settings(tmp_path, mail_server.url), TO, now=1)
    assert type(caught.value) is error
    assert (refused or after_data).split()[0] in caught.value.detail


def test_a_server_that_is_not_there(tmp_path, mail_server):
    mail_server.stop()
    with pytest.raises(MailServerError, match="refused"):
        send_trial(settings(tmp_path, mail_server.url), TO, now=1)
    with pytest.raises(MailServerError):
        send_trial(settings(tmp_path, f"unix://{tmp_path}/none"), TO, now=1)
    with pytest.raises(MailOffError):
        send_trial(load_settings({"REJOINDER_DATA_DIR": str(tmp_path)}), TO, now=1)


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("SMTP_URL", "http://mail", "must start with"),
        ("SMTP_URL", "smtp://", "must name a host"),
        ("SMTP_URL", "smtp://u:sesame@h:99999", "port"),
        ("SMTP_URL", "smtps://h?starttls=always", "only for smtp"),
        ("SMTP_URL", "smtp://h?tls=1", "may end only"),
        ("SMTP_URL", "unix://run/mail", "whole path"),
        ("MAIL_FROM", "Comments", "must be one address"),
        ("MAIL_FROM", "a@b.example, c@d.example", "must be one address"),
        ("MAIL_FROM", "a@b.example\r\nBcc: c@d.example", "must be one address"),
        ("MAIL_FROM", "ä@b.example", "must be one address"),
    ],
)
def test_a_wrong_setting_is_named_and_never_shown(tmp_path, variable, value, why):
    with pytest.raises(ConfigurationError) as caught:
        load_settings({"REJOINDER_DATA_DIR": str(tmp_path), f"REJOINDER_{variable}": value})
    assert f"REJOINDER_{variable}" in caught.value.detail
    assert why in caught.value.detail
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ann@Example.ORG", "Ann@example.org"),
        (" a.b+c@münchen.example ", "a.b+c@xn--mnchen-3ya.example"),
    ],
)
def test_an_address(text, address):
    assert email_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "ann@localhost",
        "ann@127.0.0.1",
        "ann@[127.0.0.1]",
        "a b@example.org",
        "a@b@example.org",
        "a..b@example.org",
        ".a@example.org",
        "<a@example.org>",
        "a@example.org\nBcc: b@example.org",
        "a\r@example.org",
        "a@example.org,b@example.org",
        "ä@example.org",
        "a@exa mple.org",
        "a@example.org/x",
        "a@-example.org",
        f"{'a' * 65}@example.org",
        f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.example",
    ],
)
def test_what_is_no_address(text):
    with pytest.raises(BadEmailError):
        email_address(text)


@pytest.fixture
def command(tmp_path, monkeypatch, mail_server):
    for name in list(os.environ):
        if name.startswith("REJOINDER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("REJOINDER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REJOINDER_SMTP_URL", mail_server.url)
    monkeypatch.setenv("REJOINDER_MAIL_FROM", "c@example.org")
    return lambda *arguments: CliRunner().invoke(cli, arguments)


def test_the_command_says_what_the_server_answered(command, mail_server, monkeypatch):
    told = json.loads(command("mail", "test", TO, "--json").stdout)
    assert told == {
        "to": TO,
        "from": "c@example.org",
        "server": mail_server.url,
        "answer": "250 OK: kept",
    }
    assert len(mail_server.received) == 1
    mail_server.refuse[TO] = "550 No such user"
    failed = command("mail", "test", TO)
    assert failed.exit_code == 1
    assert failed.stderr == "Error: The mail server answered 550 No such user\n"
    monkeypatch.delenv("REJOINDER_MAIL_FROM")
    assert "REJOINDER_MAIL_FROM" in command("mail", "test", TO).stderr


def test_doctor_tries_the_server(command, mail_server, monkeypatch):
    def about_mail() -> tuple[str, str]:
        findings = json.loads(command("doctor", "--json").stdout)["findings"]
        (found,) = (item for item in findings if item["about"] == "mail")
        return found["level"], found["detail"]

    assert about_mail() == ("ok", f"{mail_server.url} answers, from c@example.org")
    mail_server.stop()
    assert about_mail()[0] == "broken"
    monkeypatch.delenv("REJOINDER_SMTP_URL")
    level, detail = about_mail()
    assert level == "warning"
    assert "set REJOINDER_SMTP_URL" in detail
    assert "REJOINDER_MAIL_FROM" not in detail
