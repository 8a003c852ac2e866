"""Scenarios of a budget: named sets of changed assumptions, combined and put beside the plan.

The rule of combining: what a scenario says itself holds instead of what those it is based on say
of the same assumption. Two scenarios that are combined may say the same, but not two things of
one assumption in one year, unless the one based on both says which holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forethought.errors import Problem, UsageError
from forethought.plan.demand.prices import Uplift
from forethought.plan.money.assumptions import Assumptions
from forethought.plan.money.changes import (
    ANY,
    POPULATION,
    Change,
    changes_of,
    left_of,
    overlap,
)
from forethought.plan.money.support import Support
from forethought.plan.paths import stable_seed

PLAN = "Plan"


@dataclass(frozen=True)
class BudgetScenario:
    """A named set of changed assumptions.

    Args:
        name: What pages call it.
        changes: Everything that it changes, that of the scenarios it is based on included.
        author: Who answers for it.
        source: Where it comes from.
        on: Day on which it was written down.
        based_on: Names of the scenarios that it is based on.
    """

    name: str
    changes: tuple[Change, ...] = ()
    author: str = ""
    source: str = ""
    on: date | None = None
    based_on: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        changes: Mapping[str, Any],
        *,
        based_on: Sequence[BudgetScenario] = (),
        author: str = "",
        source: str = "",
        on: date | None = None,
    ) -> BudgetScenario:
        """A scenario from its own changes and those that it is based on.

        Args:
            name: What pages call it.
            changes: As a scenario file writes them (see `changes_of`).
            based_on: Scenarios whose changes hold too, but where its own hold instead.
            author: Who answers for it.
            source: Where it comes from.
            on: Day on which it was written down.

        Raises:
            UsageError: Changes that cannot be used, or scenarios that contradict each other.
        """
        own = changes_of(changes)
        return cls(
            name, together(based_on, own), author, source, on, tuple(each.name for each in based_on)
        )

    @property
    def variant(self) -> str | None:
        """The population variant of all paths; None: drawn between them."""
        found = [each.variant for each in self.changes if each.name == POPULATION]
        return found[-1] if found and found[-1] != ANY else None

    def says(self) -> str:
        """What it changes, in words."""
        return ". ".join(each.says() for each in self.changes)

    def sources(self) -> tuple[str, ...]:
        """Where it comes from: the whole, then its changes."""
        every = (self.source, *(each.source for each in self.changes))
        return tuple(dict.fromkeys(each for each in every if each))


def combine(*scenarios: BudgetScenario, name: str = "") -> BudgetScenario:
    """Two or more scenarios at once.

    Args:
        scenarios: Those that hold together.
        name: What to call it; their names joined by default.

    Raises:
        UsageError: They say two things of one assumption.
    """
    said = name or " + ".join(each.name for each in scenarios)
    return BudgetScenario.of(said, {}, based_on=scenarios)


def together(bases: Sequence[BudgetScenario], own: Sequence[Change]) -> tuple[Change, ...]:
    """Changes of several scenarios and those that hold instead of them.

    Raises:
        UsageError: Two of the scenarios say two things of one assumption, each named.
    """
    left = [
        (base.name, part)
        for base in bases
        for change in base.changes
        for part in left_of(change, own)
    ]
    problems = [
        Problem(
            f"{one} says “{first.says()}” and {other} says “{second.says()}”.",
            POPULATION if first.name == POPULATION else first.touches[0],
            "Choose one of them, or write a scenario based on both that says which holds.",
        )
        for (one, first), (other, second) in combinations(left, 2)
        if one != other and overlap(first, second) and not first.same_as(second)
    ]
    if problems:
        raise UsageError(
            "These scenarios contradict each other.", problems=list(dict.fromkeys(problems))
        )
    kept: list[Change] = []
    for _, change in left:
        if not any(change.same_as(each) for each in kept):
            kept.append(change)
    return (*kept, *own)


def supported(support: Support, scenario: BudgetScenario, seed: int) -> Support:
    """Support ahead under a scenario: its residents and its rate of support, on the same paths.

    Args:
        support: Support ahead of the plan.
        scenario: What is changed.
        seed: Seed of the run; a rate with a range is drawn from random numbers of its own.
    """
    moved = support.with_variant(scenario.variant)
    for change in scenario.changes:
        if change.name == "rate_pct":
            moved = moved.with_rate(_drawn(change.amount, support.paths, seed) * 100)
    return moved


def _drawn(amount: Uplift, paths: int, seed: int) -> NDArray[np.float64]:
    if amount.low == amount.high:
        return np.full(paths, amount.likely)
    scores = np.random.default_rng(stable_seed(seed, "money-rate_pct")).normal(size=paths)
    return amount.drawn(scores)


def assumed(assumptions: Assumptions, scenario: BudgetScenario) -> Assumptions:
    """The assumptions of a plan under a scenario."""
    return assumptions.with_changes(scenario.changes)


def at_ends(
    scenario: BudgetScenario,
) -> list[tuple[Change, BudgetScenario, BudgetScenario]]:
    """Each change that has a range, with the scenario where it is sure at its low and high end."""
    found = []
    for at, change in enumerate(scenario.changes):
        if not change.has_range:
            continue
        low, high = (
            replace(scenario, changes=_with(scenario.changes, at, end))
            for end in (change.amount.low, change.amount.high)
        )
        found.append((change, low, high))
    return found


def _with(changes: tuple[Change, ...], at: int, value: float) -> tuple[Change, ...]:
    sure = replace(changes[at], amount=Uplift.certain(value))
    return (*changes[:at], sure, *changes[at + 1 :])
