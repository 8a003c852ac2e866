"""A model as the records that the event engine reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from forethought.plan.simulation.kernels.event_state import POOL, QUEUE, WAY
from forethought.plan.simulation.model import NONE, WORK, Floats, Integers, Model, Start

_WHOLE = 1e-9
"""What FTE may miss of a whole number."""


def first_position() -> Start:
    """Nobody waits, nobody is in work."""
    nobody = np.zeros((0, 3), dtype=np.int64)
    return Start(waiting=nobody, working=nobody)


def rate_of(model: Model, hazard: Floats) -> Floats:
    """Hazards as rates of a continuous time.

    In a calendar a hazard is the chance of a day, so that both engines lose as many a day.
    """
    if model.continuous == 1:
        return hazard
    with np.errstate(divide="ignore"):
        found: Floats = -np.log1p(-np.minimum(hazard, 1.0))
    return found


def staff_by_day(model: Model) -> Integers:
    """(P, D) servers that may start work on a day: FTE rounded up, none without hours."""
    found: Integers = np.ceil(model.servers - _WHOLE).astype(np.int64)
    found[model.hours <= 0.0] = 0
    return found


def steady_pools(model: Model) -> Integers:
    """(P) 1 where a server works one unit of effort a day, day and night, on every day."""
    whole = np.all(np.abs(model.servers - np.round(model.servers)) < _WHOLE, axis=1)
    unit = np.all(model.hours == 1.0, axis=1)
    well = np.all(model.sickness == 0.0, axis=(1, 2))
    found: Integers = (whole & unit & well).astype(np.int64)
    return found


def stops_of(model: Model, steady: Integers, warmup: int, *, daily: bool) -> Integers:
    """Days on which the loop has something to do beside cases, and the number of days."""
    days = model.hours.shape[1]
    supply = model.is_supply == 1
    if daily or model.continuous == 0 or not np.all((steady == 1) | supply):
        return np.arange(days + 1)
    changes = np.any(np.diff(model.servers, axis=1) != 0.0, axis=0) | (np.diff(model.period) != 0)
    found = np.concatenate([[0, warmup], np.flatnonzero(changes) + 1, [days]])
    return np.unique(found).astype(np.int64)


def queue_table(model: Model) -> Any:
    """(Q) records of queues, their sums at nothing."""
    size, classes = model.base.size, model.classes
    table = np.zeros(size, dtype=QUEUE)
    stage = np.arange(size) // classes
    table["stage"], table["kind"] = stage, model.kind[stage]
    for name in ("base", "slope", "reserve", "units", "target", "target_closed", "target_working"):
        table[name] = getattr(model, name)
    table["penalty"], table["by_origin"] = model.penalty[stage], model.by_origin[stage]
    for place, name in enumerate(("family", "mean", "cv", "shape")):
        table[name] = model.effort[:, place]
    work = model.kind[stage] == WORK
    for place, name in enumerate(("stay", "stay_mean", "stay_cv", "stay_shape")):
        table[name] = np.where(work, model.delay[:, place], model.length[:, place])
    to = model.escalate[np.arange(size) % classes]
    rate = rate_of(model, to[:, 1])
    never = (to[:, 0] == NONE) | (rate <= 0.0)
    table["escalate"] = np.where(never, NONE, stage * classes + to[:, 0])
    table["escalate_rate"], table["escalate_after"] = rate, to[:, 2]
    table["first_pool"] = model.pools[stage, 0]
    return table


def pool_table(model: Model, steady: Integers) -> Any:
    """(P) records of pools, idle."""
    table = np.zeros(model.servers.shape[0], dtype=POOL)
    table["steady"], table["supply"] = steady, model.is_supply
    table["caseload"], table["limited"] = model.caseload, np.isfinite(model.caseload)
    table["handback"] = rate_of(model, model.handback)
    first = model.pools[np.arange(model.base.size) // model.classes, 0]
    for pool in first[(model.reserve > 0.0) & (first != NONE)]:
        table["reserves"][pool] = 1
    return table


def way_table(model: Model, queues: Any, pools: Any) -> Any:
    """Rows of all tables; writes into queues and pools where theirs begin and end."""
    rows: list[tuple[float, ...]] = []
    for q in range(model.base.size):
        stage = q // model.classes
        found = [(_row(pool=pool, rank=rank)) for rank, pool in enumerate(model.pools[stage])]
        _append(rows, queues[q], "served", [each for each in found if each[6] != NONE])
        span = slice(*model.route_from[q : q + 2])
        ways = zip(model.route_to[span], model.route_cumulative[span], strict=True)
        _append(rows, queues[q], "route", [_row(to=to, share=share) for to, share in ways])
        span = slice(*model.schedule_from[q : q + 2])
        visits = zip(
            model.schedule_to[span],
            model.schedule_first[span],
            model.schedule_every[span],
            strict=True,
        )
        found = [_row(to=to, first=first, every=every) for to, first, every in visits]
        _append(rows, queues[q], "visit", found)
        span = slice(*model.renege_from[q : q + 2])
        rates = rate_of(model, model.renege_hazard[span])
        bands = zip(model.renege_day[span], rates, strict=True)
        found = [_row(first=first, rate=rate) for first, rate in bands]
        _append(rows, queues[q], "renege", found)
        queues[q]["moody"] = bool(found) or queues[q]["escalate"] != NONE
    for pool in range(pools.size):
        served = [
            _row(queue=stage * model.classes + c, rank=rank)
            for stage, rank in np.argwhere(model.pools == pool)
            for c in range(model.classes)
        ]
        _append(rows, pools[pool], "serves", served)
    return np.array(rows or [_row()], dtype=WAY)


def _row(**values: float) -> tuple[float, ...]:
    return tuple(values.get(name, NONE) for name in WAY.names or ())


def _append(rows: list[tuple[float, ...]], to: Any, name: str, found: list[Any]) -> None:
    to[name] = len(rows)
    rows += found
    to[f"{name}_end"] = len(rows)
