"""Tables of a page of signals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from forethought.insights.base import Response
from forethought.insights.blocks import Column, Scalar, Table
from forethought.insights.kinds.signals_words import RULES, Told, figure
from forethought.insights.raised import NEW
from forethought.place.calendar import month_name
from forethought.results import words
from forethought.results.charts.signal_icons import ASSURANCES, VARIATIONS
from forethought.results.words import day_words

SIGNALS, MONTHS, ALL, PLACES = "signals", "months", "everything-watched", "places"
VARIATION_WORDS: Mapping[str, str] = {str(kind): said for kind, said in VARIATIONS.items()}
ASSURANCE_WORDS: Mapping[str, str] = {str(kind): said for kind, said in ASSURANCES.items()}
ASSURED = {"pass": "consistent_pass", "fail": "consistent_fail", "inconsistent": "inconsistent"}

Cells = tuple[tuple[str, ...], tuple[Scalar, ...]]


def signals_table(told: Told, section: str) -> Table | None:
    """Every signal: what, since when, how much, how sure, who acts."""
    rows = told.result.tables["signals"]
    if rows.is_empty():
        return None
    lines = [_signal(told, row) for row in rows.iter_rows(named=True)]
    return Table(
        SIGNALS,
        "Signals",
        "Cases a month; the size with its 19 in 20 range under it. A cause is told once: what "
        "moves with it stands under it.",
        (
            Column("name", "What"),
            Column("since", "Since"),
            Column("size", "Beyond the usual", numeric=True),
            Column("usual", "Usual", numeric=True),
            Column("sure", "How sure"),
            Column("rules", "Seen by"),
            Column("meaning", "Meaning"),
            Column("owner", "Who looks into it"),
            Column("state", "State"),
        ),
        tuple(texts for texts, _ in lines),
        tuple(values for _, values in lines),
        section=section,
    )


def _signal(told: Told, row: Mapping[str, Any]) -> Cells:
    sign = "+" if row["direction"] == "up" else words.MINUS
    low, high = sorted((row["size_low"], row["size_high"]))
    name = row["name"] if row["lead"] else f"{row['name']}\nwith the one above"
    owner = told.person(row["owner"])
    seen = words.listed([RULES[rule] for rule in row["rules"]])
    since = month_name(row["since"])
    once = "\nonce" if row["shape"] == "one-off" else ""
    texts = (
        name,
        f"{since}{once}",
        f"{sign}{figure(abs(row['size']))}\n{_signed(low)} to {_signed(high)}",
        figure(row["usual"]),
        row["sure"],
        seen,
        row["meaning"],
        owner,
        _state(told, row),
    )
    values = (
        row["name"], row["since"].isoformat()[:7], round(row["size"], 1), round(row["usual"], 1),
        row["sure"], seen, row["meaning"], owner, texts[-1],
    )  # fmt: skip
    return texts, values


def _state(told: Told, row: Mapping[str, Any]) -> str:
    """`new`, or who answered what and when."""
    answer = told.answers.get(row["unique_id"])
    return NEW if answer is None else state_words(answer, "\n")


def state_words(answer: Response, between: str) -> str:
    """An answer in words: `acknowledged`, who, when and why."""
    return f"{answer.state}{between}{answer.author}, {day_words(answer.on)}: {answer.reason}"


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else words.MINUS if value < 0 else ''}{figure(abs(value))}"


def months_table(told: Told, section: str) -> Table:
    """The months of the chosen series, newest first."""
    rows = told.result.tables["charts"].filter(pl.col("unique_id") == told.chosen)
    lines: list[Cells] = []
    for row in rows.sort("ds", descending=True).iter_rows(named=True):
        low, high = limits_of(row)
        lines.append(
            (
                (
                    month_name(row["ds"]), words.rounded(row["y"], 1), figure(middle_of(row)),
                    f"{figure(max(low, 0.0))} to {figure(high)}", row["cause"],
                ),
                (
                    row["ds"].isoformat()[:7], row["y"], round(middle_of(row), 1),
                    f"{max(low, 0.0):.1f} to {high:.1f}", row["cause"],
                ),
            )
        )  # fmt: skip
    return Table(
        MONTHS,
        f"{told.name(told.chosen)} by month",
        "Cases a month, newest first. Ordinary: the range in which months lie where nothing "
        "changed.",
        (
            Column("month", "Month"),
            Column("cases", "Cases", numeric=True, counts_people=True),
            Column("middle", "Expected", numeric=True),
            Column("range", "Ordinary", numeric=True, muted=True),
            Column("cause", "What the rules say"),
        ),
        tuple(texts for texts, _ in lines),
        tuple(values for _, values in lines),
        section=section,
    )


def middle_of(row: Mapping[str, Any]) -> float:
    """The middle of a month's ordinary range."""
    shift = row["expected"] if row["on"] == "residuals" else 0.0
    return float(row["mean"]) + float(shift or 0.0)


def limits_of(row: Mapping[str, Any]) -> tuple[float, float]:
    """The limits of a month's ordinary range."""
    shift = float((row["expected"] if row["on"] == "residuals" else 0.0) or 0.0)
    return float(row["lower"]) + shift, float(row["upper"]) + shift


def everything_table(told: Told, section: str) -> Table:
    """Every series that is watched: last month, ordinary range, variation, assurance."""
    signalled = set(told.result.tables["signals"]["unique_id"].to_list())
    lines: list[Cells] = []
    for row in told.series.iter_rows(named=True):
        low, high = limits_of(row)
        variation = VARIATION_WORDS.get(row["variation"] or "", "")
        assured = ASSURANCE_WORDS.get(ASSURED.get(row["assurance"] or "", ""), "")
        signal = "signal" if row["unique_id"] in signalled else ""
        texts = (
            row["name"], words.rounded(row["y"], 1), f"{figure(max(low, 0))} to {figure(high)}",
            variation, assured, signal,
        )  # fmt: skip
        values = (row["name"], row["y"], texts[2], variation, assured, signal)
        lines.append((texts, values))
    return Table(
        ALL,
        "Everything that is watched",
        f"Cases in {month_name(told.data_to)}. Variation is each chart's own rules, which alone "
        "would flag one steady measure in five within a year; a signal is what remains when false "
        "alarms are kept few.",
        (
            Column("name", "Measure"),
            Column("cases", "Last month", numeric=True, counts_people=True),
            Column("range", "Ordinary", numeric=True, muted=True),
            Column("variation", "Variation"),
            Column("assurance", "Target"),
            Column("signal", "Signal"),
        ),
        tuple(texts for texts, _ in lines),
        tuple(values for _, values in lines),
        section=section,
    )


def places_table(told: Told, section: str) -> Table | None:
    """Clusters of small areas with more cases than elsewhere."""
    clusters, members = told.result.tables["clusters"], told.result.tables["places"]
    if clusters.is_empty():
        return None
    asked = told.spec.settings.scan
    owner = told.person(asked.owner) if asked is not None else ""
    lines: list[Cells] = []
    for row in clusters.iter_rows(named=True):
        inside = members.filter(pl.col("cluster") == row["cluster"])
        districts = words.listed(inside["district_name"].unique(maintain_order=True).to_list())
        since = month_name(row["start"]) if row["start"] is not None else ""
        sure = words.chance_percent(row["p"]) if row["p"] >= 0.01 else "under 1%"  # noqa: PLR2004
        risk = words.decimal(row["relative_risk"] or 0.0)
        texts = (
            f"Place {row['cluster']}", districts, str(row["n_areas"]), since,
            words.rounded(row["observed"], 1), figure(row["expected"]), risk, sure, owner,
        )  # fmt: skip
        lines.append(
            (
                texts,
                (
                    texts[0], districts, row["n_areas"], since, row["observed"],
                    round(row["expected"], 1), row["relative_risk"], round(row["p"], 4), owner,
                ),
            )
        )  # fmt: skip
    return Table(
        PLACES,
        "Places with more requests",
        "Small areas together, up to the last month. By chance: how often a map on which nothing "
        "is going on has as clear a place.",
        (
            Column("place", "Place"),
            Column("districts", "Districts"),
            Column("areas", "Small areas", numeric=True),
            Column("since", "Since"),
            Column("cases", "Requests", numeric=True, counts_people=True),
            Column("expected", "Expected", numeric=True),
            Column("risk", "Times the rate elsewhere", numeric=True),
            Column("chance", "By chance", numeric=True),
            Column("owner", "Who looks into it"),
        ),
        tuple(texts for texts, _ in lines),
        tuple(values for _, values in lines),
        section=section,
    )
