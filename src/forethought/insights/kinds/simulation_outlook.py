"""What the plans mean for the whole pathway: waits, promises, lists, staff time, money, load."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.insights.kinds.simulation import SimulationSpec
from forethought.insights.kinds.simulation_effort import effort_factor
from forethought.insights.kinds.simulation_plans import Plans, Question, not_closed, queues_of
from forethought.plan.simulation.hiring import Hiring
from forethought.plan.simulation.load import stage_load
from forethought.plan.simulation.national_lists import lists_today, simulated_lists
from forethought.plan.simulation.pathway import Scenario
from forethought.plan.simulation.result import Simulation
from forethought.plan.simulation.simulate import BASE, simulate

LAST_SHARE = 0.005
"""A curve ends where fewer than this share still wait."""
PLAN = "plan"
"""The scenario of the fewest staff with a 9 in 10 chance."""


def outlook(question: Question, plans: Plans, end: date, spec: SimulationSpec) -> Simulation:
    """The whole pathway up to the last day: today's plan, the fewest staff, named scenarios."""
    staff = plans.fewest if plans.fewest is not None else plans.otherwise
    hiring = Hiring(question.change_on)
    scenarios: list[Scenario | str] = [
        Scenario(PLAN, resources={question.resource: hiring.join(staff - question.staff_now)}),
        *spec.settings.scenarios,
    ]
    replications = spec.settings.what_if_replications
    return simulate(
        question.pathway,
        question.demand,
        question.position,
        start=question.start,
        end=end,
        replications=replications,
        scenarios=scenarios,
        engine=question.engine,
        seed=question.seed,
        every="1mo",
        effort_factor=effort_factor(
            question.effort, question.pathway, replications=replications, seed=question.seed
        ),
    )


def outlook_tables(question: Question, made: Simulation) -> dict[str, pl.DataFrame]:
    """Tables of the whole pathway, today's plan and the others.

    `waits`, `curves` (of the target's stage), `on_time`, `cost`, `use` (of staff), `lists` (at
    month ends), `lists_today`, `load`, `scenarios` (cases waiting at the target's stage, with the
    difference from today's plan).
    """
    calendar = made.calendar
    return {
        "waits": made.waits,
        "curves": curves(made, question.stage),
        "on_time": made.on_time,
        "cost": made.cost,
        "use": made.utilisation,
        "lists": simulated_lists(made),
        "lists_today": lists_today(question.pathway, question.position),
        "scenarios": differences(made, question.stage),
        "load": stage_load(
            question.pathway, question.demand, start=calendar.start, end=calendar.dates()[-1]
        ),
    }


_CURVES = {
    "work_class": pl.String, "started": pl.Float64, "days": pl.Int64, "share": pl.Float64,
}  # fmt: skip


def curves(made: Simulation, stage: str) -> pl.DataFrame:
    """Share still waiting for work to start, by class and days waited, with today's plan.

    `work_class`, `started` (cases a future), `days`, `share` (of those whose work starts, the
    share that waits longer).
    """
    record = made.record(BASE)
    parts = [pl.DataFrame(schema=_CURVES)]
    for each in made.pathway.classes:
        counts = record.wait_days[made.queues(stage, each.name)].sum(axis=0)
        total = int(counts.sum())
        if total == 0:
            continue
        share = np.clip(1.0 - np.cumsum(counts) / total, 0.0, 1.0)
        shown = int(np.count_nonzero(share >= LAST_SHARE)) + 1  # it never rises
        days = np.arange(min(shown, share.size), dtype=np.int64)
        parts.append(
            pl.DataFrame({"days": days, "share": share[: days.size]}).select(
                pl.lit(each.name).alias("work_class"),
                pl.lit(total / made.replications).alias("started"),
                "days",
                "share",
            )
        )
    return pl.concat(parts)


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
