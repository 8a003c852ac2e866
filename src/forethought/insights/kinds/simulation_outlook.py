"""What the plans mean for the whole pathway: waits, promises, lists, staff time, money, load."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.insights.kinds.simulation import SimulationSpec
from forethought.insights.kinds.simulation_plans import (
    Asked,
    Plans,
    Question,
    not_closed,
    queues_of,
)
from forethought.plan.simulation.goals import Goal
from forethought.plan.simulation.initial import Initial
from forethought.plan.simulation.load import stage_load
from forethought.plan.simulation.pathway import Scenario
from forethought.plan.simulation.result import Simulation
from forethought.plan.simulation.simulate import BASE, simulate
from forethought.plan.simulation.uncertainty import uncertainty

PATHS_SPLIT = 60
PLAN = "plan"
"""The scenario of the fewest staff with a 9 in 10 chance."""


def outlook_tables(
    question: Question, plans: Plans, end: date, spec: SimulationSpec
) -> dict[str, pl.DataFrame]:
    """Tables of the whole pathway up to the last day, today's plan and the others.

    `waits`, `on_time`, `cost`, `use` (of staff), `lists` (at month ends), `load`, `scenarios`
    (cases waiting at the target's stage, with the difference from today's plan).
    """
    staff = plans.fewest if plans.fewest is not None else plans.most
    scenarios: list[Scenario | str] = [
        Scenario(PLAN, resources={question.resource: question.changes(float(staff))}),
        *spec.settings.scenarios,
    ]
    made = simulate(
        question.pathway,
        question.demand,
        question.position,
        start=question.start,
        end=end,
        replications=spec.settings.what_if_replications,
        scenarios=scenarios,
        engine="event" if spec.settings.engine == "event" else "cohort",
        seed=question.seed,
        every="1mo",
    )
    return {
        "waits": made.waits,
        "on_time": made.on_time,
        "cost": made.cost,
        "use": made.utilisation,
        "lists": lists(made),
        "scenarios": differences(made, question.stage),
        "load": stage_load(question.pathway, question.demand, start=question.start, end=end),
    }


def lists(made: Simulation) -> pl.DataFrame:
    """The three national lists at month ends: `scenario`, `list_of`, `ds`, `median`, `lo`, `hi`.

    Waiting for assessment, waiting for care or payment to start, and reviews past their limit.
    """
    rows = []
    ends = made.calendar.period_ends()
    for scenario in made.runs:
        for name in ("assessment", "care", "review"):
            stages = [s.name for s in made.pathway.stages if s.list_of == name]
            if not stages:
                continue
            measure = "overdue" if name == "review" else "waiting"
            total = np.sum([made.series(measure, s, scenario=scenario) for s in stages], axis=0)
            if name == "care":  # the elapsed time after the work is still time without care
                total = total + np.sum(
                    [made.series("working", s, scenario=scenario) for s in stages], axis=0
                )
            low, middle, high = np.quantile(total, (0.1, 0.5, 0.9), axis=0)
            rows.append(
                pl.DataFrame({"ds": ends, "median": middle, "lo": low, "hi": high}).select(
                    pl.lit(scenario).alias("scenario"), pl.lit(name).alias("list_of"), "*"
                )
            )
    schema = {
        "scenario": pl.String, "list_of": pl.String, "ds": pl.Date,
        "median": pl.Float64, "lo": pl.Float64, "hi": pl.Float64,
    }  # fmt: skip
    return pl.concat(rows) if rows else pl.DataFrame(schema=schema)


def differences(made: Simulation, stage: str) -> pl.DataFrame:
    """Cases waiting at a stage at the last day under each scenario, and less today's plan.

    `scenario`, `author`, `source`, `waiting`, `lo`, `hi`, `difference`, `difference_lo`,
    `difference_hi`: the same futures met both plans.
    """
    base = _last(made, stage, BASE)
    rows = []
    for scenario in made.scenarios:
        here = _last(made, stage, scenario.name)
        low, middle, high = np.quantile(here, (0.1, 0.5, 0.9))
        down, mean, up = _around(here - base)
        rows.append(
            {
                "scenario": scenario.name,
                "author": scenario.author,
                "source": scenario.source,
                "waiting": float(middle),
                "lo": float(low),
                "hi": float(high),
                "difference": mean,
                "difference_lo": down,
                "difference_hi": up,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _last(made: Simulation, stage: str, scenario: str) -> NDArray[np.int64]:
    return not_closed(made.record(scenario), queues_of(made.pathway, stage))[:, -1]


def _around(values: np.ndarray) -> tuple[float, float, float]:
    low, high = np.quantile(values, (0.1, 0.9))
    return float(low), float(values.mean()), float(high)


def uncertainty_table(question: Question, asked: Asked) -> pl.DataFrame:
    """Where the spread of the list on the target's day comes from: `source`, `share` (sum 1)."""
    names = [stage.name for stage in question.part.stages]
    flows = [each.flow for stage in question.part.stages for each in stage.arrivals]
    found = uncertainty(
        question.part,
        replace(question.demand, frame=question.demand.frame.filter(pl.col("flow").is_in(flows))),
        Initial(question.position.frame.filter(pl.col("stage").is_in(names))),
        target=Goal(question.stage, asked.fewer_than - 1, asked.by, question.measure),
        start=question.start,
        paths=PATHS_SPLIT,
        runs=2,
        parameter_draws=2,
        seed=question.seed,
        engine="event" if question.engine == "event" else "cohort",
    )
    return found.frame.select("source", "share").filter(pl.col("share") > 0)
