"""Tables of a budget page about causes: scenarios, what matters, the past, commitments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from forethought.insights.blocks import Column, Scalar, Table
from forethought.insights.kinds.budget_tables import Cells, made
from forethought.insights.kinds.budget_words import Told
from forethought.place.calendar import financial_year_label
from forethought.plan.money.past import DRIVERS
from forethought.plan.money.scenarios import PLAN
from forethought.results import words

SCENARIOS, SWINGS, PAST, RECONCILED = "scenarios", "what-matters", "past-spend", "commitments"
CHANGED = "what-scenarios-change"
PAST_SHOWN = 6
"""Past years on the page; `ft.plan.why_spend_changed` tells all."""


def scenarios_table(told: Told, rows: pl.DataFrame, section: str) -> Table:
    """The plan and the scenarios side by side: next year and the last one.

    Args:
        told: What the page tells.
        rows: Those of `Comparison.frame`.
        section: Section of the page.
    """
    years = (told.years[1], told.last)
    lines: list[Cells] = []
    for name in rows["name"].unique(maintain_order=True).to_list():
        found = {row["year"]: row for row in rows.filter(name=name).iter_rows(named=True)}
        texts, values = [name], [name]
        cells: list[Scalar] = [*values]
        for year in years:
            row = found[year]
            span = words.pounds_m_range(row["lo-80"], row["hi-80"])
            texts += [f"{words.pounds_m(row['mean'])}\n{span}", _apart(row)]
            cells += [round(row["mean"], -3), round(row["apart"], -3)]
        lines.append((tuple(texts), tuple(cells)))
    labels = [financial_year_label(year) for year in years]
    return made(
        SCENARIOS,
        "Scenarios beside the plan",
        "Net cost, cash, most likely figure with the 8 in 10 range under it. All meet the same "
        "sample futures, so a difference comes from the changed assumptions alone.",
        [
            Column("name", "Scenario"),
            Column("next", f"Net cost {labels[0]}", numeric=True),
            Column("next_apart", "More than the plan", numeric=True),
            Column("last", f"Net cost {labels[1]}", numeric=True),
            Column("last_apart", "More than the plan", numeric=True),
        ],
        lines,
        section,
    )


def changes_table(rows: pl.DataFrame, section: str) -> Table | None:
    """What each scenario changes, and who says so; None where there is none.

    Args:
        rows: Those of `Comparison.frame`.
        section: Section of the page.
    """
    firsts = rows.unique("name", keep="first", maintain_order=True).filter(pl.col("name") != PLAN)
    lines: list[Cells] = []
    for row in firsts.iter_rows(named=True):
        day = f", {words.day_words(row['on'])}" if row["on"] else ""
        who = f"{row['author']}{day}" if row["author"] else ""
        what = row["says"] or "Nothing"
        cells = (row["name"], what, row["source"], who)
        lines.append((cells, cells))
    if not lines:
        return None
    return made(
        CHANGED,
        "What the scenarios change",
        "Per cent and points a year, on 1 April; in brackets 1 in 10 chances of less and of more, "
        "which are drawn on the sample futures. A scenario based on others holds their changes, "
        "but where it says otherwise itself.",
        [
            Column("name", "Scenario"),
            Column("what", "Instead of the plan"),
            Column("source", "Source"),
            Column("who", "Written by"),
        ],
        lines,
        section,
    )


def _apart(row: Mapping[str, Any]) -> str:
    if row["name"] == PLAN:
        return ""
    low, high = row["apart_lo"], row["apart_hi"]
    middle = words.signed_pounds_m(row["apart"])
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
        "its low or its high end (a 1 in 10 chance of less, of more), all else as drawn."
        + (" Of the plan's assumptions those that tell." if told.is_what_if else ""),
        [
            Column("name", "Assumption"),
            Column("ends", "Low end to high end"),
            Column("low", "Net cost at its low end", numeric=True),
            Column("high", "Net cost at its high end", numeric=True),
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
        return f"{_more_or_fewer(low)} to {_more_or_fewer(high)}"
    if row["name"].endswith("rise faster"):
        return f"{words.signed(low, 0.1)} to {words.signed(high, 0.1)} points a year"
    return f"{words.decimal(low)}% to {words.decimal(high)}% a year"


def _more_or_fewer(pct: float) -> str:
    return f"{abs(pct):.0f}% {'more' if pct >= 0 else 'fewer'}"


def past_table(told: Told, section: str) -> Table:
    """Why spend on packages changed in past years."""
    rows = told.result.tables["past"].filter(pl.col("service") == "all")
    every = rows.pivot("driver", index="year", values="gbp").sort("year", descending=True)
    wide = every.head(PAST_SHOWN)
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
            Column("share", "Share of packages", numeric=True),
        ],
        lines,
        section,
    )
