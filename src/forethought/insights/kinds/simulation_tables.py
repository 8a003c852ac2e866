"""Tables of a simulation page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from forethought.insights.blocks import Column, Scalar, Table
from forethought.insights.kinds.simulation_plans import AVERAGE, TODAY, WHAT_IF
from forethought.insights.kinds.simulation_words import Told
from forethought.place.calendar import month_name
from forethought.results import words

Cells = tuple[tuple[str, ...], tuple[Scalar, ...]]
PLANS, FLOW, BACKLOG, CHANCES = "plans-compared", "in-and-out", "waiting", "chances"
HEADS = {TODAY: "Today's plan: ", WHAT_IF: "", AVERAGE: "Enough on average: "}
ROUND = 10
MANY = 100
"""From so many a period on, modelled counts read to the nearest 10."""
SUNDAY = 7


def plans_table(told: Told) -> Table:
    """Three plans side by side: chance, people waiting, half wait longer than, extra cost."""
    rows = [row for name in HEADS if (row := told.plan(name)) is not None]
    head = [
        Column(row["plan"], f"{HEADS[row['plan']]}{told.staff(row['plan'])} staff", numeric=True)
        for row in rows
    ]
    lines: list[Cells] = [
        line(
            f"Chance of fewer than {words.rounded(told.fewer_than, 1)} {told.spec.settings.state}",
            [words.chance(row["chance"]) for row in rows],
            [round(row["chance"], 3) for row in rows],
        ),
        line(
            told.waiting.capitalize(),
            [with_range(row["waiting"], row["waiting_lo"], row["waiting_hi"]) for row in rows],
            [nearest(row["waiting"]) for row in rows],
        ),
        line(
            "Half of those started waited longer than",
            [days_words(row["half_days"], row["half_lo"], row["half_hi"]) for row in rows],
            [None if row["half_days"] is None else round(row["half_days"]) for row in rows],
        ),
        line(
            f"Extra cost until {words.day_words(told.by)}",
            [extra_words(row["extra_gbp"]) for row in rows],
            [round(row["extra_gbp"], -3) for row in rows],
        ),
    ]
    return table(
        PLANS,
        "Three plans compared" if len(rows) == len(HEADS) else "Plans compared",
        "Most likely figure, with the 8 in 10 range under it. All plans meet the same simulated "
        "futures. Numbers waiting to the nearest 10.",
        [Column("what", f"On {words.day_words(told.by)}"), *head],
        lines,
        suggested=WHAT_IF,
        mark="Your what-if" if told.is_what_if else "Asked about",
    )


def flow_table(told: Told, observed: pl.DataFrame) -> Table:
    """What came in and was closed by period: as recorded, and simulated with the what-if."""
    minimum = told.context.minimum_count
    past: list[Cells] = []
    for row in observed.reverse().iter_rows(named=True):
        counts = [shown(row[name], minimum) for name in ("incoming", "closed")]
        past.append(
            (
                (_when(told, row["ds"]), *(words.cell(c, 1) for c in counts), "", "", "", ""),
                (row["ds"].isoformat(), *counts, None, None, None, None),
            )
        )
    lines: list[Cells] = []
    came, done = (whole_periods(told, told.series(WHAT_IF, m)) for m in ("incoming", "closed"))
    for one, other in zip(came.iter_rows(named=True), done.iter_rows(named=True), strict=True):
        figures = [words.rounded(row["median"], step_of(told)) for row in (one, other)]
        ranges = [words.range_words(r["lo-80"], r["hi-80"], step_of(told)) for r in (one, other)]
        numbers = [_model(row["median"], told) for row in (one, other)]
        day = one["ds"]
        lines.append(
            (
                (_when(told, day), "", "", figures[0], ranges[0], figures[1], ranges[1]),
                (day.isoformat(), None, None, numbers[0], ranges[0], numbers[1], ranges[1]),
            )
        )
    return table(
        FLOW,
        f"What comes in and what is closed, by {told.period}",
        f"{told.work} a {told.period}, {told.context.place}; simulated with "
        f"{told.staff(WHAT_IF)} staff after {words.day_words(told.context.as_of)}.",
        [
            Column("period", f"{told.period.capitalize()} to"),
            Column("incoming", "Came in", numeric=True, counts_people=True),
            Column("closed", "Closed", numeric=True, counts_people=True),
            Column("incoming_simulated", "Coming in, simulated", numeric=True),
            Column("incoming_range", "8 in 10", numeric=True, muted=True),
            Column("closed_simulated", "Closed, simulated", numeric=True),
            Column("closed_range", "8 in 10", numeric=True, muted=True),
        ],
        [*lines, *past],
    )


def backlog_table(told: Told, observed: pl.DataFrame) -> Table:
    """How many wait at the end of each period, under today's plan and the what-if."""
    past: list[Cells] = []
    for row in observed.reverse().iter_rows(named=True):
        value = nearest(row["waiting"])
        text = words.rounded(row["waiting"])
        day = _when(told, row["ds"])
        past.append(
            ((day, text, "recorded", "", ""), (row["ds"].isoformat(), value, None, None, None))
        )
    lines: list[Cells] = []
    base, plan = told.series(TODAY, "waiting"), told.series(WHAT_IF, "waiting")
    for one, other in zip(base.iter_rows(named=True), plan.iter_rows(named=True), strict=True):
        said = [words.rounded(r["median"]) for r in (one, other)]
        ranges = [words.range_words(r["lo-80"], r["hi-80"]) for r in (one, other)]
        lines.append(
            (
                (_when(told, one["ds"]), said[0], ranges[0], said[1], ranges[1]),
                (
                    one["ds"].isoformat(),
                    nearest(one["median"]),
                    ranges[0],
                    nearest(other["median"]),
                    ranges[1],
                ),
            )
        )
    return table(
        BACKLOG,
        f"{told.waiting.capitalize()} by {told.period}",
        f"At the end of each {told.period}, {told.context.place}; to the nearest 10.",
        [
            Column("period", f"{told.period.capitalize()} to"),
            Column("today", "Recorded, then today's plan", numeric=True),
            Column("today_range", "8 in 10", numeric=True, muted=True),
            Column("what_if", f"With {told.staff(WHAT_IF)} staff", numeric=True),
            Column("what_if_range", "8 in 10", numeric=True, muted=True),
        ],
        [*lines, *past],
    )


def whole_periods(told: Told, series: pl.DataFrame) -> pl.DataFrame:
    """Without the first and last period, where the simulated days are only a part of them."""
    rows = series.sort("ds")
    start = told.day("start")
    if told.period == "week":
        first_end = start + timedelta(days=6 - start.weekday())
        rows = rows.filter((pl.col("ds") > first_end) | (start.weekday() == 0))
        return rows.filter(pl.col("ds").dt.weekday() == SUNDAY)
    rows = rows.filter(pl.col("ds") == pl.col("ds").dt.month_end())
    if start.day != 1:
        rows = rows.filter(pl.col("ds") > pl.lit(start).dt.month_end())
    return rows


def shown(count: int, minimum: int) -> int | None:
    """A count, or None where it is too small to show."""
    return None if 0 < count < minimum else int(count)


def step_of(told: Told) -> int:
    """Rounding of modelled counts a period: to the nearest 10 where there are many."""
    counts = told.series(WHAT_IF, "incoming")["median"]
    few = counts.is_empty() or float(counts.mean() or 0.0) < MANY  # type: ignore[arg-type]
    return 1 if few else ROUND


def _model(value: float, told: Told) -> int:
    step = step_of(told)
    return round(value / step) * step


def nearest(value: float) -> int:
    """A modelled count to the nearest 10."""
    return round(value / ROUND) * ROUND


def _when(told: Told, day: date) -> str:
    return month_name(day) if told.period == "month" else words.day_words(day)


def line(label: str, texts: Sequence[str], values: Sequence[Scalar]) -> Cells:
    """A row: its label, the cells as text, the same cells as values."""
    return (label, *texts), (label, *values)


def with_range(value: float, low: float, high: float) -> str:
    """A figure with its 8 in 10 range under it."""
    return f"{words.rounded(value)}\n{words.range_words(low, high)}"


def days_words(value: float | None, low: float | None, high: float | None) -> str:
    """Days with their 8 in 10 range under them."""
    if value is None:
        return "none started"
    text = words.counted(value, "day", "days", 1)
    if low is None or high is None:
        return text
    return f"{text}\n{words.range_words(min(low, value), max(high, value), 1)}"


def extra_words(gbp: float) -> str:
    """Extra money to the nearest £1,000, or none."""
    return words.NONE if abs(gbp) < 500 else words.pounds(gbp)  # noqa: PLR2004  half of £1,000


def table(
    name: str,
    heading: str,
    caption: str,
    columns: Sequence[Column],
    lines: Sequence[Cells],
    *,
    section: str = "",
    suggested: str = "",
    mark: str = "",
) -> Table:
    """A table block of some rows."""
    return Table(
        name=name,
        heading=heading,
        caption=caption,
        columns=tuple(columns),
        rows=tuple(texts for texts, _ in lines),
        values=tuple(values for _, values in lines),
        section=section,
        suggested=suggested,
        mark=mark,
    )
