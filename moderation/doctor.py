"""What `rejoinder doctor` looks at, in the order in which things break."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from . import urls
from .clock import now
from .errors import RejoinderError, UnavailableError, one_line
from .outbound.mail.server import connected as mail_connected
from .policy import Policy
from .settings import KEY_FILE, Settings
from .store import Store
from .store.connection import Connection, ServerInfo, connect
from .store.consistency import Boxes
from .store.mail import MAX_BOUNCES
from .store.server.binaries import FAMILIES
from .store.server.facts import MIN_FREE_DISK

LOW_DISK = 512 << 20
"""Bytes under which `doctor` warns."""

_MOST_TOLD = 20

Level = Literal["ok", "warning", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and a sentence on it for who runs the service."""

    level: Level
    about: str
    detail: str


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a part that cannot be looked at is itself a finding."""
    findings = list(_settings(settings))
    finding, languages = _model(settings)
    findings.append(finding)
    try:
        connection = connect(settings)
    except RejoinderError as error:
        return [*findings, Finding("broken", "storage", one_line(error))]
    try:
        findings += _storage(connection, settings)
        findings += _sites(Store(connection), settings, languages)
    except RejoinderError as error:
        findings.append(Finding("broken", "storage", one_line(error)))
    finally:
        connection.close()
    return findings


def _settings(settings: Settings) -> Iterator[Finding]:
    yield Finding("ok", "data folder", str(settings.data_dir))
    secret = settings.data_dir / KEY_FILE
    if secret.exists() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
        yield Finding("broken", "secret key", f"{secret} can be read by others: chmod 600 it")
    elif settings.redis_url and secret.exists() and _kept(settings, secret.read_bytes()):
        yield Finding(
            "warning",
            "secret key",
            f"it is the one in {secret}; machines that share REJOINDER_REDIS_URL must all be given "
            "the same REJOINDER_SECRET_KEY",
        )
    if settings.public_url.startswith("http://") and not _local(settings.public_url):
        yield Finding("warning", "public address", f"{settings.public_url} is without TLS")
    else:
        yield Finding("ok", "public address", settings.public_url)
    yield _mail(settings)


def _mail(settings: Settings) -> Finding:
    if settings.mail_server is not None and settings.mail_from is not None:
        return _mail_server(settings)
    missing = [
        name
        for name, value in (
            ("REJOINDER_SMTP_URL", settings.mail_server),
            ("REJOINDER_MAIL_FROM", settings.mail_from),
        )
        if value is None
    ]
    told = f"none goes out, to moderators and authors: set {' and '.join(missing)}"
    return Finding("warning", "mail", told)


def _mail_server(settings: Settings) -> Finding:
    shown = settings.mail_server.shown if settings.mail_server else ""
    try:
        with mail_connected(settings):
            return Finding("ok", "mail", f"{shown} answers, from {settings.mail_from}")
    except RejoinderError as error:
        return Finding("broken", "mail", f"{shown}: {one_line(error)}")


def _kept(settings: Settings, stored: bytes) -> bool:
    return stored.strip() == settings.secret_key


def _local(url: str) -> bool:
    return url.startswith(("http://127.", "http://localhost", "http://[::1]"))


def _model(settings: Settings) -> tuple[Finding, Sequence[str] | None]:
    """Try the model; the second is the languages that it reads, None if it gives no scores."""
    try:
        from classifiers import load_model
        from classifiers.second_reader import can_run

        model = load_model(settings.model, second_reader=settings.second_reader)
        # Those of other languages are read now, so that a broken file is found here.
        for language in model.languages:
            model.score(["A plain remark about the weather."], languages=[language])
    except Exception as error:
        # Whatever a model's code raises, the finding is the same: there are no scores.
        return Finding("broken", "model", f"{type(error).__name__}: {error}"), None
    told = (
        f"{model.version} for {', '.join(model.attributes)}; "
        f"scores comments in {', '.join(model.languages)}"
    )
    if settings.model is None and settings.second_reader and not can_run():
        told += (
            "; without ONNX Runtime there is no second reader, and more ordinary comments are held"
        )
        return Finding("warning", "model", told), model.languages
    return Finding("ok", "model", told), model.languages


def _storage(connection: Connection, settings: Settings) -> Iterator[Finding]:
    facts = connection.server()
    where = "embedded" if connection.embedded else facts.mode
    named = f"{facts.name.capitalize()} {facts.version}, {where}"
    if facts.nodes > 1:
        named += f", {facts.nodes} primaries"
    oldest = FAMILIES.get(facts.name)
    if oldest and tuple(int(part) for part in facts.version.split(".")[:2]) < oldest:
        needed = ".".join(map(str, oldest))
        yield Finding("broken", "server", f"{named}: needed is {needed} or newer")
    else:
        yield Finding("ok", "server", named)
    yield _persistence(facts, settings)
    if facts.trouble is not None:
        yield Finding("broken", "writes", f"the storage takes none: {facts.trouble}")
    if not facts.rewrite_ok:
        yield Finding("broken", "append-only file", "the last rewrite of it failed: is there room?")
    if facts.disk_free is not None:
        yield _disk(facts.disk_free)
    if facts.maxmemory_policy not in ("noeviction", None):
        yield Finding(
            "broken",
            "memory",
            f"maxmemory-policy is {facts.maxmemory_policy}: a full server would throw comments "
            "away; set noeviction",
        )
    else:
        limit = f" of {facts.maxmemory >> 20} MiB" if facts.maxmemory else ", no limit set"
        # By choice: a fifth is left then, for growth and for a rewrite of the append-only file.
        full = facts.maxmemory > 0 and facts.memory > 0.8 * facts.maxmemory
        yield Finding("warning" if full else "ok", "memory", f"{facts.memory >> 20} MiB{limit}")


def _disk(free: int) -> Finding:
    # By choice: a rewrite needs as much as the data once more.
    level: Level = "broken" if free < MIN_FREE_DISK else "warning" if free < LOW_DISK else "ok"
    return Finding(level, "disk", f"{free >> 20} MiB free under the data folder")


def _persistence(facts: ServerInfo, settings: Settings) -> Finding:
    if facts.aof is None:
        return Finding("warning", "persistence", "the server does not say whether it persists")
    if not facts.aof:
        return Finding("broken", "persistence", "there is no append-only file: set appendonly yes")
    if facts.fsync == "always":
        return Finding("ok", "persistence", "a write is on the disk before it is answered")
    if settings.waitaof:
        return Finding("ok", "persistence", "a write is answered when WAITAOF confirms it")
    if facts.fsync == "everysec":
        return Finding(
            "warning", "persistence", "power loss can cost up to two seconds of answered writes"
        )
    return Finding(
        "warning",
        "persistence",
        "the server hides its appendfsync"
        if facts.fsync is None
        else "appendfsync is no: power loss can cost half a minute of answered writes",
    )


def _sites(store: Store, settings: Settings, languages: Sequence[str] | None) -> Iterator[Finding]:
    try:
        for slug in store.maintenance.repair_registry():
            told = "was missing from the list of sites; entered it"
            yield Finding("warning", f"site {slug}", told)
    except UnavailableError as error:
        yield Finding("broken", "sites", f"one is missing from the list: {one_line(error)}")
    sites = store.sites.list()
    if not sites:
        yield Finding("warning", "sites", "none yet: rejoinder site create SLUG --origin URL")
    boxes = store.maintenance.ballot_boxes() if sites else {}
    for site in sites:
        stale = sum(
            urls.is_stale(thread.id, thread.url, tracking=settings.tracking)
            for thread in store.export.threads(site.slug)
        )
        if stale:
            yield Finding(
                "warning",
                f"site {site.slug}",
                f"{stale} threads are found only by the spelling of their address that they were "
                f"first written under: rejoinder thread tidy --site {site.slug}",
            )
        yield from _mended(store, site.slug)
        policy, card = Policy.from_json(site.policy), {"languages": languages}
        if languages is not None and not policy.is_read(card):
            yield Finding(
                "warning",
                f"site {site.slug}",
                f"no model reads its language, {policy.language}: comments get no scores, and "
                f"without other reasons the policy says {policy.without_scores(card)}",
            )
        yield from _outbound(store, site.slug)
        problems = store.maintenance.check(site.slug, boxes)
        if problems:
            yield from _derived_anew(store, site.slug, boxes)
            problems = store.maintenance.check(site.slug, boxes)
        for problem in problems:
            yield Finding("broken", f"site {site.slug}", problem)
        if not problems:
            stats = store.maintenance.stats(site.slug)
            dead = stats.get("dead", 0)
            yield Finding(
                "warning" if dead else "ok",
                f"site {site.slug}",
                f"{stats.get('comments.published', 0)} comments published, "
                f"{stats.get('queue.all', 0)} in the queue, {dead} dead tasks; indexes agree",
            )


def _outbound(store: Store, site: str) -> Iterator[Finding]:
    """What left the server, or should have: webhooks and mail."""
    name = f"site {site}"
    states = store.webhooks.states(site)
    for webhook in store.webhooks.list(site):
        called = f"the webhook {webhook.name or webhook.id} ({urlsplit(webhook.url).hostname})"
        state = states.get(webhook.id)
        waiting = f"; {state.waiting} deliveries wait for it" if state and state.waiting else ""
        if webhook.off == "gone":
            told = f"{called} was switched off, since its receiver answered 410 Gone{waiting}"
            yield Finding("warning", name, told)
        elif webhook.off is not None:
            yield Finding("ok", name, f"{called} is switched off{waiting}")
        elif state and state.error:
            told = f"{called} fails: {state.error.rstrip('.')}{waiting}"
            yield Finding("warning", name, told)
    (figures,) = store.figures.of([site], now=now())
    if figures.undelivered:
        yield Finding(
            "warning",
            name,
            f"{figures.undelivered} deliveries to webhooks were given up: "
            f"rejoinder webhook undelivered --site {site}",
        )
    if figures.addresses_off:
        yield Finding(
            "warning",
            name,
            f"{figures.addresses_off} mail addresses were refused {MAX_BOUNCES} times in a row, so "
            "nothing is sent to them any more; for a moderator: "
            f"rejoinder moderator mail E-MAIL --site {site}",
        )


def _derived_anew(store: Store, site: str, boxes: Boxes) -> Iterator[Finding]:
    """Mend what the records say; what is left is told after it."""
    name = f"site {site}"
    try:
        mended = store.maintenance.mend(site, boxes)
    except UnavailableError as error:
        yield Finding("broken", name, f"nothing of it can be mended: {one_line(error)}")
        return
    for told in mended[:_MOST_TOLD]:
        yield Finding("warning", name, f"mended: {told}")
    if len(mended) > _MOST_TOLD:
        yield Finding("warning", name, f"mended {len(mended) - _MOST_TOLD} more")


def _mended(store: Store, site: str) -> Iterator[Finding]:
    """Mend what can be derived; what takes no writes is looked through all the same."""
    name = f"site {site}"
    try:
        mended = store.maintenance.mend_top(site)
        dropped = store.maintenance.drop_claims(site)
        store.maintenance.enter_cases(site)
        store.maintenance.list_threads(site)
    except UnavailableError as error:
        yield Finding("broken", name, f"its indexes cannot be mended: {one_line(error)}")
        return
    if mended:
        yield Finding(
            "warning", name, f"the order by votes of {len(mended)} threads was broken; mended it"
        )
    if dropped:
        yield Finding(
            "warning",
            name,
            f"{dropped} claims were on comments that are not in the queue; dropped them",
        )
