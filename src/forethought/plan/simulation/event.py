"""The event engine: individual cases in continuous time.

For what counts by day cannot tell: limits of caseloads, fallback pools, priorities that change
while people wait, the tails of waits, and questions of queueing theory.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forethought.plan.simulation.event_tables import (
    first_position,
    pool_table,
    queue_table,
    staff_by_day,
    steady_pools,
    stops_of,
    way_table,
)
from forethought.plan.simulation.kernels.event import simulate_cases
from forethought.plan.simulation.kernels.event_days import (
    FLOWS,
    LISTED,
    STREAM,
    Days,
    Sources,
)
from forethought.plan.simulation.kernels.event_start import wind_clock
from forethought.plan.simulation.kernels.event_state import (
    CASE,
    COUNTERS,
    COUNTS,
    FULL,
    LOGGED,
    WAKE,
    World,
)
from forethought.plan.simulation.model import (
    Floats,
    Integers,
    Model,
    Record,
    Start,
    empty_record,
    rows,
)
from forethought.stats.blocks import cpu_count

_FIRST_CASES, _FIRST_WAKES, _FIRST_LOG = 1024, 1024, 4096


@dataclass(frozen=True, eq=False)
class DailyArrivals:
    """Counts of a day, placed at uniform times within it.

    Args:
        counts: (R, D, A) cases, int32.
        queue: (A) the queue of each column.
    """

    counts: NDArray[np.int32]
    queue: Integers


@dataclass(frozen=True, eq=False)
class PoissonArrivals:
    """Streams with exponential gaps.

    Args:
        rate: (A) cases a day.
        queue: (A) the queue of each stream, each at most once.
    """

    rate: Floats
    queue: Integers


@dataclass(frozen=True, eq=False)
class Trace:
    """Cases as they came.

    Args:
        times: (n) rising, days.
        queue: (n) the queue that each joins.
        efforts: (n, v) effort of each at its v-th stage; None: drawn.
    """

    times: Floats
    queue: Integers
    efforts: Floats | None = None


Arriving: TypeAlias = DailyArrivals | PoissonArrivals | Trace


class Exact(NamedTuple):
    """Exact sums of a run from its warm-up on, (R, Q): cases and days.

    Args:
        started: Cases whose work started.
        waited: Their waiting days.
        waited_squared: The squares of them.
        waiting_area: Time integral of the number waiting.
        stage_area: Time integral of the number in the stage.
        days: Days from the warm-up to the end.
    """

    started: Floats
    waited: Floats
    waited_squared: Floats
    waiting_area: Floats
    stage_area: Floats
    days: float

    def mean_wait(self) -> Floats:
        """Mean waiting days of each replication and queue."""
        with np.errstate(invalid="ignore"):
            found: Floats = self.waited / self.started
        return found


@dataclass(frozen=True, eq=False)
class EventRun:
    """What a run of the event engine leaves.

    Args:
        record: As the cohort engine's.
        exact: Exact sums.
        visits: For each replication (n, 6), where asked for: name of the case, queue, entry, start
            (nan: left before), end, pool, for each visit to a stage that ended.
    """

    record: Record
    exact: Exact
    visits: tuple[Floats, ...] = field(default=())


def run_event(  # noqa: PLR0913  options are named
    model: Model,
    arrivals: Arriving,
    start: Start | None = None,
    *,
    seed: int,
    replications: int,
    first_replication: int = 0,
    effort_factor: Floats | None = None,
    workers: int | None = None,
    block: int = 8,
) -> Record:
    """Simulate replications case by case (see `observe_event`); the record alone."""
    return observe_event(
        model,
        arrivals,
        start,
        seed=seed,
        replications=replications,
        first_replication=first_replication,
        effort_factor=effort_factor,
        workers=workers,
        block=block,
    ).record


def observe_event(  # noqa: PLR0913  options are named
    model: Model,
    arrivals: Arriving,
    start: Start | None = None,
    *,
    seed: int,
    replications: int,
    first_replication: int = 0,
    effort_factor: Floats | None = None,
    warmup: int = 0,
    visits: bool = False,
    workers: int | None = None,
    block: int = 8,
) -> EventRun:
    """Simulate replications case by case.

    A replication is a pure function of the model, the start, its arrivals, the seed and its
    number: blocks and workers change no bit.

    Args:
        model: The pathway as arrays.
        arrivals: Who comes from outside.
        start: The position before the first day; None: nobody is there.
        seed: Seed of all random numbers.
        replications: How many.
        first_replication: Number of the first.
        effort_factor: (R, S) factor on the effort of each stage; None: 1.
        warmup: Day from which `exact` counts.
        visits: Keep a row for each visit that ended.
        workers: Threads; None: one a processor.
        block: Replications that one worker takes at a time.
    """
    start = first_position() if start is None else start
    oldest = int(start.waiting[:, 1].max()) if start.waiting.shape[0] else 0
    record = empty_record(model, replications, oldest + model.hours.shape[1])
    shape = (replications, model.kind.size)
    factors = np.ones(shape) if effort_factor is None else effort_factor
    sums = np.zeros((5, replications, model.base.size))
    logs: list[Floats] = [np.zeros((0, 6))] * replications

    def work(first: int) -> Integers:
        store = _Store(model, arrivals, start, warmup, visits=visits)
        waits = np.zeros_like(record.wait_days)
        for r in range(first, min(first + block, replications)):
            row = rows(record, r, r + 1, waits)
            store.run(r, row, factors[r], seed, first_replication + r)
            sums[:, r] = store.days.marks.T
            logs[r] = store.logged()
        return waits

    for waits in _in_threads(work, range(0, replications, block), workers):
        record.wait_days[:] += waits
    exact = Exact._make([*sums, float(model.hours.shape[1] - warmup)])
    return EventRun(record=record, exact=exact, visits=tuple(logs) if visits else ())


class _Store:
    """The arrays of one worker: made once for a block, larger where a replication asks for it."""

    def __init__(
        self, model: Model, arrivals: Arriving, start: Start, warmup: int, *, visits: bool
    ) -> None:
        self.model, self.arrivals, self.start = model, arrivals, start
        steady = steady_pools(model)
        self.varies = not bool(np.all((steady == 1) | (model.is_supply == 1)))
        daily = isinstance(arrivals, DailyArrivals)
        self.days = _days(model, stops_of(model, steady, warmup, daily=daily), warmup)
        oldest = int(start.waiting[:, 1].max()) if start.waiting.shape[0] else 0
        efforts = arrivals.efforts if isinstance(arrivals, Trace) else None
        present = int(start.waiting[:, 2].sum() + start.working[:, 2].sum())
        queues, pools = queue_table(model), pool_table(model, steady)
        clock = np.zeros((pools.size + 1, model.working_day.size))
        clock[-1] = model.working_day
        self.world = World(
            cases=np.zeros(_FIRST_CASES + present, dtype=CASE),
            queues=queues,
            pools=pools,
            heap=np.zeros(_FIRST_WAKES + present, dtype=WAKE),
            counts=np.zeros(COUNTS, dtype=np.int64),
            ways=way_table(model, queues, pools),
            clock=clock,
            waits=np.zeros((queues.size, oldest + model.working_day.size), dtype=np.int32),
            given=np.zeros((0, 0)) if efforts is None else efforts,
            log=np.zeros((_FIRST_LOG if visits else 0, 6)),
        )

    def run(self, r: int, row: Record, factors: Floats, seed: int, replication: int) -> None:
        """Simulate a replication into its row of the record."""
        sources = sources_of(self.model, self.arrivals, r)
        if self.varies:
            wind_clock(self.model, self.days.staff, self.world.clock, seed, replication)
        by_queue = np.repeat(factors, self.model.classes)
        calendar, ranks = self.model.continuous == 0, self.model.pools.shape[1]
        while not simulate_cases(
            self.world,
            self.days,
            sources,
            self.start,
            by_queue,
            seed,
            replication,
            calendar,
            ranks,
        ):
            self.world = _larger(self.world)
        self._write(row)

    def _write(self, row: Record) -> None:
        for place, name in enumerate((*COUNTERS, *FLOWS)):
            getattr(row, name)[0] = self.days.flow[:, :, place]
        row.waited_days[0], row.waiting_days[0] = np.moveaxis(self.days.waiting, 2, 0)
        row.hours_used[0], row.hours_available[0] = np.moveaxis(self.days.hours, 2, 0)
        row.half_waited[0], row.ninety_waited[0] = self.days.waited.T
        row.wait_days[:] += self.world.waits

    def logged(self) -> Floats:
        """The visits of the last replication."""
        found: Floats = self.world.log[: self.world.counts[LOGGED]].copy()
        return found


def _days(model: Model, stops: Integers, warmup: int) -> Days:
    staff = staff_by_day(model)
    pools, queues = staff.shape[0], model.base.size
    return Days(
        stops=stops,
        staff=staff,
        capacity=model.servers,
        period=model.period,
        warmup=warmup,
        before=np.zeros((queues, 11)),
        pools_before=np.zeros((pools, 2)),
        marks=np.zeros((queues, 5)),
        flow=np.zeros((model.periods, queues, len(COUNTERS) + len(FLOWS)), dtype=np.int32),
        waiting=np.zeros((model.periods, queues, 2)),
        hours=np.zeros((model.periods, pools, 2)),
        waited=np.zeros((queues, 2)),
    )


def _larger(world: World) -> World:
    """A world with more room in its stores."""
    world.counts[FULL] = 0
    return world._replace(
        cases=np.zeros(2 * world.cases.size, dtype=CASE),
        heap=np.zeros(2 * world.heap.size, dtype=WAKE),
        log=np.zeros((2 * world.log.shape[0], 6)),
    )


def sources_of(model: Model, arrivals: Arriving, r: int) -> Sources:
    """The arrivals of row r as arrays."""
    streams = np.zeros(0 if isinstance(arrivals, Trace) else arrivals.queue.size, dtype=STREAM)
    counts = np.zeros((0, 0), dtype=np.int32)
    listed = np.zeros(0, dtype=LISTED)
    if isinstance(arrivals, Trace):
        listed = np.zeros(arrivals.times.size, dtype=LISTED)
        listed["time"], listed["queue"] = arrivals.times, arrivals.queue
        listed["ident"] = np.arange(listed.size)
    else:
        streams["queue"] = arrivals.queue
    if isinstance(arrivals, PoissonArrivals):
        streams["rate"] = arrivals.rate
    elif isinstance(arrivals, DailyArrivals):
        counts = np.ascontiguousarray(arrivals.counts[r], dtype=np.int32)
        listed = np.zeros(int(counts.sum(axis=1).max(initial=0)), dtype=LISTED)
    return Sources(
        streams=streams,
        counts=counts,
        number=np.zeros(model.base.size, dtype=np.int64),
        listed=listed,
        span=np.array([0, listed.size], dtype=np.int64),
    )


def _in_threads(
    work: Callable[[int], Integers], firsts: range, workers: int | None
) -> list[Integers]:
    threads = min(workers or cpu_count(), len(firsts))
    if threads <= 1:
        return [work(first) for first in firsts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, firsts))
