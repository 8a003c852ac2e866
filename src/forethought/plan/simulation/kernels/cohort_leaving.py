"""Those who wait leave the list or become another class: half a day's chance, twice a day.

A case is taken to come at noon. The morning then stands for the half-day before the noon, ahead of
the day's service, and the evening for the one behind it: who is served on the k-th day after the
first has faced k days' chance, on average what a case faces that comes and goes at any hour. So
both engines lose as many.
"""

from __future__ import annotations

import numpy as np

from forethought.plan.simulation.kernels import inlined
from forethought.plan.simulation.kernels.cohort_state import (
    LEFT,
    MOVED_IN,
    MOVED_OUT,
    Lists,
    Scratch,
)
from forethought.plan.simulation.kernels.random import GOLDEN, binomial, mix, uniform
from forethought.plan.simulation.model import Model

_COUNTERS = 128


@inlined
def leave_or_escalate(model: Model, lists: Lists, scratch: Scratch, t: int, evening: int) -> None:
    """Half a day of waiting: some leave the list, some become another class."""
    for place in range(lists.moody.size):
        q = lists.moody[place]
        if scratch.total[q] > 0:
            _leave(model, lists, scratch, q, t, evening)
        if scratch.total[q] > 0 and lists.half_escalate[q % model.classes] > 0.0:
            _escalate(model, lists, scratch, q, t, evening)


@inlined
def _newest(now: int, first_day: int, evening: int) -> int:
    """The last place of the ring whose cases have waited so many days in this half-day."""
    return now - first_day if evening == 1 or first_day == 0 else now - first_day - 1


@inlined
def _leave(model: Model, lists: Lists, scratch: Scratch, q: int, t: int, evening: int) -> None:
    """Take those who leave the list out of a queue, band by band of waiting days."""
    first, last = model.renege_from[q], model.renege_from[q + 1]
    now = scratch.oldest + t
    for band in range(first, last):
        chance = lists.half_leave[band]
        if chance <= 0.0:
            continue
        low = scratch.head[q]
        if band + 1 < last:
            low = max(low, _newest(now, model.renege_day[band + 1], evening) + 1)
        eligible = scratch.total[q]
        if last - first > 1 or model.renege_day[band] > 0:
            eligible = 0
            for at in range(low, _newest(now, model.renege_day[band], evening) + 1):
                eligible += scratch.ring[q, at]
        counter = _COUNTERS * t + 64 * evening + band - first
        leaving = binomial(eligible, chance, scratch.renege_key[q], counter)
        if leaving == 0:
            continue
        own = mix(scratch.renege_key[q] ^ (np.uint64(counter) * GOLDEN + np.uint64(1)))
        for n in range(leaving):
            _take_one(scratch, q, own, n, eligible, low)
        scratch.tally[LEFT, q] += leaving


@inlined
def _escalate(model: Model, lists: Lists, scratch: Scratch, q: int, t: int, evening: int) -> None:
    """Move those who become another class into its queue, their waiting days kept."""
    c = q % model.classes
    ring, head, total = scratch.ring, scratch.head, scratch.total
    now = scratch.oldest + t
    newest = _newest(now, int(model.escalate[c, 2]), evening)
    while ring[q, head[q]] == 0:
        head[q] += 1
    if head[q] > newest:
        return
    eligible = total[q]
    for at in range(newest + 1, now + 1):
        eligible -= ring[q, at]
    counter = 2 * t + evening
    moved = binomial(eligible, lists.half_escalate[c], scratch.escalate_key[q], 2 * counter)
    if moved == 0:
        return
    own = mix(scratch.escalate_key[q] ^ (np.uint64(2 * counter + 1) * GOLDEN))
    to = q - c + int(model.escalate[c, 0])
    for n in range(moved):
        at = _take_one(scratch, q, own, n, eligible, head[q])
        head[to] = at if total[to] == 0 else min(head[to], at)
        ring[to, at] += 1
        total[to] += 1
    scratch.tally[MOVED_OUT, q] += moved
    scratch.tally[MOVED_IN, to] += moved


@inlined
def _take_one(scratch: Scratch, q: int, key: np.uint64, n: int, eligible: int, at: int) -> int:
    """Take one of the eligible cases, of which n are gone, from place `at` on; gives its place."""
    pick = min(int(uniform(key, n) * (eligible - n)), eligible - n - 1)
    while pick >= scratch.ring[q, at]:
        pick -= scratch.ring[q, at]
        at += 1
    scratch.ring[q, at] -= 1
    scratch.total[q] -= 1
    return at
