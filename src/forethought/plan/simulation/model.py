"""A pathway as arrays: what both engines read.

Queues are numbered stage x classes + class (`q`), pools and stages as the pathway lists them, days
from the first simulated day. The record of a run has one row a replication.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forethought.place.calendar import bank_holidays
from forethought.plan.simulation.pathway import Change, Pathway, Resource, Scenario, Stage
from forethought.plan.simulation.queue_tables import (
    NONE,
    Floats,
    by_queue,
    distributions,
    escalations,
    hazards_of,
    pools_of,
    routes_of,
    schedules_of,
    shape_of,
    targets_of,
    urgency,
)

__all__ = [
    "DELAY",
    "HOLD",
    "NONE",
    "STATES_OF_TABLE",
    "WORK",
    "Calendar",
    "Floats",
    "Integers",
    "Model",
    "Record",
    "Start",
    "capacity_by_day",
    "empty_record",
    "hours_by_day",
    "lower",
    "rows",
    "shape_of",
    "stage_of",
]

Integers: TypeAlias = NDArray[np.int64]

WORK, HOLD, DELAY = 0, 1, 2
STATES_OF_TABLE = 513
"""Points of a quantile table of weekly sickness."""


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
    days = calendar.dates()
    holiday = np.array([day in bank_holidays(day.year) for day in days])
    base, slope = urgency(pathway)
    hours, servers = _capacity(pathway, days, holiday, scenario)
    kinds = {"work": WORK, "hold": HOLD, "delay": DELAY}
    return Model(
        classes=len(pathway.classes),
        continuous=int(pathway.continuous),
        kind=np.array([kinds[stage.kind] for stage in pathway.stages], dtype=np.int64),
        pools=pools_of(pathway),
        penalty=np.array([stage.fallback_penalty for stage in pathway.stages]),
        base=base,
        slope=slope,
        by_origin=np.array([int(each.discipline == "longest_wait") for each in pathway.stages]),
        reserve=by_queue(pathway, lambda stage, name: stage.reserve.get(name, 0.0)),
        effort=distributions(pathway, "effort", scenario),
        delay=distributions(pathway, "delay"),
        length=distributions(pathway, "length"),
        units=by_queue(pathway, lambda stage, name: stage.units.get(name, 1.0)),
        **routes_of(pathway),
        **schedules_of(pathway),
        **hazards_of(pathway),
        **targets_of(pathway),
        escalate=escalations(pathway),
        hours=hours,
        servers=servers,
        **_pool_arrays(pathway),
        **_day_arrays(calendar, days, holiday),
    )


def _day_arrays(calendar: Calendar, days: list[date], holiday: NDArray[np.bool_]) -> dict[str, Any]:
    """What the model knows of each day."""
    weekday = np.array([day.weekday() for day in days])
    working = (weekday < 5) & ~holiday  # noqa: PLR2004  Saturday and Sunday
    period = calendar.period_numbers()
    return {
        "winter": np.array([int(day.month in {12, 1, 2}) for day in days], dtype=np.int64),
        "week": np.array([(weekday[0] + n) // 7 for n in range(len(days))], dtype=np.int64),
        "working_day": np.concatenate([[0], np.cumsum(working)]).astype(np.int64),
        "period": period,
        "periods": int(period[-1]) + 1 if period.size else 0,
    }


def _pool_arrays(pathway: Pathway) -> dict[str, Any]:
    """What the model knows of each pool, whatever the day."""
    pools = pathway.resources
    sickness = np.array([_sickness(pool) for pool in pools]).reshape(-1, 2, STATES_OF_TABLE)
    return {
        "sickness": sickness,
        "caseload": np.array([_limit(pool) for pool in pools]),
        "handback": np.array([pool.handback_hazard_per_day for pool in pools]),
        "is_supply": np.array([int(pool.kind == "supply") for pool in pools], dtype=np.int64),
    }


def _limit(pool: Resource) -> float:
    return math.inf if pool.caseload_limit is None else pool.caseload_limit


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
