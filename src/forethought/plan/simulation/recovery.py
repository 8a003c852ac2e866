"""Ways to work a list off: how many extra staff for how many weeks, at what cost, and then what.

For each day by which the target may be met (a horizon), each number of weeks gets the smallest
whole number of extra FTE that reaches the target with the chance wanted: together they are the
curve of equal chance. Beside it stand permanent posts that do the same, and the team that holds
the target once it is reached.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import Problem, SpecificationError
from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.futures import Changes, Estimate, Futures, last_day_of, wilson
from forethought.plan.simulation.goals import Goal
from forethought.plan.simulation.initial import Initial
from forethought.plan.simulation.minimum_staff import smallest_enough
from forethought.plan.simulation.money import staff_cost
from forethought.plan.simulation.pathway import Change, Pathway
from forethought.plan.simulation.staff_question import (
    StaffOptions,
    StaffQuestion,
    check_most,
    whole_signature,
)
from forethought.results.words import chance as chance_words
from forethought.results.words import day_words, pounds

HIRING_LAG_DAYS = 90
WEEKS = (13, 26, 39)
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
        frame: `by` (the horizon: the day on which the target is met), `kind` (`agency` or
            `permanent`), `weeks` (of work until the block ends, or until `hold_until` for
            permanent posts), `extra_fte` (whole; null: no number reaches it), `chance`, `lo-95`,
            `hi-95`, `fte_weeks`, `gbp` (until `hold_until`; null without a price).
        run_rate_fte: Smallest whole FTE from the day after the horizon's on (all in post, no
            extras) that holds the target on `hold_until` with the same chance, after the
            cheapest combination; None: no size does, or the demand ends on that day.
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
        goal = replace(self.goal, by=found["by"])
        chance = chance_words(found["chance"])
        return f"{what}{price} give a chance of {chance} of {goal.words()}.{after}"

    def _repr_html_(self) -> str:
        return f"<p>{self.headline()}</p>{self.frame._repr_html_()}"


def best_of(frame: pl.DataFrame) -> dict[str, Any] | None:
    """The cheapest combination (the fewest FTE-weeks without prices) of those that reach it."""
    some = frame.filter(pl.col("extra_fte").is_not_null())
    if some.height == 0:
        return None
    by = "gbp" if some["gbp"].null_count() == 0 else "fte_weeks"
    return some.sort(by, "extra_fte").row(0, named=True)


@whole_signature(hiring_lag_days=HIRING_LAG_DAYS)
def recovery(  # noqa: PLR0913  what is asked besides the question itself
    pathway: Pathway,
    demand: Demand | None = None,
    initial: Initial | pl.DataFrame | None = None,
    *,
    weeks: Sequence[int] | None = WEEKS,
    horizons: Sequence[date] = (),
    agency_lag_days: int = 0,
    agency_cost_per_year_gbp: float | None = None,
    most: int = 200,
    hold_until: date | None = None,
    **options: Unpack[StaffOptions],
) -> Recovery:
    """Find the combinations of extra FTE and weeks that reach a target with a given chance.

    Args:
        pathway: The pathway.
        demand: Demand by flow; None: what the pathway's file says.
        initial: Waiting list and open work (see `simulate`).
        weeks: Weeks that an agency's team may stay; those that end after a horizon are left out.
            None: it stays until the horizon.
        horizons: Days by which the target may be met, each answered and priced; none: its own.
        agency_lag_days: Days until an agency's team starts.
        agency_cost_per_year_gbp: Cost of an agency's FTE for a year; None: not known.
        most: Most extra FTE to think of.
        hold_until: Up to when permanent posts are paid and the target is held; None: half a year
            after the last horizon, or as far as the demand goes.
        **options: The settings of a `StaffQuestion`: `resource`, `target`, `start`,
            `probability`, …; `hiring_lag_days` (90 unless told) is that of permanent staff.

    Raises:
        SpecificationError: A target, resource or setting that does not fit.
        DataError: Demand or waiting list that do not fit.
    """
    options.setdefault("hiring_lag_days", HIRING_LAG_DAYS)
    return ways_to_recover(
        StaffQuestion(pathway, demand, initial, **options),
        weeks=weeks,
        horizons=horizons,
        agency_lag_days=agency_lag_days,
        agency_cost_per_year_gbp=agency_cost_per_year_gbp,
        most=most,
        hold_until=hold_until,
    )


def ways_to_recover(
    question: StaffQuestion,
    *,
    weeks: Sequence[int] | None = WEEKS,
    horizons: Sequence[date] = (),
    agency_lag_days: int = 0,
    agency_cost_per_year_gbp: float | None = None,
    most: int = 200,
    hold_until: date | None = None,
) -> Recovery:
    """The answer of `recovery` to a question that is already put together."""
    check_most(most)
    days = _horizons(question, horizons)
    held = _held_until(question.demand, days[-1], hold_until)
    starts = question.decided_on + timedelta(days=agency_lag_days)
    agency = _Agency(starts, question.ramp_days, agency_cost_per_year_gbp)
    ways: list[_Way] = []
    for day in days:
        ends = _ends_of_blocks(weeks, agency.starts_on, day)
        ways += _ways(question, day, agency, ends, most, held, ways)
    frame = pl.DataFrame([way.row for way in ways], schema=_SCHEMA, orient="row")
    best = best_of(frame)
    run_rate: tuple[int | None, Estimate | None] = (None, None)
    if best is not None and held > best["by"]:
        plan = next(way.plan for way in ways if way.row[:4] == tuple(best.values())[:4])
        run_rate = _run_rate(question, best["by"], held, plan, most)
    futures = question.futures()
    return Recovery(
        goal=question.goal,
        resource=question.resource,
        probability=question.probability,
        in_post=futures.in_post(question.decided_on),
        frame=frame,
        run_rate_fte=run_rate[0],
        run_rate_chance=run_rate[1],
        hold_until=held,
        seed=question.seed,
        replications=question.replications,
        engine=futures.engine,
    )


_SCHEMA = {
    "by": pl.Date, "kind": pl.String, "weeks": pl.Float64, "extra_fte": pl.Int64,
    "chance": pl.Float64, "lo-95": pl.Float64, "hi-95": pl.Float64, "fte_weeks": pl.Float64,
    "gbp": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class _Agency:
    starts_on: date
    ramp_days: int
    cost_per_year_gbp: float | None

    def block(self, extra: int, ends: date) -> Changes:
        """An agency's team until a day."""
        if extra == 0:
            return ()
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

    @property
    def extra(self) -> int | None:
        """Extra FTE; None where no number is enough."""
        found = self.row[3]
        return found if isinstance(found, int) else None


def _ways(
    question: StaffQuestion,
    day: date,
    agency: _Agency,
    ends: Sequence[date],
    most: int,
    held: date,
    before: Sequence[_Way],
) -> list[_Way]:
    """All ways to meet the target by a day; those of an earlier day say where to start looking."""
    futures = question.futures(day)
    curve = _Curve(futures, replace(question.goal, by=day), question.probability)
    near = next((way.extra for way in reversed(before) if way.extra is not None), 0)
    found = []
    for end in ends:
        way = curve.way("agency", partial(agency.block, ends=end), most, held, near)
        near = near if way.extra is None else way.extra
        found.append(way)
    room = question.hiring.most_by(day)
    posts = min(most, math.floor(room)) if math.isfinite(room) else most
    price = futures.pool.cost_per_year_gbp or None
    join = question.hiring.join
    found.append(curve.way("permanent", lambda n: priced(join(n), price), posts, held, near))
    return found


@dataclass(frozen=True)
class _Curve:
    """The smallest number of extra FTE of a kind that reaches the target by a day."""

    futures: Futures
    goal: Goal
    probability: float
    seen: dict[bytes, Estimate] = field(default_factory=dict)

    def chance(self, plan: Changes) -> Estimate:
        """The chance of a plan; plans that staff every day alike are simulated once."""
        key = self.futures.servers(plan).tobytes()
        if key not in self.seen:
            self.seen[key] = _reached(self.futures.ends(self.goal, [plan])[0], self.goal)
        return self.seen[key]

    def way(
        self, kind: str, plan_of: Callable[[int], Changes], most: int, held: date, near: int
    ) -> _Way:
        """The smallest plan of a kind, its chance and cost."""
        extra = smallest_enough(
            lambda n: self.chance(plan_of(n)).share >= self.probability,
            near=near, too_small=-1, most=most,
        )  # fmt: skip
        plan = plan_of(most if extra is None else extra)
        chance = self.chance(plan)
        weeks = max((_weeks_of(each, held) for each in plan), default=0.0)
        spent = None if extra is None else fte_days(plan, held) / _WEEK
        gbp = None if extra is None else cost_of(plan, held)
        row = (
            self.goal.by, kind, weeks, extra, chance.share, chance.low, chance.high, spent, gbp,
        )  # fmt: skip
        return _Way(row, plan)


def _reached(ends: NDArray[np.int64], goal: Goal) -> Estimate:
    return wilson(int((ends <= goal.at_most).sum()), ends.size)


def _weeks_of(change: Change, held: date) -> float:
    return ((change.ends_on or held) - change.starts_on).days / _WEEK + 1 / _WEEK


def fte_days(plan: Changes, until: date) -> float:
    """Days of FTE that are paid for up to a day (ramps are paid in full)."""
    total = 0.0
    for each in plan:
        last = until if each.ends_on is None else each.ends_on
        total += each.add * max((last - each.starts_on).days + 1, 0)
    return total


def cost_of(plan: Changes, until: date) -> float | None:
    """What a plan costs up to a day (ramps are paid in full); None where a price is not known."""
    total = 0.0
    for each in plan:
        if each.cost_per_year_gbp is None:
            return None
        last = until if each.ends_on is None else each.ends_on
        total += staff_cost(each.add, each.cost_per_year_gbp, each.starts_on, last)
    return total


def _horizons(question: StaffQuestion, horizons: Sequence[date]) -> list[date]:
    """The days by which the target may be met, in order.

    Raises:
        SpecificationError: A day before the first simulated one.
    """
    days = sorted(set(horizons)) or [question.goal.by]
    early = [
        Problem(
            f"{day} lies before the first simulated day.", "horizons", f"From {question.start}."
        )
        for day in days
        if day < question.start
    ]
    if early:
        raise SpecificationError("A target cannot be met so early.", problems=early)
    return days


def _ends_of_blocks(weeks: Sequence[int] | None, starts: date, by: date) -> list[date]:
    """Last days of an agency's stay that lie by the horizon, in order.

    Raises:
        SpecificationError: A number of weeks below 1.
    """
    if weeks is None:
        return [by] if starts <= by else []
    wrong = [Problem(f"{n} weeks is no time.", "weeks", "Give 1 or more.") for n in weeks if n < 1]
    if wrong:
        raise SpecificationError("The weeks of extra staff are not right.", problems=wrong)
    ends = [starts + timedelta(days=_WEEK * n - 1) for n in sorted(set(weeks))]
    return [end for end in ends if end <= by]


def _held_until(demand: Demand | None, last: date, hold_until: date | None) -> date:
    held = last + timedelta(days=_HOLD_DAYS) if hold_until is None else hold_until
    if held < last:
        raise SpecificationError(
            f"The target of {last} cannot be held until {held}.", where="hold_until"
        )
    return max(last, held if demand is None else last_day_of(demand, held))


def _run_rate(
    question: StaffQuestion, by: date, held: date, plan: Changes, most: int
) -> tuple[int | None, Estimate | None]:
    """The smallest team from the day after a horizon on that holds the target, its chance."""
    after = by + timedelta(days=1)
    until = tuple(replace(each, ends_on=min(each.ends_on or by, by)) for each in plan)
    futures = question.futures(held)
    goal = replace(question.goal, by=held)
    in_post = futures.in_post(after)
    found: dict[int, Estimate] = {}

    def enough(size: int) -> bool:
        found[size] = _reached(
            futures.ends(goal, [(*until, Change(size - in_post, after))])[0], goal
        )
        return found[size].share >= question.probability

    now = math.ceil(in_post)
    size = smallest_enough(enough, near=now, too_small=-1, most=now + most)
    return (None, None) if size is None else (size, found[size])
