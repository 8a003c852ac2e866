"""The days of the event engine: how a run begins, what a day brings, what is recorded."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from forethought.plan.simulation.kernels import kernel, lean
from forethought.plan.simulation.kernels.cohort import _draw_sickness, _quantile_of_days
from forethought.plan.simulation.kernels.event_cases import (
    begin_apart,
    elapsed,
    join_apart,
    occupy,
    stay_apart,
    think_apart,
)
from forethought.plan.simulation.kernels.event_state import (
    FREE,
    LEAVE,
    World,
    new_case,
)
from forethought.plan.simulation.kernels.random import (
    ARRIVAL_TIMES,
    EFFORT,
    ESCALATE,
    EXPONENTIAL,
    FIXED,
    GAMMA,
    HANDBACK,
    LENGTH,
    LOGNORMAL,
    RENEGE,
    RESIDUAL,
    ROUTE,
    SICKNESS,
    UNIFORM,
    WEIBULL,
    exponential,
    key_of,
    normal_quantile,
    sample,
    subkey,
    uniform,
)
from forethought.plan.simulation.kernels.random import (
    DELAY as DELAY_DRAW,
)
from forethought.plan.simulation.model import (
    DELAY,
    NONE,
    WORK,
    Floats,
    Integers,
    Model,
    Start,
)

QUEUE_AT = np.uint64(34)
_TRIES = 10_000


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
def begin_replication(
    world: World,
    start: Start,
    sources: Sources,
    factors: Floats,
    seed: int,
    replication: int,
    calendar: bool,
) -> None:
    """Set everything to the position before the first day."""
    world.count[:] = 0
    world.count[FREE] = -1
    world.waits[:] = 0
    for q in range(world.queues.size):
        _reset_queue(world.queues, q, seed, replication)
        world.queues[q]["factor"] = factors[q]
    for p in range(world.pools.size):
        pool = world.pools[p]
        pool["busy"] = 0
        pool["open"] = 0
        pool["held"] = 0.0
        pool["today"] = 0.0
        pool["available"] = 0.0
        pool["used"] = 0.0
    for a in range(sources.streams.size):
        stream = sources.streams[a]
        stream["key"] = key_of(seed, replication, ARRIVAL_TIMES, stream["queue"])
        stream["next"] = math.inf
        if stream["rate"] > 0.0:
            stream["next"] = exponential(stream["key"], 0) / stream["rate"]
    if sources.counts.shape[0] > 0:
        sources.span[1] = 0
    sources.span[0] = 0
    _bring_waiting(world, start.waiting, sources.number, calendar)
    _bring_working(world, start.working, sources.number, seed, replication, calendar)
    sources.number[:] = 0


@lean
def _reset_queue(queues: Any, q: int, seed: int, replication: int) -> None:
    queue = queues[q]
    queue["effort_key"] = key_of(seed, replication, EFFORT, q)
    queue["route_key"] = key_of(seed, replication, ROUTE, q)
    stay_for = DELAY_DRAW if queue["kind"] == WORK else LENGTH
    queue["stay_key"] = key_of(seed, replication, stay_for, q)
    queue["renege_key"] = key_of(seed, replication, RENEGE, q)
    queue["escalate_key"] = key_of(seed, replication, ESCALATE, q)
    queue["back_key"] = key_of(seed, replication, HANDBACK, q)
    queue["head"] = -1
    queue["tail"] = -1
    queue["waiting"] = 0
    queue["working"] = 0
    queue["reserved"] = 0.0
    queue["incoming"] = 0
    queue["started"] = 0
    queue["closed"] = 0
    queue["left"] = 0
    queue["moved_in"] = 0
    queue["moved_out"] = 0
    queue["handed_back"] = 0
    queue["judged"] = 0
    queue["on_time"] = 0
    queue["waited"] = 0.0
    queue["waiting_days"] = 0.0
    queue["waits_squared"] = 0.0
    queue["waiting_area"] = 0.0
    queue["stage_area"] = 0.0


@kernel
def wind_clock(model: Model, staff: Integers, clock: Floats, seed: int, replication: int) -> None:
    """Work out the hours of one server of each pool, a replication's sickness included.

    Args:
        model: The pathway as arrays.
        staff: (P, D) servers.
        clock: (P, D + 1) hours worked before each day; overwritten.
        seed: Seed of the run.
        replication: Number of the replication.
    """
    pools, horizon = staff.shape
    keys = np.zeros(pools + 1, dtype=np.uint64)
    sick = np.zeros(pools)
    for p in range(pools + 1):
        keys[p] = key_of(seed, replication, SICKNESS, p)
    for day in range(horizon):
        if day == 0 or model.week[day] != model.week[day - 1]:
            _draw_sickness(model.sickness, keys, model.week[day], model.winter[day], sick)
        for p in range(pools):
            each = 0.0
            if staff[p, day] > 0:
                each = model.servers[p, day] / staff[p, day]
            hours = model.hours[p, day] * (1.0 - sick[p]) * each
            clock[p, day + 1] = clock[p, day] + hours


@lean
def _bring_waiting(world: World, rows: Integers, named: Integers, calendar: bool) -> None:
    """Put the waiting list into the queues."""
    named[:] = 0
    for row in range(rows.shape[0]):
        q = rows[row, 0]
        for _ in range(rows[row, 2]):
            case = new_case(world.cases, world.count)
            _name_first(world, case, q, named)
            world.cases[case]["origin"] = -float(rows[row, 1])
            join_apart(world, case, q, -float(rows[row, 1]))
            world.queues[q]["waiting_area"] -= float(rows[row, 1])
            if world.queues[q]["kind"] == DELAY:
                begin_apart(world, case, q, NONE, 0.0, calendar)
            else:
                think_apart(world, case, q, 0.0)


@lean
def _name_first(world: World, case: int, q: int, named: Integers) -> None:
    """Name a case that is there at the start: apart from all that arrive."""
    world.cases[case]["ident"] = ident_of(world.queues.size + q, named[q])
    world.cases[case]["visits"] = 0
    world.cases[case]["wakes"] = 0
    named[q] += 1


@lean
def _bring_working(
    world: World, rows: Integers, named: Integers, seed: int, replication: int, calendar: bool
) -> None:
    """Put open work into its stages, with what is left of it.

    Work that has no delay behind its effort is finished when the first day begins, but for
    continuous models, in which its effort goes on at a server.
    """
    named[:] = 1 << 33
    for row in range(rows.shape[0]):
        q, days = rows[row, 0], float(rows[row, 1])
        queue = world.queues[q]
        key = key_of(seed, replication, RESIDUAL, q)
        p = queue["first_pool"]
        for _ in range(rows[row, 2]):
            case = new_case(world.cases, world.count)
            _name_first(world, case, q, named)
            n = world.cases[case]["ident"]
            world.cases[case]["queue"] = q
            world.cases[case]["entry"] = -days
            world.cases[case]["origin"] = -days
            world.cases[case]["begun"] = -days
            world.cases[case]["pool"] = p
            queue["working"] += 1
            at_work = queue["kind"] == WORK and not calendar and queue["stay"] == NONE
            if queue["kind"] == WORK:
                world.pools[p]["open"] += 1
            elif p != NONE:
                world.pools[p]["held"] += queue["units"]
            if at_work:
                left = residual(
                    queue["family"], queue["mean"], queue["cv"], queue["shape"], days, key, n
                )
                occupy(world, case, p, 0.0, left)
                continue
            left = 0.0
            if queue["stay"] != NONE:
                left = residual(
                    queue["stay"],
                    queue["stay_mean"],
                    queue["stay_cv"],
                    queue["stay_shape"],
                    days,
                    key,
                    n,
                )
            stay_apart(world, case, q, 0.0, left, LEAVE)


@lean
def residual(
    family: int, mean: float, cv: float, shape: float, past: float, key: np.uint64, n: np.uint64
) -> float:
    """What is left of a time that has lasted so long, number n of a key.

    By the inverse of the survival function where it has one, by rejection for gamma times (the
    exponential tail where a time so long is too rare to be met).
    """
    chance = uniform(key, n)
    if family == EXPONENTIAL:
        return -mean * math.log(chance)
    if family == WEIBULL:
        scale = mean / math.gamma(1.0 + 1.0 / shape)
        return scale * ((past / scale) ** shape - math.log(chance)) ** (1.0 / shape) - past
    if family == UNIFORM:
        longest = mean * (1.0 + cv * math.sqrt(3.0))
        shortest = max(past, mean * (1.0 - cv * math.sqrt(3.0)))
        return max(shortest + chance * (longest - shortest) - past, 0.0)
    if family == FIXED:
        return max(mean - past, 0.0)
    if family == LOGNORMAL:
        if past <= 0.0:
            return sample(family, mean, cv, shape, key, n)
        z = (math.log(past / mean) + 0.5 * shape * shape) / shape
        above = 0.5 * math.erfc(z / math.sqrt(2.0)) * chance
        if above < 1e-300:
            return 0.0
        return max(
            mean * math.exp(-shape * normal_quantile(above) - 0.5 * shape * shape) - past, 0.0
        )
    own = subkey(key, n)
    for attempt in range(_TRIES):
        found = sample(GAMMA, mean, cv, shape, own, attempt)
        if found > past:
            return found - past
    return -mean / shape * math.log(chance)


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
            waited[q, 0] = _quantile_of_days(world.waits, q, seen, 0.5)
            waited[q, 1] = _quantile_of_days(world.waits, q, seen, 0.9)
