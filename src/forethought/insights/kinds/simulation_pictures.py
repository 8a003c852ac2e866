"""Charts of a simulation page, each with the table that holds its figures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from forethought.insights.blocks import Chart, Column, Scalar, Table, chart_of
from forethought.insights.kinds.simulation_chances import chance_below, nearest_day
from forethought.insights.kinds.simulation_plans import TODAY, WHAT_IF
from forethought.insights.kinds.simulation_tables import (
    BACKLOG,
    CHANCES,
    FLOW,
    step_of,
    whole_periods,
)
from forethought.insights.kinds.simulation_words import Told, needed, requests_words
from forethought.place.calendar import bank_holidays, month_name
from forethought.results import words

if TYPE_CHECKING:
    from forethought.results.charts import ChanceGrid

HIDDEN_MOST = 0.1
LEAST_POINTS = 3
EASTER_MONTHS = (3, 4)
HARDLY, NEARLY_HALF = 0.03, 0.05
OTHER_CHANGE_PCT = 5.0


def observed_shown(told: Told) -> pl.DataFrame:
    """The recorded periods that charts show."""
    weeks = told.spec.settings.weeks_shown
    first = told.context.as_of - timedelta(weeks=weeks if told.period == "week" else 2 * weeks)
    return told.result.tables["observed"].filter(pl.col("ds") > first)


def flow_chart(told: Told, observed: pl.DataFrame) -> Chart | None:
    """Incoming v closed: recorded, then simulated; None where too few may be shown."""
    from forethought.results.charts import incoming_closed

    minimum = told.context.minimum_count
    small = pl.any_horizontal(pl.col("incoming", "closed").is_between(1, max(minimum - 1, 0)))
    seen = observed.filter(~small)
    if seen.height < max(LEAST_POINTS, (1 - HIDDEN_MOST) * observed.height):
        return None
    ahead = {m: whole_periods(told, told.series(WHAT_IF, m)) for m in ("incoming", "closed")}
    if ahead["closed"].height < LEAST_POINTS:
        return None
    first, last = seen["ds"][0], ahead["closed"]["ds"][-1]
    after = {m: ahead[m].filter(pl.col("ds") > told.day("change_on")) for m in ahead}
    gap = float((after["closed"]["median"].mean() or 0) - (after["incoming"]["median"].mean() or 0))  # type: ignore[operator, arg-type]
    more = "more" if gap > 0 else "less"
    drawing = incoming_closed(
        seen.select("ds", pl.col("incoming").alias("y")),
        seen.select("ds", pl.col("closed").alias("y")),
        incoming_forecast=ahead["incoming"].select("ds", "median", "lo-80", "hi-80"),
        closed_forecast=ahead["closed"].select("ds", "median", "lo-80", "hi-80"),
        what=told.work,
        place=told.context.place,
        per=f"a {told.period}",
        ahead="Simulated",
        holidays=_festive(first, last) if told.period == "week" else None,
        heading=(
            f"With {told.staff(WHAT_IF)} staff, {more} work is closed than comes in from "
            f"{told.day('change_on'):%B}"
        ),
        measure=(
            f"{told.work} a {told.period}, {told.context.place}, {month_name(first)} to "
            f"{month_name(last)}."
        ),
        table=f"What comes in and what is closed, by {told.period}",
        number=lambda value: words.rounded(value, step_of(told)),
    )
    return chart_of(drawing, "in-and-out", FLOW, role="section")


def _festive(first: date, last: date) -> dict[date, str]:
    """Christmas and Easter between two days, by their names."""
    days = {}
    for year in range(first.year, last.year + 1):
        days[date(year, 12, 25)] = "Christmas"
        spring = [day for day in sorted(bank_holidays(year)) if day.month in EASTER_MONTHS]
        friday = next(day for day in spring if f"{day:%a}" == "Fri")
        days[friday + timedelta(days=2)] = "Easter"
    return {day: name for day, name in days.items() if first <= day <= last}


def backlog_chart(told: Told, observed: pl.DataFrame) -> Chart:
    """The list: recorded, today's plan in grey, the what-if in blue, the target dotted."""
    from forethought.results.charts import Plan, backlog

    now = told.values["waiting_now"]
    past = observed.select("ds", pl.col("waiting").cast(pl.Float64).alias("y"))
    as_of = told.context.as_of
    if past.is_empty() or past["ds"][-1] < as_of:
        today = pl.DataFrame({"ds": [as_of], "y": [float(now)]})
        past = pl.concat([past, today])
    bands = ("ds", "median", "lo-80", "hi-80")
    base, plan = told.series(TODAY, "waiting"), told.series(WHAT_IF, "waiting")
    staff = told.staff(WHAT_IF)
    drawing = backlog(
        past,
        [
            Plan(
                f"Today's {told.staff(TODAY)} staff",
                base.select(bands),
                base=True,
                short=f"{told.staff(TODAY)} staff",
            ),
            Plan(f"With {staff} staff", plan.select(bands), short=f"{staff} staff"),
        ],
        target=float(told.fewer_than),
        target_name=f"Target: fewer than {words.rounded(told.fewer_than, 1)}",
        unit=told.spec.settings.state,
        what=told.waiting.capitalize(),
        place=told.context.place,
        heading=_backlog_message(now, float(plan["median"][-1])),
        measure=(
            f"{told.waiting.capitalize()}, at the end of each {told.period}, "
            f"{told.context.place}, {month_name(past['ds'][0])} to {month_name(told.by)}."
        ),
        table=f"{told.waiting.capitalize()} by {told.period}",
    )
    return chart_of(drawing, "waiting", BACKLOG, role="section")


def _backlog_message(now: float, then: float) -> str:
    change = then / now - 1 if now > 0 else 0.0
    if abs(change) < HARDLY:
        return "The list hardly changes"
    if change < HARDLY - 1:
        return "The list is worked off"
    if abs(change + 0.5) < NEARLY_HALF:
        return "The list halves"
    way = "falls" if change < 0 else "grows"
    return f"The list {way} by {words.percent(abs(change))}"


def heat_blocks(told: Told, section: str) -> tuple[Chart, Table]:
    """Chance of the target by staff and change in requests, and its table."""
    from forethought.results.charts import ChanceGrid

    rows = told.result.tables["chances"].filter(
        pl.col("ds") == nearest_day(told.result.tables["chances"], told.by)
    )
    staff = sorted(rows["staff"].unique())
    changes = sorted(rows["change_pct"].unique())
    chance = {
        (row["staff"], row["change_pct"]): chance_below(row["points"], told.fewer_than)
        for row in rows.iter_rows(named=True)
    }
    grid = ChanceGrid(
        staff=tuple(float(s) for s in staff),
        demand_pct=tuple(changes),
        chance=tuple(tuple(chance[s, c] for s in staff) for c in changes),
        today=(float(told.values["staff_now"]), 0.0),
        what_if=(float((told.plan(WHAT_IF) or {"staff": staff[0]})["staff"]), told.change_pct),
    )
    return drawn_heat(told, grid, nearest_day(told.result.tables["chances"], told.by), section)


def drawn_heat(
    told: Told, grid: ChanceGrid, day: date, section: str, note: str = ""
) -> tuple[Chart, Table]:
    """A map of chances and its table.

    Args:
        told: The page.
        grid: The chances.
        day: Day of the target.
        section: Section of the page.
        note: What else the table's caption says.
    """
    from forethought.results.charts import heat_map

    what = (
        f"chance of fewer than {words.rounded(told.fewer_than, 1)} {told.waiting} on "
        f"{words.day_words(day)}"
    )
    drawing = heat_map(
        grid,
        what=what,
        place=told.context.place,
        across=f"Full-time staff from {told.day('change_on'):%B}",
        heading=_heat_message(told),
        measure=f"{_sentence(what)}, per cent, by staff (across) and change in requests (down).",
        table="Chances by staff and change in requests",
    )
    chart = chart_of(drawing, "chances", CHANCES, section=section, role="section")
    return chart, _heat_table(grid, what, section, note)


def _heat_message(told: Told) -> str:
    """The same question as the fewest staff of the page, and what another demand would ask for."""
    asked = told.change_pct
    other = 0.0 if asked else OTHER_CHANGE_PCT
    here, there = needed(told, asked), needed(told, other)
    requests = requests_words(asked)
    if here is None:
        return f"With {requests}, no number of staff looked at is enough 9 times in 10"
    if asked:
        instead = "" if there is None else f" instead of {there}"
        return f"With {requests}, {here} staff are needed{instead}"
    if there is None:
        return f"{here} staff are needed; if requests rise by {other:g}%, more than shown"
    if there <= here:
        return f"{here} staff are about enough even if requests rise by {other:g}%"
    return f"If requests rise by {other:g}%, about {there} staff are needed instead of {here}"


def _heat_table(grid: ChanceGrid, what: str, section: str, note: str) -> Table:
    rows, values = [], []
    for n in reversed(range(len(grid.demand_pct))):
        name = f"{words.signed(grid.demand_pct[n], 0.1)}%"
        rows.append((name, *(words.chance_percent(p) for p in grid.chance[n])))
        cells: tuple[Scalar, ...] = tuple(round(p, 2) for p in grid.chance[n])
        values.append((f"{grid.demand_pct[n]:g}", *cells))
    return Table(
        name=CHANCES,
        heading="Chances by staff and change in requests",
        caption=" ".join(part for part in (f"{_sentence(what)}.", note) if part),
        columns=(
            Column("change", "Change in requests"),
            *(Column(f"staff_{s:g}", f"{s:g} staff", numeric=True) for s in grid.staff),
        ),
        rows=tuple(rows),
        values=tuple(values),
        section=section,
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
