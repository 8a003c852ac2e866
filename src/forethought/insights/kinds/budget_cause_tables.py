"""Tables of a budget page about causes: scenarios, what matters, the past, commitments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from forethought.insights.blocks import Column, Scalar, Table
from forethought.insights.kinds.budget_tables import Cells, made
from forethought.insights.kinds.budget_words import Told
from forethought.place.calendar import financial_year_label
from forethought.plan.money.past import DRIVERS
from forethought.results import words

SCENARIOS, SWINGS, PAST, RECONCILED = "scenarios", "what-matters", "past-spend", "commitments"


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
