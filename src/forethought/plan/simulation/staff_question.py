"""What every question about the size of a team shares: a pathway, a target, a chance, the futures.

`minimum_staff`, `recovery` and `heat_map` ask about the same settings; they take them by name, or
as one `StaffQuestion`, so that a page or a notebook can ask several questions of one situation.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any, Required, TypedDict, TypeVar

import polars as pl

from forethought.errors import SpecificationError
from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.futures import Futures, futures_of
from forethought.plan.simulation.goals import Goal, checked_goal
from forethought.plan.simulation.hiring import Hiring
from forethought.plan.simulation.initial import Initial, checked_initial
from forethought.plan.simulation.model import Floats
from forethought.plan.simulation.pathway import Pathway, Scenario
from forethought.plan.simulation.simulate import Engine

FEWEST_FUTURES = 50
_SITUATION = ("pathway", "demand", "initial")
_Function = TypeVar("_Function", bound=Callable[..., Any])


class StaffOptions(TypedDict, total=False):
    """The settings of a `StaffQuestion` by name, besides pathway, demand and waiting list."""

    resource: Required[str]
    target: Required[Goal | str]
    start: Required[date]
    probability: float
    from_date: date | None
    hiring_lag_days: int
    most_joining_per_month: int | None
    ramp_days: int
    scenario: Scenario | None
    replications: int
    seed: int
    engine: Engine
    effort_factor: Floats | None
    workers: int | None


@dataclass(frozen=True, eq=False)
class StaffQuestion:
    """One team of one pathway, the target it is to reach, and the futures it is judged by.

    Args:
        pathway: The pathway.
        demand: Demand by flow; None: what the pathway's file says.
        initial: Waiting list and open work (see `simulate`).
        resource: The team.
        target: A `Goal`, or words: `waiting <= 60 by 2027-03-31 at assessment`.
        start: First simulated day.
        probability: The chance wanted, 0-1.
        from_date: Day on which the decision takes effect; None: `start`.
        hiring_lag_days: Days until the first new staff start.
        most_joining_per_month: Most that can join in a month; None: any number.
        ramp_days: Days in which a newcomer grows into full work.
        scenario: What else is changed.
        replications: Simulated futures.
        seed: Same seed, same answer.
        engine: `cohort`, `event` or `auto` (see `simulate`).
        effort_factor: (replications, stages) factors on mean effort; None: 1.
        workers: Threads; None: one a processor.

    Raises:
        SpecificationError: A target, chance, hiring or number of futures that cannot be.
        DataError: A waiting list that does not fit.
    """

    pathway: Pathway
    demand: Demand | None
    initial: Initial | pl.DataFrame | None
    resource: str
    target: Goal | str
    start: date
    probability: float = 0.9
    from_date: date | None = None
    hiring_lag_days: int = 0
    most_joining_per_month: int | None = None
    ramp_days: int = 0
    scenario: Scenario | None = None
    replications: int = 1000
    seed: int = 0
    engine: Engine = "auto"
    effort_factor: Floats | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        _ = self.goal, self.hiring, self.position
        if not 0.0 < self.probability < 1.0:
            raise SpecificationError(
                f"{self.probability} is no chance to plan for.",
                where="probability",
                remedy="Give a number between 0 and 1, such as 0.9.",
            )
        if self.replications < FEWEST_FUTURES:
            raise SpecificationError(
                f"{self.replications} futures say too little of a chance.",
                where="replications",
                remedy=f"Give {FEWEST_FUTURES} or more.",
            )

    @cached_property
    def goal(self) -> Goal:
        """The target."""
        return checked_goal(self.pathway, self.target, start=self.start)

    @cached_property
    def position(self) -> Initial:
        """Waiting list and open work, checked."""
        return checked_initial(self.pathway, self.initial)

    @property
    def decided_on(self) -> date:
        """Day on which the decision takes effect."""
        return self.start if self.from_date is None else self.from_date

    @cached_property
    def hiring(self) -> Hiring:
        """How fast the team can grow."""
        return Hiring(
            self.decided_on, self.hiring_lag_days, self.most_joining_per_month, self.ramp_days
        )

    def futures(self, until: date | None = None, every: str = "1mo") -> Futures:
        """The simulated futures.

        Args:
            until: Last simulated day; None: the target's.
            every: Length of a recorded period.

        Raises:
            SpecificationError: The team or the engine is not known.
            DataError: The demand does not fit.
        """
        return futures_of(
            self.pathway, self.demand, self.position, resource=self.resource, start=self.start,
            end=self.goal.by if until is None else until, scenario=self.scenario, seed=self.seed,
            replications=self.replications, engine=self.engine, every=every,
            effort_factor=self.effort_factor, workers=self.workers,
        )  # fmt: skip


def check_most(most: int | None) -> None:
    """Refuse a largest team without anybody."""
    if most is not None and most < 1:
        raise SpecificationError("The largest team has nobody.", where="most")


def whole_signature(**defaults: Any) -> Callable[[_Function], _Function]:
    """Show the settings of `StaffOptions` one by one where a function's signature is asked for.

    Args:
        **defaults: Defaults that are other ones in this function.
    """

    def shown(function: _Function) -> _Function:
        own = inspect.signature(function)
        kept = [p for p in own.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        shared = [
            inspect.Parameter(
                each.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=defaults.get(
                    each.name, inspect.Parameter.empty if each.default is MISSING else each.default
                ),
                annotation=each.type,
            )
            for each in fields(StaffQuestion)
            if each.name not in _SITUATION
        ]
        function.__signature__ = own.replace(parameters=[*kept, *shared])  # type: ignore[attr-defined]
        return function

    return shown
