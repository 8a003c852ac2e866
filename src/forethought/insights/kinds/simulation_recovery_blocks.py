"""Recovery on the page: how many extra staff for how many weeks, agency beside permanent posts."""

from __future__ import annotations

from datetime import date

import polars as pl

from forethought.insights.blocks import Block, Column, Scalar, Table, chart_of
from forethought.insights.kinds.simulation_drawn import drawn
from forethought.insights.kinds.simulation_tables import Cells, extra_words, table
from forethought.insights.kinds.simulation_words import Told
from forethought.results import words

RECOVERY = "recovery"
KINDS = {"agency": "From an agency", "permanent": "Permanent posts"}
WEEK = 7


def recovery_blocks(told: Told, section: str) -> list[Block]:
    """The curve of equal chance and its table: each row a number of weeks, each way priced."""
    rows = told.result.tables["recovery"]
    return [*_chart(told, rows, section), _table(told, rows, section)]


def weeks_until(told: Told, day: date) -> int:
    """Whole weeks from today until a day."""
    return round(((day - told.context.as_of).days) / WEEK)


def _target(told: Told) -> str:
    base = told.values["base_asked"]
    return f"fewer than {words.rounded(base['fewer_than'], 1)} {told.waiting}"


def _chart(told: Told, rows: pl.DataFrame, section: str) -> list[Block]:
    from forethought.results.charts import Recovery, recovery_curve

    lines = []
    for kind, name in KINDS.items():
        own = rows.filter(pl.col("kind") == kind).sort("by")
        if own["extra_fte"].null_count() < own.height:
            weeks = tuple(weeks_until(told, day) for day in own["by"])
            lines.append(Recovery(0.9, weeks, tuple(own["extra_fte"].to_list()), name))
    if not lines or not rows["extra_fte"].max():
        return []  # the table says that none is enough, or none needed
    drawing = drawn(
        recovery_curve,
        tuple(lines),
        what=_target(told),
        place=told.context.place,
        across="Weeks from today until the target is met",
        heading=_message(told, rows),
        measure=_caption(told),
        table="Extra staff and weeks",
    )
    return [chart_of(drawing, RECOVERY, RECOVERY, section=section, role="section")]


def _message(told: Told, rows: pl.DataFrame) -> str:
    """The soonest and the latest agency's way that are enough, else the permanent ones."""
    for kind in KINDS:
        own = rows.filter((pl.col("kind") == kind) & pl.col("extra_fte").is_not_null()).sort("by")
        if own.is_empty():
            continue
        ends = [own.row(0, named=True), own.row(-1, named=True)]
        first, last = (f"within {weeks_until(told, row['by'])} weeks" for row in ends)
        some = f"{ends[0]['extra_fte']} extra staff meet the target {first}"
        if own.height == 1 or ends[0]["extra_fte"] == ends[1]["extra_fte"]:
            return some
        return f"{some}, {ends[1]['extra_fte'] or 'none'} {last}"
    return "No number of extra staff that was tried meets the target"


def _caption(told: Told) -> str:
    values = told.values["recovery"]
    starts = words.day_words(date.fromisoformat(values["agency_on"]))
    posts = words.day_words(told.day("change_on"))
    return (
        f"Extra full-time staff that give a 9 in 10 chance of {_target(told)}, {told.context.place}"
        f", requests as planned. Agency staff from {starts} until the target is met; permanent "
        f"posts from {posts}."
    )


def _table(told: Told, rows: pl.DataFrame, section: str) -> Table:
    values = told.values["recovery"]
    held = words.day_words(date.fromisoformat(values["hold_until"]))
    lines: list[Cells] = []
    for day in rows["by"].unique().sort():
        own = {row["kind"]: row for row in rows.filter(pl.col("by") == day).iter_rows(named=True)}
        texts: list[str] = []
        cells: list[Scalar] = []
        for kind in KINDS:
            row = own.get(kind)
            extra = None if row is None else row["extra_fte"]
            gbp = None if row is None else row["gbp"]
            texts += ["not enough" if extra is None else f"{extra}", _price(extra, gbp)]
            cells += [extra, None if gbp is None else round(gbp, -3)]
        name = f"{weeks_until(told, day)} weeks\n{words.day_words(day)}"
        lines.append(((name, *texts), (day.isoformat(), *cells)))
    after = ""
    most = rows["extra_fte"].max()
    if most is None:
        after = " No number of extra staff that was tried is enough."
    elif most == 0:
        after = " None are needed: today's plan meets the target on each of these days."
    if values["run_rate"] is not None:
        after += f" After the cheapest of them, {values['run_rate']} staff hold it until {held}."
    lacking = ""
    if values["agency_gbp"] is None:
        lacking = (
            " The price of agency staff is not known: no scenario of the pathway file gives one "
            "to extra staff of this team."
        )
    return table(
        RECOVERY,
        "Extra staff and weeks",
        f"{_caption(told)} Permanent posts are paid until {held}.{after}{lacking}",
        [
            Column("weeks", "Target met within"),
            Column("agency", "Agency staff", numeric=True),
            Column("agency_gbp", "Cost of agency staff", numeric=True),
            Column("permanent", "Permanent posts", numeric=True),
            Column("permanent_gbp", "Cost of posts", numeric=True),
        ],
        lines,
        section=section,
    )


def _price(extra: int | None, gbp: float | None) -> str:
    if extra is None:
        return ""
    return "not known" if gbp is None else extra_words(gbp)
