"""Ways to work a list off: how many extra staff for how many weeks, at what cost, and then what.

Each number of weeks gets the smallest whole number of extra FTE that reaches the target with the
chance wanted: together they are the curve of equal chance. Beside it stand permanent posts that
do the same, and the team that holds the target once it is reached.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import polars as pl

from forethought.errors import Problem, SpecificationError
from forethought.plan.simulation.demand import DAYS_IN_YEAR, Demand
from forethought.plan.simulation.futures import (
    Changes,
    Estimate,
    Futures,
    futures_of,
    last_day_of,
    wilson,
)
from forethought.plan.simulation.goals import Goal, checked_goal
from forethought.plan.simulation.hiring import Hiring
from forethought.plan.simulation.initial import Initial, checked_initial
from forethought.plan.simulation.minimum_staff import check_chance, smallest_enough
from forethought.plan.simulation.model import Floats
from forethought.plan.simulation.pathway import Change, Pathway, Scenario
from forethought.plan.simulation.simulate import Engine
from forethought.results.words import chance as chance_words
from forethought.results.words import day_words, pounds

_HOLD_DAYS = 182
_WEEK = 7


@dataclass(frozen=True, eq=False)
class Recovery:
    """Combinations of extra staff and weeks that reach a target, their cost, and the team after.

    Args:
        goal: The target.
        resource: The team.
        probability: The chance that each combination has at least.
        in_post: FTE in post on the day of the decision.
        frame: `kind` (`agency` or `permanent`), `weeks` (of work until the block ends, or until
            `hold_until` for permanent posts), `extra_fte` (whole; null: no number reaches it),
            `chance`, `lo-95`, `hi-95`, `fte_weeks`, `gbp` (until `hold_until`; null without a
            price).
        run_rate_fte: Smallest whole FTE from the day after the target's on (all in post, no
            extras) that holds the target on `hold_until` with the same chance, after the
            cheapest combination; None: no size does, or the demand ends on the target's day.
        run_rate_chance: Its chance.
        hold_until: The day up to which costs are counted and the target is held.
        seed: Seed of all random numbers.
        replications: Simulated futures.
        engine: Which engine ran.
    """

    goal: Goal
    resource: str
    probability: float
    in_post: float
    frame: pl.DataFrame
    run_rate_fte: int | None
    run_rate_chance: Estimate | None
    hold_until: date
    seed: int
    replications: int
    engine: str

    def headline(self) -> str:
        """The answer in one sentence."""
        found = best_of(self.frame)
        if found is None:
            return (
                f"No combination reaches {self.goal.words()} with a chance of "
                f"{chance_words(self.probability)}."
            )
        price = "" if found["gbp"] is None else f" for {pounds(found['gbp'])}"
        what = (
            f"{found['extra_fte']} more FTE for {found['weeks']:.0f} weeks"
            if found["kind"] == "agency"
            else f"{found['extra_fte']} more permanent FTE"
        )
        after = (
            ""
            if self.run_rate_fte is None
            else f" Then {self.run_rate_fte} FTE hold it until {day_words(self.hold_until)}."
        )
        return (
            f"{what}{price} give a chance of {chance_words(found['chance'])} of "
            f"{self.goal.words()}.{after}"
        )

    def _repr_html_(self) -> str:
        return f"<p>{self.headline()}</p>{self.frame._repr_html_()}"


def best_of(frame: pl.DataFrame) -> dict[str, Any] | None:
    """The cheapest combination (the fewest FTE-weeks without prices) of those that reach it."""
    some = frame.filter(pl.col("extra_fte").is_not_null())
    if some.height == 0:
        return None
    by = "gbp" if some["gbp"].null_count() == 0 else "fte_weeks"
    return some.sort(by, "extra_fte").row(0, named=True)


def recovery(  # noqa: PLR0913  all that the answer depends on
    pathway: Pathway,
    demand: Demand | None = None,
    initial: Initial | pl.DataFrame | None = None,
    *,
    resource: str,
    target: Goal | str,
    start: date,
    probability: float = 0.9,
    weeks: Sequence[int] = (13, 26, 39),
    from_date: date | None = None,
    agency_lag_days: int = 0,
    agency_cost_per_year_gbp: float | None = None,
    hiring_lag_days: int = 90,
    most_joining_per_month: int | None = None,
    ramp_days: int = 0,
    most: int = 200,
    hold_until: date | None = None,
    scenario: Scenario | None = None,
    replications: int = 1000,
    seed: int = 0,
    engine: Engine = "auto",
    effort_factor: Floats | None = None,
    workers: int | None = None,
) -> Recovery:
    """Find the combinations of extra FTE and weeks that reach a target with a given chance.

    Args:
        pathway: The pathway.
        demand: Demand by flow; None: what the pathway's file says.
        initial: Waiting list and open work (see `simulate`).
        resource: The team.
        target: A `Goal`, or words: `waiting <= 60 by 2027-03-31 at assessment`.
        start: First simulated day.
        probability: The chance wanted, 0-1.
        weeks: Weeks that an agency's team may stay; those that end after the target's day are
            left out.
        from_date: Day on which the decision takes effect; None: `start`.
        agency_lag_days: Days until an agency's team starts.
        agency_cost_per_year_gbp: Cost of an agency's FTE for a year; None: not known.
        hiring_lag_days: Days until the first permanent staff start.
        most_joining_per_month: Most permanent staff that can join in a month.
        ramp_days: Days in which a newcomer (of both kinds) grows into full work.
        most: Most extra FTE to think of.
        hold_until: Up to when permanent posts are paid and the target is held; None: half a year
            after the target's day, or as far as the demand goes.
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
    held = _held_until(demand, goal, hold_until)
    position = checked_initial(pathway, initial)

    def until(day: date) -> Futures:
        return futures_of(
            pathway, demand, position, resource=resource, start=start, end=day, scenario=scenario,
            seed=seed, replications=replications, engine=engine, effort_factor=effort_factor,
            workers=workers,
        )  # fmt: skip

    futures = until(goal.by)
    curve = _Curve(futures, goal, probability)
    agency = _Agency(first + timedelta(days=agency_lag_days), ramp_days, agency_cost_per_year_gbp)
    lengths = _lengths(weeks, agency.starts_on, goal)
    ways = [curve.way("agency", partial(agency.block, weeks=w), most, held) for w in lengths]
    room = hiring.most_by(goal.by)
    posts = min(most, math.floor(room)) if math.isfinite(room) else most
    price = futures.pool.cost_per_year_gbp or None
    ways.append(curve.way("permanent", lambda n: priced(hiring.join(n), price), posts, held))
    frame = pl.DataFrame([way.row for way in ways], schema=_SCHEMA, orient="row")
    best = best_of(frame)
    run_rate: tuple[int | None, Estimate | None] = (None, None)
    if best is not None and held > goal.by:
        plan = next(way.plan for way in ways if way.row[:3] == tuple(best.values())[:3])
        run_rate = _run_rate(until(held), goal, plan, probability, most)
    return Recovery(
        goal=goal,
        resource=resource,
        probability=probability,
        in_post=futures.in_post(first),
        frame=frame,
        run_rate_fte=run_rate[0],
        run_rate_chance=run_rate[1],
        hold_until=held,
        seed=seed,
        replications=replications,
        engine=futures.engine,
    )


_SCHEMA = {
    "kind": pl.String, "weeks": pl.Float64, "extra_fte": pl.Int64, "chance": pl.Float64,
    "lo-95": pl.Float64, "hi-95": pl.Float64, "fte_weeks": pl.Float64, "gbp": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class _Agency:
    starts_on: date
    ramp_days: int
    cost_per_year_gbp: float | None

    def block(self, extra: int, weeks: int) -> Changes:
        """An agency's team for so many weeks."""
        if extra == 0:
            return ()
        ends = self.starts_on + timedelta(days=_WEEK * weeks - 1)
        return (
            Change(
                extra, self.starts_on, ends, ramp_days=self.ramp_days,
                cost_per_year_gbp=self.cost_per_year_gbp, why="agency",
            ),
        )  # fmt: skip


def priced(changes: Changes, cost_per_year_gbp: float | None) -> Changes:
    """Changes with a price of their own."""
    return tuple(replace(each, cost_per_year_gbp=cost_per_year_gbp) for each in changes)


@dataclass(frozen=True)
class _Way:
    row: tuple[object, ...]
    plan: Changes


@dataclass(frozen=True)
class _Curve:
    """The smallest number of extra FTE of a kind that reaches the target."""

    futures: Futures
    goal: Goal
    probability: float

    def chance(self, plan: Changes) -> Estimate:
        """The chance of a plan."""
        ends = self.futures.ends(self.goal, [plan])[0]
        return wilson(int((ends <= self.goal.at_most).sum()), ends.size)

    def way(self, kind: str, plan_of: Callable[[int], Changes], most: int, held: date) -> _Way:
        """The smallest plan of a kind, its chance and cost."""
        found: dict[int, Estimate] = {}

        def enough(extra: int) -> bool:
            found[extra] = self.chance(plan_of(extra))
            return found[extra].share >= self.probability

        extra = smallest_enough(enough, first=0, too_small=-1, most=most)
        tried = most if extra is None else extra
        plan, chance = plan_of(tried), found[tried]
        paid = fte_days(plan, held)
        weeks = max((_weeks_of(each, held) for each in plan), default=0.0)
        price = plan[0].cost_per_year_gbp if plan else 0.0
        gbp = None if price is None else paid / DAYS_IN_YEAR * price
        if extra is None:
            gbp = None
        spent = None if extra is None else paid / _WEEK
        row = (kind, weeks, extra, chance.share, chance.low, chance.high, spent, gbp)
        return _Way(row, plan)


def _weeks_of(change: Change, held: date) -> float:
    return ((change.ends_on or held) - change.starts_on).days / _WEEK + 1 / _WEEK


def fte_days(plan: Changes, until: date) -> float:
    """Days of FTE that are paid for up to a day (ramps are paid in full)."""
    total = 0.0
    for each in plan:
        last = until if each.ends_on is None else each.ends_on
        total += each.add * max((last - each.starts_on).days + 1, 0)
    return total


def _lengths(weeks: Sequence[int], starts: date, goal: Goal) -> list[int]:
    """The weeks that end by the target's day.

    Raises:
        SpecificationError: A number of weeks below 1.
    """
    wrong = [Problem(f"{n} weeks is no time.", "weeks", "Give 1 or more.") for n in weeks if n < 1]
    if wrong:
        raise SpecificationError("The weeks of extra staff are not right.", problems=wrong)
    return [n for n in sorted(set(weeks)) if starts + timedelta(days=_WEEK * n - 1) <= goal.by]


def _held_until(demand: Demand | None, goal: Goal, hold_until: date | None) -> date:
    last = goal.by + timedelta(days=_HOLD_DAYS) if hold_until is None else hold_until
    if last < goal.by:
        raise SpecificationError(
            f"The target of {goal.by} cannot be held until {last}.", where="hold_until"
        )
    return max(goal.by, last if demand is None else last_day_of(demand, last))


def _run_rate(
    futures: Futures, goal: Goal, plan: Changes, probability: float, most: int
) -> tuple[int | None, Estimate | None]:
    """The smallest team from the day after the target's on that holds the target, its chance."""
    after = goal.by + timedelta(days=1)
    until = tuple(replace(each, ends_on=min(each.ends_on or goal.by, goal.by)) for each in plan)
    in_post = futures.in_post(after)
    found: dict[int, Estimate] = {}

    def enough(size: int) -> bool:
        ends = futures.ends(goal, [(*until, Change(size - in_post, after))])[0]
        found[size] = wilson(int((ends <= goal.at_most).sum()), ends.size)
        return found[size].share >= probability

    largest = math.ceil(in_post) + most
    size = smallest_enough(enough, first=math.ceil(in_post), too_small=-1, most=largest)
    return (None, None) if size is None else (size, found[size])
