"""What-ifs: the saved result of a run met by other staff, demand, target or day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from forethought.insights.answers import read_answers
from forethought.insights.base import Result
from forethought.insights.kinds.simulation import SimulationSpec
from forethought.insights.kinds.simulation_chances import likely_staff
from forethought.insights.kinds.simulation_form import questions
from forethought.insights.kinds.simulation_plans import (
    PROBABILITY,
    Asked,
    Question,
    compare_plans,
)
from forethought.insights.kinds.simulation_runs import told
from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.initial import Initial
from forethought.plan.simulation.pathway import Pathway

EVEN = 0.5


def vary_simulation(result: Result, changes: Mapping[str, Any], spec: SimulationSpec) -> Result:
    """The result of a what-if on the same futures; nothing is read or written.

    Args:
        result: The saved result of a run.
        changes: Answers of the form by name: `staff`, `change`, `fewer`, `by`.
        spec: The specification of the run.

    Raises:
        UsageError: A question or an answer that the form does not have.
    """
    values = result.values
    asked = asked_of(result, changes, spec)
    before = values["asked"]
    same = (
        asked.change_pct == before["change_pct"]
        and asked.fewer_than == before["fewer_than"]
        and asked.by.isoformat() == before["by"]
    )

    def likely(probability: float) -> int | None:
        return likely_staff(result.tables["chances"], asked, probability)

    plans = compare_plans(
        question_of(result, spec),
        asked,
        every=values["every"],
        replications=spec.settings.what_if_replications,
        most=values["staff_most"],
        otherwise=values["staff_high"],
        known=(values["fewest"], values["average"]) if same else None,
        near=(None, None) if same else (likely(PROBABILITY), likely(EVEN)),
    )
    return Result(
        tables={**result.tables, "plans": plans.plans, "series": plans.series},
        values={
            **values,
            "asked": told(asked),
            "fewest": plans.fewest,
            "average": plans.average,
            "futures": plans.futures,
            "what_if": dict(changes),
        },
        metrics=result.metrics,
        checks=result.checks,
    )


def asked_of(result: Result, changes: Mapping[str, Any], spec: SimulationSpec) -> Asked:
    """What the answers of the form ask for; an answer that is not given is the run's own."""
    texts = {name: str(value) for name, value in changes.items()}
    answers = read_answers(questions(result, spec), texts)
    return Asked(
        change_pct=float(str(answers["change"])),
        fewer_than=round(float(str(answers["fewer"]))),
        by=date.fromisoformat(str(answers["by"])),
        staff=round(float(str(answers["staff"]))),
    )


def question_of(result: Result, spec: SimulationSpec) -> Question:
    """The service as the run left it."""
    values = result.values
    return Question(
        pathway=Pathway.from_yaml(values["pathway"]),
        demand=Demand(result.tables["demand"]),
        position=Initial(result.tables["position"]),
        stage=spec.settings.target.stage,
        resource=spec.settings.staff.resource,
        start=date.fromisoformat(values["start"]),
        change_on=date.fromisoformat(values["change_on"]),
        seed=values["seed"],
        engine=values["engine"],
        effort=result.tables["effort"],
    )
