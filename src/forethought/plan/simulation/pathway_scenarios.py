"""Scenarios of a pathway that are kept in files of their own: what is wrong in them, and the text
of a pathway with them.
"""  # noqa: D205  the sentence is longer than a line

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import yaml

from forethought.errors import Problem
from forethought.place.yaml_files import Loader, Located, Place, read_yaml_text
from forethought.plan.simulation.pathway_faults import shaped
from forethought.plan.simulation.pathway_file import TEXT
from forethought.plan.simulation.pathway_lowering import lowered
from forethought.plan.simulation.pathway_rules import broken_rules

SCENARIOS, CHANGES = "scenarios", "changes"


def scenario_faults(pathway: str, scenario: Located) -> list[Problem]:
    """What is wrong with the changes of a scenario file, with their lines in that file.

    Args:
        pathway: Text of the pathway's file, which must be in order itself.
        scenario: The scenario file; `changes` are what a pathway file writes under a scenario.
    """
    own: Place = (SCENARIOS, scenario.path.stem)
    document = dict(read_yaml_text(pathway, TEXT).value)
    document[SCENARIOS] = {own[1]: scenario.value[CHANGES]}
    parts, faults = shaped(Located(scenario.path, document, {}))
    found = [(place, problem.what, problem.remedy) for place, problem in faults]
    if parts is not None:
        made = lowered(parts)
        taken = [place for place, _ in faults]
        found += [
            (place, what, remedy)
            for place, what, remedy in (*made.problems, *broken_rules(made, document))
            if not any(place[: len(old)] == old for old in taken)
        ]
    placed = [
        ((CHANGES, *place[2:]), what, remedy)
        for place, what, remedy in dict.fromkeys(found)
        if place[:2] == own
    ]
    placed.sort(key=lambda item: scenario.line(item[0]))
    return [scenario.problem(*item) for item in placed]


def with_scenarios(pathway: str, scenarios: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a pathway's file with more scenarios; all else stays as it is written.

    Args:
        pathway: Text of the file.
        scenarios: What a pathway file writes under each scenario, by its name.
    """
    lines = [_on_one_line(name, changes) for name, changes in scenarios.items()]
    if not lines:
        return pathway
    found = _section(pathway)
    flow = ", ".join(lines)
    if found is None:
        return f"{pathway.rstrip()}\nscenarios: {{{flow}}}\n"
    start, end = found.start_mark.index, found.end_mark.index
    if not isinstance(found, yaml.MappingNode) or not found.value:  # `scenarios:` or `{}`
        return f"{pathway[:start]} {{{flow}}}{pathway[end:]}"
    if found.flow_style:
        return f"{pathway[: start + 1]}{flow}, {pathway[start + 1 :]}"
    indent = "\n" + " " * found.start_mark.column
    return f"{pathway[:start]}{indent.join(lines)}{indent}{pathway[start:]}"


def _on_one_line(name: str, changes: Mapping[str, Any]) -> str:
    text = yaml.safe_dump(
        {name: _plain(changes)}, default_flow_style=True, allow_unicode=True, width=math.inf
    )
    return str(text).strip()[1:-1]


def _plain(value: Any) -> Any:
    """A value whose words stand on one line."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return " ".join(value.split()) if isinstance(value, str) else value


def _section(pathway: str) -> yaml.Node | None:
    """What stands under `scenarios:` of the file."""
    loader = Loader(pathway)
    try:
        document = loader.get_single_node()
    finally:
        loader.dispose()
    return next((value for key, value in document.value if key.value == SCENARIOS), None)
