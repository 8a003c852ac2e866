"""How a replication of the event engine begins: the waiting list, open work, staff hours."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from forethought.plan.simulation.kernels import kernel, lean
from forethought.plan.simulation.kernels.event_cases import (
    begin_apart,
    join_apart,
    occupy,
    stay_apart,
    think_apart,
)
from forethought.plan.simulation.kernels.event_days import Sources, ident_of
from forethought.plan.simulation.kernels.event_state import FREE, LEAVE, World, new_case
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
from forethought.plan.simulation.kernels.random import DELAY as DELAY_DRAW
from forethought.plan.simulation.kernels.sickness import draw_sickness
from forethought.plan.simulation.model import DELAY, NONE, WORK, Floats, Integers, Model, Start

_TRIES = 10_000


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
    world.counts[:] = 0
    world.counts[FREE] = -1
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
            draw_sickness(model.sickness, keys, model.week[day], model.winter[day], sick)
        for p in range(pools):
            each = 0.0
            if staff[p, day] > 0:
                each = model.servers[p, day] / staff[p, day]
            hours = model.hours[p, day] * (1.0 - sick[p]) * each
            clock[p, day + 1] = clock[p, day] + hours


@lean
def _bring_waiting(world: World, rows: Integers, named: Integers, calendar: bool) -> None:
    """Put the waiting list into the queues; in a calendar those who came came at noon."""
    named[:] = 0
    for row in range(rows.shape[0]):
        q, since = rows[row, 0], -float(rows[row, 1])
        if calendar and since < 0.0:
            since += 0.5
        for _ in range(rows[row, 2]):
            case = new_case(world.cases, world.counts)
            _name_first(world, case, q, named)
            world.cases[case]["origin"] = since
            join_apart(world, case, q, since)
            world.queues[q]["waiting_area"] += since
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
            case = new_case(world.cases, world.counts)
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
