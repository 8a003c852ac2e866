"""Commands for insights: run, list, show, export, publish, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forethought.cli.options import HERE, INSIGHTS, As, AsOf, Json, Workspace, choices, day
from forethought.cli.output import as_json, result, rows, say
from forethought.errors import CheckFailed, UsageError

View = Annotated[
    list[str] | None, typer.Option("--choose", help="A choice of the page: district=E99000001.")
]


WhatIf = Annotated[
    list[str] | None,
    typer.Option("--what-if", help="An answer of a what-if's form: staff=55. Nothing is saved."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (run, list_, show, export, publish, verify):
        name = "list" if command is list_ else None
        app.command(name=name, rich_help_panel=INSIGHTS)(command)


Refine = Annotated[
    bool, typer.Option("--refine", help="Work out all the detail there is, such as finer maps.")
]


def run(
    insight: Annotated[str, typer.Argument(help="Id of the insight.")] = "",
    due: Annotated[bool, typer.Option("--due", help="All that new data made stale.")] = False,
    as_of: AsOf = "",
    refine: Refine = False,
    workspace: Workspace = HERE,
    person: As = "",
    json: Json = False,
) -> None:
    """Run an insight, or all that are due, in order. The same question twice is a look-up.

    Example: forethought run demand --as sam.okoro
    """
    from forethought.workspace import open_workspace

    if bool(insight) == due:
        raise UsageError("Name one insight, or say --due.", remedy="forethought list names them.")
    ws = open_workspace(workspace, person=person)
    outcomes = ws.run_due(day(as_of), say) if due else [ws.run(insight, day(as_of), say)]
    if json:
        as_json(outcomes)
        return
    for outcome in outcomes:
        receipt = outcome.receipt
        result(f"{receipt.run_id}\t{outcome.status}\t{receipt.seconds:.1f} s")
        if refine:
            for line in ws.show(receipt.run_id, {}, refine=True).lines():
                result(line)
    if not outcomes:
        say("Nothing is due: no new data since the last runs.")


def list_(workspace: Workspace = HERE, json: Json = False) -> None:
    """List the insights and their newest runs.

    Example: forethought list
    """
    from forethought.workspace import open_workspace

    found = open_workspace(workspace).insights()
    if json:
        as_json(found)
        return
    rows(
        ("Insight", "Kind", "Newest run", "Data to", "State"),
        [(item.id, item.kind, item.run_id or "none", item.as_of, item.state) for item in found],
    )


def show(
    name: Annotated[str, typer.Argument(help="An insight (its newest run) or a run.")],
    choose: View = None,
    what_if: WhatIf = None,
    keep: Annotated[str, typer.Option("--keep", help="Keep the what-if under this name.")] = "",
    refine: Refine = False,
    workspace: Workspace = HERE,
    person: As = "",
    json: Json = False,
) -> None:
    """Show what a run found: the answer, its tables and its receipt.

    Example: forethought show service-simulation --what-if staff=55 --as priya.nair
    """
    from forethought.workspace import open_workspace

    ws = open_workspace(workspace, person=person)
    view = choices([*(choose or []), *(what_if or [])])
    shown = ws.show(name, view, refine=refine)
    if keep:
        say(f"Kept as {ws.keep(shown.receipt.run_id, keep, view).name}.")
    if json:
        as_json(shown.as_json())
        return
    for line in shown.lines():
        result(line)


def export(
    name: Annotated[str, typer.Argument(help="An insight (its newest run) or a run.")],
    to: Annotated[Path, typer.Option(help="Folder to write into.")] = HERE,
    form: Annotated[str, typer.Option("--format", help="csv or xlsx.")] = "xlsx",
    choose: View = None,
    workspace: Workspace = HERE,
    person: As = "",
) -> None:
    """Write the tables of a run; every file names its receipt.

    Example: forethought export demand --format csv --to reports --as priya.nair
    """
    from forethought.workspace import open_workspace

    ws = open_workspace(workspace, person=person)
    for path in ws.export(name, form, choices(choose or []), to):
        result(str(path))


def publish(
    run_id: Annotated[str, typer.Argument(help="A run.")],
    workspace: Workspace = HERE,
    person: As = "",
) -> None:
    """Make a run the one that pages show, once its checks have passed.

    Example: forethought publish demand-2610-1a2b3c4d --as elin.marsh
    """
    from forethought.workspace import open_workspace

    say(open_workspace(workspace, person=person).publish(run_id))


def verify(
    run_id: Annotated[str, typer.Argument(help="A run.")],
    workspace: Workspace = HERE,
    person: As = "",
    json: Json = False,
) -> None:
    """Recompute a run from the data versions of its receipt, and compare.

    Example: forethought verify demand-2610-1a2b3c4d --as sam.okoro
    """
    from forethought.workspace import open_workspace

    found = open_workspace(workspace, person=person).verify(run_id)
    if json:
        as_json(found)
    for note in found.notes:
        say(note)
    if not found.same:
        raise CheckFailed(
            f"Recomputed, these tables differ: {', '.join(found.differing)}.",
            where=run_id,
            remedy="Rows were erased since: run the insight anew." if found.erased else "",
        )
    if not json:
        result(f"{run_id}\tthe same")
