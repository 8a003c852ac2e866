"""How long people wait, and who: curve, official measure, hospital and community, groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, cast

import polars as pl

from forethought.insights.blocks import Block, Column, Table, Text, chart_of
from forethought.insights.kinds.simulation_drawn import drawn
from forethought.insights.kinds.simulation_tables import (
    ROUND,
    Cells,
    line,
    nearest,
    table,
    with_range,
)
from forethought.insights.kinds.simulation_words import BASIS, Told
from forethought.place.calendar import add_months, month_name
from forethought.plan.simulation.equality import NOT_KNOWN
from forethought.plan.simulation.waiting_measure import VERSION
from forethought.results import words

if TYPE_CHECKING:
    from forethought.results.charts import Limit, Waiting

CURVE, OFFICIAL, ORIGIN, GROUPS = "waiting-curve", "official-wait", "origin", "groups"
MOST_CURVES = 4
LEAST_DAYS = 3
"""Where nobody waits longer than this there is no curve to see."""
NEARLY_NONE = 0.05
LIMIT_ROOM = 1.5
MARKS = (7, 14, 28, 56, 91, 182, 364)
KINDS = {"origin": "Where from", "age": "Age", "gender": "Gender", "ethnicity": "Ethnic group"}
FEWEST_BARS = 2
BEYOND_CHANCE = 2.58
"""Standard errors between a group and the others; several groups are looked at."""


def curve_blocks(told: Told, section: str) -> list[Block]:
    """The share still waiting by days waited, each class with its limit, and its table."""
    from forethought.results.charts import waiting_curve

    shown = _curves(told)
    if not shown or max(each.days[-1] for _, each in shown) < LEAST_DAYS:
        return []
    limits = _limits(told, [name for name, _ in shown])
    heading = _curve_message(shown, limits)
    last = _last_day(told, [limit for limit, _ in limits])
    what = f"{told.waiting.capitalize()}: {told.stage}"
    caption = (
        f"{told.stage}, {told.context.place}, with today's plan: of those whose work starts by "
        f"{words.day_words(told.day('end'))}, the share that waits longer than so many days."
    )
    cut = any(each.days[-1] > last for _, each in shown)
    note = " The axis ends where 19 in 20 have started; the table goes on." if cut else ""
    drawing = drawn(
        waiting_curve,
        tuple(_until(each, last) for _, each in shown),
        tuple(limit for limit, _ in limits),
        what=what,
        place=told.context.place,
        heading=heading,
        measure=caption + note,
        table="Share still waiting",
    )
    chart = chart_of(drawing, CURVE, CURVE, section=section, role="section")
    return [chart, _curve_table([each for _, each in shown], limits, caption, section)]


def _curves(told: Told) -> list[tuple[str, Waiting]]:
    """The classes with most cases, in the pathway's order."""
    from forethought.results.charts import Waiting

    rows = told.result.tables["curves"].filter(pl.col("started") >= ROUND)
    most = (
        rows.unique("work_class", keep="first", maintain_order=True)
        .sort("started", descending=True, maintain_order=True)["work_class"]
        .head(MOST_CURVES)
        .to_list()
    )
    found = []
    for (name,), own in rows.group_by("work_class", maintain_order=True):
        if name in most:
            label = told.named("classes", str(name))
            days = tuple(float(day) for day in own["days"])
            found.append((str(name), Waiting(label, days, tuple(own["share"].to_list()))))
    return found


def _last_day(told: Told, limits: Sequence[Limit]) -> float:
    """The day by which 19 in 20 of all classes have started, or well past the largest limit."""
    rows = told.result.tables["curves"]
    pooled = (
        rows.group_by("days")
        .agg((pl.col("started") * pl.col("share")).sum().alias("left"))
        .sort("days")
        .with_columns(pl.col("left") / pl.col("left").max())
    )
    still = pooled.filter(pl.col("left") > NEARLY_NONE)["days"]
    last = 0 if still.is_empty() else int(still[-1]) + 1
    return max(last, LIMIT_ROOM * max((limit.days for limit in limits), default=0.0), LEAST_DAYS)


def _until(curve: Waiting, last: float) -> Waiting:
    """A curve up to a day."""
    count = sum(day <= last for day in curve.days)
    return replace(curve, days=curve.days[:count], share=curve.share[:count])


def _limits(told: Told, classes: Sequence[str]) -> list[tuple[Limit, tuple[str, ...]]]:
    """Each limit of the classes once, with the classes that it is for."""
    from forethought.results.charts import Limit

    rows = told.result.tables["waits"].filter(
        (pl.col("scenario") == "base")
        & (pl.col("stage") == told.spec.settings.target.stage)
        & pl.col("work_class").is_in([*classes, "all"])
        & pl.col("limit_days").is_not_null()
    )
    found: dict[tuple[int, str], list[str]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault((row["limit_days"], row["basis"]), []).append(row["work_class"])
    several = len(found) > 1
    return [
        (
            Limit(
                float(days),
                cast("Literal['duty', 'guidance', 'local']", basis),  # as the pathway checks it
                words.listed([told.named("classes", name) for name in names]) if several else "",
            ),
            tuple(names),
        )
        for (days, basis), names in found.items()
    ]


def _curve_message(
    shown: Sequence[tuple[str, Waiting]], limits: Sequence[tuple[Limit, tuple[str, ...]]]
) -> str:
    """How many of the class that fares worst pass their limit, else how long half wait."""
    past = [
        (curve.after(limit.days), curve.name, limit)
        for name, curve in shown
        for limit, names in limits
        if name in names or "all" in names
    ]
    if past:
        share, who, limit = max(past, key=lambda each: each[0])
        lead = f"{who}: " if len(shown) > 1 else ""
        return (
            f"{lead}{words.chance_percent(share)} wait longer than {limit.days:g} days, the "
            f"{BASIS[limit.kind]}, for work to start"
        )
    half = shown[0][1].half
    return "More than half wait longer than shown" if half is None else (
        f"Half wait longer than {half:g} days for work to start"
    )  # fmt: skip


def _curve_table(
    curves: Sequence[Waiting],
    limits: Sequence[tuple[Limit, tuple[str, ...]]],
    caption: str,
    section: str,
) -> Table:
    longest = max(each.days[-1] for each in curves)
    named = {int(limit.days): f"{limit.days:g} days ({BASIS[limit.kind]})" for limit, _ in limits}
    days = sorted({*(mark for mark in MARKS if mark <= longest), *named})
    lines: list[Cells] = [
        line(
            named.get(day, f"{day} days"),
            [words.chance_percent(each.after(day)) for each in curves],
            [round(each.after(day), 3) for each in curves],
        )
        for day in days
    ]
    return table(
        CURVE,
        "Share still waiting",
        caption,
        [
            Column("days", "Waits longer than"),
            *(
                Column(f"class_{n}", each.name, numeric=True)
                for n, each in enumerate(curves, start=1)
            ),
        ],
        lines,
        section=section,
    )


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
                Column("what", "To the first"),
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
    return table(
        GROUPS,
        heading,
        f"{_group_caption(told)} Expected: with today's plan, as the group's cases are spread over "
        f"classes; within a class all are treated alike.{unknown}",
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


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
