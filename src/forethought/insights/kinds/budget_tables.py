"""Tables of a budget page by financial year: cost and income, services, councils, the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from forethought.insights.blocks import Column, Formula, Scalar, Table
from forethought.insights.kinds.budget_words import Told
from forethought.place.calendar import financial_year_label
from forethought.plan.money.bridge import ROWS
from forethought.results import words

BY_YEAR, BY_LINE, PLAN = "cost-by-year", "cost-by-service", "financial-plan"
FOOTPRINTS = "cost-by-council"
MEASURES: Mapping[str, str] = {
    "gross": "Gross cost",
    "contributions": "Clients' contributions",
    "nhs": "NHS income",
    "grants": "Grants and Better Care Fund",
    "savings": "Savings delivered",
    "net": "Net cost",
}

TINY_GBP = 50_000
"""A row that never reaches it shows nothing but zeros, and is named instead."""

Cells = tuple[tuple[str, ...], tuple[Scalar, ...]]


def made(
    name: str,
    heading: str,
    caption: str,
    columns: Sequence[Column],
    lines: Sequence[Cells],
    section: str,
    **more: Any,
) -> Table:
    """A table from lines of texts and values."""
    return Table(
        name=name,
        heading=heading,
        caption=caption,
        columns=tuple(columns),
        rows=tuple(texts for texts, _ in lines),
        values=tuple(values for _, values in lines),
        section=section,
        **more,
    )


def years_table(told: Told, section: str) -> Table:
    """Gross, income and net by financial year, cash, and net in real terms."""
    past = sorted(told.budget.filter(pl.col("actual"))["year"].unique().to_list())[-2:]
    lines: list[Cells] = []
    for year in [*past, *told.years]:
        actual = year in past
        texts = [financial_year_label(year)]
        values: list[Scalar] = [financial_year_label(year)]
        for measure in MEASURES:
            figure = told.figure(year, measure)
            if measure == "savings" and year == told.year:
                figure = None  # those of this year lie in its budget and its spend
            texts.append(_money(figure, ranged=measure == "net", actual=actual))
            values.append(None if figure is None else round(figure["mean"], -3))
        real = told.figure(year, prices="real")
        texts.append(_money(real, ranged=False, actual=actual))
        values.append(None if real is None else round(real["mean"], -3))
        lines.append((tuple(texts), tuple(values)))
    label = financial_year_label(told.year)
    return made(
        BY_YEAR,
        "Cost and income by financial year",
        "Cash, most likely figure; net cost with its 8 in 10 range under it. Savings are taken off "
        f"the net cost. Real terms: at the prices of {label}.",
        [
            Column("year", "April to March"),
            *(Column(name, label, numeric=True) for name, label in MEASURES.items()),
            Column("real", "Net, real terms", numeric=True),
        ],
        lines,
        section,
    )


def lines_table(told: Told, section: str) -> Table:
    """Gross cost of each line by year."""
    names = [n for n in told.budget["line"].unique(maintain_order=True).to_list() if n != "all"]
    lines: list[Cells] = []
    for name in [*names, "all"]:
        texts, values = [line_name(name)], [line_name(name)]
        cells: list[Scalar] = list(values)
        for year in told.years:
            figure = told.figure(year, "gross", line=name)
            texts.append(_money(figure, ranged=True, actual=False))
            cells.append(None if figure is None else round(figure["mean"], -3))
        lines.append((tuple(texts), tuple(cells)))
    return made(
        BY_LINE,
        "Gross cost by service",
        "Cash, before savings; most likely figure, with the 8 in 10 range under it.",
        [
            Column("line", "Service"),
            *(Column(str(y), financial_year_label(y), numeric=True) for y in told.years),
        ],
        lines,
        section,
    )


def footprints_table(told: Told, section: str) -> Table | None:
    """Gross cost by council area, where councils are reorganised within the years told."""
    rows = told.result.tables["footprints"]
    councils = rows["council"].unique(maintain_order=True).to_list()
    if told.is_what_if or rows.filter(pl.col("year") == told.last).height < 2:  # noqa: PLR2004
        return None
    cells = {(r["council"], r["year"]): r for r in rows.iter_rows(named=True)}
    lines: list[Cells] = []
    small = [n for n in councils if max(cells[n, y]["hi-80"] for y in told.years if (n, y) in cells)
             < TINY_GBP]  # fmt: skip
    for name in councils:
        if name in small:
            continue
        found = [cells.get((name, year)) for year in told.years]
        texts = [_money(each, ranged=True, actual=False) for each in found]
        values = [None if each is None else round(each["mean"], -3) for each in found]
        lines.append(((name, *texts), (name, *values)))
    return made(
        FOOTPRINTS,
        "Gross cost by council area",
        "Cash, before savings; most likely figure, with the 8 in 10 range under it. In each year "
        "the councils of that year; they add up to the whole in every sample future."
        + (f" Not shown, under £0.1m a year: {words.listed(small)}." if small else ""),
        [
            Column("council", "Council"),
            *(Column(str(y), financial_year_label(y), numeric=True) for y in told.years),
        ],
        lines,
        section,
    )


def plan_table(told: Told, section: str) -> Table:
    """The bridge as a medium-term financial strategy has it: a column a year, to the pound."""
    wide = told.result.tables["bridge"]
    years = sorted(wide["year"].unique().to_list())
    cells = {(r["year"], r["row"]): r["gbp"] for r in wide.iter_rows(named=True)}
    lines: list[Cells] = []
    for row, label in ROWS.items():
        change = row not in {"opening", "closing"}
        found = [float(cells[year, row]) for year in years]
        texts = [_row_words(value, change=change) for value in found]
        lines.append(((label, *texts), (label, *found)))
    return made(
        PLAN,
        "The plan row by row",
        "Pounds, cash, means over the sample futures. Each year opens with what the one before "
        "closed with; the rows between lead to its close. A minus lowers the net cost; empty: "
        "nothing. The file has the figures to the penny.",
        [
            Column("row", "Row"),
            *(Column(str(y), financial_year_label(y), numeric=True) for y in years),
        ],
        lines,
        section,
        formulas=_formulas(len(years)),
    )


def _row_words(gbp: float, *, change: bool) -> str:
    """A cell of the plan: pounds of a total, a signed change, nothing where there is none."""
    if not change:
        return f"£{words.rounded(gbp, 1)}"
    said = words.signed(gbp, 1)
    return "" if said == "0" else said


def _formulas(years: int) -> tuple[Formula, ...]:
    """Live sums: every close from its rows, every opening from the close before."""
    last = len(ROWS) - 1
    closes = [
        Formula(last, column, tuple((1, row, column) for row in range(last)))
        for column in range(1, years + 1)
    ]
    opens = [Formula(0, column, ((1, last, column - 1),)) for column in range(2, years + 1)]
    return (*opens, *closes)


def line_name(line: str) -> str:
    """What pages call a line."""
    return "All services" if line == "all" else line


def _money(figure: Mapping[str, Any] | None, *, ranged: bool, actual: bool) -> str:
    if figure is None:
        return ""
    middle = words.pounds_m(figure["mean"])
    if actual:
        return f"{middle}\nactual" if ranged else middle
    low, high = (words.pounds_m(figure[end]) for end in ("lo-80", "hi-80"))
    if not ranged or low == high:
        return middle
    return f"{middle}\n{low} to {high}"
