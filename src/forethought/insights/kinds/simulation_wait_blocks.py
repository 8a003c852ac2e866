"""How long people wait: the share still waiting by days waited, each class with its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

import polars as pl

from forethought.insights.blocks import Block, Column, Table, chart_of
from forethought.insights.kinds.simulation_drawn import drawn
from forethought.insights.kinds.simulation_tables import (
    ROUND,
    Cells,
    line,
    table,
)
from forethought.insights.kinds.simulation_words import BASIS, Told
from forethought.results import words

if TYPE_CHECKING:
    from forethought.results.charts import Limit, Waiting

CURVE = "waiting-curve"
MOST_CURVES = 4
LEAST_DAYS = 3
"""Where nobody waits longer than this there is no curve to see."""
NEARLY_NONE = 0.05
LIMIT_ROOM = 1.5
MARKS = (7, 14, 28, 56, 91, 182, 364)


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
