"""Tables of a budget page about this year: outturn, spend by month, weekly commitments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from forethought.insights.blocks import Column, Table
from forethought.insights.kinds.budget_tables import Cells, line_name, made
from forethought.insights.kinds.budget_words import Told
from forethought.place.calendar import month_name
from forethought.results import words

OUTTURN, OUTTURN_MONTHS, MOVEMENT = "outturn", "spend-by-month", "weekly-commitments"
HISTORY, MOVED = "outturn-as-forecast", "why-outturn-moved"
WHY_WORDS = {
    "month": "{month}'s spend beside what was forecast for it",
    "starters": "Starters in {month}, if they stay until March",
    "leavers": "Leavers in {month}, who no longer cost until March",
    "price": "Prices that changed in {month}, until March",
    "package": "Packages that changed in {month}, until March",
    "to_come": "Less what the earlier forecast had counted on, and news of the months to come",
    "income": "Income from clients, NHS and grants (a minus is more income)",
    "spread": "Likely figure beside the mean of the futures",
}


def outturn_table(told: Told, section: str) -> Table:
    """This year by line: budget, spent, forecast, chance of more."""
    rows = told.result.tables["outturn"].filter(pl.col("measure") == "gross")
    net = told.outturn
    lines = [_outturn_line(row, line_name(row["line"])) for row in rows.iter_rows(named=True)]
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
            Column("worst", "19 in 20 chance of no more", numeric=True),
            Column("variance", "Over or under budget", numeric=True),
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


def history_table(rows: pl.DataFrame, section: str) -> Table:
    """This year's net outturn as it was forecast at each month end.

    Args:
        rows: Those of `outturn_history.history`.
        section: Section of the page.
    """
    net = rows.filter(pl.col("measure") == "net")
    lines: list[Cells] = []
    for row in net.iter_rows(named=True):
        money = [row[name] for name in ("to_date", "p50", "p80", "p95")]
        moved = "" if row["moved"] is None else words.signed_pounds_m(row["moved"], 2)
        texts = (
            month_name(row["origin"]), *(words.pounds_m(v, 2) for v in money), moved,
            words.signed_pounds_m(row["variance"], 2), words.chance(row["chance_over"]),
            basis_words(row),
        )  # fmt: skip
        gone = None if row["moved"] is None else round(row["moved"], -2)
        values = (
            row["origin"].isoformat()[:7], *(round(v, -2) for v in money), gone,
            round(row["variance"], -2), round(row["chance_over"], 2), basis_words(row),
        )  # fmt: skip
        lines.append((texts, values))
    budget = words.pounds_m(net["budget"][-1], 2)
    return made(
        HISTORY,
        "This year's net outturn as forecast at each month end",
        f"Pounds, cash, net of income; the approved budget is {budget}. Likely: as likely more as "
        "less. Prudent: 8 in 10 chance of no more. Made again: worked out in this run from what "
        "was known then, as no run was kept.",
        [
            Column("known", "Known to the end of"),
            Column("spent", "Net spend by then", numeric=True),
            Column("likely", "Likely outturn", numeric=True),
            Column("prudent", "Prudent", numeric=True),
            Column("worst", "19 in 20 chance of no more", numeric=True),
            Column("moved", "Moved since the one before", numeric=True),
            Column("variance", "Over or under budget", numeric=True),
            Column("chance", "Chance of more than the budget", numeric=True),
            Column("basis", "How it was made"),
        ],
        lines,
        section,
    )


def basis_words(row: Mapping[str, Any]) -> str:
    """Whether a forecast was kept by a run or made again."""
    said = {"kept": "Run kept then", "made late": "Run made later", "made again": "Made again"}
    return said.get(row["basis"], "This run")


def moved_table(why: Mapping[str, float], first: date, last: date, section: str) -> Table:
    """Why the outturn moved since the month before, row by row to its sum.

    Args:
        why: Of `outturn_history.why_moved`.
        first: First day of the last month that the earlier forecast knew.
        last: The same of the newest.
        section: Section of the page.
    """
    month = f"{last:%B}"
    rows = [(WHY_WORDS[name].format(month=month), gbp) for name, gbp in why.items() if gbp]
    rows.append(("Change of the likely net outturn", sum(why.values())))
    lines: list[Cells] = [
        ((label, words.signed_pounds_m(gbp, 2)), (label, round(gbp, 2))) for label, gbp in rows
    ]
    return made(
        MOVED,
        f"Why it moved since {month_name(first)}",
        f"Pounds, cash: what is known to the end of {month_name(last)} beside what was known at "
        f"the end of {month_name(first)}. The rows add up to the last.",
        [Column("why", "Why"), Column("gbp", "Change of the year's net cost", numeric=True)],
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
            Column("before", "A week at the start", numeric=True),
            Column("starters", "Starters", numeric=True),
            Column("leavers", "Leavers", numeric=True),
            Column("price", "Price", numeric=True),
            Column("package", "Changed packages", numeric=True),
            Column("after", "A week at the end", numeric=True),
        ],
        lines,
        section,
    )


def _signed_pounds(gbp: float) -> str:
    said = words.pounds(abs(gbp))
    if said == "£0":
        return said
    return f"{'+' if gbp > 0 else words.MINUS}{said}"
