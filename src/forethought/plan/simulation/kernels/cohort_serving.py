"""A day's service: hours that are kept for a class, each pool's own stages, then the others.

Last come the stages that need no one. Hours carry over as long as work is waiting for them, and
cases that took more hours than their mean owe them to the next day.
"""

from __future__ import annotations

import math

import numpy as np

from forethought.plan.simulation.kernels import inlined
from forethought.plan.simulation.kernels.cohort_state import (
    JUDGED,
    ON_TIME,
    STARTED,
    WAITED_DAYS,
    Lists,
    Scratch,
)
from forethought.plan.simulation.kernels.cohort_stays import last_day_in_time
from forethought.plan.simulation.kernels.efforts import beyond_mean, nearly_normal
from forethought.plan.simulation.kernels.random import normal
from forethought.plan.simulation.model import NONE, Floats, Model, Record

_SLACK = 1e-9
_ANY = 1 << 40
"""Room of a pool whose caseload has no limit."""


@inlined
def open_day(model: Model, scratch: Scratch, record: Record, r: int, t: int) -> None:
    """Count the hours and units of the day, and whose turn it is where cases tie."""
    scratch.began[:] = 0
    scratch.served[:] = 0
    queues = scratch.total.size
    ahead = t % queues
    for q in range(queues):
        turn = q + ahead
        scratch.turn[q] = turn - queues if turn >= queues else turn
    for p in range(scratch.carry.size):
        scratch.room[p] = _ANY
        if model.caseload[p] < math.inf:
            room = model.caseload[p] * model.servers[p, t] - scratch.caseload[p]
            scratch.room[p] = int(math.floor(room + _SLACK))
        if model.is_supply[p] == 1:
            scratch.left_hours[p] = model.servers[p, t] - scratch.units_used[p]
            continue
        there = _hours_there(model, scratch, p, t)
        record.hours_available[r, model.period[t], p] += there
        scratch.left_hours[p] = there + scratch.carry[p]


@inlined
def _hours_there(model: Model, scratch: Scratch, p: int, t: int) -> float:
    """Hours that a pool's staff have for direct work on a day."""
    return model.servers[p, t] * model.hours[p, t] * (1.0 - scratch.sick[p])


@inlined
def serve_reserved(
    model: Model, lists: Lists, scratch: Scratch, factor: Floats, r: int, t: int
) -> None:
    """Spend the hours kept for a queue, those of days before included while cases wait."""
    for place in range(lists.reserved.size):
        q = lists.reserved[place]
        p = lists.pool[q]
        if scratch.total[q] == 0:
            scratch.spare[q] = 0.0
            continue
        scratch.spare[q] += model.reserve[q] * _hours_there(model, scratch, p, t)
        need = model.effort[q, 1] * factor[r, lists.stage[q]]
        while scratch.total[q] > 0:
            budget = min(scratch.left_hours[p], scratch.spare[q])
            taken = _fit(_oldest(scratch, q), budget, need, scratch.room[p])
            if taken == 0:
                break
            _start(model, scratch, q, t, taken)
            scratch.spare[q] -= taken * need
            _occupy(model, lists, scratch, q, p, taken, need)
        if scratch.total[q] == 0:
            scratch.spare[q] = 0.0


@inlined
def serve_rank(
    model: Model,
    lists: Lists,
    scratch: Scratch,
    factor: Floats,
    r: int,
    t: int,
    p: int,
    rank: int,
) -> None:
    """A pool serves the queues of a rank, the most urgent cases first, while it has hours."""
    place = p * model.pools.shape[1] + rank
    first, last = lists.serves_from[place], lists.serves_from[place + 1]
    for at in range(first, last):
        _note_urgency(model, scratch, lists.serves[at], t)
    while scratch.left_hours[p] > 0.0:
        q, next_best = _most_urgent(lists, scratch, first, last)
        if q == NONE:
            return
        need = model.units[q]
        if model.is_supply[p] == 0:
            need = model.effort[q, 1] * factor[r, lists.stage[q]]
            if rank > 0:
                need *= 1.0 + model.penalty[lists.stage[q]]
        while True:
            taken = _fit(_oldest(scratch, q), scratch.left_hours[p], need, scratch.room[p])
            if taken == 0:
                return
            _start(model, scratch, q, t, taken)
            _occupy(model, lists, scratch, q, p, taken, need)
            _note_urgency(model, scratch, q, t)
            if scratch.urgency[q] <= next_best or scratch.left_hours[p] <= 0.0:
                break


@inlined
def start_unstaffed(model: Model, lists: Lists, scratch: Scratch, t: int) -> None:
    """Cases at stages that need no one start at once."""
    for place in range(lists.unstaffed.size):
        q = lists.unstaffed[place]
        while scratch.total[q] > 0:
            _start(model, scratch, q, t, _oldest(scratch, q))


@inlined
def _fit(cases: int, hours: float, need: float, room: int) -> int:
    """How many of the cases hours (or units) and the caseload leave room for."""
    cases = min(cases, room)
    if need <= 0.0 or cases * need <= hours:
        return max(cases, 0)
    return max(min(cases, int(math.floor(hours / need + _SLACK))), 0)


@inlined
def _occupy(
    model: Model, lists: Lists, scratch: Scratch, q: int, p: int, taken: int, need: float
) -> None:
    """Take the hours (or units) of cases that started from their pool."""
    scratch.left_hours[p] -= taken * need
    if model.is_supply[p] == 1:
        scratch.units_used[p] += taken * need
    else:
        scratch.served[lists.effort_group[q]] += taken
        if model.delay[q, 0] != NONE:
            scratch.caseload[p] += taken
            scratch.room[p] -= taken


@inlined
def _note_urgency(model: Model, scratch: Scratch, q: int, t: int) -> None:
    """Note how urgent the oldest case of a queue is; of an empty one, least of all."""
    scratch.urgency[q] = -math.inf
    if scratch.total[q] > 0:
        _oldest(scratch, q)
        waited = scratch.oldest + t - scratch.head[q]
        scratch.urgency[q] = model.base[q] + model.slope[q] * waited


@inlined
def _oldest(scratch: Scratch, q: int) -> int:
    """Cases of the oldest day of a queue that is not empty; the head is moved to it."""
    at = scratch.head[q]
    while scratch.ring[q, at] == 0:
        at += 1
    scratch.head[q] = at
    return int(scratch.ring[q, at])


@inlined
def _most_urgent(lists: Lists, scratch: Scratch, first: int, last: int) -> tuple[int, float]:
    """The queue whose oldest case is the most urgent, and the next urgency; ties turn by day."""
    best = NONE
    best_urgency, next_best = -math.inf, -math.inf
    best_turn = scratch.total.size
    for at in range(first, last):
        q = lists.serves[at]
        place = np.uint64(q)  # an unsigned place need not be looked at for its sign
        urgency, turn = scratch.urgency[place], scratch.turn[place]
        better = (urgency > best_urgency) | ((urgency == best_urgency) & (turn < best_turn))
        next_best = max(next_best, min(urgency, best_urgency))
        best = q if better else best
        best_turn = turn if better else best_turn
        best_urgency = max(urgency, best_urgency)
    return (best if best_urgency > -math.inf else NONE), next_best


@inlined
def _start(model: Model, scratch: Scratch, q: int, t: int, taken: int) -> None:
    """Start so many cases of a queue that came on its oldest day."""
    at = scratch.head[q]
    wait = scratch.oldest + t - at
    scratch.ring[q, at] -= taken
    scratch.total[q] -= taken
    scratch.working[q] += taken
    scratch.began[q] += taken
    scratch.waits[q, wait] += taken
    scratch.longest[q] = max(scratch.longest[q], wait)
    scratch.tally[STARTED, q] += taken
    scratch.tally[WAITED_DAYS, q] += taken * wait
    closed_by = 1 << 40
    if model.target[q] != NONE:
        if model.target_closed[q] == 1:
            closed_by = last_day_in_time(model, q, t - wait)
        else:
            scratch.tally[JUDGED, q] += taken
            if elapsed_days(model, q, t - wait, t) <= model.target[q]:
                scratch.tally[ON_TIME, q] += taken
    batch = scratch.begun[0]
    scratch.batches[batch, 0] = q
    scratch.batches[batch, 1] = taken
    scratch.batches[batch, 2] = closed_by
    scratch.begun[0] = batch + 1


@inlined
def elapsed_days(model: Model, q: int, entered: int, day: int) -> int:
    """Days from entry to a day, in the days of the queue's target."""
    if model.target_working[q] == 0:
        return day - entered
    if entered >= 0:
        return model.working_day[day] - model.working_day[entered]
    return model.working_day[day] + int(math.ceil(-entered * 5.0 / 7.0))


@inlined
def close_day(
    model: Model, lists: Lists, scratch: Scratch, factor: Floats, record: Record, r: int, t: int
) -> None:
    """Say what is left of the hours, and what the work of the day took beyond its mean."""
    for p in range(scratch.carry.size):
        period = model.period[t]
        if model.is_supply[p] == 1:
            record.hours_available[r, period, p] += model.servers[p, t]
            record.hours_used[r, period, p] += scratch.units_used[p]
            continue
        unused = 0.0
        if not _anyone_waits(model, lists, scratch, p) or scratch.room[p] < 1:
            unused = max(scratch.left_hours[p], 0.0)
        there = _hours_there(model, scratch, p, t)
        record.hours_used[r, period, p] += there - min(unused, there)
        scratch.carry[p] = scratch.left_hours[p] - unused
        place = p * model.pools.shape[1]
        for at in range(lists.serves_from[place], lists.serves_from[place + 1]):
            q = lists.serves[at]
            if scratch.served[q] > 0 and model.effort[q, 2] > 0.0:
                scratch.carry[p] -= _beyond(model, lists, scratch, factor, r, t, q)


@inlined
def _beyond(
    model: Model, lists: Lists, scratch: Scratch, factor: Floats, r: int, t: int, q: int
) -> float:
    """Hours that a queue's cases of the day took beyond their mean."""
    mean, cv = model.effort[q, 1] * factor[r, lists.stage[q]], model.effort[q, 2]
    key = scratch.effort_key[q]
    z = normal(key, t) if nearly_normal(scratch.served[q], cv) else 0.0
    return beyond_mean(scratch.served[q], mean, cv, z, key, t)


@inlined
def _anyone_waits(model: Model, lists: Lists, scratch: Scratch, p: int) -> bool:
    """Whether any case waits that a pool serves."""
    ranks = model.pools.shape[1]
    for at in range(lists.serves_from[p * ranks], lists.serves_from[(p + 1) * ranks]):
        if scratch.total[lists.serves[at]] > 0:
            return True
    return False
