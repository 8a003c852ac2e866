"""Commands for data: draft, ingest, check, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forethought.cli.options import DATA, HERE, As, Json, Workspace
from forethought.cli.output import as_json, result, say
from forethought.errors import CheckFailed


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (draft, ingest, check, backup, restore, upgrade):
        app.command(rich_help_panel=DATA)(command)


def draft(
    source: Annotated[str, typer.Argument(help="A CSV, XLSX or Parquet file, or a database URL.")],
    query: Annotated[str, typer.Option(help="SQL to run where the source is a database.")] = "",
    out: Annotated[Path | None, typer.Option(help="File to write; default: stdout.")] = None,
) -> None:
    """Draft a data contract from a file or query, for a person to correct.

    Example: forethought draft housing.csv --out contracts/housing.yaml
    """
    from forethought.workspace import draft_contract

    text = draft_contract(source, query)
    if out is None:
        result(text)
        return
    with out.open("x", encoding="utf-8") as target:
        target.write(text)
    say(f"Wrote {out}. Look at each line marked 'confirm', then name owner and purposes.")


def ingest(
    files: Annotated[list[Path] | None, typer.Argument(help="Files; default: the inbox.")] = None,
    dataset: Annotated[str, typer.Option(help="Dataset, where the folder does not say.")] = "",
    partner: Annotated[str, typer.Option(help="Partner, where the folder does not say.")] = "",
    workspace: Workspace = HERE,
    person: As = "",
    json: Json = False,
) -> None:
    """Load partners' files: contract, quality, pseudonyms, then a new version.

    Example: forethought ingest --as joe.pell
    """
    from forethought.workspace import open_workspace

    reports = open_workspace(workspace, person=person).ingest(
        files or [], dataset=dataset, partner=partner, progress=say
    )
    if json:
        as_json(reports)
    if any(report.status == "refused" for report in reports):
        raise CheckFailed(
            "Some files were refused whole; nothing of them was stored.",
            remedy="Mend the reasons listed, then load them again.",
        )


def check(
    file: Annotated[Path | None, typer.Argument(help="A file; default: the workspace.")] = None,
    dataset: Annotated[str, typer.Option(help="Dataset whose contract judges the file.")] = "",
    workspace: Workspace = HERE,
    json: Json = False,
) -> None:
    """Check all that the workspace declares, or a file against its contract.

    Example: forethought check inbox/saltmarshire/asc_staff/asc_staff.csv --dataset asc_staff
    """
    from forethought.workspace import check_file, check_workspace

    if file is None:
        found = check_workspace(workspace)
        as_json(found) if json else result(found.summary)
        for line in () if json else found.advice:
            say(line)
        return
    checked = check_file(workspace, file, dataset)
    if json:
        as_json(checked)
    else:
        for line in checked.lines:
            result(line)
    if not checked.passed:
        raise CheckFailed("The file does not meet its contract.", where=file.name)


def backup(
    target: Annotated[Path, typer.Argument(help="Archive to write.")],
    workspace: Workspace = HERE,
    person: As = "",
) -> None:
    """Write the store into one archive; keys are never inside.

    Example: forethought backup ../county-backup.tar --as ines.caldwell
    """
    from forethought.workspace import open_workspace

    say(open_workspace(workspace, person=person).backup(target))


def restore(
    archive: Annotated[Path, typer.Argument(help="Archive that backup wrote.")],
    workspace: Workspace = HERE,
) -> None:
    """Put a backup back where the workspace has no store; every file is verified.

    Example: forethought restore ../county-backup.tar
    """
    from forethought.workspace import restore_store

    say(restore_store(workspace, archive))


def upgrade(workspace: Workspace = HERE) -> None:
    """Bring a store that an earlier version wrote to today's format.

    Example: forethought upgrade --workspace my-county
    """
    from forethought.workspace import upgrade_store

    say(upgrade_store(workspace))
