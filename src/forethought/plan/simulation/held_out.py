"""Weeks that a calibration has not seen, simulated from what came in in them.

Each group of futures takes one bootstrap draw of all fitted parameters, so that the bands hold
chance and parameters. What came in is given: the service is judged, not the forecast of demand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.plan.simulation.calibration_fit import Fit
from forethought.plan.simulation.cohort import run_cohort
from forethought.plan.simulation.kernels.arrivals import ArrivalPlan
from forethought.plan.simulation.line import run_line, simple_stage
from forethought.plan.simulation.model import Calendar, Floats, Integers, Model, Start, lower
from forethought.plan.simulation.pathway import (
    CareClass,
    Distribution,
    Pathway,
    Reneging,
    Resource,
    Route,
    Stage,
)

GROUPS = 25
"""Parameter draws that the futures are shared out over."""
_ONE = "case"
_WEEKDAYS = (0.2, 0.2, 0.2, 0.2, 0.2, 0.0, 0.0)
_CHANCES = {"median": 0.5, "lo-80": 0.1, "hi-80": 0.9, "lo-95": 0.025, "hi-95": 0.975}


@dataclass(frozen=True, eq=False)
class Held:
    """Weeks of one team that were held out, n weeks, S stages.

    Args:
        pool: The team.
        stages: Its stages.
        first: First day.
        fte: (n) FTE in post.
        observed: `stage`, `ds`, `incoming`, `closed`, `waiting`, stage after stage.
        start: (S) cases waiting before.
        draws: Bootstrap draws of the parameters.
    """

    pool: Resource
    stages: tuple[Stage, ...]
    first: date
    fte: Floats
    observed: pl.DataFrame
    start: Floats
    draws: list[Fit]


def simulate_held_out(held: Held, *, replications: int, seed: int) -> pl.DataFrame:
    """Bands of waiting and closed for each held-out week (see `Calibration.held_out`)."""
    weeks = held.fte.size
    calendar = Calendar(held.first, 7 * weeks, "1w")
    groups = min(GROUPS, len(held.draws), replications)
    sizes = [len(part) for part in np.array_split(np.arange(replications), groups)]
    waiting, closed = [], []
    first = 0
    came = by_day(held)
    base = lower(_alone(held), calendar)._replace(servers=np.repeat(held.fte, 7)[None, :])
    for size, draw in zip(sizes, held.draws, strict=False):
        counted = _counts(held, with_parameters(base, draw), came, size, first, seed)
        waiting.append(counted[0])
        closed.append(counted[1])
        first += size
    parts = [
        _bands(held, measure, np.concatenate(values))
        for measure, values in (("waiting", waiting), ("closed", closed))
    ]
    return pl.concat(parts)


def _alone(held: Held) -> Pathway:
    """The team's stages alone: cases come as they did, and leave when the work is done."""
    stages = tuple(
        Stage(
            stage.name, "work", {_ONE: (Route("end", 1.0),)}, resources=(held.pool.name,),
            precedence=stage.precedence, effort={_ONE: Distribution("gamma", 1.0, 1.0)},
            reneging={_ONE: Reneging((0,), (1e-6,))},
        )
        for stage in held.stages
    )  # fmt: skip
    pool = replace(held.pool, caseload_limit=None, changes=())
    return Pathway("alone", (CareClass(_ONE),), (pool,), stages)


def with_parameters(model: Model, draw: Fit) -> Model:
    """A model of stages of one class with fitted effort, spread and hazards of leaving."""
    effort = model.effort.copy()
    effort[:, 1] = draw.effort_hours
    effort[:, 2] = draw.cv
    effort[:, 3] = 1.0 / max(draw.cv, 1e-9) ** 2
    return model._replace(effort=effort, renege_hazard=draw.hazard_per_day.copy())


def _counts(
    held: Held, model: Model, coming: Integers, size: int, first: int, seed: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Cases waiting and closed, (size, weeks, S), of one parameter draw."""
    stages, days = len(held.stages), model.hours.shape[1]
    came = np.zeros((size, days, stages), dtype=np.int32)
    came[:] = coming
    rows = [
        (place, 0, round(float(n))) for place, n in enumerate(held.start) if round(float(n)) > 0
    ]
    start = Start(np.array(rows, dtype=np.int64).reshape(-1, 3), np.zeros((0, 3), dtype=np.int64))
    plan = _plan(stages, days)
    simple = simple_stage(model, plan, start, 0, 0) if stages == 1 else None
    if simple is not None:
        slim = run_line(
            model, plan, start, simple, model.servers, came, seed=seed, first_replication=first,
            workers=1,
        )  # fmt: skip
        return slim.waiting[0][:, :, None], slim.started[0][:, :, None]
    record = run_cohort(
        model, plan, start, seed=seed, replications=size, first_replication=first, arrivals=came
    )
    return record.waiting, record.closed


def by_day(held: Held) -> Integers:
    """Cases that came in by day, (days, S): each week's count over its working days."""
    share = np.cumsum([0.0, *_WEEKDAYS])
    table = []
    for stage in held.stages:
        weekly = held.observed.filter(stage=stage.name)["incoming"].to_numpy()
        until = np.rint(np.rint(weekly)[:, None] * share)
        days = np.diff(until, axis=1)
        table.append(np.roll(days, -held.first.weekday(), axis=1).ravel())
    return np.array(table, dtype=np.int64).T


def _plan(stages: int, days: int) -> ArrivalPlan:
    """Which queue each column of counts joins; the counts themselves are given."""
    whole = np.arange(stages + 1, dtype=np.int64)
    return ArrivalPlan(
        column_from=whole,
        column_share=np.ones(stages),
        queue=whole[:-1],
        counts=np.ones(stages, dtype=np.int64),
        level=np.zeros((stages, 1, 1)),
        paths=np.ones(stages, dtype=np.int64),
        period=np.zeros(days, dtype=np.int64),
        weight=np.full((stages, days), 1.0 / days),
        scale=np.ones((stages, days)),
        before=0,
        dispersion=np.ones(stages),
    )


def _bands(held: Held, measure: str, values: NDArray[np.int32]) -> pl.DataFrame:
    """Bands of a measure, (R, weeks, S), beside what was observed."""
    parts = []
    for place, stage in enumerate(held.stages):
        own = held.observed.filter(stage=stage.name)
        ends = np.quantile(values[:, :, place], list(_CHANCES.values()), axis=0)
        columns = dict(zip(_CHANCES, ends, strict=True))
        parts.append(
            pl.DataFrame(columns).select(
                pl.lit(stage.name).alias("stage"),
                own["ds"],
                pl.lit(measure).alias("measure"),
                own[measure].alias("observed"),
                *_CHANCES,
            )
        )
    return pl.concat(parts)
