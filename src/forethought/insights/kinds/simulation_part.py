"""The part of a pathway that one list depends on, so that a what-if simulates no more."""

from __future__ import annotations

from dataclasses import replace

from forethought.plan.simulation.pathway import END, Pathway, Route, Stage


def part_of(pathway: Pathway, stage: str) -> Pathway:
    """The stages on which a stage's list depends: what leads to it, what shares its staff."""
    wanted = {stage}
    while True:
        pools = {name for s in pathway.stages if s.name in wanted for name in s.resources}
        more = {
            s.name
            for s in pathway.stages
            if s.name not in wanted and (_reaches(s, wanted) or pools & set(s.resources))
        }
        if not more:
            break
        wanted |= more
    stages = tuple(_cut(s, wanted) for s in pathway.stages if s.name in wanted)
    used = {name for s in stages for name in s.resources}
    pools_left = tuple(pool for pool in pathway.resources if pool.name in used)
    return replace(pathway, stages=stages, resources=pools_left, scenarios=())


def _reaches(stage: Stage, wanted: set[str]) -> bool:
    routes = any(way.to in wanted for ways in stage.routes.values() for way in ways)
    return routes or any(v.to in wanted for each in stage.schedule.values() for v in each)


def _cut(stage: Stage, wanted: set[str]) -> Stage:
    """A stage whose ways out of the part lead to the end."""
    routes = {
        name: tuple(
            way if way.to in wanted or way.to == END else Route(END, way.share) for way in ways
        )
        for name, ways in stage.routes.items()
    }
    schedule = {
        name: tuple(visit for visit in each if visit.to in wanted)
        for name, each in stage.schedule.items()
    }
    kept = {name: each for name, each in schedule.items() if each}
    return replace(stage, routes=routes, schedule=kept)
