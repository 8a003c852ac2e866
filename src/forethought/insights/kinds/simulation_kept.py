"""Kept what-ifs beside each other, each worked out anew on the futures of the run."""

from __future__ import annotations

from forethought.errors import UsageError
from forethought.insights.blocks import Column, Table
from forethought.insights.kinds.simulation_plans import WHAT_IF, compare_plans
from forethought.insights.kinds.simulation_tables import (
    Cells,
    extra_words,
    nearest,
    table,
    with_range,
)
from forethought.insights.kinds.simulation_what_if import asked_of, question_of
from forethought.insights.kinds.simulation_words import Told
from forethought.results import words

KEPT = "kept-scenarios"
MOST_SHOWN = 8


def kept_table(told: Told, section: str) -> Table | None:
    """The what-ifs that were kept, each with its author; None where there are none."""
    lines = [_line(told, number) for number in range(len(told.context.kept))][-MOST_SHOWN:]
    if not lines:
        return None
    return table(
        KEPT,
        "Kept scenarios",
        "What-ifs that were kept by name, on the simulated futures of this run; most likely figure "
        "with the 8 in 10 range. Numbers waiting to the nearest 10.",
        [
            Column("scenario", "Scenario"),
            Column("author", "Kept by"),
            Column("what", "What it asks"),
            Column("chance", "Chance", numeric=True),
            Column("waiting", told.waiting.capitalize(), numeric=True),
            Column("extra", "Extra cost", numeric=True),
        ],
        lines,
        section=section,
    )


def _line(told: Told, number: int) -> Cells:
    kept = told.context.kept[number]
    who = f"{kept.author}\n{kept.source}"
    try:
        asked = asked_of(told.result, kept.changes, told.spec)
    except UsageError as refusal:
        gone = f"It can no longer be worked out: {refusal.what}"
        return (kept.name, who, gone, "", "", ""), (kept.name, kept.author, gone, None, None, None)
    plans = compare_plans(
        question_of(told.result, told.spec),
        asked,
        every="1mo",
        replications=told.spec.settings.what_if_replications,
        most=told.values["staff_most"],
        otherwise=told.values["staff_high"],
        known=(None, None),
    )
    row = plans.plans.filter(plans.plans["plan"] == WHAT_IF).row(0, named=True)
    change = f", requests {words.signed(asked.change_pct, 0.1)}%" if asked.change_pct else ""
    what = (
        f"{asked.staff} staff{change}: fewer than {words.rounded(asked.fewer_than, 1)} on "
        f"{words.day_words(asked.by)}"
    )
    return (
        (
            kept.name,
            who,
            what,
            words.chance(row["chance"]),
            with_range(row["waiting"], row["waiting_lo"], row["waiting_hi"]),
            extra_words(row["extra_gbp"]),
        ),
        (
            kept.name,
            kept.author,
            what,
            round(row["chance"], 3),
            nearest(row["waiting"]),
            round(row["extra_gbp"], -3),
        ),
    )
