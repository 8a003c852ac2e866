"""The daily loop of one queue with its own staff, for many staff levels at once.

Where nothing but counts matters (one work stage fed from outside, one pool that serves nothing
else), the order of the queue does not change how many wait. This loop then does what the cohort
loop does, with the same random numbers, for all staff levels in one pass.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from forethought.plan.simulation.kernels import lean
from forethought.plan.simulation.kernels.efforts import beyond_mean
from forethought.plan.simulation.kernels.random import (
    EFFORT,
    RENEGE,
    SICKNESS,
    binomial,
    key_of,
    normal,
)
from forethought.plan.simulation.kernels.sickness import sick_share
from forethought.plan.simulation.model import Floats, Integers

_SLACK = 1e-9


class Line(NamedTuple):
    """One queue and its pool as arrays; D days, L staff levels, T recorded periods.

    Args:
        queue: Number of the queue in the pathway (its random numbers).
        effort_queue: Number of the queue whose random numbers are those of its effort.
        pool: Number of the pool, `pools` how many there are (their random numbers).
        pools: How many pools.
        servers: (L, D) FTE.
        hours: (D) hours of direct work of one FTE, before sickness.
        sickness: (2, STATES_OF_TABLE) quantiles of the share lost, outside and in winter.
        winter, week, period: (D) as in `Model`.
        effort: Mean hours of a case.
        cv: Its coefficient of variation.
        half_leave: Chance of leaving the list in half a day (see `cohort_leaving`).
        waiting: Cases that wait before the first day.
    """

    queue: int
    effort_queue: int
    pool: int
    pools: int
    servers: Floats
    hours: Floats
    sickness: Floats
    winter: Integers
    week: Integers
    period: Integers
    effort: float
    cv: float
    half_leave: float
    waiting: int


@lean
def simulate_line(
    line: Line,
    arrivals: np.ndarray,
    effort_factor: Floats,
    seed: int,
    first_replication: int,
    waiting: np.ndarray,
    started: np.ndarray,
    total: np.ndarray,
    carry: Floats,
) -> None:
    """Simulate a block of replications at every staff level.

    Args:
        line: The queue.
        arrivals: (R, D) cases that come in, int32.
        effort_factor: (R) factor on the mean effort.
        seed: Seed of the run.
        first_replication: Number of the block's first replication.
        waiting: (L, R, T) int32, overwritten: cases waiting at the end of each period.
        started: (L, R, T) int32, added to: cases whose work started in each period.
        total: (L) room to work in; overwritten.
        carry: (L) room to work in; overwritten.
    """
    replications, days = arrivals.shape
    levels = line.servers.shape[0]
    for r in range(replications):
        effort_key = key_of(seed, first_replication + r, EFFORT, line.effort_queue)
        leave_key = key_of(seed, first_replication + r, RENEGE, line.queue)
        own_key = key_of(seed, first_replication + r, SICKNESS, line.pool)
        shared_key = key_of(seed, first_replication + r, SICKNESS, line.pools)
        mean = line.effort * effort_factor[r]
        total[:] = line.waiting
        carry[:] = 0.0
        sick = 0.0
        for t in range(days):
            week, period = line.week[t], line.period[t]
            if t == 0 or week != line.week[t - 1]:
                shared, own = normal(shared_key, week), normal(own_key, week)
                sick = sick_share(line.sickness, line.winter[t], shared, own)
            hours = line.hours[t] * (1.0 - sick)
            z = normal(effort_key, t) if line.cv > 0.0 else 0.0
            last = t == days - 1 or line.period[t + 1] != period
            for level in range(levels):
                here = total[level]
                if line.half_leave > 0.0:
                    here -= binomial(here, line.half_leave, leave_key, 128 * t)
                here += arrivals[r, t]
                left = line.servers[level, t] * hours + carry[level]
                taken = 0
                if left > 0.0:
                    taken = here
                    if mean > 0.0:
                        taken = min(here, int(math.floor(left / mean + _SLACK)))
                    here -= taken
                    left -= taken * mean
                carry[level] = left if here > 0 or left < 0.0 else 0.0
                if taken > 0 and line.cv > 0.0:
                    carry[level] -= beyond_mean(taken, mean, line.cv, z, effort_key, t)
                if line.half_leave > 0.0:
                    here -= binomial(here, line.half_leave, leave_key, 128 * t + 64)
                total[level] = here
                started[level, r, period] += taken
                if last:
                    waiting[level, r, period] = here
