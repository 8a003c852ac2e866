"""The daily loop: cases counted by queue and the day on which they came into it.

A day: some of those who wait leave the list or become another class, in the morning and in the
evening; delays and holds that end today end, and go on at once; what comes in joins the queues;
each pool spends its hours and gives out its units; work closed without a delay goes on the next
morning.
"""

from __future__ import annotations

import numpy as np

from forethought.plan.simulation.kernels import inlined, lean
from forethought.plan.simulation.kernels.cohort_closing import close_due, come_in, hand_back
from forethought.plan.simulation.kernels.cohort_leaving import leave_or_escalate
from forethought.plan.simulation.kernels.cohort_record import write_period, write_waits
from forethought.plan.simulation.kernels.cohort_serving import (
    close_day,
    open_day,
    serve_rank,
    serve_reserved,
    start_unstaffed,
)
from forethought.plan.simulation.kernels.cohort_state import WAITING_DAYS, Lags, Lists, Scratch
from forethought.plan.simulation.kernels.cohort_stays import resume, stay
from forethought.plan.simulation.kernels.random import DELAY as DELAY_DRAW
from forethought.plan.simulation.kernels.random import (
    EFFORT,
    ESCALATE,
    HANDBACK,
    RENEGE,
    ROUTE,
    SICKNESS,
    key_of,
)
from forethought.plan.simulation.kernels.sickness import draw_sickness
from forethought.plan.simulation.model import Floats, Integers, Model, Record, Start


@lean
def simulate_days(
    model: Model,
    lags: Lags,
    lists: Lists,
    start: Start,
    arrivals: np.ndarray,
    arrival_queue: Integers,
    factor: Floats,
    seed: int,
    first_replication: int,
    record: Record,
    scratch: Scratch,
) -> None:
    """Simulate a block of replications.

    Args:
        model: The pathway as arrays.
        lags: Days in progress.
        lists: Which queues to look at.
        start: The position before the first day.
        arrivals: (R, D, A) cases that come in from outside, int32.
        arrival_queue: (A) the queue each column joins.
        factor: (R, S) factor on the mean effort of a stage in each replication.
        seed: Seed of the run.
        first_replication: Number of the block's first replication.
        record: Rows of this block; overwritten. `wait_days` is added to.
        scratch: Room to work in; overwritten.
    """
    days = arrivals.shape[1]
    for r in range(arrivals.shape[0]):
        _begin(model, lags, lists, start, seed, first_replication + r, scratch)
        for t in range(days):
            if t == 0 or model.week[t] != model.week[t - 1]:
                draw_sickness(
                    model.sickness, scratch.sick_key, model.week[t], model.winter[t], scratch.sick
                )
            for evening in range(2):
                leave_or_escalate(model, lists, scratch, t, evening)
                close_due(model, lists, scratch, t, evening)
                if evening == 0:
                    come_in(scratch, arrivals, arrival_queue, r, t)
                    hand_back(model, lists, scratch, t)
                    open_day(model, scratch, record, r, t)
                    _serve(model, lags, lists, scratch, factor, r, t)
                    close_day(model, lists, scratch, factor, record, r, t)
            for q in range(scratch.total.size):
                scratch.tally[WAITING_DAYS, q] += scratch.total[q]
            if t == days - 1 or model.period[t + 1] != model.period[t]:
                write_period(model, scratch, record, r, t)
        write_waits(scratch, record, r)


@inlined
def _serve(
    model: Model, lags: Lags, lists: Lists, scratch: Scratch, factor: Floats, r: int, t: int
) -> None:
    """Serve what is kept for a class, each pool's own stages, those it helps out, the rest."""
    serve_reserved(model, lists, scratch, factor, r, t)
    for rank in range(model.pools.shape[1]):
        for p in range(scratch.carry.size):
            serve_rank(model, lists, scratch, factor, r, t, p, rank)
    start_unstaffed(model, lists, scratch, t)
    for batch in range(scratch.begun[0]):
        q, taken = scratch.batches[batch, 0], scratch.batches[batch, 1]
        stay(model, lags, scratch, q, t, taken, scratch.batches[batch, 2])
    scratch.begun[0] = 0


@lean
def _begin(
    model: Model,
    lags: Lags,
    lists: Lists,
    start: Start,
    seed: int,
    replication: int,
    scratch: Scratch,
) -> None:
    """Set everything to the position before the first day."""
    days = scratch.inbox.shape[0] - 2
    scratch.inbox[days:] = 0  # what lies before is empty once its day is over
    scratch.closing[:, days:] = 0
    scratch.late[:, days:] = 0
    for q in range(scratch.total.size):
        if scratch.total[q] > 0:
            scratch.ring[q, scratch.head[q] :] = 0
    scratch.head[:] = scratch.oldest
    for counts in (scratch.total, scratch.working, scratch.starts, scratch.closes):
        counts[:] = 0
    for hours in (scratch.spare, scratch.carry, scratch.units_used, scratch.caseload):
        hours[:] = 0.0
    scratch.tally[:] = 0
    for q in range(scratch.total.size):
        scratch.route_key[q] = key_of(seed, replication, ROUTE, q)
        scratch.delay_key[q] = key_of(seed, replication, DELAY_DRAW, q)
        scratch.effort_key[q] = key_of(seed, replication, EFFORT, q)
        scratch.renege_key[q] = key_of(seed, replication, RENEGE, q)
        scratch.escalate_key[q] = key_of(seed, replication, ESCALATE, q)
        scratch.back_key[q] = key_of(seed, replication, HANDBACK, q)
    for p in range(scratch.sick_key.size):
        scratch.sick_key[p] = key_of(seed, replication, SICKNESS, p)
    for row in range(start.waiting.shape[0]):
        q, place = start.waiting[row, 0], scratch.oldest - start.waiting[row, 1]
        scratch.ring[q, place] += start.waiting[row, 2]
        scratch.total[q] += start.waiting[row, 2]
        scratch.head[q] = min(scratch.head[q], place)
    resume(model, lags, lists, scratch, start, seed, replication)
