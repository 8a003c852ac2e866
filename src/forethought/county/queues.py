"""Queues with limited staff: who is served when, first come first served, week by week."""

from __future__ import annotations

import numpy as np

from forethought.county.arrays import Floats, Integers
from forethought.county.days import NEVER

DAYS_IN_WEEK = 7


def fifo(arrived: Integers, team: Integers, capacity: Floats, first_day: int) -> Integers:
    """Day on which each piece of work is done, or `NEVER` where it still waits at the end.

    Capacity that a week does not use is lost. Work of a week is spread over its five working days.

    Args:
        arrived: Day on which each piece can be begun.
        team: Team that does it, from 0.
        capacity: Pieces a team can do in a week, shape (teams, weeks).
        first_day: A Monday, the first day of the first week.
    """
    done = np.full(arrived.size, NEVER, dtype=np.int64)
    weeks = capacity.shape[1]
    for number in range(capacity.shape[0]):
        mine = np.flatnonzero(team == number)
        if mine.size == 0:
            continue
        mine = mine[np.argsort(arrived[mine], kind="stable")]
        week = np.clip((arrived[mine] - first_day) // DAYS_IN_WEEK + 1, 0, weeks)
        coming = np.bincount(week, minlength=weeks + 1)[:weeks]
        finished = _worked_off(coming.astype(np.float64), capacity[number])
        total = np.cumsum(finished)
        order = np.arange(1, mine.size + 1)
        served = np.searchsorted(total, order - 1e-6)
        ready = served < weeks
        here = served[ready]
        before = np.where(here > 0, total[np.maximum(here - 1, 0)], 0.0)
        share = np.clip((order[ready] - before) / np.maximum(finished[here], 1e-9), 0, 0.999)
        done[mine[ready]] = first_day + here * DAYS_IN_WEEK + np.floor(share * 5).astype(np.int64)
    return np.maximum(done, arrived)


def _worked_off(coming: Floats, capacity: Floats) -> Floats:
    """Pieces done each week."""
    waiting = 0.0
    done = np.zeros(coming.size)
    for week in range(coming.size):
        waiting += coming[week]
        done[week] = min(waiting, capacity[week])
        waiting -= done[week]
    return done
