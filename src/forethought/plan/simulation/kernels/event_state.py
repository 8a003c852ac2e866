"""What the event engine holds while it runs: cases, queues, pools, and the heap of what is next.

Everything lies in records of fixed layout: a case, a queue, a pool each fill a few lines of the
processor's cache, and one array holds all of a kind. Numbers of cases are recycled (a free list),
so that memory follows the number in system. Where a store is too small the flag FULL is set, and
the replication is run again with a larger one: it comes out the same.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from forethought.plan.simulation.kernels import inlined
from forethought.plan.simulation.model import Floats, Integers

CASE = np.dtype(
    [
        ("entry", "f8"),  # time it came into the stage
        ("origin", "f8"),  # time it came into the pathway
        ("order", "f8"),  # which of the two orders the queue
        ("begun", "f8"),  # time its work (or hold) started
        ("clock", "f8"),  # the pool's hours at which its effort is done
        ("ident", "u8"),  # names it in every scenario
        ("next", "i4"),
        ("prev", "i4"),
        ("queue", "i4"),
        ("pool", "i4"),
        ("visits", "i4"),  # stages it came through
        ("changes", "i4"),  # times that its class changed in the stage it is in
        ("stamp", "i4"),  # wake-ups with another stamp are void
        ("wakes", "i4"),  # wake-ups in the heap that carry this stamp
        ("waits", "i4"),  # 1 while in the list of its queue
    ],
    align=True,
)
_CONSTANT = [
    *[(name, "f8") for name in ("base", "slope", "reserve", "penalty", "units")],
    *[(name, "f8") for name in ("mean", "cv", "shape", "stay_mean", "stay_cv", "stay_shape")],
    *[(name, "f8") for name in ("escalate_rate", "escalate_after", "factor")],
    *[(name, "i4") for name in ("stage", "kind", "by_origin", "family", "stay", "moody")],
    *[(name, "i4") for name in ("route", "route_end", "visit", "visit_end")],
    *[(name, "i4") for name in ("renege", "renege_end", "escalate", "first_pool")],
    *[(name, "i4") for name in ("served", "served_end")],
    *[(name, "i4") for name in ("target", "target_closed", "target_working")],
]
KEYS = ("effort_key", "route_key", "stay_key", "renege_key", "escalate_key", "back_key")
COUNTERS = (
    "incoming",
    "started",
    "closed",
    "left",
    "moved_in",
    "moved_out",
    "handed_back",
    "judged",
    "on_time",
)
SUMS = ("waited", "waiting_days", "waits_squared", "waiting_area", "stage_area")
QUEUE = np.dtype(
    [
        *_CONSTANT,
        *[(name, "u8") for name in KEYS],
        ("head", "i4"),
        ("tail", "i4"),
        ("waiting", "i8"),
        ("working", "i8"),
        ("reserved", "f8"),  # hours of the reserve that were used or let go
        *[(name, "i8") for name in COUNTERS],
        *[(name, "f8") for name in SUMS],
    ],
    align=True,
)
POOL = np.dtype(
    [
        ("servers", "i8"),  # that may work today
        ("busy", "i8"),
        ("open", "i8"),  # cases in work or in delay
        ("limit", "f8"),  # of open cases, today
        ("capacity", "f8"),  # units of supply today
        ("held", "f8"),  # units of supply
        ("supply", "i4"),
        ("steady", "i4"),  # 1 where an hour of effort takes a unit of time, whenever
        ("reserves", "i4"),  # 1 where any of its queues has a reserve
        ("limited", "i4"),  # 1 where the caseload has a limit
        ("serves", "i4"),
        ("serves_end", "i4"),
        ("caseload", "f8"),
        ("handback", "f8"),  # rate a day
        ("today", "f8"),  # hours of all its staff today
        ("since", "f8"),  # day from which `today` holds
        ("available", "f8"),  # hours of all its staff before then
        ("used", "f8"),  # hours worked; each piece of work in hand still has to add its end
    ],
    align=True,
)
WAY = np.dtype(
    [
        ("to", "i4"),  # a route or a schedule: queue, or NONE
        ("share", "f8"),  # a route: share up to and with this one
        ("first", "f8"),  # a schedule: days to the first visit; a band: its first waiting day
        ("every", "f8"),  # a schedule: days between the later ones
        ("rate", "f8"),  # a band of waiting days: rate of leaving
        ("queue", "i4"),  # what a pool serves
        ("pool", "i4"),  # what serves a queue, best first
        ("rank", "i4"),  # how good the pool is there, 0 first
    ],
    align=True,
)
WAKE = np.dtype([("time", "f8"), ("item", "i8")], align=True)

# Places in the array of counters.
FREE, CASES_USED, WAKES, HOLE, STALE, FULL, LOGGED = 0, 1, 2, 3, 4, 5, 6
COUNTS = 7
# Why a case is woken; VISIT and above: a scheduled visit, by its row.
FINISH, LEAVE, HANDBACK, RENEGE, ESCALATE, VISIT = 0, 1, 2, 3, 4, 5
_KIND_BITS, _CASE_BITS = 12, 28
_KIND, _CASE, _STAMP = (1 << _KIND_BITS) - 1, (1 << _CASE_BITS) - 1, (1 << 22) - 1
_KEPT_STALE = 256


class World(NamedTuple):
    """Arrays that the parts of the loop share (names and units: `model.Model`, and above).

    Args:
        cases, queues, pools, heap: Records.
        counts: Counters (FREE, ...).
        ways: Rows of all tables; queues and pools know where theirs begin and end.
        clock: (P + 1, D + 1) hours that a server of a pool has worked before each day; in the
            last row working days.
        waits: (Q, H) cases by waiting days until started.
        given: (n, v) effort of case n at its v-th stage, or empty: drawn.
        log: (L, 6) a row for each visit that ended, or empty: ident, queue, entry, begun (nan:
            never), end, pool.
    """

    cases: Any
    queues: Any
    pools: Any
    heap: Any
    counts: Integers
    ways: Any
    clock: Floats
    waits: Any
    given: Floats
    log: Floats


@inlined
def new_case(cases: Any, count: Integers) -> int:
    """A number for a case; 0, and the flag FULL, where there is no room."""
    case = int(count[FREE])
    if case >= 0:
        count[FREE] = cases[case]["next"]
        return case
    case = int(count[CASES_USED])
    if case == cases.size:
        count[FULL] = 1
        return 0
    count[CASES_USED] = case + 1
    cases[case]["stamp"] = 0
    return case


@inlined
def free_case(cases: Any, count: Integers, case: int) -> None:
    """Give a number back; what may still wake it is void."""
    void_wakes(cases, count, case)
    cases[case]["next"] = count[FREE]
    count[FREE] = case


@inlined
def void_wakes(cases: Any, count: Integers, case: int) -> None:
    """Make void what is in the heap for a case."""
    count[STALE] += cases[case]["wakes"]
    cases[case]["wakes"] = 0
    cases[case]["stamp"] = (cases[case]["stamp"] + 1) & _STAMP


@inlined
def item_of(cases: Any, case: int, kind: int) -> int:
    """Case, its stamp and the reason in one number."""
    return int(
        (np.int64(cases[case]["stamp"]) << (_KIND_BITS + _CASE_BITS)) | (case << _KIND_BITS) | kind
    )


@inlined
def case_of(item: int) -> int:
    """The case of an item."""
    return (item >> _KIND_BITS) & _CASE


@inlined
def kind_of(item: int) -> int:
    """The reason of an item."""
    return item & _KIND


@inlined
def valid(cases: Any, item: int) -> bool:
    """Whether the case is still as it was when the item was made."""
    return (item >> (_KIND_BITS + _CASE_BITS)) == cases[case_of(item)]["stamp"]


@inlined
def push(heap: Any, count: Integers, time: float, item: int) -> None:
    """Put an item into the heap; the hole that the last one taken left is filled first."""
    size = count[WAKES]
    if count[HOLE] == 1:
        count[HOLE] = 0
        sift_down(heap, size, time, item)
        return
    if size == heap.size:
        count[FULL] = 1
        return
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[above]["time"] <= time:
            break
        heap[at]["time"] = heap[above]["time"]
        heap[at]["item"] = heap[above]["item"]
        at = above
    heap[at]["time"] = time
    heap[at]["item"] = item
    count[WAKES] = size + 1


@inlined
def sift_down(heap: Any, size: int, time: float, item: int) -> None:
    """Put an item at the root of a heap whose root is free."""
    at = 0
    below = 1
    while below < size:
        if below + 1 < size and heap[below + 1]["time"] < heap[below]["time"]:
            below += 1
        if time <= heap[below]["time"]:
            break
        heap[at]["time"] = heap[below]["time"]
        heap[at]["item"] = heap[below]["item"]
        at = below
        below = 2 * at + 1
    heap[at]["time"] = time
    heap[at]["item"] = item


@inlined
def fill_hole(heap: Any, count: Integers) -> None:
    """Fill the root with the last item, where nothing else did."""
    count[HOLE] = 0
    size = count[WAKES] - 1
    count[WAKES] = size
    if size > 0:
        sift_down(heap, size, heap[size]["time"], heap[size]["item"])


@inlined
def too_stale(count: Integers) -> bool:
    """Whether most of the heap is void."""
    return count[STALE] > _KEPT_STALE and 2 * count[STALE] > count[WAKES]


@inlined
def drop_stale(heap: Any, cases: Any, count: Integers) -> None:
    """Build the heap anew without what is void (its root must not be a hole)."""
    size = count[WAKES]
    count[WAKES] = 0
    for at in range(size):
        time, item = heap[at]["time"], heap[at]["item"]
        if valid(cases, item):
            push(heap, count, time, item)
    count[STALE] = 0


@inlined
def enqueue(cases: Any, queues: Any, case: int, q: int) -> None:
    """Put a case into the list of its queue by its order time, behind those of the same time.

    The list is walked from the end that is nearer in time.
    """
    order = cases[case]["order"]
    tail = queues[q]["tail"]
    cases[case]["waits"] = 1
    queues[q]["waiting"] += 1
    if tail < 0:
        queues[q]["head"] = case
        queues[q]["tail"] = case
        cases[case]["prev"] = -1
        cases[case]["next"] = -1
        return
    after = tail
    if cases[tail]["order"] > order:
        head = queues[q]["head"]
        if order - cases[head]["order"] < cases[tail]["order"] - order:
            after = head
            while after >= 0 and cases[after]["order"] <= order:
                after = cases[after]["next"]
            after = cases[after]["prev"]
        else:
            while after >= 0 and cases[after]["order"] > order:
                after = cases[after]["prev"]
    cases[case]["prev"] = after
    if after < 0:
        follower = queues[q]["head"]
        queues[q]["head"] = case
    else:
        follower = cases[after]["next"]
        cases[after]["next"] = case
    cases[case]["next"] = follower
    if follower < 0:
        queues[q]["tail"] = case
    else:
        cases[follower]["prev"] = case


@inlined
def dequeue(cases: Any, queues: Any, case: int, q: int) -> None:
    """Take a case out of the list of its queue, wherever it stands."""
    before, after = cases[case]["prev"], cases[case]["next"]
    if before < 0:
        queues[q]["head"] = after
    else:
        cases[before]["next"] = after
    if after < 0:
        queues[q]["tail"] = before
    else:
        cases[after]["prev"] = before
    cases[case]["waits"] = 0
    queues[q]["waiting"] -= 1
