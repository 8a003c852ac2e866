"""The daily loop: cases counted by queue and the day on which they came into it.

A day: some of those who waited before today leave the list or become another class; delays and
holds that end today end, and go on at once; what comes in joins the queues; each pool spends its
hours and gives out its units; work closed without a delay goes on the next morning. Staff hours
carry over as long as work is waiting for them, and a case that took more hours than its mean owes
them to the next day.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from forethought.plan.simulation.kernels import inlined, lean
from forethought.plan.simulation.kernels.random import (
    DELAY as DELAY_DRAW,
)
from forethought.plan.simulation.kernels.random import (
    EFFORT,
    ESCALATE,
    GOLDEN,
    HANDBACK,
    RENEGE,
    RESIDUAL,
    ROUTE,
    SICKNESS,
    binomial,
    gamma,
    key_of,
    mix,
    normal,
    uniform,
)
from forethought.plan.simulation.model import (
    DELAY,
    NONE,
    STATES_OF_TABLE,
    WORK,
    Floats,
    Integers,
    Model,
    Record,
    Start,
)

_32 = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_UNIT_32 = 2.0**-32
_FEW = 12
_SLACK = 1e-9
_WINTER_TOGETHER = 0.5
"""Correlation of pools' sickness in winter weeks."""


class Lags(NamedTuple):
    """Whole days that a case stays after its work (or in its hold), for each queue.

    Args:
        first: (Q + 1) first entry of each queue; none where there is no delay or length.
        accept, other: Alias table over days 0, 1, …; the last day stands for all later ones.
        cumulative: Share that stays at most so many days.
    """

    first: Integers
    accept: Floats
    other: Integers
    cumulative: Floats


class Scratch(NamedTuple):
    """Room that a block of replications works in, made once by `scratch_for`."""

    ring: np.ndarray
    inbox: np.ndarray
    closing: np.ndarray
    late_closing: np.ndarray
    head: np.ndarray
    total: np.ndarray
    working: np.ndarray
    starts: np.ndarray
    closes: np.ndarray
    served: np.ndarray
    spare: np.ndarray
    carry: np.ndarray
    left_hours: np.ndarray
    units_used: np.ndarray
    caseload: np.ndarray
    waits: np.ndarray
    route_key: np.ndarray
    delay_key: np.ndarray
    effort_key: np.ndarray
    renege_key: np.ndarray
    escalate_key: np.ndarray
    back_key: np.ndarray
    sick_key: np.ndarray
    sick: np.ndarray
    highest: np.ndarray


def scratch_for(model: Model, oldest: int, longest: int) -> Scratch:
    """Room for a model, initial cases as old as `oldest` days, and waits up to `longest` days."""
    queues, pools, days = model.base.size, model.servers.shape[0], model.hours.shape[1]
    width = oldest + days + 1
    return Scratch(
        ring=np.zeros((queues, width), dtype=np.int32),
        inbox=np.zeros((queues, days + 2), dtype=np.int32),
        closing=np.zeros((queues, days + 2), dtype=np.int32),
        late_closing=np.zeros((queues, days + 2), dtype=np.int32),
        head=np.zeros(queues, dtype=np.int64),
        total=np.zeros(queues, dtype=np.int64),
        working=np.zeros(queues, dtype=np.int64),
        starts=np.zeros(queues, dtype=np.int64),
        closes=np.zeros(queues, dtype=np.int64),
        served=np.zeros(queues, dtype=np.int64),
        spare=np.zeros(queues),
        carry=np.zeros(pools),
        left_hours=np.zeros(pools),
        units_used=np.zeros(pools),
        caseload=np.zeros(pools),
        waits=np.zeros((queues, longest + 1), dtype=np.int32),
        route_key=np.zeros(queues, dtype=np.uint64),
        delay_key=np.zeros(queues, dtype=np.uint64),
        effort_key=np.zeros(queues, dtype=np.uint64),
        renege_key=np.zeros(queues, dtype=np.uint64),
        escalate_key=np.zeros(queues, dtype=np.uint64),
        back_key=np.zeros(queues, dtype=np.uint64),
        sick_key=np.zeros(pools + 1, dtype=np.uint64),
        sick=np.zeros(pools),
        highest=np.zeros(queues),
    )


@lean
def simulate_days(
    model: Model,
    lags: Lags,
    serving: Integers,
    start: Start,
    arrivals: np.ndarray,
    arrival_queue: Integers,
    effort_factor: Floats,
    seed: int,
    first_replication: int,
    record: Record,
    scratch: Scratch,
) -> None:
    """Simulate a block of replications.

    Args:
        model: The pathway as arrays.
        lags: Days in progress.
        serving: (P, K, widest) queues of each pool by rank, NONE behind the last.
        start: The position before the first day.
        arrivals: (R, D, A) cases that come in from outside, int32.
        arrival_queue: (A) the queue each column joins.
        effort_factor: (R, S) factor on the mean effort of a stage in each replication.
        seed: Seed of the run.
        first_replication: Number of the block's first replication.
        record: Rows of this block; overwritten. `wait_days` is added to.
        scratch: Room to work in; overwritten.
    """
    # Unpacked, because the arrays of a tuple are counted anew at every call.
    m_classes = model.classes
    m_kind = model.kind
    m_pools = model.pools
    m_penalty = model.penalty
    m_base = model.base
    m_slope = model.slope
    m_reserve = model.reserve
    m_effort = model.effort
    m_delay = model.delay
    m_units = model.units
    m_route_from = model.route_from
    m_route_to = model.route_to
    m_route_cumulative = model.route_cumulative
    m_schedule_from = model.schedule_from
    m_schedule_to = model.schedule_to
    m_schedule_first = model.schedule_first
    m_schedule_every = model.schedule_every
    m_renege_from = model.renege_from
    m_renege_day = model.renege_day
    m_renege_hazard = model.renege_hazard
    m_escalate = model.escalate
    m_target = model.target
    m_target_closed = model.target_closed
    m_target_working = model.target_working
    m_hours = model.hours
    m_servers = model.servers
    m_sickness = model.sickness
    m_winter = model.winter
    m_week = model.week
    m_caseload = model.caseload
    m_handback = model.handback
    m_is_supply = model.is_supply
    m_working_day = model.working_day
    m_period = model.period
    o_incoming = record.incoming
    o_started = record.started
    o_closed = record.closed
    o_left = record.left
    o_moved_in = record.moved_in
    o_moved_out = record.moved_out
    o_handed_back = record.handed_back
    o_waiting = record.waiting
    o_working = record.working
    o_overdue = record.overdue
    o_judged = record.judged
    o_on_time = record.on_time
    o_waited_days = record.waited_days
    o_waiting_days = record.waiting_days
    o_hours_used = record.hours_used
    o_hours_available = record.hours_available
    o_half_waited = record.half_waited
    o_ninety_waited = record.ninety_waited
    o_wait_days = record.wait_days
    l_first = lags.first
    l_accept = lags.accept
    l_other = lags.other
    l_cumulative = lags.cumulative
    s_waiting = start.waiting
    s_working = start.working

    replications, days, columns = arrivals.shape
    queues = m_base.size
    classes = m_classes
    pools = m_servers.shape[0]
    ranks, widest = serving.shape[1], serving.shape[2]
    longest = o_wait_days.shape[1] - 1
    oldest = scratch.ring.shape[1] - days - 1

    ring = scratch.ring
    inbox = scratch.inbox
    closing = scratch.closing
    late_closing = scratch.late_closing
    head = scratch.head
    total = scratch.total
    working = scratch.working
    starts = scratch.starts
    closes = scratch.closes
    served = scratch.served
    spare = scratch.spare
    carry = scratch.carry
    left_hours = scratch.left_hours
    units_used = scratch.units_used
    caseload = scratch.caseload
    waits = scratch.waits
    route_key = scratch.route_key
    delay_key = scratch.delay_key
    effort_key = scratch.effort_key
    renege_key = scratch.renege_key
    escalate_key = scratch.escalate_key
    back_key = scratch.back_key
    sick_key = scratch.sick_key
    sick = scratch.sick
    highest = scratch.highest
    for q in range(queues):
        for band in range(m_renege_from[q], m_renege_from[q + 1]):
            highest[q] = max(highest[q], m_renege_hazard[band])

    for r in range(replications):
        replication = first_replication + r
        ring[:] = 0
        inbox[:] = 0
        closing[:] = 0
        late_closing[:] = 0
        head[:] = oldest
        total[:] = 0
        working[:] = 0
        starts[:] = 0
        closes[:] = 0
        spare[:] = 0.0
        carry[:] = 0.0
        units_used[:] = 0.0
        caseload[:] = 0.0
        waits[:] = 0
        for q in range(queues):
            route_key[q] = key_of(seed, replication, ROUTE, q)
            delay_key[q] = key_of(seed, replication, DELAY_DRAW, q)
            effort_key[q] = key_of(seed, replication, EFFORT, q)
            renege_key[q] = key_of(seed, replication, RENEGE, q)
            escalate_key[q] = key_of(seed, replication, ESCALATE, q)
            back_key[q] = key_of(seed, replication, HANDBACK, q)
        for p in range(pools + 1):
            sick_key[p] = key_of(seed, replication, SICKNESS, p)

        for row in range(s_waiting.shape[0]):
            q = s_waiting[row, 0]
            place = oldest - s_waiting[row, 1]
            ring[q, place] += s_waiting[row, 2]
            total[q] += s_waiting[row, 2]
            head[q] = min(head[q], place)
        for row in range(s_working.shape[0]):
            _resume(
                m_schedule_from,
                m_schedule_to,
                m_schedule_first,
                m_schedule_every,
                l_first,
                l_cumulative,
                s_working,
                row,
                seed,
                replication,
                days,
                closing,
                inbox,
            )
            q = s_working[row, 0]
            cases = s_working[row, 2]
            working[q] += cases
            p = m_pools[q // classes, 0]
            if p != NONE:
                units_used[p] += cases * m_units[q]
                caseload[p] += cases

        for t in range(days):
            period = m_period[t]
            now = oldest + t
            week = m_week[t]
            if t == 0 or week != m_week[t - 1]:
                _draw_sickness(m_sickness, sick_key, week, m_winter[t], sick)

            # Those who waited before today may leave the list or become another class.
            for q in range(queues):
                if total[q] == 0:
                    continue
                if highest[q] > 0.0:
                    gone = _leave(
                        m_renege_from,
                        m_renege_day,
                        m_renege_hazard,
                        q,
                        t,
                        now,
                        ring,
                        head,
                        total,
                        renege_key[q],
                    )
                    o_left[r, period, q] += gone
                to_class = int(m_escalate[q % classes, 0])
                if to_class != NONE and total[q] > 0:
                    to = q - q % classes + to_class
                    moved = _escalate(
                        m_classes, m_escalate, q, to, t, now, ring, head, total, escalate_key[q]
                    )
                    o_moved_out[r, period, q] += moved
                    o_moved_in[r, period, to] += moved

            # Delays and holds that end today end in the morning, and make room.
            _close_all(
                classes,
                t,
                t,
                r,
                period,
                m_pools,
                m_is_supply,
                m_units,
                m_delay,
                m_target,
                m_target_closed,
                m_route_from,
                m_route_to,
                m_route_cumulative,
                closing,
                late_closing,
                working,
                units_used,
                caseload,
                closes,
                route_key,
                inbox,
                o_closed,
                o_judged,
                o_on_time,
            )

            # The morning's arrivals.
            for a in range(columns):
                inbox[arrival_queue[a], t] += arrivals[r, t, a]
            for q in range(queues):
                came = inbox[q, t]
                if came > 0:
                    if total[q] == 0:
                        head[q] = now
                    ring[q, now] += came
                    total[q] += came
                    o_incoming[r, period, q] += came

            # Providers give units back; those cases wait again.
            for q in range(queues):
                p = m_pools[q // classes, 0]
                if p == NONE or m_is_supply[p] == 0 or working[q] == 0:
                    continue
                if m_handback[p] > 0.0:
                    back = binomial(working[q], m_handback[p], back_key[q], 2 * t)
                    for n in range(back):
                        _give_back(q, t, n, working, closing, back_key[q])
                        working[q] -= 1
                    if back > 0:
                        units_used[p] -= back * m_units[q]
                        if total[q] == 0:
                            head[q] = now
                        ring[q, now] += back
                        total[q] += back
                        o_handed_back[r, period, q] += back

            # Hours and units of the day.
            served[:] = 0
            for p in range(pools):
                if m_is_supply[p] == 1:
                    left_hours[p] = m_servers[p, t] - units_used[p]
                    continue
                there = m_servers[p, t] * m_hours[p, t] * (1.0 - sick[p])
                o_hours_available[r, period, p] += there
                left_hours[p] = there + carry[p]

            # First the hours kept for a class, then each pool's own stages, then those that it
            # helps out, last the cases that need no one.
            for phase in range(ranks + 2):
                by_pool = 0 < phase <= ranks
                for group in range(pools if by_pool else queues):
                    q, p, room, budget = group, group, 0.0, 0.0
                    if by_pool:
                        if serving[p, phase - 1, 0] == NONE:
                            continue
                    else:
                        p = m_pools[q // classes, 0]
                        kind = m_kind[q // classes]
                        if phase == 0:
                            if m_reserve[q] <= 0.0 or kind != WORK or total[q] == 0:
                                spare[q] = 0.0
                                continue
                            there = m_servers[p, t] * m_hours[p, t] * (1.0 - sick[p])
                            spare[q] += m_reserve[q] * there
                        elif kind != DELAY or total[q] == 0:
                            continue
                    while True:
                        need = 0.0
                        if by_pool:
                            if left_hours[p] <= 0.0:
                                break
                            q = _most_urgent(
                                m_base, m_slope, serving, p, phase - 1, now, t, ring, head, total
                            )
                            if q == NONE:
                                break
                        elif total[q] == 0:
                            spare[q] = 0.0
                            break
                        fit = total[q]
                        if phase <= ranks:
                            need = m_units[q]
                            if m_is_supply[p] == 0:
                                need = m_effort[q, 1] * effort_factor[r, q // classes]
                                if phase > 1:
                                    need *= 1.0 + m_penalty[q // classes]
                            budget = left_hours[p]
                            if phase == 0:
                                budget = min(budget, spare[q])
                            room = m_caseload[p] * m_servers[p, t] - caseload[p]
                            fit = _fit(budget, need, room)
                            if fit <= 0:
                                break
                        while ring[q, head[q]] == 0:
                            head[q] += 1
                        at = head[q]
                        taken = min(fit, ring[q, at])
                        ring[q, at] -= taken
                        total[q] -= taken
                        wait = now - at
                        waits[q, min(wait, longest)] += taken
                        o_started[r, period, q] += taken
                        o_waited_days[r, period, q] += float(taken * wait)
                        working[q] += taken
                        if phase <= ranks:
                            left_hours[p] -= taken * need
                            if phase == 0:
                                spare[q] -= taken * need
                            if m_is_supply[p] == 1:
                                units_used[p] += taken * need
                            else:
                                served[q] += taken
                                if m_delay[q, 0] != NONE:
                                    caseload[p] += taken

                        # Was the target kept, or until which day may the case be closed?
                        closed_by = 1 << 40
                        if m_target[q] != NONE:
                            entered = at - oldest
                            if m_target_closed[q] == 0:
                                o_judged[r, period, q] += taken
                                if (
                                    _elapsed(m_target_working, m_working_day, q, entered, t)
                                    <= m_target[q]
                                ):
                                    o_on_time[r, period, q] += taken
                            elif m_target_working[q] == 0:
                                closed_by = entered + m_target[q]
                            else:
                                closed_by = _working_limit(
                                    m_working_day, entered, m_target[q], days
                                )

                        # When does each leave the stage?
                        first, last = l_first[q], l_first[q + 1]
                        if first == last:
                            closing[q, t] += taken
                            if t > closed_by:
                                late_closing[q, t] += taken
                            starts[q] += taken
                            continue
                        soonest = 0 if m_kind[q // classes] == WORK else 1
                        if m_schedule_from[q] == m_schedule_from[q + 1]:
                            _leave_later(
                                l_accept,
                                l_other,
                                first,
                                last - first,
                                delay_key[q],
                                starts[q],
                                taken,
                                t,
                                soonest,
                                days,
                                closed_by,
                                closing[q],
                                late_closing[q],
                            )
                        else:
                            for n in range(starts[q], starts[q] + taken):
                                until = _last_day(
                                    l_accept,
                                    l_other,
                                    first,
                                    last - first,
                                    delay_key[q],
                                    n,
                                    t,
                                    soonest,
                                    days,
                                )
                                closing[q, until] += 1
                                if until > closed_by:
                                    late_closing[q, until] += 1
                                _visit(
                                    m_schedule_from,
                                    m_schedule_to,
                                    m_schedule_first,
                                    m_schedule_every,
                                    q,
                                    t,
                                    until,
                                    days,
                                    inbox,
                                )
                        starts[q] += taken

            # What is left of the hours; what the work of the day took beyond its mean.
            for p in range(pools):
                there = m_servers[p, t] * m_hours[p, t] * (1.0 - sick[p])
                if m_is_supply[p] == 1:
                    o_hours_available[r, period, p] += m_servers[p, t]
                    o_hours_used[r, period, p] += units_used[p]
                    continue
                waiting = False
                for rank in range(ranks):
                    for i in range(widest):
                        q = serving[p, rank, i]
                        if q == NONE:
                            break
                        waiting = waiting or total[q] > 0
                room = (m_caseload[p] * m_servers[p, t]) - caseload[p]
                unused = 0.0
                if not waiting or room < 1.0:
                    unused = max(left_hours[p], 0.0)
                o_hours_used[r, period, p] += there - min(unused, there)
                carry[p] = left_hours[p] - unused
                for i in range(widest):
                    q = serving[p, 0, i]
                    if q == NONE:
                        break
                    if served[q] > 0 and m_effort[q, 2] > 0.0:
                        mean = m_effort[q, 1] * effort_factor[r, q // classes]
                        carry[p] -= _beyond_mean(served[q], mean, m_effort[q, 2], effort_key[q], t)

            # What is closed today without a delay goes on tomorrow morning.
            _close_all(
                classes,
                t,
                t + 1,
                r,
                period,
                m_pools,
                m_is_supply,
                m_units,
                m_delay,
                m_target,
                m_target_closed,
                m_route_from,
                m_route_to,
                m_route_cumulative,
                closing,
                late_closing,
                working,
                units_used,
                caseload,
                closes,
                route_key,
                inbox,
                o_closed,
                o_judged,
                o_on_time,
            )

            for q in range(queues):
                o_waiting_days[r, period, q] += total[q]
            if t == days - 1 or m_period[t + 1] != period:
                for q in range(queues):
                    o_waiting[r, period, q] = total[q]
                    o_working[r, period, q] = working[q]
                    if m_target[q] != NONE and total[q] > 0:
                        o_overdue[r, period, q] = _overdue(
                            m_target, m_target_working, m_working_day, q, t, now, oldest, ring, head
                        )

        for q in range(queues):
            seen = 0
            for wait in range(longest + 1):
                o_wait_days[q, wait] += waits[q, wait]
                seen += waits[q, wait]
            if seen > 0:
                o_half_waited[r, q] = _quantile_of_days(waits, q, seen, 0.5)
                o_ninety_waited[r, q] = _quantile_of_days(waits, q, seen, 0.9)


@inlined
def _fit(hours: float, need: float, room: float) -> int:
    """Cases that hours (or units) and the caseload leave room for."""
    if room < 1.0 - _SLACK:
        return 0
    fit = 1 << 40
    if need > 0.0:
        fit = int(math.floor(hours / need + _SLACK))
    if room < fit:
        fit = int(math.floor(room + _SLACK))
    return fit


@lean
def _draw_sickness(
    m_sickness: np.ndarray, keys: np.ndarray, week: int, winter: int, sick: Floats
) -> None:
    """Share of hours lost in a week, for each pool; in winter pools move together."""
    together = _WINTER_TOGETHER if winter == 1 else 0.0
    pools = sick.size
    shared = normal(keys[pools], week)
    for p in range(pools):
        if m_sickness[p, winter, 0] == m_sickness[p, winter, STATES_OF_TABLE - 1]:
            sick[p] = m_sickness[p, winter, 0]
            continue
        z = math.sqrt(together) * shared + math.sqrt(1.0 - together) * normal(keys[p], week)
        place = 0.5 * math.erfc(-z / math.sqrt(2.0)) * STATES_OF_TABLE - 0.5
        low = min(max(int(math.floor(place)), 0), STATES_OF_TABLE - 2)
        share = min(max(place - low, 0.0), 1.0)
        table = m_sickness[p, winter]
        sick[p] = table[low] + share * (table[low + 1] - table[low])


@lean
def _take_at(q: int, place: int, ring: np.ndarray, at: int) -> int:
    """The entry day (a place in the ring, from `at` on) of case number `place`, oldest first."""
    while place >= ring[q, at]:
        place -= ring[q, at]
        at += 1
    return at


@lean
def _leave(
    m_renege_from: np.ndarray,
    m_renege_day: np.ndarray,
    m_renege_hazard: np.ndarray,
    q: int,
    t: int,
    now: int,
    ring: np.ndarray,
    head: Integers,
    total: Integers,
    key: np.uint64,
) -> int:
    """Take those who leave the list today out of a queue, band by band of waiting days."""
    gone = 0
    first, last = m_renege_from[q], m_renege_from[q + 1]
    for band in range(first, last):
        hazard = m_renege_hazard[band]
        if hazard <= 0.0:
            continue
        low = now - max(m_renege_day[band], 1)
        high = head[q]
        if band + 1 < last:
            high = max(high, now - m_renege_day[band + 1] + 1)
        if last - first == 1 and m_renege_day[band] <= 1:
            eligible = total[q]
        else:
            eligible = 0
            for at in range(high, low + 1):
                eligible += ring[q, at]
        leaving = binomial(eligible, hazard, key, 64 * t + band - first)
        if leaving == 0:
            continue
        own = mix(key ^ (np.uint64(64 * t + band - first) * GOLDEN + np.uint64(1)))
        for n in range(leaving):
            pick = min(int(uniform(own, n) * (eligible - n)), eligible - n - 1)
            at = _take_at(q, pick, ring, high)
            ring[q, at] -= 1
            total[q] -= 1
        gone += leaving
    return gone


@lean
def _escalate(
    m_classes: int,
    m_escalate: np.ndarray,
    q: int,
    to: int,
    t: int,
    now: int,
    ring: np.ndarray,
    head: Integers,
    total: Integers,
    key: np.uint64,
) -> int:
    """Move those who escalate today into the queue of their new class, their waiting days kept."""
    c = q % m_classes
    hazard = m_escalate[c, 1]
    after = int(m_escalate[c, 2])
    eligible = total[q]
    for at in range(max(head[q], now - max(after, 1) + 1), now + 1):
        eligible -= ring[q, at]
    if eligible == 0:
        return 0
    moved = binomial(eligible, hazard, key, 2 * t)
    own = mix(key ^ (np.uint64(2 * t + 1) * GOLDEN))
    for n in range(moved):
        pick = min(int(uniform(own, n) * (eligible - n)), eligible - n - 1)
        at = _take_at(q, pick, ring, head[q])
        ring[q, at] -= 1
        total[q] -= 1
        if total[to] == 0:
            head[to] = at
        head[to] = min(head[to], at)
        ring[to, at] += 1
        total[to] += 1
    return moved


@inlined
def _most_urgent(
    m_base: np.ndarray,
    m_slope: np.ndarray,
    serving: Integers,
    p: int,
    rank: int,
    now: int,
    t: int,
    ring: np.ndarray,
    head: Integers,
    total: Integers,
) -> int:
    """The queue of a pool whose oldest case is the most urgent; ties take turns by day."""
    best = NONE
    best_urgency = 0.0
    best_turn = 0
    queues = total.size
    for i in range(serving.shape[2]):
        q = serving[p, rank, i]
        if q == NONE:
            break
        if total[q] == 0:
            continue
        while ring[q, head[q]] == 0:
            head[q] += 1
        urgency = m_base[q] + m_slope[q] * (now - head[q])
        turn = (q + t) % queues
        if best == NONE or urgency > best_urgency or (urgency == best_urgency and turn < best_turn):
            best = q
            best_urgency = urgency
            best_turn = turn
    return best


@lean
def _last_day(
    accept: Floats,
    other: Integers,
    first: int,
    size: int,
    key: np.uint64,
    n: int,
    t: int,
    soonest: int,
    days: int,
) -> int:
    """The day on which case number n leaves a stage that it starts today: Walker's alias draw."""
    word = mix(key + np.uint64(n >> 1) * GOLDEN)
    half = word >> _32 if n & 1 == 0 else word & _LOW
    x = np.float64(half) * _UNIT_32 * size
    day = int(x)
    at = np.uint64(first + day)
    if x - day >= accept[at]:
        day = int(other[at])
    until = t + day if day > soonest else t + soonest
    if day == size - 1 or until > days:
        until = days + 1
    return until


@lean
def _leave_later(
    accept: Floats,
    other: Integers,
    first: int,
    size: int,
    key: np.uint64,
    start: int,
    taken: int,
    t: int,
    soonest: int,
    days: int,
    closed_by: int,
    closing: np.ndarray,
    late_closing: np.ndarray,
) -> None:
    """Say for each of a batch of cases when it leaves its stage."""
    for n in range(start, start + taken):
        until = np.uint64(_last_day(accept, other, first, size, key, n, t, soonest, days))
        closing[until] += 1
        if until > closed_by:
            late_closing[until] += 1


@lean
def _visit(
    m_schedule_from: np.ndarray,
    m_schedule_to: np.ndarray,
    m_schedule_first: np.ndarray,
    m_schedule_every: np.ndarray,
    q: int,
    began: int,
    until: int,
    days: int,
    inbox: np.ndarray,
) -> None:
    """The work that a case makes while it is held, from the first simulated day on."""
    for way in range(m_schedule_from[q], m_schedule_from[q + 1]):
        day = began + m_schedule_first[way]
        every = m_schedule_every[way]
        while day < until and day < days:
            if day >= 0:
                inbox[m_schedule_to[way], day] += 1
            if every <= 0:
                break
            day += every


@lean
def _resume(
    m_schedule_from: np.ndarray,
    m_schedule_to: np.ndarray,
    m_schedule_first: np.ndarray,
    m_schedule_every: np.ndarray,
    l_first: np.ndarray,
    l_cumulative: np.ndarray,
    s_working: np.ndarray,
    row: int,
    seed: int,
    replication: int,
    days: int,
    closing: np.ndarray,
    inbox: np.ndarray,
) -> None:
    """Cases that are in progress at the start: what is left, given how long it has lasted."""
    q = s_working[row, 0]
    elapsed = s_working[row, 1]
    first, last = l_first[q], l_first[q + 1]
    if first == last:
        closing[q, 0] += s_working[row, 2]
        return
    size = last - first
    key = mix(key_of(seed, replication, RESIDUAL, q) ^ (np.uint64(row) * GOLDEN))
    below = l_cumulative[first + min(elapsed, size - 2)]
    for n in range(s_working[row, 2]):
        chance = below + uniform(key, n) * (1.0 - below)
        low, high = 0, size - 1
        while low < high:
            middle = (low + high) // 2
            if l_cumulative[first + middle] < chance:
                low = middle + 1
            else:
                high = middle
        until = days + 1 if low == size - 1 else min(max(low - elapsed, 0), days + 1)
        closing[q, until] += 1
        if m_schedule_from[q] != m_schedule_from[q + 1]:
            _visit(
                m_schedule_from,
                m_schedule_to,
                m_schedule_first,
                m_schedule_every,
                q,
                -elapsed,
                until,
                days,
                inbox,
            )


@lean
def _give_back(
    q: int, t: int, n: int, working: Integers, closing: np.ndarray, key: np.uint64
) -> None:
    """Choose one case in progress at random and take it out."""
    own = mix(key ^ (np.uint64(2 * t + 1) * GOLDEN))
    pick = min(int(uniform(own, n) * working[q]), working[q] - 1)
    at = t
    while pick >= closing[q, at]:
        pick -= closing[q, at]
        at += 1
    closing[q, at] -= 1


@lean
def _close_all(
    classes: int,
    t: int,
    arrive: int,
    r: int,
    period: int,
    m_pools: np.ndarray,
    m_is_supply: np.ndarray,
    m_units: np.ndarray,
    m_delay: np.ndarray,
    m_target: np.ndarray,
    m_target_closed: np.ndarray,
    m_route_from: np.ndarray,
    m_route_to: np.ndarray,
    m_route_cumulative: np.ndarray,
    closing: np.ndarray,
    late_closing: np.ndarray,
    working: Integers,
    units_used: Floats,
    caseload: Floats,
    closes: Integers,
    route_key: np.ndarray,
    inbox: np.ndarray,
    o_closed: np.ndarray,
    o_judged: np.ndarray,
    o_on_time: np.ndarray,
) -> None:
    """Close what is due today at every stage; its next stage gets it on day `arrive`."""
    for q in range(working.size):
        done = closing[q, t]
        if done == 0:
            continue
        working[q] -= done
        o_closed[r, period, q] += done
        p = m_pools[q // classes, 0]
        if p != NONE:
            if m_is_supply[p] == 1:
                units_used[p] -= done * m_units[q]
            elif m_delay[q, 0] != NONE:
                caseload[p] -= done
        if m_target[q] != NONE and m_target_closed[q] == 1:
            o_judged[r, period, q] += done
            o_on_time[r, period, q] += done - late_closing[q, t]
        _route(
            m_route_from, m_route_to, m_route_cumulative, q, done, arrive, route_key[q],
            closes[q], inbox,
        )  # fmt: skip
        closes[q] += done
        closing[q, t] = 0
        late_closing[q, t] = 0


@lean
def _route(
    m_route_from: np.ndarray,
    m_route_to: np.ndarray,
    m_route_cumulative: np.ndarray,
    q: int,
    done: int,
    arrive: int,
    key: np.uint64,
    before: int,
    inbox: np.ndarray,
) -> None:
    """Send closed cases on to a day: one by one where few, else by binomial splits."""
    first, last = m_route_from[q], m_route_from[q + 1]
    if last == first:
        return
    if last - first == 1 and m_route_to[first] == NONE:
        return
    if done <= _FEW:
        for n in range(done):
            chance = uniform(key, before + n)
            way = first
            while way < last - 1 and chance >= m_route_cumulative[way]:
                way += 1
            to = m_route_to[way]
            if to != NONE:
                inbox[to, arrive] += 1
        return
    left = done
    below = 0.0
    own = mix(key ^ (np.uint64(before) * GOLDEN + np.uint64(1)))
    for way in range(first, last):
        share = m_route_cumulative[way] - below
        going = left
        if way < last - 1:
            going = binomial(left, min(share / (1.0 - below), 1.0), own, way - first)
        below = m_route_cumulative[way]
        left -= going
        to = m_route_to[way]
        if to != NONE:
            inbox[to, arrive] += going
        if left == 0:
            break


@lean
def _beyond_mean(cases: int, mean: float, cv: float, key: np.uint64, t: int) -> float:
    """Hours that so many cases took beyond their mean: a gamma sum with their mean and variance.

    Wilson and Hilferty's cube of a normal number stands for the gamma where its shape is above 4.
    """
    shape = cases / (cv * cv)
    if shape > 4.0:
        cube = 1.0 - 1.0 / (9.0 * shape) + normal(key, t) / (3.0 * math.sqrt(shape))
        return cases * mean * (cube * cube * cube - 1.0)
    return cases * mean * (gamma(shape, key, t) / shape - 1.0)


@inlined
def _elapsed(
    m_target_working: np.ndarray, m_working_day: np.ndarray, q: int, entered: int, day: int
) -> int:
    """Days from entry to a day, in the days of the queue's target."""
    if m_target_working[q] == 0:
        return day - entered
    if entered >= 0:
        return m_working_day[day] - m_working_day[entered]
    return m_working_day[day] + int(math.ceil(-entered * 5.0 / 7.0))


@lean
def _working_limit(m_working_day: np.ndarray, entered: int, limit: int, days: int) -> int:
    """The last day on which a target in working days is kept."""
    before = -int(math.ceil(-entered * 5.0 / 7.0))
    if entered >= 0:
        before = m_working_day[entered]
    day = max(entered, 0)
    while day < days and m_working_day[day] - before <= limit:
        day += 1
    return day - 1 if day < days else days + 1


@lean
def _overdue(
    m_target: np.ndarray,
    m_target_working: np.ndarray,
    m_working_day: np.ndarray,
    q: int,
    t: int,
    now: int,
    oldest: int,
    ring: np.ndarray,
    head: Integers,
) -> int:
    """Cases of a queue that wait longer than their target at the end of a day."""
    late = 0
    for at in range(head[q], now + 1):
        if ring[q, at] > 0:
            if _elapsed(m_target_working, m_working_day, q, at - oldest, t) > m_target[q]:
                late += ring[q, at]
            else:
                break
    return late


@lean
def _quantile_of_days(waits: np.ndarray, q: int, seen: int, share: float) -> float:
    """Days that a share of cases waited at most, evenly spread within their last day."""
    aim = share * seen
    below = 0.0
    for wait in range(waits.shape[1]):
        here = waits[q, wait]
        if here > 0 and below + here >= aim:
            return wait + (aim - below) / here
        below += here
    return float(waits.shape[1])
