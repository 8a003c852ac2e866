"""The parts of a pathway file as a `Pathway`, with the place of each for later checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from forethought.place.yaml_files import Place
from forethought.plan.simulation.pathway import (
    Arrivals,
    CareClass,
    Costs,
    Distribution,
    Escalation,
    Pathway,
    Reneging,
    Route,
    Schedule,
    Stage,
    Target,
)
from forethought.plan.simulation.pathway_resources import resource, scenario
from forethought.plan.simulation.pathway_schema import (
    ArrivalsPart,
    ClassPart,
    PathwayPart,
    StagePart,
)
from forethought.plan.simulation.pathway_shapes import OTHERS, WEEKDAYS, Hazard, Visit, Way
from forethought.plan.simulation.pathway_skills import by_skill
from forethought.plan.simulation.pathway_spreads import distribution
from forethought.plan.simulation.units import nearest

Issue = tuple[Place, str, str]
"""Where, what, remedy."""


@dataclass(frozen=True)
class Lowered:
    """A pathway, where its parts stand in the file, and what could not be made of it.

    Args:
        pathway: The pathway.
        places: By (field, stage, class): the place of what holds for that class.
        problems: What is wrong.
    """

    pathway: Pathway
    places: Mapping[tuple[str, str, str], Place]
    problems: list[Issue]

    def place(self, key: str, stage: str, name: str) -> Place:
        """Where a stage says something for a class; the stage where it says nothing."""
        return self.places.get((key, stage, name), ("stages", stage))


@dataclass
class _Work:
    parts: PathwayPart
    places: dict[tuple[str, str, str], Place] = field(default_factory=dict)
    problems: list[Issue] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        return list(self.parts.classes)

    @property
    def continuous(self) -> bool:
        return self.parts.clock.calendar == "none"

    @property
    def week(self) -> tuple[float, ...] | None:
        week = self.parts.clock.working_week
        return None if week is None else tuple(getattr(week, day) for day in WEEKDAYS)


def lowered(parts: PathwayPart) -> Lowered:
    """The parts of a file as a pathway."""
    work = _Work(parts)
    if work.continuous and parts.clock.working_week is not None:
        work.problems.append(
            (("clock", "working_week"), "Without a calendar there is no week.", "Take it out.")
        )
    pools = tuple(
        resource(name, part, week=work.week, continuous=work.continuous, problems=work.problems)
        for name, part in parts.resources.items()
    )
    pathway = Pathway(
        name=parts.pathway,
        classes=tuple(_class(name, part) for name, part in parts.classes.items()),
        resources=pools,
        stages=tuple(
            by_skill(_stage(work, name, part), pools) for name, part in parts.stages.items()
        ),
        scenarios=tuple(
            scenario(name, part, parts, work.problems) for name, part in parts.scenarios.items()
        ),
        costs=Costs(
            currency=parts.costs.currency,
            prices=parts.costs.prices,
            delay_per_waiting_day_gbp={
                name: cost.a_day() for name, cost in parts.costs.waiting.items()
            },
            service_started_gbp_per_week={
                name: cost.a_week() for name, cost in parts.costs.services.items()
            },
        ),
        continuous=work.continuous,
        title=parts.title,
        description=parts.description,
        source=parts.source,
    )
    return Lowered(pathway, work.places, work.problems)


def _class(name: str, part: ClassPart) -> CareClass:
    escalate = None
    if part.escalate is not None:
        after = part.escalate.after
        escalate = Escalation(
            to=part.escalate.to,
            hazard_per_day=part.escalate.hazard_per_day,
            after_days=after.whole_days if after else 0,
        )
    return CareClass(
        name=name,
        priority=part.priority,
        points=part.points,
        points_per_day=part.points_per_day,
        escalate=escalate,
        label=part.label,
        records=_records(part.records),
    )


def _records(part: Mapping[str, list[str]] | None) -> dict[str, tuple[str, ...]]:
    return {column: tuple(values) for column, values in (part or {}).items()}


def _stage(work: _Work, name: str, part: StagePart) -> Stage:
    def by_class(key: str, given: Any) -> Iterator[tuple[str, Any, Place]]:
        return _by_class(work, name, key, given)

    return Stage(
        name=name,
        kind=part.kind,
        resources=tuple(part.resource),
        skills=_skills(work, name, part),
        fallback_penalty=part.fallback_penalty,
        arrivals=tuple(_arrivals(work, name, part)),
        discipline=part.discipline,
        precedence=part.precedence,
        reserve=part.reserve,
        effort=_spreads(work, by_class("effort", part.effort), staff=True),
        delay=_spreads(work, by_class("delay", part.delay), staff=False),
        length=_spreads(work, by_class("length", part.length), staff=False),
        units={each: value for each, value, _ in by_class("units", part.units)},
        routes={each: _routes(ways) for each, ways, _ in by_class("next", part.ways)},
        schedule={each: _visits(found) for each, found, _ in by_class("schedule", part.schedule)},
        target={
            each: Target(
                within_days=value.within.whole_days,
                share=value.share,
                basis=value.basis,
                days=value.days,
                until=value.until,
                source=value.source,
            )
            for each, value, _ in by_class("target", part.target)
        },
        reneging={each: _reneging(value) for each, value, _ in by_class("reneging", part.reneging)},
        label=part.label,
        list_of=part.list_of,
        records=_records(part.records),
    )


def _skills(work: _Work, stage: str, part: StagePart) -> tuple[str, ...]:
    """The skills that a stage asks for; it asks by one key only."""
    given = [key for key in ("resource", "skills", "skill") if getattr(part, key)]
    for key in given[1:]:
        what = f"The stage says who serves it twice: {given[0]} and {key}."
        work.problems.append((("stages", stage, key), what, "Keep one of them."))
    if given[:1] == ["resource"]:
        return ()
    return tuple(part.skills) or ((part.skill,) if part.skill else ())


def _by_class(work: _Work, stage: str, key: str, given: Any) -> Iterator[tuple[str, Any, Place]]:
    """What holds for each class, with its place; a part for all classes holds for each."""
    place: Place = ("stages", stage, key)
    if given is None:
        return
    if not _goes_by_class(key, given):
        for name in work.classes:
            work.places[key, stage, name] = place
            yield name, given, place
        return
    for name in given:
        if name not in work.classes and name != OTHERS:
            remedy = nearest(name, [*work.classes, OTHERS])
            work.problems.append(((*place, name), f'"{name}" is no class.', remedy))
    for name in work.classes:
        wanted = name if name in given else OTHERS
        if wanted in given:
            work.places[key, stage, name] = (*place, wanted)
            yield name, given[wanted], (*place, wanted)


def _goes_by_class(key: str, given: Any) -> bool:
    if not isinstance(given, dict):
        return False
    if key in {"next", "schedule"}:
        return bool(given) and all(isinstance(value, dict | list) for value in given.values())
    return True


def _spreads(
    work: _Work, found: Iterator[tuple[str, Any, Place]], *, staff: bool
) -> dict[str, Distribution]:
    made = {}
    for name, value, place in found:
        one = distribution(
            value, place, hours=staff and not work.continuous, problems=work.problems
        )
        if one is not None:
            made[name] = one
    return made


def _arrivals(work: _Work, stage: str, part: StagePart) -> Iterator[Arrivals]:
    given = part.arrivals
    listed = given if isinstance(given, list) else [given] if given is not None else []
    for position, each in enumerate(listed):
        place: Place = ("stages", stage, "arrivals")
        yield _flow(work, each, (*place, position) if isinstance(given, list) else place)


def _flow(work: _Work, each: ArrivalsPart, place: Place) -> Arrivals:
    mix = each.mix
    if mix is None and len(work.classes) == 1:
        mix = {work.classes[0]: 1.0}
    if mix is None:
        work.problems.append(
            (place, "It does not say which classes come.", "Add mix: a share for each class.")
        )
    for name in mix or {}:
        if name not in work.classes:
            remedy = nearest(name, work.classes)
            work.problems.append(((*place, "mix", name), f'"{name}" is no class.', remedy))
    more: dict[str, Any] = {}
    week = work.week
    if each.weekdays is not None:
        week = tuple(getattr(each.weekdays, day) for day in WEEKDAYS)
    if week is not None:
        more["weekdays"] = week
    if each.dispersion < 1:
        work.problems.append(
            (
                (*place, "dispersion"),
                f"{each.dispersion:g} is less than chance alone makes.",
                "Write 1 or more: the variance of a day's count divided by its mean.",
            )
        )
    return Arrivals(
        flow=each.flow,
        mix=mix or {},
        per_year=each.per_year,
        dispersion=each.dispersion,
        holiday_factor=each.holiday_factor,
        **more,
    )


def _routes(given: Any) -> tuple[Route, ...]:
    if isinstance(given, list):
        return tuple(Route(way.to, way.share, way.becomes) for way in given)
    return tuple(
        Route(to, way.share, way.becomes) if isinstance(way, Way) else Route(to, way)
        for to, way in given.items()
    )


def _visits(given: Any) -> tuple[Schedule, ...]:
    if isinstance(given, list):
        return tuple(_visit(visit.to, visit) for visit in given)
    return tuple(_visit(to, visit) for to, visit in given.items())


def _visit(to: str, visit: Visit) -> Schedule:
    every = visit.then.whole_days if visit.then else 0
    return Schedule(to, visit.first.whole_days, every, visit.becomes)


def _reneging(given: Any) -> Reneging:
    if isinstance(given, Hazard):
        return Reneging((0,), (given.hazard_per_day,))
    return Reneging(
        tuple(band.start.whole_days for band in given),
        tuple(band.hazard_per_day for band in given),
    )
