"""The slim path of a plan that only asks how many wait at one simple stage.

A stage is *simple* where nothing but counts matters: all its cases come from outside and are of
one class, one pool serves it and nothing else, there is no caseload limit, nobody escalates, and
people leave the list at one rate. The cohort engine's counts are then had for many staff levels
in one pass (`kernels.line`), about a hundred times faster.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forethought.plan.simulation.cohort import effort_groups, half_day
from forethought.plan.simulation.kernels.arrivals import ArrivalPlan
from forethought.plan.simulation.kernels.line import Line, simulate_line
from forethought.plan.simulation.model import NONE, WORK, Floats, Model, Start
from forethought.stats.blocks import cpu_count

BLOCK = 100
"""Replications that one worker takes at a time; the answer does not depend on it."""


class SimpleStage(NamedTuple):
    """A stage of which only counts matter.

    Args:
        queue: Its only queue.
        pool: Its pool.
    """

    queue: int
    pool: int


class LineRecord(NamedTuple):
    """What the slim path leaves: L staff levels, R replications, T periods, int32 counts.

    Args:
        waiting: (L, R, T) cases waiting at the end of each period.
        started: (L, R, T) cases whose work started in each period.
    """

    waiting: NDArray[np.int32]
    started: NDArray[np.int32]


def simple_stage(
    model: Model, plan: ArrivalPlan, start: Start, stage: int, pool: int
) -> SimpleStage | None:
    """The stage, served by the pool, as a simple one; None where more than counts matters."""
    queues = _queues_in_use(model, plan, start, stage)
    if model.kind[stage] != WORK or len(queues) != 1:
        return None
    queue = queues[0]
    own = np.flatnonzero((model.pools == pool).any(axis=1))
    alone = own.tolist() == [stage] and model.pools[stage].tolist().count(NONE) == (
        model.pools.shape[1] - 1
    )
    fed = np.isin(queue, model.route_to) or np.isin(queue, model.schedule_to)
    bands = model.renege_from[queue + 1] - model.renege_from[queue]
    once = bands == 0 or (bands == 1 and model.renege_day[model.renege_from[queue]] == 0)
    simple = (
        alone
        and not fed
        and once
        and model.reserve[queue] <= 0.0
        and model.is_supply[pool] == 0
        and math.isinf(model.caseload[pool])
        and model.escalate[queue % model.classes, 0] == NONE
    )
    return SimpleStage(queue, pool) if simple else None


def _queues_in_use(model: Model, plan: ArrivalPlan, start: Start, stage: int) -> list[int]:
    """Queues of a stage that cases can be in."""
    own = range(stage * model.classes, (stage + 1) * model.classes)
    used = {*plan.queue.tolist(), *model.route_to.tolist(), *model.schedule_to.tolist()}
    used |= set(start.waiting[:, 0].tolist())
    return [queue for queue in own if queue in used]


def run_line(  # noqa: PLR0913  all that a run depends on
    model: Model,
    plan: ArrivalPlan,
    start: Start,
    stage: SimpleStage,
    servers: Floats,
    arrivals: NDArray[np.int32],
    *,
    seed: int,
    first_replication: int = 0,
    effort_factor: Floats | None = None,
    workers: int | None = None,
    block: int = BLOCK,
) -> LineRecord:
    """Cases waiting and started at a simple stage, for each staff level.

    Args:
        model: The pathway as arrays.
        plan: Demand as arrays.
        start: The position before the first day.
        stage: The stage (`simple_stage`).
        servers: (L, D) FTE of its pool.
        arrivals: (R, D, A) counts already drawn (`cohort.draw`).
        seed: Seed of all random numbers.
        first_replication: Number of the first.
        effort_factor: (R) factor on the stage's mean effort; None: 1.
        workers: Threads; None: one a processor.
        block: Replications that one worker takes at a time.
    """
    replications, levels = arrivals.shape[0], servers.shape[0]
    came = np.ascontiguousarray(
        arrivals[:, :, plan.queue == stage.queue].sum(axis=2, dtype=np.int32)
    )
    line = line_of(model, start, stage, servers)
    factor = np.ones(replications) if effort_factor is None else effort_factor
    shape = (levels, replications, model.periods)
    record = LineRecord(np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32))

    def work(first: int) -> None:
        last = min(first + block, replications)
        simulate_line(
            line, came[first:last], factor[first:last], seed, first_replication + first,
            record.waiting[:, first:last], record.started[:, first:last],
            np.zeros(levels, dtype=np.int64), np.zeros(levels),
        )  # fmt: skip

    firsts = range(0, replications, block)
    threads = min(workers or cpu_count(), len(firsts))
    if threads <= 1:
        for first in firsts:
            work(first)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, firsts))
    return record


def line_of(model: Model, start: Start, stage: SimpleStage, servers: Floats) -> Line:
    """A simple stage as the arrays of the slim loop."""
    queue, pool = stage
    band = model.renege_from[queue]
    leaves = model.renege_from[queue + 1] > band
    return Line(
        queue=queue,
        effort_queue=int(effort_groups(model)[queue]),
        pool=pool,
        pools=model.servers.shape[0],
        servers=np.ascontiguousarray(servers),
        hours=np.ascontiguousarray(model.hours[pool]),
        sickness=np.ascontiguousarray(model.sickness[pool]),
        winter=model.winter,
        week=model.week,
        period=model.period,
        effort=float(model.effort[queue, 1]),
        cv=float(model.effort[queue, 2]),
        half_leave=float(half_day(model.renege_hazard)[band]) if leaves else 0.0,
        waiting=int(start.waiting[start.waiting[:, 0] == queue, 2].sum()),
    )
