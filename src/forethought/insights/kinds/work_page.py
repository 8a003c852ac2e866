"""The page of a work insight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from forethought.errors import UsageError, did_you_mean
from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import (
    Block,
    Chart,
    Choice,
    Figure,
    Form,
    Headline,
    Method,
    Text,
)
from forethought.insights.kinds.work import WorkSpec
from forethought.insights.kinds.work_tables import (
    BY_AGE,
    BY_MONTH,
    BY_PERIOD,
    age_table,
    flow_table,
    overdue_table,
    request_table,
    staff_table,
)
from forethought.place.calendar import long_date, month_name
from forethought.plan.work import STAGES, WAITING_BANDS
from forethought.results import words
from forethought.results.drawing import Drawing

ALL = "all"
ENOUGH_SEEN = 0.9
OPEN_SECTION = "What is open"
STAFF_SECTION = "Who does the work"
REQUEST_SECTION = "What is coming"


@dataclass(frozen=True)
class Chosen:
    """What a reader looks at: all work, one stage, or one team."""

    stage: str
    team: str

    @property
    def what(self) -> str:
        """`Assessments`."""
        if self.stage != ALL:
            return STAGES[self.stage]
        return "All work" if self.team == ALL else f"Work of {self.team}"

    @property
    def rows(self) -> pl.Expr:
        """The rows of this choice."""
        return (pl.col("stage") == self.stage) & (pl.col("team") == self.team)


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
        note = "A stage and a team together are too few pieces of work to show. Choose one of them."
        return [Text("This is too fine to show", (note,), role="note"), form, *closing]
    period, rows = _period(result, choice)
    if rows is None:
        note = f"{choice.what}: too few pieces of work came in or were closed to show them."
        return [Text("This is not shown", (note,), role="note"), form, *closing]
    recent = _recent(rows, period, spec)
    blocks: list[Block] = [
        Headline(headline(result, choice, recent, period)),
        Text("What this means for you", tuple(_actions(result, choice, recent)), role="actions"),
    ]
    if result.values["provisional"]:
        blocks.append(_provisional(result))
    blocks += [form, _flow_chart(rows, period, choice, context)]
    blocks.append(flow_table(rows, period, choice.what, context.place))
    if choice.team == ALL:
        blocks += _open_blocks(result, choice, context)
    blocks.append(staff_table(result.tables["staff"], choice.team, STAFF_SECTION))
    if choice.stage in (ALL, "request"):
        blocks += _request_blocks(result, context)
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
        more = "more came in than was closed" if gap > 0 else "more was closed than came in"
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
        seen = rows.drop_nulls(("incoming", "closed")).height
        if rows.height and seen >= ENOUGH_SEEN * rows.height:
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


def _flow_chart(rows: pl.DataFrame, period: str, choice: Chosen, context: RunContext) -> Chart:
    from forethought.results.charts import incoming_closed

    seen = rows.drop_nulls(("incoming", "closed"))
    first, last = seen["ds"][0], seen["ds"][-1]
    recent = seen.tail(13)
    ahead = int(recent["incoming"].sum()) - int(recent["closed"].sum())
    message = "More work comes in than is closed" if ahead > 0 else "Closed work keeps up"
    drawing = incoming_closed(
        seen.select("ds", pl.col("incoming").alias("y")),
        seen.select("ds", pl.col("closed").alias("y")),
        what=choice.what,
        place=context.place,
        per=f"a {period}",
        holidays=_christmases(first, last) if period == "week" else (),
        heading=message,
        measure=(
            f"{choice.what}, pieces of work a {period}, {context.place}, {month_name(first)} to "
            f"{month_name(last)}."
        ),
        table=f"Table by {period}",
        number=lambda value: words.rounded(value, 1),
    )
    return _chart(drawing, f"incoming-and-closed-by-{period}", f"{BY_PERIOD}-{period}")


def _christmases(first: date, last: date) -> tuple[tuple[date, str], ...]:
    days = [date(year, 12, 25) for year in range(first.year, last.year + 1)]
    return tuple((day, "Christmas") for day in days if first <= day <= last + timedelta(days=6))


def _open_blocks(result: Result, choice: Chosen, context: RunContext) -> list[Block]:
    """Open work by waiting band: a chart of this choice, and tables of all stages."""
    from forethought.results.charts import Bar, bars

    bands = result.tables["bands"]
    here = bands.filter((pl.col("stage") == choice.stage) & (pl.col("band") != ALL))
    rows = [
        Bar(band, float(count))
        for band, count in here.select("band", "items").iter_rows()
        if count is not None
    ]
    blocks: list[Block] = []
    at_least = 2
    if len(rows) >= at_least:
        day = long_date(context.as_of)
        hidden = here["items"].null_count()
        drawing = bars(
            rows,
            what=f"Open work by waiting time: {choice.what.lower()}",
            place=context.place,
            heading="How long open work has waited",
            measure=f"{choice.what} open on {day}, {context.place}, by time since it came in.",
            table="Open work by stage and waiting time",
            number=lambda value: words.rounded(value, 10),
        )
        chart = _chart(
            drawing, "open-by-waiting-time", BY_AGE, section=OPEN_SECTION, role="section"
        )
        if hidden:
            gone = "1 band is" if hidden == 1 else f"{hidden} bands are"
            chart = Chart(**{**vars(chart), "note": f"{gone} too small to show."})
        blocks.append(chart)
    blocks.append(age_table(bands, result.values["stages"], OPEN_SECTION))
    blocks.append(overdue_table(result.tables["overdue"], result.values["stages"], OPEN_SECTION))
    return blocks


def _request_blocks(result: Result, context: RunContext) -> list[Block]:
    """Requests by month with the demand insight's forecast."""
    rows = result.tables.get("requests")
    if rows is None or rows.drop_nulls("mean").is_empty():
        return []
    from forethought.results.charts import fan

    ahead = rows.drop_nulls("mean").sort("ds").head(18)
    seen = rows.drop_nulls("observed").sort("ds").tail(36)
    total = ahead.head(12)
    drawing = fan(
        seen.select(pl.col("ds").dt.month_end(), pl.col("observed").alias("y")),
        ahead.select(pl.col("ds").dt.month_end(), "mean", "lo-80", "hi-80", "lo-95", "hi-95"),
        what="Requests for support",
        place=context.place,
        heading=(
            f"About {words.rounded(float(total['mean'].sum()))} requests are expected in the next "
            "12 months"
        ),
        measure=(
            f"Requests for support a month, {context.place}, from the demand forecast; "
            f"{month_name(seen['ds'][0])} to {month_name(ahead['ds'][-1])}."
        ),
        table="Requests by month",
        number=words.rounded,
    )
    chart = _chart(drawing, "requests-expected", BY_MONTH, section=REQUEST_SECTION, role="section")
    return [chart, request_table(seen, ahead, REQUEST_SECTION)]


def _chart(
    drawing: Drawing,
    name: str,
    table: str,
    *,
    section: str = "",
    role: Literal["view", "section", "small"] = "view",
) -> Chart:
    return Chart(
        name=name,
        heading=drawing.heading,
        measure=drawing.measure,
        alt=drawing.alt,
        wide=drawing.wide,
        narrow=drawing.narrow,
        table=table,
        note=drawing.note,
        section=section,
        role=role,
    )


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
        chart=_chart(drawing, "home-work-closed", f"{BY_PERIOD}-{period}", role="small"),
    )
