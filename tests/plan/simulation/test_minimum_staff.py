"""Smallest teams, maps of chances and recovery plans, against brute force and their own laws."""

from __future__ import annotations

import inspect
from dataclasses import fields, replace
from datetime import date
from typing import Any

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
from forethought.plan.simulation.cohort import draw, run_cohort
from forethought.plan.simulation.demand import Demand, plan_arrivals
from forethought.plan.simulation.futures import futures_of, wilson
from forethought.plan.simulation.goals import Goal
from forethought.plan.simulation.hiring import Hiring
from forethought.plan.simulation.initial import checked_initial, start_of
from forethought.plan.simulation.line import run_line, simple_stage
from forethought.plan.simulation.minimum_staff import smallest_enough
from forethought.plan.simulation.model import Calendar, lower
from forethought.plan.simulation.money import staff_cost
from forethought.plan.simulation.pathway import Availability, Change, Pathway, Scenario
from forethought.plan.simulation.staff_question import StaffOptions, StaffQuestion

RUNS = 300
SICK = Availability(0.1, sickness_mean=0.06, sickness_sd=0.03, sickness_winter=1.5)


def smallest(pathway: Pathway, **settings: object) -> ft.plan.MinimumStaff:
    options: dict[str, Any] = {
        "start": START,
        "target": TARGET,
        "resource": "team",
        "replications": RUNS,
    }
    options |= {"engine": "cohort", "seed": 3}
    return ft.plan.minimum_staff(
        pathway, uncertain_demand(), waiting_list(), **(options | settings)
    )


@pytest.mark.parametrize("leave", [0.0, 0.002])
@pytest.mark.parametrize("cv", [0.0, 0.7, 4.0])
def test_the_slim_path_counts_what_the_cohort_engine_counts(leave: float, cv: float) -> None:
    pathway = one_stage(50.0, cv=cv, leave=leave, sickness=SICK)
    calendar = Calendar(date(2026, 10, 20), 150)
    demand = Demand.constant({"new": 8.0}, start=calendar.start, end=date(2027, 4, 30))
    plan = plan_arrivals(pathway, demand, calendar)
    start = start_of(pathway, checked_initial(pathway, waiting_list(60)))
    model = lower(pathway, calendar)
    simple = simple_stage(model, plan, start, 0, 0)
    assert simple is not None
    came = draw(plan, calendar.days, seed=5, replications=40)
    levels = (40.0, 47.5, 60.0)
    slim = run_line(
        model, plan, start, simple, np.array(levels)[:, None] * np.ones(150), came, seed=5, block=7
    )
    for place, level in enumerate(levels):
        servers = np.full_like(model.servers, level)
        full = run_cohort(
            model._replace(servers=servers), plan, start, seed=5, replications=40, arrivals=came
        )
        assert (slim.waiting[place] == full.waiting[:, :, 0]).all()
        assert (slim.started[place] == full.started[:, :, 0]).all()


def test_a_shared_team_has_no_slim_path() -> None:
    pathway = two_stages()
    calendar = Calendar(START, 30)
    plan = plan_arrivals(pathway, uncertain_demand(), calendar)
    start = start_of(pathway, checked_initial(pathway, None))
    assert simple_stage(lower(pathway, calendar), plan, start, 0, 0) is None


def test_bisection_finds_what_trying_every_size_finds() -> None:
    pathway = one_stage(66.0)
    answer = smallest(pathway)
    sizes = range(68, 78)
    plans = [
        Scenario(str(size), resources={"team": (Change(size - 66.0, START),)}) for size in sizes
    ]
    run = ft.plan.simulate(
        pathway, uncertain_demand(), waiting_list(), start=START, end=BY, replications=RUNS,
        scenarios=plans, engine="cohort", seed=3,
    )  # fmt: skip
    chances = [
        run.chance("assessment", at_most=60, by=BY, scenario=str(size)).share for size in sizes
    ]
    assert (np.diff(chances) >= 0).all()
    enough = 68 + int(np.argmax(np.array(chances) >= 0.9))
    assert answer.fte == enough
    assert answer.chance.share == chances[enough - 68]
    assert answer.evaluations.height < 12
    assert answer.sure_fte is not None
    assert answer.sure_fte >= answer.fte


def test_following_each_case_finds_the_team_that_counting_finds() -> None:
    """The event engine has work on desks, so its list is shorter by them: at most one post less."""
    pathway = one_stage(26.0)
    settings: dict[str, Any] = {
        "start": START, "resource": "team", "target": "waiting <= 40 by 2026-06-28 at assessment",
        "replications": 60, "seed": 3,
    }  # fmt: skip
    demand = uncertain_demand(per_week=24.0)
    found = {
        engine: ft.plan.minimum_staff(pathway, demand, waiting_list(120), engine=engine, **settings)
        for engine in ("cohort", "event")
    }
    fewest = {engine: answer.fte for engine, answer in found.items()}
    assert fewest["cohort"] is not None
    assert fewest["event"] is not None
    assert 0 <= fewest["cohort"] - fewest["event"] <= 2
    assert found["event"].chance.share >= 0.9


def test_averages_promise_what_they_do_not_keep() -> None:
    answer = smallest(one_stage(66.0))
    assert answer.fte is not None
    assert answer.mean_fte is not None
    assert answer.mean_chance is not None
    assert answer.mean_fte < answer.fte
    assert answer.mean_chance.share < 0.7
    assert "Planning with averages" in answer.headline()


def test_the_team_of_averages_clears_the_list_as_arithmetic_says() -> None:
    demand = Demand.constant({"new": 60 / 7}, start=START, end=date(2027, 4, 30))
    pathway = one_stage(66.0)
    answer = ft.plan.minimum_staff(
        pathway, demand, waiting_list(), start=START, target=TARGET, resource="team",
        replications=RUNS, engine="cohort",
    )  # fmt: skip
    hours = lower(pathway, Calendar(START, 182)).hours[0].sum()
    needed = (600 - 60 + 60 / 7 * 182) * (37 * 0.8 / 1.2) / hours
    assert answer.mean_fte == pytest.approx(needed, abs=1.0)


def test_a_ramp_nobody_can_hire_is_told_with_the_earliest_date() -> None:
    answer = smallest(one_stage(66.0), hiring_lag_days=90, most_joining_per_month=1)
    assert answer.fte is None
    assert answer.most == 66 + 3  # on 5 July, August and September
    assert answer.chance.share < 0.9
    assert answer.earliest is not None
    assert answer.earliest > BY
    run = ft.plan.simulate(
        one_stage(66.0), uncertain_demand(), waiting_list(), start=START, end=answer.earliest,
        scenarios=[Scenario("all", resources={"team": answer.hiring.join(600)})],
        replications=RUNS, engine="cohort", seed=3,
    )  # fmt: skip
    chances = (run.series("waiting", "assessment", scenario="all") <= 60).mean(axis=0)
    assert chances[-1] >= 0.9
    assert chances[-2] < 0.9
    assert "earliest date" in answer.headline()


def test_a_target_that_stays_out_of_reach_says_how_far_was_looked() -> None:
    answer = smallest(
        one_stage(30.0), hiring_lag_days=170, most_joining_per_month=1, end=date(2026, 11, 30)
    )
    assert (answer.fte, answer.earliest) == (None, None)
    assert answer.looked_until == date(2026, 11, 30)
    assert "not by 30 November 2026 either" in answer.headline()


def test_hiring_that_starts_after_the_target_changes_nothing() -> None:
    answer = smallest(one_stage(66.0), hiring_lag_days=400)
    assert answer.most == 66
    assert answer.fte is None


def test_a_team_may_be_too_large() -> None:
    answer = smallest(one_stage(100.0))
    assert answer.fte is not None
    assert answer.fte < 100
    assert answer.fte == smallest(one_stage(66.0)).fte


def test_a_shared_team_reaches_its_target_in_simulate_too() -> None:
    initial = waiting_list(300, "standard")
    answer = ft.plan.minimum_staff(
        two_stages(), uncertain_demand(), initial, start=START, resource="team",
        target="waiting <= 30 by 2026-10-04 at assessment for standard", replications=100,
        engine="cohort",
    )  # fmt: skip
    run = ft.plan.simulate(
        two_stages(), uncertain_demand(), initial, start=START, end=BY, replications=100,
        scenarios=[answer.scenario("more")], engine="cohort",
    )  # fmt: skip
    chance = run.chance("assessment", at_most=30, by=BY, scenario="more", work_class="standard")
    assert answer.fte is not None
    assert chance.share == answer.chance.share >= 0.9


def test_wilson_agrees_with_its_published_form() -> None:
    from scipy.stats import binomtest

    for reached in (0, 3, 90, 100):
        ours = wilson(reached, 100)
        theirs = binomtest(reached, 100).proportion_ci(method="wilson")
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_staff_join_month_by_month_after_the_lag() -> None:
    changes = Hiring(date(2026, 1, 31), 0, 2).join(4.5)
    assert [each.starts_on for each in changes] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31),
    ]  # fmt: skip
    assert [each.add for each in changes] == [2.0, 2.0, 0.5]
    assert Hiring(date(2026, 1, 31), 0, 2).most_by(date(2026, 3, 30)) == 4


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("waiting < 60", "cannot be read"),
        ("waitng <= 60 by 2026-10-04 at assessment", 'Did you mean "waiting"'),
        ("waiting <= 60 by 2026-10-44 at assessment", "is no day"),
        ("waiting <= 60 by 2026-10-04 at assesment", 'Did you mean "assessment"'),
        ("waiting <= 60 by 2020-10-04 at assessment", "before the first simulated day"),
    ],
)
def test_a_target_in_other_words_is_refused_with_the_remedy(target: str, words: str) -> None:
    with pytest.raises(SpecificationError, match=words):
        smallest(one_stage(), target=target)


def test_every_cell_of_a_map_is_what_simulating_it_gives() -> None:
    pathway, factors, staff = one_stage(66.0), (0.95, 1.0, 1.05), (66, 70, 74)
    found = ft.plan.heat_map(
        pathway, uncertain_demand(), waiting_list(), resource="team", target=TARGET, start=START,
        staff=staff, demand_factors=factors, replications=RUNS, seed=3, engine="cohort",
    )  # fmt: skip
    for row, size in enumerate(staff):
        for column, factor in enumerate(factors):
            run = ft.plan.simulate(
                replace(pathway, resources=(replace(pathway.resources[0], capacity=size),)),
                uncertain_demand().scaled("new", factor), waiting_list(), start=START, end=BY,
                replications=RUNS, seed=3, engine="cohort",
            )  # fmt: skip
            expected = run.chance("assessment", at_most=60, by=BY).share
            assert found.chances[row, column] == expected


def test_the_coarse_map_comes_first_and_the_fine_one_agrees_with_brute_force() -> None:
    settings: dict[str, Any] = {
        "resource": "team", "target": TARGET, "start": START, "staff": range(56, 86),
        "demand_factors": (0.9, 0.95, 1.0, 1.05, 1.1), "replications": RUNS, "seed": 3,
        "engine": "cohort",
    }  # fmt: skip
    first, *_, last = ft.plan.heat_map_steps(
        one_stage(), uncertain_demand(), waiting_list(), **settings
    )
    assert first.coarse
    assert not last.coarse
    assert first.simulated < 30 < last.simulated < 150
    futures = futures_of(
        one_stage(), uncertain_demand(), checked_initial(one_stage(), waiting_list()),
        resource="team", start=START, end=BY, scenario=None, seed=3, replications=RUNS,
        engine="cohort",
    )  # fmt: skip
    plans = [(Change(size - 66.0, START),) for size in range(56, 86)]
    for column, factor in enumerate((0.9, 0.95, 1.0, 1.05, 1.1)):
        ends = futures.with_demand(factor).ends(Goal("assessment", 60, BY), plans)
        assert last.chances[:, column] == pytest.approx((ends <= 60).mean(axis=1))


def test_the_contour_of_a_map_is_the_smallest_team() -> None:
    found = ft.plan.heat_map(
        one_stage(), uncertain_demand(), waiting_list(), resource="team", target=TARGET,
        start=START, staff=range(60, 85), demand_factors=(1.0, 1.1), replications=RUNS, seed=3,
        engine="cohort",
    )  # fmt: skip
    contour = found.contour["fte"].to_list()
    assert contour[0] == smallest(one_stage()).fte
    assert contour[1] > contour[0]
    assert "are enough" in found.headline()


def test_axes_that_fall_are_refused_together() -> None:
    with pytest.raises(SpecificationError) as caught:
        ft.plan.heat_map(
            one_stage(), uncertain_demand(), None, resource="team", target=TARGET, start=START,
            staff=(3, 2), demand_factors=(),
        )  # fmt: skip
    assert len(caught.value.problems) == 2


def test_each_way_to_recover_has_the_chance_and_one_person_fewer_has_not() -> None:
    pathway = one_stage(66.0)
    found = ft.plan.recovery(
        pathway, uncertain_demand(), waiting_list(), resource="team", target=TARGET, start=START,
        weeks=(8, 26, 60), agency_cost_per_year_gbp=85_000.0, hiring_lag_days=40,
        replications=RUNS, seed=3, engine="cohort",
    )  # fmt: skip
    agency = found.frame.filter(kind="agency")
    assert agency["weeks"].to_list() == [8.0, 26.0]
    assert agency["extra_fte"].is_sorted(descending=True)
    for row in agency.iter_rows(named=True):
        ends = date.fromordinal(START.toordinal() + int(row["weeks"]) * 7 - 1)
        chances = []
        for extra in (row["extra_fte"], row["extra_fte"] - 1):
            plan = Scenario("block", resources={"team": (Change(extra, START, ends),)})
            run = ft.plan.simulate(
                pathway, uncertain_demand(), waiting_list(), start=START, end=BY, seed=3,
                replications=RUNS, scenarios=[plan], engine="cohort",
            )  # fmt: skip
            chances.append(run.chance("assessment", at_most=60, by=BY, scenario="block").share)
        assert chances[0] == row["chance"] >= 0.9 > chances[1]
        years = row["weeks"] * 7 / 365  # all within the financial year from April 2026
        assert row["gbp"] == pytest.approx(row["extra_fte"] * years * 85_000)


def test_each_horizon_is_answered_and_priced_as_if_it_were_the_target() -> None:
    days = (date(2026, 7, 5), BY)
    shared: dict[str, Any] = {
        "resource": "team", "start": START, "replications": 100, "seed": 3, "engine": "cohort",
        "weeks": None, "agency_cost_per_year_gbp": 85_000.0, "hiring_lag_days": 60,
        "hold_until": date(2027, 3, 31),
    }  # fmt: skip
    both = ft.plan.recovery(
        one_stage(66.0), uncertain_demand(), waiting_list(), target=TARGET, horizons=days, **shared
    )
    assert both.frame["by"].to_list() == [days[0]] * 2 + [days[1]] * 2
    for day in days:
        alone = ft.plan.recovery(
            one_stage(66.0), uncertain_demand(), waiting_list(),
            target=Goal("assessment", 60, day), **shared,
        )  # fmt: skip
        assert alone.frame.equals(both.frame.filter(by=day))
    agency = both.frame.filter(kind="agency")
    permanent = both.frame.filter(kind="permanent")
    assert agency["extra_fte"].is_sorted(descending=True)
    assert (permanent["extra_fte"] > agency["extra_fte"]).all()  # they start two months later
    row = permanent.row(1, named=True)
    paid = (date(2027, 3, 31) - date(2026, 6, 5)).days + 1
    assert row["gbp"] == pytest.approx(row["extra_fte"] * 58_000 * paid / 365)


def test_money_of_two_financial_years_has_the_days_of_each() -> None:
    half = staff_cost(2.0, 36_500.0, date(2027, 3, 31), date(2027, 4, 1))
    assert half == pytest.approx(2 * 36_500 * (1 / 365 + 1 / 366))  # 2027 to 2028 has a leap day


@pytest.mark.parametrize("threshold", [0, 1, 7, 19, 20, 21])
def test_the_smallest_number_is_found_from_wherever_one_starts(threshold: int) -> None:
    wanted = threshold if threshold <= 20 else None
    for near in range(-1, 25):
        tried: list[int] = []

        def enough(n: int) -> bool:
            tried.append(n)  # noqa: B023  asked at once
            return n >= threshold

        assert smallest_enough(enough, near=near, too_small=-1, most=20) == wanted
        assert len(tried) == len(set(tried))
        if wanted is not None and abs(near - wanted) <= 1:
            assert len(tried) <= 4


def test_where_to_start_looking_changes_no_answer() -> None:
    for near in (40, 90):
        assert smallest(one_stage(66.0), near=near).fte == smallest(one_stage(66.0)).fte


def test_the_settings_of_a_question_are_its_options_and_stand_in_every_signature() -> None:
    names = {each.name for each in fields(StaffQuestion)} - {"pathway", "demand", "initial"}
    assert set(StaffOptions.__annotations__) == names
    for question in (ft.plan.minimum_staff, ft.plan.recovery, ft.plan.heat_map):
        assert names <= set(inspect.signature(question).parameters)
    assert inspect.signature(ft.plan.recovery).parameters["hiring_lag_days"].default == 90


def test_the_team_that_holds_a_target_is_smaller_than_the_one_that_reaches_it() -> None:
    found = ft.plan.recovery(
        one_stage(66.0), uncertain_demand(), waiting_list(), resource="team", target=TARGET,
        start=START, replications=RUNS, engine="cohort",
    )  # fmt: skip
    reaching = smallest(one_stage(66.0)).fte
    assert found.run_rate_fte is not None
    assert found.run_rate_chance is not None
    assert reaching is not None
    assert 45 < found.run_rate_fte < reaching
    assert found.run_rate_chance.share >= 0.9
    assert found.hold_until == date(2027, 3, 31)
