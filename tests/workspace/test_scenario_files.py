"""Scenario files: all that is wrong is told with file and line, and no page stops for one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import forethought as ft
from forethought.errors import SpecificationError
from forethought.insights.blocks import Headline, Table, Text
from forethought.place.scenario_files import ReadScenario, read_scenarios
from forethought.plan.simulation.pathway import Pathway
from forethought.plan.simulation.pathway_scenarios import with_scenarios
from forethought.workspace.checking import check_workspace

NAME = "service-simulation"
OF_PATHWAY = """\
name: Winter
pathway: adult_social_care
author: sam.okoro
changes:
  arrivals: {contact: {scale: 1.2, from: 2026-12-01, to: 2027-02-28}}
  resources:
    assessment_teams: {add_fte: 2, from: 2027-01-04}
"""
KEPT = """\
name: Three fewer
based_on: service-simulation
author: sam.okoro
changes: {staff: 12, change: -3}
"""


def written(demo: Path, **files: str) -> Path:
    folder = demo / "scenarios"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return folder


def problems(demo: Path) -> list[str]:
    with pytest.raises(SpecificationError) as refused:
        check_workspace(demo)
    return [str(problem) for problem in refused.value.problems]


def test_good_scenarios_are_counted(demo_copy: Path) -> None:
    own = len(list((demo_copy / "scenarios").glob("*.yaml")))
    written(demo_copy, winter=OF_PATHWAY, fewer=KEPT)
    found = check_workspace(demo_copy)
    assert found.scenarios == own + 2
    assert f"{own + 2} scenarios: all in order" in found.summary
    assert found.advice == ()


BUDGET = """\
name: Dear years
based_on: [fee-uplift-7, high-migration]
author: tom.adeyemi
source: Test
kept_on: 2026-11-01
changes:
  pay_pct: {low: 3, likely: 4, high: 5, years: [2027, 2028]}
"""


def test_scenarios_of_a_budget_are_checked_for_their_assumptions_and_their_bases(
    demo_copy: Path,
) -> None:
    written(
        demo_copy,
        ok=BUDGET,
        b1=BUDGET.replace("pay_pct", "pay_pc"),
        b2=BUDGET.replace("low: 3", "low: 6"),
        b3=BUDGET.replace("fee-uplift-7", "fee-uplift-8"),
        b4=BUDGET.replace("[fee-uplift-7, high-migration]", "[fee-uplift-7, cheap]"),
        b5=BUDGET.replace("[fee-uplift-7, high-migration]", "b6"),
        b6=BUDGET.replace("[fee-uplift-7, high-migration]", "b5"),
        b7=BUDGET.replace("[fee-uplift-7, high-migration]", "b1"),
        b8=BUDGET.replace("[fee-uplift-7, high-migration]", "[ok, fewer]"),
        b9=BUDGET.replace("changes:\n", "").replace("  pay_pct", "#"),
        b10=KEPT.replace("based_on: service-simulation", "based_on: fewer"),
        cheap=BUDGET.replace("[fee-uplift-7, high-migration]", "budget").replace("pay_", "fee_"),
        fewer=KEPT,
        winter=OF_PATHWAY,
        b11=BUDGET.replace("[fee-uplift-7, high-migration]", "winter"),
    )
    found = problems(demo_copy)
    wanted = [
        ("b1.yaml line 7  changes.pay_pc", '"pay_pc" is no assumption', '"pay_pct"'),
        ("b2.yaml line 7  changes.pay_pct", "do not rise", "in order"),
        ("b3.yaml line 2  based_on[0]", 'no insight or scenario "fee-uplift-8"', '"fee-uplift-7"'),
        ("b4.yaml line 2  based_on", "Fee uplift 7% says", "which holds"),
        ("b5.yaml line 2  based_on", "in a ring: b5 > b6 > b5", "Take one name out"),
        ("b6.yaml line 2  based_on", "in a ring: b6 > b5 > b6", "Take one name out"),
        ("b7.yaml line 2  based_on", "b1 cannot be used itself", "Mend it first"),
        ("b8.yaml line 2  based_on", "several insights: ok of budget", "Name those of one"),
        ("b10.yaml line 2  based_on", "cannot be combined", "based_on: service-simulation"),
        ("b11.yaml line 2  based_on", "scenario of a pathway", "Name an insight's"),
    ]
    for file, what, remedy in wanted:
        assert any(file in p and what in p and remedy in p for p in found), (file, what, found)
    assert len(found) == len(wanted)


def test_a_budget_scenario_is_shown_kept_and_combined(
    demo_copy: Path, typed: Callable[..., tuple[int, str, str]]
) -> None:
    who = ("--as", "tom.adeyemi")
    both = "scenario=fee-uplift-7+high-migration"
    code, out, _ = typed("show", "budget", "--what-if", both, "--keep", "Both", *who)
    assert code == 0
    assert "Under Fee uplift 7% + High migration" in out
    kept = yaml.safe_load((demo_copy / "scenarios" / "budget-both.yaml").read_text())
    assert kept["based_on"] == ["fee-uplift-7", "high-migration"]
    assert "changes" not in kept
    code, out, _ = typed("show", "budget", *who)
    assert code == 0
    said = r"^Both +Care prices rise: 7% in April 2027 \(6% to 8.5%\)\."
    assert re.search(said, out, re.MULTILINE)
    cheap = BUDGET.replace("[fee-uplift-7, high-migration]", "budget").replace("pay_", "fee_")
    written(demo_copy, cheap=cheap)
    code, _, err = typed("show", "budget", "--what-if", "scenario=fee-uplift-7+cheap", *who)
    assert code == 2
    assert "contradict each other" in err
    assert "says which holds" in err


def test_every_problem_of_every_file_comes_with_its_line_and_the_nearest_name(
    demo_copy: Path,
) -> None:
    written(
        demo_copy,
        a=OF_PATHWAY.replace("contact:", "contacts:").replace("assessment_teams", "asessment_team"),
        b=OF_PATHWAY.replace("adult_social_care", "adult_social_cares"),
        c=KEPT.replace("staff: 12", "staf: 12").replace("change: -3", "change: many"),
        d=KEPT.replace("service-simulation", "service-simulations").replace("sam.", "san."),
        e=KEPT.replace("staff: 12", "staff: -2"),
        f=KEPT.replace("based_on: service-simulation\n", ""),
        g="name: [1\n",
        h=KEPT.replace("service-simulation", "demand"),
    )
    found = problems(demo_copy)
    wanted = [
        ("scenarios/a.yaml line 5", '"contacts" is no flow', '"contact"'),
        ("scenarios/a.yaml line 7", '"asessment_team" is no resource', '"assessment_teams"'),
        ("scenarios/b.yaml line 2", 'no pathway "adult_social_cares"', '"adult_social_care"'),
        ("scenarios/c.yaml line 4", '"staf" is no question', '"staff"'),
        ("scenarios/c.yaml line 4", '"many" is not a number', "Write a number"),
        ("scenarios/d.yaml line 2", 'scenario "service-simulations"', '"service-simulation"'),
        ("scenarios/d.yaml line 3", '"san.okoro" is nobody', '"sam.okoro"'),
        ("scenarios/e.yaml line 4", "-2 is below 0", "from 0 up"),
        ("scenarios/f.yaml line 1", "", "Name one"),
        ("scenarios/g.yaml line 2", "not YAML", "indentation"),
        ("scenarios/h.yaml line 2", "demand has no what-ifs", "Known:"),
    ]
    for file, what, remedy in wanted:
        assert any(file in p and what in p and remedy in p for p in found), (file, what, found)
    assert len(found) == len(wanted)


def test_a_broken_file_is_named_on_the_page_and_the_others_stay(demo_copy: Path) -> None:
    written(demo_copy, service_simulation_x="name: [1\n", dols_simulation_y="{}\n", fewer=KEPT)
    written(demo_copy, winter=OF_PATHWAY.replace("contact:", "contacts:"))
    ws = ft.open(demo_copy, person="priya.nair")
    blocks = ws.page(ws.receipt(NAME).run_id, {}).blocks
    assert any(isinstance(block, Headline) for block in blocks)
    kept = next(b for b in blocks if isinstance(b, Table) and b.name == "kept-scenarios")
    assert [row[0] for row in kept.rows] == ["Three fewer"]
    note = next(b for b in blocks if isinstance(b, Text) and b.heading.startswith("Scenario files"))
    assert len(note.items) == 2  # the file of another insight is named there
    assert note.items[0].startswith("scenarios/service-simulation-x.yaml: line 2: This is not YAML")
    assert "scenarios/winter.yaml" in note.items[1]
    assert '"contacts" is no flow of demand' in note.items[1]


def test_an_insight_can_name_a_scenario_file_of_its_pathway(demo_copy: Path) -> None:
    file = demo_copy / "insights" / f"{NAME}.yaml"
    file.write_text(file.read_text().replace("[winter_plus_10, agency_team]", "[winter]"))
    folder = written(demo_copy, winter=OF_PATHWAY)
    spec = ft.open(demo_copy, person="priya.nair").wiring.specs[NAME]
    pathway = Pathway.from_yaml(spec.files["pathway"])
    added = next(each for each in pathway.scenarios if each.name == "winter")
    assert (added.demand[0].flow, added.demand[0].scale) == ("contact", 1.2)
    assert added.resources["assessment_teams"][0].add == 2
    written(demo_copy, winter=OF_PATHWAY.replace("contact:", "contacts:"))
    broken = ft.open(demo_copy, person="priya.nair")
    left = Pathway.from_yaml(broken.wiring.specs[NAME].files["pathway"])
    assert "winter" not in [each.name for each in left.scenarios]
    assert broken.insights()
    assert "winter" in [each.stem for each in read_scenarios(folder).good]


def test_reading_stops_at_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "b.yaml").write_text(KEPT)
    (tmp_path / "c.yaml").write_text("")
    (tmp_path / "d.yaml").mkdir()
    found = read_scenarios(tmp_path)
    assert [each.stem for each in found.good] == ["b"]
    assert [each.file for each in found.broken] == ["scenarios/a.yaml", "scenarios/c.yaml"]
    assert isinstance(found.good[0], ReadScenario)


HEAD = """\
pathway: small
title: Wörter, größer
classes: {all: {}}
resources: {team: {fte: 2}}
stages:
  contact: {arrivals: forecast.contact, resource: team, effort: 2h, next: {end: 1}}
"""
ENDS = (
    "",
    "scenarios: {}\n",
    "scenarios: {old: {effort_scale: {contact: 2}}}\n",
    "scenarios:\n  # why\n  old:\n    effort_scale: {contact: 2}\ncosts: {prices: now}\n",
)


@settings(max_examples=40)
@given(
    end=st.sampled_from(ENDS),
    scales=st.dictionaries(
        st.sampled_from(["a", "more-staff", "z9", "winter-2027"]),
        st.floats(0, 10),
        max_size=3,
    ),
)
def test_scenarios_are_added_to_a_pathway_whatever_its_file_looks_like(
    end: str, scales: dict[str, float]
) -> None:
    more = {name: {"effort_scale": {"contact": scale}} for name, scale in scales.items()}
    before = Pathway.from_yaml(HEAD + end)
    made = Pathway.from_yaml(with_scenarios(HEAD + end, more))
    found = {each.name: dict(each.effort_scale) for each in made.scenarios}
    old = {each.name: dict(each.effort_scale) for each in before.scenarios}
    assert found == old | {name: {"contact": scale} for name, scale in scales.items()}
    assert (made.stages, made.costs, made.title) == (before.stages, before.costs, before.title)
