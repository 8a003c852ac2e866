"""What moves net cost most: one assumption at a time from its low to its high end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from forethought.plan.demand.prices import Uplift
from forethought.plan.money.assumptions import Assumptions, Rise
from forethought.plan.money.budget import paths_of
from forethought.plan.money.changes import SAVINGS
from forethought.plan.money.costing import cost
from forethought.plan.money.finance import Finance
from forethought.plan.money.scenarios import PLAN, BudgetScenario, at_ends, supported
from forethought.plan.money.support import Support

RISES = {
    "wage": "National Living Wage",
    "prices": "Other costs of providers",
    "pay": "The council's own pay",
    "contributions": "Clients' contributions",
    "nhs": "NHS income",
    "grants": "Grants and Better Care Fund",
}
_TENTHS = (0.1, 0.9)
_TOLD_BELOW = {"complexity_pct", SAVINGS}
"""Changes whose range takes the place of the plan's, and is told in the plan's words."""


@dataclass(frozen=True, eq=False)
class Swings:
    """How far the mean net cost of a year moves.

    Args:
        frame: `name` (of the assumption), `low`, `high` (change of net cost at its low and its
            high end, pounds), `low_end`, `high_end` (the ends: shares a year, or a variant).
        year: Financial year, by its April.
        base: Mean net cost with all assumptions drawn, pounds.
    """

    frame: pl.DataFrame
    year: int
    base: float


def swings(
    support: Support,
    records: Finance,
    assumed: Assumptions,
    *,
    year: int,
    complexity: Uplift | None = None,
    scenario: BudgetScenario | None = None,
    seed: int = 0,
) -> Swings:
    """Move each assumption that has a range to either end, all else as drawn.

    Args:
        support: Support ahead.
        records: Finance records.
        assumed: The assumptions.
        year: Financial year whose net cost is looked at.
        complexity: Measured rise of a week's cost, used where the assumptions have none.
        scenario: What is changed; its own ranges are among those that are moved.
        seed: Seed of the run, so that all meet the same futures.
    """
    changed = scenario or BudgetScenario(PLAN)
    plan_support, plan = support, assumed
    support, assumed = supported(plan_support, changed, seed), plan.with_changes(changed.changes)
    rise = assumed.complexity or complexity

    def net(of: Support, given: Assumptions, real_rise: Uplift | None = rise) -> float:
        costed = cost(of, records, given, complexity=real_rise, seed=seed)
        return float(paths_of(costed, "net", year).mean())

    def under(of: BudgetScenario) -> float:
        return net(supported(plan_support, of, seed), plan.with_changes(of.changes)) - base

    base = net(support, assumed)
    rows: list[Row] = [
        *(
            (change.label, under(low), under(high), *_ends(change.amount))
            for change, low, high in at_ends(changed)
            if change.name not in _TOLD_BELOW
        ),
        *_rises(assumed, lambda given: net(support, given) - base, year),
        *_residents(support, lambda moved: net(moved, assumed) - base),
        _people(support, lambda moved: net(moved, assumed) - base),
    ]
    if rise is not None and rise.low < rise.high:
        low, high = (
            net(support, replace(assumed, complexity=Uplift.certain(end))) - base
            for end in (rise.low, rise.high)
        )
        rows.append(("Care for each person", low, high, *_ends(rise)))
    for saving in assumed.savings:
        shares = (saving.delivery.low, saving.delivery.high)
        low, high = (net(support, _delivered(assumed, saving.name, s)) - base for s in shares)
        if saving.delivery.low < saving.delivery.high:
            rows.append((f"Saving: {saving.name}", low, high, *_ends(saving.delivery)))
    rows = [row for row in rows if max(abs(row[1]), abs(row[2])) >= 1]  # a pound
    frame = pl.DataFrame(rows, schema=["name", "low", "high", "low_end", "high_end"], orient="row")
    widest = pl.max_horizontal(pl.col("low").abs(), pl.col("high").abs())
    return Swings(frame.sort(widest, descending=True), year, base)


Row = tuple[str, float, float, str, str]


def _rises(assumed: Assumptions, moved: Callable[[Assumptions], float], year: int) -> list[Row]:
    rows = []
    for name, label in RISES.items():
        rise: Rise = getattr(assumed, name)
        of = rise.of(year)
        if of.low == of.high or (rise.settled(year) and not rise.by_year):
            continue
        changed: list[dict[str, Any]] = [{name: _at_end(rise, end)} for end in ("low", "high")]
        low, high = (moved(replace(assumed, **each)) for each in changed)
        rows.append((label, low, high, *_ends(of)))
    return rows


def _ends(amount: Uplift) -> tuple[str, str]:
    return f"{amount.low:.4f}", f"{amount.high:.4f}"


def _at_end(rise: Rise, end: str) -> Rise:
    def sure(each: Uplift) -> Uplift:
        return Uplift.certain(float(getattr(each, end)))

    return replace(
        rise,
        otherwise=sure(rise.otherwise),
        by_year={year: sure(each) for year, each in rise.by_year.items()},
    )


def _residents(support: Support, moved: Callable[[Support], float]) -> list[Row]:
    if support.variant is not None or not {"low", "high"} <= set(support.people.variants):
        return []
    low, high = (moved(support.with_variant(name)) for name in ("low", "high"))
    return [("Number of residents", low, high, "low", "high")]


def _people(support: Support, moved: Callable[[Support], float]) -> Row:
    """Support as a whole at the 1st and the 9th tenth of its paths, whatever the cause."""
    total = support.real.sum(axis=(0, 1), dtype=np.float64)
    level = total / total.mean(axis=1, keepdims=True)
    ends = np.quantile(level, _TENTHS, axis=1)
    low, high = (
        moved(replace(support, real=(support.real * end[:, None]).astype(np.float32)))
        for end in ends
    )
    return (
        "How many people have support", low, high,
        f"{ends[0, -1] - 1:.4f}", f"{ends[1, -1] - 1:.4f}",
    )  # fmt: skip


def _delivered(assumed: Assumptions, name: str, share: float) -> Assumptions:
    return replace(
        assumed,
        savings=tuple(
            replace(s, delivery=Uplift.certain(share)) if s.name == name else s
            for s in assumed.savings
        ),
    )
