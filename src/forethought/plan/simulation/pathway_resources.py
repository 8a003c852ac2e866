"""Resources and scenarios of a pathway file as the pathway's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forethought.place.yaml_files import Place
from forethought.plan.simulation.pathway import (
    Availability,
    Change,
    DemandChange,
    Resource,
    Scenario,
)
from forethought.plan.simulation.pathway_schema import (
    AvailablePart,
    ChangePart,
    LeavePart,
    PathwayPart,
    ResourcePart,
    ScenarioPart,
    SicknessPart,
)
from forethought.plan.simulation.pathway_shapes import WEEKDAYS
from forethought.plan.simulation.units import nearest

Issues = list[tuple[Place, str, str]]
_CLOCK = ("hours", "weekdays", "available", "direct_share", "closed_on_holidays")
_OF_STAFF = (*_CLOCK, "skills", "caseload_limit", "records")
_OF_SUPPLY = ("unit", "handback")


def resource(
    name: str,
    part: ResourcePart,
    *,
    week: tuple[float, ...] | None,
    continuous: bool,
    problems: Issues,
) -> Resource:
    """A resource.

    Args:
        name: Its name.
        part: What the file says.
        week: The working week of the clock, for staff that name none.
        continuous: There is no calendar.
        problems: Gets what is wrong.
    """
    place: Place = ("resources", name)
    if (part.fte is None) == (part.units is None):
        problems.append(
            (place, "It must be staff or supply.", "Give one of fte (staff) and units (supply).")
        )
    is_staff = _is_staff(part)
    for key in _OF_SUPPLY if is_staff else _OF_STAFF:
        if getattr(part, key) is not None:
            which = "supply (units)" if is_staff else "staff (fte)"
            problems.append(((*place, key), f"{key} belongs to {which}.", "Take it out."))
    for key in _CLOCK if continuous and is_staff else ():
        if getattr(part, key) is not None:
            problems.append(((*place, key), "Without a calendar it has no effect.", "Take it out."))
    hours = 37.0 if part.hours is None else part.hours
    more: dict[str, Any] = {}
    if part.weekdays is not None:
        more["weekdays"] = tuple(getattr(part.weekdays, day) for day in WEEKDAYS)
    elif week is not None and is_staff:
        more["weekdays"] = week
    if part.unit is not None:
        more["unit"] = part.unit
    elif not is_staff:
        more["unit"] = "unit"
    return Resource(
        name=name,
        kind="staff" if is_staff else "supply",
        capacity=(part.fte if is_staff else part.units) or 0.0,
        hours_per_week=hours,
        available=_availability(part.available),
        direct_share=1.0 if part.direct_share is None else part.direct_share,
        caseload_limit=part.caseload_limit,
        changes=tuple(
            change(each, (*place, "changes", position), hours, is_staff=is_staff, problems=problems)
            for position, each in enumerate(part.changes)
        ),
        closed_on_holidays=part.closed_on_holidays is not False,
        cost_per_year_gbp=_a_year(
            part.cost, hours, (*place, "cost"), is_staff=is_staff, problems=problems
        )
        or 0.0,
        handback_hazard_per_day=part.handback.hazard_per_day if part.handback else 0.0,
        label=part.label,
        records=tuple(part.records.teams) if part.records else (),
        skills=tuple(dict.fromkeys(part.skills or ())),
        **more,
    )


def _is_staff(part: ResourcePart) -> bool:
    return part.fte is not None or part.units is None


def _a_year(
    cost: Any,
    hours: float,
    place: Place,
    *,
    is_staff: bool,
    problems: Issues,
) -> float | None:
    if cost is None:
        return None
    if cost.period == "hour" and not is_staff:
        problems.append((place, "Supply has no paid hour.", "Write its cost a week or a year."))
        return None
    return float(cost.a_year(hours))


def _availability(part: AvailablePart | None) -> Availability:
    if part is None:
        return Availability()
    more: dict[str, Any] = {}
    if isinstance(part.leave, LeavePart):
        more = {"leave_share": part.leave.mean, "leave_by_month": tuple(part.leave.by_month)}
    elif part.leave is not None:
        more = {"leave_share": part.leave}
    if isinstance(part.sickness, SicknessPart):
        more["sickness_mean"] = part.sickness.mean
        more["sickness_sd"] = part.sickness.sd
        more["sickness_winter"] = part.sickness.winter
    elif part.sickness is not None:
        more["sickness_mean"] = part.sickness
    return Availability(training_share=part.training, **more)


def change(
    part: ChangePart, place: Place, hours: float, *, is_staff: bool, problems: Issues
) -> Change:
    """A dated change of staff or supply."""
    key, other = ("add_fte", "add_units") if is_staff else ("add_units", "add_fte")
    if getattr(part, other) is not None:
        problems.append(((*place, other), f"Here it is {key}.", f"Write {key}."))
    elif getattr(part, key) is None:
        problems.append((place, "It does not say how much.", f"Add {key}."))
    if part.to is not None and part.to < part.start:
        problems.append(
            (
                (*place, "to"),
                f"{part.to} is before {part.start}, the day it starts.",
                "Write the last day on or after the first.",
            )
        )
    return Change(
        add=getattr(part, key) or 0.0,
        starts_on=part.start,
        ends_on=part.to,
        ramp_days=part.ramp.whole_days if part.ramp else 0,
        cost_per_year_gbp=_a_year(
            part.cost, hours, (*place, "cost"), is_staff=is_staff, problems=problems
        ),
        one_off_gbp=part.one_off,
        why=part.why,
    )


def scenario(name: str, part: ScenarioPart, parts: PathwayPart, problems: Issues) -> Scenario:
    """A named what-if."""
    return Scenario(
        name=name,
        demand=tuple(_demand_changes(("scenarios", name, "arrivals"), part, problems)),
        resources={
            pool: tuple(
                _pool_changes(("scenarios", name, "resources", pool), given, parts, problems)
            )
            for pool, given in part.resources.items()
        },
        effort_scale=part.effort_scale,
        author=part.author,
        source=part.source,
    )


def _demand_changes(place: Place, part: ScenarioPart, problems: Issues) -> Iterator[DemandChange]:
    for flow, given in part.arrivals.items():
        for position, each in enumerate(given if isinstance(given, list) else [given]):
            at = (*place, flow, position) if isinstance(given, list) else (*place, flow)
            if each.start and each.to and each.to < each.start:
                problems.append(
                    (
                        (*at, "to"),
                        f"{each.to} is before {each.start}, the day it starts.",
                        "Write the last day on or after the first.",
                    )
                )
            yield DemandChange(flow, each.scale, each.start, each.to)


def _pool_changes(
    place: Place, given: Any, parts: PathwayPart, problems: Issues
) -> Iterator[Change]:
    name = str(place[-1])
    pool = parts.resources.get(name)
    if pool is None:
        remedy = nearest(name, parts.resources)
        problems.append((place, f'"{name}" is no resource.', remedy))
        return
    hours = 37.0 if pool.hours is None else pool.hours
    for position, each in enumerate(given if isinstance(given, list) else [given]):
        at = (*place, position) if isinstance(given, list) else place
        yield change(each, at, hours, is_staff=_is_staff(pool), problems=problems)
