"""Shares of uncertainty and tornados, against known components and arithmetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.plan.simulation.answers import (
    BY,
    START,
    TARGET,
    one_stage,
    two_stages,
    uncertain_demand,
    waiting_list,
)

import forethought as ft
from forethought.errors import SpecificationError
from forethought.plan.simulation.uncertainty import components


def shares(found: ft.plan.Uncertainty) -> dict[str, float]:
    return dict(found.frame.select("source", "share").iter_rows())


def test_known_components_of_variance_are_found() -> None:
    rng = np.random.default_rng(2)
    paths, draws, runs = 3000, 4, 4
    cases = 3.0 * rng.standard_normal((paths, 1, 1))
    cases = cases + 2.0 * rng.standard_normal((paths, draws, 1))
    cases = cases + 1.0 * rng.standard_normal((paths, draws, runs))
    assert components(cases) == pytest.approx([9.0, 4.0, 1.0], rel=0.06)


def test_shares_sum_to_one_and_say_their_error() -> None:
    factor = 1 + 0.03 * np.random.default_rng(1).standard_normal((400, 1))
    found = ft.plan.uncertainty(
        one_stage(60.0), uncertain_demand(), waiting_list(), target=TARGET, start=START,
        effort_factor=factor, engine="cohort", seed=1,
    )  # fmt: skip
    assert sum(shares(found).values()) == pytest.approx(1.0)
    assert float(found.frame["error"].to_numpy().max()) < 0.1
    assert "from the forecast" in found.headline()
    # 3% of effort is 3% of the cases served; 5% of demand is 5% of the 1,560 that come
    sd = dict(found.frame.select("source", "sd").iter_rows())
    served = 600 + 60 * 26 - found.mean
    assert sd["parameters"] == pytest.approx(0.03 * served, rel=0.15)
    assert sd["forecast"] == pytest.approx(0.05 * 60 / 7 * 182, rel=0.25)


def test_without_paths_and_draws_all_is_chance() -> None:
    demand = ft.plan.Demand.constant({"new": 60 / 7}, start=START, end=date(2027, 3, 31))
    found = ft.plan.uncertainty(
        one_stage(60.0), demand, waiting_list(), target=TARGET, start=START, engine="cohort",
        paths=10,
    )  # fmt: skip
    assert shares(found) == {"forecast": 0.0, "parameters": 0.0, "chance": 1.0}
    assert found.runs == 160
    run = ft.plan.simulate(
        one_stage(60.0), demand, waiting_list(), start=START, end=BY, replications=160,
        engine="cohort",
    )  # fmt: skip
    assert found.sd == pytest.approx(run.stock("assessment", by=BY).std())


def test_one_path_leaves_parameters_and_chance() -> None:
    demand = ft.plan.Demand.constant({"new": 60 / 7}, start=START, end=date(2027, 3, 31))
    factor = 1 + 0.05 * np.random.default_rng(1).standard_normal((400, 1))
    found = ft.plan.uncertainty(
        one_stage(60.0), demand, waiting_list(), target=TARGET, start=START, engine="cohort",
        effort_factor=factor, paths=30,
    )  # fmt: skip
    assert shares(found)["forecast"] == 0.0
    assert shares(found)["parameters"] > 0.7


def test_more_demand_and_effort_add_cases_and_more_staff_take_them_off() -> None:
    found = ft.plan.sensitivity(
        one_stage(60.0), uncertain_demand(), waiting_list(), target=TARGET, start=START,
        replications=200, engine="cohort",
    )  # fmt: skip
    rows = {row["driver"]: row for row in found.frame.iter_rows(named=True)}
    assert set(rows) == {"demand", "staff", "effort"}
    assert rows["demand"]["change_high"] > 0 > rows["demand"]["change_low"]
    assert rows["effort"]["change_high"] > 0 > rows["effort"]["change_low"]
    assert rows["staff"]["change_low"] > 0 > rows["staff"]["change_high"]
    more = 0.1 * 60 / 7 * 182
    assert rows["demand"]["change_high"] == pytest.approx(more, rel=0.05)
    assert rows["demand"]["error_high"] < 2.0
    assert found.frame["swing"].is_sorted(descending=True)
    assert "matters most" in found.headline()


def test_each_end_of_a_tornado_is_what_simulating_it_gives() -> None:
    pathway = two_stages(30.0)
    found = ft.plan.sensitivity(
        pathway, uncertain_demand(), waiting_list(300, "standard"), target=TARGET, start=START,
        drivers={"staff": (0.8, 1.2)}, replications=50, engine="cohort", seed=4,
    )  # fmt: skip
    row = found.frame.row(0, named=True)
    means = []
    for factor in (1.0, 0.8):
        pool = replace(pathway.resources[0], capacity=30.0 * factor)
        run = ft.plan.simulate(
            replace(pathway, resources=(pool,)), uncertain_demand(),
            waiting_list(300, "standard"), start=START, end=BY, replications=50,
            engine="cohort", seed=4,
        )  # fmt: skip
        means.append(float(run.stock("assessment", by=BY).mean()))
    assert found.mean == means[0]
    assert row["change_low"] == pytest.approx(means[1] - means[0])


def test_drivers_that_are_not_known_are_refused_together() -> None:
    with pytest.raises(SpecificationError) as caught:
        ft.plan.sensitivity(
            one_stage(), uncertain_demand(), None, target=TARGET, start=START,
            drivers={"demnd": (0.9, 1.1), "staff": (1.1, 0.9)},
        )  # fmt: skip
    assert len(caught.value.problems) == 2
