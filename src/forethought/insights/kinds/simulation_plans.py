"""Plans of staff side by side on the same simulated futures: the heart of run and what-if alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.insights.kinds.simulation_effort import effort_factor, no_effort
from forethought.insights.kinds.simulation_part import part_of
from forethought.place.calendar import month_end
from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.goals import Goal
from forethought.plan.simulation.initial import Initial
from forethought.plan.simulation.minimum_staff import Search
from forethought.plan.simulation.model import Record, capacity_by_day
from forethought.plan.simulation.money import staff_cost
from forethought.plan.simulation.pathway import DemandChange, Pathway, Scenario
from forethought.plan.simulation.simulate import Engine
from forethought.plan.simulation.staff_question import StaffQuestion

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
        effort: How well the effort of cases is known (`simulation_effort`).
    """

    pathway: Pathway
    demand: Demand
    position: Initial
    stage: str
    resource: str
    start: date
    change_on: date
    seed: int
    engine: Engine = "cohort"
    effort: pl.DataFrame = field(default_factory=no_effort)

    @cached_property
    def part(self) -> Pathway:
        """The part of the pathway that the list depends on."""
        return part_of(self.pathway, self.stage)

    @cached_property
    def part_demand(self) -> Demand:
        """Demand of the part."""
        flows = [each.flow for stage in self.part.stages for each in stage.arrivals]
        return replace(self.demand, frame=self.demand.frame.filter(pl.col("flow").is_in(flows)))

    @cached_property
    def part_position(self) -> Initial:
        """Open cases of the part."""
        names = [stage.name for stage in self.part.stages]
        return Initial(self.position.frame.filter(pl.col("stage").is_in(names)))

    @property
    def staff_now(self) -> float:
        """Staff on the day of the change as planned today."""
        pool = self.pathway.resource(self.resource)
        return float(capacity_by_day(pool, pool.changes, [self.change_on])[0])

    @property
    def price(self) -> float:
        """Cost of one of the staff for a year."""
        return self.pathway.resource(self.resource).cost_per_year_gbp

    def goal(self, asked: Asked) -> Goal:
        """The target; the list is all that is not closed, begun or not."""
        alike = self.engine == "cohort" and not self.pathway.stage(self.stage).delay
        return Goal(self.stage, asked.fewer_than - 1, asked.by, "waiting" if alike else "open")

    def staffing(self, asked: Asked, replications: int) -> StaffQuestion:
        """What is asked, as the library's questions of a team's size take it."""
        more = 1 + asked.change_pct / 100
        changed = tuple(DemandChange(flow, more) for flow in self.part_demand.flows)
        return StaffQuestion(
            pathway=self.part,
            demand=self.part_demand,
            initial=self.part_position,
            resource=self.resource,
            target=self.goal(asked),
            start=self.start,
            probability=PROBABILITY,
            from_date=self.change_on,
            scenario=Scenario("base", demand=changed if asked.change_pct else ()),
            replications=replications,
            seed=self.seed,
            engine=self.engine,
            effort_factor=effort_factor(
                self.effort, self.part, replications=replications, seed=self.seed
            ),
        )


@dataclass(frozen=True, eq=False)
class Plans:
    """Plans compared.

    Args:
        plans: A row a plan: `plan` (today, what_if, average), `staff`, `chance`, `waiting`,
            `waiting_lo`, `waiting_hi`, `half_days`, `half_lo`, `half_hi`, `extra_gbp`.
        series: `plan`, `measure`, `ds` (end of the period), `median`, `lo-50` … `hi-95`.
        fewest: Fewest staff with a 9 in 10 chance; None where no number of staff has it.
        average: Fewest staff that are enough on average; None where none are.
        otherwise: Staff that are shown where no number has the chance.
        futures: Simulated futures.
    """

    plans: pl.DataFrame
    series: pl.DataFrame
    fewest: int | None
    average: int | None
    otherwise: int
    futures: int


def compare_plans(
    question: Question,
    asked: Asked,
    *,
    every: str,
    replications: int,
    most: int,
    otherwise: int,
    known: tuple[int | None, int | None] | None = None,
    near: tuple[int | None, int | None] = (None, None),
) -> Plans:
    """Today's plan, the what-if, and the plan that is enough on average, on the same futures.

    Args:
        question: The service.
        asked: Target, change of demand, staff.
        every: Period of the series.
        replications: Simulated futures.
        most: Largest number of staff to think of.
        otherwise: Staff to show where none of them has a 9 in 10 chance and none was asked for.
        known: Fewest staff and staff enough on average, where they were found before.
        near: Staff to look around first for each of the two; None: today's.
    """
    asking = question.staffing(asked, replications)
    search = Search(
        asking,
        asking.futures(every=every),
        most,
        keeps_records=True,
        average_futures=AVERAGE_FUTURES,
    )
    fewest, average = known or (search.fewest(near[0]), search.fewest_on_average(near[1]))
    found = otherwise if fewest is None else fewest
    chosen = found if asked.staff is None else asked.staff
    staff = {TODAY: question.staff_now, WHAT_IF: float(chosen)}
    if average is not None:
        staff[AVERAGE] = float(average)
    queues = queues_of(question.part, question.stage)
    days = search.futures.calendar.period_ends()
    return Plans(
        pl.DataFrame(
            [_row(question, search, plan, size) for plan, size in staff.items()],
            infer_schema_length=None,
        ),
        pl.concat(_series(plan, search.record(size), queues, days) for plan, size in staff.items()),
        fewest,
        average,
        otherwise,
        replications,
    )


def _row(question: Question, search: Search, plan: str, staff: float) -> dict[str, Any]:
    low, middle, high = np.quantile(search.ends(staff), (0.1, 0.5, 0.9))
    half, half_lo, half_hi = half_waited(
        search.record(staff), queues_of(question.part, question.stage)
    )
    return {
        "plan": plan,
        "staff": staff,
        "chance": search.chance(staff).share,
        "waiting": float(middle),
        "waiting_lo": float(low),
        "waiting_hi": float(high),
        "half_days": half,
        "half_lo": half_lo,
        "half_hi": half_hi,
        "extra_gbp": staff_cost(
            staff - question.staff_now, question.price, question.change_on, search.goal.by
        ),
    }


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
