"""Cases come into queues, leave stages and go on."""

from __future__ import annotations

import numpy as np

from forethought.plan.simulation.kernels import inlined
from forethought.plan.simulation.kernels.cohort_state import (
    CLOSED,
    HANDED_BACK,
    INCOMING,
    JUDGED,
    ON_TIME,
    Lists,
    Scratch,
)
from forethought.plan.simulation.kernels.random import GOLDEN, binomial, mix, uniform
from forethought.plan.simulation.model import NONE, Integers, Model

_FEW = 24
"""Closed cases up to which each draws its own way."""


@inlined
def close_due(model: Model, lists: Lists, scratch: Scratch, t: int, evening: int) -> None:
    """Close what is due today: in the morning, and in the evening what started and ended today.

    The next stage gets it at once, or from the evening on the next morning.
    """
    for q in range(scratch.total.size):
        if evening == 1 and scratch.began[q] == 0:
            continue
        done = int(scratch.closing[q, t])
        if done == 0:
            continue
        scratch.working[q] -= done
        scratch.tally[CLOSED, q] += done
        p = lists.pool[q]
        if p != NONE:
            if model.is_supply[p] == 1:
                scratch.units_used[p] -= done * model.units[q]
            elif model.delay[q, 0] != NONE:
                scratch.caseload[p] -= done
        if model.target[q] != NONE and model.target_closed[q] == 1:
            scratch.tally[JUDGED, q] += done
            scratch.tally[ON_TIME, q] += done - min(done, int(scratch.late[q, t]))
        _route(model, scratch, q, done, t + evening)
        scratch.closes[q] += done
        scratch.closing[q, t] = 0
        scratch.late[q, t] = 0


@inlined
def _route(model: Model, scratch: Scratch, q: int, done: int, arrive: int) -> None:
    """Send closed cases on to a day: one by one where few, else by binomial splits."""
    first, last = model.route_from[q], model.route_from[q + 1]
    if last == first or (last - first == 1 and model.route_to[first] == NONE):
        return
    key = scratch.route_key[q]
    before = scratch.closes[q]
    if done <= _FEW and last - first == 2:
        going = 0
        for n in range(done):
            going += int(uniform(key, before + n) < model.route_cumulative[first])
        _send(model, scratch, first, going, arrive)
        _send(model, scratch, first + 1, done - going, arrive)
        return
    if done <= _FEW:
        for n in range(done):
            chance = uniform(key, before + n)
            way = first
            while way < last - 1 and chance >= model.route_cumulative[way]:
                way += 1
            _send(model, scratch, way, 1, arrive)
        return
    left = done
    below = 0.0
    own = mix(key ^ (np.uint64(before) * GOLDEN + np.uint64(1)))
    for way in range(first, last):
        share = model.route_cumulative[way] - below
        going = left
        if way < last - 1:
            going = binomial(left, min(share / (1.0 - below), 1.0), own, way - first)
        below = model.route_cumulative[way]
        left -= going
        _send(model, scratch, way, going, arrive)
        if left == 0:
            break


@inlined
def _send(model: Model, scratch: Scratch, way: int, going: int, arrive: int) -> None:
    """Send cases along a way, to its queue or out."""
    if model.route_to[way] != NONE:
        scratch.inbox[arrive, model.route_to[way]] += going


@inlined
def come_in(
    scratch: Scratch, arrivals: np.ndarray, arrival_queue: Integers, r: int, t: int
) -> None:
    """Put what comes today, from outside and from other stages, into the queues."""
    for column in range(arrival_queue.size):
        scratch.inbox[t, arrival_queue[column]] += arrivals[r, t, column]
    for q in range(scratch.total.size):
        came = int(scratch.inbox[t, q])
        if came > 0:
            scratch.inbox[t, q] = 0
            _put(scratch, q, t, came)
            scratch.tally[INCOMING, q] += came


@inlined
def _put(scratch: Scratch, q: int, t: int, came: int) -> None:
    """Put cases that come today into a queue."""
    now = scratch.oldest + t
    if scratch.total[q] == 0:
        scratch.head[q] = now
    scratch.ring[q, now] += came
    scratch.total[q] += came


@inlined
def hand_back(model: Model, lists: Lists, scratch: Scratch, t: int) -> None:
    """Providers give units back; those cases wait again."""
    for place in range(lists.held.size):
        q = lists.held[place]
        p = lists.pool[q]
        if scratch.working[q] == 0:
            continue
        back = binomial(scratch.working[q], model.handback[p], scratch.back_key[q], 2 * t)
        if back == 0:
            continue
        own = mix(scratch.back_key[q] ^ (np.uint64(2 * t + 1) * GOLDEN))
        for n in range(back):
            pick = min(int(uniform(own, n) * scratch.working[q]), scratch.working[q] - 1)
            at = t
            while pick >= scratch.closing[q, at]:
                pick -= scratch.closing[q, at]
                at += 1
            scratch.closing[q, at] -= 1
            scratch.working[q] -= 1
        scratch.units_used[p] -= back * model.units[q]
        _put(scratch, q, t, back)
        scratch.tally[HANDED_BACK, q] += back
