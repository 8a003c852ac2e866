from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import forethought as ft
from forethought.errors import SpecificationError, UsageError
from forethought.insights.base import KeptScenario, Result, RunContext
from forethought.insights.blocks import Block, Chart, Form, Headline, Keep, Table, Text
from forethought.insights.kinds.simulation import SimulationInsight, SimulationSpec
from forethought.insights.kinds.simulation_chances import (
    HEAT_FUTURES,
    chance_below,
    likely_staff,
)
from forethought.insights.kinds.simulation_effort import effort_factor, is_pressed, listed
from forethought.insights.kinds.simulation_flows import dispersion_of
from forethought.insights.kinds.simulation_outlook import outlook
from forethought.insights.kinds.simulation_part import part_of
from forethought.insights.kinds.simulation_people import People, people_behind
from forethought.insights.kinds.simulation_plans import Asked, compare_plans
from forethought.insights.kinds.simulation_records import measured_service
from forethought.insights.kinds.simulation_what_if import question_of
from forethought.plan.simulation.pathway import Distribution, Pathway
from forethought.plan.simulation.recovery import ways_to_recover
from forethought.testing.insights import problems_of_blocks, problems_of_kind

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


WITH_EVENTS = {"events": "asc_events"}


def people_of(items: pl.DataFrame) -> pl.DataFrame:
    """The work items with a person each; every fifth is recorded as of another ethnic group."""
    return items.with_columns(pl.int_range(pl.len()).cast(pl.String).alias("person_id"))


def events_of(items: pl.DataFrame) -> pl.DataFrame:
    """A request and an assessment of each person, four days later; older people are women."""
    number = pl.col("person_id").cast(pl.Int64)
    base = items.select(
        "person_id",
        pl.lit("Service user").alias("client_type"),
        pl.col("received_on").alias("event_start_date"),
        pl.col("received_on").alias("event_end_date"),
        pl.lit(None, pl.String).alias("service_type"),
        pl.col("received_on").alias("recorded_on"),
        number.alias("event_reference"),
        pl.when(number % 2 == 0)
        .then(pl.lit(date(1940, 1, 1)))
        .otherwise(pl.lit(date(1980, 1, 1)))
        .alias("birth_month"),
        pl.when(number % 2 == 0).then(pl.lit("Female")).otherwise(pl.lit("Male")).alias("gender"),
        pl.when(number % 40 == 0)
        .then(pl.lit("Mixed: any"))
        .otherwise(pl.lit("White: any"))
        .alias("ethnicity"),
    )
    asked = base.with_columns(
        pl.lit("Request").alias("event_type"),
        pl.lit("Progress to assessment, review or reassessment").alias("event_outcome"),
        pl.lit(None, pl.String).alias("assessment_type"),
    )
    assessed = base.with_columns(
        pl.lit("Assessment").alias("event_type"),
        pl.lit("NFA: Other").alias("event_outcome"),
        pl.lit("Long term").alias("assessment_type"),
        pl.col("event_start_date").dt.offset_by("4d"),
    )
    return pl.concat([asked, assessed])


def whole_records() -> dict[str, pl.DataFrame]:
    frames = records()
    items = people_of(frames["asc_work_items"])
    return {**frames, "asc_work_items": items, "asc_events": events_of(items)}


@cache
def whole() -> Result:
    return KIND.compute(whole_records(), spec(**WITH_EVENTS), context())


def whole_page(view: dict[str, str] | None = None) -> list[Block]:
    return KIND.publish(whole(), spec(**WITH_EVENTS), context(), view or {})


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


def test_a_target_may_ask_for_more_staff_than_half_as_many_again() -> None:
    hard = KIND.compute(records(), spec(target={"stage": "check", "fewer_than": 10}), context())
    fewest = hard.values["fewest"]
    assert 12 < fewest <= hard.values["staff_most"] == 24
    assert fewest < hard.values["staff_high"]  # the map of chances reaches beyond it


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


def question() -> Any:
    return question_of(result(), spec())


def test_the_figures_of_the_page_are_those_of_the_library() -> None:
    asked = Asked(0.0, 120, date(2027, 3, 31))
    asking = question().staffing(asked, 100)
    shared = {each.name: getattr(asking, each.name) for each in fields(asking)}
    library = ft.plan.minimum_staff(**shared)
    plans = result().tables["plans"]
    assert library.fte == result().values["fewest"]
    assert library.chance.share == plans.filter(plan="what_if")["chance"][0]
    assert abs(library.mean_fte - result().values["average"]) <= 1  # other futures of averages
    chances = result().tables["chances"].filter(ds=date(2027, 3, 31), change_pct=0.0)
    drawn = ft.plan.heat_map(
        **{**shared, "staff": chances["staff"].to_list(), "demand_factors": (1.0,)}
    )
    ours = [chance_below(points, 120) for points in chances["points"]]
    assert ours == pytest.approx(drawn.frame["chance"].to_list(), abs=0.011)


def test_recovery_on_the_page_is_the_librarys_with_agency_beside_permanent_posts() -> None:
    base = question().staffing(Asked(0.0, 120, date(2027, 3, 31)), HEAT_FUTURES)
    rows = result().tables["recovery"]
    found = ways_to_recover(
        replace(base, from_date=question().start, hiring_lag_days=61),
        weeks=None,
        horizons=rows["by"].unique().to_list(),
        agency_lag_days=28,
        most=10,
        hold_until=date.fromisoformat(result().values["end"]),
    )
    assert rows.equals(found.frame)
    assert set(rows["kind"]) == {"agency", "permanent"}
    block = table(page(), "recovery")
    said = {row[0].split("\n")[0]: row[1] for row in block.rows}
    agency = rows.filter(kind="agency").sort("by")
    assert [said[f"{weeks} weeks"] for weeks in (13, 26)] == [
        str(n) for n in agency["extra_fte"].head(2)
    ]
    assert "not known" in block.caption  # no scenario of this pathway prices agency staff


def test_the_fewest_staff_and_the_map_answer_the_same_question() -> None:
    for change in ("0", "5"):
        view = {} if change == "0" else {"change": change}
        blocks = page(view)
        text = next(b for b in blocks if isinstance(b, Text) and b.heading == "The fewest staff")
        heat = next(b for b in blocks if isinstance(b, Chart) and b.name == "chances")
        fewest = KIND.vary(result(), view, spec()).values["fewest"]
        assert f"**{fewest}**" in text.items[0]
        assert str(fewest) in heat.heading
        assert ("5% more requests" in text.items[0]) is (change == "5")
        assert ("5% more requests" in heat.heading) is (change == "5")


def test_chances_include_that_the_effort_is_not_known() -> None:
    draws = result().tables["effort"]
    assert set(draws["stage"]) == {"check"}
    factors = effort_factor(draws, question().part, replications=400, seed=3)
    first = effort_factor(draws, question().part, replications=100, seed=3)
    assert factors is not None
    assert first is not None
    np.testing.assert_array_equal(factors[:100], first)
    assert 0 < float(factors.std()) < 0.1
    shares = dict(result().tables["uncertainty"].iter_rows())
    assert shares["parameters"] > 0.01
    asking = question().staffing(Asked(0.0, 120, date(2027, 3, 31)), 100)
    np.testing.assert_array_equal(asking.effort_factor, first)


def test_the_bar_of_the_spread_and_its_table_show_the_same_per_cents() -> None:
    block = table(page(), "spread")
    chart = next(b for b in page() if isinstance(b, Chart) and b.name == "spread")
    said = [row[1] for row in block.rows]
    assert sum(int(text.rstrip("%")) for text in said) == 100
    assert all(f"{row[0]} {row[1]}" in chart.alt for row in block.rows)


def test_what_moves_the_list_is_the_librarys_in_managers_words() -> None:
    asking = question().staffing(Asked(0.0, 120, date(2027, 3, 31)), 100)
    found = ft.plan.sensitivity(
        asking.pathway, asking.demand, asking.initial, target=asking.goal, start=asking.start,
        replications=100, seed=3, engine="cohort", effort_factor=asking.effort_factor,
    )  # fmt: skip
    assert found.frame.equals(result().tables["drivers"])
    block = table(page(), "drivers")
    names = [row[0] for row in block.rows]
    assert {"Staff: Team", "Hours of a case: Check", "How many come: Check"} <= set(names)
    largest = found.frame.row(0, named=True)
    assert block.values[0][2:] == (
        round(largest["change_low"], 1), round(largest["change_high"], 1),
    )  # fmt: skip


def test_the_held_out_weeks_stand_on_the_page_with_how_many_lay_in_the_range() -> None:
    block = table(page(), "held-out")
    assert len(block.rows) == 13
    rows = result().tables["held_out"].filter(measure="closed")
    inside = int(rows.select(pl.col("observed").is_between("lo-80", "hi-80").sum()).item())
    assert f"closed work lay in the 8 in 10 range in {inside} of them" in block.caption
    hours = result().tables["hours"].row(0, named=True)
    assert hours["lo-80"] < hours["hours"] < hours["hi-80"]


def test_a_team_with_time_to_spare_is_told_to_be_unknown() -> None:
    notes = [b for b in page() if isinstance(b, Text) and b.heading.startswith("Hours of a case")]
    assert [item.split(":")[0] for note in notes for item in note.items] == ["Planners"]
    weeks = pl.DataFrame(
        {"stage": ["a"] * 4, "ds": [date(2026, 1, 4 + 7 * n) for n in range(4)],
         "closed": [10] * 4, "waiting": [30] * 4, "incoming": [10] * 4}
    )  # fmt: skip
    stage = measured().pathway.stage("check")
    late = replace(stage, name="a", delay={"usual": Distribution("fixed", 21.0)})
    assert is_pressed(listed(weeks, [replace(late, delay={})]))
    assert not is_pressed(listed(weeks, [late]))  # all 30 are in the time after the work


def test_nobody_leaves_a_list_besides_those_whom_the_records_close() -> None:
    text = PATHWAY.replace(
        "    next: {plan: 10%", "    reneging: {hazard_per_day: 0.01}\n    next: {plan: 10%"
    )
    frames = records()
    service = measured_service(
        Pathway.from_yaml(text), frames["asc_work_items"], frames["asc_staff"], as_of=AS_OF,
        measured_weeks=26, demand_weeks=52, demand_from=None,
    )  # fmt: skip
    assert service.pathway.stage("check").reneging == {}


def test_the_curve_of_waits_is_the_simulated_waits_and_marks_the_limits() -> None:
    plans = compare_plans(
        question(), Asked(0.0, 120, date(2027, 3, 31)), every="1mo", replications=100, most=12,
        otherwise=12,
    )  # fmt: skip
    end = date.fromisoformat(result().values["end"])
    made = outlook(question(), plans, end, spec(scenarios=[]))
    counts = made.record("base").wait_days[made.queues("check", "usual")].sum(axis=0)
    rows = result().tables["curves"].filter(work_class="usual")
    past = (rows.filter(days=28)["share"].to_list() or [0.0])[0]
    assert past == pytest.approx(counts[29:].sum() / counts.sum(), abs=1e-9)
    block = table(page(), "waiting-curve")
    assert [row[0] for row in block.rows if "(" in row[0]] == [
        "7 days (duty)",
        "28 days (local aim)",
    ]


def test_what_the_records_do_not_tell_is_said() -> None:
    notes = {b.heading: b.items[0] for b in page() if isinstance(b, Text)}
    assert "insights/checks.yaml names no dataset" in notes["The official waiting time"]
    assert "one way in" in notes["From hospital and from the community"]
    assert "Age, gender and ethnic group are not known" in notes["Done on time, by group"]


def test_shares_on_time_by_group_are_counted_and_protected() -> None:
    rows = whole().tables["groups"]
    women = rows.filter(kind="gender", group="Female").row(0, named=True)
    items = whole_records()["asc_work_items"].filter(
        (pl.col("stage") == "check") & (pl.col("received_on") > AS_OF - timedelta(weeks=52))
    )
    limit = pl.when(pl.col("work_class") == "Urgent").then(7).otherwise(28)
    days = (pl.coalesce("completed_on", pl.lit(AS_OF)) - pl.col("received_on")).dt.total_days()
    own = items.filter(pl.col("person_id").cast(pl.Int64) % 2 == 0).with_columns(
        (days <= limit).alias("in_time") & pl.col("completed_on").is_not_null(),
        limit.alias("limit"),
    )
    judged = own.filter(
        pl.col("in_time")
        | (pl.col("received_on").dt.offset_by("0d") + pl.duration(days="limit") < AS_OF)
    )
    assert women["judged"] == judged.height
    assert women["share"] == pytest.approx(judged["in_time"].mean())
    few = rows.filter(kind="ethnicity", group="Mixed").row(0, named=True)
    assert few["share"] is None
    block = table(whole_page(), "groups")
    assert all(isinstance(row[1], int) and row[1] >= 10 for row in block.values if row[1])


def test_the_official_measure_of_the_page_is_the_librarys() -> None:
    rows = whole().tables["official"].filter(metric="first response")
    assert set(rows["median_days"].drop_nulls()) == {4.0}
    assert rows["quarter"].max() == date(2026, 7, 1)  # the last whole quarter
    cells = table(whole_page(), "official-wait").rows[0]
    assert "4 days" in cells


def test_the_page_keeps_the_rules_with_all_records_too() -> None:
    assert set(whole_records()) == set(KIND.reads(spec(**WITH_EVENTS)))
    assert problems_of_blocks(whole_page(), 10) == []


def test_sections_stand_in_the_order_that_a_manager_reads() -> None:
    names = [b.section for b in whole_page() if isinstance(b, Table | Chart) and b.section]
    assert list(dict.fromkeys(names)) == [
        "Waits and promises", "Staff and money", "Working the list off", "Scenarios",
        "How sure this is",
    ]  # fmt: skip


TWO_WAYS = """
version: 1
pathway: two_ways
classes: {anyone: {label: Anyone}}
resources: {team: {fte: 9, hours: 37h a week}}
stages:
  phone:
    label: Request by phone
    arrivals: {flow: phone, mix: {anyone: 100%}, per_year: 700}
    resource: team
    effort: {exponential: {mean: 1h}}
    next: {check: 50%, end: 50%}
    records: {stage: [phone]}
  ward:
    label: Request from hospital
    arrivals: {flow: ward, mix: {anyone: 100%}, per_year: 350}
    resource: team
    effort: {exponential: {mean: 1h}}
    next: {check: 80%, end: 20%}
    records: {stage: [ward]}
  check:
    label: Check
    resource: team
    effort: {exponential: {mean: 2h}}
    target: {anyone: {within: 28d, basis: local, until: UNTIL}}
    next: {end: 1}
    records: {stage: [check]}
"""


def two_ways(until: str = "closed") -> People:
    """40 asked by phone and half were checked after 20 days; 30 from hospital, all after 40."""
    pathway = Pathway.from_yaml(TWO_WAYS.replace("UNTIL", until))
    day = date(2026, 3, 2)
    rows = [("phone", f"p{n}", day, day) for n in range(40)]
    rows += [("ward", f"h{n}", day, day) for n in range(30)]
    later = day + timedelta(days=1)
    rows += [("check", f"p{n}", later, later + timedelta(days=20)) for n in range(20)]
    rows += [("check", f"h{n}", later, later + timedelta(days=40)) for n in range(30)]
    columns = ["stage", "person_id", "received_on", "done_on"]
    cases = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        pl.lit("anyone").alias("work_class"), pl.col("received_on").alias("recorded_on")
    )
    made = ft.plan.simulate(
        pathway, None, None, start=date(2026, 11, 1), end=date(2027, 12, 31), every="1mo",
        replications=20, engine="cohort",
    )  # fmt: skip
    return people_behind(cases, None, made, spec(), context())


def test_hospital_and_community_are_told_apart_by_the_request_before() -> None:
    found = two_ways()
    origin = {row["stage"]: row for row in found.origin.to_dicts()}
    assert (origin["phone"]["came"], origin["ward"]["came"]) == (40, 30)
    assert (origin["phone"]["went_on"], origin["ward"]["went_on"]) == (0.5, 1.0)
    assert (origin["phone"]["half_days"], origin["ward"]["half_days"]) == (20, 40)
    assert origin["phone"]["expected"] == pytest.approx(700, rel=0.1)  # the next 12 months
    shares = {row["group"]: row["share"] for row in found.groups.to_dicts()}
    assert shares == {"phone": 1.0, "ward": 0.0}
    assert "insights/checks.yaml" in found.missing["groups"]


def test_limits_until_work_starts_are_not_judged_without_that_day() -> None:
    found = two_ways("started")
    assert found.groups.is_empty()
    assert found.missing["started"] == "Anyone"
