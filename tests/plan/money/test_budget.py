from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.money.steady import (
    LAST,
    LINES,
    PEOPLE,
    STAFF_GBP,
    WEEKLY,
    population,
    records,
    volumes,
)

from forethought.errors import DataError, UsageError
from forethought.plan.demand.prices import Uplift
from forethought.plan.demand.vocabulary import PROFILES
from forethought.plan.money.assumptions import Assumptions, OneOff, Rise, Saving
from forethought.plan.money.bridge import CHANGES as ROWS
from forethought.plan.money.bridge import bridge
from forethought.plan.money.budget import Budget, budget
from forethought.plan.money.changes import CHANGES
from forethought.plan.money.finance import OtherLine, finance
from forethought.plan.money.outturn import outturn
from forethought.plan.money.past import why_spend_changed

UNTIL = date(2030, 3, 31)
CARE_A_DAY = PEOPLE * len(PROFILES) * WEEKLY.sum() / 7
SURE = Uplift.certain


def made(
    assumed: Assumptions | None = None,
    *,
    spend: pl.DataFrame | None = None,
    growth_a_year: float = 0.0,
    residents: float = 0.0,
    spread: float = 0.0,
    changes: dict[str, float] | None = None,
    others: dict[str, OtherLine] | None = None,
) -> Budget:
    return budget(
        volumes(growth_a_year=growth_a_year),
        records() if spend is None else spend,
        people=population(residents, spread),
        assumptions=replace(
            assumed or Assumptions(),
            complexity=(assumed or Assumptions()).complexity or SURE(0.0),
        ),
        other_lines=others or {"Staff": OtherLine("flat", "pay")},
        until=UNTIL,
        changes=changes,
        seed=1,
    )


def test_money_accrues_by_the_day_so_a_leap_year_costs_a_day_more() -> None:
    plain = made()
    gross = {year: plain.total(year, "gross")["mean"] for year in (2026, 2027, 2028)}
    assert gross[2026] == pytest.approx(365 * CARE_A_DAY + 12 * STAFF_GBP, rel=1e-6)
    assert gross[2027] == pytest.approx(366 * CARE_A_DAY + 12 * STAFF_GBP, rel=1e-6)
    assert gross[2028] == pytest.approx(365 * CARE_A_DAY + 12 * STAFF_GBP, rel=1e-6)


def test_net_is_gross_less_income_and_savings() -> None:
    saving = Saving("panel", {2027: 1000.0, 2028: 3000.0}, SURE(0.5))
    found = made(Assumptions(savings=(saving,)))
    for year, saved in ((2027, 500.0), (2028, 1500.0), (2029, 0.0)):
        gross = found.total(year, "gross")["mean"]
        assert found.total(year, "savings")["mean"] == pytest.approx(saved)
        assert found.total(year)["mean"] == pytest.approx(0.9 * gross - saved, rel=1e-6)


def test_a_certain_rise_moves_care_by_wage_share_and_staff_by_pay() -> None:
    assumed = Assumptions(
        wage=Rise(SURE(0.10)), prices=Rise(SURE(0.02)), pay=Rise(SURE(0.03)),
        wage_share={"Home care": 1.0}, usual_share=0.5,
    )  # fmt: skip
    found, flat = made(assumed), made()
    ratio = {
        line: found.paths("gross", 2028, line).mean() / flat.paths("gross", 2028, line).mean()
        for line in LINES
    }
    assert ratio["Home care"] == pytest.approx(1.10**2, rel=1e-5)
    assert ratio["Nursing care"] == pytest.approx(1.10 * 1.02, rel=1e-5)
    assert ratio["Staff"] == pytest.approx(1.03**2, rel=1e-5)


def test_real_terms_take_prices_in_general_out() -> None:
    found = made(Assumptions(deflator=Rise(SURE(0.025))))
    cash, real = (found.total(2028, "net", prices)["mean"] for prices in ("cash", "real"))
    assert cash / real == pytest.approx(1.025**2)
    assert found.total(2026, "net", "real")["mean"] == found.total(2026)["mean"]


def test_commitments_are_scaled_to_what_is_paid_and_the_difference_is_shown() -> None:
    found = made(spend=records(spend_factor=1.04))
    rows = found.costed.support.reconciled.frame
    assert rows["factor"].to_list() == pytest.approx([1.04] * 7)
    unexplained = (rows["actual_gbp"] - rows["commitments_gbp"]).to_list()
    assert rows["unexplained_gbp"].to_list() == pytest.approx(unexplained)
    assert found.total(2028, "gross")["mean"] == pytest.approx(
        1.04 * 365 * CARE_A_DAY + 12 * STAFF_GBP, rel=1e-6
    )


def test_months_that_finance_does_not_know_yet_are_what_is_committed() -> None:
    late = made(spend=records(date(2026, 7, 1)))
    whole = made()
    assert late.costed.known == 4
    assert late.total(2026, "gross")["mean"] == pytest.approx(
        whole.total(2026, "gross")["mean"], rel=1e-6
    )


@settings(max_examples=6, deadline=None)
@given(
    st.floats(-0.02, 0.12), st.floats(-0.02, 0.06), st.floats(-0.03, 0.05), st.floats(-0.02, 0.03)
)
def test_the_bridge_adds_up_to_the_penny(
    wage: float, prices: float, complexity: float, residents: float
) -> None:
    wide = Uplift(wage - 0.02, wage, wage + 0.03)
    assumed = Assumptions(
        wage=Rise(wide), prices=Rise(SURE(prices)), complexity=SURE(complexity),
        pay=Rise(SURE(0.02)), savings=(Saving("x", {2028: 7777.77}),),
        one_offs=(OneOff("grant", 2026, -5000.0), OneOff("move", 2028, 12_345.67)),
    )  # fmt: skip
    found = bridge(made(assumed, residents=residents, growth_a_year=0.02))
    wide_frame = found.frame.pivot("row", index="year", values="gbp").sort("year")
    for row in wide_frame.iter_rows(named=True):
        pennies = sum(round(row[name] * 100) for name in ROWS)
        assert round(row["opening"] * 100) + pennies == round(row["closing"] * 100)
        assert abs(row["residual"]) <= 0.02
    assert wide_frame["opening"].to_list()[1:] == wide_frame["closing"].to_list()[:-1]
    every = found.between(2029)
    changes = every.filter(~pl.col("row").is_in(["opening", "closing"]))["gbp"].sum()
    assert every["gbp"][0] + changes == pytest.approx(every["gbp"][-1], abs=0.005)


def test_each_cause_alone_fills_its_own_row() -> None:
    def rows(**kwargs: object) -> dict[str, float]:
        found = bridge(made(**kwargs)).frame.filter(pl.col("year") == 2029)  # type: ignore[arg-type]
        return dict(found.select("row", "gbp").iter_rows())

    only_wage = rows(assumed=Assumptions(wage=Rise(SURE(0.05)), usual_share=1.0))
    assert only_wage["wage"] == pytest.approx(0.05 * 1.05**2 * 365 * CARE_A_DAY, rel=1e-3)
    for quiet in ("demography", "rate", "complexity", "prices", "pay", "full_year"):
        assert abs(only_wage[quiet]) < 2.0, quiet
    residents = rows(residents=0.02)
    assert residents["demography"] > 0
    assert abs(residents["rate"]) < residents["demography"] * 0.5
    pay = rows(assumed=Assumptions(pay=Rise(SURE(0.03))))
    assert pay["pay"] == pytest.approx(12 * STAFF_GBP * 1.03**2 * 0.03, rel=1e-3)
    income = rows(assumed=Assumptions(contributions=Rise(SURE(0.04))))
    first_year = 0.1 * (365 * CARE_A_DAY + 12 * STAFF_GBP)
    assert income["contributions"] == pytest.approx(-first_year * 1.04**2 * 0.04, rel=2e-3)


def test_a_year_that_costs_more_from_its_middle_has_a_full_year_effect() -> None:
    found = bridge(made(growth_a_year=0.06)).frame.filter(pl.col("year") == 2027)
    rows = dict(found.select("row", "gbp").iter_rows())
    assert rows["full_year"] > 0.01 * 365 * CARE_A_DAY
    assert rows["rate"] > 0


def test_scenarios_move_only_what_they_name() -> None:
    assumed = Assumptions(
        wage=Rise(Uplift(0.02, 0.05, 0.09)), contributions=Rise(Uplift(0.01, 0.03, 0.04))
    )
    plain = made(assumed, spread=0.01)
    more = made(assumed, spread=0.01, changes={"fee_points": 2.0})
    assert np.all(more.paths("gross", 2028) > plain.paths("gross", 2028))
    assert np.array_equal(
        more.paths("contributions", 2028), plain.paths("contributions", 2028)
    ) or np.allclose(more.paths("contributions", 2028), plain.paths("contributions", 2028))


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_every_change_is_read(name: str) -> None:
    assumed = Assumptions(savings=(Saving("x", {2028: 5000.0}),), grants_by_year={2026: 1.0})
    spend = records().with_columns(nhs_income_gbp=pl.lit(5.0), grants_gbp=pl.lit(7.0))
    plain = made(assumed, spend=spend)
    moved = made(assumed, spend=spend, changes={name: 1.0})
    assert moved.total(2028)["mean"] != pytest.approx(plain.total(2028)["mean"], rel=1e-9)


def test_unknown_changes_are_all_named() -> None:
    with pytest.raises(UsageError) as caught:
        made(changes={"fee_point": 1.0, "pay_points": 99.0})
    told = " ".join(str(each) for each in caught.value.problems)
    assert "fee_points" in told
    assert "beyond" in told


def test_the_outturn_says_the_chance_of_more_than_the_budget() -> None:
    over = outturn(made(spend=records(spend_factor=1.04)))
    assert over.line()["chance_over"] in {0.0, 1.0}
    tight = records().with_columns(base_budget_gbp=pl.col("base_budget_gbp") * 0.99)
    found = outturn(made(spend=tight)).line("all", "gross")
    assert found["chance_over"] == 1.0
    assert found["variance"] == pytest.approx(0.01 * found["p50"], rel=0.01)
    assert found["p50"] <= found["p80"] <= found["p95"]
    assert found["contingency"] == pytest.approx(found["p80"] - found["p50"])
    months = outturn(made()).months.filter(pl.col("line") == "all").sort("ds")
    assert months.height == 12
    assert months["actual"].null_count() == 5
    last = months.row(-1, named=True)
    assert last["mean_so_far"] == pytest.approx(found["mean"], rel=1e-6)


def test_past_spend_that_only_prices_moved_is_price_alone() -> None:
    given = volumes()
    level = np.where(np.array([m >= date(2024, 4, 1) for m in given.months]), 1.08, 1.0)
    object.__setattr__(given, "cost_gbp", given.cost_gbp * level)
    spend = records().with_columns(
        spend_gbp=pl.when(
            (pl.col("month") >= date(2024, 4, 1)) & (pl.col("service") != "Staff")
        ).then(pl.col("spend_gbp") * 1.08).otherwise(pl.col("spend_gbp"))
    )  # fmt: skip
    past = why_spend_changed(given, finance(spend), population(), uplifts={2024: 0.08})
    found = past.year(2024)
    change = dict(past.spend.filter(pl.col("service") == "all").select("year", "gbp").iter_rows())
    assert sum(found.values()) == pytest.approx(change[2024] - change[2023], abs=1.0)
    assert found["price"] == pytest.approx(0.08 * 366 * CARE_A_DAY, rel=0.002)
    assert found["complexity"] == pytest.approx(0.0, abs=1.0)
    assert found["unexplained"] == pytest.approx(0.0, abs=1.0)


def test_finance_records_that_cannot_be_laid_out_say_where() -> None:
    rows = records()
    with pytest.raises(DataError) as twice:
        finance(pl.concat([rows, rows.head(1)]))
    assert "Nursing care, April 2016" in str(twice.value.problems[0].where)
    with pytest.raises(DataError) as missing:
        finance(rows.slice(1))
    assert "Has no row" in missing.value.problems[0].what
    empty = rows.with_columns(
        spend_gbp=pl.when(pl.col("month") == LAST).then(None).otherwise(pl.col("spend_gbp"))
    )
    with pytest.raises(DataError, match="laid out"):
        finance(empty)
    with pytest.raises(UsageError, match="no line"):
        finance(rows, others={"Stafff": OtherLine()})
