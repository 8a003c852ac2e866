"""How long a case stays in a stage once it has started, and the work it makes meanwhile."""

from __future__ import annotations

import numpy as np

from forethought.plan.simulation.kernels import inlined, lean
from forethought.plan.simulation.kernels.cohort_state import CHUNK, GUIDES, Lags, Lists, Scratch
from forethought.plan.simulation.kernels.random import GOLDEN, RESIDUAL, key_of, mix, uniform
from forethought.plan.simulation.model import NONE, Model, Start

_32, _16 = np.uint64(32), np.uint64(16)
_ONE, _LOW_32, _LOW_16 = np.uint64(1), np.uint64(0xFFFFFFFF), np.uint64(0xFFFF)


@inlined
def stay(
    model: Model, lags: Lags, scratch: Scratch, q: int, t: int, taken: int, closed_by: int
) -> None:
    """Say when each of the cases that start at a stage today leaves it.

    Args:
        model: The pathway as arrays.
        lags: Days in progress.
        scratch: Room to work in; overwritten.
        q: The queue.
        t: The day.
        taken: How many start.
        closed_by: The last day on which their target is kept.
    """
    if lags.bits[q] == NONE:
        scratch.closing[q, t] += taken
        if t > closed_by:
            scratch.late[q, t] += taken
        scratch.starts[q] += taken
        return
    done = 0
    while done < taken:
        some = min(taken - done, CHUNK)
        _draw_days(lags, q, scratch.delay_key[q], scratch.starts[q], some, scratch.drawn)
        _leave_later(scratch, q, t, some, closed_by)
        if model.schedule_from[q] != model.schedule_from[q + 1]:
            _visit_later(model, scratch, q, t, 0, some)
        scratch.starts[q] += some
        done += some


@inlined
def _draw_days(
    lags: Lags, q: int, key: np.uint64, start: int, count: int, drawn: np.ndarray
) -> None:
    """Draw the days of cases `start` and on by Walker's alias method, two from each word.

    They are left in `drawn` from place 1 on; the places before and behind are overwritten.
    """
    bits = np.uint64(lags.bits[q])
    shift = _32 - bits
    first = np.uint64(lags.first[q])
    for pair in range(start >> 1, (start + count + 1) >> 1):
        word = mix(key + np.uint64(pair) * GOLDEN)
        place = np.uint64(2 * pair - start + 1)
        high, low = word >> _32, word & _LOW_32
        drawn[place] = _day_of(lags.alias[first + (high >> shift)], (high << bits) & _LOW_32)
        drawn[place + _ONE] = _day_of(lags.alias[first + (low >> shift)], (low << bits) & _LOW_32)


@inlined
def _day_of(entry: np.uint64, rest: np.uint64) -> np.int32:
    """The day of an alias table's entry that the rest of a random word chooses."""
    own, other = entry & _LOW_16, (entry >> _16) & _LOW_16
    return np.int32(own if rest < entry >> _32 else other)


@inlined
def _leave_later(scratch: Scratch, q: int, t: int, count: int, closed_by: int) -> None:
    """Count those who were just drawn by the day on which they leave."""
    never = scratch.closing.shape[1] - 1
    for place in range(1, count + 1):
        until = min(t + np.int64(scratch.drawn[np.uint64(place)]), never)
        scratch.closing[q, np.uint64(until)] += 1
        if until > closed_by:
            scratch.late[q, np.uint64(until)] += 1


@inlined
def _visit_later(model: Model, scratch: Scratch, q: int, t: int, elapsed: int, count: int) -> None:
    """Send on the work that those who were just drawn make while they are held.

    A visit on a day is made by all who leave later than on that day.
    """
    days = scratch.inbox.shape[0] - 2
    for way in range(model.schedule_from[q], model.schedule_from[q + 1]):
        ahead, every = model.schedule_first[way] - elapsed, model.schedule_every[way]
        if ahead < 0:
            if every <= 0:
                continue
            ahead += every * ((every - 1 - ahead) // every)
        while t + ahead < days:
            there = np.int32(0)
            for place in range(1, count + 1):
                there += np.int32(scratch.drawn[np.uint64(place)] > ahead)
            if there == 0:
                break
            scratch.inbox[t + ahead, model.schedule_to[way]] += there
            if every <= 0:
                break
            ahead += every


@lean
def resume(
    model: Model,
    lags: Lags,
    lists: Lists,
    scratch: Scratch,
    start: Start,
    seed: int,
    replication: int,
) -> None:
    """Say when the cases that are in progress at the start leave.

    The days of each are drawn given how many have passed, by the inverse of their distribution.
    """
    for row in range(start.working.shape[0]):
        q, elapsed, cases = start.working[row, 0], start.working[row, 1], start.working[row, 2]
        scratch.working[q] += cases
        p = lists.pool[q]
        if p != NONE:
            scratch.units_used[p] += cases * model.units[q]
            scratch.caseload[p] += cases
        if lags.bits[q] == NONE:
            scratch.closing[q, 0] += cases
            continue
        closed_by = 1 << 40
        if model.target[q] != NONE and model.target_closed[q] == 1:
            closed_by = last_day_in_time(model, q, -elapsed)
        key = mix(key_of(seed, replication, RESIDUAL, q) ^ (np.uint64(row) * GOLDEN))
        done = 0
        while done < cases:
            some = min(cases - done, CHUNK)
            _draw_rest(lags, q, elapsed, key, done, some, scratch.drawn)
            _leave_later(scratch, q, 0, some, closed_by)
            if model.schedule_from[q] != model.schedule_from[q + 1]:
                _visit_later(model, scratch, q, 0, elapsed, some)
            done += some


@inlined
def _draw_rest(
    lags: Lags, q: int, elapsed: int, key: np.uint64, start: int, count: int, drawn: np.ndarray
) -> None:
    """Draw the days that are left to cases `start` and on of a row, from place 1 on."""
    first, last = lags.cumulative_from[q], lags.days[q] - 1
    size = float(GUIDES << lags.bits[q])
    guide = GUIDES * lags.first[q]
    below = lags.cumulative[first + min(elapsed, last - 1)]
    for n in range(count):
        chance = below + uniform(key, start + n) * (1.0 - below)
        day = np.int64(lags.guide[np.uint64(guide + int(chance * size))])
        while day < last and lags.cumulative[np.uint64(first + day)] < chance:
            day += 1
        drawn[n + 1] = np.int32(_LOW_16) if day >= last else np.int32(max(day - elapsed, 0))


@inlined
def last_day_in_time(model: Model, q: int, entered: int) -> int:
    """The last day on which the target of a case that came on a day is kept."""
    limit = model.target[q]
    if model.target_working[q] == 0:
        return entered + limit
    days = model.hours.shape[1]
    before = -int(np.ceil(-entered * 5.0 / 7.0))
    if entered >= 0:
        before = model.working_day[entered]
    day = max(entered, 0)
    while day < days and model.working_day[day] - before <= limit:
        day += 1
    return day - 1 if day < days else days + 1
