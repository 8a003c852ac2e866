"""What the daily loop writes at the end of a recorded period and of a replication."""

from __future__ import annotations

from forethought.plan.simulation.kernels import inlined, lean
from forethought.plan.simulation.kernels.cohort_serving import elapsed_days
from forethought.plan.simulation.kernels.cohort_state import (
    CLOSED,
    HANDED_BACK,
    INCOMING,
    JUDGED,
    LEFT,
    MOVED_IN,
    MOVED_OUT,
    ON_TIME,
    STARTED,
    WAITED_DAYS,
    WAITING_DAYS,
    Scratch,
)
from forethought.plan.simulation.kernels.waits import quantile_of_days
from forethought.plan.simulation.model import NONE, Model, Record


@lean
def write_period(model: Model, scratch: Scratch, record: Record, r: int, t: int) -> None:
    """Write the period that ends today, and begin the next one's counts."""
    period = model.period[t]
    tally = scratch.tally
    for q in range(scratch.total.size):
        record.incoming[r, period, q] = tally[INCOMING, q]
        record.started[r, period, q] = tally[STARTED, q]
        record.closed[r, period, q] = tally[CLOSED, q]
        record.left[r, period, q] = tally[LEFT, q]
        record.moved_in[r, period, q] = tally[MOVED_IN, q]
        record.moved_out[r, period, q] = tally[MOVED_OUT, q]
        record.handed_back[r, period, q] = tally[HANDED_BACK, q]
        record.judged[r, period, q] = tally[JUDGED, q]
        record.on_time[r, period, q] = tally[ON_TIME, q]
        record.waited_days[r, period, q] = tally[WAITED_DAYS, q]
        record.waiting_days[r, period, q] = tally[WAITING_DAYS, q]
        record.waiting[r, period, q] = scratch.total[q]
        record.working[r, period, q] = scratch.working[q]
        if model.target[q] != NONE and scratch.total[q] > 0:
            record.overdue[r, period, q] = _overdue(model, scratch, q, t)
    tally[:] = 0


@inlined
def _overdue(model: Model, scratch: Scratch, q: int, t: int) -> int:
    """Cases of a queue that wait longer than their target at the end of a day."""
    late = 0
    for at in range(scratch.head[q], scratch.oldest + t + 1):
        if scratch.ring[q, at] > 0:
            if elapsed_days(model, q, at - scratch.oldest, t) <= model.target[q]:
                break
            late += scratch.ring[q, at]
    return late


@lean
def write_waits(scratch: Scratch, record: Record, r: int) -> None:
    """Write the waits of a replication, add them to those of the block, and begin anew."""
    for q in range(scratch.total.size):
        seen = 0
        for wait in range(scratch.longest[q] + 1):
            record.wait_days[q, wait] += scratch.waits[q, wait]
            seen += scratch.waits[q, wait]
        if seen > 0:
            record.half_waited[r, q] = quantile_of_days(scratch.waits, q, seen, 0.5)
            record.ninety_waited[r, q] = quantile_of_days(scratch.waits, q, seen, 0.9)
        scratch.waits[q, : scratch.longest[q] + 1] = 0
        scratch.longest[q] = 0
