"""The page of a work insight."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

import polars as pl

from forethought.errors import UsageError, did_you_mean
from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import Block, Choice, Figure, Form, Headline, Method, Text
from forethought.insights.kinds.pictures import as_chart
from forethought.insights.kinds.work import WorkSpec
from forethought.insights.kinds.work_pictures import (
    ALL,
    Chosen,
    flow_chart,
    open_blocks,
    request_blocks,
)
from forethought.insights.kinds.work_tables import BY_PERIOD, flow_table, staff_table
from forethought.place.calendar import long_date
from forethought.plan.work import STAGES, WAITING_BANDS
from forethought.results import words

ENOUGH_SEEN = 0.9
STAFF_SECTION = "Who does the work"


def publish_work(
    result: Result, spec: WorkSpec, context: RunContext, view: Mapping[str, str]
) -> list[Block]:
    """All blocks of one view.

    Raises:
        UsageError: A choice that the form does not have.
    """
    choice = chosen(view, result)
    form = _form(choice, result)
    closing = _closing(spec, context)
    if ALL not in (choice.stage, choice.team):
        fine = "A stage and a team together are **too few pieces of work to show**."
        return [*_not_shown(fine, "Choose one of them."), form, *closing]
    period, rows = _period(result, choice)
    if rows is None:
        few = f"{choice.what}: **too few pieces of work** came in or were closed to show them."
        return [*_not_shown(few, "Choose a wider view."), form, *closing]
    recent = _recent(rows, period, spec)
    blocks: list[Block] = [
        Headline(headline(result, choice, recent, period)),
        Text("What this means for you", tuple(_actions(result, choice, recent)), role="actions"),
    ]
    if result.values["provisional"]:
        blocks.append(_provisional(result))
    blocks += [form, flow_chart(rows, period, choice, context)]
    all_weeks = choice == Chosen(ALL, ALL) and period == "week"
    open_at = result.tables["open_weeks"] if all_weeks else None
    blocks.append(flow_table(rows, period, choice.what, context.place, open_at))
    if choice.team == ALL:
        blocks += open_blocks(result, choice, context)
    blocks.append(staff_table(result.tables["staff"], choice.team, STAFF_SECTION))
    if choice.stage in (ALL, "request"):
        blocks += request_blocks(result, context)
    blocks += closing
    if choice == Chosen(ALL, ALL):
        blocks.append(_home(spec, rows, period, recent, result))
    return blocks


def chosen(view: Mapping[str, str], result: Result) -> Chosen:
    """The reader's choice.

    Raises:
        UsageError: A question or an answer that the form does not have.
    """
    known = {"stage": result.values["stages"], "team": result.values["teams"]}
    for name, answer in view.items():
        if name not in known:
            raise UsageError(f'This page has no choice "{name}".', remedy=did_you_mean(name, known))
        if answer and answer != ALL and answer not in known[name]:
            raise UsageError(
                f'"{answer}" is no {name} here.',
                where=name,
                remedy=did_you_mean(answer, known[name]),
            )
    return Chosen(view.get("stage") or ALL, view.get("team") or ALL)


def headline(result: Result, choice: Chosen, recent: tuple[int, int, int], period: str) -> str:
    """Whether closed work keeps up, and how much is open."""
    count, incoming, closed = recent
    gap = (incoming - closed) / count
    each = "week" if period == "week" else "month"
    if abs(gap) < max(0.01 * incoming / count, 0.5):
        balance = (
            f"as much work was closed as came in ({words.rounded(closed / count, 1)} a {each})"
        )
    else:
        more = "more came in than were closed" if gap > 0 else "more were closed than came in"
        balance = f"**{words.rounded(abs(gap), 1)} {more}** each {each}"
    lead = f"In the last {count} {each}s {balance}"
    if choice.what != "All work":
        lead = f"{choice.what}: in the last {count} {each}s {balance}"
    if choice.team != ALL:
        return f"{lead}."
    total = _open(result, choice)
    late = _overdue_share(result, choice)
    said = f"; **{words.rounded(total, 10)} are open**" if total is not None else ""
    said += f", {words.percent(late)} of them past their due day" if late is not None else ""
    return f"{lead}{said}."


def _actions(result: Result, choice: Chosen, recent: tuple[int, int, int]) -> list[str]:
    """What the counts ask a manager to do."""
    _, incoming, closed = recent
    lines = []
    if closed:
        share = (incoming - closed) / closed
        if share > 0:
            lines.append(
                f"To keep up, close {words.percent(share, 1)} more, or find as much less to do."
            )
        else:
            lines.append("Closed work keeps up: the open work does not grow.")
    if choice.team == ALL and choice.stage == ALL:
        lines += _oldest(result)
    return lines


def _oldest(result: Result) -> list[str]:
    band = list(WAITING_BANDS)[-1]
    rows = (
        result.tables["bands"]
        .filter((pl.col("band") == band) & (pl.col("stage") != ALL))
        .drop_nulls("items")
    )
    if rows.is_empty():
        return []
    top = rows.sort("items").row(-1, named=True)
    if not top["items"]:
        return []
    count = words.rounded(top["items"], 10)
    return [
        f"Start with the oldest: {count} {STAGES[top['stage']].lower()} have waited over 6 months."
    ]


def _not_shown(why: str, what_to_do: str) -> list[Block]:
    return [Headline(why), Text("What to do", (what_to_do,), role="note")]


def _provisional(result: Result) -> Text:
    first = date.fromisoformat(result.values["provisional"][0])
    note = (
        f"Weeks from {long_date(first)} on are provisional: some work that came in is still to be "
        "recorded."
    )
    return Text("Where this stands", (note,), role="note")


def _form(choice: Chosen, result: Result) -> Form:
    stages = ((ALL, "All stages"), *((s, STAGES[s]) for s in result.values["stages"]))
    teams = ((ALL, "All teams"), *((team, team) for team in result.values["teams"]))
    return Form(
        "Choose what to look at",
        (
            Choice("stage", "Stage", stages, choice.stage),
            Choice("team", "Team", teams, choice.team, hint="A stage or a team, not both."),
        ),
    )


def _period(result: Result, choice: Chosen) -> tuple[Literal["week", "month"], pl.DataFrame | None]:
    """Weeks where 9 in 10 of them may be shown, else months, else nothing."""
    for period in ("week", "month"):
        rows = result.tables[f"{period}s"].filter(choice.rows).sort("ds")
        seen = rows.drop_nulls(("incoming", "closed"))
        busy = seen.filter(pl.col("incoming") > 0).height
        if rows.height and min(seen.height, 2 * busy) >= ENOUGH_SEEN * rows.height:
            return ("week" if period == "week" else "month"), rows
    return "week", None


def _recent(rows: pl.DataFrame, period: str, spec: WorkSpec) -> tuple[int, int, int]:
    """Periods counted, and what came in and was closed in them."""
    wanted = spec.settings.recent_weeks if period == "week" else 3
    last = rows.drop_nulls(("incoming", "closed")).tail(wanted)
    return last.height, int(last["incoming"].sum()), int(last["closed"].sum())


def _open(result: Result, choice: Chosen) -> int | None:
    rows = result.tables["bands"].filter(
        (pl.col("stage") == choice.stage) & (pl.col("band") == ALL)
    )
    return rows["items"][0] if rows.height else None


def _overdue_share(result: Result, choice: Chosen) -> float | None:
    rows = result.tables["overdue"].filter(pl.col("stage") == choice.stage)
    counts = dict(rows.select("overdue", "items").iter_rows())
    late, every = counts.get("yes"), counts.get(ALL)
    return late / every if late is not None and every else None


def _closing(spec: WorkSpec, context: RunContext) -> list[Block]:
    limits = [
        "How much time a piece of work takes: all count alike.",
        "Work that was done but not recorded.",
        "What more staff would change: that is a simulation.",
    ]
    if context.minimum_count > 1:
        limits.append(
            f"Counts from 1 to {context.minimum_count - 1}, and those that would tell them: [c]."
        )
    counted = (
        "Counted as recorded: work comes in on the day it is received and is closed on the day it "
        "is completed. Whole weeks, Monday to Sunday. Nothing is modelled."
    )
    per_post = (
        "Work closed in the month over full-time equivalent staff available, agency staff "
        "included as the staff return says."
    )
    method = [("Method", counted), ("Closed for each full-time post", per_post)]
    if spec.follows:
        method.append(("Expected requests", f"From the insight {words.listed(spec.follows)}."))
    return [
        Text("What this does not tell you", tuple(limits), role="limits"),
        Method(tuple(method)),
    ]


def _home(
    spec: WorkSpec,
    rows: pl.DataFrame,
    period: str,
    recent: tuple[int, int, int],
    result: Result,
) -> Figure:
    from forethought.results.charts import spark

    count, incoming, closed = recent
    choice = Chosen(ALL, ALL)
    seen = rows.drop_nulls(("incoming", "closed"))
    drawing = spark(
        seen.select("ds", pl.col("closed").alias("y")),
        what="Work closed",
        number=lambda value: words.rounded(value, 1),
        table=f"Table by {period}",
    )
    total = _open(result, choice)
    late = _overdue_share(result, choice)
    sentence = "pieces of work are open"
    if late is not None:
        sentence += f", {words.percent(late)} of them past their due day"
    gap = words.change_words(incoming / count, closed / count, 1)
    way = (
        "as many came in as were closed"
        if gap == "no change"
        else f"{gap} came in than were closed"
    )
    return Figure(
        question=spec.question,
        figure=words.cell(total, 10),
        sentence=f"{sentence}.",
        change=f"{way} each {period}, over the last {count} {period}s",
        chart=as_chart(drawing, "home-work-closed", f"{BY_PERIOD}-{period}", role="small"),
    )
