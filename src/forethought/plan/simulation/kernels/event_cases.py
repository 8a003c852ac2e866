"""What happens to one case of the event engine: it comes, waits, starts, leaves a stage."""

from __future__ import annotations

import math

import numpy as np

from forethought.plan.simulation.kernels import inlined, lean
from forethought.plan.simulation.kernels.event_state import (
    ESCALATE,
    FINISH,
    FULL,
    HANDBACK,
    LEAVE,
    LOGGED,
    RENEGE,
    VISIT,
    World,
    dequeue,
    enqueue,
    free_case,
    item_of,
    push,
    void_wakes,
)
from forethought.plan.simulation.kernels.random import (
    EXPONENTIAL,
    FIXED,
    exponential,
    sample,
    subkey,
    uniform,
)
from forethought.plan.simulation.model import NONE, WORK

_VISITS_AT = np.uint64(46)
_WEEK, _WORKING = 7.0, 5.0


@inlined
def name_of(world: World, case: int) -> np.uint64:
    """The number that a case draws by at the stage it is in."""
    visits = np.uint64(world.cases[case]["visits"])
    return world.cases[case]["ident"] + (visits << _VISITS_AT)


@inlined
def join(world: World, case: int, q: int, now: float) -> None:
    """Put a case that comes into a stage into its queue."""
    cases, queues = world.cases, world.queues
    cases[case]["queue"] = q
    cases[case]["changes"] = 0
    cases[case]["entry"] = now
    cases[case]["order"] = cases[case]["origin"] if queues[q]["by_origin"] == 1 else now
    queues[q]["waiting_area"] -= now
    enqueue(cases, queues, case, q)


@inlined
def mood_key(world: World, case: int, key: np.uint64) -> np.uint64:
    """The key that a case draws its patience by: anew after each change of its class."""
    changes = world.cases[case]["changes"]
    return key if changes == 0 else subkey(key, changes)


@inlined
def patience(world: World, case: int, q: int, now: float) -> float:
    """When a waiting case leaves the list: its hazard rises and falls by waiting days."""
    queue = world.queues[q]
    need = exponential(mood_key(world, case, queue["renege_key"]), name_of(world, case))
    age = now - world.cases[case]["entry"]
    at = age
    last = queue["renege_end"]
    for band in range(queue["renege"], last):
        until = math.inf
        if band + 1 < last:
            until = world.ways[band + 1]["first"]
        at = max(at, world.ways[band]["first"])
        rate = world.ways[band]["rate"]
        if until <= at or rate <= 0.0:
            continue
        if rate * (until - at) >= need:
            return now + (at - age) + need / rate
        need -= rate * (until - at)
        at = until
    return math.inf


@inlined
def think(world: World, case: int, q: int, now: float) -> None:
    """Draw what ends the waiting of a case before its turn: it leaves, or its class changes."""
    queue = world.queues[q]
    if queue["moody"] == 0:
        return
    at = math.inf
    kind = RENEGE
    if queue["renege"] < queue["renege_end"]:
        at = patience(world, case, q, now)
    if queue["escalate"] != NONE:
        age = now - world.cases[case]["entry"]
        key = mood_key(world, case, queue["escalate_key"])
        hurry = exponential(key, name_of(world, case)) / queue["escalate_rate"]
        hurry += now + max(queue["escalate_after"] - age, 0.0)
        if hurry < at:
            at = hurry
            kind = ESCALATE
    wake(world, case, at, kind)


@inlined
def wake(world: World, case: int, at: float, kind: int) -> None:
    """Wake a case later, unless something else happens to it first (or the run ends)."""
    if at < world.clock.shape[1] - 1:
        world.cases[case]["wakes"] += 1
        push(world.heap, world.counts, at, item_of(world.cases, case, kind))


@inlined
def elapsed(world: World, q: int, entry: float, now: float, calendar: bool) -> float:
    """Days between two times in the days of a queue's target; whole ones in a calendar.

    Before the first simulated day five of seven days are working days.
    """
    if not calendar:
        return now - entry
    came, today = math.floor(entry), int(now)
    if world.queues[q]["target_working"] == 0:
        return float(today - came)
    if came >= 0:
        return world.clock[-1, today] - world.clock[-1, int(came)]
    return world.clock[-1, today] + math.ceil(-came * _WORKING / _WEEK)


@inlined
def judge(world: World, case: int, q: int, now: float, calendar: bool) -> None:
    """Count a case against its target."""
    queue = world.queues[q]
    queue["judged"] += 1
    if elapsed(world, q, world.cases[case]["entry"], now, calendar) <= queue["target"]:
        queue["on_time"] += 1


@inlined
def begin(world: World, case: int, q: int, p: int, now: float, calendar: bool) -> None:
    """Start the work (or hold, or delay) of a waiting case by a pool, or none."""
    cases, queues = world.cases, world.queues
    dequeue(cases, queues, case, q)
    void_wakes(cases, world.counts, case)
    queue = queues[q]
    entry = cases[case]["entry"]
    wait = now - entry
    if calendar:
        wait = float(int(now) - math.floor(entry))
    queue["started"] += 1
    queue["working"] += 1
    queue["waited"] += wait
    queue["waits_squared"] += wait * wait
    queue["waiting_area"] += now
    world.waits[q, min(int(wait), world.waits.shape[1] - 1)] += 1
    if queue["target"] != NONE and queue["target_closed"] == 0:
        judge(world, case, q, now, calendar)
    cases[case]["begun"] = now
    cases[case]["pool"] = p
    if queue["kind"] == WORK:
        work(world, case, q, p, now)
    else:
        hold(world, case, q, p, now)


@inlined
def work(world: World, case: int, q: int, p: int, now: float) -> None:
    """Give a case to a free server of a pool."""
    queue, pool = world.queues[q], world.pools[p]
    name = name_of(world, case)
    if world.given.size > 0:
        effort = world.given[int(world.cases[case]["ident"]), world.cases[case]["visits"]]
    else:
        effort = queue["factor"] * queue["mean"]
        if queue["family"] == EXPONENTIAL:
            effort *= exponential(queue["effort_key"], name)
        elif queue["family"] != FIXED:
            effort *= sample(
                queue["family"], 1.0, queue["cv"], queue["shape"], queue["effort_key"], name
            )
    if p != queue["first_pool"]:
        effort *= 1.0 + queue["penalty"]
    elif queue["reserve"] > 0.0:
        queue["reserved"] += effort
    occupy(world, case, p, now, effort)
    pool["open"] += 1


@inlined
def occupy(world: World, case: int, p: int, now: float, effort: float) -> None:
    """Keep a server busy until so much effort is done."""
    pool = world.pools[p]
    pool["busy"] += 1
    if pool["steady"] == 1:
        worked = now
        at = now + effort
    else:
        worked = worked_by(world.clock, p, now)
        at = time_of(world.clock, p, int(now), worked + effort)
    pool["used"] -= worked
    world.cases[case]["clock"] = worked + effort
    if at < world.clock.shape[1] - 1:
        push(world.heap, world.counts, max(at, now), item_of(world.cases, case, FINISH))


@inlined
def worked_by(clock: np.ndarray, p: int, now: float) -> float:
    """Hours that a server of a pool has worked by a time."""
    day = int(now)
    return clock[p, day] + (now - day) * (clock[p, day + 1] - clock[p, day])


@inlined
def time_of(clock: np.ndarray, p: int, day: int, hours: float) -> float:
    """When a server of a pool has worked so many hours; infinite where the run ends first."""
    days = clock.shape[1] - 1
    while day < days and clock[p, day + 1] < hours:
        day += 1
    if day == days:
        return math.inf
    today = clock[p, day + 1] - clock[p, day]
    return day + (hours - clock[p, day]) / today if today > 0.0 else float(day)


@inlined
def hold(world: World, case: int, q: int, p: int, now: float) -> None:
    """Keep a case in a stage for a length of time, with units of supply or without."""
    queue = world.queues[q]
    name = name_of(world, case)
    length = sample(
        queue["stay"],
        queue["stay_mean"],
        queue["stay_cv"],
        queue["stay_shape"],
        queue["stay_key"],
        name,
    )
    kind = LEAVE
    if p != NONE:
        pool = world.pools[p]
        pool["held"] += queue["units"]
        pool["used"] -= queue["units"] * now
        if pool["handback"] > 0.0:
            kept = exponential(queue["back_key"], name) / pool["handback"]
            if kept < length:
                length = kept
                kind = HANDBACK
    stay(world, case, q, now, now + length, kind)


@inlined
def stay(world: World, case: int, q: int, now: float, until: float, kind: int) -> None:
    """Wake a held case at its end, and for its first visits."""
    if until < world.clock.shape[1] - 1:
        push(world.heap, world.counts, until, item_of(world.cases, case, kind))
    for row in range(world.queues[q]["visit"], world.queues[q]["visit_end"]):
        begun = world.cases[case]["begun"]
        at = begun + world.ways[row]["first"]
        every = world.ways[row]["every"]
        if at < now and every > 0:
            at += every * math.ceil((now - at) / every)
        if now <= at:
            wake(world, case, at, VISIT + row)


@inlined
def note(world: World, case: int, end: float, begun: float) -> None:
    """Write a visit that ended into the log, where one is kept."""
    log = world.log
    if log.shape[0] == 0:
        return
    row = world.counts[LOGGED]
    if row == log.shape[0]:
        world.counts[FULL] = 1
        return
    world.counts[LOGGED] = row + 1
    log[row, 0] = float(world.cases[case]["ident"])
    log[row, 1] = world.cases[case]["queue"]
    log[row, 2] = world.cases[case]["entry"]
    log[row, 3] = begun
    log[row, 4] = end
    log[row, 5] = world.cases[case]["pool"]


@inlined
def way_out(world: World, case: int, q: int) -> int:
    """Where a case goes from a stage: a queue, or NONE."""
    way, last = world.queues[q]["route"], world.queues[q]["route_end"] - 1
    if last < way:
        return NONE
    if way < last:
        chance = uniform(world.queues[q]["route_key"], name_of(world, case))
        while way < last and chance >= world.ways[way]["share"]:
            way += 1
    return int(world.ways[way]["to"])


@inlined
def close(world: World, case: int, q: int, now: float, calendar: bool) -> int:
    """End a case's visit to a stage; the queue it goes to, or NONE where it leaves for good."""
    queue = world.queues[q]
    queue["closed"] += 1
    queue["working"] -= 1
    queue["stage_area"] += now
    if queue["target"] != NONE and queue["target_closed"] == 1:
        judge(world, case, q, now, calendar)
    note(world, case, now, world.cases[case]["begun"])
    to = way_out(world, case, q)
    if to == NONE:
        free_case(world.cases, world.counts, case)
    else:
        void_wakes(world.cases, world.counts, case)
        world.cases[case]["visits"] += 1
    return to


@inlined
def leave_list(world: World, case: int, q: int, now: float) -> None:
    """A waiting case gives up."""
    queue = world.queues[q]
    dequeue(world.cases, world.queues, case, q)
    queue["left"] += 1
    queue["waiting_area"] += now
    queue["stage_area"] += now
    note(world, case, now, math.nan)
    free_case(world.cases, world.counts, case)


@inlined
def change_class(world: World, case: int, q: int, to: int, now: float) -> None:
    """A waiting case moves into the queue of another class, its waiting days kept."""
    queues = world.queues
    dequeue(world.cases, queues, case, q)
    void_wakes(world.cases, world.counts, case)
    queues[q]["moved_out"] += 1
    queues[to]["moved_in"] += 1
    queues[q]["waiting_area"] += now
    queues[to]["waiting_area"] -= now
    queues[q]["stage_area"] += now
    queues[to]["stage_area"] -= now
    world.cases[case]["queue"] = to
    world.cases[case]["changes"] += 1
    enqueue(world.cases, queues, case, to)


@lean
def begin_apart(world: World, case: int, q: int, p: int, now: float, calendar: bool) -> None:
    """`begin`, for places that are not busy."""
    begin(world, case, q, p, now, calendar)


@lean
def think_apart(world: World, case: int, q: int, now: float) -> None:
    """`think`, for places that are not busy."""
    think(world, case, q, now)


@lean
def join_apart(world: World, case: int, q: int, now: float) -> None:
    """`join`, for places that are not busy."""
    join(world, case, q, now)


@lean
def stay_apart(world: World, case: int, q: int, now: float, until: float, kind: int) -> None:
    """`stay`, for places that are not busy."""
    stay(world, case, q, now, until, kind)
