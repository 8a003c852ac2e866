"""An insight of the fake workspace whose map gets finer with every look at it."""

from __future__ import annotations

from math import exp

from forethought.insights.blocks import Block, Column, Headline, Table, Text, chart_of
from forethought.results import charts
from forethought.results.drawing import Drawing
from forethought.web.interface import Refining

STEPS = 2
DEMAND = (-10.0, -5.0, 0.0, 5.0, 10.0)


def staff_of(step: int) -> tuple[float, ...]:
    """A column for every fourth, second, then each number of staff."""
    return tuple(float(size) for size in range(14, 31, (4, 2, 1)[step]))


def _chances(step: int) -> tuple[tuple[float, ...], ...]:
    staff = staff_of(step)
    return tuple(tuple(1 / (1 + exp(-(s - 21 - d / 2))) for s in staff) for d in DEMAND)


def heat(step: int) -> Drawing:
    return charts.heat_map(
        charts.ChanceGrid(staff_of(step), DEMAND, _chances(step), (22, 0), (22, 0)),
        what="chance of fewer than 90 people waiting",
        place="Fenmere",
        heading="If requests rise by 5%, more staff are needed",
        measure="Chance (%) of fewer than 90 people waiting, by staff and change in requests.",
    )


def table(step: int) -> Table:
    cells = [
        (f"{change:+g}%", *(f"{p:.0%}" for p in row))
        for change, row in zip(DEMAND, _chances(step), strict=True)
    ]
    columns = (
        Column("change", "Change in requests"),
        *(Column(f"s{size:g}", f"{size:g} staff", numeric=True) for size in staff_of(step)),
    )
    return Table(
        "heat", "Chances by staff and change in requests", "Chance in per cent.", columns,
        tuple(cells), tuple(cells), section="Chances",
    )  # fmt: skip


def blocks(step: int) -> tuple[Block, ...]:
    name = f"heat-finer-{step}" if step else "heat"
    return (
        Headline("With **23 staff**, fewer than 90 people wait in **9 in 10** simulated futures."),
        chart_of(heat(step), name, "heat", section="Chances", role="section"),
        table(step),
        Text("What this does not tell you", ("Whether three people can be hired.",), role="limits"),
    )


def refining(step: int) -> Refining:
    return Refining(("heat",), step, "done" if step == STEPS else "working")
