"""Load before any run, against queueing theory and sums done by hand."""

# ruff: noqa: E501 - a stage of a file stands on one line, as people write it

from __future__ import annotations

import math
from datetime import date

import numpy as np
import polars as pl
import pytest

from forethought.errors import DataError, UsageError
from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.load import arrivals_per_day, stage_load
from forethought.plan.simulation.pathway import Distribution, Pathway, Schedule, Stage
from forethought.plan.simulation.traffic import visits_of

START, END = date(2026, 6, 1), date(2026, 6, 28)  # four weeks without a bank holiday


def load_of(
    text: str, demand: Demand | None = None, **more: object
) -> dict[tuple[str | None, str | None], dict[str, object]]:
    frame = stage_load(Pathway.from_yaml(text), demand, start=START, end=END, **more)  # type: ignore[arg-type]
    return {(row["stage"], row["pool"]): row for row in frame.to_dicts()}


def test_a_queue_of_ten_servers_at_nine_a_day_has_load_nine_tenths() -> None:
    rows = load_of("""\
pathway: mmc
clock: {calendar: none}
classes: {all: {}}
resources: {server: {fte: 10}}
stages:
  one: {arrivals: {flow: x, per_year: 3287.25}, resource: server, effort: {exponential: {mean: 1d}}, next: {end: 1}}
""")
    assert rows["one", "server"]["load"] == pytest.approx(0.9)
    assert rows["one", "server"]["arrivals_per_day"] == pytest.approx(9)
    assert rows[None, "server"]["hours_available_per_week"] == pytest.approx(10 * 7 * 24)


def test_a_network_with_feedback_has_the_rates_of_its_traffic_equations() -> None:
    # l1 = 10 + 0.2 l3; l2 = 0.5 l1; l3 = 0.5 l1 + 0.4 l2, so l3 = 0.7 l1 and l1 = 10 / 0.86
    text = """\
pathway: jackson
classes: {all: {}}
resources: {team: {fte: 100, hours: 35h a week}}
stages:
  one: {arrivals: {flow: x, per_year: 3652.5}, resource: team, effort: 1h, next: {two: 0.5, three: 0.5}}
  two: {resource: team, effort: 2h, next: {three: 0.4, end: 0.6}}
  three: {resource: team, effort: 3h, next: {one: 0.2, end: 0.8}}
"""
    rates = arrivals_per_day(Pathway.from_yaml(text), start=START, end=END)
    one = 10 / 0.86
    assert rates["one", "all"] == pytest.approx(one)
    assert rates["two", "all"] == pytest.approx(0.5 * one)
    assert rates["three", "all"] == pytest.approx(0.7 * one)
    total = load_of(text)[None, "team"]
    assert total["hours_needed_per_week"] == pytest.approx(7 * one * (1 + 2 * 0.5 + 3 * 0.7))


def test_a_case_that_becomes_another_class_takes_its_effort_and_its_ways() -> None:
    text = """\
pathway: classes
classes: {new: {}, known: {}}
resources: {team: {fte: 1, hours: 35h a week}}
stages:
  work:
    arrivals: {flow: x, per_year: 365.25, mix: {new: 1}}
    resource: team
    effort: {new: 4h, known: 1h}
    next: {new: {work: {share: 0.5, becomes: known}, end: 0.5}, known: {end: 1}}
"""
    rates = arrivals_per_day(Pathway.from_yaml(text), start=START, end=END)
    assert rates == pytest.approx({("work", "new"): 1.0, ("work", "known"): 0.5})
    assert load_of(text)["work", "team"]["hours_needed_per_week"] == pytest.approx(7 * (4 + 0.5))


@pytest.mark.parametrize(
    "family", ["exponential", "gamma", "lognormal", "weibull", "uniform", "fixed"]
)
def test_visits_of_a_hold_are_those_that_its_length_outlasts(family: str) -> None:
    cv = {"exponential": 1.0, "fixed": 0.0}.get(family, 0.5)
    length = Distribution(family, 400.0, cv)  # type: ignore[arg-type]
    stage = Stage("care", "hold", {}, length={"all": length})
    draws, n = np.random.default_rng(1), 200_000
    sigma = math.log(1.25) ** 0.5
    drawn = {
        "exponential": draws.exponential(400, n),
        "gamma": draws.gamma(4, 100, n),
        "lognormal": draws.lognormal(math.log(400) - sigma**2 / 2, sigma, n),
        "weibull": 400 / math.gamma(1 + 1 / 2.101349) * draws.weibull(2.101349, n),
        "uniform": draws.uniform(400 - 200 * 3**0.5, 400 + 200 * 3**0.5, n),
        "fixed": np.full(n, 400.0),
    }[family]
    counted = np.where(drawn > 49, np.floor((drawn - 49) / 90) + 1, 0)
    error = counted.std() / len(counted) ** 0.5
    found = visits_of(stage, "all", Schedule("review", 49, 90))
    assert abs(found - counted.mean()) <= max(4 * error, 1e-9)


def test_reviews_come_as_often_as_a_memoryless_length_lets_them() -> None:
    rates = arrivals_per_day(Pathway.from_yaml("""\
pathway: reviews
classes: {all: {}}
resources: {team: {fte: 1}}
stages:
  support: {kind: delay, arrivals: {flow: x, per_year: 365.25}, length: {exponential: {mean: 500d}},
            schedule: {review: [49d, then 365d]}, next: {end: 1}}
  review: {resource: team, effort: 1h, next: {end: 1}}
"""), start=START, end=END)  # fmt: skip
    expected = math.exp(-49 / 500) / (1 - math.exp(-365 / 500))
    assert rates["review", "all"] == pytest.approx(expected)


def test_hours_leave_out_absence_other_work_and_bank_holidays() -> None:
    text = """\
pathway: hours
classes: {all: {}}
resources:
  team:
    fte: 10
    hours: 35h a week
    direct_share: 60%
    available: {leave: 12%, training: 3%, sickness: {mean: 5%, winter: 1.6}}
stages:
  work: {arrivals: {flow: x, per_year: 100}, resource: team, effort: 1h, next: {end: 1}}
"""
    summer = load_of(text)[None, "team"]["hours_available_per_week"]
    sick = 0.05 * (4 - 1.6) / 3
    assert summer == pytest.approx(10 * 35 * 0.6 * (1 - 0.12 - 0.03) * (1 - sick))
    frame = stage_load(Pathway.from_yaml(text), start=date(2026, 12, 21), end=date(2026, 12, 27))
    christmas = frame.row(-1, named=True)["hours_available_per_week"]  # 25 December falls on Friday
    assert christmas == pytest.approx(10 * 35 * 0.8 * 0.6 * 0.85 * (1 - 0.05 * 1.6))


def test_dated_changes_count_for_the_days_on_which_they_hold() -> None:
    text = """\
pathway: dated
classes: {all: {}}
resources:
  team: {fte: 10, hours: 35h a week, changes: [{add_fte: 4, from: 2026-06-15, to: 2026-06-21}]}
stages:
  work: {arrivals: {flow: x, per_year: 100}, resource: team, effort: 1h, next: {end: 1}}
scenarios:
  less: {resources: {team: {add_fte: -2, from: 2026-06-01}}, effort_scale: {work: 2}, arrivals: {x: {scale: 3}}}
"""
    before = load_of(text)[None, "team"]
    assert before["hours_available_per_week"] == pytest.approx(35 * (10 + 4 / 4))
    after = load_of(text, scenario=Pathway.from_yaml(text).scenarios[0])[None, "team"]
    assert after["hours_available_per_week"] == pytest.approx(35 * (8 + 4 / 4))
    assert after["hours_needed_per_week"] == pytest.approx(6 * before["hours_needed_per_week"])  # type: ignore[operator]


def test_supply_is_needed_as_rate_times_length_times_units() -> None:
    rows = load_of("""\
pathway: home_care
classes: {small: {}, large: {}}
resources: {hours_of_care: {units: 900, unit: hours a week, label: Home care}}
stages:
  care:
    label: Home care
    kind: hold
    arrivals: {flow: x, per_year: 365.25, mix: {small: 0.75, large: 0.25}}
    resource: hours_of_care
    length: {small: {fixed: 100d}, large: {gamma: {mean: 200d, cv: 0.8}}}
    units: {small: 7, large: 14}
    next: {end: 1}
""")
    needed = 0.75 * 100 * 7 + 0.25 * 200 * 14
    assert rows["care", "hours_of_care"]["units_needed"] == pytest.approx(needed)
    assert rows["care", "hours_of_care"]["load"] == pytest.approx(needed / 900)
    assert rows["care", "hours_of_care"]["warning"] == (
        "More cases come to home care than there is room for: 1,225 hours a week are needed, and "
        "there are 900."
    )


POOLS = """\
pathway: pools
classes: {all: {}}
resources: {worker: {fte: 1, hours: 35h a week}, therapist: {fte: 1, hours: 35h a week}}
stages:
  shared: {arrivals: {flow: x, per_year: 1461}, resource: [worker, therapist], fallback_penalty: 50%, effort: 1h, next: {end: 1}}
  own: {arrivals: {flow: y, per_year: 730.5}, resource: worker, effort: 1h, next: {end: 1}}
"""


def test_what_the_first_pool_has_no_room_for_goes_to_the_next_with_its_penalty() -> None:
    rows = load_of(POOLS)  # 28 and 14 hours a week; the stage with one pool chooses first
    assert rows["own", "worker"]["hours_needed_per_week"] == pytest.approx(14)
    assert rows["shared", "worker"]["hours_needed_per_week"] == pytest.approx(21)
    assert rows["shared", "therapist"]["hours_needed_per_week"] == pytest.approx(7 * 1.5)
    assert rows[None, "worker"]["load"] == pytest.approx(1.0)


def test_a_stage_is_warned_of_when_more_comes_than_its_staff_can_do() -> None:
    text = """\
pathway: much
classes: {all: {}}
resources: {team: {fte: 2, hours: 35h a week, label: Review team}}
stages:
  first: {label: Care Act assessment, arrivals: {flow: x, per_year: 2922}, resource: team, effort: 1h, next: {second: 1}}
  second: {label: Support plan, precedence: 1, resource: team, effort: 30min, next: {end: 1}}
"""  # 56 hours and 28 hours come, 70 can be done: the first stage keeps up, the second does not
    rows = load_of(text)
    assert rows["first", "team"]["warning"] == ""
    assert rows["second", "team"]["warning"] == (
        "More work comes to support plan than its staff can do: 84 hours a week (with what is "
        "served no later than it), and review team can do 70."
    )
    assert str(rows[None, "team"]["warning"]).startswith("More work comes to review team than they")


def test_nobody_in_post_is_an_infinite_load_and_no_demand_is_none() -> None:
    text = "pathway: a\nclasses: {all: {}}\nresources: {team: {fte: %s}}\nstages:\n  w: {arrivals: {flow: x, per_year: %s}, resource: team, effort: 1h, next: {end: 1}}\n"
    assert load_of(text % (0, 100))["w", "team"]["load"] == math.inf
    assert load_of(text % (0, 100))["w", "team"]["warning"]
    assert load_of(text % (0, 0))["w", "team"]["load"] == 0
    assert load_of(text % (1, 0))["w", "team"]["warning"] == ""


def test_given_demand_replaces_that_of_the_file_and_must_cover_every_flow() -> None:
    given = Demand.constant({"x": 2.0, "y": 1.0}, start=START, end=END)
    rows = load_of(POOLS, given)
    assert rows["shared", "worker"]["arrivals_per_day"] == pytest.approx(2)
    with pytest.raises(DataError, match=r'"y" has no demand'):
        load_of(POOLS, Demand.constant({"x": 2.0}, start=START, end=END))
    with pytest.raises(UsageError, match="no Demand"):
        stage_load(Pathway.from_yaml(POOLS), pl.DataFrame(), start=START, end=END)


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(UsageError, match="before it starts"):
        stage_load(Pathway.from_yaml(POOLS), start=END, end=START)


def test_a_limit_that_the_time_after_the_work_breaks_is_warned_of() -> None:
    rows = load_of("""\
pathway: late
classes: {all: {}}
resources: {team: {fte: 5, label: Team}}
stages:
  work:
    label: Urgent work
    arrivals: {flow: x, per_year: 100}
    resource: team
    effort: 1h
    delay: {exponential: {mean: 10d}}
    target: {within: 5d, share: 90%, days: working}
    next: {end: 1}
""")
    kept = 1 - math.exp(-7 / 10)  # five working days are seven days
    assert rows["work", "team"]["warning"] == (
        f"Even if nobody waited, {kept:.0%} would keep the limit of 5 working days at urgent work: "
        "what follows the work takes longer."
    )
