"""What is wrong in the scenario files of a workspace, each problem with its file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forethought.errors import ForethoughtError, Problem, did_you_mean
from forethought.place.scenario_files import (
    FOLDER,
    ReadScenario,
    Takes,
    broken_scenario,
    read_scenarios,
    unknown_answers,
)

if TYPE_CHECKING:
    from forethought.insights.base import InsightSpec, KeptScenario
    from forethought.workspace.wiring import Wiring

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def scenario_problems(wiring: Wiring) -> list[Problem]:
    """Every problem of every scenario file: what it says, and the names that it uses."""
    from forethought.workspace.keeping import scenarios_of

    found = read_scenarios(wiring.path / FOLDER)
    problems = [problem for each in found.broken for problem in each.problems]
    of_insights = {read.stem: (kept, told) for read, kept, told in scenarios_of(wiring)}
    for read in found.good:
        own = _author(wiring, read)
        if read.scenario.pathway:
            own += faults_of_pathway(wiring, read)
        else:
            kept, told = of_insights[read.stem]
            own += told or _faults(wiring, read, kept)
        problems += broken_scenario(read.located.path, read.located, own).problems
    return problems


def faults_of_pathway(wiring: Wiring, read: ReadScenario) -> list[Problem]:
    """What does not fit the pathway that a scenario is of."""
    from forethought.plan.simulation.pathway_scenarios import scenario_faults

    name = read.scenario.pathway
    folder = wiring.path / "pathways"
    known = [path.stem for path in folder.glob("*.yaml")]
    if name not in known:
        what = f'There is no pathway "{name}" here.'
        return [read.located.problem(("pathway",), what, did_you_mean(name, known))]
    text = (folder / f"{name}.yaml").read_text(encoding="utf-8")
    try:
        return scenario_faults(text, read.located)
    except ForethoughtError:
        return []  # the pathway's own file is wrong, and its check says so


def _author(wiring: Wiring, read: ReadScenario) -> list[Problem]:
    author = read.scenario.author
    if author in wiring.people:
        return []
    usernames = [person.username for person in wiring.people]
    what = f'The author "{author}" is nobody here.'
    return [read.located.problem(("author",), what, did_you_mean(author, usernames))]


def _faults(wiring: Wiring, read: ReadScenario, kept: KeptScenario) -> list[Problem]:
    """What an insight without assumptions of its own refuses: what its form does not ask."""
    from forethought.insights.registry import kind_of

    spec = wiring.specs[kept.based_on]
    kind = kind_of(spec.kind)
    if not kind.what_ifs:
        varied = [each.id for each in wiring.specs.values() if kind_of(each.kind).what_ifs]
        what = f"The insight {spec.id} has no what-ifs."
        remedy = did_you_mean(spec.id, varied)
        return [read.located.problem(("based_on",), what, remedy)]
    if kind.scenario_faults(kept, (kept,)) is not None:
        return []
    if kept.bases:
        what = f"The what-ifs of {spec.id} are answers of its form, and cannot be combined."
        return [read.located.problem(("based_on",), what, f"Write based_on: {spec.id}.")]
    form = _form(wiring, spec)
    return unknown_answers(read, form) if form else []


def _form(wiring: Wiring, spec: InsightSpec) -> dict[str, Takes]:
    """What the questions of an insight's newest run take; nothing where it has none yet.

    Limits and days of a form follow the data of its run, so a scenario that was right when it was
    kept stays right: a page says which can no longer be worked out.
    """
    from forethought.data.runs import Runs

    runs = Runs(wiring.store_path / "runs")
    stored = [runs.document(spec.id, run_id, "blocks") for run_id in runs.ids(spec.id)[:1]]
    return {
        question["name"]: _takes(question)
        for blocks in stored
        for block in blocks or []
        if block["kind"] == "form"
        for question in block["choices"]
    }


def _takes(question: Mapping[str, Any]) -> Takes:
    if question["kind"] == "number":
        low = question.get("low")
        return Takes("number", negative=low is None or low < 0)
    days = [value for value, _ in question.get("options", ()) if _DAY.fullmatch(value)]
    if question["kind"] == "day" or (days and len(days) == len(question["options"])):
        return Takes("day")
    return Takes()
