"""The tables of a pathway's queues: distributions, urgency, routes, schedules, hazards.

Queues are numbered stage x classes + class. `model.lower` puts the tables together.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forethought.plan.simulation.kernels.random import FAMILIES, FIXED
from forethought.plan.simulation.lengths import weibull_shape
from forethought.plan.simulation.pathway import END, Distribution, Pathway, Scenario, Stage

Floats: TypeAlias = NDArray[np.float64]

NONE = -1
"""No queue, pool, class, target or delay."""
_PRECEDENCE = 1e12
_PRIORITY = 1e7


def shape_of(each: Distribution) -> float:
    """The third parameter that sampling needs: 1/cv² (gamma), sigma (lognormal), k (weibull)."""
    if each.family == "gamma":
        return 1.0 / max(each.cv, 1e-9) ** 2
    if each.family == "lognormal":
        return math.sqrt(math.log1p(each.cv**2))
    if each.family == "weibull":
        return weibull_shape(each.cv)
    return 0.0


def by_queue(pathway: Pathway, value: Callable[[Stage, str], float]) -> Floats:
    """(Q) a number of a stage and a class."""
    names = [each.name for each in pathway.classes]
    found = [value(stage, name) for stage in pathway.stages for name in names]
    return np.array(found, dtype=np.float64)


def distributions(pathway: Pathway, what: str, scenario: Scenario | None = None) -> Floats:
    """(Q, 4) family, mean, cv and shape of `effort` (under a scenario), `delay` or `length`."""
    scales = {} if scenario is None or what != "effort" else scenario.effort_scale
    table = []
    for stage in pathway.stages:
        for each in pathway.classes:
            found: Distribution | None = getattr(stage, what).get(each.name)
            if found is None:
                table.append((float(NONE if what == "delay" else FIXED), 0.0, 0.0, 0.0))
                continue
            mean = found.mean * scales.get(stage.name, 1.0)
            family = float(FAMILIES.index(found.family))
            cv = 1.0 if found.family == "exponential" else found.cv
            table.append((family, mean, cv, shape_of(found)))
    return np.array(table, dtype=np.float64).reshape(-1, 4)


def urgency(pathway: Pathway) -> tuple[Floats, Floats]:
    """(Q) urgency of a case that just came, and its rise a day, by the discipline of its stage."""
    base, slope = [], []
    for stage in pathway.stages:
        for each in pathway.classes:
            start, rise = 0.0, 1.0
            if stage.discipline == "priority":
                start = -_PRIORITY * each.priority
            elif stage.discipline == "due_date":
                target = stage.target.get(each.name)
                start = -1e6 if target is None else -float(target.within_days)
            elif stage.discipline == "score":
                start, rise = each.points, each.points_per_day
            base.append(start - _PRECEDENCE * stage.precedence)
            slope.append(rise)
    return np.array(base), np.array(slope)


def _queue_of(pathway: Pathway, stage: str, name: str) -> int:
    if stage == END:
        return NONE
    stages = [each.name for each in pathway.stages]
    classes = [each.name for each in pathway.classes]
    return stages.index(stage) * len(classes) + classes.index(name)


def routes_of(pathway: Pathway) -> dict[str, Any]:
    """Where cases go from each queue: `route_from`, `route_to`, `route_cumulative`."""
    start, to, share = [0], [], []
    for stage in pathway.stages:
        for each in pathway.classes:
            ways = stage.routes.get(each.name, ())
            to += [_queue_of(pathway, way.to, way.becomes or each.name) for way in ways]
            total = 0.0
            for way in ways:
                total += way.share
                share.append(total)
            if ways:
                share[-1] = 1.0  # rows sum to 1 but for rounding
            start.append(len(to))
    return {
        "route_from": np.array(start, dtype=np.int64),
        "route_to": np.array(to, dtype=np.int64),
        "route_cumulative": np.array(share, dtype=np.float64),
    }


def schedules_of(pathway: Pathway) -> dict[str, Any]:
    """The work that held cases make: `schedule_from`, `_to`, `_first` and `_every`."""
    start, to, first, every = [0], [], [], []
    for stage in pathway.stages:
        for each in pathway.classes:
            for visit in stage.schedule.get(each.name, ()):
                to.append(_queue_of(pathway, visit.to, visit.becomes or each.name))
                first.append(visit.first_days)
                every.append(visit.every_days)
            start.append(len(to))
    return {
        "schedule_from": np.array(start, dtype=np.int64),
        "schedule_to": np.array(to, dtype=np.int64),
        "schedule_first": np.array(first, dtype=np.int64),
        "schedule_every": np.array(every, dtype=np.int64),
    }


def hazards_of(pathway: Pathway) -> dict[str, Any]:
    """Bands of leaving the list: `renege_from`, `renege_day`, `renege_hazard`."""
    start, day, hazard = [0], [], []
    for stage in pathway.stages:
        for each in pathway.classes:
            found = stage.reneging.get(each.name)
            if found is not None and max(found.hazard_per_day) > 0:
                day += list(found.from_days)
                hazard += list(found.hazard_per_day)
            start.append(len(day))
    return {
        "renege_from": np.array(start, dtype=np.int64),
        "renege_day": np.array(day, dtype=np.int64),
        "renege_hazard": np.array(hazard, dtype=np.float64),
    }


def targets_of(pathway: Pathway) -> dict[str, Any]:
    """Targets of each queue: `target` in days, `target_closed`, `target_working`."""
    found = [stage.target.get(each.name) for stage in pathway.stages for each in pathway.classes]
    return {
        "target": np.array([NONE if t is None else t.within_days for t in found], dtype=np.int64),
        "target_closed": np.array([int(t is not None and t.until == "closed") for t in found]),
        "target_working": np.array([int(t is not None and t.days == "working") for t in found]),
    }


def pools_of(pathway: Pathway) -> NDArray[np.int64]:
    """(S, K) the pools that serve each stage, best first, NONE behind the last."""
    names = [pool.name for pool in pathway.resources]
    width = max([len(stage.resources) for stage in pathway.stages] + [1])
    table = np.full((len(pathway.stages), width), NONE, dtype=np.int64)
    for row, stage in zip(table, pathway.stages, strict=True):
        row[: len(stage.resources)] = [names.index(name) for name in stage.resources]
    return table


def escalations(pathway: Pathway) -> Floats:
    """(C, 3) class that waiting cases become (or NONE), hazard a day, first waiting day."""
    names = [each.name for each in pathway.classes]
    table = np.full((len(names), 3), float(NONE))
    for place, each in enumerate(pathway.classes):
        if each.escalate is not None:
            to = names.index(each.escalate.to)
            table[place] = (to, each.escalate.hazard_per_day, each.escalate.after_days)
    return table
