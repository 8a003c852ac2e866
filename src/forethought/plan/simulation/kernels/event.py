"""One replication of the event engine: individual cases in continuous time.

Three things can come next: an arrival, the first item of the heap, or a day on which staff, the
recorded period or the calendar change. Whatever happens, at most one stage gets a case and one
pool becomes free; both pick their next case in one place. A case draws its numbers by its own
name and visit, so that a scenario that changes the order of events changes none of them.
"""

from __future__ import annotations

import math

import numpy as np

from forethought.plan.simulation.kernels import inlined, lean
from forethought.plan.simulation.kernels.event_cases import (
    begin,
    begin_apart,
    change_class,
    close,
    join,
    leave_list,
    name_of,
    think,
    wake,
)
from forethought.plan.simulation.kernels.event_days import (
    Days,
    Sources,
    finish_replication,
    ident_of,
    next_day,
)
from forethought.plan.simulation.kernels.event_start import begin_replication
from forethought.plan.simulation.kernels.event_state import (
    ESCALATE,
    FINISH,
    FULL,
    HANDBACK,
    HOLE,
    LEAVE,
    RENEGE,
    STALE,
    VISIT,
    WAKES,
    World,
    case_of,
    drop_stale,
    fill_hole,
    item_of,
    kind_of,
    new_case,
    push,
    too_stale,
    valid,
    void_wakes,
)
from forethought.plan.simulation.kernels.random import (
    exponential,
    sample,
    subkey,
)
from forethought.plan.simulation.model import (
    DELAY,
    HOLD,
    NONE,
    WORK,
    Floats,
    Start,
)

_SLACK = 1e-9
_ROW_AT = np.uint64(40)


@lean
def simulate_cases(
    world: World,
    days: Days,
    sources: Sources,
    start: Start,
    factors: Floats,
    seed: int,
    replication: int,
    calendar: bool,
    ranks: int,
) -> bool:
    """Simulate one replication.

    Args:
        world: Stores; overwritten.
        days: Days on which something changes, and where they leave their figures; overwritten.
        sources: Arrivals; its counters are overwritten.
        start: The position before the first day.
        factors: (Q) factor on the effort of each queue.
        seed: Seed of the run.
        replication: Number of the replication.
        calendar: Waits are counted in whole days.
        ranks: The largest number of pools that serve one stage.

    Returns:
        Whether the stores were large enough; otherwise nothing of it counts.
    """
    begin_replication(world, start, sources, factors, seed, replication, calendar)
    days.before[:] = 0.0
    days.pools_before[:] = 0.0
    days.marks[:] = 0.0
    cases, heap, count = world.cases, world.heap, world.counts
    columns = sources.streams.size if sources.counts.shape[0] == 0 else 0
    at_stop = 0
    next_stop = 0.0
    column = 0
    next_arrival = -1.0  # not known yet
    while count[FULL] == 0:
        if count[HOLE] == 1:
            fill_hole(heap, count)
            if too_stale(count):
                drop_stale(heap, cases, count)
        if next_arrival < 0.0:
            next_arrival = math.inf
            if columns > 0:
                for a in range(columns):
                    if sources.streams[a]["next"] < next_arrival:
                        next_arrival = sources.streams[a]["next"]
                        column = a
            elif sources.span[0] < sources.span[1]:
                next_arrival = sources.listed[sources.span[0]]["time"]
        next_wake = heap[0]["time"] if count[WAKES] > 0 else math.inf
        if next_stop <= next_arrival and next_stop <= next_wake:
            next_day(world, days, sources, at_stop, calendar)
            at_stop += 1
            if at_stop == days.stops.size:
                break
            for rank in range(ranks):
                for p in range(world.pools.size):
                    _serve_at_opening(world, p, rank, next_stop, calendar)
            next_stop = float(days.stops[at_stop])
            next_arrival = -1.0
            continue
        served = NONE
        comer = NONE
        freed = NONE
        to = NONE
        if next_arrival <= next_wake:
            now = next_arrival
            next_arrival = -1.0
            comer = new_case(cases, count)
            if columns > 0:
                stream = sources.streams[column]
                to = int(stream["queue"])
                n = sources.number[to]
                cases[comer]["ident"] = ident_of(to, n)
                sources.number[to] = n + 1
                stream["next"] = now + exponential(stream["key"], n + 1) / stream["rate"]
            else:
                place = sources.span[0]
                to = int(sources.listed[place]["queue"])
                cases[comer]["ident"] = sources.listed[place]["ident"]
                sources.span[0] = place + 1
            cases[comer]["visits"] = 0
            cases[comer]["wakes"] = 0
            cases[comer]["origin"] = now
        else:
            now = next_wake
            item = heap[0]["item"]
            case = case_of(item)
            kind = kind_of(item)
            count[HOLE] = 1
            q = cases[case]["queue"]
            if kind == FINISH:
                freed = cases[case]["pool"]
                pool = world.pools[freed]
                pool["busy"] -= 1
                pool["used"] += cases[case]["clock"]
                queue = world.queues[q]
                if queue["stay"] == NONE:
                    pool["open"] -= 1
                    to = close(world, case, q, now, calendar)
                    if to != NONE:
                        comer = case
                else:
                    until = now + sample(
                        queue["stay"],
                        queue["stay_mean"],
                        queue["stay_cv"],
                        queue["stay_shape"],
                        queue["stay_key"],
                        name_of(world, case),
                    )
                    if until < world.clock.shape[1] - 1:
                        push(heap, count, until, item_of(cases, case, LEAVE))
            elif not valid(cases, item):
                count[STALE] -= 1
                continue
            elif kind == LEAVE:
                freed = _release(world, case, q, now)
                to = close(world, case, q, now, calendar)
                if to != NONE:
                    comer = case
            elif kind == HANDBACK:
                freed = _release(world, case, q, now)
                world.queues[q]["working"] -= 1
                world.queues[q]["handed_back"] += 1
                void_wakes(cases, count, case)
                cases[case]["visits"] += 1
                comer = case
                join(world, case, q, now)
                served = q
            elif kind == RENEGE:
                leave_list(world, case, q, now)
                count[STALE] -= 1
                served = q
            elif kind == ESCALATE:
                change_class(world, case, q, world.queues[q]["escalate"], now)
                count[STALE] -= 1
                comer = case
                served = q
            else:
                row = kind - VISIT
                cases[case]["wakes"] -= 1
                comer = new_case(cases, count)
                _visitor(world, case, comer, row, now)
                to = int(world.ways[row]["to"])
                if world.ways[row]["every"] > 0.0:
                    wake(world, case, now + world.ways[row]["every"], kind)
        if to != NONE:
            world.queues[to]["incoming"] += 1
            world.queues[to]["stage_area"] -= now
            join(world, comer, to, now)
            served = to
            if world.queues[to]["kind"] == DELAY:
                begin_apart(world, comer, to, NONE, now, calendar)
                comer = NONE
        # The pools of that queue, best first, then the pool that became free.
        turn, last = 0, 0
        if served != NONE:
            turn, last = world.queues[served]["served"], world.queues[served]["served_end"]
        while turn <= last:
            p = int(world.ways[turn]["pool"]) if turn < last else freed
            turn += 1
            if p == NONE:
                continue
            pool = world.pools[p]
            while True:
                if pool["supply"] == 0:
                    if pool["busy"] >= pool["servers"] or pool["open"] + 1 > pool["limit"] + _SLACK:
                        break
                q = _most_urgent(world, p, ranks, now)
                if q == NONE:
                    break
                if pool["supply"] == 1:
                    if pool["held"] + world.queues[q]["units"] > pool["capacity"] + _SLACK:
                        break
                begin(world, world.queues[q]["head"], q, p, now, calendar)
        if comer != NONE and cases[comer]["waits"] == 1:
            think(world, comer, cases[comer]["queue"], now)
    finish_replication(world, days.waited)
    return count[FULL] == 0


@lean
def _serve_at_opening(world: World, p: int, rank: int, now: float, calendar: bool) -> None:
    """A pool takes cases when a day begins: each first those that it serves best."""
    pool = world.pools[p]
    while world.counts[FULL] == 0:
        if pool["supply"] == 0 and (
            pool["busy"] >= pool["servers"] or pool["open"] + 1 > pool["limit"] + _SLACK
        ):
            return
        q = _most_urgent(world, p, rank, now)
        if q == NONE:
            return
        if (
            pool["supply"] == 1
            and pool["held"] + world.queues[q]["units"] > pool["capacity"] + _SLACK
        ):
            return
        begin_apart(world, world.queues[q]["head"], q, p, now, calendar)


@inlined
def _most_urgent(world: World, p: int, rank: int, now: float) -> int:
    """The queue whose first case a pool takes next, or NONE.

    Only queues that it serves at this rank or better. Queues whose reserve is not used up go
    first; of equally urgent cases the one that waits longest.
    """
    first, last = world.pools[p]["serves"], world.pools[p]["serves_end"]
    queues = world.queues
    if last - first == 1 and world.ways[first]["rank"] <= rank:
        q = int(world.ways[first]["queue"])
        return q if queues[q]["head"] >= 0 else NONE
    best = NONE
    best_urgency = 0.0
    best_order = 0.0
    best_reserved = False
    so_far = 0.0
    if world.pools[p]["reserves"] == 1:
        pool = world.pools[p]
        so_far = pool["available"] + (now - pool["since"]) * pool["today"]
    for at in range(first, last):
        q = int(world.ways[at]["queue"])
        head = queues[q]["head"]
        if head < 0 or world.ways[at]["rank"] > rank:
            continue
        reserved = (
            queues[q]["reserve"] > 0.0
            and queues[q]["first_pool"] == p
            and queues[q]["reserved"] < queues[q]["reserve"] * so_far
        )
        order = world.cases[head]["order"]
        urgency = queues[q]["base"] + queues[q]["slope"] * (now - order)
        if best != NONE:
            if best_reserved and not reserved:
                continue
            if best_reserved == reserved:
                if urgency < best_urgency or (urgency == best_urgency and order >= best_order):
                    continue
        best = q
        best_urgency = urgency
        best_order = order
        best_reserved = reserved
    return best


@lean
def _release(world: World, case: int, q: int, now: float) -> int:
    """Give back what a case in delay or hold keeps; the pool that can use it, or NONE."""
    p = world.cases[case]["pool"]
    if p == NONE:
        return NONE
    pool = world.pools[p]
    if world.queues[q]["kind"] == WORK:
        pool["open"] -= 1
    elif world.queues[q]["kind"] == HOLD:
        pool["held"] -= world.queues[q]["units"]
        pool["used"] += world.queues[q]["units"] * now
    return p


@lean
def _visitor(world: World, case: int, comer: int, row: int, now: float) -> None:
    """Name the work that a held case makes: by the case, the schedule and how often it was."""
    cases = world.cases
    turn = np.uint64(math.floor(now - cases[case]["begun"] + 0.5))
    name = name_of(world, case)
    cases[comer]["ident"] = subkey(subkey(name, row), turn)
    cases[comer]["visits"] = 0
    cases[comer]["wakes"] = 0
    cases[comer]["origin"] = now
