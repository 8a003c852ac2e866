"""Finer maps of chances than the run's own: more staff, more changes of demand, more futures.

The run's map has a few columns from few futures, so that a page is there at once. Here the
library's `heat_map_steps` looks at every number of staff, coarse first; each step is a result of
the run's form with the map in the table `finer`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from math import ceil
from typing import Any

import polars as pl

from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import Block
from forethought.insights.kinds.simulation import SimulationSpec
from forethought.insights.kinds.simulation_effort import effort_factor
from forethought.insights.kinds.simulation_page import STAFF_AND_MONEY
from forethought.insights.kinds.simulation_pictures import drawn_heat
from forethought.insights.kinds.simulation_plans import PROBABILITY, WHAT_IF
from forethought.insights.kinds.simulation_what_if import asked_of, question_of, vary_simulation
from forethought.insights.kinds.simulation_words import Told
from forethought.plan.simulation.heat_map import HeatMap, heat_map_steps
from forethought.results import words

FINER = "finer"
MOST_COLUMNS = 17
FINER_CHANGES_PCT = (-10.0, -7.5, -5.0, -2.5, 0.0, 2.5, 5.0, 7.5, 10.0)


def refine_simulation(
    result: Result, changes: Mapping[str, Any], spec: SimulationSpec
) -> Iterator[Result]:
    """The result of a run or what-if with a finer map at each step.

    Args:
        result: The saved result of a run.
        changes: Answers of the form by name; none for the run itself.
        spec: The specification of the run.

    Raises:
        UsageError: A question or an answer that the form does not have.
    """
    whole = vary_simulation(result, changes, spec) if changes else result
    question = question_of(result, spec)
    asked = asked_of(result, changes, spec)
    futures = spec.settings.replications
    steps = heat_map_steps(
        question.part,
        question.part_demand,
        question.part_position,
        resource=question.resource,
        target=question.goal(asked),
        start=question.start,
        staff=finer_staff(question.staff_now, result.values["staff_low"],
                          result.values["staff_high"]),
        demand_factors=[1 + change / 100 for change in FINER_CHANGES_PCT],
        probability=PROBABILITY,
        from_date=question.change_on,
        replications=futures,
        seed=question.seed,
        engine=question.engine,
        effort_factor=effort_factor(
            question.effort, question.part, replications=futures, seed=question.seed
        ),
        workers=1,
    )  # fmt: skip
    for heat in steps:
        yield replace(
            whole,
            tables={**whole.tables, FINER: _table(heat)},
            values={**whole.values, FINER: {"coarse": heat.coarse, "futures": futures}},
        )


def finer_staff(now: float, low: int, high: int) -> list[float]:
    """Every whole number of staff, or every second and so on where they are too many to read."""
    step = max(1, ceil((high - low) / (MOST_COLUMNS - 1)))
    middle = min(max(round(now), low), high)
    first = middle - (middle - low) // step * step
    return [float(size) for size in range(max(first, 0), high + 1, step)]


def _table(heat: HeatMap) -> pl.DataFrame:
    """`staff`, `change_pct`, `chance`, `simulated` (else it stands between neighbours)."""
    return heat.frame.select(
        pl.col("fte").alias("staff"),
        ((pl.col("demand_factor") - 1) * 100).round(6).alias("change_pct"),
        "chance",
        "simulated",
    )


def publish_finer(result: Result, spec: SimulationSpec, context: RunContext) -> list[Block]:
    """The finer map and its table, in the place of the run's own."""
    from forethought.results.charts import ChanceGrid

    told = Told(result, spec, context)
    found = result.tables[FINER]
    staff = sorted(found["staff"].unique())
    changes = sorted(found["change_pct"].unique())
    cells = {(row[0], row[1]): row[2] for row in found.iter_rows()}
    grid = ChanceGrid(
        staff=tuple(staff),
        demand_pct=tuple(changes),
        chance=tuple(tuple(cells[s, change] for s in staff) for change in changes),
        today=(float(told.values["staff_now"]), 0.0),
        what_if=(float((told.plan(WHAT_IF) or {"staff": staff[0]})["staff"]), told.change_pct),
    )
    day = date.fromisoformat(result.values["asked"]["by"])
    return list(drawn_heat(told, grid, day, STAFF_AND_MONEY, _said(result.values[FINER])))


def _said(finer: Mapping[str, Any]) -> str:
    between = " Some cells still stand between simulated ones." if finer["coarse"] else ""
    return f"From {words.rounded(finer['futures'], 1)} simulated futures.{between}"
