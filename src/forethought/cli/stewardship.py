"""Commands for stewards and governance: heal, erase, retain, withdraw, advise, decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from forethought.cli.options import DATA, HERE, TRUST, As, Json, Workspace, day
from forethought.cli.output import as_json, result, rows, say
from forethought.errors import CheckFailed, UsageError

Reason = Annotated[str, typer.Option(help="Why, in your words; kept in the audit.")]
Insight = Annotated[str, typer.Argument(help="Id of the insight.")]
Until = Annotated[str, typer.Option(help="Last day that it holds: 2027-11-30.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    panels: dict[str, tuple[Callable[..., None], ...]] = {
        DATA: (heal, erase, retain),
        TRUST: (withdraw, reinstate, approvals, advise, decide),
    }
    for panel, commands in panels.items():
        for command in commands:
            app.command(rich_help_panel=panel)(command)


def heal(
    dataset: Annotated[str, typer.Argument(help="Dataset whose contract was mended.")],
    workspace: Workspace = HERE,
    person: As = "",
    json: Json = False,
) -> None:
    """Check the files of a dataset again, as they came, under its contract as it is now.

    Example: forethought heal asc_events --as joe.pell
    """
    from forethought.workspace import open_workspace

    reports = open_workspace(workspace, person=person).heal(dataset, progress=say)
    if json:
        as_json(reports)
    if any(report.status == "refused" for report in reports):
        raise CheckFailed("Under the new contract a file is refused whole.", where=dataset)


def erase(
    partner: Annotated[
        str, typer.Option(help="Partner whose own number is given; default: an NHS number.")
    ] = "",
    source: Annotated[
        Path | None, typer.Option("--from", help="File that holds the number; default: asked for.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    workspace: Workspace = HERE,
    person: As = "",
    json: Json = False,
) -> None:
    """Erase one person from the store, for good; the number is never an argument.

    Example: forethought erase --partner saltmarshire --as ines.caldwell
    """
    from forethought.workspace import open_workspace

    ws = open_workspace(workspace, person=person)
    ws.may("erase", "erase people")
    what = f"Number of the person at {partner}" if partner else "NHS number"
    number = _number(source) if source else typer.prompt(what, hide_input=True, err=True)
    if not yes:
        typer.confirm("Erase this person for good?", abort=True, err=True)
    ended = ws.erase_person(
        nhs_number="" if partner else number, partner=partner, source_id=number if partner else ""
    )
    as_json(ended) if json else result(ended.summary)


def retain(
    apply: Annotated[bool, typer.Option("--apply", help="Do it; default: look ahead.")] = False,
    workspace: Workspace = HERE,
    person: As = "",
    json: Json = False,
) -> None:
    """Say what is older than its contract keeps it, and with --apply remove it for good.

    Example: forethought retain --as ines.caldwell
    """
    from forethought.workspace import open_workspace

    ended = open_workspace(workspace, person=person).retain(apply=apply)
    as_json(ended) if json else result(ended.summary)
    if not apply:
        say("Nothing was changed. To do it: forethought retain --apply")


def withdraw(
    agreement: Annotated[str, typer.Argument(help="Id of the agreement.")],
    reason: Reason = "",
    workspace: Workspace = HERE,
    person: As = "",
) -> None:
    """Withdraw an agreement: the next read that it allowed leaves its rows out, or is refused.

    Example: forethought withdraw housing-coast --reason "Data breach" --as ines.caldwell
    """
    from forethought.workspace import open_workspace

    say(open_workspace(workspace, person=person).withdraw(agreement, reason))


def reinstate(
    agreement: Annotated[str, typer.Argument(help="Id of the agreement.")],
    reason: Reason = "",
    workspace: Workspace = HERE,
    person: As = "",
) -> None:
    """Take the withdrawal of an agreement back.

    Example: forethought reinstate housing-coast --reason "Mended" --as ines.caldwell
    """
    from forethought.workspace import open_workspace

    say(open_workspace(workspace, person=person).reinstate(agreement, reason))


def approvals(
    insight: Annotated[str, typer.Argument(help="Id of an insight; default: all.")] = "",
    workspace: Workspace = HERE,
    json: Json = False,
) -> None:
    """List the approvals that insights ask for, and how each stands today.

    Example: forethought approvals demand
    """
    from forethought.workspace import open_workspace

    found = open_workspace(workspace).approvals(insight)
    if json:
        as_json(found)
        return
    rows(
        ("Insight", "", "Approval"),
        [(item.insight, "given" if item.given else "lacking", item.words) for item in found],
    )


def advise(
    insight: Insight,
    stage: Annotated[str, typer.Argument(help="proposal, method or use.")],
    verdict: Annotated[str, typer.Argument(help="for, against or withdraw.")],
    reason: Reason = "",
    until: Until = "",
    workspace: Workspace = HERE,
    person: As = "",
) -> None:
    """Advise on a stage of an insight, as the ethics committee does.

    Example: forethought advise demand use for --reason "Groups only" --until 2027-11-30 \
--as ruth.hale
    """
    from forethought.workspace import open_workspace

    ws = open_workspace(workspace, person=person)
    verdicts = {"for": "advised", "against": "refused", "withdraw": "withdrawn"}
    say(ws.judge(insight, _verdict(verdict, verdicts), reason, day(until), stage=stage))


def decide(
    insight: Insight,
    verdict: Annotated[str, typer.Argument(help="approve, refuse or withdraw.")],
    reason: Reason = "",
    until: Until = "",
    workspace: Workspace = HERE,
    person: As = "",
) -> None:
    """Decide on an insight, as the sponsors board and the owners of its data do.

    Example: forethought decide demand approve --reason "As proposed" --until 2027-11-30 \
--as dev.anand
    """
    from forethought.workspace import open_workspace

    ws = open_workspace(workspace, person=person)
    verdicts = {"approve": "approved", "refuse": "refused", "withdraw": "withdrawn"}
    say(ws.judge(insight, _verdict(verdict, verdicts), reason, day(until)))


def _verdict(word: str, verdicts: dict[str, str]) -> str:
    if word not in verdicts:
        raise UsageError(f'"{word}" is no verdict.', remedy=f"Choose {', '.join(verdicts)}.")
    return verdicts[word]


def _number(source: Path) -> str:
    """The one number that a file holds; it is told by no error."""
    try:
        lines = source.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        raise UsageError("The file cannot be read.", where=str(source)) from None
    found = [line.strip() for line in lines if line.strip()]
    if len(found) != 1:
        raise UsageError(
            f"The file holds {len(found)} lines.",
            where=str(source),
            remedy="Put one person's number into it, alone.",
        )
    return found[0]
