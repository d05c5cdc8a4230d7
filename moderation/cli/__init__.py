"""The `rejoinder` command: a thin shell over the functions that tests and the service call too."""

from __future__ import annotations

import click

from .. import logs
from .base import Commands
from .keys import key
from .moderators import moderator
from .serve import demo, serve, worker
from .sites import site
from .suggestions import suggestions
from .threads import thread


@click.group(
    cls=Commands,
    lazy={
        "compare": ".compare:compare",
        "doctor": ".doctor:doctor",
        "export": ".transfer:export_command",
        "import": ".transfer:import_command",
        "mail": ".mail:mail",
        "webhook": ".webhooks:webhook",
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="rejoinder")
def cli() -> None:
    """A comment service that moderates itself.

    Settings come from REJOINDER_… variables. `rejoinder demo` shows everything on this machine.
    """
    # Those that serve set their log up themselves.
    logs.silence()


def main() -> None:
    """Run the command; a failure is one line on standard error and exit status 1, or 2."""
    cli(prog_name="rejoinder")


for command in (demo, serve, worker, site, moderator, key, thread, suggestions):
    cli.add_command(command)
