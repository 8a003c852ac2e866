"""What-ifs of a budget: other prices, residents, rates or savings on the run's own futures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forethought.insights.answers import read_answers
from forethought.insights.base import Result
from forethought.insights.kinds.budget import BudgetSpec
from forethought.insights.kinds.budget_form import POPULATION, questions
from forethought.insights.kinds.budget_runs import figures_of, planned_budget
from forethought.insights.kinds.budget_state import complexity_from, finance_from, support_from
from forethought.plan.money.budget import Budget

ANY = "any"


def vary_budget(result: Result, changes: Mapping[str, Any], spec: BudgetSpec) -> Result:
    """The result of a what-if; nothing is read or written.

    Args:
        result: The saved result of a run.
        changes: Answers of the form by name.
        spec: The specification of the run.

    Raises:
        UsageError: A question or an answer that the form does not have.
    """
    moved, variant = asked_of(result, changes, spec)
    made = budget_with(result, spec, moved, variant)
    plan = result.tables["net_paths"]
    return Result(
        tables={**result.tables, **figures_of(made), "plan_net_paths": plan,
                "plan_budget": result.tables["budget"]},
        values={**result.values, "what_if": {n: str(v) for n, v in changes.items()}},
        metrics=result.metrics,
        checks=result.checks,
    )  # fmt: skip


def budget_with(
    result: Result, spec: BudgetSpec, moved: Mapping[str, float], variant: str | None
) -> Budget:
    """The budget of a run under other assumptions."""
    return planned_budget(
        support_from(result),
        finance_from(result, spec.settings),
        spec.settings,
        complexity_from(dict(result.values)),
        int(result.values["seed"]),
        moved,
        variant,
    )


def asked_of(
    result: Result, changes: Mapping[str, Any], spec: BudgetSpec
) -> tuple[dict[str, float], str | None]:
    """What the answers of the form change; those that are as planned change nothing.

    Raises:
        UsageError: A question or an answer that the form does not have.
    """
    texts = {name: str(value) for name, value in changes.items()}
    asked = questions(result, spec)
    answers = read_answers(asked, texts)
    planned = {each.name: each.value for each in questions(result, spec, planned=True)}
    variant = str(answers[POPULATION])
    moved = {
        name: float(str(value))
        for name, value in answers.items()
        if name != POPULATION and float(str(value)) != float(planned[name])
    }
    return moved, None if variant == ANY else variant
