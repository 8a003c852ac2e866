"""The smallest team that reaches a target with a given chance, and what the averages would say.

Staff are whole FTE. The chance is the share of simulated futures that reach the target; all sizes
of the team meet the same futures (common random numbers), so the chance rises with the size and
bisection finds the smallest. Beside it stands the answer of a plan made with averages (expected
demand, effort and sickness), with the chance that it really has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from forethought.errors import SpecificationError
from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.futures import (
    Changes,
    Estimate,
    Futures,
    expected,
    futures_of,
    last_day_of,
    wilson,
)
from forethought.plan.simulation.goals import Goal, checked_goal
from forethought.plan.simulation.hiring import Hiring
from forethought.plan.simulation.initial import Initial, checked_initial
from forethought.plan.simulation.model import Floats
from forethought.plan.simulation.pathway import Pathway, Scenario
from forethought.plan.simulation.simulate import Engine
from forethought.results.words import chance as chance_words
from forethought.results.words import day_words, odds

FEWEST_FUTURES = 50
_ONE_SIDED_95 = 1.6448536269514722
_AVERAGE_FUTURES = 200
_LOOK_FURTHER_DAYS = 730


@dataclass(frozen=True, eq=False)
class MinimumStaff:
    """The smallest team that reaches a target with a given chance.

    Args:
        goal: The target.
        resource: The team.
        probability: The chance that was asked for, 0-1.
        in_post: FTE in post on the day of the decision, without the plan.
        fte: Smallest whole FTE whose chance is at least that; None where none is by then.
        chance: The chance of `fte` (of the largest team possible, where there is no `fte`).
        sure_fte: Smallest whole FTE of which more futures would not take the chance away: the
            lower end of Wilson's one-sided 95% interval is at least `probability`. None: none is.
        mean_fte: The smallest FTE that reaches the target on average; None where none does.
        mean_chance: The chance that `mean_fte` really has.
        earliest: Where there is no `fte`: the first week's end at which the largest team possible
            has the chance; None where that lies behind the last day looked at, `looked_until`.
        most: The largest team that can be there by the target's day.
        looked_until: Last day looked at.
        hiring: How fast the team can grow.
        evaluations: Every size that was simulated: `fte`, `chance`, `lo-95`, `hi-95`, `mean`
            (cases on the day), in the order of the search.
        seed: Seed of all random numbers.
        replications: Simulated futures.
        engine: Which engine ran.
    """

    goal: Goal
    resource: str
    probability: float
    in_post: float
    fte: int | None
    chance: Estimate
    sure_fte: int | None
    mean_fte: int | None
    mean_chance: Estimate | None
    earliest: date | None
    most: int
    looked_until: date
    hiring: Hiring
    evaluations: pl.DataFrame
    seed: int
    replications: int
    engine: str

    @property
    def frame(self) -> pl.DataFrame:
        """The evaluations, smallest team first."""
        return self.evaluations.sort("fte")

    def scenario(self, name: str = "minimum staff") -> Scenario:
        """The plan as a scenario for `simulate` (the largest team where no team is enough)."""
        size = self.most if self.fte is None else self.fte
        return Scenario(name, resources={self.resource: self.hiring.join(size - self.in_post)})

    def headline(self) -> str:
        """The answer in one sentence."""
        if self.fte is None:
            later = (
                f"not by {day_words(self.looked_until)} either"
                if self.earliest is None
                else f"the earliest date is {day_words(self.earliest)}"
            )
            return (
                f"No team reaches {self.goal.words()} with a chance of {odds(self.probability)}: "
                f"with {self.most} FTE, the most by then, it is "
                f"{chance_words(self.chance.share)}; {later}."
            )
        sentence = (
            f"{self.fte} FTE give a chance of {chance_words(self.chance.share)} of "
            f"{self.goal.words()}."
        )
        if self.mean_fte is not None and self.mean_chance is not None:
            sentence += (
                f" Planning with averages gives {self.mean_fte} FTE, whose chance is "
                f"{chance_words(self.mean_chance.share)}."
            )
        return sentence

    def _repr_html_(self) -> str:
        return f"<p>{self.headline()}</p>{self.frame._repr_html_()}"


def minimum_staff(  # noqa: PLR0913  all that the answer depends on
    pathway: Pathway,
    demand: Demand | None = None,
    initial: Initial | pl.DataFrame | None = None,
    *,
    resource: str,
    target: Goal | str,
    start: date,
    probability: float = 0.9,
    end: date | None = None,
    from_date: date | None = None,
    hiring_lag_days: int = 0,
    most_joining_per_month: int | None = None,
    ramp_days: int = 0,
    most: int | None = None,
    scenario: Scenario | None = None,
    replications: int = 1000,
    seed: int = 0,
    engine: Engine = "auto",
    effort_factor: Floats | None = None,
    workers: int | None = None,
) -> MinimumStaff:
    """Find the smallest team, in whole FTE, that reaches a target with a given chance.

    The size is FTE in post on `from_date`; changes that the pathway or the scenario plan for
    later come on top. A smaller team than today's is an answer, too.

    Args:
        pathway: The pathway.
        demand: Demand by flow; None: what the pathway's file says.
        initial: Waiting list and open work (see `simulate`).
        resource: The team.
        target: A `Goal`, or words: `waiting <= 60 by 2027-03-31 at assessment`.
        start: First simulated day.
        probability: The chance wanted, 0-1.
        end: How far to look for the earliest date where the target cannot be reached in time;
            None: two years further, or as far as the demand goes.
        from_date: Day on which the decision takes effect; None: `start`.
        hiring_lag_days: Days until the first new staff start.
        most_joining_per_month: Most that can join in a month; None: any number.
        ramp_days: Days in which a newcomer grows into full work.
        most: Largest team to think of; None: ten times today's and fifty more.
        scenario: What else is changed.
        replications: Simulated futures.
        seed: Same seed, same answer.
        engine: `cohort`, `event` or `auto` (see `simulate`).
        effort_factor: (replications, stages) factors on mean effort; None: 1.
        workers: Threads; None: one a processor.

    Raises:
        SpecificationError: A target, resource or setting that does not fit.
        DataError: Demand or waiting list that do not fit.
    """
    goal = checked_goal(pathway, target, start=start)
    check_chance(probability, replications, most)
    first = start if from_date is None else from_date
    hiring = Hiring(first, hiring_lag_days, most_joining_per_month, ramp_days)
    position = checked_initial(pathway, initial)

    def until(day: date, every: str) -> Futures:
        return futures_of(
            pathway, demand, position, resource=resource, start=start, end=day,
            scenario=scenario, seed=seed, replications=replications, engine=engine, every=every,
            effort_factor=effort_factor, workers=workers,
        )  # fmt: skip

    search = Search(until(goal.by, "1mo"), goal, hiring, most)
    fte = search.smallest(lambda size: search.chance(size).share >= probability)
    best = search.most if fte is None else fte
    sure = search.smallest(lambda size: search.lower_end(size) >= probability, too_small=best - 1)
    mean_fte = search.smallest(search.enough_on_average)
    looked, earliest = goal.by, None
    if fte is None:
        looked = _look_until(demand, goal, end)
        earliest = _earliest(until, search, probability, looked)
    return MinimumStaff(
        goal=goal,
        resource=resource,
        probability=probability,
        in_post=search.in_post,
        fte=fte,
        chance=search.chance(best),
        sure_fte=sure,
        mean_fte=mean_fte,
        mean_chance=None if mean_fte is None else search.chance(mean_fte),
        earliest=earliest,
        most=search.most,
        looked_until=looked,
        hiring=hiring,
        evaluations=search.evaluations(),
        seed=seed,
        replications=replications,
        engine=search.futures.engine,
    )


def check_chance(probability: float, replications: int, most: int | None = None) -> None:
    """Refuse a chance, a number of futures or a largest team that cannot be planned for."""
    if not 0.0 < probability < 1.0:
        raise SpecificationError(
            f"{probability} is no chance to plan for.",
            where="probability",
            remedy="Give a number between 0 and 1, such as 0.9.",
        )
    if replications < FEWEST_FUTURES:
        raise SpecificationError(
            f"{replications} futures say too little of a chance.",
            where="replications",
            remedy=f"Give {FEWEST_FUTURES} or more.",
        )
    if most is not None and most < 1:
        raise SpecificationError("The largest team has nobody.", where="most")


@dataclass(eq=False)
class Search:
    """Sizes of a team that were simulated so far, on the same futures.

    Args:
        futures: The futures, up to the target's day.
        goal: The target.
        hiring: How fast the team can grow.
        asked_most: The largest team to think of; None: ten times today's and fifty more.
    """

    futures: Futures
    goal: Goal
    hiring: Hiring
    asked_most: int | None
    found: dict[int, tuple[Estimate, float]] = field(default_factory=dict)
    averages: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.in_post = self.futures.in_post(self.hiring.from_date)
        roomy = math.ceil(10 * self.in_post) + 50
        self.largest = roomy if self.asked_most is None else self.asked_most
        joined = self.hiring.most_by(self.goal.by)
        self.most = self.largest
        if math.isfinite(joined):
            self.most = min(self.largest, math.floor(self.in_post + joined))
        self.average = expected(self.futures, _AVERAGE_FUTURES)

    def changes(self, size: int) -> Changes:
        """The changes that make the team so large."""
        return self.hiring.join(size - self.in_post)

    def chance(self, size: int) -> Estimate:
        """The chance of a team."""
        if size not in self.found:
            ends = self.futures.ends(self.goal, [self.changes(size)])[0]
            reached = int((ends <= self.goal.at_most).sum())
            self.found[size] = (wilson(reached, ends.size), float(ends.mean()))
        return self.found[size][0]

    def lower_end(self, size: int) -> float:
        """Lower end of the one-sided 95% interval of its chance."""
        chance = self.chance(size)
        return wilson(round(chance.share * chance.futures), chance.futures, _ONE_SIDED_95).low

    def enough_on_average(self, size: int) -> bool:
        """Whether the team reaches the target on average."""
        if size not in self.averages:
            ends = self.average.ends(self.goal, [self.changes(size)])
            self.averages[size] = float(ends.mean())
        return self.averages[size] <= self.goal.at_most

    def smallest(self, enough: Callable[[int], bool], *, too_small: int = -1) -> int | None:
        """The smallest size that is enough, by doubling steps and bisection.

        Args:
            enough: Turns from no to yes as the size rises.
            too_small: A size known to be too small.
        """
        first = min(max(math.ceil(self.in_post), too_small + 1), self.most)
        return smallest_enough(enough, first=first, too_small=too_small, most=self.most)

    def evaluations(self) -> pl.DataFrame:
        """What was simulated, in the order of the search."""
        rows = [
            (size, each.share, each.low, each.high, mean)
            for size, (each, mean) in self.found.items()
        ]
        names = ("chance", "lo-95", "hi-95", "mean")
        schema = {"fte": pl.Int64} | dict.fromkeys(names, pl.Float64)
        return pl.DataFrame(rows, schema=schema, orient="row")


def smallest_enough(
    enough: Callable[[int], bool], *, first: int, too_small: int, most: int
) -> int | None:
    """The smallest whole number that is enough, by doubling steps and bisection; None: none is.

    Args:
        enough: Turns from no to yes as the number rises.
        first: Tried first.
        too_small: A number known to be too small.
        most: The largest number tried.
    """
    low, high, step = too_small, first, 1
    while not enough(high):
        if high >= most:
            return None
        low, high = high, min(high + step, most)
        step *= 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _look_until(demand: Demand | None, goal: Goal, end: date | None) -> date:
    """The last day on which an earliest date is looked for."""
    last = goal.by + timedelta(days=_LOOK_FURTHER_DAYS) if end is None else end
    if demand is not None:
        last = last_day_of(demand, last)
    return max(last, goal.by)


def _earliest(
    until: Callable[[date, str], Futures], search: Search, probability: float, last: date
) -> date | None:
    """The first week's end after the target's day when the largest team has the chance."""
    goal = search.goal
    if last == goal.by:
        return None
    later = until(last, "1w")
    counts = later.counts(goal, [search.changes(search.largest)])[0]
    reached = (counts <= goal.at_most).mean(axis=0)
    days = later.calendar.period_ends()
    return next(
        (d for d, share in zip(days, reached, strict=True) if d > goal.by and share >= probability),
        None,
    )
