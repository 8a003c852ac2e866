"""How sure the answer is: where its spread comes from, what moves it, how well effort is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import polars as pl

from forethought.insights.blocks import Block, Column, Table, Text, chart_of
from forethought.insights.kinds.simulation_drawn import drawn
from forethought.insights.kinds.simulation_tables import Cells, line, shown, step_of, table
from forethought.insights.kinds.simulation_words import Told
from forethought.results import words

SPREAD, DRIVERS, HOURS, HELD_OUT = "spread", "drivers", "hours", "held-out"
SOURCES = {
    "forecast": "How much will come in",
    "parameters": "How long a case takes",
    "chance": "Chance from day to day",
}
ENDS = {
    "demand": "10% fewer to 10% more",
    "staff": "10% fewer to 10% more",
    "effort": "10% less to 10% more",
    "sickness": "half as much to half as much again",
    "leaving": "half as many to half as many again",
}
DRIVERS_SAID = {
    "demand": "How many come",
    "staff": "Staff",
    "effort": "Hours of a case",
    "sickness": "Sickness",
    "leaving": "Leaving the list",
}
MOST_DRIVERS = 7
LARGE = 200
"""From this many cases on changes read to the nearest 10."""


def spread_blocks(told: Told, section: str) -> list[Block]:
    """Where the spread of the run's answer comes from: one bar and its table."""
    from forethought.results.charts import Source, uncertainty_split
    from forethought.results.charts.split import per_cents

    rows = told.result.tables["uncertainty"]
    sources = [
        Source(SOURCES[row["source"]], row["share"] / rows["share"].sum())
        for row in rows.iter_rows(named=True)
    ]
    heading = "Where the spread comes from"
    caption = (
        f"Shares of the spread of {told.waiting} with today's plan on {_base_day(told)}; what is "
        f"not modelled is in none of them.{_taken_as_known(told)}"
    )
    found: list[Block] = []
    if len(sources) > 1:
        drawing = drawn(
            uncertainty_split,
            tuple(sources),
            what=f"Spread of {told.waiting}",
            place=told.context.place,
            heading=heading,
            measure=caption,
            table=heading,
        )
        found.append(chart_of(drawing, SPREAD, SPREAD, section=section, role="section"))
    lines = [
        line(each.name, [text], [round(each.share, 3)])
        for each, text in zip(sources, per_cents(sources), strict=True)
    ]
    columns = [Column("source", "Source"), Column("share", "Share", numeric=True)]
    found.append(table(SPREAD, heading, caption, columns, lines, section=section))
    return found


def _taken_as_known(told: Told) -> str:
    """Said where the records do not tell how well any hours of a case are known."""
    if told.result.tables["hours"].height:
        return ""
    return " How long a case takes is taken as known, as the records do not tell."


def _base_day(told: Told) -> str:
    return words.day_words(date.fromisoformat(told.values["base_asked"]["by"]))


def driver_name(told: Told, row: dict[str, Any]) -> tuple[str, str]:
    """A driver in managers' words: what it is, and whose."""
    driver, what = row["driver"], row["what"]
    if driver in ("staff", "sickness"):
        return DRIVERS_SAID[driver], told.pool(what)
    return DRIVERS_SAID[driver], told.named("stages", told.values["flows"].get(what, what))


def to_one(value: float) -> str:
    """A change to the nearest one, with its sign."""
    return words.signed(value, 1)


def driver_blocks(told: Told, section: str) -> list[Block]:
    """What moves the list most, one assumption at a time, and its table."""
    from forethought.results.charts import Swing, tornado

    rows = told.result.tables["drivers"].head(MOST_DRIVERS)
    largest = float(rows["swing"].max() or 0.0)  # type: ignore[arg-type]
    if largest < 1:
        return []
    number = words.signed if largest >= LARGE else to_one
    said = [driver_name(told, row) for row in rows.iter_rows(named=True)]
    named = [
        (f"{what}: {whose}", row)
        for (what, whose), row in zip(said, rows.iter_rows(named=True), strict=True)
    ]
    what, whose = said[0]
    heading = f"What moves the list most: {what[:1].lower()}{what[1:]} ({whose})"
    caption = (
        f"Change of {told.waiting} on {_base_day(told)} with today's plan, {told.context.place}, "
        "when one assumption changes and all else stays; the largest first."
    )
    drawing = drawn(
        tornado,
        tuple(
            Swing(name, row["change_low"], row["change_high"], ENDS[row["driver"]])
            for name, row in named
        ),
        what=f"{told.waiting} on {_base_day(told)}",
        place=told.context.place,
        heading=heading,
        measure=caption,
        table="What moves the list",
        number=number,
    )
    chart = chart_of(drawing, DRIVERS, DRIVERS, section=section, role="section")
    return [chart, _driver_table(named, caption, number, section)]


def _driver_table(
    named: Sequence[tuple[str, dict[str, Any]]],
    caption: str,
    number: Callable[[float], str],
    section: str,
) -> Table:
    lines: list[Cells] = [
        line(
            name,
            [ENDS[row["driver"]], number(row["change_low"]), number(row["change_high"])],
            [ENDS[row["driver"]], round(row["change_low"], 1), round(row["change_high"], 1)],
        )
        for name, row in named
    ]
    columns = [
        Column("what", "Assumption"),
        Column("ends", "From, to"),
        Column("low", "At its low end", numeric=True),
        Column("high", "At its high end", numeric=True),
    ]
    return table(DRIVERS, "What moves the list", caption, columns, lines, section=section)


def effort_blocks(told: Told, section: str) -> list[Block]:
    """How well the hours of a case are known, and the weeks that this was tried on."""
    rows = told.result.tables["hours"]
    found: list[Block] = []
    if rows.height:
        lines: list[Cells] = [
            line(
                told.named("stages", row["stage"]),
                [
                    f"{words.decimal(row['hours'])} hours",
                    f"{words.decimal(row['lo-80'])} to {words.decimal(row['hi-80'])}",
                ],
                [round(row["hours"], 2), f"{row['lo-80']:.2f} to {row['hi-80']:.2f}"],
            )
            for row in rows.iter_rows(named=True)
        ]
        found.append(
            table(
                HOURS,
                "Hours that a case takes",
                "Measured from staff hours and closed work; the range comes from the weeks of the "
                "records and is in every chance on this page.",
                [
                    Column("stage", "Stage"),
                    Column("hours", "Hours", numeric=True),
                    Column("range", "8 in 10", numeric=True, muted=True),
                ],
                lines,
                section=section,
            )
        )
    if told.result.tables["held_out"].height:
        found.append(_held_out_table(told, section))
    return found + _unknown(told)


def _unknown(told: Told) -> list[Block]:
    """Staff of whom the counts do not tell how many hours a case takes, and why."""
    rows = told.result.tables["unknown"]
    items = [
        f"{told.pool(row['pool'])}: {row['why']}, so weekly counts do not tell the hours of a "
        "case. They are taken as known; a time study would tell them."
        for row in rows.iter_rows(named=True)
    ]
    return (
        [Text("Hours of a case that are not known from the records", tuple(items))] if items else []
    )


def held_out_sentence(told: Told) -> str:
    """How many of the last weeks lay where the measurement said."""
    rows = {
        row["measure"]: row
        for row in told.result.tables["covered"]
        .filter(pl.col("stage") == told.spec.settings.target.stage)
        .iter_rows(named=True)
    }
    closed, waiting = rows["closed"], rows["waiting"]
    return (
        f"The last {closed['weeks']} weeks, which the measurement had not seen: closed work lay in "
        f"the 8 in 10 range in {closed['inside']} of them, the list in {waiting['inside']}; about "
        f"{round(0.8 * closed['weeks'])} should."
    )


def _held_out_table(told: Told, section: str) -> Block:
    rows = told.result.tables["held_out"].sort("ds", descending=True)
    minimum, step = told.context.minimum_count, step_of(told)
    by_day: dict[date, dict[str, dict[str, Any]]] = {}
    for row in rows.iter_rows(named=True):
        by_day.setdefault(row["ds"], {})[row["measure"]] = row
    lines: list[Cells] = []
    for day, own in by_day.items():
        closed, waiting = own["closed"], own["waiting"]
        seen = shown(round(closed["observed"]), minimum)
        ranges = [words.range_words(r["lo-80"], r["hi-80"], step) for r in (closed, waiting)]
        list_now = words.rounded(waiting["observed"])
        lines.append(
            (
                (words.day_words(day), words.cell(seen, 1), ranges[0], list_now, ranges[1]),
                (
                    day.isoformat(),
                    seen,
                    ranges[0],
                    round(waiting["observed"] / 10) * 10,
                    ranges[1],
                ),
            )
        )
    return table(
        HELD_OUT,
        "Tried on weeks that it had not seen",
        f"{told.stage}. {held_out_sentence(told)} What came in is given. The list to the nearest "
        "10.",
        [
            Column("week", "Week to"),
            Column("closed", "Closed", numeric=True, counts_people=True),
            Column("closed_range", "Simulated, 8 in 10", numeric=True, muted=True),
            Column("waiting", "On the list", numeric=True),
            Column("waiting_range", "Simulated, 8 in 10", numeric=True, muted=True),
        ],
        lines,
        section=section,
    )
