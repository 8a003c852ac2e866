"""The days of the event engine: what a day brings, what is recorded of the days before."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from forethought.plan.simulation.kernels import lean
from forethought.plan.simulation.kernels.event_cases import elapsed
from forethought.plan.simulation.kernels.event_state import World
from forethought.plan.simulation.kernels.random import uniform
from forethought.plan.simulation.kernels.waits import quantile_of_days
from forethought.plan.simulation.model import NONE, Floats, Integers

QUEUE_AT = np.uint64(34)
STREAM = np.dtype([("queue", "i8"), ("rate", "f8"), ("next", "f8"), ("key", "u8")], align=True)
LISTED = np.dtype([("time", "f8"), ("queue", "i8"), ("ident", "u8")], align=True)
FLOWS = ("waiting", "working", "overdue")
"""What `Days.flow` has behind the counters of a queue."""


class Days(NamedTuple):
    """When staff, calendar or record change, and what is recorded then.

    Args:
        stops: Days on which something changes, 0 first, the number of days last.
        staff: (P, D) servers that may work on a day.
        capacity: (P, D) FTE or units.
        period: (D) number of the recorded period.
        warmup: Day from which exact sums count.
        before: (Q, 11) counters at the end of the last recorded period.
        pools_before: (P, 2) hours used and available by then.
        marks: (Q, 5) sums at the warm-up; in the end the sums from there on.
        flow: (T, Q, 12) COUNTERS and FLOWS of each period.
        waiting: (T, Q, 2) waiting days of those who started, case-days waited.
        hours: (T, P, 2) used and available.
        waited: (Q, 2) days that half, and nine in ten, waited.
    """

    stops: Integers
    staff: Integers
    capacity: Floats
    period: Integers
    warmup: int
    before: Floats
    pools_before: Floats
    marks: Floats
    flow: np.ndarray
    waiting: Floats
    hours: Floats
    waited: Floats


class Sources(NamedTuple):
    """Who comes from outside.

    Args:
        streams: (A) Poisson streams; columns of `counts` (rate unused) where it has rows.
        counts: (D, A) cases a day, or no rows.
        number: (Q) arrivals so far.
        listed: Cases of today (or all of a trace), in time order.
        span: First of them that is still to come, and the end.
    """

    streams: Any
    counts: np.ndarray
    number: Integers
    listed: Any
    span: Integers


@lean
def ident_of(q: int, n: int) -> np.uint64:
    """The name of arrival n of a queue."""
    return (np.uint64(q) << QUEUE_AT) + np.uint64(n)


@lean
def next_day(
    world: World,
    days: Days,
    sources: Sources,
    at: int,
    calendar: bool,
) -> None:
    """Close the days before stop number `at`, then open its day."""
    day = days.stops[at]
    horizon = days.staff.shape[1]
    if at > 0:
        before = days.stops[at - 1]
        for p in range(world.pools.size):
            world.pools[p]["available"] += world.pools[p]["today"] * (day - before)
        for q in range(world.queues.size):
            if calendar:
                world.queues[q]["waiting_days"] += world.queues[q]["waiting"] * (day - before)
        period = days.period[day - 1]
        if day == horizon or days.period[day] != period:
            _write_period(world, days, period, day, calendar)
    if day == days.warmup or day == horizon:
        _mark(world, days.marks, day)
    if day == horizon:
        return
    for p in range(world.pools.size):
        pool = world.pools[p]
        pool["servers"] = days.staff[p, day]
        pool["capacity"] = days.capacity[p, day]
        pool["limit"] = math.inf
        if pool["limited"] == 1:
            pool["limit"] = pool["caseload"] * days.capacity[p, day]
        pool["today"] = days.capacity[p, day]
        pool["since"] = float(day)
        if pool["steady"] == 0:
            each = world.clock[p, day + 1] - world.clock[p, day]
            pool["today"] = each * days.staff[p, day]
    for q in range(world.queues.size):
        queue = world.queues[q]
        if queue["reserve"] > 0.0 and queue["waiting"] == 0:  # what was not used is let go
            so_far = queue["reserve"] * world.pools[queue["first_pool"]]["available"]
            queue["reserved"] = max(queue["reserved"], so_far)
    if sources.counts.shape[0] > 0:
        _place_arrivals(sources, day)


@lean
def _place_arrivals(sources: Sources, day: int) -> None:
    """Place the arrivals of a day at uniform times within it, in order."""
    n = 0
    listed, number = sources.listed, sources.number
    for a in range(sources.streams.size):
        q = sources.streams[a]["queue"]
        for _ in range(sources.counts[day, a]):
            listed[n]["time"] = day + uniform(sources.streams[a]["key"], number[q])
            listed[n]["queue"] = q
            listed[n]["ident"] = ident_of(q, number[q])
            number[q] += 1
            n += 1
    _sort(listed, n)
    sources.span[0] = 0
    sources.span[1] = n


@lean
def _sort(listed: Any, n: int) -> None:
    """Order the first n cases by time, in place (Shell's method, gaps that grow by 9/4)."""
    gap = 1
    while gap < n // 2:
        gap = (9 * gap + 3) // 4
    while gap > 0:
        for i in range(gap, n):
            time, queue, ident = listed[i]["time"], listed[i]["queue"], listed[i]["ident"]
            at = i
            while at >= gap and listed[at - gap]["time"] > time:
                listed[at]["time"] = listed[at - gap]["time"]
                listed[at]["queue"] = listed[at - gap]["queue"]
                listed[at]["ident"] = listed[at - gap]["ident"]
                at -= gap
            listed[at]["time"] = time
            listed[at]["queue"] = queue
            listed[at]["ident"] = ident
        gap = (4 * gap) // 9 if gap > 2 else gap - 1


@lean
def _mark(world: World, marks: Floats, day: int) -> None:
    """Leave the change of the exact sums since the last mark."""
    for q in range(world.queues.size):
        queue = world.queues[q]
        marks[q, 0] = queue["started"] - marks[q, 0]
        marks[q, 1] = queue["waited"] - marks[q, 1]
        marks[q, 2] = queue["waits_squared"] - marks[q, 2]
        marks[q, 3] = queue["waiting_area"] + queue["waiting"] * day - marks[q, 3]
        present = queue["waiting"] + queue["working"]
        marks[q, 4] = queue["stage_area"] + present * day - marks[q, 4]


@lean
def _write_period(world: World, days: Days, t: int, day: int, calendar: bool) -> None:
    """Write what happened since the last recorded period, and what is there now."""
    before, flow = days.before, days.flow
    for q in range(world.queues.size):
        queue = world.queues[q]
        counts = (
            queue["incoming"],
            queue["started"],
            queue["closed"],
            queue["left"],
            queue["moved_in"],
            queue["moved_out"],
            queue["handed_back"],
            queue["judged"],
            queue["on_time"],
        )
        for n in range(9):
            flow[t, q, n] = counts[n] - before[q, n]
            before[q, n] = counts[n]
        flow[t, q, 9] = queue["waiting"]
        flow[t, q, 10] = queue["working"]
        flow[t, q, 11] = _overdue(world, q, day, calendar)
        waiting_days = queue["waiting_days"]
        if not calendar:
            waiting_days = queue["waiting_area"] + queue["waiting"] * day
        days.waiting[t, q, 0] = queue["waited"] - before[q, 9]
        days.waiting[t, q, 1] = waiting_days - before[q, 10]
        before[q, 9] = queue["waited"]
        before[q, 10] = waiting_days
    for p in range(world.pools.size):
        pool = world.pools[p]
        used = pool["used"]
        if pool["supply"] == 1:
            used += pool["held"] * day
        elif pool["steady"] == 1:
            used += float(pool["busy"] * day)
        else:
            used += pool["busy"] * world.clock[p, day]
        days.hours[t, p, 0] = used - days.pools_before[p, 0]
        days.hours[t, p, 1] = pool["available"] - days.pools_before[p, 1]
        days.pools_before[p, 0] = used
        days.pools_before[p, 1] = pool["available"]


@lean
def _overdue(world: World, q: int, day: int, calendar: bool) -> int:
    """Cases that wait longer than their target at the end of the day before."""
    queue = world.queues[q]
    late = 0
    if queue["target"] == NONE:
        return 0
    now = day - 1.0 if calendar else float(day)
    case = queue["head"]
    while case >= 0:
        if elapsed(world, q, world.cases[case]["entry"], now, calendar) > queue["target"]:
            late += 1
        elif queue["by_origin"] == 0:
            break
        case = world.cases[case]["next"]
    return late


@lean
def finish_replication(world: World, waited: Floats) -> None:
    """Leave the days that half, and nine in ten, of those who started waited."""
    for q in range(world.queues.size):
        seen = 0
        for wait in range(world.waits.shape[1]):
            seen += world.waits[q, wait]
        waited[q, :] = math.nan
        if seen > 0:
            waited[q, 0] = quantile_of_days(world.waits, q, seen, 0.5)
            waited[q, 1] = quantile_of_days(world.waits, q, seen, 0.9)
