"""Faults of pathway files: all at once, each with its line, value and remedy."""

# ruff: noqa: E501 - a stage of a file stands on one line, as people write it

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import yaml

from forethought.errors import Problem, SpecificationError
from forethought.plan.simulation.pathway import Pathway

GOOD = """\
pathway: small
classes:
  urgent: {priority: 1}
  standard: {priority: 2}
resources:
  team: {fte: 10, hours: 37h a week, available: {leave: 14%, training: 4%}, cost: 50000 GBP a year}
  beds: {units: 20, unit: beds}
stages:
  request:
    arrivals: {flow: contact, mix: {urgent: 0.2, standard: 0.8}}
    resource: team
    effort: {gamma: {mean: 2h, cv: 0.5}}
    target: {within: 28d, share: 90%}
    next: {stay: 0.4, end: 0.6}
  stay:
    kind: hold
    resource: beds
    length: {exponential: {mean: 20d}}
    schedule: {visit: [7w, then 12mo]}
    next: {end: 1}
  visit:
    resource: team
    effort: 1h
    next: {end: 1}
scenarios:
  more: {resources: {team: {add_fte: 2, from: 2026-05-01, to: 2026-09-30}}}
"""
PYDANTIC = re.compile(
    r"Input should|Extra inputs|Field required|valid (string|number|dict)|type=|pydantic|Value error"
)


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(SpecificationError) as refused:
        Pathway.from_yaml(text)
    assert not PYDANTIC.search(str(refused.value))
    return refused.value.problems


def changed(*pairs: tuple[str, str]) -> str:
    text = GOOD
    for old, new in pairs:
        assert text.count(old) >= 1
        text = text.replace(old, new, 1)
    return text


FAULTS = [
    ("fte: 10", "fte: -1", "line 6  resources.team.fte", "-1 is below 0", "from 0 up"),
    ("fte: 10", "fet: 10", "line 6  resources.team.fet", '"fet" is no key', 'mean "fte"'),
    ("fte: 10", "fte: 10, units: 3", "line 6  resources.team", "staff or supply", "one of fte"),
    ("37h a week", "37", "line 6  resources.team.hours", "37 is no working week", "37h a week"),
    ("50000 GBP a year", "50000", "line 6  resources.team.cost", "50000 is no sum", "GBP a year"),
    ("leave: 14%", "leave: 140%", "resources.team.available.leave", "140%", "0% to 100%"),
    ("unit: beds", "unit: beds, hours: 37h a week", "resources.beds.hours", "staff", "Take it out"),
    ("resource: team", "resource: taem", "line 11  stages.request.resource", "taem", '"team"'),
    ("resource: team", "resource: beds", "stages.request.resource", "beds is supply", "Name staff"),
    ("resource: beds", "resource: team", "line 17  stages.stay.resource", "team is staff", "supply"),
    ("resource: team\n", "\n", "stages.request", "Nobody serves", "name of staff"),
    ("mean: 2h", "mean: 2", "request.effort.gamma.mean", "2 has no unit", "min (minutes), h (hours)"),
    ("mean: 2h", "mean: 2d", "line 12  stages.request.effort.gamma", "2d", "11h"),
    ("mean: 2h", "mean: 0h", "request.effort.gamma", "mean is 0", "above 0"),
    (", cv: 0.5", "", "request.effort.gamma", "spread", "cv"),
    ("gamma", "gama", "line 12  stages.request.effort.gama", "no key", '"gamma"'),
    ("within: 28d", "within: 28", "line 13  stages.request.target.within", "28 has no unit", "28d"),
    ("share: 90%", "share: 9", "request.target.share", "9 is more", "0 to 1"),
    ("share: 90%", "basis: law", "request.target.basis", '"law" is not known', "duty"),
    ("stay: 0.4", "stay: 0.5", "line 14  stages.request.next", "1.1", "smaller"),
    ("stay: 0.4", "stay: 0.3", "line 14  stages.request.next", "0.9", "other 0.1"),
    ("stay: 0.4", "sty: 0.4", "line 14  stages.request.next.sty", '"sty" is no stage', '"stay"'),
    ("kind: hold", "kind: hodl", "line 16  stages.stay.kind", '"hodl"', '"hold"'),
    ("kind: hold", "kind: work", "stages.stay.schedule", "hold or delay", "change the kind"),
    ("length: {exponential: {mean: 20d}}\n", "\n", "stages.stay", "have no length", "urgent"),
    ("schedule: {visit: [7w, then 12mo]}", "schedule: {visit: [7w, 12mo, 3y]}", "line 19", "schedule", "then 12mo"),
    ("standard: 0.8", "standard: 0.7", "request.arrivals.mix", "0.9", "sum to 1"),
    ("standard: 0.8", "standrd: 0.8", "request.arrivals.mix.standrd", "no class", '"standard"'),
    (", mix: {urgent: 0.2, standard: 0.8}", "", "request.arrivals", "which classes", "mix"),
    ("priority: 2}", "priority: 2, escalate: {to: ugent, hazard_per_day: 1%}}", "line 4", "ugent", '"urgent"'),
    ("priority: 2}", "priority: 2, escalate: {to: standard, hazard_per_day: 1%}}", "line 4", "becomes what it is", "another"),
    ("to: 2026-09-30", "to: 2026-04-30", "line 26  scenarios.more.resources.team.to", "before", "on or after"),
    ("to: 2026-09-30", "to: 2026-09-31", "line 26  scenarios.more.resources.team.to", "2026-09-31", "2026-04-01"),
    ("add_fte: 2", "add_fte: -20", "scenarios.more.resources.team", "-10", "Take less"),
    ("add_fte: 2", "add_units: 2", "scenarios.more.resources.team.add_units", "add_fte", "Write add_fte"),
    ("{team: {add_fte", "{tam: {add_fte", "scenarios.more.resources.tam", "no resource", '"team"'),
    ("  urgent: {priority: 1}", "  end: {priority: 1}", "classes.end", "cannot name a class", "otherwise"),
    ("  urgent: {priority: 1}", "  yes: {priority: 1}", "classes", "is no name", "letter"),
    ("training: 4%", "training: 90%", "resources.team.available", "all hours", "smaller"),
    ("pathway: small", "pathway: [small]", "line 1  pathway", "A list", "letter"),
    ("effort: 1h", "effort: 1h\n    length: 3d", "stages.visit.length", "hold or delay", "Take it out"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "what", "remedy"), FAULTS)
def test_a_fault_is_told_with_its_place_value_and_remedy(
    old: str, new: str, where: str, what: str, remedy: str
) -> None:
    found = problems_of(changed((old, new)))
    assert any(where in p.where and what in p.what and remedy in p.remedy for p in found), found


@pytest.mark.parametrize(("old", "new"), [fault[:2] for fault in FAULTS])
def test_one_fault_brings_no_false_alarms_about_other_parts(old: str, new: str) -> None:
    line = changed((old, new)).splitlines()
    stages = {"request", "stay", "visit"}
    own = {
        p.where.split("  ")[-1].split("[")[0].split(".")[:2][-1]
        for p in problems_of(changed((old, new)))
    }
    assert len(own & stages) <= 1, (line, own)


def test_the_good_file_has_no_fault() -> None:
    assert Pathway.from_yaml(GOOD).name == "small"


def test_all_faults_of_a_file_come_at_once_in_the_order_of_its_lines() -> None:
    pairs = [("fte: 10", "fte: -10"), ("mean: 2h", "mean: 2"), ("stay: 0.4", "sty: 0.4"),
             ("mean: 20d", "mean: 20"), ("to: 2026-09-30", "to: 2026-04-30")]  # fmt: skip
    found = problems_of(changed(*pairs))
    lines = [int(re.findall(r"line (\d+)", problem.where)[0]) for problem in found]
    assert lines == sorted(lines)
    assert set(lines) == {6, 12, 14, 18, 26}


def test_a_circle_without_a_way_out_is_refused() -> None:
    text = changed(("stay: 0.4, end: 0.6", "visit: 1"), ("effort: 1h\n    next: {end: 1}", "effort: 1h\n    next: {request: 1}"))  # fmt: skip
    found = problems_of(text)
    assert [p.what for p in found] == ["From here no case ever leaves."] * 2
    assert "stages.request.next" in found[0].where


def test_a_way_out_of_share_zero_is_no_way_out() -> None:
    found = problems_of(changed(("stay: 0.4, end: 0.6", "request: 1, end: 0")))
    assert any("no case ever leaves" in problem.what for problem in found)


def test_visits_that_lead_to_ever_more_visits_are_refused() -> None:
    text = changed(("mean: 20d", "mean: 4y"), ("effort: 1h\n    next: {end: 1}", "effort: 1h\n    next: {stay: 0.9, end: 0.1}"))  # fmt: skip
    found = problems_of(text)
    assert len(found) == 1
    assert "never ends" in found[0].what
    assert "stages.stay.schedule" in found[0].where


def test_a_class_that_arrives_needs_effort_and_a_way_out() -> None:
    text = changed(("effort: {gamma: {mean: 2h, cv: 0.5}}", "effort: {urgent: 2h}"),
                   ("next: {stay: 0.4, end: 0.6}", "next: {urgent: {end: 1}}"))  # fmt: skip
    found = problems_of(text)
    assert [p.what for p in found] == [
        "Cases of standard come here and have no effort.",
        "Cases of standard come here and have no way out.",
    ]


def test_a_class_that_only_escalation_brings_needs_effort_too() -> None:
    text = changed(("priority: 2}", "priority: 2, escalate: {to: urgent, hazard_per_day: 1%}}"),
                   ("mix: {urgent: 0.2, standard: 0.8}", "mix: {standard: 1}"),
                   ("effort: {gamma: {mean: 2h, cv: 0.5}}", "effort: {standard: 2h}"))  # fmt: skip
    assert "Cases of urgent come here and have no effort." in [p.what for p in problems_of(text)]


def test_reserves_of_all_stages_of_a_pool_share_its_hours() -> None:
    text = changed(("effort: {gamma", "reserve: {standard: 60%}\n    effort: {gamma"),
                   ("effort: 1h", "reserve: {urgent: 50%}\n    effort: 1h"))  # fmt: skip
    assert [p.what for p in problems_of(text)] == ["Reserves keep 1.1 of the hours of team."]


@pytest.mark.parametrize(
    "text", ["", "x", "- one", "pathway: a", "pathway: a\nstages: 3", "{", "a: b: c"]
)
def test_what_is_no_pathway_at_all_is_told_in_plain_words(text: str) -> None:
    with pytest.raises(SpecificationError) as refused:
        Pathway.from_yaml(text + "\n")
    assert not PYDANTIC.search(str(refused.value))


def test_a_key_that_stands_twice_is_told() -> None:
    found = problems_of(changed(("fte: 10", "fte: 10, fte: 12")))
    assert [p.what for p in found] == ["The key stands twice."]


ODD: list[Any] = [None, [], {}, -1, 1.5, "x", "28d", "25%", True, [1], {"a": {}}, "end", float("nan"), "5 GBP",
       {"others": 3}, {1: 2}, {"to": "end", "share": 1}, 10**400, [["a"]]]  # fmt: skip


def parts_of(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield from parts_of(value[key], (*place, key))


def read_or_refused(text: str) -> SpecificationError | None:
    try:
        pathway = Pathway.from_yaml(text)
    except SpecificationError as refused:
        return refused
    assert Pathway.from_yaml(pathway.to_yaml()) == pathway
    return None


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_spoilt_in_a_file_it_is_read_right_or_refused_in_plain_words(seed: int) -> None:
    draws = random.Random(seed)  # noqa: S311 - not for secrets
    for _ in range(50):
        document = deepcopy(yaml.safe_load(GOOD))
        for _ in range(draws.randint(1, 3)):
            *around, last = draws.choice([place for place in parts_of(document) if place])
            part = document
            for key in around:
                part = part[key]
            if draws.random() < 0.3:
                del part[last]
            else:
                part[last] = deepcopy(draws.choice(ODD))
        text = yaml.safe_dump(document, sort_keys=False)
        refused = read_or_refused(text)
        if refused is not None:
            assert not PYDANTIC.search(str(refused))
            assert all(problem.where and problem.remedy for problem in refused.problems), refused
