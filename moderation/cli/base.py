"""What every command shares: errors in one line, JSON, the storage, a progress bar."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from ..errors import RejoinderError, one_line
from ..settings import Settings, load_settings
from ..store import Store
from ..store.connection import connect

ACTOR = "cli"

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
of_site = click.option("--site", required=True, metavar="SLUG", help="The site it belongs to.")


class _WrongCall(click.ClickException):
    exit_code = 2


@contextmanager
def _in_one_line() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "rejoinder"
        message = error.format_message().rstrip(".")
        raise _WrongCall(f"{message}. See {command} --help.") from error
    except RejoinderError as error:
        raise click.ClickException(one_line(error)) from error


class Commands(click.Group):
    """Tells wrong calls and the service's errors in one line.

    `lazy` names commands as `module:command`; they are imported when they are asked for, since
    they need what other commands start faster without.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give every command's name, those that are not imported yet too."""
        return sorted([*super().list_commands(ctx), *self._lazy])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command, imported now if it is a lazy one; None if there is none of that name."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._lazy[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module, __package__), name)
        return command

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Read the command line; what is wrong with it is told in one line, with exit status 2."""
        with _in_one_line():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what goes wrong is one line and exit status 1, or 2 for a wrong call."""
        with _in_one_line():
            return super().invoke(ctx)


@contextmanager
def open_store() -> Iterator[tuple[Settings, Store]]:
    """Give the settings and the storage they name, which is closed at the end.

    Raises `ConfigurationError`, `UnavailableError`.
    """
    settings = load_settings()
    connection = connect(settings)
    try:
        yield settings, Store(connection)
    finally:
        connection.close()


def progress(items: Iterable[str], label: str, length: int | None) -> Any:
    """A progress bar on standard error, if a person watches."""
    hidden = not sys.stderr.isatty()
    return click.progressbar(items, label=label, length=length, file=sys.stderr, hidden=hidden)


def show(value: Any, as_json: bool, text: str) -> None:
    """Print `value` as JSON if that was asked for, else `text`; dataclasses become objects."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False) if as_json else text)


def _plain(value: Any) -> Any:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}
