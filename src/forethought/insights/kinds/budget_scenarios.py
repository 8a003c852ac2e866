"""Scenario files of a budget insight: read, combined, refused with the place of each fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from forethought.errors import UsageError
from forethought.insights.base import KeptScenario
from forethought.plan.money.changes import change_faults
from forethought.plan.money.scenarios import BudgetScenario

if TYPE_CHECKING:
    from forethought.insights.base import Faults
    from forethought.insights.kinds.budget import ScenarioSettings

CHANGES, BASED_ON = "changes", "based_on"


def scenarios_from(kept: Sequence[KeptScenario]) -> tuple[dict[str, BudgetScenario], list[str]]:
    """Scenarios by the name of their file, each with what it is based on.

    Args:
        kept: Scenario files of one insight.

    Returns:
        Those that can be used, and a sentence for each of the others.
    """
    files = {each.id or each.name: each for each in kept}
    made: dict[str, BudgetScenario] = {}
    gone = []
    for name, each in files.items():
        try:
            _make(each, files, made, name)
        except UsageError as refusal:
            gone.append(gone_words(each.name, refusal))
    return made, gone


def gone_words(name: str, refusal: UsageError) -> str:
    """What a page says of a scenario that cannot be worked out."""
    why = refusal.problems[0] if refusal.problems else refusal
    return f"{name} can no longer be worked out: {why.what} {why.remedy}".strip()


def passed_words(scenario: BudgetScenario, year: int) -> list[str]:
    """What a page says of changes in years whose April has passed: they change nothing.

    Args:
        scenario: The scenario.
        year: The present financial year, by its April.
    """
    return [
        f"{scenario.name}: {change.says()}. That April has passed, so it changes nothing."
        for change in scenario.changes
        if change.years and max(change.years) <= year
    ]


def _make(
    scenario: KeptScenario,
    files: Mapping[str, KeptScenario],
    made: dict[str, BudgetScenario],
    name: str,
) -> BudgetScenario:
    if name not in made:
        made[name] = BudgetScenario.of(
            scenario.name,
            scenario.given or scenario.changes,
            based_on=[_make(files[base], files, made, base) for base in scenario.bases],
            author=scenario.author,
            source=scenario.source,
            on=scenario.on,
        )
    return made[name]


def faults_of(scenario: KeptScenario, kept: Sequence[KeptScenario]) -> Faults:
    """What is wrong with a scenario file, each with its place in the file.

    Args:
        scenario: The scenario.
        kept: Those of the same insight that it may be based on.
    """
    own = change_faults(scenario.given)
    if own:
        return [((CHANGES, *place), what, remedy) for place, what, remedy in own]
    files = {each.id: each for each in kept}
    for at, base in enumerate(scenario.bases):
        if base not in files or faults_of(files[base], kept):
            return [((BASED_ON, at), f"{base} cannot be used itself.", "Mend it first.")]
    try:
        _make(scenario, files, {}, scenario.id)
    except UsageError as refusal:
        return [((BASED_ON,), each.what, each.remedy) for each in refusal.problems]
    return []


def declared(settings: ScenarioSettings) -> BudgetScenario:
    """A scenario that stands in the insight's settings."""
    changes: dict[str, object] = dict(settings.changes)
    if settings.population:
        changes["population"] = settings.population
    return BudgetScenario.of(settings.name, changes, source=settings.source)
