from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.money.steady import population, records, volumes

import forethought as ft
from forethought.errors import UsageError
from forethought.plan.demand.prices import Uplift
from forethought.plan.money.assumptions import Assumptions, Rise, Saving
from forethought.plan.money.budget import Budget, budget
from forethought.plan.money.changes import CHANGES, change_faults, changes_of
from forethought.plan.money.comparison import compare
from forethought.plan.money.finance import OtherLine
from forethought.plan.money.scenarios import BudgetScenario, combine
from forethought.plan.money.sensitivity import swings

SURE = Uplift.certain
PLAN = Assumptions(
    wage=Rise(Uplift(0.03, 0.05, 0.08)),
    prices=Rise(Uplift(0.01, 0.02, 0.04)),
    complexity=SURE(0.0),
    savings=(Saving("Panel", {2027: 5000.0, 2028: 9000.0}),),
)
OF = BudgetScenario.of


def made(
    scenario: BudgetScenario | None = None, assumed: Assumptions = PLAN, **changes: Any
) -> Budget:
    return budget(
        volumes(),
        records(),
        people=population(0.01, 0.01),
        assumptions=assumed,
        other_lines={"Staff": OtherLine("flat", "pay")},
        until=date(2030, 3, 31),
        scenario=scenario,
        changes=changes or None,
        seed=1,
    )


def test_a_range_lies_on_the_paths_with_its_tenths() -> None:
    scores = {"fee_pct": np.random.default_rng(5).normal(size=40_000)}
    change = changes_of({"fee_pct": {"low": 6, "likely": 7, "high": 9}})
    rise = Rise(SURE(0.03), changes=change)
    drawn = np.expm1(rise.logs(range(2027, 2028), scores["fee_pct"], scores.__getitem__)[0])
    found = np.quantile(drawn, [0.1, 0.5, 0.9])
    assert found == pytest.approx([0.06, 0.07, 0.09], abs=0.0004)  # 3 standard errors


def test_a_fee_uplift_takes_the_place_of_wages_and_prices_in_its_year_alone() -> None:
    sure = replace(PLAN, wage=Rise(SURE(0.05)), prices=Rise(SURE(0.02)), usual_share=0.7)
    plain = made(assumed=sure)
    dearer = made(OF("Fee", {"fee_pct": {"likely": 7, "years": [2027]}}), sure)
    usual = np.exp(0.7 * np.log(1.05) + 0.3 * np.log(1.02))
    for year in (2027, 2028):
        ratio = dearer.paths("gross", year, "Home care") / plain.paths("gross", year, "Home care")
        assert ratio == pytest.approx(1.07 / usual)
    assert dearer.paths("gross", 2026, "Home care") == pytest.approx(
        plain.paths("gross", 2026, "Home care")
    )


def test_points_add_to_what_the_plan_draws_path_by_path() -> None:
    more = made(OF("Points", {"fee_points": {"low": 1, "likely": 2, "high": 4}}))
    ratio = more.paths("gross", 2027, "Home care") / made().paths("gross", 2027, "Home care")
    assert np.std(ratio) > 0.001
    assert 1.01 < np.median(ratio) < 1.03


def test_a_rate_with_a_range_spreads_people() -> None:
    sure = made(OF("Sure", {"rate_pct": -1}), replace(PLAN, wage=Rise(), prices=Rise()))
    wide = made(
        OF("Range", {"rate_pct": {"low": -2, "likely": -1, "high": 0}}),
        replace(PLAN, wage=Rise(), prices=Rise()),
    )
    spread = [np.ptp(each.paths("gross", 2029, "Home care")) for each in (sure, wide)]
    assert spread[1] > spread[0] + 1


def test_what_a_scenario_says_itself_holds_instead_of_its_bases() -> None:
    base = OF("High", {"population": "high", "fee_points": 2, "pay_points": 1})
    own = OF("Mine", {"fee_pct": {"likely": 6, "years": [2027]}}, based_on=[base])
    said = own.says()
    assert "high projection" in said
    assert "Care prices rise: 6% in April 2027" in said
    assert "Care prices rise faster: +2 points a year, but not in April 2027" in said
    assert own.based_on == ("High",)
    assert own.variant == "high"
    any_variant = OF("Any", {"population": "any"}, based_on=[base])
    assert any_variant.variant is None


def test_of_a_change_of_all_care_prices_the_rest_is_left_where_wages_are_said() -> None:
    base = OF("Fees", {"fee_points": 2})
    mine = OF("Wages", {"wage_points": 3}, based_on=[base])
    by_hand = OF("Hand", {"wage_points": 3, "prices_points": 2})
    assert np.allclose(made(mine).paths("gross", 2028), made(by_hand).paths("gross", 2028))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"population": "high"}, {"population": "low"}),
        ({"fee_pct": 7}, {"fee_pct": 6}),
        ({"fee_points": 1}, {"wage_points": 1}),
        ({"wage_pct": 6}, {"fee_pct": {"likely": 7, "years": [2028]}}),
        ({"savings_delivered_pct": 40}, {"savings_delivered_pct": {"low": 30, "likely": 40,
                                                                    "high": 50}}),
    ],
)  # fmt: skip
def test_two_scenarios_that_say_two_things_of_one_assumption_are_refused(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match="contradict") as caught:
        combine(OF("One", one), OF("Other", other))
    told = str(caught.value.problems[0])
    assert "One says" in told
    assert "Other says" in told
    assert "which holds" in told
    settled = OF("Both", one, based_on=[OF("One", one), OF("Other", other)])
    assert settled.changes[-1].name == next(iter(one))


def test_scenarios_that_agree_or_speak_of_other_years_combine() -> None:
    one = OF("One", {"fee_pct": {"likely": 7, "years": [2027], "source": "Forum"}, "pay_points": 1})
    other = OF("Other", {"fee_pct": {"likely": 5, "years": [2028]}, "pay_points": 1})
    both = combine(one, other)
    assert both.name == "One + Other"
    assert [each.name for each in both.changes] == ["fee_pct", "pay_points", "fee_pct"]
    again = combine(both, one)  # says what it said
    assert made(again).total(2029)["mean"] == pytest.approx(made(both).total(2029)["mean"])


@settings(max_examples=15, deadline=None)
@given(
    st.permutations(
        [
            OF("Fees", {"fee_pct": {"low": 5, "likely": 7, "high": 8}}),
            OF("People", {"population": "high"}),
            OF("Rate", {"rate_pct": {"low": -2, "likely": -1, "high": 0}}),
            OF("Savings", {"savings_delivered_pct": 40}),
        ]
    )
)
def test_the_order_of_combining_changes_no_digit(order: list[BudgetScenario]) -> None:
    first = _paths_of(tuple(sorted(order, key=lambda each: each.name)))
    assert np.allclose(_paths_of(tuple(order)), first, rtol=1e-6)


def _paths_of(order: tuple[BudgetScenario, ...]) -> Any:
    return made(combine(*order)).paths("net", 2028)


@pytest.mark.parametrize(
    ("given_", "place", "what"),
    [
        ({"fee_pc": 7}, ("fee_pc",), 'Did you mean "fee_pct"'),
        ({"fee_pct": "much"}, ("fee_pct",), "not a number"),
        ({"fee_pct": {"low": 8, "likely": 7, "high": 9}}, ("fee_pct",), "do not rise"),
        ({"fee_pct": {"low": 6, "likely": 7}}, ("fee_pct",), "Give both"),
        ({"fee_pct": {"likely": 700}}, ("fee_pct", "likely"), "beyond"),
        ({"fee_pct": {"likly": 7}}, ("fee_pct", "likly"), 'Did you mean "likely"'),
        ({"fee_pct": {"likely": 7, "years": ["2027"]}}, ("fee_pct", "years"), "is no year"),
        ({"rate_pct": {"likely": 1, "years": [2027]}}, ("rate_pct", "years"), "every year"),
        ({"population": "hihg"}, ("population",), 'Did you mean "high"'),
        ({"fee_pct": 7, "wage_points": 1}, ("wage_points",), "cannot both hold"),
        ({"fee_pct": [{"likely": 7, "years": [2027]}, {"likely": 6}]}, ("fee_pct", 1), "both hold"),
        ({"pay_pct": True}, ("pay_pct",), "not a number"),
        ({"pay_pct": "nan"}, ("pay_pct",), "not a number"),
    ],
)
def test_every_fault_has_its_place_and_its_remedy(
    given_: dict[str, Any], place: tuple[str | int, ...], what: str
) -> None:
    faults = change_faults(given_)
    assert faults[0][0] == place
    assert what in " ".join(str(part) for part in faults[0])
    with pytest.raises(UsageError, match="cannot be used"):
        OF("x", given_)


def test_the_tornado_has_the_ranges_of_the_scenario_and_none_that_it_settles() -> None:
    plan = made()
    scenario = OF("Fees", {"fee_pct": {"low": 5, "likely": 7, "high": 10}})
    costed = plan.costed
    found = swings(costed.support, costed.finance, PLAN, year=2028, scenario=scenario, seed=1)
    names = found.frame["name"].to_list()
    assert names.count("Care prices rise") == 1
    assert not {"National Living Wage", "Other costs of providers"} & set(names)
    row = found.frame.filter(pl.col("name") == "Care prices rise").row(0, named=True)
    for end, share in (("low", 5), ("high", 10)):
        sure = made(OF("End", {"fee_pct": share})).total(2028)["mean"]
        assert row[end] == pytest.approx(sure - found.base, rel=1e-6)


def test_a_fee_of_one_year_leaves_the_plans_ranges_of_the_others() -> None:
    costed = made().costed
    one = OF("Fees", {"fee_pct": {"low": 5, "likely": 7, "high": 10, "years": [2028]}})
    slip = OF(
        "Slip", {"savings_delivered_pct": {"low": 20, "likely": 40, "high": 60}}, based_on=[one]
    )
    found = swings(costed.support, costed.finance, PLAN, year=2028, scenario=slip, only=(), seed=1)
    assert set(found.frame["name"]) == {"Care prices rise", "Saving: Panel"}
    every = swings(costed.support, costed.finance, PLAN, year=2028, scenario=slip, seed=1)
    assert "National Living Wage" in every.frame["name"].to_list()
    saving = every.frame.filter(pl.col("name") == "Saving: Panel").row(0, named=True)
    assert (saving["low_end"], saving["high_end"]) == ("0.2000", "0.6000")
    delivered = float(made(slip).costed.levels.delivered[0].mean())
    assert saving["low"] == pytest.approx((delivered - 0.2) * 9000.0)


def test_scenarios_stand_side_by_side_on_the_same_futures() -> None:
    plan = made()
    scenarios = [OF("Fees", {"fee_points": 1}, source="Forum"), OF("Nothing", {})]
    found = ft.plan.compare(plan, [*scenarios, ft.plan.combine(*scenarios)])
    frame = found.frame
    assert frame["name"].unique(maintain_order=True).to_list() == [
        "Plan", "Fees", "Nothing", "Fees + Nothing",
    ]  # fmt: skip
    apart = {(r["name"], r["year"]): r["apart"] for r in frame.iter_rows(named=True)}
    alone = made(scenarios[0]).paths("net", 2028) - plan.paths("net", 2028)
    assert apart["Fees", 2028] == pytest.approx(alone.mean())
    assert apart["Nothing", 2028] == 0.0
    assert apart["Fees + Nothing", 2028] == pytest.approx(apart["Fees", 2028])
    with pytest.raises(UsageError, match="already"):
        compare(made(scenarios[0]), scenarios)


def test_every_change_can_be_said() -> None:
    for name in CHANGES:
        said = OF("x", {name: {"low": 1, "likely": 2, "high": 3}}).says()
        assert CHANGES[name].label in said
        assert "2" in said
