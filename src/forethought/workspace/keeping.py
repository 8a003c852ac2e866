"""Keep a what-if of a run as a scenario file of the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from forethought.errors import NotFound, Problem, UsageError
from forethought.place.scenario_files import (
    FOLDER,
    LONGEST_NAME,
    BrokenScenario,
    ReadScenario,
    ScenarioFile,
    broken_scenario,
    read_scenarios,
    write_scenario,
)
from forethought.place.scenario_lineage import lineage

if TYPE_CHECKING:
    from pathlib import Path

    from forethought.insights.base import KeptScenario, UnusableScenario
    from forethought.workspace.door import Workspace
    from forethought.workspace.wiring import Wiring


def kept_scenarios(wiring: Wiring) -> tuple[KeptScenario, ...]:
    """The scenarios that are kept here and can be used, authors by their names."""
    found = scenarios_of(wiring)
    return tuple(each for _, each, problems in found if not problems)


def scenarios_of(
    wiring: Wiring,
) -> list[tuple[ReadScenario, KeptScenario, tuple[Problem, ...]]]:
    """The scenario files of insights that are well formed, each with what is wrong in it."""
    from forethought.insights.base import KeptScenario

    reads = {read.stem: read for read in read_scenarios(wiring.path / FOLDER).good}
    found = []
    for read in reads.values():
        said = read.scenario
        if said.pathway:
            continue
        origin = lineage(read, reads, wiring.specs)
        kept = KeptScenario(
            name=said.name,
            based_on=origin.insight,
            author=wiring.people.name_of(said.author),
            source=said.source,
            changes={name: str(value) for name, value in said.changes.items()},
            id=read.stem,
            bases=tuple(name for name in said.based_on if name not in wiring.specs),
            given=said.changes,
            on=said.kept_on,
        )
        found.append((read, kept, origin.problems))
    return _judged(wiring, found)


def _judged(
    wiring: Wiring, found: list[tuple[ReadScenario, KeptScenario, tuple[Problem, ...]]]
) -> list[tuple[ReadScenario, KeptScenario, tuple[Problem, ...]]]:
    """With what their insight's kind says of them."""
    from forethought.insights.registry import kind_of

    kept = [each for _, each, problems in found if not problems]
    judged = []
    for read, each, problems in found:
        told = problems
        if not problems:
            kind = kind_of(wiring.specs[each.based_on].kind)
            faults = kind.scenario_faults(each, [k for k in kept if k.based_on == each.based_on])
            told = tuple(read.located.problem(*fault) for fault in faults or ())
        judged.append((read, each, told))
    return judged


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
    """Files that are well formed and do not fit their pathway, their insight or each other."""
    from forethought.workspace.scenario_checks import faults_of_pathway

    found = []
    for read in read_scenarios(wiring.path / FOLDER).good:
        problems = faults_of_pathway(wiring, read) if read.scenario.pathway else []
        if problems:
            found.append(broken_scenario(read.located.path, read.located, problems))
    for read, kept, told in scenarios_of(wiring):
        if told:
            broken = broken_scenario(read.located.path, read.located, told)
            found.append(replace(broken, based_on=kept.based_on or broken.based_on))
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
    ws.page(run_id, changes)  # refuses what cannot be worked out
    kind, spec = kind_of(receipt.kind), spec_of(receipt)
    bases, own = kind.to_keep(ws.programme.result(run_id), changes, spec)
    day = ws.wiring.settings.day()
    scenario = ScenarioFile(
        name=name,
        based_on=bases or (receipt.insight,),
        author=ws.username,
        source=f"What-if of run {receipt.label}",
        kept_on=day,
        changes=dict(own),
    )
    path = write_scenario(ws.path / FOLDER, scenario, insight=receipt.insight)
    ws.wiring.audit.append(
        "keep scenario",
        person=ws.username,
        subject=receipt.insight,
        details={"run": run_id, "scenario": path.name, "changes": dict(changes)},
    )
    return path
