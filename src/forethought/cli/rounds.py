"""Commands of the month: round, signals, respond, digest, record."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from forethought.cli.options import HERE, INSIGHTS, As, Json, Workspace
from forethought.cli.output import as_json, result, rows, say
from forethought.errors import CheckFailed

Insight = Annotated[str, typer.Argument(help="Id of an insight; default: all that watch.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="round", rich_help_panel=INSIGHTS)(round_)
    for command in (signals, respond, digest, record):
        app.command(rich_help_panel=INSIGHTS)(command)


def round_(workspace: Workspace = HERE, person: As = "", json: Json = False) -> None:
    """Do the month's work: load what is new, run what is due, say what came of it.

    Example: forethought round --as sam.okoro
    """
    from forethought.workspace import open_workspace

    done = open_workspace(workspace, person=person).round(say)
    if json:
        as_json(done.as_json())
    else:
        for line in done.lines():
            result(line)
    if done.refused:
        raise CheckFailed(
            "Some files were refused whole; nothing of them was stored.",
            remedy="Mend the reasons listed, then do the round again.",
        )


def signals(
    insight: Insight = "", workspace: Workspace = HERE, person: As = "", json: Json = False
) -> None:
    """List the signals of the newest watch: what changed, since when, who is asked, what stands.

    Example: forethought signals --as priya.nair
    """
    from forethought.workspace import open_workspace

    found = open_workspace(workspace, person=person).signals(insight)
    if json:
        as_json(found)
        return
    rows(
        ("Insight", "Subject", "Since", "What changed", "Owner", "State"),
        [
            (
                each.insight,
                each.subject,
                f"{each.since:%Y-%m}",
                each.sentence,
                each.asked,
                each.state,
            )
            for each in found
        ],
    )
    if not found:
        say("No signals: nothing goes beyond its ordinary variation, or nothing was run yet.")


def respond(
    insight: Annotated[str, typer.Argument(help="Id of the insight.")],
    subject: Annotated[str, typer.Argument(help="The signal, as forethought signals names it.")],
    state: Annotated[str, typer.Argument(help="acknowledged or resolved.")],
    reason: Annotated[str, typer.Option(help="Why, in your words; stands beside it.")] = "",
    workspace: Workspace = HERE,
    person: As = "",
    json: Json = False,
) -> None:
    """Answer a signal, with a reason; the answer is kept for good.

    Example: forethought respond signals reviews_done acknowledged --reason "Two posts vacant" \
--as priya.nair
    """
    from forethought.workspace import open_workspace

    found = open_workspace(workspace, person=person).respond(insight, subject, state, reason)
    as_json(found) if json else say(f"{found.name}: {found.state}. The page says so from now on.")


def digest(workspace: Workspace = HERE, person: As = "", json: Json = False) -> None:
    """Show the month's list for your role: what to look into, what is new, what was made anew.

    Example: forethought digest --as priya.nair
    """
    from forethought.workspace import open_workspace

    found = open_workspace(workspace, person=person).digest()
    if json:
        as_json({"headline": found.headline(), **vars(found)})
        return
    for line in found.lines():
        result(line)


def record(
    insight: Annotated[str, typer.Argument(help="An insight that forecasts demand.")],
    workspace: Workspace = HERE,
    person: As = "",
    json: Json = False,
) -> None:
    """Hold every forecast that was kept against what came: bias, error, what judgement added.

    Example: forethought record demand --as priya.nair
    """
    from forethought.workspace import open_workspace

    found = open_workspace(workspace, person=person).record_of(insight)
    if json:
        as_json(found.as_json())
        return
    say(found.headline())
    for note in found.notes():
        say(note)
    rows(
        ("Measure", "Service", "Months ahead", "Judged", "Bias", "Mean error", "In 8 in 10 range"),
        [_line(row) for row in found.table()],
    )
    say("")
    rows(
        ("Measure", "Service", "Judged by", "Months", "As published", "Without judgement",
         "Year before", "Judgement added", "Method added"),
        [_added_line(row) for row in found.added.frame.to_dicts()],
    )  # fmt: skip


def _added_line(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["measure"],
        row["service"],
        row["author"],
        str(row["months"]),
        *(f"{row[name]:.1f}" for name in ("published", "unadjusted", "naive")),
        _added_words(row["judgement"], row["judgement_added"]),
        _added_words(row["method"], row["method_added"]),
    )


def _added_words(verdict: str, added: float | None) -> str:
    """`+12%, smaller error`: the share of the error that went away, and how sure that is."""
    if not verdict:
        return "nobody judged"
    return verdict if added is None else f"{added:+.0%}, {verdict}"


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["measure"],
        row["service"],
        str(row["ahead"] or "all"),
        str(row["judged"]),
        f"{row['bias']:+.1f}",
        f"{row['error']:.1f}",
        f"{row['inside']:.0%}",
    )
