"""Run a pathway: demand, today's position and scenarios in, a `Simulation` out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import polars as pl

from forethought.errors import DataError, SpecificationError, did_you_mean
from forethought.plan.simulation.cohort import draw, run_cohort
from forethought.plan.simulation.demand import Demand, demand_of, plan_arrivals
from forethought.plan.simulation.event import DailyArrivals, run_event
from forethought.plan.simulation.goals import Goal
from forethought.plan.simulation.initial import Initial, checked_initial, start_of
from forethought.plan.simulation.model import Calendar, Floats, Record, lower
from forethought.plan.simulation.pathway import Distribution, Pathway, Scenario
from forethought.plan.simulation.result import Simulation

Engine = Literal["auto", "cohort", "event"]
BASE = "base"
_FEW_FTE = 3.0
_LONGEST_DAYS = 366 * 11


def simulate(  # noqa: PLR0913  all that a run depends on
    pathway: Pathway,
    demand: Demand | None = None,
    initial: Initial | pl.DataFrame | None = None,
    *,
    start: date,
    end: date,
    replications: int | Literal["auto"] = 1000,
    scenarios: Sequence[Scenario | str] = (),
    engine: Engine = "auto",
    seed: int = 0,
    every: Literal["1d", "1w", "1mo"] = "1w",
    workers: int | None = None,
    effort_factor: Floats | None = None,
    precision: float = 0.02,
    target: Goal | str | None = None,
) -> Simulation:
    """Simulate a service pathway from today's position through forecast demand.

    All scenarios meet the same random numbers, so their differences are differences of plans.

    Args:
        pathway: The pathway.
        demand: Demand by flow; None: what the pathway's file says (`per_year`).
        initial: Waiting list and open work: `stage`, `work_class`, `waiting_days`, and where they
            differ from not begun and one: `started`, `cases`. None: nobody is there.
        start: First simulated day.
        end: Last simulated day.
        replications: Simulated futures; future r follows demand path r modulo the paths given.
            `auto`: as many as the precision needs (see `replications.enough_futures`).
        scenarios: What-ifs beside `base`, or names of those in the pathway's file.
        engine: `cohort` counts by day, `event` follows each case; `auto` chooses and says why.
        seed: Same seed, same answer, whatever the number of workers.
        every: Length of a recorded period: day, week (to Sunday) or month.
        workers: Threads; None: one a processor.
        effort_factor: (replications, stages) factors on the mean effort of stages, where effort
            is not known for sure (see `calibrate`); None: 1.
        precision: With `auto`: half-width of the 95% interval of the chance of `target` (without
            one: of each stage's share on time).
        target: With `auto`: a `Goal` or its words, whose chance is to be known.

    Raises:
        SpecificationError: A scenario or engine that is not known.
        DataError: Demand or waiting list do not fit the pathway; dates the wrong way round.
    """
    _check(start, end, 1 if replications == "auto" else replications, engine)
    chosen = scenarios_of(pathway, scenarios)
    calendar = Calendar(start, (end - start).days + 1, every)
    known = demand_of(pathway, demand, start=start, end=end)
    position = checked_initial(pathway, initial)
    name, reason = choose_engine(pathway) if engine == "auto" else (engine, "it was asked for")
    if replications == "auto":
        replications = _enough(
            pathway, known, position, calendar, chosen[0], engine=name, seed=seed,
            workers=workers, effort_factor=effort_factor, precision=precision, target=target,
        )  # fmt: skip
        effort_factor = None if effort_factor is None else effort_factor[:replications]
    _able(pathway, name)
    runs = {
        scenario.name: run_scenario(
            pathway, known, position, scenario, calendar, engine=name, seed=seed,
            replications=replications, workers=workers, effort_factor=effort_factor,
        )
        for scenario in chosen
    }  # fmt: skip
    return Simulation(
        pathway=pathway, calendar=calendar, demand=known, initial=position,
        scenarios=tuple(chosen), engine=name, reason=reason, seed=seed,
        replications=replications, runs=runs,
    )  # fmt: skip


def _enough(  # noqa: PLR0913  all that a run depends on
    pathway: Pathway,
    demand: Demand,
    initial: Initial,
    calendar: Calendar,
    scenario: Scenario,
    *,
    engine: str,
    seed: int,
    workers: int | None,
    effort_factor: Floats | None,
    precision: float,
    target: Goal | str | None,
) -> int:
    """Futures of the base plan that give the precision."""
    from forethought.plan.simulation.futures import Futures
    from forethought.plan.simulation.goals import checked_goal
    from forethought.plan.simulation.replications import enough_futures

    goal = None if target is None else checked_goal(pathway, target, start=calendar.start)
    if goal is not None:
        calendar = Calendar(calendar.start, (goal.by - calendar.start).days + 1, calendar.every)
    futures = Futures(
        pathway, demand.changed(scenario.demand), initial, pathway.resources[0].name, calendar,
        scenario, seed, 1, engine, effort_factor, workers,
    )  # fmt: skip
    return enough_futures(futures, goal, precision)


def run_scenario(  # noqa: PLR0913  all that a run depends on
    pathway: Pathway,
    demand: Demand,
    initial: Initial,
    scenario: Scenario,
    calendar: Calendar,
    *,
    engine: str,
    seed: int,
    replications: int,
    first_replication: int = 0,
    workers: int | None = None,
    effort_factor: Floats | None = None,
) -> Record:
    """The record of one scenario: a pure function of its arguments."""
    model = lower(pathway, calendar, scenario)
    plan = plan_arrivals(pathway, demand.changed(scenario.demand), calendar)
    options: dict[str, Any] = {
        "seed": seed,
        "replications": replications,
        "first_replication": first_replication,
        "effort_factor": effort_factor,
        "workers": workers,
    }
    start = start_of(pathway, initial)
    if engine == "cohort":
        return run_cohort(model, plan, start, **options)
    counts = draw(
        plan, calendar.days, seed=seed, replications=replications,
        first_replication=first_replication,
    )  # fmt: skip
    return run_event(model, DailyArrivals(counts, plan.queue), start, **options)


def _able(pathway: Pathway, engine: str) -> None:
    """Refuse what an engine that was asked for would leave out without a word."""
    if engine != "cohort":
        return
    for stage in pathway.stages:
        if stage.discipline == "longest_wait":
            raise SpecificationError(
                "Counts by day do not know how long a case has been in the whole pathway.",
                where=f"pathway {pathway.name}, stage {stage.name}, discipline longest_wait",
                remedy='Ask for engine "event" or "auto", or another discipline.',
            )


def choose_engine(pathway: Pathway) -> tuple[str, str]:
    """The engine for a pathway and the reason in words."""
    if pathway.continuous:
        return "event", "staff work day and night, so the time within a day matters"
    for pool in pathway.resources:
        if pool.caseload_limit is not None:
            return "event", f"{pool.name} has a caseload limit"
        if pool.kind == "staff" and 0 < pool.capacity < _FEW_FTE:
            return "event", f"{pool.name} has fewer than {_FEW_FTE:g} full-time staff"
    for stage in pathway.stages:
        if stage.discipline == "longest_wait":
            return "event", f"{stage.name} orders cases by their whole time in the pathway"
        longest = max((each.mean for each in stage.effort.values()), default=0.0)
        if longest > _hours_of_week(pathway, stage.resources):
            return "event", f"a case of {stage.name} takes more than a week of one person's work"
    return "cohort", "counts by day say all that the pathway asks for"


def _hours_of_week(pathway: Pathway, resources: Sequence[str]) -> float:
    pools = [pathway.resource(name) for name in resources]
    hours = [
        pool.hours_per_week * pool.direct_share * (1.0 - pool.available.leave_share)
        for pool in pools
        if pool.kind == "staff"
    ]
    return min(hours, default=float("inf"))


def scenarios_of(pathway: Pathway, scenarios: Sequence[Scenario | str]) -> list[Scenario]:
    """`base` first, then the scenarios, named ones looked up in the pathway's file.

    Raises:
        SpecificationError: A name that is not there, or one that stands twice.
    """
    named = {each.name: each for each in pathway.scenarios}
    found = [Scenario(BASE)]
    for each in scenarios:
        if isinstance(each, str) and each != BASE and each not in named:
            raise SpecificationError(
                f'The pathway has no scenario "{each}".',
                where=pathway.name,
                remedy=did_you_mean(each, list(named)) or "It names none.",
            )
        scenario = (
            Scenario(BASE) if each == BASE else named[each] if isinstance(each, str) else each
        )
        if scenario.name == BASE:
            found[0] = scenario
            continue
        if scenario.name in [other.name for other in found]:
            raise SpecificationError(f'The scenario "{scenario.name}" stands twice.')
        _known_names(pathway, scenario)
        found.append(scenario)
    return found


def _known_names(pathway: Pathway, scenario: Scenario) -> None:
    pools = [pool.name for pool in pathway.resources]
    stages = [stage.name for stage in pathway.stages]
    flows = [each.flow for stage in pathway.stages for each in stage.arrivals]
    used = [
        *((name, pools, "resource") for name in scenario.resources),
        *((name, stages, "stage") for name in scenario.effort_scale),
        *((change.flow, flows, "flow") for change in scenario.demand),
    ]
    for name, known, what in used:
        if name not in known:
            raise SpecificationError(
                f'The pathway has no {what} "{name}".',
                where=f"scenario {scenario.name}",
                remedy=did_you_mean(name, known),
            )


def _check(start: date, end: date, replications: int, engine: str) -> None:
    if end < start:
        raise DataError(f"The simulation ends ({end}) before it starts ({start}).")
    if end - start > timedelta(days=_LONGEST_DAYS):
        raise DataError("A simulation covers at most eleven years.", where=f"end {end}")
    if replications < 1:
        raise SpecificationError(f"{replications} replications leave nothing to count.")
    if engine not in {"auto", "cohort", "event"}:
        raise SpecificationError(
            f'There is no engine "{engine}".',
            remedy=did_you_mean(engine, ["auto", "cohort", "event"]),
        )


def effort_spread(
    pathway: Pathway, spread: Distribution, *, seed: int, replications: int
) -> Floats:
    """Factors on effort that are not known for sure: one for each replication and stage.

    Args:
        pathway: The pathway.
        spread: Distribution of the factor, mean about 1.
        seed: Seed.
        replications: How many.
    """
    from forethought.plan.simulation.kernels.random import FAMILIES, PARAMETER, key_of, sample
    from forethought.plan.simulation.model import shape_of

    family, shape = FAMILIES.index(spread.family), shape_of(spread)
    factors = np.ones((replications, len(pathway.stages)))
    for replication in range(replications):
        for stage in range(len(pathway.stages)):
            key = key_of(seed, replication, int(PARAMETER), stage)
            factors[replication, stage] = sample(family, spread.mean, spread.cv, shape, key, 0)
    return factors
