"""Charts of a budget page."""

from __future__ import annotations

import polars as pl

from forethought.insights.blocks import Chart, chart_of
from forethought.insights.kinds.budget_cause_tables import SWINGS, ends_words
from forethought.insights.kinds.budget_tables import BY_YEAR, PLAN
from forethought.insights.kinds.budget_words import CAUSE_WORDS, Told
from forethought.insights.kinds.budget_year_tables import OUTTURN_MONTHS
from forethought.place.calendar import financial_year_label
from forethought.plan.money.bridge import ROWS
from forethought.results import words
from forethought.results.charts import Bar, Step, Swing, bars, bridge, fan, tornado

MOST_SWINGS = 8
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


def outturn_chart(told: Told, section: str) -> Chart:
    """How far spend has run ahead of the budget since April, and where it is going."""
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
    drawing = fan(
        seen,
        ahead,
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
