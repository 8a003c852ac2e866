"""Stages that ask for staff by skill: served by the pools that have it, best skill first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forethought.errors import DataError, SpecificationError
from forethought.plan.simulation.pathway import Pathway, Resource
from forethought.plan.simulation.pathway_skills import pools_with
from forethought.plan.simulation.simulate import simulate
from forethought.plan.simulation.staff_sheet import with_staff

TEXT = """\
pathway: care
classes: {all: {}}
resources:
  officers: {fte: 6, skills: [triage]}
  workers: {fte: 9, skills: [assess, triage]}
  therapists: {fte: 4, skills: assess}
  seniors: {fte: 2, skills: [sign_off]}
stages:
  contact: {arrivals: {flow: contact, per_year: 1000}, skill: triage, effort: 1h, next: {visit: 1}}
  visit:
    skills: [assess, sign_off]
    fallback_penalty: 20%
    effort: {gamma: {mean: 6h, cv: 0.5}}
    next: {panel: 1}
  panel: {resource: seniors, effort: 30min, next: {end: 1}}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(SpecificationError) as refused:
        Pathway.from_yaml(text)
    return [str(problem) for problem in refused.value.problems]


def test_a_stage_is_served_by_all_pools_with_its_skills_in_order() -> None:
    pathway = Pathway.from_yaml(TEXT)
    assert pathway.stage("contact").resources == ("officers", "workers")
    assert pathway.stage("visit").resources == ("workers", "therapists", "seniors")
    assert pathway.stage("visit").skills == ("assess", "sign_off")
    assert pathway.stage("panel").skills == ()


def test_skills_say_the_same_as_the_pools_in_that_order() -> None:
    by_skill = Pathway.from_yaml(TEXT)
    named = Pathway.from_yaml(
        TEXT.replace("skill: triage", "resource: [officers, workers]").replace(
            "skills: [assess, sign_off]", "resource: [workers, therapists, seniors]"
        )
    )
    runs = [
        simulate(each, start=date(2026, 1, 5), end=date(2026, 4, 30), replications=20, seed=3)
        for each in (by_skill, named)
    ]
    assert runs[0].backlog.equals(runs[1].backlog)
    assert runs[0].utilisation.equals(runs[1].utilisation)


def test_writing_keeps_the_skills_and_reading_gives_the_same_pathway() -> None:
    pathway = Pathway.from_yaml(TEXT)
    text = pathway.to_yaml()
    assert "skills: [assess, sign_off]" in text
    assert Pathway.from_yaml(text) == pathway


def test_a_stage_whose_pools_were_changed_in_code_is_written_with_its_pools() -> None:
    pathway = Pathway.from_yaml(TEXT)
    stages = [
        replace(each, resources=("officers",)) if each.name == "contact" else each
        for each in pathway.stages
    ]
    again = Pathway.from_yaml(replace(pathway, stages=tuple(stages)).to_yaml())
    assert again.stage("contact").resources == ("officers",)


@pytest.mark.parametrize(
    ("old", "new", "where", "what", "remedy"),
    [
        ("skill: triage", "skill: triaje", "line 9  stages.contact.skill",
         '"triaje" is no skill', 'Did you mean "triage"?'),
        ("skills: [assess, sign_off]", "skills: [asess, sign_off]", "line 11  stages.visit.skills",
         '"asess" is no skill', 'Did you mean "assess"?'),
        ("skill: triage", "skill: triage, resource: officers", "line 9  stages.contact.skill",
         "twice: resource and skill", "Keep one"),
        ("skill: triage", "skill: triage, skills: [assess]", "line 9  stages.contact.skill",
         "twice: skills and skill", "Keep one"),
        ("seniors: {fte: 2", "seniors: {units: 2", "line 7  resources.seniors.skills",
         "belongs to staff", "Take it out"),
        ("skills: assess", "skills: 4", "line 6", "", ""),
        ("skill: triage, ", "", "line 9  stages.contact", "Nobody serves", "or skill"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(
    old: str, new: str, where: str, what: str, remedy: str
) -> None:
    found = problems(TEXT.replace(old, new))
    assert any(where in each and what in each and remedy in each for each in found), found


def test_a_hold_cannot_ask_for_staff_by_skill() -> None:
    found = problems(
        TEXT.replace(
            "panel: {resource: seniors, effort: 30min,",
            "panel: {kind: hold, skill: sign_off, length: 3d,",
        )
    )
    assert any("needs supply" in each for each in found)


def test_the_diagram_shows_who_can_do_what_and_why_they_serve() -> None:
    text = Pathway.from_yaml(TEXT).diagram()
    assert 'p1[/"Workers: 9 FTE (assess, triage)"/]' in text
    assert 'p1 -.-|"Triage"| s0' in text
    assert 'p3 -.-|"Sign off"| s1' in text
    assert "p3 -.- s2" in text


def test_a_staff_sheet_may_change_who_can_do_what() -> None:
    rows = pl.DataFrame(
        {
            "resource": ["officers", "therapists"],
            "fte": [5.0, 4.0],
            "skills": ["", "triage; assess"],
        }
    )
    changed = with_staff(Pathway.from_yaml(TEXT), rows)
    assert changed.resource("officers").skills == ("triage",)
    assert changed.stage("contact").resources == ("officers", "workers", "therapists")


@pytest.mark.parametrize(
    ("skills", "row", "remedy"),
    [
        (["sign_of"], "row 2 column skills", 'Did you mean "sign_off"?'),
        (["triage"], "column skills", "Leave the skill"),
        (["sign_off", "assess"], "row 3 column skills", "whole resource"),
    ],
)
def test_a_staff_sheet_with_wrong_skills_is_refused(
    skills: list[str], row: str, remedy: str
) -> None:
    text = TEXT.replace("skills: [assess, sign_off]", "skills: [assess]").replace(
        "resource: seniors", "skill: sign_off"
    )
    frame = pl.DataFrame(
        {"resource": ["seniors"] * len(skills), "fte": [1.0] * len(skills), "skills": skills}
    )
    with pytest.raises(DataError) as refused:
        with_staff(Pathway.from_yaml(text), frame)
    found = [str(problem) for problem in refused.value.problems]
    assert any(row in each and remedy in each for each in found), found


@given(
    have=st.lists(st.lists(st.sampled_from("abcd"), unique=True), max_size=5),
    asked=st.lists(st.sampled_from("abcd"), unique=True, max_size=4),
)
def test_pools_are_those_with_a_skill_once_each_and_no_worse_skill_goes_first(
    have: list[list[str]], asked: list[str]
) -> None:
    pools = [Resource(f"p{n}", skills=tuple(own)) for n, own in enumerate(have)]
    found = pools_with(asked, pools)
    assert set(found) == {pool.name for pool in pools if set(pool.skills) & set(asked)}
    assert len(set(found)) == len(found)
    by_name = {pool.name: pool for pool in pools}
    best = [min(asked.index(s) for s in by_name[n].skills if s in asked) for n in found]
    assert best == sorted(best)
