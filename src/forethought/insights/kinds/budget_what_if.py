"""What-ifs of a budget: other prices, residents, rates or savings on the run's own futures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from forethought.errors import UsageError
from forethought.insights.answers import read_answers
from forethought.insights.base import KeptScenario, Result
from forethought.insights.kinds.budget import BudgetSpec
from forethought.insights.kinds.budget_assumed import assumptions_of
from forethought.insights.kinds.budget_form import NONE, POPULATION, SCENARIO_QUESTIONS, questions
from forethought.insights.kinds.budget_runs import figures_of, planned_budget
from forethought.insights.kinds.budget_scenarios import scenarios_from
from forethought.insights.kinds.budget_state import complexity_from, finance_from, support_from
from forethought.plan.money.budget import Budget
from forethought.plan.money.changes import ANY
from forethought.plan.money.scenarios import BudgetScenario
from forethought.plan.money.sensitivity import swings

TELLING = 0.05
"""Assumptions that move the plan by less than this share of the most telling one are small."""
SCENARIO_NAMES = tuple(name for name, _, _ in SCENARIO_QUESTIONS)


def vary_budget(
    result: Result, changes: Mapping[str, Any], spec: BudgetSpec, kept: Sequence[KeptScenario] = ()
) -> Result:
    """The result of a what-if; nothing is read or written.

    Args:
        result: The saved result of a run.
        changes: Answers of the form by name.
        spec: The specification of the run.
        kept: Scenario files that answers may name.

    Raises:
        UsageError: A question or an answer that the form does not have, or scenarios that
            contradict each other.
    """
    texts = {name: str(value) for name, value in changes.items()}
    scenario = asked_of(result, texts, spec, kept)
    made = budget_with(result, spec, scenario)
    plan = result.tables["net_paths"]
    own = own_of(result, texts, spec, kept)
    name = f"{scenario.name} and your answers" if scenario.name and own else scenario.name
    return Result(
        tables={**result.tables, **figures_of(made), "plan_net_paths": plan,
                "plan_budget": result.tables["budget"],
                "swings": swings_with(result, spec, scenario, made.years[-1])},
        values={**result.values, "what_if": _by_question(texts), "scenario": name},
        metrics=result.metrics,
        checks=result.checks,
    )  # fmt: skip


def budget_with(result: Result, spec: BudgetSpec, scenario: BudgetScenario | None = None) -> Budget:
    """The budget of a run as planned, or under a scenario."""
    return planned_budget(
        support_from(result),
        finance_from(result, spec.settings),
        spec.settings,
        complexity_from(dict(result.values)),
        int(result.values["seed"]),
        scenario,
    )


def swings_with(
    result: Result, spec: BudgetSpec, scenario: BudgetScenario, year: int
) -> pl.DataFrame:
    """What moves the cost of a year most under a scenario, its own ranges among them.

    Assumptions that hardly move the plan are left out: the answer is to come within a second.
    """
    plan = result.tables["swings"]
    widest = pl.max_horizontal(pl.col("low").abs(), pl.col("high").abs())
    told = plan.filter(widest >= TELLING * widest.max())["name"].to_list()
    return swings(
        support_from(result),
        finance_from(result, spec.settings),
        assumptions_of(spec.settings),
        year=year,
        complexity=complexity_from(dict(result.values)),
        scenario=scenario,
        only=told,
        seed=int(result.values["seed"]),
    ).frame


def asked_of(
    result: Result,
    view: Mapping[str, str],
    spec: BudgetSpec,
    kept: Sequence[KeptScenario] = (),
) -> BudgetScenario:
    """The scenarios and answers of the form as one scenario.

    Answers that differ from the plan's hold instead of what the scenarios say of the same.

    Raises:
        UsageError: A question or an answer that the form does not have, or scenarios that
            contradict each other.
    """
    asked = _by_question(view)
    own = own_of(result, asked, spec, kept)
    names = chosen_of(asked)
    made = scenarios_from(kept)[0] if names else {}
    chosen = [made[name] for name in names]
    name = " + ".join(each.name for each in chosen)
    return BudgetScenario.of(name, own, based_on=chosen)


def own_of(
    result: Result, view: Mapping[str, str], spec: BudgetSpec, kept: Sequence[KeptScenario] = ()
) -> dict[str, Any]:
    """Answers of the form that differ from the plan's, as a scenario file writes changes."""
    asked = {n: v for n, v in _by_question(view).items() if kept or n not in SCENARIO_NAMES}
    answers = read_answers(questions(result, spec, kept), asked)
    planned = {each.name: each.value for each in questions(result, spec, kept, planned=True)}
    own: dict[str, Any] = {
        name: float(str(value))
        for name, value in answers.items()
        if name not in (*SCENARIO_NAMES, POPULATION) and float(str(value)) != float(planned[name])
    }
    variant = str(answers[POPULATION])
    return own if variant == ANY else {POPULATION: variant, **own}


def chosen_of(view: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the scenario files that answers choose, each once."""
    asked = _by_question(view)
    names = [asked.get(name, NONE) for name in SCENARIO_NAMES]
    return tuple(dict.fromkeys(name for name in names if name not in {"", NONE}))


def _by_question(view: Mapping[str, str]) -> dict[str, str]:
    """Answers with several scenarios in one (`scenario=a+b`) given to a question each."""
    asked = dict(view)
    several = [part for part in re.split(r"[+, ]+", asked.get(SCENARIO_NAMES[0], "")) if part]
    if len(several) > 1:
        asked |= dict(zip(SCENARIO_NAMES, several, strict=False))
    if len(several) > len(SCENARIO_NAMES):
        raise UsageError(
            f"At most {len(SCENARIO_NAMES)} scenarios can be chosen at once.",
            where=SCENARIO_NAMES[0],
            remedy="Write a scenario file that is based on all of them.",
        )
    return asked
