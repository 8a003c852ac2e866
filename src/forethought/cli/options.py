"""Options that several commands share."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from forethought.errors import UsageError

Workspace = Annotated[
    Path,
    typer.Option("--workspace", "-w", envvar="FORETHOUGHT_WORKSPACE", help="The workspace folder."),
]
As = Annotated[
    str,
    typer.Option("--as", envvar="FORETHOUGHT_AS", help="Who you are: a username; audited."),
]
Json = Annotated[bool, typer.Option("--json", help="The result as JSON on stdout.")]
AsOf = Annotated[
    str,
    typer.Option("--as-of", help="Last day that may be known: 2026-10-31. Default: last month."),
]
DATA, INSIGHTS, TRUST, START = "Data", "Insights", "Trust", "Start here"
HERE = Path()


def day(text: str) -> date | None:
    """A day given on the command line; None where none was.

    Raises:
        UsageError: It is no date.
    """
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        raise UsageError(f'"{text}" is no date.', remedy="Write it as 2026-10-31.") from None


def choices(pairs: list[str]) -> dict[str, str]:
    """`name=value` choices of a view.

    Raises:
        UsageError: One has no `=`.
    """
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f'"{pair}" is no choice.', remedy="Write it as district=E99000001.")
        found[name] = value
    return found
