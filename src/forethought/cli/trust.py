"""Commands for trust: audit, account."""

from __future__ import annotations

from typing import Annotated

import typer

from forethought.cli.options import HERE, TRUST, As, Json, Workspace
from forethought.cli.output import as_json, result, rows
from forethought.errors import CheckFailed, UsageError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (audit, account):
        app.command(rich_help_panel=TRUST)(command)


def audit(
    what: Annotated[str, typer.Argument(help="show or verify.")] = "show",
    last: Annotated[int, typer.Option(help="How many entries to show.")] = 20,
    workspace: Workspace = HERE,
    person: As = "",
    json: Json = False,
) -> None:
    """Show who did what, or verify that nothing was changed, removed or cut off.

    Example: forethought audit verify --as ines.caldwell
    """
    from forethought.workspace import open_workspace

    if what not in {"show", "verify"}:
        raise UsageError(f'"{what}" is neither show nor verify.')
    ws = open_workspace(workspace, person=person)
    if what == "show":
        entries = ws.audit_entries(last)
        if json:
            as_json(entries)
            return
        rows(("When", "Who", "What"), [(item.at, item.person, item.text) for item in entries])
        return
    found = ws.audit_verify()
    if json:
        as_json(found)
    elif found.whole:
        result(f"whole\t{found.entries} entries")
    if not found.whole:
        raise CheckFailed("The audit chain is broken: " + "; ".join(found.problems) + ".")


def account(
    username: Annotated[str, typer.Argument(help="Whose password to set.")],
    workspace: Workspace = HERE,
    person: As = "",
) -> None:
    """Set a password for someone named in people.yaml; asked for, never an argument.

    Example: forethought account priya.nair --as sam.okoro
    """
    from forethought.workspace import open_workspace

    password = typer.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
    open_workspace(workspace, person=person).set_password(username, password)
