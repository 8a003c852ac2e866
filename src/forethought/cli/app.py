"""The command line: one Typer application of flat commands under headings."""

from __future__ import annotations

import sys

import click
import typer

from forethought.cli import data, insights, rounds, stewardship, trust, workspaces
from forethought.cli.output import explain, say
from forethought.errors import ForethoughtError

INTERRUPTED = 130

app = typer.Typer(
    name="forethought",
    help="Plan, prioritise and predict: from a county's shared data to a decision.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for module in (workspaces, data, insights, rounds, trust, stewardship):
    module.register(app)


def main() -> None:
    """Run a command; the exit code tells the kind of error (docs/reference/exit-codes.md)."""
    try:
        code = app(standalone_mode=False)
    except ForethoughtError as error:
        sys.exit(explain(error, json_wanted="--json" in sys.argv))
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        say("Stopped. Nothing half done was kept.")
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)
