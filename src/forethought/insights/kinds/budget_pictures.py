"""Charts of a budget page."""

from __future__ import annotations

import polars as pl

from forethought.insights.blocks import Chart, chart_of
from forethought.insights.kinds.budget_cause_tables import SWINGS, ends_words
from forethought.insights.kinds.budget_tables import BY_YEAR, PLAN
from forethought.insights.kinds.budget_words import CAUSE_WORDS, Told
from forethought.insights.kinds.budget_year_tables import HISTORY, OUTTURN_MONTHS
from forethought.place.calendar import financial_year_label, month_end, month_name
from forethought.plan.money.bridge import ROWS
from forethought.plan.money.outturn_history import Told as History
from forethought.results import words
from forethought.results.charts import (
    Bar,
    Step,
    Swing,
    Telling,
    bars,
    bridge,
    fan,
    forecasts_over_time,
    tornado,
)

MOST_SWINGS = 8
SMALL_MOVE = 0.001
SMALL_ROW = 0.0005
"""Rows of the bridge under this share of the cost are put together."""


def years_chart(told: Told, section: str) -> Chart:
    """Net cost by financial year as bars with their ranges."""
    past = sorted(told.budget.filter(pl.col("actual"))["year"].unique().to_list())[-2:]
    rows = []
    for year in [*past, *told.years]:
        figure = told.net(year)
        name = financial_year_label(year)
        low, high = (None, None) if year in past else (figure["lo-80"], figure["hi-80"])
        rows.append(Bar(name, figure["mean"], low, high))
    first, last = told.net(told.year)["mean"], told.net(told.last)["mean"]
    rise = words.percent(abs(last / first - 1))
    way = "rises" if last >= first else "falls"
    drawing = bars(
        rows,
        what="net cost of adult social care",
        place=told.context.place,
        heading=f"Net cost {way} by {rise} in {len(told.years) - 1} years",
        measure=f"Net cost by financial year, cash, {told.context.place}.",
        table="Cost and income by financial year",
        number=words.pounds_m,
        axis_label=lambda value: words.pounds_m(value, 0),
    )
    return chart_of(drawing, "net-cost-by-year", BY_YEAR, section=section, role="section")


def bridge_chart(told: Told, section: str) -> Chart:
    """From the approved budget to the last year."""
    rows = told.result.tables["bridge"]
    summed = dict(
        rows.filter(~pl.col("row").is_in(["opening", "closing"]))
        .group_by("row", maintain_order=True)
        .agg(pl.col("gbp").sum())
        .iter_rows()
    )
    first, last = told.year, told.last
    opening = rows.filter((pl.col("row") == "opening") & (pl.col("year") == first))["gbp"][0]
    closing = rows.filter((pl.col("row") == "closing") & (pl.col("year") == last))["gbp"][0]
    small = SMALL_ROW * closing
    steps = [Step(ROWS[name], value) for name, value in summed.items() if abs(value) >= small]
    rest = sum(value for value in summed.values() if abs(value) < small)
    if abs(rest) >= 1:
        steps.append(Step("All other rows", rest))
    start, end = financial_year_label(first), financial_year_label(last)
    biggest = max(summed, key=lambda name: abs(summed[name]))
    drawing = bridge(
        [
            Step(f"Budget {start}", opening, total=True),
            *steps,
            Step(f"Net cost {end}", closing, total=True),
        ],
        what="Net cost of adult social care",
        place=told.context.place,
        heading=words.sentence(f"{CAUSE_WORDS[biggest]} moves it most").removesuffix("."),
        measure=f"Approved net budget {start} to net cost {end}, cash, {told.context.place}.",
        table="The plan row by row",
    )
    return chart_of(drawing, "bridge", PLAN, section=section, role="section")


def outturn_chart(told: Told, before: History | None, section: str) -> Chart:
    """How far spend has run ahead of the budget since April, and where it is going.

    Args:
        told: What the page tells.
        before: The forecast of a month before, where there is one.
        section: Section of the page.
    """
    rows = told.result.tables["outturn_months"].filter(pl.col("line") == "all").sort("ds")
    budget = pl.col("budget_so_far")
    seen = rows.drop_nulls("actual_so_far").select(
        pl.col("ds").dt.month_end(), (pl.col("actual_so_far") - budget).alias("y")
    )
    ahead = rows.filter(pl.col("actual_so_far").is_null()).select(
        pl.col("ds").dt.month_end(),
        *((pl.col(f"{name}_so_far") - budget).alias(name) for name in ("mean", "lo-80", "hi-80")),
    )
    label = financial_year_label(told.year)
    said = words.over_or_under(float(ahead["mean"][-1] if ahead.height else seen["y"][-1]))
    last = None
    if before is not None:
        then = before.months.filter((pl.col("line") == "all") & pl.col("actual_so_far").is_null())
        last = then.sort("ds").select(
            pl.col("ds").dt.month_end(), (pl.col("mean_so_far") - budget).alias("mean")
        )
    drawing = fan(
        seen,
        ahead,
        last=last,
        last_name=f"Forecast at the end of {before.origin:%B}" if before else "",
        what="Gross spend above budget since April",
        place=told.context.place,
        heading=f"By March gross spend is about {said} budget",
        measure=f"Gross spend since April less budget since April, {label}, {told.context.place}",
        table="Gross spend since 1 April",
        number=lambda value: words.signed_pounds_m(value, 2),
        axis_label=lambda value: words.signed_pounds_m(value, 2),
        zero=True,
    )
    return chart_of(drawing, "spend-above-budget", OUTTURN_MONTHS, section=section, role="section")


def history_chart(told: Told, rows: pl.DataFrame, section: str) -> Chart:
    """How this year's net outturn was forecast at each month end.

    Args:
        told: What the page tells.
        rows: Those of `outturn_history.history`.
        section: Section of the page.
    """
    net = rows.filter(pl.col("measure") == "net")
    budget = float(net["budget"][-1])
    label = financial_year_label(told.year)
    drawing = forecasts_over_time(
        [
            Telling(month_end(row["origin"]), row["p50"], row["p80"], row["p95"])
            for row in net.iter_rows(named=True)
        ],
        target=budget,
        target_name="Budget",
        what=f"Net outturn of {label}",
        place=told.context.place,
        heading=history_heading(net),
        measure=f"Net outturn of {label}, cash, by the month end to which it was known, "
        f"{told.context.place}.",
        table="This year's net outturn as forecast at each month end",
        number=lambda value: words.pounds_m(value, 2),
        axis_label=words.pounds_m,
    )
    return chart_of(drawing, "outturn-over-time", HISTORY, section=section, role="section")


def history_heading(net: pl.DataFrame) -> str:
    """How far the likely outturn moved since the first forecast of the year."""
    first, last = net.row(0, named=True), net.row(-1, named=True)
    moved = last["p50"] - first["p50"]
    since = month_name(first["origin"])
    if abs(moved) < SMALL_MOVE * last["p50"]:
        return f"The likely outturn has hardly moved since {since}"
    way = "up" if moved > 0 else "down"
    return f"The likely outturn has gone {way} by {words.pounds_m(abs(moved), 2)} since {since}"


def swings_chart(told: Told, section: str) -> Chart:
    """What moves the last year's cost most."""
    rows = told.result.tables["swings"].head(MOST_SWINGS)
    found = [
        Swing(row["name"], row["low"], row["high"], ends_words(row))
        for row in rows.iter_rows(named=True)
    ]
    label = financial_year_label(told.last)
    base = words.pounds_m(told.net(told.last)["mean"])
    top = max(found, key=lambda swing: swing.span).name
    drawing = tornado(
        found,
        what=f"Net cost of {label}",
        place=told.context.place,
        heading=f"What matters most: {top[:1].lower()}{top[1:]}"
        if not top.startswith("National")
        else f"What matters most: the {top}",
        measure=f"Change of the net cost of {label} ({base}) when one assumption moves.",
        table="What matters most",
        number=words.signed_pounds_m,
    )
    return chart_of(drawing, "what-matters", SWINGS, section=section, role="section")
