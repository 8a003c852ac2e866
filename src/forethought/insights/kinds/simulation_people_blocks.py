"""Who waits: the official measure, hospital and community, shares on time by group."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from forethought.insights.blocks import Block, Column, Table, Text, chart_of
from forethought.insights.kinds.simulation_drawn import drawn
from forethought.insights.kinds.simulation_tables import Cells, line, nearest, table, with_range
from forethought.insights.kinds.simulation_words import Told
from forethought.place.calendar import add_months, month_name
from forethought.plan.simulation.equality import NOT_KNOWN
from forethought.plan.simulation.waiting_measure import VERSION
from forethought.results import words

OFFICIAL, ORIGIN, GROUPS = "official-wait", "origin", "groups"
KINDS = {"origin": "Where from", "age": "Age", "gender": "Gender", "ethnicity": "Ethnic group"}
FEWEST_BARS = 2
BEYOND_CHANCE = 2.58
"""Standard errors between a group and the others; several groups are looked at."""


def official_blocks(told: Told, section: str) -> list[Block]:
    """The official waiting time by quarter; or which record is missing."""
    heading = "The official waiting time"
    if told.missing("official"):
        return [Text(heading, (f"Not known here. {words.sentence(told.missing('official'))}",))]
    rows = told.result.tables["official"]
    if rows.is_empty():
        return [Text(heading, ("The events hold no request that counts for it.",))]
    quarters = rows["quarter"].unique().sort().to_list()
    lines: list[Cells] = []
    for (metric, age), own in rows.group_by("metric", "age_band", maintain_order=True):
        by_quarter = {row["quarter"]: row["median_days"] for row in own.iter_rows(named=True)}
        found = [by_quarter.get(quarter) for quarter in quarters]
        lines.append(
            line(
                f"{str(metric).capitalize()}, aged {age}",
                [words.SUPPRESSED if d is None else _days(d) for d in found],
                found,
            )
        )
    return [
        table(
            OFFICIAL,
            heading,
            "Of new clients, half waited this many days or less from their request, by quarter in "
            f"which they were served; method of the Department, version {VERSION}. Who still waits "
            "is not in it, so a list that is cleared raises it at first.",
            [
                Column("what", "Wait for the"),
                *(Column(f"q{day:%Y%m}", _quarter(day), numeric=True) for day in quarters),
            ],
            lines,
            section=section,
        )
    ]


def _quarter(first: date) -> str:
    """`July to September 2026`."""
    return f"{first:%B} to {month_name(add_months(first, 2))}"


def _days(value: float) -> str:
    return words.counted(value, "day", "days", 1)


def origin_blocks(told: Told, section: str) -> list[Block]:
    """Hospital and community: what came, went on, and is expected; or what is missing."""
    heading = "From hospital and from the community"
    if told.missing("origin"):
        return [Text(heading, (f"Not told apart. {words.sentence(told.missing('origin'))}",))]
    lines: list[Cells] = []
    for row in told.result.tables["origin"].iter_rows(named=True):
        went, half = row["went_on"], row["half_days"]
        lines.append(
            (
                (
                    told.named("stages", row["stage"]),
                    words.cell(row["came"]),
                    words.SUPPRESSED if went is None else words.percent(went),
                    words.SUPPRESSED if half is None else _days(half),
                    with_range(row["expected"], row["lo-80"], row["hi-80"]),
                ),
                (
                    told.named("stages", row["stage"]),
                    None if row["came"] is None else nearest(row["came"]),
                    None if went is None else round(went, 2),
                    None if half is None else round(half),
                    nearest(row["expected"]),
                ),
            )
        )
    return [
        table(
            ORIGIN,
            heading,
            f"Recorded in the year to {words.day_words(told.context.as_of)}, and expected in the "
            f"12 whole months after it. {told.stage}: for a person whose last request came that "
            "way; requests to the nearest 10.",
            [
                Column("way", "Way in"),
                Column("came", "Came in", numeric=True),
                Column("went_on", f"Went on to: {told.stage}", numeric=True),
                Column("half", "Half then waited longer than", numeric=True),
                Column("expected", "Expected, 8 in 10 range", numeric=True),
            ],
            lines,
            section=section,
        )
    ]


def group_blocks(told: Told, section: str) -> list[Block]:
    """Shares done on time by group, recorded and expected; or which record is missing."""
    heading = "Done on time, by group"
    rows = told.result.tables["groups"]
    found: list[Block] = []
    if not rows.is_empty():
        found += _group_chart(told, rows, section)
        found.append(_group_table(told, rows, heading, section))
    elif not told.missing("groups"):
        text = f"Not known here. No work that came to {told.stage} in the last year can be judged."
        begun = told.missing("started")
        if begun:
            text += f" The limit of {begun} runs until work starts, which the records do not say."
        found.append(Text(heading, (text,)))
    if told.missing("groups"):
        who = "Age, gender and ethnic group are not known here"
        found.append(Text(heading, (f"{who}. {words.sentence(told.missing('groups'))}",)))
    return found


def group_name(told: Told, row: dict[str, Any]) -> str:
    """A group in words."""
    name = str(row["group"])
    if row["kind"] == "age" and name != NOT_KNOWN:
        return f"Aged {name}"
    return told.named("stages", name) if row["kind"] == "origin" else name


def _group_chart(told: Told, rows: pl.DataFrame, section: str) -> list[Block]:
    from forethought.results.charts import Bar, bars

    seen = rows.drop_nulls("share").filter(pl.col("group") != NOT_KNOWN)
    if seen.height < FEWEST_BARS:
        return []
    drawing = drawn(
        bars,
        tuple(
            Bar(group_name(told, row), row["share"], row["lo-80"], row["hi-80"])
            for row in seen.iter_rows(named=True)
        ),
        what=f"{told.stage}: share done on time by group",
        place=told.context.place,
        heading=_gap_message(told, seen),
        measure=_group_caption(told),
        table="Done on time, by group",
        number=words.percent,
        axis_label=words.percent,
    )
    return [chart_of(drawing, GROUPS, GROUPS, section=section, role="section")]


def _gap_message(told: Told, seen: pl.DataFrame) -> str:
    """The group that stands furthest below the others, if chance alone would not do it."""
    judged = seen.with_columns(pl.col("judged").sum().over("kind").alias("of_kind"))
    others = pl.col("of_kind") - pl.col("judged")
    share = pl.col("share") - pl.col("gap") * others / pl.col("of_kind")  # of the whole kind
    error = (share * (1 - share) * (1 / pl.col("judged") + 1 / others)).sqrt()
    apart = judged.filter((others > 0) & (pl.col("gap") < -BEYOND_CHANCE * error))
    if apart.is_empty():
        return "No group shown is on time less often than the others, beyond chance"
    row = apart.sort("gap").row(0, named=True)
    points = words.rounded(abs(row["gap"]) * 100, 1)
    return f"{group_name(told, row)}: on time less often than all others, by {points} points"


def _group_caption(told: Told) -> str:
    return (
        f"{told.stage}: share closed within its limit, {told.context.place}, of work that came in "
        f"the year to {words.day_words(told.context.as_of)} and is decided."
    )


def _group_table(told: Told, rows: pl.DataFrame, heading: str, section: str) -> Table:
    lines: list[Cells] = []
    for row in rows.iter_rows(named=True):
        plain = row["group"] if row["kind"] == "age" else group_name(told, row)
        label, share = f"{KINDS[row['kind']]}: {plain}", row["share"]
        expected = row["expected"]
        lines.append(
            (
                (
                    label,
                    words.cell(row["judged"], 1),
                    words.SUPPRESSED if share is None else words.percent(share),
                    ""
                    if share is None
                    else f"{words.percent(row['lo-80'])} to {words.percent(row['hi-80'])}",
                    "" if row["gap"] is None else f"{words.signed(row['gap'] * 100, 1)} points",
                    "" if expected is None else words.percent(expected),
                ),
                (
                    label,
                    row["judged"],
                    None if share is None else round(share, 2),
                    None if share is None else f"{row['lo-80']:.2f} to {row['hi-80']:.2f}",
                    None if row["gap"] is None else round(row["gap"], 2),
                    None if expected is None else round(expected, 2),
                ),
            )
        )
    unknown = "" if told.missing("origin") else (
        " The few whose request is not known count with the commonest way in."
    )  # fmt: skip
    begun = told.missing("started")
    if begun:
        begun = (
            f" Left out: {begun}, whose limit runs until work starts; the records that are read do "
            "not say when that was."
        )
    return table(
        GROUPS,
        heading,
        f"{_group_caption(told)} Expected: with today's plan, as the group's cases are spread over "
        f"classes; within a class all are treated alike.{unknown}{begun}",
        [
            Column("group", "Group"),
            Column("judged", "Decided", numeric=True, counts_people=True),
            Column("share", "On time", numeric=True),
            Column("range", "8 in 10", numeric=True, muted=True),
            Column("gap", "Against all others", numeric=True),
            Column("expected", "Expected", numeric=True),
        ],
        lines,
        section=section,
    )
