"""Scenarios side by side with the plan: what each costs, and how far that is apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import UsageError
from forethought.plan.money.budget import Budget, paths_of, whole_years
from forethought.plan.money.costing import Costed, cost
from forethought.plan.money.scenarios import PLAN, BudgetScenario, assumed, supported

Floats = NDArray[np.float64]

_TENTHS = (0.1, 0.9)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Net cost of the plan and of scenarios, on the same sample futures.

    Args:
        frame: `name`, `says` (what it changes), `source`, `author`, `on` (day), `year` (of its
            April), `mean`, `lo-80`, `hi-80` (net cost, cash), `apart`, `apart_lo`, `apart_hi` (less
            the plan's on the same path: mean and 8 in 10 range), pounds. The plan comes first.
        years: Financial years told.
    """

    frame: pl.DataFrame
    years: tuple[int, ...]

    def _repr_html_(self) -> str:
        return f"<p>Net cost, pounds, cash.</p>{self.frame._repr_html_()}"


def compare(planned: Budget, scenarios: Sequence[BudgetScenario]) -> Comparison:
    """Put scenarios beside a plan.

    A scenario meets the plan's sample futures, so a difference is that of what it changes.

    Args:
        planned: The budget as planned, without a scenario of its own.
        scenarios: Those to compare; combine several with `combine`.

    Raises:
        UsageError: `planned` has a scenario already, or one needs a population variant that
            the projections do not have.
    """
    if planned.scenario.changes:
        raise UsageError(
            "The budget has a scenario already.",
            where="planned",
            remedy="Compare with the plan: make it without changes.",
        )
    return compared(planned.costed, scenarios, seed=planned.seed)


def compared(plan: Costed, scenarios: Sequence[BudgetScenario], *, seed: int) -> Comparison:
    """The same from a plan that is costed.

    Args:
        plan: The plan, with the support, records and assumptions that it was made from.
        scenarios: Those to compare.
        seed: Seed of the run.
    """
    years = whole_years(plan)
    rows = _rows(BudgetScenario(PLAN), plan, plan, years)
    for each in scenarios:
        made = cost(
            supported(plan.support, each, seed),
            plan.finance,
            assumed(plan.assumed, each),
            complexity=plan.complexity,
            seed=seed,
        )
        rows += _rows(each, made, plan, years)
    return Comparison(pl.DataFrame(rows, schema=_SCHEMA), years)


_NUMBERS = ("mean", "lo-80", "hi-80", "apart", "apart_lo", "apart_hi")
_SCHEMA = (
    dict.fromkeys(("name", "says", "source", "author"), pl.String)
    | {"on": pl.Date, "year": pl.Int64}
    | dict.fromkeys(_NUMBERS, pl.Float64)
)


def _rows(
    scenario: BudgetScenario, made: Costed, plan: Costed, years: Sequence[int]
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for year in years:
        values = paths_of(made, "net", year)
        apart = values - paths_of(plan, "net", year)
        figures = [_figures(values), _figures(apart)]
        numbers = dict(zip(_NUMBERS, [v for each in figures for v in each], strict=True))
        rows.append(
            {
                "name": scenario.name, "says": scenario.says(),
                "source": "; ".join(scenario.sources()), "author": scenario.author,
                "on": scenario.on, "year": year, **numbers,
            }
        )  # fmt: skip
    return rows


def _figures(values: Floats) -> tuple[float, float, float]:
    low, high = np.quantile(values, _TENTHS)
    return float(values.mean()), float(low), float(high)
