"""The replication rule against its definition, and the number that a simulation takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.stats import binomtest, t
from tests.plan.simulation.answers import (
    BY,
    START,
    TARGET,
    one_stage,
    uncertain_demand,
    waiting_list,
)

import forethought as ft
from forethought.errors import SpecificationError
from forethought.plan.simulation.pathway import Target
from forethought.plan.simulation.replications import replications_needed


def slow_rule(values: np.ndarray, precision: float, look_ahead: int = 5) -> int | None:
    """The published steps, one replication after another."""

    def precise(number: int) -> bool:
        part = values[:number]
        width = t.ppf(0.975, number - 1) * part.std(ddof=1) / np.sqrt(number)
        return bool(width / abs(part.mean()) <= precision)

    number = 3
    while number <= values.size:
        if precise(number):
            ahead = look_ahead if number <= 100 else look_ahead * number // 100
            if number + ahead > values.size:
                return None
            if all(precise(n) for n in range(number, number + ahead + 1)):
                return number
        number += 1
    return None


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("precision", [0.3, 0.1, 0.05])
def test_the_number_is_what_the_published_steps_find(seed: int, precision: float) -> None:
    values = np.random.default_rng(seed).gamma(4.0, 2.5, 700)
    found = replications_needed(values, precision=precision, relative=True)
    assert found.needed == slow_rule(values, precision)
    assert found.needed is not None


def test_the_number_is_what_sim_tools_finds() -> None:
    # ReplicationsAlgorithm of sim-tools 1.3.0 on the same values
    theirs = {0: (13, 91, 362), 3: (15, 100, 342), 4: (18, 110, 420), 7: (4, 88, 399)}
    for seed, numbers in theirs.items():
        values = np.random.default_rng(seed).gamma(4.0, 2.5, 700)
        found = [replications_needed(values, precision=p, relative=True) for p in (0.3, 0.1, 0.05)]
        assert tuple(each.needed for each in found) == numbers


def test_a_precision_that_is_lost_again_does_not_count() -> None:
    values = np.array([10.0, 10.1, 9.9, 10.0, 30.0] + [10.0, 10.1, 9.9] * 300)
    assert replications_needed(values, precision=0.05, relative=True, look_ahead=0).needed == 3
    looked = replications_needed(values, precision=0.05, relative=True).needed
    assert looked is not None
    assert looked > 50


def test_too_few_replications_are_told() -> None:
    assert replications_needed([1.0, 9.0, 4.0, 2.0], precision=0.01).needed is None


def test_chances_take_wilsons_interval() -> None:
    reached = np.random.default_rng(1).random(3000) < 0.9
    found = replications_needed(reached, precision=0.02)
    assert found.needed is not None
    ends = binomtest(int(reached[:500].sum()), 500).proportion_ci(method="wilson")
    assert found.half_widths[499] == pytest.approx((ends.high - ends.low) / 2)
    ahead = found.half_widths[found.needed - 1 : found.needed - 1 + 5 * found.needed // 100]
    assert (ahead <= 0.02).all()
    assert found.half_widths[found.needed // 2] > 0.02


def test_a_chance_that_was_never_missed_is_not_yet_sure() -> None:
    always = np.ones(400, dtype=bool)
    needed = replications_needed(always, precision=0.02).needed
    assert needed is not None
    assert needed > 80


def test_precisions_that_are_none_are_refused() -> None:
    with pytest.raises(SpecificationError):
        replications_needed([1.0, 2.0], precision=0.0)


def test_a_simulation_takes_as_many_futures_as_its_target_needs() -> None:
    def run(precision: float) -> ft.plan.Simulation:
        return ft.plan.simulate(
            one_stage(70.0), uncertain_demand(), waiting_list(), start=START, end=BY,
            replications="auto", precision=precision, target=TARGET, engine="cohort", seed=2,
        )  # fmt: skip

    rough, fine = run(0.05), run(0.025)
    assert 300 < rough.replications < fine.replications < 2500
    chance = fine.chance("assessment", at_most=60, by=BY)
    assert 1.96 * chance.error < 0.027


def test_without_a_target_the_shares_on_time_are_made_precise() -> None:
    base = one_stage(70.0)
    stage = replace(base.stages[0], target={"person": Target(28, 0.9)})
    run = ft.plan.simulate(
        replace(base, stages=(stage,)), uncertain_demand(), waiting_list(), start=START,
        end=date(2026, 8, 1), replications="auto", precision=0.02, engine="cohort", seed=2,
    )  # fmt: skip
    record = run.record("base")
    share = record.on_time.sum(axis=(1, 2)) / record.judged.sum(axis=(1, 2))
    assert 1.97 * share.std(ddof=1) / np.sqrt(run.replications) <= 0.0205
    assert run.replications >= 3
