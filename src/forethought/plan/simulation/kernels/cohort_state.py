"""What the daily loop reads beside the model, and the room that it works in.

Cases that wait lie in a ring of counts by the day on which they came; cases in progress in counts
by the day on which they will leave. Queues, pools and days are numbered as in the model.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forethought.plan.simulation.model import Floats, Integers, Model

(
    INCOMING,
    STARTED,
    CLOSED,
    LEFT,
    MOVED_IN,
    MOVED_OUT,
    HANDED_BACK,
    JUDGED,
    ON_TIME,
    WAITED_DAYS,
    WAITING_DAYS,
) = range(11)
"""Rows of `Scratch.tally`: what has happened since the last recorded period ended."""
TALLIES = 11
CHUNK = 256
"""Cases whose days in progress are drawn at a time."""
GUIDES = 4
"""Entries of a guide table for one of the alias table."""
LATER = 0xFFFF
"""A day in progress behind the horizon."""


class Lags(NamedTuple):
    """Whole days that a case stays after its work (or in its hold), for each queue.

    The alias table of a queue has a power of two of entries, so that the first bits of a random
    word choose one. An entry holds the chance of its own day (32 bits, in units of 2^-32), the
    other day (16 bits) and its own day (16 bits). LATER stands for all days behind the horizon.

    Args:
        first: (Q) first entry of the queue's tables.
        bits: (Q) binary logarithm of their size; NONE where there is no delay or length.
        alias: Alias tables, uint64.
        guide: (GUIDES times as many) the first day whose cumulative share is at least place / size,
            uint16.
        cumulative_from: (Q) first entry of the queue in `cumulative`.
        days: (Q) days that `cumulative` knows; the last one stands for all later ones.
        cumulative: Share that stays at most so many days.
    """

    first: Integers
    bits: Integers
    alias: np.ndarray
    guide: np.ndarray
    cumulative_from: Integers
    days: Integers
    cumulative: Floats


class Lists(NamedTuple):
    """Which queues each part of a day has to look at.

    Args:
        stage: (Q) the stage of each queue.
        pool: (Q) the first pool of its stage, or NONE.
        serves: Queues that pools serve, pool by pool, in each of them rank by rank.
        serves_from: (P x K + 1) first of them for each pool and rank.
        moody: Queues whose cases may leave the list or change their class.
        half_leave: Chance to leave in half a day, for each row of the model's bands.
        half_escalate: (C) chance to change the class in half a day.
        effort_group: (Q) the first queue of the stage with the same effort: what their cases take
            beyond the mean is drawn together.
        reserved: Queues that hours are kept for.
        unstaffed: Queues of stages that need no one.
        held: Queues whose units of supply may be given back.
    """

    stage: Integers
    pool: Integers
    serves: Integers
    serves_from: Integers
    moody: Integers
    half_leave: Floats
    half_escalate: Floats
    effort_group: Integers
    reserved: Integers
    unstaffed: Integers
    held: Integers


class Scratch(NamedTuple):
    """Room that a block of replications works in, made once by `scratch_for`.

    Args:
        ring: (Q, oldest + D + 1) cases that wait, by the day on which they came; day 0 is at
            `oldest`, days before the start lie before it.
        oldest: Days that the oldest case has waited at the start.
        inbox: (D + 2, Q) cases that come into a queue on a day.
        closing, late: (Q, D + 2) cases in progress by the day on which they leave; those of them
            that are past their target by then.
        head: (Q) no case came before this place of the ring.
        total, working, starts, closes: (Q) cases that wait, are in progress, have started and
            closed so far.
        began: (Q) cases that started today.
        served: (Q) those of them that took hours, at the first queue of their effort group.
        turn: (Q) rank of a queue today where cases of two queues are equally urgent.
        spare, urgency: (Q) hours kept for a queue; urgency of its oldest case.
        carry, left_hours, units_used, caseload, sick: (P) hours brought over from yesterday and
            left today; units and open cases in use; share of hours lost this week.
        room: (P) open cases that a pool may still take on today.
        waits: (Q, H) cases by whole days waited, none longer than `longest` (Q).
        batches: (n, 3) queue, cases and last day in time of those who started today together.
        begun: (1) how many batches.
        tally: (TALLIES, Q) counts of the recorded period.
        drawn: (CHUNK + 3) days in progress that were just drawn, from place 1 on.
        route_key, delay_key, effort_key, renege_key, escalate_key, back_key: (Q) keys.
        sick_key: (P + 1) keys.
    """

    ring: np.ndarray
    oldest: int
    inbox: np.ndarray
    closing: np.ndarray
    late: np.ndarray
    head: np.ndarray
    total: np.ndarray
    working: np.ndarray
    starts: np.ndarray
    closes: np.ndarray
    began: np.ndarray
    served: np.ndarray
    turn: np.ndarray
    spare: np.ndarray
    urgency: np.ndarray
    carry: np.ndarray
    left_hours: np.ndarray
    units_used: np.ndarray
    caseload: np.ndarray
    sick: np.ndarray
    room: np.ndarray
    waits: np.ndarray
    longest: np.ndarray
    batches: np.ndarray
    begun: np.ndarray
    tally: np.ndarray
    drawn: np.ndarray
    route_key: np.ndarray
    delay_key: np.ndarray
    effort_key: np.ndarray
    renege_key: np.ndarray
    escalate_key: np.ndarray
    back_key: np.ndarray
    sick_key: np.ndarray


def scratch_for(model: Model, oldest: int, longest: int) -> Scratch:
    """Room for a model, initial cases as old as `oldest` days, and waits up to `longest` days."""
    queues, pools, days = model.base.size, model.servers.shape[0], model.hours.shape[1]
    batches = queues * (oldest + days + 1) * (model.pools.shape[1] + 1)
    sizes = {
        "ring": (queues, oldest + days + 1),
        "inbox": (days + 2, queues),
        "closing": (queues, days + 2),
        "late": (queues, days + 2),
        "waits": (queues, longest + 1),
        "drawn": (CHUNK + 3,),
        "batches": (batches, 3),
        "tally": (TALLIES, queues),
        "room": (pools,),
        "begun": (1,),
        "sick_key": (pools + 1,),
    }
    rooms = {
        name: np.zeros(sizes.get(name, pools if name in _OF_POOLS else queues), dtype=kind)
        for kind, names in _KINDS.items()
        for name in names.split()
    }
    return Scratch(oldest=oldest, **rooms)


_OF_POOLS = {"carry", "left_hours", "units_used", "caseload", "sick"}
_KINDS = {
    np.int32: "ring inbox closing late waits drawn",
    np.int64: "head total working starts closes began served turn room longest batches begun tally",
    np.float64: "spare urgency carry left_hours units_used caseload sick",
    np.uint64: "route_key delay_key effort_key renege_key escalate_key back_key sick_key",
}
"""Names of the arrays of `Scratch` by the kind of number that they hold."""
