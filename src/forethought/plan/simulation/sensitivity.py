"""Which driver moves the plan most: each low and high, on the same random numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from forethought.errors import Problem, SpecificationError, did_you_mean
from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.futures import Futures, futures_of
from forethought.plan.simulation.goals import Goal, checked_goal
from forethought.plan.simulation.initial import Initial, checked_initial
from forethought.plan.simulation.model import Floats
from forethought.plan.simulation.pathway import (
    Pathway,
    Reneging,
    Resource,
    Scenario,
    Stage,
)
from forethought.plan.simulation.simulate import Engine
from forethought.plan.simulation.uncertainty import some_pool

DRIVERS: Mapping[str, tuple[float, float]] = {
    "demand": (0.9, 1.1),
    "staff": (0.9, 1.1),
    "effort": (0.9, 1.1),
    "sickness": (0.5, 1.5),
    "leaving": (0.5, 1.5),
}
"""Factors that a driver takes at its low and high end, where none are given."""


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Change of the cases on a day when one driver is low or high.

    Args:
        goal: What is counted, where and when.
        frame: `driver` (`demand`, `staff`, `effort`, `sickness`, `leaving`), `what` (flow, team or
            stage), `low`, `high` (factors), `change_low`, `change_high` (cases, mean over
            futures), `error_low`, `error_high` (their standard errors, paired future by future),
            `chance_low`, `chance_high` (of the goal), `swing` (cases); largest swing first.
        mean: Mean of the cases without a change.
        chance: Chance of the goal without a change.
        seed: Seed of all random numbers.
        replications: Simulated futures.
        engine: Which engine ran.
    """

    goal: Goal
    frame: pl.DataFrame
    mean: float
    chance: float
    seed: int
    replications: int
    engine: str

    def headline(self) -> str:
        """The answer in one sentence."""
        first = self.frame.row(0, named=True)
        return (
            f"{first['driver'].capitalize()} of {first['what']} matters most: between "
            f"{first['low']:g} and {first['high']:g} times as now, {first['swing']:,.0f} cases at "
            f"{self.goal.stage}."
        )

    def _repr_html_(self) -> str:
        return f"<p>{self.headline()}</p>{self.frame._repr_html_()}"


def sensitivity(  # noqa: PLR0913  all that the answer depends on
    pathway: Pathway,
    demand: Demand | None = None,
    initial: Initial | pl.DataFrame | None = None,
    *,
    target: Goal | str,
    start: date,
    drivers: Mapping[str, tuple[float, float]] = DRIVERS,
    scenario: Scenario | None = None,
    replications: int = 500,
    seed: int = 0,
    engine: Engine = "auto",
    effort_factor: Floats | None = None,
    workers: int | None = None,
) -> Sensitivity:
    """Change one driver at a time, all else alike.

    Each flow's demand, each team's staff and sickness, each stage's effort and leaving. Drivers
    that a pathway does not have (no sickness, nobody leaves) are left out.

    Args:
        pathway: The pathway.
        demand: Demand by flow; None: what the pathway's file says.
        initial: Waiting list and open work (see `simulate`).
        target: A `Goal`, or words (`waiting <= 60 by 2027-03-31 at assessment`).
        start: First simulated day.
        drivers: Factors at the low and high end of each kind of driver.
        scenario: What else is changed.
        replications: Simulated futures.
        seed: Same seed, same answer.
        engine: `cohort`, `event` or `auto` (see `simulate`).
        effort_factor: (replications, stages) factors on mean effort; None: 1.
        workers: Threads; None: one a processor.

    Raises:
        SpecificationError: A target or driver that is not known.
        DataError: Demand or waiting list that do not fit.
    """
    goal = checked_goal(pathway, target, start=start)
    _check(drivers)
    base = futures_of(
        pathway, demand, checked_initial(pathway, initial), resource=some_pool(pathway, goal),
        start=start, end=goal.by, scenario=scenario, seed=seed, replications=replications,
        engine=engine, effort_factor=effort_factor, workers=workers,
    )  # fmt: skip
    now = base.ends(goal, [()])[0].astype(float)
    rows = [
        _row(goal, now, driver, what, drivers[driver], low, high)
        for driver, what, low, high in _varied(base, drivers)
    ]
    frame = pl.DataFrame(rows).sort("swing", descending=True, maintain_order=True)
    return Sensitivity(
        goal=goal,
        frame=frame,
        mean=float(now.mean()),
        chance=float((now <= goal.at_most).mean()),
        seed=seed,
        replications=replications,
        engine=base.engine,
    )


def _check(drivers: Mapping[str, tuple[float, float]]) -> None:
    problems = [
        Problem(f'"{name}" is no driver.', "drivers", did_you_mean(name, list(DRIVERS)))
        for name in drivers
        if name not in DRIVERS
    ]
    problems += [
        Problem(f"{low} to {high} is no range of factors.", f"drivers.{name}", "Give 0.9, 1.1.")
        for name, (low, high) in drivers.items()
        if not 0 <= low < high < np.inf
    ]
    if problems:
        raise SpecificationError("The drivers cannot be varied.", problems=problems)


def _row(
    goal: Goal,
    now: Floats,
    driver: str,
    what: str,
    factors: tuple[float, float],
    low: Futures,
    high: Futures,
) -> dict[str, object]:
    row: dict[str, object] = {"driver": driver, "what": what}
    row |= {"low": factors[0], "high": factors[1]}
    changes = {}
    for end, futures in (("low", low), ("high", high)):
        cases = futures.ends(goal, [()])[0].astype(float)
        change = cases - now
        changes[end] = float(change.mean())
        row[f"change_{end}"] = changes[end]
        row[f"error_{end}"] = float(change.std(ddof=1) / np.sqrt(change.size))
        row[f"chance_{end}"] = float((cases <= goal.at_most).mean())
    row["swing"] = max(changes["low"], changes["high"], 0.0) - min(*changes.values(), 0.0)
    return row


def _varied(
    base: Futures, drivers: Mapping[str, tuple[float, float]]
) -> Iterator[tuple[str, str, Futures, Futures]]:
    """Every driver that the pathway has, with the futures at its two ends."""
    pathway = base.pathway
    if "demand" in drivers:
        for flow in base.demand.flows:
            low, high = (base.with_demand(factor, [flow]) for factor in drivers["demand"])
            yield "demand", flow, low, high
    for pool in pathway.resources:
        for driver in ("staff", "sickness"):
            if driver not in drivers or (driver == "sickness" and not _is_sick(pool)):
                continue
            low, high = (_pool(base, pool, driver, factor) for factor in drivers[driver])
            yield driver, pool.name, low, high
    for stage in pathway.stages:
        for driver in ("effort", "leaving"):
            known = stage.effort if driver == "effort" else stage.reneging
            if driver not in drivers or not known:
                continue
            low, high = (_stage(base, stage, driver, factor) for factor in drivers[driver])
            yield driver, stage.name, low, high


def _is_sick(pool: Resource) -> bool:
    return pool.kind == "staff" and pool.available.sickness_mean > 0


def _pool(base: Futures, pool: Resource, driver: str, factor: float) -> Futures:
    if driver == "staff":
        other = replace(
            pool,
            capacity=pool.capacity * factor,
            changes=tuple(replace(each, add=each.add * factor) for each in pool.changes),
        )
    else:
        away = pool.available
        mean = min(away.sickness_mean * factor, 0.9)
        other = replace(pool, available=replace(away, sickness_mean=mean))
    pools = tuple(other if each.name == pool.name else each for each in base.pathway.resources)
    return replace(base, pathway=replace(base.pathway, resources=pools))


def _stage(base: Futures, stage: Stage, driver: str, factor: float) -> Futures:
    if driver == "effort":
        effort = {n: replace(each, mean=each.mean * factor) for n, each in stage.effort.items()}
        other = replace(stage, effort=effort)
    else:
        leaving = {
            name: Reneging(each.from_days, tuple(min(h * factor, 1.0) for h in each.hazard_per_day))
            for name, each in stage.reneging.items()
        }
        other = replace(stage, reneging=leaving)
    stages = tuple(other if each.name == stage.name else each for each in base.pathway.stages)
    return replace(base, pathway=replace(base.pathway, stages=stages))
