"""Pathway files: what a file says is what the pathway holds."""

# ruff: noqa: E501 - a stage of a file stands on one line, as people write it

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forethought.errors import SpecificationError
from forethought.plan.simulation.pathway import (
    Arrivals,
    Distribution,
    Escalation,
    Pathway,
    Reneging,
    Route,
    Schedule,
    Target,
)

CARE = """\
pathway: adult_social_care
clock: {step: day, calendar: england, working_week: mon-fri}
classes:
  urgent: {priority: 1}
  standard: {priority: 2, escalate: {to: urgent, hazard_per_day: 0.002, after: 28d}}
  planned: {priority: 3}
resources:
  adviser: {fte: 20, hours: 36h a week, direct_share: 70%, cost: 42 GBP an hour}
  social_worker:
    fte: 62
    available: {leave: 0.14, sickness: {mean: 5%, sd: 0.02, winter: 1.3}, training: 4%}
    direct_share: 0.62
    caseload_limit: 25
    cost: 58000 GBP a year
    changes:
      - {add_fte: 4, from: 2026-06-01, ramp: 6w, why: New starters}
    records: {teams: [North, South]}
  home_care: {units: 900, unit: hours a week, handback: {hazard_per_day: 0.001}, cost: 25 GBP a week}
stages:
  contact:
    arrivals: {flow: contact, mix: {urgent: 20%, standard: 80%}, per_year: 12000, dispersion: 1.4}
    resource: adviser
    effort: {gamma: {mean: 30min, cv: 0.8}}
    next: {assessment: 0.4, end: 0.6}
  assessment:
    resource: [social_worker, adviser]
    fallback_penalty: 20%
    discipline: priority
    reserve: {standard: 0.25}
    effort:
      urgent: {lognormal: {mean: 14h, sd: 7h}}
      others: 11h
    delay: {uniform: {from: 2d, to: 10d}}
    target: {within: 28d, share: 0.9, basis: local, until: started}
    reneging: [{from: 0d, hazard_per_day: 0.001}, {from: 12w, hazard_per_day: 0.003}]
    next:
      urgent: {care: {share: 0.7, becomes: standard}, end: 0.3}
      others: [{to: care, share: 0.5}, {to: care, share: 0.2, becomes: planned}, {to: end, share: 0.3}]
    records: {stage: [assessment], team: [North]}
  care:
    kind: hold
    resource: home_care
    length: {weibull: {mean: 2y, shape: 0.8}}
    units: {standard: 9, others: 7}
    schedule: {review: {first: 7w, then: 12mo, becomes: planned}}
    next: {end: 1}
  review:
    resource: social_worker
    effort: {exponential: {mean: 4h}}
    target: {within: 12mo, share: 95%, basis: guidance, source: Guidance, days: working}
    next: {end: 1}
costs: {currency: GBP, prices: 2026 to 2027, waiting: {care: 9 GBP a day}, services: {care: 310 GBP a week}}
scenarios:
  winter: {arrivals: {contact: {scale: 1.1, from: 2026-12-01, to: 2027-02-28}}, author: priya.nair}
  agency: {resources: {social_worker: {add_fte: 6, from: 2026-05-01, to: 2026-10-31, ramp: 3w, one_off: 5000 GBP}}}
  faster: {effort_scale: {assessment: 0.9}}
"""


@pytest.fixture(scope="module")
def care() -> Pathway:
    return Pathway.from_yaml(CARE)


def test_a_path_its_words_and_its_text_give_the_same_pathway(care: Pathway, tmp_path: Path) -> None:
    path = tmp_path / "adult_social_care.yaml"
    path.write_text(CARE, encoding="utf-8")
    assert Pathway.from_yaml(path) == Pathway.from_yaml(str(path)) == care


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(SpecificationError, match="does not exist"):
        Pathway.from_yaml("nowhere.yaml")


def test_classes_keep_their_order_and_what_may_happen_while_they_wait(care: Pathway) -> None:
    assert [each.name for each in care.classes] == ["urgent", "standard", "planned"]
    assert care.classes[1].escalate == Escalation("urgent", 0.002, 28)


def test_staff_have_hours_absence_changes_and_yearly_cost(care: Pathway) -> None:
    adviser, worker, _ = care.resources
    assert adviser.hours_per_week == 36
    assert adviser.cost_per_year_gbp == pytest.approx(42 * 36 * 365.25 / 7)
    assert (worker.capacity, worker.caseload_limit, worker.direct_share) == (62, 25, 0.62)
    assert (worker.available.leave_share, worker.available.sickness_winter) == (0.14, 1.3)
    assert worker.weekdays == (0.2, 0.2, 0.2, 0.2, 0.2, 0.0, 0.0)
    assert worker.changes[0].ramp_days == 42
    assert worker.records == ("North", "South")


def test_supply_has_units_and_may_be_handed_back(care: Pathway) -> None:
    supply = care.resource("home_care")
    assert (supply.kind, supply.capacity, supply.unit) == ("supply", 900, "hours a week")
    assert supply.handback_hazard_per_day == 0.001
    assert supply.cost_per_year_gbp == pytest.approx(25 * 365.25 / 7)


def test_effort_is_hours_and_other_lengths_are_days(care: Pathway) -> None:
    assert care.stage("contact").effort["planned"] == Distribution("gamma", 0.5, 0.8)
    assessment = care.stage("assessment")
    assert assessment.effort["urgent"] == Distribution("lognormal", 14, 0.5)
    assert assessment.effort["planned"] == Distribution("fixed", 11)
    assert assessment.delay["urgent"].mean == 6
    assert assessment.delay["urgent"].cv == pytest.approx(8 / 12**0.5 / 6)


def test_a_weibull_shape_becomes_its_coefficient_of_variation(care: Pathway) -> None:
    length = care.stage("care").length["urgent"]
    assert length.mean == pytest.approx(730.5)
    # k = 0.8: Gamma(3.5) / Gamma(2.25)^2 - 1 = 3.32335 / 1.13300^2 - 1
    assert length.cv == pytest.approx((3.3233509704 / 1.1330030963**2 - 1) ** 0.5, rel=1e-6)


def test_ways_out_go_for_all_classes_or_by_class(care: Pathway) -> None:
    both = (Route("assessment", 0.4), Route("end", 0.6))
    assert care.stage("contact").routes == dict.fromkeys(("urgent", "standard", "planned"), both)
    routes = care.stage("assessment").routes
    assert routes["urgent"] == (Route("care", 0.7, "standard"), Route("end", 0.3))
    assert routes["planned"][1] == Route("care", 0.2, "planned")


def test_arrivals_targets_reneging_and_visits_are_as_written(care: Pathway) -> None:
    mix = {"urgent": 0.2, "standard": 0.8}
    assert care.stage("contact").arrivals == (Arrivals("contact", mix, 12000, 1.4),)
    assert care.stage("assessment").target["planned"] == Target(28, 0.9, until="started")
    assert care.stage("assessment").reneging["urgent"] == Reneging((0, 84), (0.001, 0.003))
    assert care.stage("care").schedule["urgent"] == (Schedule("review", 49, 365, "planned"),)
    assert care.stage("review").target["urgent"].within_days == 365
    assert care.stage("care").units == {"urgent": 7, "standard": 9, "planned": 7}
    assert care.stage("assessment").records == {"stage": ("assessment",), "team": ("North",)}


def test_scenarios_and_costs_are_as_written(care: Pathway) -> None:
    winter, agency, faster = care.scenarios
    assert winter.demand[0].scale == 1.1
    assert winter.demand[0].ends_on == date(2027, 2, 28)
    assert agency.resources["social_worker"][0].one_off_gbp == 5000
    assert faster.effort_scale == {"assessment": 0.9}
    assert care.costs.delay_per_waiting_day_gbp == {"care": 9}
    assert care.costs.service_started_gbp_per_week == {"care": 310}


def test_a_flow_of_one_class_needs_no_mix_and_a_schedule_has_a_short_form() -> None:
    short = Pathway.from_yaml("""\
pathway: small
classes: {all: {}}
resources: {team: {fte: 2}}
stages:
  contact: {arrivals: forecast.contact, resource: team, effort: 2h, next: {care: 1}}
  care: {kind: delay, length: 2y, schedule: {review: [7w, then 12mo]}, next: {end: 1}}
  review: {resource: team, effort: 1h, next: {end: 1}}
""")
    assert short.stage("contact").arrivals == (Arrivals("contact", {"all": 1.0}),)
    assert short.stage("care").schedule["all"] == (Schedule("review", 49, 365),)


def test_without_a_calendar_effort_is_in_days() -> None:
    queue = Pathway.from_yaml("""\
pathway: queue
clock: {calendar: none}
classes: {all: {}}
resources: {server: {fte: 10}}
stages:
  one: {arrivals: {flow: x, per_year: 3287.25}, resource: server, effort: {exponential: {mean: 1d}}, next: {end: 1}}
""")
    assert queue.continuous
    assert queue.stage("one").effort["all"] == Distribution("exponential", 1.0, 1.0)
