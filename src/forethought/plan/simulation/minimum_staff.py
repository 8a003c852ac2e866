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
from functools import cached_property
from typing import Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.futures import (
    Changes,
    Estimate,
    Futures,
    expected,
    last_day_of,
    wilson,
)
from forethought.plan.simulation.goals import Goal
from forethought.plan.simulation.hiring import Hiring
from forethought.plan.simulation.initial import Initial
from forethought.plan.simulation.model import Record
from forethought.plan.simulation.pathway import Pathway, Scenario
from forethought.plan.simulation.staff_question import (
    StaffOptions,
    StaffQuestion,
    check_most,
    whole_signature,
)
from forethought.results.words import chance as chance_words
from forethought.results.words import day_words, odds

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


@whole_signature()
def minimum_staff(
    pathway: Pathway,
    demand: Demand | None = None,
    initial: Initial | pl.DataFrame | None = None,
    *,
    end: date | None = None,
    most: int | None = None,
    near: int | None = None,
    **options: Unpack[StaffOptions],
) -> MinimumStaff:
    """Find the smallest team, in whole FTE, that reaches a target with a given chance.

    The size is FTE in post on `from_date`; changes that the pathway or the scenario plan for
    later come on top. A smaller team than today's is an answer, too.

    Args:
        pathway: The pathway.
        demand: Demand by flow; None: what the pathway's file says.
        initial: Waiting list and open work (see `simulate`).
        end: How far to look for the earliest date where the target cannot be reached in time;
            None: two years further, or as far as the demand goes.
        most: Largest team to think of; None: ten times today's and fifty more.
        near: A size to look around first; None: today's. It changes no answer.
        **options: The settings of a `StaffQuestion`: `resource`, `target`, `start`,
            `probability`, …

    Raises:
        SpecificationError: A target, resource or setting that does not fit.
        DataError: Demand or waiting list that do not fit.
    """
    question = StaffQuestion(pathway, demand, initial, **options)
    return smallest_team(question, end=end, most=most, near=near)


def smallest_team(
    question: StaffQuestion,
    *,
    end: date | None = None,
    most: int | None = None,
    near: int | None = None,
) -> MinimumStaff:
    """The answer of `minimum_staff` to a question that is already put together."""
    check_most(most)
    search = Search(question, question.futures(), most)
    fte = search.fewest(near)
    best = search.most if fte is None else fte
    sure = search.smallest(
        lambda size: search.lower_end(size) >= question.probability, near=best, too_small=best - 1
    )
    mean_fte = search.fewest_on_average(near)
    looked, earliest = question.goal.by, None
    if fte is None:
        looked = _look_until(question.demand, question.goal, end)
        earliest = _earliest(search, looked)
    return MinimumStaff(
        goal=question.goal,
        resource=question.resource,
        probability=question.probability,
        in_post=search.in_post,
        fte=fte,
        chance=search.chance(best),
        sure_fte=sure,
        mean_fte=mean_fte,
        mean_chance=None if mean_fte is None else search.chance(mean_fte),
        earliest=earliest,
        most=search.most,
        looked_until=looked,
        hiring=question.hiring,
        evaluations=search.evaluations(),
        seed=question.seed,
        replications=question.replications,
        engine=search.futures.engine,
    )


@dataclass(eq=False)
class Search:
    """Sizes of a team that were simulated so far, on the same futures.

    Args:
        question: The team, its target and the chance wanted.
        futures: The question's futures, up to the target's day.
        asked_most: The largest team to think of; None: ten times today's and fifty more.
        keeps_records: Keep the whole record of each size (for its series), not only its ends.
        average_futures: Futures of the plan made with averages.
    """

    question: StaffQuestion
    futures: Futures
    asked_most: int | None = None
    keeps_records: bool = False
    average_futures: int = _AVERAGE_FUTURES
    found: dict[float, NDArray[np.int64]] = field(default_factory=dict)
    records: dict[float, Record] = field(default_factory=dict)
    averages: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.goal, self.hiring = self.question.goal, self.question.hiring
        self.in_post = self.futures.in_post(self.hiring.from_date)
        roomy = math.ceil(10 * self.in_post) + 50
        self.largest = roomy if self.asked_most is None else self.asked_most
        joined = self.hiring.most_by(self.goal.by)
        self.most = self.largest
        if math.isfinite(joined):
            self.most = min(self.largest, math.floor(self.in_post + joined))

    @cached_property
    def average(self) -> Futures:
        """The futures of a plan made with averages."""
        return expected(self.futures, self.average_futures)

    def changes(self, size: float) -> Changes:
        """The changes that make the team so large."""
        return self.hiring.join(size - self.in_post)

    def record(self, size: float) -> Record:
        """The whole record of a team."""
        if size not in self.records:
            self.records[size] = self.futures.record(self.changes(size))
        return self.records[size]

    def ends(self, size: float) -> NDArray[np.int64]:
        """Cases that the goal counts on its day in each future."""
        if size not in self.found:
            self.found[size] = (
                self.futures.counted(self.goal, self.record(size))[:, -1]
                if self.keeps_records
                else self.futures.ends(self.goal, [self.changes(size)])[0]
            )
        return self.found[size]

    def chance(self, size: float) -> Estimate:
        """The chance of a team."""
        ends = self.ends(size)
        return wilson(int((ends <= self.goal.at_most).sum()), ends.size)

    def lower_end(self, size: int) -> float:
        """Lower end of the one-sided 95% interval of its chance."""
        chance = self.chance(size)
        return wilson(round(chance.share * chance.futures), chance.futures, _ONE_SIDED_95).low

    def enough(self, size: int) -> bool:
        """Whether the team has the chance that is wanted."""
        return self.chance(size).share >= self.question.probability

    def enough_on_average(self, size: int) -> bool:
        """Whether the team reaches the target on average."""
        if size not in self.averages:
            ends = self.average.ends(self.goal, [self.changes(size)])
            self.averages[size] = float(ends.mean())
        return self.averages[size] <= self.goal.at_most

    def fewest(self, near: int | None = None) -> int | None:
        """The smallest team with the chance that is wanted; None: none has it."""
        return self.smallest(self.enough, near=near)

    def fewest_on_average(self, near: int | None = None) -> int | None:
        """The smallest team that is enough in a plan made with averages; None: none is."""
        return self.smallest(self.enough_on_average, near=near)

    def smallest(
        self, enough: Callable[[int], bool], *, near: int | None = None, too_small: int = -1
    ) -> int | None:
        """The smallest size that is enough.

        Args:
            enough: Turns from no to yes as the size rises.
            near: Looked at first; None: today's team.
            too_small: A size known to be too small.
        """
        first = math.ceil(self.in_post) if near is None else near
        return smallest_enough(enough, near=first, too_small=too_small, most=self.most)

    def evaluations(self) -> pl.DataFrame:
        """What was simulated, in the order of the search."""
        rows = []
        for size, ends in self.found.items():
            each = self.chance(size)
            rows.append((size, each.share, each.low, each.high, float(ends.mean())))
        names = ("chance", "lo-95", "hi-95", "mean")
        schema = {"fte": pl.Int64} | dict.fromkeys(names, pl.Float64)
        return pl.DataFrame(rows, schema=schema, orient="row")


def smallest_enough(
    enough: Callable[[int], bool], *, near: int, too_small: int, most: int
) -> int | None:
    """The smallest whole number that is enough; None: none is.

    Steps from `near` double in the direction of the answer, then halves close in on it.

    Args:
        enough: Turns from no to yes as the number rises.
        near: Tried first.
        too_small: A number known to be too small.
        most: The largest number tried.
    """
    low, high = too_small, most + 1
    at, step = min(max(near, too_small + 1), most), 1
    while high - low > 1 and low < at < high:
        if enough(at):
            high, at = at, at - step
        else:
            low, at = at, at + step
        step *= 2
        if low > too_small and high <= most:
            break
        at = min(max(at, low + 1), high - 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return None if high > most else high


def _look_until(demand: Demand | None, goal: Goal, end: date | None) -> date:
    """The last day on which an earliest date is looked for."""
    last = goal.by + timedelta(days=_LOOK_FURTHER_DAYS) if end is None else end
    if demand is not None:
        last = last_day_of(demand, last)
    return max(last, goal.by)


def _earliest(search: Search, last: date) -> date | None:
    """The first week's end after the target's day when the largest team has the chance."""
    goal = search.goal
    if last == goal.by:
        return None
    later = search.question.futures(last, "1w")
    counts = later.counts(goal, [search.changes(search.largest)])[0]
    reached = (counts <= goal.at_most).mean(axis=0)
    wanted = search.question.probability
    return next(
        (
            day
            for day, share in zip(later.calendar.period_ends(), reached, strict=True)
            if day > goal.by and share >= wanted
        ),
        None,
    )
