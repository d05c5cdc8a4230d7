"""All of the configuration, read once from the environment.

Nothing else reads a `REJOINDER_…` variable. Beside these, `XDG_DATA_HOME` is looked at for where
data lies, and `prometheus_client`'s own variable, which `gunicorn_conf` sets for the workers.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.policy import SMTP
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import parse_qs, unquote, urlsplit

import ada_url
from environs import Env, EnvError, validate
from marshmallow import ValidationError

from moderation.errors import ConfigurationError

PREFIX = "REJOINDER_"
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that tells `prometheus_client` where the worker processes put their counters."""
KEY_FILE = "secret.key"
"""The file in the data folder that holds the secret key, unless a variable gives it."""
Durability = Literal["always", "everysec"]
LogFormat = Literal["json", "console"]
REDIS_SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel", "redis+cluster",
                 "rediss+cluster")  # fmt: skip
# 128 bits, if they are random: too many to be guessed.
MIN_SECRET_BYTES = 16
# By choice. In less than 64 KiB the longest comment that a policy may allow, 50,000 characters,
# would not even fit in Latin letters; with more than 64 MiB a few requests fill the memory, since a
# body is read whole.
MIN_BODY, MAX_BODY = 65_536, 64 * 1_048_576

# What others take for it on every site: Brave's query filter and the lists for Firefox's query
# stripping that follow it, ClearURLs' global rules; and the names of common analytics and mail
# services. Left out is what those lists take away and some sites name their content by (`ref`,
# `source`, `si`, `cid`, `spm`).
SHIPPED_TRACKING = (
    "utm_*", "mtm_*", "matomo_*", "piwik_*", "pk_campaign", "pk_kwd", "pk_keyword", "pk_source",
    "pk_medium", "pk_content", "pk_cid", "hsa_*", "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp",
    "hsctatracking", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source",
    "gad_campaignid", "srsltid", "_ga", "_gl", "fbclid", "fb_action_ids", "fb_action_types",
    "fb_source", "fb_ref", "igshid", "igsh", "msclkid", "mc_cid", "mc_eid", "mkt_tok", "twclid",
    "ttclid", "li_fat_id", "yclid", "ysclid", "_openstat", "epik", "rdt_cid", "sccid", "s_cid",
    "vero_id", "vero_conv", "oly_enc_id", "oly_anon_id", "wickedid", "_kx", "_ke",
    "_branch_match_id", "irclickid", "tblci", "obclickid", "dicbo", "dm_i", "qclid", "__s",
    "_bhlid", "ml_subscriber", "ml_subscriber_hash", "oft_*", "rb_clickid", "mc_tc", "guccounter",
    "guce_referrer", "guce_referrer_sig", "itm_*", "wt_mc", "wt_zmc", "WT.mc_id", "mibextid",
    "__cft__*", "__tn__", "fb_comment_id", "syclid", "ymclid", "et_rid", "bsft_*", "trk", "cmpid",
    "s_kwcid", "elqTrack", "elqTrackId", "_branch_referrer", "at_recipient_id",
    "at_recipient_list", "bbeml", "sc_customer", "sc_eh", "sc_uid", "sfmc_activityid", "sfmc_id",
    "sms_click", "sms_source", "sms_uph", "ss_email_id", "unicorn_click_id", "vgo_ee",
    "__twitter_impression",
)  # fmt: skip
"""Names of query parameters that say how a reader came to a page, not which page it is."""

# Seconds, by choice: nobody waits longer than a minute for a comment to come or to go.
MAX_SHARED_CACHE = 60
# In place of names: all of those, or none at all.
_SHIPPED, _NO_TRACKING = "default", "none"
_PARAMETER = re.compile(r"[A-Za-z0-9._-]+\*?")

SMTP_SCHEMES = ("smtp", "smtps", "unix")
Starttls = Literal["always", "offered", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over: a host and port, or, if `socket` is set, that path.

    `implicit_tls` is TLS from the first byte; else `starttls` says when it is switched on.
    """

    host: str = ""
    port: int = 0
    socket: str | None = None
    user: str | None = None
    password: str = ""
    implicit_tls: bool = False
    starttls: Starttls = "offered"

    @property
    def shown(self) -> str:
        """Name it without the password."""
        if self.socket:
            return f"unix://{self.socket}"
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'smtps' if self.implicit_tls else 'smtp'}://{user}{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says, checked. `docs/operate.md` explains each variable."""

    redis_url: str | None
    data_dir: Path
    secret_key: bytes
    public_url: str
    durability: Durability = "always"
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    tracking: tuple[str, ...] = SHIPPED_TRACKING
    model: str | None = None
    second_reader: bool = True
    log_level: str = "INFO"
    log_format: LogFormat = "json"
    max_body: int = 1_048_576
    waitaof: bool = False
    metrics_key: str | None = None
    shared_cache: int = 0
    mail_server: MailServer | None = None
    mail_from: Address | None = None
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    tracing: str | None = None

    @property
    def mails(self) -> bool:
        """Whether mail can go out: there is a server and a sender."""
        return self.mail_server is not None and self.mail_from is not None

    @property
    def secure(self) -> bool:
        """Whether browsers reach the service over TLS."""
        return self.public_url.startswith("https://")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings; every wrong value is named at once.

    A variable that ends in `_FILE` is read from that file (container secrets), so
    `REJOINDER_SECRET_KEY_FILE=/run/secrets/key` works like `REJOINDER_SECRET_KEY`. Without a
    secret key one is made and kept in the data folder.

    Raises:
        ConfigurationError: a variable is wrong, or the data folder cannot be written.
    """
    source = dict(os.environ if environ is None else environ)
    env = _Environment(source)
    redis_url = env.str("REDIS_URL", None, validate=_redis_url)
    data_dir = env.path("DATA_DIR", _default_data_dir(source))
    secret_key = env.str("SECRET_KEY", None, validate=_secret_key)
    public_url = env.str("PUBLIC_URL", "http://127.0.0.1:8000", validate=_public_url)
    durability = env.str("DURABILITY", "always", validate=validate.OneOf(["always", "everysec"]))
    proxies: list[str] = env.list("TRUSTED_PROXIES", [], validate=_networks)
    tracking: list[str] = env.list("TRACKING_PARAMETERS", [_SHIPPED], validate=_tracking)
    model = env.str("MODEL", None)
    second_reader = env.bool("SECOND_READER", True)
    log_level = env.str(
        "LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"])
    )
    log_format = env.str("LOG_FORMAT", "json", validate=validate.OneOf(["json", "console"]))
    max_body = env.int("MAX_BODY", 1_048_576, validate=validate.Range(MIN_BODY, MAX_BODY))
    waitaof = env.bool("WAITAOF", False)
    metrics_key = env.str("METRICS_KEY", None)
    shared_cache = env.int("SHARED_CACHE", 0, validate=validate.Range(0, MAX_SHARED_CACHE))
    smtp_url = env.str("SMTP_URL", None, validate=_smtp_url)
    mail_from = env.str("MAIL_FROM", None, validate=_mail_from)
    webhook_networks: list[str] = env.list("WEBHOOK_NETWORKS", [], validate=_networks)
    tracing = env.str("TRACING", None, validate=_collector)
    try:
        env.seal()
    except EnvError as error:
        raise ConfigurationError(_explain(error)) from error
    folder = Path(data_dir).expanduser().absolute()
    return Settings(
        redis_url=redis_url,
        data_dir=folder,
        secret_key=secret_key.encode() if secret_key else _kept_secret(folder),
        public_url=_origin(public_url),
        durability=cast(Durability, durability),
        trusted_proxies=tuple(ip_network(item.strip(), strict=False) for item in proxies),
        tracking=_expanded(tracking),
        model=model,
        second_reader=second_reader,
        log_level=log_level,
        log_format=cast(LogFormat, log_format),
        max_body=max_body,
        waitaof=waitaof,
        metrics_key=metrics_key,
        shared_cache=shared_cache,
        mail_server=_mail_server(smtp_url) if smtp_url else None,
        mail_from=_sender(mail_from) if mail_from else None,
        webhook_networks=tuple(ip_network(item.strip(), strict=False) for item in webhook_networks),
        tracing=tracing,
    )


def environment_with(values: Mapping[str, str]) -> dict[str, str]:
    """Give this process's environment with these settings and no others, for another process.

    They are named without `PREFIX`.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return kept | {PREFIX + name: value for name, value in values.items()}


class _Environment(Env):
    """environs over a given mapping, where an empty value means "not set"."""

    def __init__(self, source: Mapping[str, str]) -> None:
        super().__init__(eager=False, prefix=PREFIX)
        self._source = source

    def _get_value(self, env_key: str, default: Any) -> Any:
        if value := self._source.get(env_key):
            return value
        if path := self._source.get(f"{env_key}_FILE"):
            try:
                return Path(path).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigurationError(
                    f"{env_key}_FILE: {path} cannot be read: {error}"
                ) from error
        return default


def _default_data_dir(source: Mapping[str, str]) -> Path:
    base = source.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base) / "rejoinder"


def _redis_url(value: str) -> None:
    scheme = urlsplit(value).scheme
    if scheme not in REDIS_SCHEMES:
        raise ValidationError(
            f"must start with one of {', '.join(name + '://' for name in REDIS_SCHEMES)}"
        )


def _smtp_url(value: str) -> None:
    try:
        _mail_server(value)
    except ValueError as error:
        # Never the value: it holds a password.
        raise ValidationError(str(error)) from None


def _mail_server(value: str) -> MailServer:
    """Read `smtp://user:password@host:port?starttls=…`, `smtps://…` or `unix:///path`.

    Raises `ValueError` with what is wrong.
    """
    parts = urlsplit(value)
    if parts.scheme not in SMTP_SCHEMES:
        raise ValueError(
            f"must start with one of {', '.join(name + '://' for name in SMTP_SCHEMES)}"
        )
    if parts.scheme == "unix":
        if not parts.path.startswith("/") or parts.netloc:
            raise ValueError("must name a socket by its whole path: unix:///run/mail.sock")
        return MailServer(socket=unquote(parts.path), starttls="never")
    asked = parse_qs(parts.query, keep_blank_values=True)
    given = asked.pop("starttls", [])
    if asked or len(given) > 1 or parts.fragment or parts.path not in ("", "/"):
        raise ValueError("may end only in ?starttls=always, offered or never")
    if not parts.hostname:
        raise ValueError("must name a host")
    implicit = parts.scheme == "smtps"
    if given and (implicit or given[0] not in ("always", "offered", "never")):
        raise ValueError("starttls is always, offered or never, and only for smtp://")
    try:
        port = parts.port or (465 if implicit else 587 if parts.username else 25)
    except ValueError:
        raise ValueError("must have a port from 1 to 65535") from None
    here = _is_this_machine(parts.hostname)
    # A password goes out only over TLS; and a server on this machine rarely has a certificate
    # that holds.
    usual: Starttls = "never" if here or implicit else "always" if parts.username else "offered"
    return MailServer(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or ""),
        implicit_tls=implicit,
        starttls=cast(Starttls, given[0]) if given else usual,
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _mail_from(value: str) -> None:
    _sender(value)


def _sender(value: str) -> Address:
    """Read `Name <address>` or an address alone; raises `ValidationError`."""
    wrong = "must be one address, such as Comments <comments@example.org>"
    if not value.isprintable():
        raise ValidationError(wrong)
    try:
        header = SMTP.header_factory("from", value)
    except (HeaderParseError, IndexError, ValueError):
        raise ValidationError(wrong) from None
    found: tuple[Address, ...] = header.addresses
    if len(found) != 1 or header.defects or not (found[0].username and found[0].domain):
        raise ValidationError(wrong)
    return found[0]


def _public_url(value: str) -> None:
    parts = _address(value)
    if parts is None or not value.lower().startswith(("http://", "https://")):
        raise ValidationError("must be an http:// or https:// address with a host")
    if "?" in value or "#" in value or "@" in value:
        raise ValidationError("must not carry a query, fragment or user name")
    if parts.pathname != "/":
        # The dashboard's cookie and storage belong to an origin: below a path they would be shared
        # with whatever else is there.
        raise ValidationError(
            f"must not have a path ({parts.pathname}): the service needs a host name or a port "
            "of its own, such as https://comments.example.org"
        )


def _collector(value: str) -> None:
    parts = _address(value)
    if parts is None or parts.protocol not in ("http:", "https:"):
        raise ValidationError("must be the http:// or https:// address of a collector")
    if parts.search or parts.hash or parts.username or parts.password:
        raise ValidationError("must not carry a query, fragment or user name")


def _address(value: str) -> ada_url.URL | None:
    try:
        return ada_url.URL(value)
    except ValueError:
        return None


def _origin(value: str) -> str:
    """Give a checked public address as browsers name its origin."""
    parts = _address(value)
    return f"{parts.protocol}//{parts.host}" if parts else value


def _tracking(values: list[str]) -> None:
    for value in values:
        if not _PARAMETER.fullmatch(value.strip()):
            raise ValidationError(f"{value!r} is no parameter's name, which may end in *")


def _expanded(values: list[str]) -> tuple[str, ...]:
    named = [value.strip().lower() for value in values]
    return tuple(
        dict.fromkeys(
            name
            for value in named
            if value != _NO_TRACKING
            for name in (SHIPPED_TRACKING if value == _SHIPPED else (value,))
        )
    )


def _secret_key(value: str) -> None:
    if len(value.encode()) < MIN_SECRET_BYTES:
        raise ValidationError(f"must be at least {MIN_SECRET_BYTES} bytes of randomness")


def _networks(values: list[str]) -> None:
    for value in values:
        try:
            ip_network(value.strip(), strict=False)
        except ValueError as error:
            raise ValidationError(f"{value!r} is no address or network") from error


def _explain(error: EnvError) -> str:
    messages: Mapping[str, list[str]] = getattr(error, "error_messages", {})
    if not messages:
        return str(error)
    return "; ".join(f"{name}: {' '.join(texts)}" for name, texts in sorted(messages.items()))


def _kept_secret(folder: Path) -> bytes:
    """The secret that this data folder was given at its first start.

    Several processes may start at once, so the file appears whole or not at all: `link` fails
    if another one was first.
    """
    path = folder / KEY_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            draft = folder / f".secret.{secrets.token_hex(8)}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "w") as file:
                    file.write(secrets.token_hex(32))
                    file.flush()
                    os.fsync(file.fileno())
                path.hardlink_to(draft)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        secret = path.read_bytes().strip()
    except OSError as error:
        raise ConfigurationError(
            f"{PREFIX}DATA_DIR: {folder} cannot be used: {error.strerror or error}"
        ) from error
    if len(secret) < MIN_SECRET_BYTES:
        raise ConfigurationError(f"{path} is damaged: it holds {len(secret)} bytes")
    return secret
