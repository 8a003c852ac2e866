"""Keep a what-if of a run as a scenario file of the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from forethought.errors import NotFound, UsageError
from forethought.place.scenario_files import (
    LONGEST_NAME,
    ScenarioFile,
    read_scenarios,
    write_scenario,
)

if TYPE_CHECKING:
    from pathlib import Path

    from forethought.insights.base import KeptScenario
    from forethought.workspace.door import Workspace
    from forethought.workspace.wiring import Wiring

FOLDER = "scenarios"


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
        for each in read_scenarios(wiring.path / FOLDER)
    )


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
