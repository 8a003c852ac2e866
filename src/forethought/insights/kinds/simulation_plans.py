"""Plans of staff side by side on the same simulated futures: the heart of run and what-if alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.insights.kinds.simulation_part import part_of
from forethought.place.calendar import financial_year_start, month_end
from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.futures import Changes, Futures, expected, futures_of
from forethought.plan.simulation.goals import GoalMeasure
from forethought.plan.simulation.hiring import Hiring
from forethought.plan.simulation.initial import Initial
from forethought.plan.simulation.model import Record, capacity_by_day
from forethought.plan.simulation.money import days_of_year
from forethought.plan.simulation.pathway import Pathway, Scenario

TODAY, WHAT_IF, AVERAGE = "today", "what_if", "average"
PROBABILITY = 0.9
AVERAGE_FUTURES = 50
CHANCES = {"median": 0.5, "lo-50": 0.25, "hi-50": 0.75, "lo-80": 0.1, "hi-80": 0.9,
           "lo-95": 0.025, "hi-95": 0.975}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What a plan is asked for.

    Args:
        change_pct: Change of all demand, per cent.
        fewer_than: Fewer cases than this should wait.
        by: On which day.
        staff: Staff of the what-if; None: the fewest with a 9 in 10 chance.
    """

    change_pct: float
    fewer_than: int
    by: date
    staff: int | None = None


@dataclass(frozen=True, eq=False)
class Question:
    """The service as it stands and what may change in it.

    Args:
        pathway: As measured.
        demand: Demand paths.
        position: What is open on the day before `start`.
        stage: Whose list is to be brought down.
        resource: Whose number may change.
        start: First simulated day.
        change_on: Day from which other staff can work.
        seed: Seed.
        engine: Engine.
        scenario: What else is changed in all plans (a kept scenario's own changes).
    """

    pathway: Pathway
    demand: Demand
    position: Initial
    stage: str
    resource: str
    start: date
    change_on: date
    seed: int
    engine: str = "cohort"
    scenario: Scenario | None = None

    @cached_property
    def part(self) -> Pathway:
        """The part of the pathway that the list depends on."""
        return part_of(self.pathway, self.stage)

    @property
    def measure(self) -> GoalMeasure:
        """What the list is: all that is not closed, the elapsed time after the work included."""
        return "open" if self.pathway.stage(self.stage).delay else "waiting"

    @property
    def staff_now(self) -> float:
        """Staff on the day of the change as planned today."""
        pool = self.pathway.resource(self.resource)
        return float(capacity_by_day(pool, pool.changes, [self.change_on])[0])

    def futures(self, change_pct: float, until: date, every: str, replications: int) -> Futures:
        """Simulated futures up to a day, with a change of all demand."""
        part = self.part
        flows = [each.flow for stage in part.stages for each in stage.arrivals]
        names = [stage.name for stage in part.stages]
        made = futures_of(
            part,
            replace(self.demand, frame=self.demand.frame.filter(pl.col("flow").is_in(flows))),
            Initial(self.position.frame.filter(pl.col("stage").is_in(names))),
            resource=self.resource,
            start=self.start,
            end=until,
            scenario=self.scenario,
            seed=self.seed,
            replications=replications,
            engine=self.engine,
            every=every,
        )
        return made if not change_pct else made.with_demand(1 + change_pct / 100)

    def changes(self, staff: float) -> Changes:
        """The changes that make so many staff from the day on."""
        return Hiring(self.change_on).join(staff - self.staff_now)

    def extra_gbp(self, staff: float, until: date) -> float:
        """What more (or fewer) staff cost from the day of the change until a day."""
        price = self.pathway.resource(self.resource).cost_per_year_gbp
        years = 0.0
        for year in range(self.change_on.year - 1, until.year + 1):
            first = max(financial_year_start(year), self.change_on)
            last = min(financial_year_start(year + 1), date.fromordinal(until.toordinal() + 1))
            years += max((last - first).days, 0) / days_of_year(year)
        return (staff - self.staff_now) * price * years


@dataclass(frozen=True, eq=False)
class Plans:
    """Plans compared.

    Args:
        plans: A row a plan: `plan` (today, what_if, average), `staff`, `chance`, `waiting`,
            `waiting_lo`, `waiting_hi`, `half_days`, `half_lo`, `half_hi`, `extra_gbp`.
        series: `plan`, `measure`, `ds` (end of the period), `median`, `lo-50` … `hi-95`.
        fewest: Fewest staff with a 9 in 10 chance; None where no number of staff has it.
        average: Fewest staff that are enough on average; None where none are.
        most: Largest number of staff looked at.
        futures: Simulated futures.
    """

    plans: pl.DataFrame
    series: pl.DataFrame
    fewest: int | None
    average: int | None
    most: int
    futures: int


def compare_plans(
    question: Question,
    asked: Asked,
    *,
    every: str,
    replications: int,
    most: int,
    known: tuple[int | None, int | None] | None = None,
    near: int | None = None,
    near_average: int | None = None,
) -> Plans:
    """Today's plan, the what-if, and the plan that is enough on average, on the same futures.

    Args:
        question: The service.
        asked: Target, change of demand, staff.
        every: Period of the series.
        replications: Simulated futures.
        most: Largest number of staff to think of.
        known: Fewest staff and staff enough on average, where they were found before.
        near: Staff to look around first for a 9 in 10 chance; None: today's.
        near_average: The same for what is enough on average.
    """
    futures = question.futures(asked.change_pct, asked.by, every, replications)
    size = Sizes(question, futures, asked.fewer_than, most)
    if known is None:
        now = round(question.staff_now)
        known = (
            size.fewest(now if near is None else near),
            size.enough_on_average(now if near_average is None else near_average),
        )
    fewest, average = known
    chosen = asked.staff if asked.staff is not None else fewest if fewest is not None else most
    staff = {TODAY: question.staff_now, WHAT_IF: float(chosen)}
    if average is not None:
        staff[AVERAGE] = float(average)
    records = {plan: size.record(each) for plan, each in staff.items()}
    queues = queues_of(question.part, question.stage)
    days = futures.calendar.period_ends()
    return Plans(
        pl.DataFrame(
            [_row(question, asked, plan, staff[plan], record) for plan, record in records.items()],
            infer_schema_length=None,
        ),
        pl.concat(_series(plan, record, queues, days) for plan, record in records.items()),
        fewest,
        average,
        most,
        replications,
    )


def _row(
    question: Question, asked: Asked, plan: str, staff: float, record: Record
) -> dict[str, Any]:
    queues = queues_of(question.part, question.stage)
    ends = not_closed(record, queues)[:, -1]
    low, middle, high = np.quantile(ends, (0.1, 0.5, 0.9))
    half, half_lo, half_hi = half_waited(record, queues)
    return {
        "plan": plan,
        "staff": staff,
        "chance": float((ends < asked.fewer_than).mean()),
        "waiting": float(middle),
        "waiting_lo": float(low),
        "waiting_hi": float(high),
        "half_days": half,
        "half_lo": half_lo,
        "half_hi": half_hi,
        "extra_gbp": question.extra_gbp(staff, asked.by),
    }


@dataclass(eq=False)
class Sizes:
    """Numbers of staff that were simulated so far, all on the same futures.

    Args:
        question: The service.
        futures: Its futures up to the target's day.
        fewer_than: The target.
        most: Largest number of staff to think of.
    """

    question: Question
    futures: Futures
    fewer_than: int
    most: int
    records: dict[float, Record] = field(default_factory=dict)

    def record(self, staff: float) -> Record:
        """The record of a number of staff."""
        if staff not in self.records:
            self.records[staff] = self.futures.record(self.question.changes(staff))
        return self.records[staff]

    def fewest(self, near: int) -> int | None:
        """Fewest staff with a 9 in 10 chance, looked for from a number that is near."""
        queues = queues_of(self.question.part, self.question.stage)

        def enough(staff: int) -> bool:
            ends = not_closed(self.record(float(staff)), queues)[:, -1]
            return float((ends < self.fewer_than).mean()) >= PROBABILITY

        return smallest_from(enough, near, self.most)

    def enough_on_average(self, near: int) -> int | None:
        """Fewest staff that reach the target in a plan made with averages."""
        average = expected(self.futures, AVERAGE_FUTURES)
        queues = queues_of(self.question.part, self.question.stage)

        def enough(staff: int) -> bool:
            record = average.record(self.question.changes(float(staff)))
            return float(not_closed(record, queues)[:, -1].mean()) < self.fewer_than

        return smallest_from(enough, near, self.most)


def smallest_from(enough: Callable[[int], bool], near: int, most: int) -> int | None:
    """The smallest whole number from 0 to `most` that is enough; None where none is.

    Steps from `near` double in the direction of the answer, then halves close in on it.

    Args:
        enough: Turns from no to yes as the number rises.
        near: Where to start.
        most: The largest number.
    """
    low, high = -1, most + 1
    at, step = min(max(near, 0), most), 1
    while high - low > 1 and low < at < high:
        if enough(at):
            high, at = at, at - step
        else:
            low, at = at, at + step
        found_both = low >= 0 and high <= most
        step *= 2
        if found_both:
            break
        at = min(max(at, low + 1), high - 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return None if high > most else high


def _series(plan: str, record: Record, queues: list[int], ends: Sequence[date]) -> pl.DataFrame:
    parts = []
    for measure in ("incoming", "closed", "waiting"):
        values = (
            not_closed(record, queues)
            if measure == "waiting"
            else getattr(record, measure)[:, :, queues].sum(axis=2, dtype=np.int64)
        )
        bands = np.quantile(values, list(CHANCES.values()), axis=0)
        parts.append(
            pl.DataFrame({"ds": list(ends), **dict(zip(CHANCES, bands, strict=True))}).select(
                pl.lit(plan).alias("plan"), pl.lit(measure).alias("measure"), "*"
            )
        )
    return pl.concat(parts)


def not_closed(record: Record, queues: list[int]) -> NDArray[np.int64]:
    """Cases waiting or in progress, (R, T)."""
    found = record.waiting[:, :, queues] + record.working[:, :, queues]
    return np.asarray(found.sum(axis=2, dtype=np.int64))


def half_waited(
    record: Record, queues: list[int]
) -> tuple[float | None, float | None, float | None]:
    """Days that half of those who started waited at most: the median future, and 8 in 10 of all.

    Each future's figure is the mean of its classes' middles, weighted by those who started.
    """
    ends = record.half_waited[:, queues]
    weights = np.where(np.isnan(ends), 0, record.started[:, :, queues].sum(axis=1))
    total = weights.sum(axis=1)
    some = total > 0
    if not some.any():
        return None, None, None
    each = (np.nan_to_num(ends) * weights).sum(axis=1)[some] / total[some]
    low, middle, high = np.quantile(each, (0.1, 0.5, 0.9))
    return float(middle), float(low), float(high)


def queues_of(pathway: Pathway, stage: str) -> list[int]:
    """Columns of a record that belong to a stage."""
    width = len(pathway.classes)
    first = [each.name for each in pathway.stages].index(stage) * width
    return list(range(first, first + width))


def quarter_ends(start: date, end: date) -> list[date]:
    """Ends of quarters of the financial year between two days."""
    found = []
    for year in range(start.year, end.year + 1):
        found += [month_end(date(year, month, 1)) for month in (3, 6, 9, 12)]
    return [day for day in found if start <= day <= end]


def chance_below(points: Sequence[float], fewer_than: int) -> float:
    """Share of futures below a number, from their quantiles at 0, 1, …, 100 per cent."""
    ends = np.asarray(points)
    share = np.arange(ends.size) / (ends.size - 1)
    wanted = fewer_than - 0.5
    if wanted < ends[0]:
        return 0.0
    if wanted >= ends[-1]:
        return 1.0
    after = int(np.searchsorted(ends, wanted, side="right"))
    before, width = ends[after - 1], ends[after] - ends[after - 1]
    part = (wanted - before) / width if width > 0 else 0.0
    return float(share[after - 1] + part / (ends.size - 1))
