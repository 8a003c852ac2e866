"""What scenario files are based on: each other, and in the end one insight."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from forethought.errors import Problem, did_you_mean
from forethought.place.scenario_files import ReadScenario


@dataclass(frozen=True)
class Lineage:
    """Where a scenario comes from.

    Args:
        insight: The insight that everything it is based on leads to; empty where that fails.
        problems: Why it fails, each with its place in the scenario's own file.
        ring: The ring in which scenarios are based on each other, where that is why.
    """

    insight: str
    problems: tuple[Problem, ...] = ()
    ring: str = ""


def lineage(
    read: ReadScenario, files: Mapping[str, ReadScenario], insights: Collection[str]
) -> Lineage:
    """The insight that a scenario is of, through the scenarios that it is based on.

    Args:
        read: The scenario.
        files: All scenario files that could be read, by name.
        insights: The insights that there are. A name that is both an insight's and a file's is
            the insight's.
    """
    return _lineage(read, files, insights, (read.stem,))


def _lineage(
    read: ReadScenario,
    files: Mapping[str, ReadScenario],
    insights: Collection[str],
    above: tuple[str, ...],
) -> Lineage:
    listed = isinstance(read.located.value.get("based_on"), list)
    found: dict[str, str] = {}
    for at, name in enumerate(read.scenario.based_on):
        place = ("based_on", at) if listed else ("based_on",)
        if name in insights:
            found[name] = name
            continue
        fault, ring = _fault(name, files, insights), _ring(name, above)
        if fault is None and not ring:
            under = _lineage(files[name], files, insights, (*above, name))
            if not under.problems:
                found[name] = under.insight
                continue
            fault, ring = (f"{name} cannot be used itself.", "Mend it first."), under.ring
        if ring:
            fault = f"Scenarios are based on each other in a ring: {ring}.", "Take one name out."
        return Lineage("", (read.located.problem(place, *(fault or ())),), ring)
    return _one(read, found)


def _ring(name: str, above: tuple[str, ...]) -> str:
    return " > ".join((*above[above.index(name) :], name)) if name in above else ""


def _one(read: ReadScenario, found: Mapping[str, str]) -> Lineage:
    """The one insight of all bases; an insight beside scenarios of it says nothing more."""
    of = dict.fromkeys(found.values())
    if len(of) == 1:
        return Lineage(next(iter(of)))
    said = ", ".join(f"{name} of {insight}" for name, insight in found.items())
    what = f"It is based on scenarios of several insights: {said}."
    return Lineage("", (read.located.problem(("based_on",), what, "Name those of one."),))


def _fault(
    name: str,
    files: Mapping[str, ReadScenario],
    insights: Collection[str],
) -> tuple[str, str] | None:
    """Why a name cannot be a base, and the remedy; None where it can."""
    if name not in files:
        return (
            f'There is no insight or scenario "{name}" here.',
            did_you_mean(name, [*insights, *files]),
        )
    if files[name].scenario.pathway:
        return f"{name} is a scenario of a pathway.", "Name an insight's."
    return None
