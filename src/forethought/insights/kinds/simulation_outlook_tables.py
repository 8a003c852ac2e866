"""Tables of a simulation page for the whole pathway: waits, lists, staff time, money, scenarios."""

from __future__ import annotations

from typing import Any

import polars as pl

from forethought.insights.blocks import Column, Table
from forethought.insights.kinds.simulation_tables import (
    ROUND,
    Cells,
    days_words,
    line,
    nearest,
    shown,
    table,
    with_range,
)
from forethought.insights.kinds.simulation_words import BASIS, LISTS, Told
from forethought.place.calendar import financial_year_label, month_name
from forethought.results import words

LEAST_MILLIONS = 1e6
WAITS, LISTS_TABLE, USE, COST, SCENARIOS = "waits", "lists", "staff-time", "cost", "scenarios"


def waits_table(told: Told, section: str) -> Table:
    """Waits with their limits, each marked duty, guidance or local aim.

    The target's stage by class; others in one row where all their classes have one limit.
    """
    lines: list[Cells] = []
    on_time = told.result.tables["on_time"].filter(pl.col("scenario") == "base")
    for row in _waits_shown(told):
        who = "" if row["work_class"] == "all" else told.named("classes", row["work_class"])
        name = told.named("stages", row["stage"]) + (f": {who}" if who else "")
        limit = _limit(row)
        share = on_time.filter(
            (pl.col("stage") == row["stage"]) & (pl.col("work_class") == row["work_class"])
        ).sort("financial_year")
        kept = share["share"][0] if share.height and share["share"][0] is not None else None
        lines.append(
            (
                (
                    name,
                    days_words(row["half_days"], row["half_days-lo-80"], row["half_days-hi-80"]),
                    words.counted(row["ninety_days"], "day", "days", 1),
                    limit,
                    "" if kept is None else words.chance_percent(kept),
                ),
                (
                    name,
                    round(row["half_days"]),
                    round(row["ninety_days"]),
                    limit,
                    None if kept is None else round(kept, 3),
                ),
            )
        )
    year = told.result.tables["on_time"]["financial_year"].min()
    label = "" if year is None else financial_year_label(int(str(year)))
    return table(
        WAITS,
        "Waits and their limits",
        "With today's plan: days from coming to a stage until its work starts, over all that is "
        "simulated. A limit is a duty in law, guidance, or a local aim.",
        [
            Column("stage", "Stage and who"),
            Column("half", "Half wait longer than", numeric=True),
            Column("ninety", "1 in 10 wait longer than", numeric=True),
            Column("limit", "Limit"),
            Column("kept", f"Kept in {label}", numeric=True),
        ],
        lines,
        section=section,
    )


def _waits_shown(told: Told) -> list[dict[str, Any]]:
    """Rows of waits that the page shows: each with the limit of its classes."""
    rows = told.result.tables["waits"].filter(pl.col("scenario") == "base")
    limits = {
        (row["stage"], row["work_class"]): {
            "limit_days": row["within_days"],
            "basis": row["basis"],
            "limit_until": row["until"],
        }
        for row in told.result.tables["on_time"].filter(scenario="base").to_dicts()
    }
    found = []
    for (stage,), own in rows.group_by("stage", maintain_order=True):
        each = own.filter(pl.col("work_class") != "all")
        alike = limits.get((str(stage), "all"), {"limit_days": 0})["limit_days"] is not None
        together = each.is_empty() or (alike and stage != told.spec.settings.target.stage)
        shown_rows = own.filter(pl.col("work_class") == "all") if together else each
        found += [
            row | limits.get((row["stage"], row["work_class"]), {}) for row in shown_rows.to_dicts()
        ]
    return [row for row in found if _is_told(row)]


def _is_told(row: dict[str, Any]) -> bool:
    """Whether enough started there; without a limit, whether anybody waits at all."""
    if row["half_days"] is None or row["started"] < ROUND:
        return False
    return row["limit_days"] is not None or row["ninety_days"] > 1


def _limit(row: dict[str, Any]) -> str:
    if row["limit_days"] is None:
        return "none"
    until = "" if row["limit_until"] == "closed" else " until started"
    return f"{row['limit_days']} days{until}, {BASIS[row['basis']]}"


def lists_table(told: Told, section: str) -> Table:
    """The three national lists: today, over six months, and at quarter ends."""
    rows_of = told.result.tables["lists"].filter(pl.col("scenario") == "base")
    days = [day for day in rows_of["ds"].unique().sort() if day.month % 3 == 0]
    today = {row["list_of"]: row for row in told.result.tables["lists_today"].to_dicts()}
    minimum = told.context.minimum_count
    lines: list[Cells] = []
    for name, label in LISTS.items():
        own = rows_of.filter(pl.col("list_of") == name)
        if own.is_empty():
            continue
        by_day = {row["ds"]: row for row in own.iter_rows(named=True)}
        found = [by_day[day] for day in days]
        now = [shown(today[name][count], minimum) for count in ("cases", "over_six_months")]
        lines.append(
            line(
                label,
                [
                    *(words.cell(count) for count in now),
                    *(with_range(row["median"], row["lo-80"], row["hi-80"]) for row in found),
                ],
                [
                    *(None if count is None else nearest(count) for count in now),
                    *(nearest(row["median"]) for row in found),
                ],
            )
        )
    return table(
        LISTS_TABLE,
        "The three lists that directors report",
        "People on each list today, as recorded, and with today's plan: most likely figure with "
        "the 8 in 10 range; to the nearest 10.",
        [
            Column("list", "List"),
            Column("today", "Today", numeric=True),
            Column("long", "Over six months", numeric=True),
            *(Column(f"d{day:%Y%m}", month_name(day), numeric=True) for day in days),
        ],
        lines,
        section=section,
    )


def use_table(told: Told, section: str) -> Table:
    """Share of staff time that work takes, by financial quarter."""
    stages = {pool["name"]: pool["label"] for pool in pools_of(told)}
    rows = (
        told.result.tables["use"]
        .filter((pl.col("scenario") == "base") & pl.col("share").is_not_null())
        .with_columns(pl.col("ds").dt.offset_by("1d").dt.truncate("1q").alias("quarter"))
        .group_by("resource", maintain_order=True)
        .agg(pl.col("share").mean(), pl.col("lo-80").mean(), pl.col("hi-80").mean())
    )
    lines = [
        line(
            stages.get(row["resource"], row["resource"]),
            [
                words.percent(row["share"]),
                f"{words.percent(row['lo-80'])} to {words.percent(row['hi-80'])}",
            ],
            [round(row["share"], 3), f"{row['lo-80']:.3f} to {row['hi-80']:.3f}"],
        )
        for row in rows.iter_rows(named=True)
    ]
    return table(
        USE,
        "How much of the time of staff is taken",
        f"Share of the hours for cases that work takes, with today's plan, mean of months to "
        f"{month_name(told.day('end'))}.",
        [
            Column("staff", "Staff"),
            Column("share", "Taken", numeric=True),
            Column("range", "8 in 10", numeric=True, muted=True),
        ],
        lines,
        section=section,
    )


def cost_table(told: Told, section: str) -> Table:
    """Money by financial year; what delay costs stands apart."""
    kinds = {
        "staff": "Staff",
        "changes": "Dated changes of staff",
        "supply": "Supply held",
        "services": "Support of people in it",
        "delay": "Cost of delay, apart",
    }
    rows_of = told.result.tables["cost"].filter(pl.col("scenario") == "base")
    years = sorted(rows_of["financial_year"].unique())
    small = float(rows_of["hi-80"].max() or 0.0) < LEAST_MILLIONS  # type: ignore[arg-type]
    lines: list[Cells] = []
    for kind, label in kinds.items():
        own = rows_of.filter(pl.col("kind") == kind)
        if own.is_empty():
            continue
        sums = {
            row["financial_year"]: row
            for row in own.group_by("financial_year")
            .agg(pl.col("gbp", "lo-80", "hi-80").sum())
            .iter_rows(named=True)
        }
        texts, values = [], []
        for year in years:
            row = sums.get(year)
            texts.append("" if row is None else _money(row, small=small))
            values.append(None if row is None else round(row["gbp"], -3))
        lines.append(line(label, texts, values))
    return table(
        COST,
        "Cost by financial year",
        f"With today's plan, from {words.day_words(told.day('start'))} to "
        f"{words.day_words(told.day('end'))}; years at the ends are parts of a year. Prices of "
        f"{told.values['prices'] or 'the pathway file'}.",
        [
            Column("what", "What"),
            *(Column(f"y{year}", financial_year_label(year), numeric=True) for year in years),
        ],
        lines,
        section=section,
    )


def scenarios_table(told: Told, section: str) -> Table:
    """Named scenarios beside today's plan, at the last simulated day."""
    lines: list[Cells] = []
    fewest = told.values["base_fewest"]
    most = told.values["staff_high"]
    named = {
        "base": "Today's plan",
        "plan": f"With {fewest if fewest is not None else most} staff",
    }
    for row in told.result.tables["scenarios"].iter_rows(named=True):
        name = named.get(row["scenario"], row["scenario"].replace("_", " ").capitalize())
        change = [words.signed(row[c]) for c in ("difference", "difference_lo", "difference_hi")]
        less = "" if row["scenario"] == "base" else f"{change[0]}\n{change[1]} to {change[2]}"
        lines.append(
            (
                (
                    name,
                    with_range(row["waiting"], row["lo"], row["hi"]),
                    less,
                    row["source"] or "",
                ),
                (
                    name,
                    nearest(row["waiting"]),
                    nearest(row["difference"]),
                    row["source"] or "",
                ),
            )
        )
    return table(
        SCENARIOS,
        "Scenarios compared",
        f"{told.waiting.capitalize()} on {words.day_words(told.day('end'))}, and the difference "
        "from today's plan in the same futures, with 8 in 10 ranges; to the nearest 10.",
        [
            Column("scenario", "Scenario"),
            Column("waiting", told.waiting.capitalize(), numeric=True),
            Column("difference", "Against today's plan", numeric=True),
            Column("source", "Why"),
        ],
        lines,
        section=section,
    )


def pools_of(told: Told) -> list[dict[str, str]]:
    """Staff and supply of the pathway: `name`, `label`."""
    return list(told.values["pools"])


def names_of(told: Told) -> tuple[dict[str, str], dict[str, str]]:
    """Words for stages and classes."""
    return dict(told.values["stages"]), dict(told.values["classes"])


def _money(row: dict[str, Any], *, small: bool) -> str:
    """Millions; thousands where no cost is a million."""
    middle = words.pounds(row["gbp"]) if small else words.pounds_m(row["gbp"], 2)
    if abs(row["hi-80"] - row["lo-80"]) < 1:
        return middle
    if small:
        return f"{middle}\n{words.pounds(row['lo-80'])} to {words.pounds(row['hi-80'])}"
    return f"{middle}\n{words.pounds_m_range(row['lo-80'], row['hi-80'], 2)}"
