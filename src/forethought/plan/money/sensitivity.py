"""What moves net cost most: one assumption at a time from its low to its high end."""

from __future__ import annotations

from collections.abc import Collection
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
_TOLD_BELOW = {"complexity": "complexity_pct", "savings": SAVINGS}
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
    only: Collection[str] | None = None,
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
        only: Names of the plan's assumptions to move; None: all. Those that the scenario brings
            are moved in any case.
        seed: Seed of the run, so that all meet the same futures.
    """
    changed = scenario or BudgetScenario(PLAN)
    here, plan = supported(support, changed, seed), assumed.with_changes(changed.changes)
    rise = plan.complexity or complexity

    def net(of: Support, given: Assumptions) -> float:
        costed = cost(of, records, given, complexity=rise, seed=seed)
        return float(paths_of(costed, "net", year).mean())

    base = net(here, plan)
    own = {change.name for change, _, _ in at_ends(changed)} & set(_TOLD_BELOW.values())
    rows: list[Row] = []
    for change, low, high in at_ends(changed):
        if change.name not in _TOLD_BELOW.values():
            ends = [
                net(supported(support, each, seed), assumed.with_changes(each.changes)) - base
                for each in (low, high)
            ]
            rows.append((change.label, ends[0], ends[1], *_ends(change.amount)))
    for moved in [*_rises(here, plan, year), *_of_people(here, plan), *_of_money(here, plan, rise)]:
        if only is None or moved.name in only or _TOLD_BELOW.get(moved.kind) in own:
            ends = [net(*each) - base for each in (moved.low, moved.high)]
            rows.append((moved.name, ends[0], ends[1], *moved.ends))
    rows = [row for row in rows if max(abs(row[1]), abs(row[2])) >= 1]  # a pound
    frame = pl.DataFrame(rows, schema=["name", "low", "high", "low_end", "high_end"], orient="row")
    widest = pl.max_horizontal(pl.col("low").abs(), pl.col("high").abs())
    return Swings(frame.sort(widest, descending=True), year, base)


Row = tuple[str, float, float, str, str]
End = tuple[Support, Assumptions]


@dataclass(frozen=True, eq=False)
class _Moved:
    """An assumption of the plan, and what is costed at its ends."""

    name: str
    low: End
    high: End
    ends: tuple[str, str]
    kind: str = ""


def _rises(support: Support, plan: Assumptions, year: int) -> list[_Moved]:
    """Prices, pay and income that have a range and that no scenario settles."""
    found = []
    for name, label in RISES.items():
        rise: Rise = getattr(plan, name)
        of = rise.of(year)
        if of.low == of.high or rise.settled:
            continue
        changed: list[dict[str, Any]] = [{name: _at_end(rise, end)} for end in ("low", "high")]
        low, high = ((support, replace(plan, **each)) for each in changed)
        found.append(_Moved(label, low, high, _ends(of)))
    return found


def _of_people(support: Support, plan: Assumptions) -> list[_Moved]:
    """Residents between their variants, and support as a whole at the ends of its paths."""
    found = []
    if support.variant is None and {"low", "high"} <= set(support.people.variants):
        low, high = ((support.with_variant(name), plan) for name in ("low", "high"))
        found.append(_Moved("Number of residents", low, high, ("low", "high")))
    total = support.real.sum(axis=(0, 1), dtype=np.float64)
    level = total / total.mean(axis=1, keepdims=True)
    ends = np.quantile(level, _TENTHS, axis=1)
    low, high = (
        (replace(support, real=(support.real * end[:, None]).astype(np.float32)), plan)
        for end in ends
    )
    said = f"{ends[0, -1] - 1:.4f}", f"{ends[1, -1] - 1:.4f}"
    return [*found, _Moved("How many people have support", low, high, said)]


def _of_money(support: Support, plan: Assumptions, rise: Uplift | None) -> list[_Moved]:
    """Care for each person, and what of each saving is delivered."""
    found = []
    if rise is not None and rise.low < rise.high:
        low, high = (
            (support, replace(plan, complexity=Uplift.certain(end)))
            for end in (rise.low, rise.high)
        )
        found.append(_Moved("Care for each person", low, high, _ends(rise), "complexity"))
    for saving in plan.savings:
        if saving.delivery.low < saving.delivery.high:
            shares = (saving.delivery.low, saving.delivery.high)
            low, high = ((support, _delivered(plan, saving.name, share)) for share in shares)
            name = f"Saving: {saving.name}"
            found.append(_Moved(name, low, high, _ends(saving.delivery), "savings"))
    return found


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


def _delivered(assumed: Assumptions, name: str, share: float) -> Assumptions:
    return replace(
        assumed,
        savings=tuple(
            replace(s, delivery=Uplift.certain(share)) if s.name == name else s
            for s in assumed.savings
        ),
    )
