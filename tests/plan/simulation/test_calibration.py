"""Effort, spread and leaving from weekly counts: known truths, held-out weeks, counts that err."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from tests.plan.simulation.answers import two_stages
from tests.plan.simulation.truths import FIRST, recorded, service, truth

import forethought as ft
from forethought.errors import DataError
from forethought.plan.simulation.model import Calendar, lower
from forethought.plan.simulation.pathway import Availability, Distribution
from forethought.plan.simulation.reconcile import reconciled

SERVICES = 26
AWAY = Availability(0.12, sickness_mean=0.05, sickness_sd=0.02)


def value(found: ft.plan.Calibration, parameter: str, stage: str = "assessment") -> float:
    rows = found.parameters.filter(stage=stage, parameter=parameter)
    return float(rows["value"][0])


def test_bands_hold_the_share_of_held_out_weeks_that_they_promise() -> None:
    shares: dict[tuple[str, int], list[float]] = {}
    errors = []
    for number in range(SERVICES):
        known = truth(number)
        found = ft.plan.calibrate(known.pathway, known.counts, draws=25, replications=200, seed=5)
        for row in found.coverage.iter_rows(named=True):
            shares.setdefault((row["measure"], row["level"]), []).append(row["share"])
        errors.append(value(found, "effort_hours") / known.effort_hours - 1)
    for (_, level), each in shares.items():
        error = float(np.std(each, ddof=1)) / np.sqrt(SERVICES)
        assert error < 0.06
        assert abs(float(np.mean(each)) - level / 100) < 3 * error
    assert abs(float(np.mean(errors))) < 4 * float(np.std(errors)) / np.sqrt(SERVICES)


def test_long_counts_give_back_effort_spread_and_leaving() -> None:
    pathway = service(30, 10.0, 0.8, 0.002, AWAY)
    counts = recorded(pathway, 60.0, 600, weeks=600, seed=4)
    found = ft.plan.calibrate(pathway, counts, seed=1)
    assert value(found, "effort_hours") == pytest.approx(10.0, rel=0.01)
    assert value(found, "effort_cv") == pytest.approx(0.8, rel=0.1)
    assert value(found, "leaving_per_day") == pytest.approx(0.002, rel=0.05)
    hours = 37 * 0.65 * 0.88 * 0.95
    holidays = 8 * 0.2 / 52
    assert value(found, "completed_per_fte_week") == pytest.approx(
        hours / 10 * (1 - holidays), rel=0.02
    )


def test_the_fitted_pathway_and_factors_go_into_a_simulation() -> None:
    pathway = service(30, 10.0, 0.8, 0.0, AWAY)
    counts = recorded(pathway, 55.0, 400, weeks=60, seed=4)
    wrong = service(30, 5.0, 0.2, 0.0, AWAY)
    found = ft.plan.calibrate(wrong, counts, seed=1)
    before = found.parameters.filter(parameter="effort_hours")["before"][0]
    assert before == 5.0
    assert found.pathway.stages[0].effort["person"].mean == pytest.approx(10.0, rel=0.05)
    factor = found.effort_factor(200, seed=2)
    assert factor.shape == (200, 1)
    assert float(factor.mean()) == pytest.approx(1.0, abs=0.02)
    start, end = FIRST + timedelta(weeks=60), FIRST + timedelta(weeks=86)
    demand = ft.plan.Demand.constant({"new": 55 / 7}, start=start, end=end)
    spread = []
    for each in (None, factor):
        run = ft.plan.simulate(
            found.pathway, demand, None, start=start, end=end, replications=200,
            engine="cohort", effort_factor=each,
        )  # fmt: skip
        spread.append(float(run.stock("assessment", by=end).std()))
    assert spread[1] > 1.05 * spread[0]


def test_a_team_of_two_stages_shares_its_hours_out_by_their_effort() -> None:
    pathway = two_stages(40.0)
    rng = np.random.default_rng(3)
    weeks = 150
    done = rng.integers(30, 90, size=(weeks, 2))
    hours = done @ np.array([8.0, 3.0])
    there = 37 * 0.8
    ends = [date(2023, 1, 8) + timedelta(weeks=n) for n in range(weeks)]
    stages = ("assessment", "planning")
    counts = pl.concat(
        [
            pl.DataFrame(
                {
                    "stage": [name] * weeks, "ds": ends, "incoming": done[:, place],
                    "closed": done[:, place], "waiting": [100] * weeks,
                }
            ).with_columns(pl.Series("fte", hours / there))
            for place, name in enumerate(stages)
        ]
    )  # fmt: skip
    found = ft.plan.calibrate(pathway, counts, draws=20, replications=50)
    efforts = [value(found, "effort_hours", name) for name in stages]
    assert efforts == pytest.approx([8.0, 3.0], rel=0.08)


def test_stages_of_one_team_keep_their_ratio_where_they_are_not_told_apart() -> None:
    pathway = two_stages(40.0)
    rng = np.random.default_rng(4)
    weeks = 60
    done = rng.integers(50, 60, size=(weeks, 2))
    calendar = Calendar(date(2023, 1, 2), 7 * weeks)
    there = lower(pathway, calendar).hours[0].reshape(-1, 7).sum(axis=1)  # with bank holidays
    factors = rng.normal(0.9, 0.05, weeks)  # of the pathway's 10 and 5 hours
    fte = done @ np.array([10.0, 5.0]) * factors / there
    ends = [date(2023, 1, 8) + timedelta(weeks=n) for n in range(weeks)]
    counts = pl.concat(
        pl.DataFrame(
            {
                "stage": [name] * weeks, "ds": ends, "incoming": done[:, place],
                "closed": done[:, place], "waiting": [400] * weeks, "fte": fte,
            }
        )
        for place, name in enumerate(("assessment", "planning"))
    )  # fmt: skip
    found = ft.plan.calibrate(pathway, counts, apart=False, draws=200, replications=50)
    efforts = np.array([value(found, "effort_hours", n) for n in ("assessment", "planning")])
    assert efforts[0] / efforts[1] == pytest.approx(2.0)
    assert efforts[0] == pytest.approx(9.0, rel=0.02)
    np.testing.assert_allclose(found.draws[:, 0], found.draws[:, 1])
    spread = 0.05 / 0.9 / np.sqrt(weeks - 14)
    assert float(found.draws[:, 0].std()) == pytest.approx(spread, rel=0.35)


def test_reconciled_counts_add_up_and_true_ones_stay() -> None:
    rng = np.random.default_rng(0)
    came, done = rng.integers(40, 60, 30).astype(float), rng.integers(40, 60, 30).astype(float)
    waiting = 300 + np.cumsum(came - done)
    same = reconciled(came, done, waiting)
    assert same.hazard_per_day == 0.0
    np.testing.assert_allclose(same.closed, done[1:], atol=1e-9)
    wrong = waiting.copy()
    wrong[12] += 20
    mended = reconciled(came, done, wrong)
    before = np.concatenate([[mended.waiting_before], mended.waiting[:-1]])
    balance = before + mended.incoming - mended.closed - mended.left - mended.waiting
    np.testing.assert_allclose(balance, 0.0, atol=1e-8)
    assert abs(mended.waiting[11] - waiting[12]) < 5
    assert np.abs(mended.unexplained).max() == pytest.approx(20, abs=1)


def test_the_change_of_counts_is_the_least() -> None:
    rng = np.random.default_rng(1)
    came, done = rng.integers(40, 60, 8).astype(float), rng.integers(40, 60, 8).astype(float)
    waiting = 300 + np.cumsum(came - done) + rng.integers(-9, 9, 8).astype(float)
    left = np.zeros(8)
    found = reconciled(came, done, waiting, left)
    changes = np.concatenate(
        [
            (found.incoming - came[1:]) / np.sqrt(came[1:]),
            (found.closed - done[1:]) / np.sqrt(done[1:]),
            ([found.waiting_before, *found.waiting] - waiting) / np.sqrt(waiting),
        ]
    )
    least = float((changes**2).sum())
    moved = found.closed - done[1:] + 0.5
    other = changes.copy()
    other[7:14] = moved / np.sqrt(done[1:])
    other[:7] += 0.5 / np.sqrt(came[1:])
    assert float((other**2).sum()) > least


def test_recorded_leavers_are_taken_as_they_are() -> None:
    pathway = service(30, 10.0, 0.8, 0.0, AWAY)
    counts = recorded(pathway, 60.0, 600, weeks=60, seed=4).with_columns(pl.lit(0).alias("left"))
    assert value(ft.plan.calibrate(pathway, counts, draws=20), "leaving_per_day") == 0.0


def test_counts_that_cannot_be_used_are_named_together() -> None:
    pathway = service(30, 10.0, 0.8, 0.0, AWAY)
    counts = recorded(pathway, 60.0, 600, weeks=40, seed=4)
    broken = pl.concat([counts.slice(0, 10), counts.slice(12)]).with_columns(
        pl.when(pl.col("ds") == counts["ds"][3]).then(-1).otherwise("closed").alias("closed")
    )
    broken = pl.concat([broken, broken.head(3).with_columns(pl.lit("asessment").alias("stage"))])
    with pytest.raises(DataError) as caught:
        ft.plan.calibrate(pathway, broken)
    assert len(caught.value.problems) == 3


def test_a_list_that_runs_empty_says_nothing_of_effort() -> None:
    pathway = service(30, 1.0, 0.8, 0.0, AWAY)
    counts = recorded(pathway, 20.0, 0, weeks=60, seed=4)
    with pytest.raises(DataError, match="staff were not always busy"):
        ft.plan.calibrate(pathway, counts)


def test_classes_keep_the_ratio_of_their_effort() -> None:
    pathway = service(30, 10.0, 0.8, 0.0, AWAY)
    counts = recorded(pathway, 60.0, 600, weeks=60, seed=4)
    stage = pathway.stages[0]
    halved = replace(stage, effort={"person": Distribution("gamma", 5.0, 0.8)})
    found = ft.plan.calibrate(replace(pathway, stages=(halved,)), counts, draws=20)
    ratio = found.pathway.stages[0].effort["person"].mean / 5.0
    assert ratio == pytest.approx(value(found, "effort_hours") / 5.0)
