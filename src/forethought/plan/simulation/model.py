"""A pathway as arrays: what both engines read.

Queues are numbered stage x classes + class (`q`), pools and stages as the pathway lists them, days
from the first simulated day. The record of a run has one row a replication.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forethought.place.calendar import bank_holidays
from forethought.plan.simulation.kernels.random import FAMILIES, FIXED
from forethought.plan.simulation.lengths import weibull_shape
from forethought.plan.simulation.pathway import (
    END,
    Change,
    Distribution,
    Pathway,
    Resource,
    Scenario,
    Stage,
)

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

WORK, HOLD, DELAY = 0, 1, 2
NONE = -1
STATES_OF_TABLE = 513
"""Points of a quantile table of weekly sickness."""
_PRECEDENCE = 1e12
_PRIORITY = 1e7


class Model(NamedTuple):
    """Arrays of a pathway, its calendar and one scenario.

    S stages, C classes, Q = S x C queues, P pools, D days.

    Args:
        classes: C.
        continuous: 1 where staff work day and night and effort is in days.
        kind: (S) WORK, HOLD or DELAY.
        pools: (S, K) pools that serve a stage, best first, NONE behind the last.
        penalty: (S) effort more where another than the first pool serves.
        base, slope: (Q) urgency of a case = base + slope x days since its order time.
        by_origin: (S) 1 where the order time is the entry into the pathway, not into the stage.
        reserve: (Q) share of the first pool's hours kept for the queue.
        effort: (Q, 4) family, mean (hours; days where continuous), cv, shape.
        delay: (Q, 4) the same in days; family NONE: no delay.
        length: (Q, 4) the same in days (HOLD, DELAY).
        units: (Q) units that a case holds.
        route_from: (Q + 1) first route of each queue; `route_to` (queue or NONE for the end) and
            `route_cumulative` (share up to and with this one) follow.
        schedule_from: (Q + 1), with `schedule_to`, `schedule_first`, `schedule_every` (days).
        renege_from: (Q + 1), with `renege_day` (first waiting day) and `renege_hazard` (a day).
        escalate: (C, 3) class (NONE: never), hazard a day, first waiting day.
        target: (Q) days, NONE for no target; `target_closed` 1 until closed, 0 until started;
            `target_working` 1 for working days.
        hours: (P, D) hours of direct work of one FTE on a day, before sickness; days where
            continuous; 1 for supply.
        servers: (P, D) FTE, or units of supply.
        sickness: (P, 2, STATES_OF_TABLE) quantiles of the share lost, outside and in winter.
        winter: (D) 1 from December to February.
        week: (D) week number from 0, Mondays first.
        caseload: (P) open cases for each FTE, infinite for no limit.
        handback: (P) hazard a day that a held unit is given back.
        is_supply: (P) 1 for supply.
        working_day: (D + 1) working days before each day.
        period: (D) number of the recorded period that a day belongs to.
        periods: how many.
    """

    classes: int
    continuous: int
    kind: Integers
    pools: Integers
    penalty: Floats
    base: Floats
    slope: Floats
    by_origin: Integers
    reserve: Floats
    effort: Floats
    delay: Floats
    length: Floats
    units: Floats
    route_from: Integers
    route_to: Integers
    route_cumulative: Floats
    schedule_from: Integers
    schedule_to: Integers
    schedule_first: Integers
    schedule_every: Integers
    renege_from: Integers
    renege_day: Integers
    renege_hazard: Floats
    escalate: Floats
    target: Integers
    target_closed: Integers
    target_working: Integers
    hours: Floats
    servers: Floats
    sickness: Floats
    winter: Integers
    week: Integers
    caseload: Floats
    handback: Floats
    is_supply: Integers
    working_day: Integers
    period: Integers
    periods: int


class Start(NamedTuple):
    """What is there before the first day.

    Args:
        waiting: (n, 3) queue, days waited so far, cases; oldest first within a queue.
        working: (m, 3) queue, days since the work (or hold) started, cases; what is left of their
            delay or length is drawn given that it has lasted so long.
    """

    waiting: Integers
    working: Integers


class Record(NamedTuple):
    """What a run leaves, R replications, T periods, Q queues, P pools. Counts are cases.

    Args:
        incoming: (R, T, Q) came into the queue, from outside or another stage.
        started: (R, T, Q) work started.
        closed: (R, T, Q) left the stage.
        left: (R, T, Q) left the list before being seen.
        moved_in, moved_out: (R, T, Q) escalated into or out of the queue while waiting.
        handed_back: (R, T, Q) came back to the queue because the provider gave the unit back.
        waiting: (R, T, Q) wait at the end of the period.
        working: (R, T, Q) are in progress at the end of the period.
        overdue: (R, T, Q) wait longer than their target at the end of the period.
        judged, on_time: (R, T, Q) cases whose target was decided (started or closed), and kept.
        waited_days: (R, T, Q) sum of waiting days of those who started.
        waiting_days: (R, T, Q) sum over the days of the period of cases waiting (case-days).
        hours_used, hours_available: (R, T, P) hours (unit-days for supply).
        half_waited, ninety_waited: (R, Q) days that half, and nine in ten, of those who started
            waited at most, over the whole run (interpolated within days).
        wait_days: (Q, H) cases that waited 0, 1, … days until started, all replications together.
    """

    incoming: NDArray[np.int32]
    started: NDArray[np.int32]
    closed: NDArray[np.int32]
    left: NDArray[np.int32]
    moved_in: NDArray[np.int32]
    moved_out: NDArray[np.int32]
    handed_back: NDArray[np.int32]
    waiting: NDArray[np.int32]
    working: NDArray[np.int32]
    overdue: NDArray[np.int32]
    judged: NDArray[np.int32]
    on_time: NDArray[np.int32]
    waited_days: Floats
    waiting_days: Floats
    hours_used: Floats
    hours_available: Floats
    half_waited: Floats
    ninety_waited: Floats
    wait_days: Integers


def empty_record(model: Model, replications: int, longest_wait: int) -> Record:
    """A record of zeros; `wait_days` has room for waits of 0 to `longest_wait` days and more."""
    flow = (replications, model.periods, model.base.size)
    pools = (replications, model.periods, model.servers.shape[0])
    parts: list[Any] = [np.zeros(flow, dtype=np.int32) for _ in range(12)]
    parts += [np.zeros(flow) for _ in range(2)]
    parts += [np.zeros(pools) for _ in range(2)]
    parts += [np.full((replications, model.base.size), np.nan) for _ in range(2)]
    parts.append(np.zeros((model.base.size, longest_wait + 1), dtype=np.int64))
    return Record._make(parts)


def rows(record: Record, first: int, last: int, waits: Integers) -> Record:
    """The part of a record that belongs to replications `first` to `last` - 1, as views."""
    parts: list[Any] = [part[first:last] for part in record[:-1]]
    return Record._make([*parts, waits])


@dataclass(frozen=True)
class Calendar:
    """The simulated days.

    Args:
        start: First day.
        days: How many.
        every: Length of a recorded period: `1d`, `1w` (ends on Sundays) or `1mo`.
    """

    start: date
    days: int
    every: str = "1w"

    def dates(self) -> list[date]:
        """Every day."""
        return [self.start + timedelta(days=n) for n in range(self.days)]

    def period_ends(self) -> list[date]:
        """Last day of each recorded period (the last may be cut short)."""
        numbers = self.period_numbers()
        last = {int(number): day for number, day in zip(numbers, self.dates(), strict=True)}
        return list(last.values())

    def period_numbers(self) -> Integers:
        """Number of the period that each day belongs to."""
        days = self.dates()
        if self.every == "1d":
            found = list(range(len(days)))
        elif self.every == "1w":
            monday = self.start - timedelta(days=self.start.weekday())
            found = [(day - monday).days // 7 for day in days]
        else:
            first = self.start.year * 12 + self.start.month
            found = [day.year * 12 + day.month - first for day in days]
        return np.array(found, dtype=np.int64)


def lower(pathway: Pathway, calendar: Calendar, scenario: Scenario | None = None) -> Model:
    """A pathway under a scenario as arrays.

    Args:
        pathway: The pathway.
        calendar: The simulated days and recorded periods.
        scenario: Changes of resources and efforts (its changes of demand belong to `Demand`).
    """
    stages, classes = pathway.stages, [each.name for each in pathway.classes]
    number = {stage.name: place for place, stage in enumerate(stages)}
    routes, schedules, hazards = _routes(pathway), _schedules(pathway), _hazards(pathway)
    days = calendar.dates()
    holiday = np.array([day in bank_holidays(day.year) for day in days])
    weekday = np.array([day.weekday() for day in days])
    working = (weekday < 5) & ~holiday  # noqa: PLR2004  Saturday and Sunday
    width = max([len(stage.resources) for stage in stages] + [1])
    names = [pool.name for pool in pathway.resources]
    pools = np.full((len(stages), width), NONE, dtype=np.int64)
    for stage in stages:
        for place, name in enumerate(stage.resources):
            pools[number[stage.name], place] = names.index(name)
    base, slope = _urgency(pathway)
    targets = [stage.target.get(name) for stage in stages for name in classes]
    hours, servers = _capacity(pathway, days, holiday, scenario)
    period = calendar.period_numbers()
    kinds = {"work": WORK, "hold": HOLD, "delay": DELAY}
    return Model(
        classes=len(classes),
        continuous=int(pathway.continuous),
        kind=np.array([kinds[stage.kind] for stage in stages], dtype=np.int64),
        pools=pools,
        penalty=np.array([stage.fallback_penalty for stage in stages]),
        base=base,
        slope=slope,
        by_origin=np.array([int(stage.discipline == "longest_wait") for stage in stages]),
        reserve=_by_queue(pathway, lambda stage, name: stage.reserve.get(name, 0.0)),
        effort=_distributions(pathway, "effort", scenario),
        delay=_distributions(pathway, "delay"),
        length=_distributions(pathway, "length"),
        units=_by_queue(pathway, lambda stage, name: stage.units.get(name, 1.0)),
        **routes,
        **schedules,
        **hazards,
        escalate=_escalations(pathway),
        target=np.array([NONE if t is None else t.within_days for t in targets], dtype=np.int64),
        target_closed=np.array([int(t is not None and t.until == "closed") for t in targets]),
        target_working=np.array([int(t is not None and t.days == "working") for t in targets]),
        hours=hours,
        servers=servers,
        sickness=np.array([_sickness(pool) for pool in pathway.resources]).reshape(
            -1, 2, STATES_OF_TABLE
        ),
        winter=np.array([int(day.month in {12, 1, 2}) for day in days], dtype=np.int64),
        week=np.array([(weekday[0] + n) // 7 for n in range(len(days))], dtype=np.int64),
        caseload=np.array([_limit(pool) for pool in pathway.resources]),
        handback=np.array([pool.handback_hazard_per_day for pool in pathway.resources]),
        is_supply=np.array(
            [int(pool.kind == "supply") for pool in pathway.resources], dtype=np.int64
        ),
        working_day=np.concatenate([[0], np.cumsum(working)]).astype(np.int64),
        period=period,
        periods=int(period[-1]) + 1 if period.size else 0,
    )


def shape_of(each: Distribution) -> float:
    """The third parameter that sampling needs: 1/cv² (gamma), sigma (lognormal), k (weibull)."""
    if each.family == "gamma":
        return 1.0 / max(each.cv, 1e-9) ** 2
    if each.family == "lognormal":
        return math.sqrt(math.log1p(each.cv**2))
    if each.family == "weibull":
        return weibull_shape(each.cv)
    return 0.0


def _limit(pool: Resource) -> float:
    return math.inf if pool.caseload_limit is None else pool.caseload_limit


def _by_queue(pathway: Pathway, value: Callable[[Stage, str], float]) -> Floats:
    names = [each.name for each in pathway.classes]
    found = [value(stage, name) for stage in pathway.stages for name in names]
    return np.array(found, dtype=np.float64)


def _distributions(pathway: Pathway, what: str, scenario: Scenario | None = None) -> Floats:
    scales = {} if scenario is None or what != "effort" else scenario.effort_scale
    table = []
    for stage in pathway.stages:
        for each in pathway.classes:
            found: Distribution | None = getattr(stage, what).get(each.name)
            if found is None:
                table.append((float(NONE if what == "delay" else FIXED), 0.0, 0.0, 0.0))
                continue
            mean = found.mean * scales.get(stage.name, 1.0)
            family = float(FAMILIES.index(found.family))
            cv = 1.0 if found.family == "exponential" else found.cv
            table.append((family, mean, cv, shape_of(found)))
    return np.array(table, dtype=np.float64).reshape(-1, 4)


def _urgency(pathway: Pathway) -> tuple[Floats, Floats]:
    base, slope = [], []
    for stage in pathway.stages:
        for each in pathway.classes:
            start, rise = 0.0, 1.0
            if stage.discipline == "priority":
                start = -_PRIORITY * each.priority
            elif stage.discipline == "due_date":
                target = stage.target.get(each.name)
                start = -1e6 if target is None else -float(target.within_days)
            elif stage.discipline == "score":
                start, rise = each.points, each.points_per_day
            base.append(start - _PRECEDENCE * stage.precedence)
            slope.append(rise)
    return np.array(base), np.array(slope)


def _queue_of(pathway: Pathway, stage: str, name: str) -> int:
    if stage == END:
        return NONE
    stages = [each.name for each in pathway.stages]
    classes = [each.name for each in pathway.classes]
    return stages.index(stage) * len(classes) + classes.index(name)


def _routes(pathway: Pathway) -> dict[str, Any]:
    start, to, share = [0], [], []
    for stage in pathway.stages:
        for each in pathway.classes:
            ways = stage.routes.get(each.name, ())
            to += [_queue_of(pathway, way.to, way.becomes or each.name) for way in ways]
            total = 0.0
            for way in ways:
                total += way.share
                share.append(total)
            if ways:
                share[-1] = 1.0  # rows sum to 1 but for rounding
            start.append(len(to))
    return {
        "route_from": np.array(start, dtype=np.int64),
        "route_to": np.array(to, dtype=np.int64),
        "route_cumulative": np.array(share, dtype=np.float64),
    }


def _schedules(pathway: Pathway) -> dict[str, Any]:
    start, to, first, every = [0], [], [], []
    for stage in pathway.stages:
        for each in pathway.classes:
            for visit in stage.schedule.get(each.name, ()):
                to.append(_queue_of(pathway, visit.to, visit.becomes or each.name))
                first.append(visit.first_days)
                every.append(visit.every_days)
            start.append(len(to))
    return {
        "schedule_from": np.array(start, dtype=np.int64),
        "schedule_to": np.array(to, dtype=np.int64),
        "schedule_first": np.array(first, dtype=np.int64),
        "schedule_every": np.array(every, dtype=np.int64),
    }


def _hazards(pathway: Pathway) -> dict[str, Any]:
    start, day, hazard = [0], [], []
    for stage in pathway.stages:
        for each in pathway.classes:
            found = stage.reneging.get(each.name)
            if found is not None and max(found.hazard_per_day) > 0:
                day += list(found.from_days)
                hazard += list(found.hazard_per_day)
            start.append(len(day))
    return {
        "renege_from": np.array(start, dtype=np.int64),
        "renege_day": np.array(day, dtype=np.int64),
        "renege_hazard": np.array(hazard, dtype=np.float64),
    }


def _escalations(pathway: Pathway) -> Floats:
    names = [each.name for each in pathway.classes]
    table = np.full((len(names), 3), float(NONE))
    for place, each in enumerate(pathway.classes):
        if each.escalate is not None:
            to = names.index(each.escalate.to)
            table[place] = (to, each.escalate.hazard_per_day, each.escalate.after_days)
    return table


def _capacity(
    pathway: Pathway, days: list[date], holiday: NDArray[np.bool_], scenario: Scenario | None
) -> tuple[Floats, Floats]:
    hours = np.ones((len(pathway.resources), len(days)))
    servers = np.zeros_like(hours)
    for place, pool in enumerate(pathway.resources):
        extra = () if scenario is None else scenario.resources.get(pool.name, ())
        servers[place] = capacity_by_day(pool, (*pool.changes, *extra), days)
        if pool.kind == "staff" and not pathway.continuous:
            hours[place] = hours_by_day(pool, days, holiday)
    return hours, servers


def capacity_by_day(pool: Resource, changes: tuple[Change, ...], days: list[date]) -> Floats:
    """FTE (or units) of a pool on each day, its dated changes and their ramps included."""
    found = np.full(len(days), float(pool.capacity))
    number = np.array([day.toordinal() for day in days])
    for change in changes:
        since = number - change.starts_on.toordinal()
        ramp = np.ones(len(days))
        if change.ramp_days > 0:
            ramp = np.clip((since + 1) / (change.ramp_days + 1), 0.0, 1.0)
        until = np.inf if change.ends_on is None else change.ends_on.toordinal()
        found += np.where((since >= 0) & (number <= until), change.add * ramp, 0.0)
    return np.asarray(np.maximum(found, 0.0))


def hours_by_day(pool: Resource, days: list[date], holiday: NDArray[np.bool_]) -> Floats:
    """Hours of direct work that one FTE of a pool has on each day, before sickness."""
    share = np.array([pool.weekdays[day.weekday()] for day in days])
    absence = pool.available
    leave = np.array([absence.leave_share * absence.leave_by_month[day.month - 1] for day in days])
    there = np.maximum(1.0 - leave - absence.training_share, 0.0)
    found: Floats = pool.hours_per_week * share * there * pool.direct_share
    if pool.closed_on_holidays:
        found[holiday] = 0.0
    return found


def _sickness(pool: Resource) -> Floats:
    """Quantiles of the share of hours lost in a week: ordinary weeks, winter weeks."""
    from scipy.special import betaincinv

    mean, spread = pool.available.sickness_mean, pool.available.sickness_sd
    table = np.zeros((2, STATES_OF_TABLE))
    winter = pool.available.sickness_winter
    other = (4.0 - winter) / 3.0  # a quarter of the year is winter
    for row, level in enumerate((mean * other, mean * winter)):
        if spread <= 0.0 or level <= 0.0:
            table[row] = max(level, 0.0)
            continue
        total = level * (1 - level) / spread**2 - 1
        points = (np.arange(STATES_OF_TABLE) + 0.5) / STATES_OF_TABLE
        table[row] = betaincinv(level * total, (1 - level) * total, points)
    return table


def stage_of(pathway: Pathway, queue: int) -> Stage:
    """The stage of a queue."""
    return pathway.stages[queue // len(pathway.classes)]
