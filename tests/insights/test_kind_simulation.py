from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from forethought.errors import SpecificationError, UsageError
from forethought.insights.base import KeptScenario, Result, RunContext
from forethought.insights.blocks import Block, Chart, Form, Headline, Keep, Table, Text
from forethought.insights.kinds.simulation import SimulationInsight, SimulationSpec
from forethought.insights.kinds.simulation_chances import chance_below, likely_staff
from forethought.insights.kinds.simulation_flows import dispersion_of
from forethought.insights.kinds.simulation_part import part_of
from forethought.insights.kinds.simulation_plans import Asked
from forethought.insights.kinds.simulation_records import measured_service
from forethought.plan.simulation.pathway import Pathway
from forethought.testing.insights import problems_of_kind

AS_OF = date(2026, 10, 31)
KIND = SimulationInsight()
WEEKS = 60
CAME, CLOSED = 30, 29
PATHWAY = """
version: 1
pathway: checks
classes:
  urgent: {priority: 1, label: Urgent, records: {work_class: [Urgent]}}
  usual: {priority: 2, label: Usual, records: {work_class: [Usual]}}
resources:
  team:
    fte: 99
    hours: 37h a week
    direct_share: 50%
    cost: 50000 GBP a year
    records: {teams: [Checks]}
  planners: {fte: 20, hours: 37h a week}
stages:
  check:
    label: Check
    list_of: assessment
    arrivals: {flow: check, mix: {urgent: 50%, usual: 50%}, per_year: 10}
    resource: team
    discipline: priority
    reserve: {usual: 20%}
    effort: {exponential: {mean: 1h}}
    target: {urgent: {within: 7d, basis: duty}, usual: {within: 28d, basis: local}}
    next: {plan: 10%, end: 90%}
    records: {stage: [check]}
  plan:
    label: Plan
    resource: planners
    effort: {exponential: {mean: 2h}}
    next: {end: 1}
    records: {stage: [plan]}
scenarios:
  more: {arrivals: {check: {scale: 1.1}}}
"""


def spec(**settings: Any) -> SimulationSpec:
    return SimulationSpec.model_validate(
        {
            "id": "checks",
            "kind": "service-simulation",
            "title": "Checks",
            "question": "How many staff bring the list down?",
            "purpose": "plan-services",
            "owner": "priya.nair",
            "review_by": "2027-03-31",
            "files": {"pathway": PATHWAY},
            "settings": {
                "pathway": "checks",
                "target": {"stage": "check", "fewer_than": 120},
                "staff": {"resource": "team"},
                "months_ahead": 6,
                "replications": 100,
                "what_if_replications": 100,
                "scenarios": ["more"],
                **settings,
            },
        }
    )


def context(**more: Any) -> RunContext:
    return RunContext(as_of=AS_OF, seed=3, minimum_count=10, place="Fenmere", **more)


def records() -> dict[str, pl.DataFrame]:
    """30 checks a week come, a third of them urgent, 29 are closed; half of those make a plan."""
    rows = []
    first = AS_OF - timedelta(weeks=WEEKS) + timedelta(days=1)
    list_of_old = 140
    for week in range(WEEKS):
        monday = first + timedelta(days=7 * week + 1)
        for n in range(CAME):
            came = monday + timedelta(days=n % 5)
            number = week * CAME + n
            done_week = number // CLOSED + list_of_old // CLOSED
            done = first + timedelta(days=7 * done_week + 1 + n % 5)
            name = "Urgent" if n % 3 == 0 else "Usual"
            rows.append(_row("check", name, came, done))
            if n % 2 == 0:
                rows.append(_row("plan", name, done, done + timedelta(days=2)))
    items = pl.DataFrame(rows).filter(pl.col("received_on") <= AS_OF)
    months = [date(2025 + (m // 12), m % 12 + 1, 1) for m in range(22)]
    staff = pl.DataFrame({"team": ["Checks"] * 22, "month": months, "fte_in_post": [8.0] * 22})
    return {"asc_work_items": items, "asc_staff": staff}


def _row(stage: str, name: str, came: date, done: date) -> dict[str, Any]:
    closed = done if done <= AS_OF else None
    return {
        "stage": stage, "work_class": name, "received_on": came, "completed_on": closed,
        "recorded_on": came,
    }  # fmt: skip


@cache
def result() -> Result:
    return KIND.compute(records(), spec(), context())


def page(view: dict[str, str] | None = None, **more: Any) -> list[Block]:
    return KIND.publish(result(), spec(), context(**more), view or {})


def table(blocks: list[Block], name: str) -> Table:
    return next(b for b in blocks if isinstance(b, Table) and b.name == name)


def measured() -> Any:
    frames = records()
    return measured_service(
        Pathway.from_yaml(PATHWAY),
        frames["asc_work_items"],
        frames["asc_staff"],
        as_of=AS_OF,
        measured_weeks=26,
        demand_weeks=52,
        demand_from=None,
    )


def test_the_kind_keeps_the_rules_of_all_kinds() -> None:
    assert problems_of_kind(KIND, spec(), records(), context()) == []


def test_the_simulation_starts_from_every_open_case() -> None:
    items = records()["asc_work_items"].filter(pl.col("stage") == "check")
    open_now = items["completed_on"].null_count()
    assert result().values["waiting_now"] == open_now > 100
    assert all(check.passed for check in result().checks)


def test_effort_is_the_hours_of_the_staff_over_the_cases_that_they_closed() -> None:
    service = measured()
    hours = 8 * 37 * 0.5  # FTE x hours x direct share, with two bank holidays in 26 weeks
    mean = service.pathway.stage("check").effort["usual"].mean
    assert mean == pytest.approx(hours / CLOSED, rel=0.04)
    assert service.pathway.resource("team").capacity == 8


def test_demand_has_the_recorded_mix_and_no_more_spread_than_its_weeks() -> None:
    each = measured().pathway.stage("check").arrivals[0]
    assert each.mix == pytest.approx({"urgent": 1 / 3, "usual": 2 / 3}, abs=0.01)
    assert each.dispersion == 1.0
    flows = result().tables["demand"]
    november = flows.filter(pl.col("ds") == date(2026, 11, 1))["y"].mean()
    assert november == pytest.approx(30 / 5 * 21, rel=0.05)  # 21 working days


def test_dispersion_is_measured_from_steps_whatever_the_trend() -> None:
    rng = np.random.default_rng(5)
    level = np.linspace(40, 80, 400)
    assert dispersion_of(rng.poisson(level).astype(float)) == pytest.approx(1.0, abs=0.25)
    wide = rng.poisson(rng.gamma(level / 2, 2.0)).astype(float)  # variance three times the mean
    assert dispersion_of(wide) == pytest.approx(3.0, rel=0.25)


def test_ways_out_send_on_as_many_cases_as_came() -> None:
    ways = measured().pathway.stage("check").routes["usual"]
    assert {way.to: way.share for way in ways} == pytest.approx({"plan": 0.5, "end": 0.5}, abs=0.05)


def test_more_staff_have_a_higher_chance_in_the_same_futures() -> None:
    chances = []
    for staff in (8, 9, 10, 12):
        varied = KIND.vary(result(), {"staff": str(staff)}, spec())
        rows = varied.tables["plans"]
        chances.append(rows.filter(pl.col("plan") == "what_if")["chance"][0])
    assert chances == sorted(chances)
    assert chances[0] < 0.9 <= chances[-1]


def test_the_fewest_staff_have_the_chance_and_one_fewer_has_not() -> None:
    fewest = result().values["fewest"]
    for staff, enough in ((fewest, True), (fewest - 1, False)):
        rows = KIND.vary(result(), {"staff": str(staff)}, spec()).tables["plans"]
        chance = rows.filter(pl.col("plan") == "what_if")["chance"][0]
        assert (chance >= 0.9) is enough


def test_a_what_if_leaves_the_run_as_it_was_and_gives_the_same_digits_again() -> None:
    before = {name: frame.clone() for name, frame in result().tables.items()}
    once = KIND.vary(result(), {"change": "5"}, spec())
    again = KIND.vary(result(), {"change": "5"}, spec())
    assert once.tables["plans"].equals(again.tables["plans"])
    assert all(result().tables[name].equals(frame) for name, frame in before.items())


def test_a_what_if_says_that_it_is_not_saved_and_may_be_kept() -> None:
    blocks = page({"staff": "10"})
    notes = [b for b in blocks if isinstance(b, Text) and b.role == "note"]
    assert any("not saved" in item for note in notes for item in note.items)
    assert any(isinstance(block, Keep) for block in blocks)
    assert not any(isinstance(block, Keep) for block in page())


@pytest.mark.parametrize(
    "view", [{"staff": "many"}, {"staff": "100000"}, {"by": "2026-12-30"}, {"stuff": "9"}]
)
def test_an_answer_that_the_form_does_not_have_is_refused(view: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        page(view)


def test_the_answer_names_staff_target_day_and_both_chances() -> None:
    text = next(b.text for b in page() if isinstance(b, Headline))
    for part in (f"{result().values['fewest']} full-time staff", "fewer than 120 people", "8"):
        assert part in text
    assert "31 March 2027" in text


def test_limits_are_marked_duty_or_local() -> None:
    limits = {row[0]: row[3] for row in table(page(), "waits").rows}
    assert limits["Check: Urgent"] == "7 days, duty"
    assert limits["Check: Usual"] == "28 days, local aim"


def test_small_recorded_counts_are_hidden() -> None:
    flow = table(KIND.publish(result(), spec(), context(), {}), "in-and-out")
    assert all(
        value is None or value == 0 or value >= 10
        for row in flow.values
        for value in row[1:3]
        if not isinstance(value, str)
    )


def test_a_kept_scenario_stands_on_the_page_with_its_author() -> None:
    kept = KeptScenario("Two more", "checks", "Priya Nair", "What-if", {"staff": "10"})
    gone = KeptScenario("Past", "checks", "Priya Nair", "What-if", {"by": "2020-03-31"})
    rows = table(page(kept=(kept, gone)), "kept-scenarios").rows
    assert rows[0][0] == "Two more"
    assert "Priya Nair" in rows[0][1]
    assert "can no longer be worked out" in rows[1][2]
    assert not any(isinstance(b, Table) and b.name == "kept-scenarios" for b in page())


def test_the_form_holds_what_the_page_shows() -> None:
    form = next(b for b in page({"staff": "11", "fewer": "90"}) if isinstance(b, Form))
    values = {question.name: question.value for question in form.choices}
    assert values["staff"] == "11"
    assert values["fewer"] == "90"
    assert values["change"] == "0"


def test_every_chart_has_its_figures_in_a_table() -> None:
    blocks = page({"by": "2026-12-31"})
    names = {b.name for b in blocks if isinstance(b, Table)}
    charts = [b for b in blocks if isinstance(b, Chart)]
    assert {chart.name for chart in charts} >= {"waiting", "chances"}
    assert all(chart.table in names for chart in charts)


def test_a_stage_that_the_pathway_has_not_is_named_with_the_nearest() -> None:
    with pytest.raises(SpecificationError, match="has no stage") as refusal:
        KIND.compute(records(), spec(target={"stage": "chek"}), context())
    assert "check" in (refusal.value.remedy or "")


def test_chances_are_read_off_the_quantiles_of_the_futures() -> None:
    cases = np.random.default_rng(1).poisson(60, 2000)
    points = np.quantile(cases, np.arange(101) / 100)
    for fewer in (40, 55, 60, 65, 80):
        share = float((cases < fewer).mean())
        assert chance_below(points.tolist(), fewer) == pytest.approx(share, abs=0.03)


def test_only_what_the_list_depends_on_is_simulated_for_a_what_if() -> None:
    whole = Pathway.from_yaml(PATHWAY)
    assert [stage.name for stage in part_of(whole, "check").stages] == ["check"]
    assert [stage.name for stage in part_of(whole, "plan").stages] == ["check", "plan"]
    ways = part_of(whole, "check").stages[0].routes["usual"]
    assert sum(way.share for way in ways) == pytest.approx(1.0)


def test_the_map_of_chances_leads_to_the_fewest_staff() -> None:
    asked = Asked(0.0, 120, date(2027, 3, 31))
    near = likely_staff(result().tables["chances"], asked, 0.9)
    assert near is not None
    assert abs(near - result().values["fewest"]) <= 1
