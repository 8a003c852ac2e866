"""The questions of a budget's form, each with what the plan has."""

from __future__ import annotations

from collections.abc import Sequence

from forethought.insights.base import KeptScenario, Result
from forethought.insights.blocks import Choice, Form, Number, Question
from forethought.insights.kinds.budget import BudgetSpec
from forethought.results import words

POPULATION = "population"
NONE = "none"
SCENARIO_QUESTIONS = (
    ("scenario", "Scenario", "What each changes: under Scenarios below."),
    ("scenario_2", "Together with", "Two that contradict are refused."),
    ("scenario_3", "And with", "Three at most."),
)
_VARIANTS = (
    ("any", "Between the projections"),
    ("principal", "Principal projection"),
    ("high", "High projection"),
    ("low", "Low projection"),
)


def questions(
    result: Result,
    spec: BudgetSpec,
    kept: Sequence[KeptScenario] = (),
    *,
    planned: bool = False,
) -> tuple[Question, ...]:
    """Scenario files, prices, rate of support, residents and savings.

    Args:
        result: The run's result, or a what-if's.
        spec: The specification.
        kept: Scenario files that may be chosen.
        planned: Show what the plan has, whatever the what-if asks.
    """
    asked = {} if planned else dict(result.values.get("what_if", {}))
    prices = spec.settings.prices
    share = prices.usual_wage_share
    usual = share * prices.national_living_wage.likely_pct
    usual += (1 - share) * prices.consumer_prices.likely_pct
    there = set(result.tables["residents"]["variant"].unique().to_list())
    found: list[Question] = [
        *_scenarios(kept, asked),
        Number(
            "fee_points", "Care prices rise faster by", asked.get("fee_points", "0"),
            unit="points a year", low=-10, high=20, step=0,
            hint=f"Plan 0: about {words.decimal(usual)}% a year.",
        ),
        Number(
            "rate_pct", "Share of residents with support grows by", asked.get("rate_pct", "0"),
            unit="% a year", low=-10, high=10, step=0,
            hint=f"Plan 0: as it has moved. Prevention works: {words.MINUS}1.",
        ),
        Choice(
            POPULATION, "Residents",
            tuple(each for each in _VARIANTS if each[0] == "any" or each[0] in there),
            asked.get(POPULATION, "any"), hint="Plan: between the projections.",
        ),
    ]  # fmt: skip
    if spec.settings.savings:
        found.append(_delivered(spec, asked))
    return tuple(found)


def _scenarios(kept: Sequence[KeptScenario], asked: dict[str, str]) -> list[Choice]:
    """Up to three scenarios at once, as many questions as there are scenarios."""
    options = ((NONE, "None"), *((each.id, each.name) for each in kept if each.id))
    return [
        Choice(name, label, options, asked.get(name, NONE), hint=hint)
        for name, label, hint in SCENARIO_QUESTIONS[: len(options) - 1]
    ]


def _delivered(spec: BudgetSpec, asked: dict[str, str]) -> Number:
    total = sum(sum(s.gbp_by_year.values()) for s in spec.settings.savings)
    sure = sum(sum(s.gbp_by_year.values()) * s.delivered.likely_pct for s in spec.settings.savings)
    likely = round(sure / total) if total else 100
    return Number(
        "savings_delivered_pct", "Savings delivered",
        asked.get("savings_delivered_pct", str(likely)),
        unit="%", low=0, high=150, step=0, hint=f"Plan about {likely}, with a range.",
    )  # fmt: skip


def form(result: Result, spec: BudgetSpec, kept: Sequence[KeptScenario] = ()) -> Form:
    """The panel of questions."""
    return Form("", questions(result, spec, kept), button="Work it out", main=True)
