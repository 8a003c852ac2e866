"""The cohort engine: counts by day, thousands of replications."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forethought.plan.simulation.kernels.arrivals import ArrivalPlan, draw_arrivals
from forethought.plan.simulation.kernels.cohort import simulate_days
from forethought.plan.simulation.kernels.cohort_state import GUIDES, LATER, Lags, Lists, scratch_for
from forethought.plan.simulation.kernels.random import (
    EXPONENTIAL,
    FIXED,
    GAMMA,
    LOGNORMAL,
    UNIFORM,
    WEIBULL,
)
from forethought.plan.simulation.model import (
    DELAY,
    NONE,
    WORK,
    Floats,
    Integers,
    Model,
    Record,
    Start,
    empty_record,
    rows,
)
from forethought.stats.blocks import cpu_count

BLOCK = 25
"""Replications that one worker takes at a time; the answer does not depend on it."""


def run_cohort(  # noqa: PLR0913  all that a run depends on
    model: Model,
    plan: ArrivalPlan,
    start: Start,
    *,
    seed: int,
    replications: int,
    first_replication: int = 0,
    effort_factor: Floats | None = None,
    arrivals: np.ndarray | None = None,
    workers: int | None = None,
    block: int = BLOCK,
) -> Record:
    """Simulate replications by day.

    Args:
        model: The pathway as arrays.
        plan: Demand as arrays.
        start: The position before the first day.
        seed: Seed of all random numbers.
        replications: How many.
        first_replication: Number of the first.
        effort_factor: (R, S) factor on the mean effort of each stage; None: 1.
        arrivals: (R, D, A) counts already drawn (`draw`); None: drawn here.
        workers: Threads; None: one a processor.
        block: Replications that one worker takes at a time.
    """
    lags, lists = lags_of(model), lists_of(model)
    longest = longest_wait(model, start)
    record = empty_record(model, replications, longest)
    stages = model.kind.size
    factors = np.ones((replications, stages)) if effort_factor is None else effort_factor
    days, columns = model.hours.shape[1], plan.queue.size

    def work(first: int) -> Integers:
        last = min(first + block, replications)
        waits = np.zeros_like(record.wait_days)
        if arrivals is None:
            came = np.zeros((last - first, days, columns), dtype=np.int32)
            draw_arrivals(plan, seed, first_replication + first, came, np.zeros(plan.period.size))
        else:
            came = arrivals[first:last]
        simulate_days(
            model, lags, lists, start, came, plan.queue, factors[first:last],
            seed, first_replication + first, rows(record, first, last, waits),
            scratch_for(model, oldest_case(start), longest),
        )  # fmt: skip
        return waits

    for waits in in_threads(work, range(0, replications, block), workers):
        record.wait_days[:] += waits
    return record


def draw(
    plan: ArrivalPlan, days: int, *, seed: int, replications: int, first_replication: int = 0
) -> np.ndarray:
    """Arrivals of replications, (R, D, A) int32: drawn once where many plans meet them."""
    out = np.zeros((replications, days, plan.queue.size), dtype=np.int32)
    draw_arrivals(plan, seed, first_replication, out, np.zeros(plan.period.size))
    return out


def in_threads(
    work: Callable[[int], Integers], firsts: range, workers: int | None
) -> list[Integers]:
    """Answers of blocks of work, in order; kernels let other threads go on."""
    threads = min(workers or cpu_count(), len(firsts))
    if threads <= 1:
        return [work(first) for first in firsts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, firsts))


def longest_wait(model: Model, start: Start) -> int:
    """The longest wait, days, that the record tells apart."""
    return oldest_case(start) + int(model.hours.shape[1])


def oldest_case(start: Start) -> int:
    """Days that the oldest case has waited at the start."""
    return int(start.waiting[:, 1].max()) if start.waiting.shape[0] else 0


def _serving(model: Model) -> tuple[Integers, Integers]:
    """Queues that pools serve, by pool and rank, and where each pool and rank begins."""
    served: list[int] = []
    first = [0]
    for pool in range(model.servers.shape[0]):
        for rank in range(model.pools.shape[1]):
            for stage in np.flatnonzero(model.pools[:, rank] == pool):
                served += range(stage * model.classes, (stage + 1) * model.classes)
            first.append(len(served))
    return np.array(served, dtype=np.int64), np.array(first, dtype=np.int64)


def lists_of(model: Model) -> Lists:
    """Which queues each part of a day has to look at."""
    queues = np.arange(model.base.size)
    stage, own = queues // model.classes, queues % model.classes
    escalates = (model.escalate[:, 0] != NONE) & (model.escalate[:, 1] > 0.0)
    first_pool = model.pools[stage, 0]
    held = np.zeros(queues.size, dtype=bool)
    if model.servers.shape[0]:
        gives_back = (model.is_supply == 1) & (model.handback > 0.0)
        held = (first_pool != NONE) & gives_back[first_pool]
    serves, serves_from = _serving(model)
    return Lists(
        stage=stage,
        pool=np.ascontiguousarray(first_pool),
        serves=serves,
        serves_from=serves_from,
        moody=queues[(np.diff(model.renege_from) > 0) | escalates[own]],
        half_leave=half_day(model.renege_hazard),
        half_escalate=np.where(escalates, half_day(model.escalate[:, 1]), 0.0),
        effort_group=effort_groups(model),
        reserved=queues[(model.reserve > 0.0) & (model.kind[stage] == WORK)],
        unstaffed=queues[model.kind[stage] == DELAY],
        held=queues[held],
    )


def effort_groups(model: Model) -> Integers:
    """(Q) the first queue of the same stage whose cases take the same hours."""
    first: dict[tuple[float, ...], int] = {}
    found = np.zeros(model.base.size, dtype=np.int64)
    for queue, effort in enumerate(model.effort.tolist()):
        found[queue] = first.setdefault((queue // model.classes, *effort), queue)
    return found


def half_day(hazard: Floats) -> Floats:
    """Chance in half a day, so that two of them make the chance of a day."""
    found: Floats = 1.0 - np.sqrt(1.0 - np.clip(hazard, 0.0, 1.0))
    return found


class StayTable(NamedTuple):
    """Days in progress of one distribution: see `Lags`."""

    bits: int
    alias: NDArray[np.uint64]
    guide: NDArray[np.uint16]
    cumulative: Floats


def lags_of(model: Model) -> Lags:
    """Days in progress of each queue, in whole days, up to the end of the simulation and more."""
    horizon = model.hours.shape[1] + 2
    tables: dict[tuple[float, ...], tuple[int, int, StayTable]] = {}
    places: list[tuple[int, int, int, int]] = []
    entries = known = 0
    for queue in range(model.base.size):
        work = model.kind[queue // model.classes] == WORK
        row = model.delay[queue] if work else model.length[queue]
        if int(row[0]) == NONE:
            places.append((0, NONE, 0, 0))
            continue
        name = (*row.tolist(), float(work))
        if name not in tables:
            table = stay_table(int(row[0]), *name[1:4], horizon, soonest=0 if work else 1)
            tables[name] = (entries, known, table)
            entries += table.alias.size
            known += table.cumulative.size
        first, since, table = tables[name]
        places.append((first, table.bits, since, table.cumulative.size))
    place = np.array(places, dtype=np.int64).reshape(-1, 4)
    made = [table for _, _, table in tables.values()]
    return Lags(
        first=np.ascontiguousarray(place[:, 0]),
        bits=np.ascontiguousarray(place[:, 1]),
        alias=np.concatenate([np.zeros(0, dtype=np.uint64), *(each.alias for each in made)]),
        guide=np.concatenate([np.zeros(0, dtype=np.uint16), *(each.guide for each in made)]),
        cumulative_from=np.ascontiguousarray(place[:, 2]),
        days=np.ascontiguousarray(place[:, 3]),
        cumulative=np.concatenate([np.zeros(0), *(each.cumulative for each in made)]),
    )


@lru_cache(maxsize=64)
def stay_table(
    family: int, mean: float, cv: float, shape: float, horizon: int, soonest: int
) -> StayTable:
    """The tables of one distribution; `soonest` is the first day on which a case may leave."""
    chance = day_chances(family, mean, cv, shape, horizon)
    bits = max(int(chance.size - 1).bit_length(), 1)
    size = 1 << bits
    accept, other = alias_table(np.concatenate([chance, np.zeros(size - chance.size)]))
    day = np.maximum(np.arange(size), soonest)
    day[chance.size - 1] = LATER
    whole = accept >= 1.0
    threshold = np.where(whole, 0.0, np.minimum(np.round(accept * 2.0**32), 2.0**32 - 1))
    aliased = day[np.where(whole, np.arange(size), other)]
    packed = (threshold.astype(np.uint64) << np.uint64(32)) | (aliased << 16 | day).astype(
        np.uint64
    )
    cumulative = np.cumsum(chance)
    guide = np.searchsorted(cumulative, np.arange(GUIDES * size) / (GUIDES * size))
    guide = np.minimum(guide, chance.size - 1)
    return StayTable(bits, packed, guide.astype(np.uint16), cumulative)


def day_chances(family: int, mean: float, cv: float, shape: float, horizon: int) -> Floats:
    """Chance that a time of some days ends so many days later, its start anywhere in a day.

    The time X from a moment U within the day ends floor(U + X) days later, so that the mean is
    kept. The last entry holds all that is longer than the horizon.
    """
    if family == FIXED:
        low = min(int(np.floor(mean)), horizon)
        chance = np.zeros(min(low + 2, horizon + 1))
        chance[min(low, chance.size - 1)] += 1.0 - (mean - np.floor(mean))
        chance[min(low + 1, chance.size - 1)] += mean - np.floor(mean)
        return np.concatenate([chance, [0.0]])
    # P(floor(U + X) <= k) is the mean of F over [k, k + 1]; Simpson's rule on 16 parts
    parts = 16
    points = np.arange(0, horizon * parts + parts + 1) / parts
    below = _cumulative(family, mean, cv, shape, points)
    weights = np.ones(parts + 1)
    weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
    windows = np.lib.stride_tricks.sliding_window_view(below, parts + 1)[::parts]
    until = np.clip((windows * weights).sum(axis=1) / weights.sum(), 0.0, 1.0)
    chance = np.diff(until, prepend=0.0)
    keep = int(np.searchsorted(until, 1.0 - 1e-12)) + 1
    chance = chance[: min(keep, chance.size)]
    return np.concatenate([chance, [max(1.0 - chance.sum(), 0.0)]])


def _cumulative(family: int, mean: float, cv: float, shape: float, days: Floats) -> Floats:
    from scipy.special import gamma, gammainc, ndtr

    found: Floats
    if family == EXPONENTIAL:
        found = -np.expm1(-days / mean)
    elif family == GAMMA:
        found = gammainc(shape, days * shape / mean)
    elif family == LOGNORMAL:
        with np.errstate(divide="ignore"):
            found = ndtr((np.log(days / mean) + shape**2 / 2) / shape)
    elif family == WEIBULL:
        scale = mean / gamma(1 + 1 / shape)
        found = -np.expm1(-((days / scale) ** shape))
    elif family == UNIFORM:
        half = mean * cv * np.sqrt(3.0)
        found = np.clip((days - mean + half) / (2 * half), 0.0, 1.0)
    else:
        raise ValueError(f"no such family: {family}")
    return found


def alias_table(chance: Floats) -> tuple[Floats, Integers]:
    """Walker's alias table (Vose's method): one number draws from any discrete distribution."""
    size = chance.size
    scaled = chance / chance.sum() * size
    accept, other = np.ones(size), np.arange(size, dtype=np.int64)
    small = [place for place in range(size) if scaled[place] < 1.0]
    large = [place for place in range(size) if scaled[place] >= 1.0]
    while small and large:
        low, high = small.pop(), large.pop()
        accept[low], other[low] = scaled[low], high
        scaled[high] -= 1.0 - scaled[low]
        (small if scaled[high] < 1.0 else large).append(high)
    return accept, other
