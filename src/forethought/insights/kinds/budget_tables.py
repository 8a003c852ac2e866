"""Tables of a budget page: years, the financial plan, this year, scenarios, causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from forethought.insights.blocks import Column, Formula, Scalar, Table
from forethought.insights.kinds.budget_words import Told
from forethought.place.calendar import financial_year_label, month_name
from forethought.plan.money.bridge import ROWS
from forethought.plan.money.past import DRIVERS
from forethought.results import words

BY_YEAR, BY_LINE, PLAN = "cost-by-year", "cost-by-service", "financial-plan"
FOOTPRINTS = "cost-by-council"
OUTTURN, OUTTURN_MONTHS, MOVEMENT = "outturn", "spend-by-month", "weekly-commitments"
SCENARIOS, SWINGS, PAST, RECONCILED = "scenarios", "what-matters", "past-spend", "commitments"
MEASURES: Mapping[str, str] = {
    "gross": "Gross cost",
    "contributions": "Clients' contributions",
    "nhs": "NHS income",
    "grants": "Grants and Better Care Fund",
    "savings": "Savings delivered",
    "net": "Net cost",
}

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
        texts, values = [_line_name(name)], [_line_name(name)]
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
    for name in councils:
        found = [cells.get((name, year)) for year in told.years]
        texts = [_money(each, ranged=True, actual=False) for each in found]
        values = [None if each is None else round(each["mean"], -3) for each in found]
        lines.append(((name, *texts), (name, *values)))
    return made(
        FOOTPRINTS,
        "Gross cost by council area",
        "Cash, before savings; most likely figure, with the 8 in 10 range under it. In each year "
        "the councils of that year; they add up to the whole in every sample future.",
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
        texts = [words.signed(v, 1) if change else words.rounded(v, 1) for v in found]
        lines.append(((label, *(f"£{t}" if not change else t for t in texts)), (label, *found)))
    return made(
        PLAN,
        "The plan row by row",
        "Pounds, cash, means over the sample futures. Each year opens with what the one before "
        "closed with; the rows between lead to its close. A minus lowers the net cost. The file "
        "has the figures to the penny.",
        [
            Column("row", "Row"),
            *(Column(str(y), financial_year_label(y), numeric=True) for y in years),
        ],
        lines,
        section,
        formulas=_formulas(len(years)),
    )


def _formulas(years: int) -> tuple[Formula, ...]:
    """Live sums: every close from its rows, every opening from the close before."""
    last = len(ROWS) - 1
    closes = [
        Formula(last, column, tuple((1, row, column) for row in range(last)))
        for column in range(1, years + 1)
    ]
    opens = [Formula(0, column, ((1, last, column - 1),)) for column in range(2, years + 1)]
    return (*opens, *closes)


def outturn_table(told: Told, section: str) -> Table:
    """This year by line: budget, spent, forecast, chance of more."""
    rows = told.result.tables["outturn"].filter(pl.col("measure") == "gross")
    net = told.outturn
    lines = [_outturn_line(row, _line_name(row["line"])) for row in rows.iter_rows(named=True)]
    lines = [*lines[1:], lines[0], _outturn_line(net, "Net of income")]
    known = month_name(date.fromisoformat(told.result.values["finance_to"]))
    return made(
        OUTTURN,
        "This year by service",
        f"Pounds, cash; spent: to {known}. Likely: as likely more as less. Prudent: 8 in 10 chance "
        "of no more. Contingency: prudent less likely.",
        [
            Column("line", "Service"),
            Column("budget", "Budget", numeric=True),
            Column("spent", "Spent", numeric=True),
            Column("likely", "Likely outturn", numeric=True),
            Column("prudent", "Prudent", numeric=True),
            Column("worst", "19 in 20", numeric=True, muted=True),
            Column("variance", "Over or under", numeric=True),
            Column("chance", "Chance of more than the budget", numeric=True),
            Column("contingency", "Contingency", numeric=True),
        ],
        lines,
        section,
    )


def _outturn_line(row: Mapping[str, Any], name: str) -> Cells:
    money = [row[key] for key in ("budget", "to_date", "p50", "p80", "p95")]
    texts = [name, *(words.pounds_m(value, 2) for value in money)]
    texts += [
        words.signed_pounds_m(row["variance"], 2),
        words.chance(row["chance_over"]),
        words.pounds_m(max(row["contingency"], 0.0), 2),
    ]
    rounded = [round(float(v), -2) for v in (*money, row["variance"])]
    values = (name, *rounded, round(row["chance_over"], 2), round(row["contingency"], -2))
    return tuple(texts), values


def months_table(told: Told, section: str) -> Table:
    """Gross spend so far, month by month, beside the budget so far."""
    rows = told.result.tables["outturn_months"].filter(pl.col("line") == "all").sort("ds")
    lines: list[Cells] = []
    for row in rows.iter_rows(named=True):
        known = row["actual_so_far"] is not None
        so_far = row["actual_so_far"] if known else row["mean_so_far"]
        above = so_far - row["budget_so_far"]
        span = (
            "actual" if known else words.pounds_m_range(row["lo-80_so_far"], row["hi-80_so_far"], 2)
        )
        lines.append(
            (
                (month_name(row["ds"]), words.pounds_m(so_far, 2), span,
                 words.pounds_m(row["budget_so_far"], 2), words.signed_pounds_m(above, 2)),
                (row["ds"].isoformat()[:7], round(so_far, -2), span,
                 round(row["budget_so_far"], -2), round(above, -2)),
            )
        )  # fmt: skip
    return made(
        OUTTURN_MONTHS,
        "Gross spend since 1 April",
        "Added up from April, cash; months to come with their 8 in 10 range.",
        [
            Column("month", "To the end of"),
            Column("spend", "Spend so far", numeric=True),
            Column("range", "8 in 10 range", numeric=True, muted=True),
            Column("budget", "Budget so far", numeric=True),
            Column("above", "Above budget", numeric=True),
        ],
        lines,
        section,
    )


def movement_table(told: Told, section: str) -> Table | None:
    """Why weekly commitments moved."""
    rows = told.result.tables["movement"].drop_nulls("before")
    if rows.is_empty():
        return None
    parts = ("starters", "leavers", "price", "package")
    lines: list[Cells] = [
        (
            (
                month_name(row["month"]), words.pounds(row["before"]),
                *(_signed_pounds(row[part]) for part in parts), words.pounds(row["after"]),
            ),
            (
                row["month"].isoformat()[:7], round(row["before"], -2),
                *(round(row[part], -2) for part in parts), round(row["after"], -2),
            ),
        )
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip
    return made(
        MOVEMENT,
        "Why weekly commitments moved",
        "Recorded packages of care, pounds a week, from one month end to the next. Starters and "
        "leavers include moves between services.",
        [
            Column("month", "Month"),
            Column("before", "At the start", numeric=True),
            Column("starters", "Starters", numeric=True),
            Column("leavers", "Leavers", numeric=True),
            Column("price", "Price", numeric=True),
            Column("package", "Changed packages", numeric=True),
            Column("after", "At the end", numeric=True),
        ],
        lines,
        section,
    )


def scenarios_table(told: Told, rows: Sequence[Mapping[str, Any]], section: str) -> Table:
    """The plan and the scenarios side by side."""
    lines: list[Cells] = []
    for row in rows:
        name = row["name"] if not row["source"] else f"{row['name']}\n{row['source']}"
        texts = [name, row["what"] or "As the page shows it"]
        values: list[Scalar] = [row["name"], row["what"] or ""]
        for when in ("next", "last"):
            if row[when] is None:
                texts += ["", ""]
                values += [None, None]
                continue
            span = words.pounds_m_range(row[f"{when}_lo"], row[f"{when}_hi"])
            texts.append(f"{words.pounds_m(row[when])}\n{span}")
            texts.append(_apart(row, when))
            values += [round(row[when], -3), round(row[f"{when}_apart"], -3)]
        lines.append((tuple(texts), tuple(values)))
    first, last = financial_year_label(told.years[1]), financial_year_label(told.last)
    return made(
        SCENARIOS,
        "Scenarios beside the plan",
        "Net cost, cash, with the 8 in 10 range under it. All meet the same sample futures, so a "
        "difference comes from the changed assumptions alone.",
        [
            Column("name", "Scenario"),
            Column("what", "What it changes"),
            Column("next", first, numeric=True),
            Column("next_apart", "Beside the plan", numeric=True),
            Column("last", last, numeric=True),
            Column("last_apart", "Beside the plan", numeric=True),
        ],
        lines,
        section,
    )


def _apart(row: Mapping[str, Any], when: str) -> str:
    if row["name"] == "Plan":
        return ""
    low, high = row[f"{when}_apart_lo"], row[f"{when}_apart_hi"]
    middle = words.signed_pounds_m(row[f"{when}_apart"])
    if round(low, -5) == round(high, -5):
        return middle
    return f"{middle}\n{words.signed_pounds_m(low)} to {words.signed_pounds_m(high)}"


def swings_table(told: Told, section: str) -> Table:
    """What moves the last year's cost most."""
    lines: list[Cells] = [
        (
            (
                row["name"], ends_words(row), words.signed_pounds_m(row["low"]),
                words.signed_pounds_m(row["high"]),
            ),
            (row["name"], ends_words(row), round(row["low"], -3), round(row["high"], -3)),
        )
        for row in told.result.tables["swings"].iter_rows(named=True)
    ]  # fmt: skip
    return made(
        SWINGS,
        "What matters most",
        f"Change of the net cost of {financial_year_label(told.last)} when one assumption moves to "
        "its low or its high end (a 1 in 10 chance of less, of more), all else as drawn.",
        [
            Column("name", "Assumption"),
            Column("ends", "Low end to high end"),
            Column("low", "At its low end", numeric=True),
            Column("high", "At its high end", numeric=True),
        ],
        lines,
        section,
    )


def ends_words(row: Mapping[str, Any]) -> str:
    """The two ends of an assumption in words."""
    if row["name"] == "Number of residents":
        return "low to high projection"
    low, high = (float(row[name]) * 100 for name in ("low_end", "high_end"))
    if row["name"].startswith("Saving: "):
        return f"{low:.0f}% to {high:.0f}% delivered"
    if row["name"] == "How many people have support":
        return f"{words.signed(low, 1)}% to {words.signed(high, 1)}% of the middle"
    return f"{words.decimal(low)}% to {words.decimal(high)}% a year"


def past_table(told: Told, section: str) -> Table:
    """Why spend on packages changed in past years."""
    rows = told.result.tables["past"].filter(pl.col("service") == "all")
    wide = rows.pivot("driver", index="year", values="gbp").sort("year", descending=True)
    lines: list[Cells] = []
    for row in wide.iter_rows(named=True):
        values = [float(row[driver]) for driver in DRIVERS]
        total = sum(values)
        label = financial_year_label(row["year"])
        lines.append(
            (
                (label, words.signed_pounds_m(total), *map(words.signed_pounds_m, values)),
                (label, round(total, -3), *(round(v, -3) for v in values)),
            )
        )
    return made(
        PAST,
        "Why spend on care changed in past years",
        "Change of gross spend on packages from the year before, cash. Care for each person: hours "
        "and setting, at constant prices.",
        [
            Column("year", "April to March"),
            Column("change", "Change", numeric=True),
            *(Column(name, label, numeric=True) for name, label in DRIVERS.items()),
        ],
        lines,
        section,
    )


def reconciled_table(told: Told, section: str) -> Table:
    """Recorded packages beside actual spend."""
    lines: list[Cells] = []
    for row in told.result.tables["reconciled"].iter_rows(named=True):
        money = [row[n] for n in ("commitments_gbp", "actual_gbp")]
        lines.append(
            (
                (
                    row["service"], *(words.pounds_m(v, 2) for v in money),
                    words.signed_pounds_m(row["unexplained_gbp"], 2),
                    words.percent(row["factor"] - 1, 1).replace("-", words.MINUS),
                ),
                (
                    row["service"], *(round(v, -2) for v in money),
                    round(row["unexplained_gbp"], -2), round(row["factor"] - 1, 4),
                ),
            )
        )  # fmt: skip
    return made(
        RECONCILED,
        "Recorded packages beside actual spend",
        f"The last {told.result.values['reconciled_months']} months that both know, cash. What is "
        "not explained is carried forward as a share of packages.",
        [
            Column("service", "Service"),
            Column("packages", "Recorded packages", numeric=True),
            Column("actual", "Actual spend", numeric=True),
            Column("unexplained", "Not explained", numeric=True),
            Column("share", "Share", numeric=True, muted=True),
        ],
        lines,
        section,
    )


def _line_name(line: str) -> str:
    return "All services" if line == "all" else line


def _money(figure: Mapping[str, Any] | None, *, ranged: bool, actual: bool) -> str:
    if figure is None:
        return ""
    middle = words.pounds_m(figure["mean"])
    if actual:
        return f"{middle}\nactual" if ranged else middle
    if not ranged:
        return middle
    return f"{middle}\n{words.pounds_m_range(figure['lo-80'], figure['hi-80'])}"


def _signed_pounds(gbp: float) -> str:
    said = words.pounds(abs(gbp))
    if said == "£0":
        return said
    return f"{'+' if gbp > 0 else words.MINUS}{said}"
