from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.plan.demand_events import areas, made_events

from forethought.county import __file__ as county_file
from forethought.errors import DataError, SpecificationError, UsageError
from forethought.insights.base import EarlierRun, KeptScenario, Result, RunContext
from forethought.insights.blocks import Chart, Figure, Form, Headline, Keep, Method, Table, Text
from forethought.insights.exports import workbook
from forethought.insights.kinds.budget import BudgetInsight, BudgetSpec
from forethought.insights.kinds.budget_history import earlier_months
from forethought.insights.kinds.budget_state import finance_from, support_from
from forethought.insights.kinds.demand import DemandInsight, DemandSpec
from forethought.insights.specs import load_spec
from forethought.plan.demand import panel
from forethought.plan.demand.vocabulary import SERVICES
from forethought.testing.insights import problems_of_blocks

AS_OF = date(2024, 10, 31)
KIND = BudgetInsight()
HEAD = {
    "title": "Budget",
    "question": "What will it cost?",
    "purpose": "plan-services",
    "owner": "priya.nair",
    "review_by": "2027-03-31",
}


def rise(likely: float) -> dict[str, Any]:
    return {"low_pct": likely - 1, "likely_pct": likely, "high_pct": likely + 2, "source": "Test"}


def spec(**settings: Any) -> BudgetSpec:
    prices: dict[str, Any] = {
        name: rise(pct)
        for name, pct in {
            "national_living_wage": 5.0, "consumer_prices": 2.0, "pay": 3.0,
            "contributions": 3.0, "nhs": 3.0, "grants": 1.0, "deflator": 2.0,
        }.items()
    }  # fmt: skip
    prices["past_uplifts_pct"] = dict.fromkeys(range(2018, 2025), 3.0)
    given = {
        "paths": 200,
        "years_ahead": 2,
        "outturn_again": "never",
        "prices": prices,
        "other_lines": {"Staff": {"volume": "flat", "price": "pay"}},
        "savings": [{"name": "Panel", "gbp_by_year": {2025: 1000.0, 2026: 2000.0}}],
        "scenarios": [
            {"name": "Dearer", "changes": {"fee_points": 2.0}, "source": "Forum"},
            {"name": "More people", "population": "high"},
        ],
    }
    return BudgetSpec.model_validate(
        {"id": "budget", "kind": "budget", **HEAD, "settings": {**given, **settings}}
    )


def residents() -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = [
        (year, age, 2000.0 * 1.01 ** (year - 2018))
        for year in range(2018, 2036)
        for age in (30, 50, 66, 70, 76, 80, 86, 90)
    ]
    every = pl.DataFrame(rows, schema=["year", "age", "people"], orient="row")
    later = every.filter(pl.col("year") > 2024)
    step = pl.col("year") - 2024
    return every.filter(pl.col("year") <= 2024), pl.concat(
        [
            later.with_columns(
                (pl.col("people") * (1 + growth) ** step).alias("people"),
                pl.lit(name).alias("variant"),
            )
            for name, growth in (("principal", 0.0), ("high", 0.01), ("low", -0.01))
        ]
    )


def money(events: pl.DataFrame) -> pl.DataFrame:
    """Finance records that pay 2% more than recorded packages cost."""
    counted = panel(events, areas(), known_by=AS_OF, last_month=date(2024, 10, 1))
    rows = []
    for at, month in enumerate(counted.months):
        for n, name in enumerate(SERVICES.values()):
            spend = 1.02 * float(counted.cost_gbp[n, :, :, at].sum())
            rows.append((month, name, spend, spend * 0.15, spend, spend * 0.1, spend * 0.05))
        rows.append((month, "Staff", 5000.0, 0.0, 5000.0, 0.0, 0.0))
    names = (
        "month", "service", "base_budget_gbp", "base_income_gbp", "spend_gbp",
        "client_contributions_gbp", "nhs_income_gbp",
    )  # fmt: skip
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(grants_gbp=pl.lit(0.0))


def _councils(lookup: pl.DataFrame) -> pl.DataFrame:
    """One council now, two from April 2026."""
    now = lookup.with_columns(council=pl.lit("County"), valid_from=date(2016, 4, 1))
    later = lookup.with_columns(
        council=pl.concat_str(pl.lit("Council of "), "district_code"), valid_from=date(2026, 4, 1)
    )
    return pl.concat([now, later])


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    events = made_events(months=66, last=date(2024, 10, 1), seed=21, late_days=8)
    estimates, projections = residents()
    return {
        "asc_events": events,
        "area_lookup": _councils(areas()),
        "asc_finance": money(events),
        "population_estimates": estimates,
        "population_projections": projections,
    }


@pytest.fixture(scope="module")
def context(frames: dict[str, pl.DataFrame]) -> RunContext:
    alone = RunContext(as_of=AS_OF, seed=1, minimum_count=10, place="Testshire")
    followed = DemandSpec.model_validate(
        {
            "id": "demand", "kind": "demand", **HEAD,
            "settings": {"paths": 200, "most_series": 24, "years_ahead": 2, "back_run": False},
        }
    )  # fmt: skip
    demand = DemandInsight().compute(frames, followed, alone)
    return replace(alone, upstream={"demand": demand})


@pytest.fixture(scope="module")
def result(frames: dict[str, pl.DataFrame], context: RunContext) -> Result:
    return KIND.compute(frames, spec(), context)


def table(blocks: list[Any], name: str) -> Table:
    return next(b for b in blocks if isinstance(b, Table) and b.name == name)


def test_the_page_answers_and_keeps_the_rules_of_pages(result: Result, context: RunContext) -> None:
    blocks = KIND.publish(result, spec(), context, {})
    assert not problems_of_blocks(blocks, 10)
    headline = next(b for b in blocks if isinstance(b, Headline)).text
    net = result.tables["budget"].filter(
        (pl.col("line") == "all") & (pl.col("measure") == "net") & (pl.col("year") == 2025)
        & (pl.col("prices") == "cash")
    )["mean"][0]  # fmt: skip
    assert f"£{net / 1e6:.1f}m" in headline
    assert any(isinstance(b, Figure) for b in blocks)
    assert sum(isinstance(b, Chart) for b in blocks) == 4
    assert all(check.passed for check in result.checks), result.checks


def test_the_people_are_those_of_the_demand_page(result: Result) -> None:
    found = next(c for c in result.checks if c.name.startswith("The same people"))
    assert found.passed
    assert "largest difference 0.00%" in found.found


def test_the_plan_adds_up_to_the_penny_and_lives_in_the_workbook(
    result: Result, context: RunContext
) -> None:
    blocks = KIND.publish(result, spec(), context, {})
    plan = table(blocks, "financial-plan")
    for column in range(1, len(plan.columns)):
        values = [round(float(row[column]) * 100) for row in plan.values]  # type: ignore[arg-type]
        assert sum(values[:-1]) == values[-1]
    assert len(plan.formulas) == 2 * (len(plan.columns) - 1) - 1
    assert workbook(blocks, title="Budget", receipt="BUD-1")


def test_old_and_new_councils_stand_in_their_years(result: Result, context: RunContext) -> None:
    blocks = KIND.publish(result, spec(), context, {})
    rows = table(blocks, "cost-by-council").rows
    assert rows[0][0] == "County"
    assert rows[0][1:] != ("", "", "")
    assert all(row[1] == "" for row in rows[1:])
    last = result.tables["footprints"].filter(pl.col("year") == 2026)["mean"].sum()
    gross = result.tables["budget"].filter(
        (pl.col("line") == "all") & (pl.col("measure") == "gross") & (pl.col("year") == 2026)
        & (pl.col("prices") == "cash")
    )["mean"][0]  # fmt: skip
    assert last == pytest.approx(gross)


def test_every_source_that_is_declared_stands_on_the_page(
    result: Result, context: RunContext
) -> None:
    one_off = {"name": "Winter grant", "year": 2024, "gbp": -2000.0, "source": "Letter of May"}
    saving = {"name": "Panel", "gbp_by_year": {2025: 1000.0}, "source": "Savings programme"}
    prices = spec().settings.prices.model_dump() | {"past_uplifts_source": "Fee register"}
    asked = spec(one_offs=[one_off], savings=[saving], prices=prices)
    method = next(b for b in KIND.publish(result, asked, context, {}) if isinstance(b, Method))
    said = dict(method.rows)
    assert "Savings programme" in said["Savings"]
    assert "Letter of May" in said["One-off items"]
    assert "Fee register" in said["Care for each person"]


def test_a_saved_run_gives_the_same_budget(result: Result) -> None:
    support, records = support_from(result), finance_from(result, spec().settings)
    assert support.real.shape[0] == len(SERVICES)
    assert records.lines[-1] == "Staff"
    again = KIND.vary(result, {}, spec())
    mine, theirs = (each.tables["net_paths"] for each in (again, result))
    assert mine.equals(theirs)


def test_a_what_if_moves_the_answer_and_may_be_kept(result: Result, context: RunContext) -> None:
    blocks = KIND.publish(result, spec(), context, {"fee_points": "3", "population": "high"})
    headline = next(b for b in blocks if isinstance(b, Headline)).text
    assert re.search(r"£\d+\.\dm more\*\* than planned", headline)
    assert any(isinstance(b, Keep) for b in blocks)
    assert not any(isinstance(b, Figure) for b in blocks)
    form = next(b for b in blocks if isinstance(b, Form))
    assert [c.value for c in form.choices[:3]] == ["3", "0", "high"]
    names = [row[0] for row in table(blocks, "scenarios").rows]
    assert names == ["Plan", "Dearer", "More people", "Your what-if"]


def kept_of(
    name: str, given: dict[str, Any], bases: tuple[str, ...] = (), **more: Any
) -> KeptScenario:
    texts = {key: str(value) for key, value in given.items()}
    return KeptScenario(
        name, "budget", "Priya Nair", "Strategy", texts, name.lower(), bases, given, **more
    )


SCENARIOS = (
    kept_of("Prevention", {"rate_pct": {"low": -2, "likely": -1, "high": 0}}, on=date(2024, 9, 2)),
    kept_of("Fees", {"fee_pct": {"low": 6, "likely": 7, "high": 9, "years": [2025]}}),
    kept_of("Cheap", {"fee_pct": 1}),
    kept_of("Both", {}, ("prevention", "fees")),
)


def test_scenario_files_stand_beside_the_plan_with_source_author_and_day(
    result: Result, context: RunContext
) -> None:
    gone = kept_of("Old", {"gone": "5"})
    past = kept_of("Past", {"fee_pct": {"likely": 9, "years": [2024]}})
    kept = (*SCENARIOS, gone, past)
    blocks = KIND.publish(result, spec(), replace(context, kept=kept), {})
    rows = {row[0]: row for row in table(blocks, "scenarios").rows}
    assert list(rows) == [
        "Plan",
        "Dearer",
        "More people",
        "Prevention",
        "Fees",
        "Cheap",
        "Both",
        "Past",
    ]
    assert rows["Prevention"][4].startswith("\u2212£")
    said = {row[0]: row for row in table(blocks, "what-scenarios-change").rows}
    assert said["Prevention"][2:] == ("Strategy", "Priya Nair, 2 September 2024")
    assert said["Fees"][1] == "Care prices rise: 7% in April 2025 (6% to 9%)"
    assert said["Both"][1].count("%") >= 6
    note = next(b for b in blocks if isinstance(b, Text) and "not shown" in b.heading)
    assert "Old can no longer be worked out" in note.items[0]
    assert "That April has passed" in note.items[1]
    assert not problems_of_blocks(blocks, 10)


def test_two_scenarios_at_once_are_told_with_their_own_tornado(
    result: Result, context: RunContext
) -> None:
    view = {"scenario": "prevention", "scenario_2": "fees", "fee_points": "0"}
    blocks = KIND.publish(result, spec(), replace(context, kept=SCENARIOS), view)
    assert "Under Prevention + Fees" in next(b for b in blocks if isinstance(b, Headline)).text
    rows = {row[0]: row for row in table(blocks, "scenarios").rows}
    mine = rows["Your what-if: Prevention + Fees"]
    assert mine[1:] == rows["Both"][1:]
    names = [row[0] for row in table(blocks, "what-matters").rows]
    assert "Care prices rise" in names
    assert any("residents who have support" in name for name in names)
    assert KIND.to_keep(result, view, spec()) == (("prevention", "fees"), {})
    in_one = KIND.publish(
        result, spec(), replace(context, kept=SCENARIOS), {"scenario": "prevention+fees"}
    )
    assert table(in_one, "scenarios").rows == table(blocks, "scenarios").rows


def test_an_answer_of_the_form_holds_instead_of_a_scenarios(
    result: Result, context: RunContext
) -> None:
    view = {"scenario": "prevention", "rate_pct": "2"}
    blocks = KIND.publish(result, spec(), replace(context, kept=SCENARIOS), view)
    rows = table(blocks, "scenarios").rows
    assert rows[-1][4].startswith("+£")
    told = next(b for b in blocks if isinstance(b, Headline)).text
    assert "Under Prevention and your answers" in told
    assert KIND.to_keep(result, view, spec()) == (("prevention",), {"rate_pct": 2.0})


def test_scenarios_that_contradict_each_other_are_refused_with_the_rule(
    result: Result, context: RunContext
) -> None:
    view = {"scenario": "fees", "scenario_2": "cheap"}
    with pytest.raises(UsageError, match="contradict") as caught:
        KIND.publish(result, spec(), replace(context, kept=SCENARIOS), view)
    assert "which holds" in str(caught.value.problems[0])
    with pytest.raises(UsageError, match="At most 3"):
        KIND.publish(
            result, spec(), replace(context, kept=SCENARIOS), {"scenario": "fees+cheap+both+x"}
        )


def test_the_settings_may_still_hold_scenarios_and_the_check_says_where_they_belong() -> None:
    told = KIND.advice(spec())
    assert "Dearer, More people" in told[0]
    assert "scenarios/NAME.yaml" in told[0]
    assert KIND.advice(spec(scenarios=[])) == ()


def test_earlier_month_ends_of_the_year_are_told_again_or_by_the_runs_that_were_kept(
    frames: dict[str, pl.DataFrame], context: RunContext
) -> None:
    assert earlier_months(date(2024, 10, 1), "quarter") == [date(2024, 6, 1), date(2024, 9, 1)]
    assert len(earlier_months(date(2024, 10, 1), "month")) == 6
    assert earlier_months(date(2024, 4, 1), "month") == []
    asked = spec(outturn_again="quarter", scenarios=[])
    result = KIND.compute(frames, asked, context)
    blocks = KIND.publish(result, asked, context, {})
    assert not problems_of_blocks(blocks, 10)
    rows = table(blocks, "outturn-as-forecast").rows
    assert [(row[0], row[-1]) for row in rows] == [
        ("June 2024", "Made again"), ("September 2024", "Made again"), ("October 2024", "This run"),
    ]  # fmt: skip
    why = table(blocks, "why-outturn-moved").values
    pounds = [float(str(row[1])) for row in why]
    assert sum(pounds[:-1]) == pytest.approx(pounds[-1], abs=0.05)
    moved = next(c for c in blocks if isinstance(c, Chart) and c.name == "outturn-over-time")
    assert "as forecast at 3 dates" in moved.alt
    names = ("outturn", "outturn_months")
    kept = EarlierRun(
        "budget-2409-1", date(2024, 9, 30), "2024-10-05T09:00:00+00:00",
        {name: result.tables[f"{name.replace('outturn', 'outturn_history', 1)}"].filter(
            pl.col("origin") == date(2024, 9, 1)).drop("origin") for name in names},
    )  # fmt: skip
    late = replace(kept, as_of=date(2024, 6, 30), made_at="2024-10-06T09:00:00+00:00")
    seen = replace(context, earlier=(late, kept), made_at="2024-11-05T09:00:00+00:00")
    seen = replace(seen, earlier=(replace(late, made_at="2024-11-06T09:00:00+00:00"), kept))
    told = table(KIND.publish(result, asked, seen, {}), "outturn-as-forecast").rows
    assert [row[-1] for row in told] == ["Run made later", "Run kept then", "This run"]


@pytest.mark.parametrize(
    "view", [{"fee_points": "many"}, {"fee_points": "99"}, {"population": "tall"}, {"fees": "1"}]
)
def test_answers_that_the_form_does_not_take_are_refused(
    result: Result, context: RunContext, view: dict[str, str]
) -> None:
    with pytest.raises(UsageError):
        KIND.publish(result, spec(), context, view)


def test_scenarios_with_unknown_changes_are_refused_when_read() -> None:
    with pytest.raises(ValueError, match="fee_points"):
        spec(scenarios=[{"name": "x", "changes": {"fee_point": 1.0}}])


def test_a_demand_insight_without_a_run_says_what_to_do(
    frames: dict[str, pl.DataFrame], context: RunContext
) -> None:
    with pytest.raises(DataError, match="no run") as caught:
        KIND.compute(frames, spec(), replace(context, upstream={}))
    assert "forethought run demand" in str(caught.value.remedy)


def test_a_wage_share_of_no_line_names_the_nearest(
    frames: dict[str, pl.DataFrame], context: RunContext
) -> None:
    prices = spec().settings.prices.model_dump() | {"wage_share": {"Home cares": 0.8}}
    with pytest.raises(DataError, match="no line") as caught:
        KIND.compute(frames, spec(prices=prices), context)
    assert "Home care" in str(caught.value.remedy)


def test_small_months_of_movement_are_left_empty(
    frames: dict[str, pl.DataFrame], context: RunContext
) -> None:
    strict = KIND.compute(frames, spec(scenarios=[]), replace(context, minimum_count=10_000))
    assert strict.tables["movement"]["starters"].null_count() == 6
    blocks = KIND.publish(strict, spec(), context, {})
    assert not any(isinstance(b, Table) and b.name == "weekly-commitments" for b in blocks)


def test_the_template_is_in_order_and_limits_name_their_sources(
    result: Result, context: RunContext
) -> None:
    path = Path(county_file).parent / "template" / "insights" / "budget.yaml"
    try:
        found = load_spec(path)
    except SpecificationError as refusal:  # pragma: no cover
        pytest.fail(str(refusal.problems))
    assert found.kind == "budget"
    blocks = KIND.publish(result, spec(), context, {})
    limits = next(b for b in blocks if isinstance(b, Text) and b.role == "limits")
    assert "Source: Test" in limits.items[0]
