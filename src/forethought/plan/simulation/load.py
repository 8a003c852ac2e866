"""Load of each stage and pool before any run: work that comes against what can be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forethought.errors import UsageError
from forethought.place.calendar import bank_holidays
from forethought.plan.simulation.lengths import survival
from forethought.plan.simulation.pathway import Pathway, Resource, Scenario, Stage
from forethought.plan.simulation.traffic import queue_numbers, routing, visits

if TYPE_CHECKING:
    import polars as pl

_WINTER = {12, 1, 2}
_EMPTY = 1e-12
_NEARLY = 0.005
"""A share of half a hundredth below its target is not worth a warning."""


@dataclass(frozen=True)
class _Row:
    stage: str | None
    pool: str | None
    arrivals: float | None
    hours: float | None
    units: float | None
    warning: str = ""


def stage_load(
    pathway: Pathway,
    demand: object = None,
    *,
    start: date,
    end: date,
    scenario: Scenario | None = None,
) -> pl.DataFrame:
    """Load of each stage and pool, from the traffic equations, averaged over a window.

    Every arrival is followed through routing, changes of class, and the visits that schedules
    make, as if the pathway had run so for ever: nobody leaves a list before being seen, nobody
    escalates, no supply is handed back, and today's list is not counted. So a load below 1 does
    not promise short waits; a load of 1 or more says that the list grows while it lasts.

    A stage that several pools may serve takes the first one's hours as far as they go, then the
    next one's (with its penalty); what nobody has room for is put on the first. Stages of lower
    precedence, then those with fewer pools, choose first.

    Args:
        pathway: The pathway.
        demand: A `Demand`; None: the `per_year` of the file.
        start: First day.
        end: Last day.
        scenario: Changes of demand, resources and effort.

    Returns:
        `stage` (null: the total of a pool), `pool` (null: a delay), `arrivals_per_day` (cases),
        `hours_needed_per_week`, `hours_available_per_week` (staff; direct work, after absence,
        weekends, bank holidays and dated changes), `units_needed`, `units_available` (supply; for
        a delay the cases that are in it on average), `load` (needed / available), `warning`
        (words where the load is 1 or more, and where a target could not be kept even if nobody
        waited; else empty).

    Raises:
        UsageError: The window ends before it starts.
        DataError: A flow has no demand.

    References:
        Jackson (1957), Networks of waiting lines.
    """
    import polars as pl

    if end < start:
        raise UsageError(f"The window ends on {end}, before it starts.", where="end")
    arrivals = arrivals_per_day(pathway, demand, start=start, end=end, scenario=scenario)
    there = {
        pool.name: available(pathway, pool, start=start, end=end, scenario=scenario)
        for pool in pathway.resources
    }
    rows = list(_rows(pathway, arrivals, there, scenario))
    kinds = {pool.name: pool.kind for pool in pathway.resources}
    staff = [there[row.pool] if row.pool and kinds[row.pool] == "staff" else None for row in rows]
    supply = [there[row.pool] if row.pool and kinds[row.pool] == "supply" else None for row in rows]
    loads = [_load(row, there.get(row.pool)) if row.pool else None for row in rows]
    return pl.DataFrame(
        {
            "stage": [row.stage for row in rows],
            "pool": [row.pool for row in rows],
            "arrivals_per_day": [row.arrivals for row in rows],
            "hours_needed_per_week": [row.hours for row in rows],
            "hours_available_per_week": staff,
            "units_needed": [row.units for row in rows],
            "units_available": supply,
            "load": loads,
            "warning": [row.warning for row in rows],
        },
        schema={
            "stage": pl.String,
            "pool": pl.String,
            "arrivals_per_day": pl.Float64,
            "hours_needed_per_week": pl.Float64,
            "hours_available_per_week": pl.Float64,
            "units_needed": pl.Float64,
            "units_available": pl.Float64,
            "load": pl.Float64,
            "warning": pl.String,
        },
    )


def arrivals_per_day(
    pathway: Pathway,
    demand: object = None,
    *,
    start: date,
    end: date,
    scenario: Scenario | None = None,
) -> dict[tuple[str, str], float]:
    """Cases a day that come to each stage and class, from outside and within, on average.

    Raises:
        DataError: A flow has no demand.
    """
    from forethought.plan.simulation.demand import Demand, demand_of

    if demand is not None and not isinstance(demand, Demand):
        raise UsageError(
            "The demand is no Demand.", remedy="Make one: Demand.from_paths or Demand.constant."
        )
    full = demand_of(pathway, demand, start=start, end=end)
    full = full.changed(() if scenario is None else scenario.demand)
    number = queue_numbers(pathway)
    outside = np.zeros(len(number))
    for stage in pathway.stages:
        for each in stage.arrivals:
            rate = float(full.mean_per_day(each.flow, start, end).mean())
            for name, part in each.mix.items():
                outside[number[stage.name, name]] += rate * part
    inner = np.eye(len(number)) - routing(pathway) - visits(pathway)
    found = np.linalg.solve(inner.T, outside)
    return {pair: max(float(found[place]), 0.0) for pair, place in number.items()}


def available(
    pathway: Pathway,
    pool: Resource,
    *,
    start: date,
    end: date,
    scenario: Scenario | None = None,
) -> float:
    """Hours a week of direct work that a staff pool has, or units of supply, on average."""
    from forethought.plan.simulation.model import capacity_by_day, hours_by_day

    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    extra = () if scenario is None else scenario.resources.get(pool.name, ())
    there = capacity_by_day(pool, (*pool.changes, *extra), days)
    if pool.kind == "supply":
        return float(there.mean())
    if pathway.continuous:
        return float(there.mean()) * 7 * 24 * (1 - pool.available.sickness_mean)
    holiday = np.array([day in bank_holidays(day.year) for day in days])
    hours = there * hours_by_day(pool, days, holiday) * (1 - _sick(pool, days))
    return float(hours.mean()) * 7


def _sick(pool: Resource, days: list[date]) -> NDArray[np.float64]:
    """Expected share of hours lost to sickness on each day; the year's mean stays."""
    away = pool.available
    other = (4.0 - away.sickness_winter) / 3.0
    factor = [away.sickness_winter if day.month in _WINTER else other for day in days]
    return away.sickness_mean * np.array(factor)


def _rows(
    pathway: Pathway,
    arrivals: Mapping[tuple[str, str], float],
    there: Mapping[str, float],
    scenario: Scenario | None,
) -> Iterator[_Row]:
    shares = _shared_out(pathway, arrivals, there, scenario)
    totals = {name: sum(each.get(name, 0.0) for each in shares.values()) for name in there}
    for stage in pathway.stages:
        coming = sum(arrivals[stage.name, each.name] for each in pathway.classes)
        if stage.kind == "delay":
            yield _Row(stage.name, None, coming, None, _held(stage, arrivals, counted=False))
            continue
        for name in stage.resources:
            need = shares[stage.name].get(name, 0.0)
            if name != stage.resources[0] and need <= _EMPTY:
                continue
            before = sum(
                shares[other.name].get(name, 0.0)
                for other in pathway.stages
                if other.precedence <= stage.precedence
            )
            words = _stage_words(pathway, stage, name, need, before, there[name])
            if name == stage.resources[0]:
                words = " ".join(part for part in (words, *_limit_words(pathway, stage)) if part)
            yield _row(stage.name, name, coming, need, words, is_staff=stage.kind == "work")
    for pool in pathway.resources:
        need = totals[pool.name]
        words = _pool_words(pool, need, there[pool.name])
        yield _row(None, pool.name, None, need, words, is_staff=pool.kind == "staff")


def _row(
    stage: str | None, pool: str, coming: float | None, need: float, words: str, *, is_staff: bool
) -> _Row:
    hours, units = (need, None) if is_staff else (None, need)
    return _Row(stage, pool, coming, hours, units, words)


def _shared_out(
    pathway: Pathway,
    arrivals: Mapping[tuple[str, str], float],
    there: Mapping[str, float],
    scenario: Scenario | None,
) -> dict[str, dict[str, float]]:
    """What each stage needs of each pool: hours a week, or units."""
    room = dict(there)
    shares: dict[str, dict[str, float]] = {stage.name: {} for stage in pathway.stages}
    order = sorted(pathway.stages, key=lambda stage: (stage.precedence, len(stage.resources)))
    for stage in order:
        if stage.kind == "delay" or not stage.resources:
            continue
        if stage.kind == "hold":
            left = _held(stage, arrivals, counted=True)
        else:
            scale = 1.0 if scenario is None else scenario.effort_scale.get(stage.name, 1.0)
            left = _hours(pathway, stage, arrivals) * scale
        own = shares[stage.name]
        for place, name in enumerate(stage.resources):
            more = 1.0 if place == 0 else 1.0 + stage.fallback_penalty
            taken = min(left, max(room[name], 0.0) / more)
            own[name] = own.get(name, 0.0) + taken * more
            room[name] -= taken * more
            left -= taken
        own[stage.resources[0]] += left
        room[stage.resources[0]] -= left
    return shares


def _hours(pathway: Pathway, stage: Stage, arrivals: Mapping[tuple[str, str], float]) -> float:
    """Hours of effort a week."""
    unit = 24.0 if pathway.continuous else 1.0
    return 7 * sum(
        arrivals[stage.name, name] * effort.mean * unit for name, effort in stage.effort.items()
    )


def _held(stage: Stage, arrivals: Mapping[tuple[str, str], float], *, counted: bool) -> float:
    """Cases held on average (Little's law), or the units that they hold."""
    return sum(
        arrivals[stage.name, name] * length.mean * (stage.units.get(name, 1.0) if counted else 1.0)
        for name, length in stage.length.items()
    )


def _load(row: _Row, there: float | None) -> float | None:
    need = row.hours if row.hours is not None else row.units
    if need is None or there is None:
        return None
    if there <= _EMPTY:
        return float("inf") if need > _EMPTY else 0.0
    return need / there


def _stage_words(
    pathway: Pathway, stage: Stage, pool: str, need: float, before: float, there: float
) -> str:
    if need <= _EMPTY or before < there:
        return ""
    name, resource = _named(stage), pathway.resource(pool)
    if stage.kind == "hold":
        return (
            f"More cases come to {name} than there is room for: {before:,.0f} {resource.unit} are "
            f"needed, and there are {there:,.0f}."
        )
    first = "" if before - need <= _EMPTY else " (with what is served no later than it)"
    return (
        f"More work comes to {name} than its staff can do: {before:,.0f} hours a week{first}, "
        f"and {_named(resource)} can do {there:,.0f}."
    )


def _limit_words(pathway: Pathway, stage: Stage) -> Iterator[str]:
    """Targets that the time after the work (or the length of a hold) breaks on its own."""
    labels = {each.name: each.label or each.name.replace("_", " ") for each in pathway.classes}
    broken: dict[tuple[int, str, int], list[str]] = {}
    for name, target in stage.target.items():
        lasts = (stage.length if stage.kind == "hold" else stage.delay).get(name)
        if lasts is None or target.until != "closed":
            continue
        days = target.within_days * (7 / 5 if target.days == "working" else 1)
        kept = 1 - float(survival(lasts, np.array([days]))[0])
        if kept < target.share - _NEARLY:
            key = (target.within_days, target.days, round(kept * 100))
            broken.setdefault(key, []).append(labels[name])
    for (within, kind, kept), names in broken.items():
        of = "" if len(names) == len(pathway.classes) else f" of {', '.join(names)}"
        days_of = "working days" if kind == "working" else "days"
        yield (
            f"Even if nobody waited, {kept}%{of} would keep the limit of {within} {days_of} at "
            f"{_named(stage)}: what follows the work takes longer."
        )


def _pool_words(pool: Resource, need: float, there: float) -> str:
    if need <= _EMPTY or need < there:
        return ""
    if pool.kind == "supply":
        return f"More is needed of {_named(pool)} than there is: {need:,.0f} against {there:,.0f}."
    return (
        f"More work comes to {_named(pool)} than they can do: {need:,.0f} hours a week, and they "
        f"can do {there:,.0f}. The list grows while that lasts."
    )


def _named(part: Stage | Resource) -> str:
    """A label within a sentence: `Review teams` as `review teams`, `Care Act work` as it is."""
    words = (part.label or part.name.replace("_", " ")).split(" ")
    if words[0][1:].islower() and not any(word[:1].isupper() for word in words[1:2]):
        words[0] = words[0].lower()
    return " ".join(words)
