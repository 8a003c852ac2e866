"""Cases that come in from outside, by day: months and rates turned into working days."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from forethought.plan.simulation.kernels import lean
from forethought.plan.simulation.kernels.random import (
    ARRIVALS,
    DISPERSION,
    SPLIT,
    binomial,
    gamma,
    key_of,
    poisson,
    subkey,
    uniform,
)
from forethought.plan.simulation.model import Floats, Integers


class ArrivalPlan(NamedTuple):
    """Demand as arrays: F flows (uses of one at a stage), A columns, D days, M periods, N paths.

    Args:
        column_from: (F + 1) first column of each flow.
        column_share: (A) share of the flow that each column (queue) gets.
        queue: (A) the queue that a column joins.
        counts: (F) 1 where the demand is a count that came true on a path, 0 where it is a rate.
        level: (F, N, M) count, or expected count, of each period on each path.
        paths: (F) how many of the N are there.
        period: (E) period of each day, days before the first simulated one included.
        weight: (F, E) share of its period's demand that a day gets, before scaling; sum 1.
        scale: (F, E) a scenario's factor on demand by day.
        before: Days of the first period that lie before the first simulated day.
        dispersion: (F) variance of a day's count divided by its mean, 1 or more.
    """

    column_from: Integers
    column_share: Floats
    queue: Integers
    counts: Integers
    level: Floats
    paths: Integers
    period: Integers
    weight: Floats
    scale: Floats
    before: int
    dispersion: Floats


@lean
def draw_arrivals(
    plan: ArrivalPlan, seed: int, first_replication: int, out: np.ndarray, weights: Floats
) -> None:
    """Draw (R, D, A) int32 counts; replication r follows path r modulo the paths there are.

    `weights` (E) is room to work in.
    """
    replications, days, _ = out.shape
    flows = plan.counts.size
    extended = plan.period.size
    for r in range(replications):
        replication = first_replication + r
        for f in range(flows):
            key = key_of(seed, replication, ARRIVALS, f)
            spread = key_of(seed, replication, DISPERSION, f)
            split = key_of(seed, replication, SPLIT, f)
            path = replication % plan.paths[f]
            start = 0
            while start < extended:
                end = start
                total = 0.0
                scaled = 0.0
                while end < extended and plan.period[end] == plan.period[start]:
                    total += plan.weight[f, end]
                    scaled += plan.weight[f, end] * plan.scale[f, end]
                    end += 1
                level = plan.level[f, path, plan.period[start]]
                if plan.counts[f] == 1:
                    _split_count(
                        plan, f, start, end, level, scaled, weights, key, spread, split, out[r]
                    )
                else:
                    for day in range(start, end):
                        mean = level * plan.weight[f, day] * plan.scale[f, day]
                        if day < plan.before or day >= plan.before + days or mean <= 0.0:
                            continue
                        if plan.dispersion[f] > 1.0:
                            shape = mean / (plan.dispersion[f] - 1.0)
                            mean *= gamma(shape, spread, day) / shape
                        came = poisson(mean, key, day)
                        _share_out(plan, f, day, came, split, out[r])
                start = end


@lean
def _split_count(
    plan: ArrivalPlan,
    f: int,
    start: int,
    end: int,
    level: float,
    scaled: float,
    weights: Floats,
    key: np.uint64,
    spread: np.uint64,
    split: np.uint64,
    out: np.ndarray,
) -> None:
    """Split a period's count over its days: multinomial, or more uneven with dispersion."""
    left = int(math.floor(level * scaled + uniform(key, plan.period[start])))
    remaining = 0.0
    for day in range(start, end):
        weight = plan.weight[f, day] * plan.scale[f, day]
        if weight > 0.0 and plan.dispersion[f] > 1.0:
            shape = max(level, 1.0) * weight / (plan.dispersion[f] - 1.0)
            weight *= gamma(shape, spread, day) / shape
        weights[day] = weight
        remaining += weight
    for day in range(start, end):
        if left == 0 or remaining <= 0.0:
            break
        chance = min(weights[day] / remaining, 1.0)
        came = binomial(left, chance, key, 100000 + day)
        remaining -= weights[day]
        left -= came
        if plan.before <= day < plan.before + out.shape[0]:
            _share_out(plan, f, day, came, split, out)


@lean
def _share_out(
    plan: ArrivalPlan, f: int, day: int, came: int, split: np.uint64, out: np.ndarray
) -> None:
    """Share a day's count out over the classes of a flow."""
    first, last = plan.column_from[f], plan.column_from[f + 1]
    left = came
    below = 0.0
    own = subkey(split, day)
    for column in range(first, last):
        if left == 0:
            break
        share = plan.column_share[column]
        going = left
        if column < last - 1:
            going = binomial(left, min(share / max(1.0 - below, 1e-12), 1.0), own, column - first)
        out[day - plan.before, column] += going
        below += share
        left -= going
