"""The cohort engine: counts by day, thousands of replications."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from forethought.plan.simulation.kernels.arrivals import ArrivalPlan, draw_arrivals
from forethought.plan.simulation.kernels.cohort import Lags, scratch_for, simulate_days
from forethought.plan.simulation.kernels.random import (
    EXPONENTIAL,
    FIXED,
    GAMMA,
    LOGNORMAL,
    UNIFORM,
    WEIBULL,
)
from forethought.plan.simulation.model import (
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
    lags, serving = lags_of(model), serving_of(model)
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
            model, lags, serving, start, came, plan.queue, factors[first:last],
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


def serving_of(model: Model) -> Integers:
    """(P, K, widest) queues that each pool serves at each rank, NONE behind the last."""
    pools, ranks = model.servers.shape[0], model.pools.shape[1]
    found: list[list[list[int]]] = [[[] for _ in range(ranks)] for _ in range(pools)]
    for stage, served in enumerate(model.pools):
        for rank, pool in enumerate(served):
            if pool != NONE:
                first = stage * model.classes
                found[pool][rank] += range(first, first + model.classes)
    widest = max([len(each) for pool in found for each in pool] + [1])
    table = np.full((max(pools, 1), ranks, widest), NONE, dtype=np.int64)
    for pool, each in enumerate(found):
        for rank, queues in enumerate(each):
            table[pool, rank, : len(queues)] = queues
    return table


def lags_of(model: Model) -> Lags:
    """Days in progress of each queue, in whole days, up to the end of the simulation and more."""
    first, accept, other, cumulative = [0], [], [], []
    horizon = model.hours.shape[1] + 2
    for queue in range(model.base.size):
        row = model.delay[queue] if model.kind[queue // model.classes] == WORK else None
        row = model.length[queue] if row is None else row
        if int(row[0]) != NONE:
            chance = day_chances(int(row[0]), row[1], row[2], row[3], horizon)
            taken, alias = alias_table(chance)
            accept.append(taken)
            other.append(alias)
            cumulative.append(np.cumsum(chance))
            first.append(first[-1] + chance.size)
        else:
            first.append(first[-1])
    empty = np.zeros(0)
    return Lags(
        first=np.array(first, dtype=np.int64),
        accept=np.concatenate([empty, *accept]),
        other=np.concatenate([empty, *other]).astype(np.int64),
        cumulative=np.concatenate([empty, *cumulative]),
    )


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
