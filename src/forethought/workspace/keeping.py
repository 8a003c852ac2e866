"""Keep a what-if of a run as a scenario file of the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from forethought.errors import NotFound, UsageError
from forethought.place.scenario_files import (
    FOLDER,
    LONGEST_NAME,
    BrokenScenario,
    ScenarioFile,
    broken_scenario,
    read_scenarios,
    write_scenario,
)

if TYPE_CHECKING:
    from pathlib import Path

    from forethought.insights.base import KeptScenario, UnusableScenario
    from forethought.workspace.door import Workspace
    from forethought.workspace.wiring import Wiring


def kept_scenarios(wiring: Wiring) -> tuple[KeptScenario, ...]:
    """The scenarios that are kept here, authors by their names."""
    from forethought.insights.base import KeptScenario

    return tuple(
        KeptScenario(
            name=each.name,
            based_on=each.based_on,
            author=wiring.people.name_of(each.author),
            source=each.source,
            changes={name: str(value) for name, value in each.changes.items()},
        )
        for each in (read.scenario for read in read_scenarios(wiring.path / FOLDER).good)
        if each.based_on
    )


def unusable_scenarios(wiring: Wiring) -> tuple[UnusableScenario, ...]:
    """The scenario files that cannot be used, each with the first thing that is wrong in it."""
    from forethought.insights.base import UnusableScenario

    found = []
    for each in (*read_scenarios(wiring.path / FOLDER).broken, *_faulty(wiring)):
        first = each.problems[0]
        line = first.where.removeprefix(each.file).strip()
        users = _users(wiring, each.file, each.based_on)
        why = f"{line}: {first.what}" if line else first.what
        found += [UnusableScenario(each.file, user, why) for user in users]
    return tuple(found)


def _faulty(wiring: Wiring) -> list[BrokenScenario]:
    """Files of pathways that are well formed and do not fit their pathway."""
    from forethought.workspace.scenario_checks import faults_of_pathway

    found = []
    for read in read_scenarios(wiring.path / FOLDER).good:
        problems = faults_of_pathway(wiring, read) if read.scenario.pathway else []
        if problems:
            found.append(broken_scenario(read.located.path, read.located, problems))
    return found


def _users(wiring: Wiring, file: str, based_on: str) -> list[str]:
    """The insights on whose pages a file would stand; one empty name where nobody knows."""
    from forethought.insights.registry import kind_of

    if based_on in wiring.specs:
        return [based_on]
    of_pathway = [
        spec.id
        for spec in wiring.specs.values()
        if based_on and f"pathways/{based_on}.yaml" in kind_of(spec.kind).files(spec).values()
    ]
    if of_pathway:
        return of_pathway
    stem = file.rpartition("/")[2].removesuffix(".yaml")
    named = [name for name in wiring.specs if stem.startswith(f"{name}-")]
    return named or [""]


def keep(ws: Workspace, run_id: str, name: str, view: Mapping[str, str]) -> Path:
    """Write a what-if down as a scenario, audited.

    Args:
        ws: Whose what-if it is.
        run_id: The run that it starts from.
        name: The scenario's name.
        view: The answers of the form.

    Raises:
        UsageError: No name, a name that is taken, no what-if, or answers that the form refuses.
    """
    from forethought.insights.programme import spec_of
    from forethought.insights.registry import kind_of

    receipt = ws.receipt(run_id)
    if receipt.run_id != run_id:
        raise NotFound(f'There is no run "{run_id}" here.')
    name = " ".join(name.split())
    changes = {key: value for key, value in view.items() if value}
    if not name or len(name) > LONGEST_NAME:
        raise UsageError(
            f"Give the scenario a name of at most {LONGEST_NAME} letters.", where="scenario_name"
        )
    if not changes:
        raise UsageError("There is no what-if to keep.", remedy="Change the form first.")
    spec = spec_of(receipt)
    kind_of(receipt.kind).vary(ws.programme.result(run_id), changes, spec)
    day = ws.wiring.settings.day()
    scenario = ScenarioFile(
        name=name,
        based_on=receipt.insight,
        author=ws.username,
        source=f"What-if of run {receipt.label}",
        kept_on=day,
        changes=dict(changes),
    )
    path = write_scenario(ws.path / FOLDER, scenario)
    ws.wiring.audit.append(
        "keep scenario",
        person=ws.username,
        subject=receipt.insight,
        details={"run": run_id, "scenario": path.name, "changes": dict(changes)},
    )
    return path
