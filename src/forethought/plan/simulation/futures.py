"""The same simulated futures asked again and again, with other staff: common random numbers.

Arrivals are drawn once and met by every plan, so the difference between two plans is a difference
of plans and not of luck.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forethought.errors import SpecificationError, did_you_mean
from forethought.plan.simulation.cohort import draw, run_cohort
from forethought.plan.simulation.demand import Demand, demand_of, plan_arrivals
from forethought.plan.simulation.event import DailyArrivals, run_event
from forethought.plan.simulation.goals import ALL, Goal
from forethought.plan.simulation.initial import Initial, start_of
from forethought.plan.simulation.kernels.arrivals import ArrivalPlan
from forethought.plan.simulation.line import SimpleStage, run_line, simple_stage
from forethought.plan.simulation.model import (
    Calendar,
    Floats,
    Model,
    Record,
    Start,
    capacity_by_day,
    lower,
)
from forethought.plan.simulation.pathway import (
    Availability,
    Change,
    DemandChange,
    Distribution,
    Pathway,
    Resource,
    Scenario,
)
from forethought.plan.simulation.simulate import BASE, choose_engine

Changes = tuple[Change, ...]
_TWO_SIDED_95 = 1.959963984540054


@dataclass(frozen=True)
class Estimate:
    """A chance from a number of simulated futures, with Wilson's interval.

    The interval says what more futures could change; it says nothing of the model.

    Args:
        share: Share of the futures, 0-1.
        low, high: Wilson's 95% interval of it.
        futures: How many futures.
    """

    share: float
    low: float
    high: float
    futures: int


def wilson(successes: int, trials: int, z: float = _TWO_SIDED_95) -> Estimate:
    """The share of successes and Wilson's interval.

    Args:
        successes: How many futures reach the target.
        trials: How many there are, at least 1.
        z: Standard normal quantile of the interval's ends.

    References:
        Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    share = successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    inside = share * (1 - share) / trials + z * z / (4 * trials * trials)
    half = z * math.sqrt(inside) / (1 + z * z / trials)
    return Estimate(share, max(middle - half, 0.0), min(middle + half, 1.0), trials)


@dataclass(frozen=True, eq=False)
class Futures:
    """Simulated futures of one pathway and demand, ready to meet plans of one resource.

    Args:
        pathway: The pathway.
        demand: Demand for every simulated day.
        initial: The position before the first day.
        resource: The resource that the plans change.
        calendar: The simulated days; a period ends on its last day.
        scenario: What else is changed in all plans.
        seed: Seed of all random numbers.
        replications: Simulated futures.
        engine: `cohort` or `event`.
        effort_factor: (replications, stages) factors on mean effort; None: 1.
        workers: Threads; None: one a processor.
    """

    pathway: Pathway
    demand: Demand
    initial: Initial
    resource: str
    calendar: Calendar
    scenario: Scenario
    seed: int
    replications: int
    engine: str = "cohort"
    effort_factor: Floats | None = None
    workers: int | None = None

    @cached_property
    def model(self) -> Model:
        """The pathway as arrays, the resource without a plan's changes."""
        return lower(self.pathway, self.calendar, self.scenario)

    @cached_property
    def plan(self) -> ArrivalPlan:
        """Demand as arrays."""
        return plan_arrivals(self.pathway, self.demand, self.calendar)

    @cached_property
    def start(self) -> Start:
        """The position as arrays."""
        return start_of(self.pathway, self.initial)

    @cached_property
    def arrivals(self) -> NDArray[np.int32]:
        """Cases that come in, (R, D, A): the same for every plan."""
        return draw(self.plan, self.calendar.days, seed=self.seed, replications=self.replications)

    @property
    def pool(self) -> Resource:
        """The resource."""
        return self.pathway.resource(self.resource)

    def in_post(self, day: date) -> float:
        """FTE (units) of the resource on a day, without a plan's changes."""
        extra = self.scenario.resources.get(self.resource, ())
        return float(capacity_by_day(self.pool, (*self.pool.changes, *extra), [day])[0])

    def servers(self, changes: Changes) -> Floats:
        """(D) FTE of the resource by day under a plan's changes."""
        extra = self.scenario.resources.get(self.resource, ())
        every = (*self.pool.changes, *extra, *changes)
        return capacity_by_day(self.pool, every, self.calendar.dates())

    def with_demand(self, factor: float, flows: Sequence[str] | None = None) -> Futures:
        """The same futures where a factor multiplies the demand of some flows (None: of all)."""
        names = self.demand.flows if flows is None else flows
        more = self.demand.changed(DemandChange(name, factor) for name in names)
        return replace(self, demand=more)

    def counts(self, goal: Goal, plans: Sequence[Changes]) -> NDArray[np.int64]:
        """Cases that a goal counts, shape (plans, R, T), at the end of each period."""
        simple = self._simple(goal)
        if simple is not None:
            servers = np.array([self.servers(plan) for plan in plans])
            stage = self._stage(goal)
            factor = None if self.effort_factor is None else self.effort_factor[:, stage]
            record = run_line(
                self.model, self.plan, self.start, simple, servers, self.arrivals,
                seed=self.seed, effort_factor=factor, workers=self.workers,
            )  # fmt: skip
            return record.waiting.astype(np.int64)
        return np.array([self.counted(goal, self.record(plan)) for plan in plans])

    def ends(self, goal: Goal, plans: Sequence[Changes]) -> NDArray[np.int64]:
        """Cases that a goal counts at the end of the last simulated day, (plans, R)."""
        return self.counts(goal, plans)[:, :, -1]

    def record(self, changes: Changes = ()) -> Record:
        """The whole record of a plan."""
        place = [pool.name for pool in self.pathway.resources].index(self.resource)
        servers = self.model.servers.copy()
        servers[place] = self.servers(changes)
        model = self.model._replace(servers=servers)
        if self.engine == "cohort":
            return run_cohort(
                model, self.plan, self.start, seed=self.seed, replications=self.replications,
                arrivals=self.arrivals, effort_factor=self.effort_factor, workers=self.workers,
            )  # fmt: skip
        came = DailyArrivals(self.arrivals, self.plan.queue)
        return run_event(
            model, came, self.start, seed=self.seed, replications=self.replications,
            effort_factor=self.effort_factor, workers=self.workers,
        )  # fmt: skip

    def _stage(self, goal: Goal) -> int:
        return [stage.name for stage in self.pathway.stages].index(goal.stage)

    def _simple(self, goal: Goal) -> SimpleStage | None:
        if self.engine != "cohort" or goal.measure != "waiting":
            return None
        place = [pool.name for pool in self.pathway.resources].index(self.resource)
        found = simple_stage(self.model, self.plan, self.start, self._stage(goal), place)
        if found is None or goal.work_class == ALL:
            return found
        own = self.pathway.classes[found.queue % len(self.pathway.classes)].name
        return found if own == goal.work_class else None

    def counted(self, goal: Goal, record: Record) -> NDArray[np.int64]:
        """Cases that a goal counts in a record, (R, T), at the end of each period."""
        first = self._stage(goal) * len(self.pathway.classes)
        names = [each.name for each in self.pathway.classes]
        queues = [
            first + place for place, name in enumerate(names) if goal.work_class in {ALL, name}
        ]
        parts = ("waiting", "working") if goal.measure == "open" else (goal.measure,)
        total = sum(
            getattr(record, part)[:, :, queues].sum(axis=2, dtype=np.int64) for part in parts
        )
        return np.asarray(total, dtype=np.int64)


def futures_of(  # noqa: PLR0913  all that a run depends on
    pathway: Pathway,
    demand: Demand | None,
    initial: Initial,
    *,
    resource: str,
    start: date,
    end: date,
    scenario: Scenario | None,
    seed: int,
    replications: int,
    engine: str,
    every: str = "1mo",
    effort_factor: Floats | None = None,
    workers: int | None = None,
) -> Futures:
    """Futures of a pathway, checked.

    Raises:
        SpecificationError: The resource or the engine is not known.
        DataError: The demand does not fit.
    """
    known = [pool.name for pool in pathway.resources]
    if resource not in known:
        raise SpecificationError(
            f'The pathway has no resource "{resource}".', remedy=did_you_mean(resource, known)
        )
    chosen = choose_engine(pathway)[0] if engine == "auto" else engine
    if chosen not in {"cohort", "event"}:
        raise SpecificationError(
            f'There is no engine "{engine}".',
            remedy=did_you_mean(engine, ["auto", "cohort", "event"]),
        )
    base = Scenario(BASE) if scenario is None else scenario
    full = demand_of(pathway, demand, start=start, end=end).changed(base.demand)
    return Futures(
        pathway, full, initial, resource, Calendar(start, (end - start).days + 1, every), base,
        seed, replications, chosen, effort_factor, workers,
    )  # fmt: skip


def expected(futures: Futures, replications: int) -> Futures:
    """The futures of a plan made with averages: demand, effort and sickness are as expected."""
    stages = tuple(
        replace(
            stage,
            arrivals=tuple(replace(each, dispersion=1.0) for each in stage.arrivals),
            effort={
                name: Distribution("fixed", effort.mean) for name, effort in stage.effort.items()
            },
        )
        for stage in futures.pathway.stages
    )
    pools = tuple(
        replace(pool, available=_without_spread(pool.available))
        for pool in futures.pathway.resources
    )
    return replace(
        futures,
        pathway=replace(futures.pathway, stages=stages, resources=pools),
        demand=futures.demand.mean(),
        replications=min(replications, futures.replications),
        effort_factor=None,
    )


def _without_spread(absence: Availability) -> Availability:
    return replace(absence, sickness_sd=0.0)


def last_day_of(demand: Demand, wanted: date) -> date:
    """The last day, at most the wanted one, that the demand covers."""
    from forethought.place.calendar import add_months

    last: date = demand.frame["ds"].max()  # type: ignore[assignment]
    if demand.every == "1mo":
        last = add_months(last, 1) - timedelta(days=1)
    return min(last, wanted)
