"""A what-if of the fake workspace: questions as numbers, plans side by side, a way to keep it."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp

from forethought.insights.answers import read_answers
from forethought.insights.blocks import (
    Block,
    Choice,
    Column,
    Day,
    Form,
    Headline,
    Keep,
    Number,
    Table,
    Text,
    chart_of,
)
from forethought.results import charts
from forethought.results.drawing import Drawing

ENDS = (("march", "31 March 2029"), ("june", "30 June 2029"))


def questions(view: Mapping[str, str]) -> tuple[Number, Number, Choice, Day]:
    def said(name: str, usual: str) -> str:
        return view.get(name) or usual

    return (
        Number(
            "staff", "Full-time staff from May", said("staff", "23"), "staff",
            "Today 20. Between 10 and 40.", 10, 40,
        ),
        Number(
            "demand", "Change in requests", said("demand", "0"), "%",
            "Plan 0. Between \u221220 and 20.", -20, 20, 0.5,
        ),
        Choice("by", "By", ENDS, said("by", "march"), "End of a quarter."),
        Day("start", "They start on", said("start", "2028-05-01"), "", "2028-04-01", "2028-12-31"),
    )  # fmt: skip


def heat() -> Drawing:
    staff, demand = tuple(range(14, 31)), (-10.0, -5.0, 0.0, 5.0, 10.0)
    chance = tuple(tuple(1 / (1 + exp(-(s - 21 - d / 2))) for s in staff) for d in demand)
    return charts.heat_map(
        charts.ChanceGrid(staff, demand, chance, (20, 0), (23, 0)),
        what="chance of fewer than 90 people waiting",
        place="Fenmere",
        heading="If requests rise by 5%, more staff are needed",
        measure="Chance (%) of fewer than 90 people waiting, by staff and change in requests.",
    )


def plans() -> Table:
    columns = (
        Column("measure", "On 31 March 2029"),
        Column("today", "Today's plan: 20 staff"),
        Column("asked", "23 staff"),
        Column("enough", "Enough on average: 21 staff"),
    )
    rows = (
        ("Chance of fewer than 90 waiting", "27%, about 1 in 4", "88%, 9 in 10", "50%"),
        ("People waiting", "110\n80 to 140", "60\n30 to 90", "90\n60 to 120"),
        ("Extra cost", "none", "\u00a336,000", "\u00a312,000"),
    )  # fmt: skip
    return Table(
        "plans", "Three plans compared", "Most likely figure, the 8 in 10 range under it.",
        columns, rows, rows, section="Three plans compared", suggested="asked", mark="Your what-if",
    )  # fmt: skip


def blocks(view: Mapping[str, str]) -> tuple[Block, ...]:
    asked = questions(view)
    read_answers(asked, view)
    return (
        Headline("With **23 staff**, fewer than 90 people wait in **9 in 10** simulated futures."),
        Form("", asked, "Work it out", main=True),
        plans(),
        Keep(hint="It can be compared and used in plans.", section="Three plans compared"),
        chart_of(heat(), "heat", "plans", role="section"),
        Text("What this does not tell you", ("Whether three people can be hired.",), role="limits"),
    )
