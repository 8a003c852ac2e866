"""The four pathways of the county's workspace: read, fit the county's records, and balance."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from forethought.county.teams import TEAMS
from forethought.county.therapy import STAGES as THERAPY_STAGES
from forethought.county.therapy import TEAMS as THERAPY_TEAMS
from forethought.county.work import CLASSES
from forethought.plan.simulation.pathway import Pathway
from forethought.plan.simulation.pathway_file import load_pathways

FOLDER = Path(str(files("forethought.county") / "template" / "pathways"))
NAMES = ["adult_social_care", "dols", "occupational_therapy", "safeguarding"]
WORK_STAGES = {"request", "assessment", "support_planning", "review", "safeguarding", "dols"}
WORK_STAGES |= set(THERAPY_STAGES)


@pytest.fixture(scope="module")
def pathways() -> dict[str, Pathway]:
    return load_pathways(FOLDER)


def test_there_are_four_and_they_read_without_a_problem(pathways: dict[str, Pathway]) -> None:
    assert sorted(pathways) == NAMES
    for pathway in pathways.values():
        assert Pathway.from_yaml(pathway.to_yaml()) == pathway


def test_every_kind_of_work_of_the_county_is_a_stage_of_one(pathways: dict[str, Pathway]) -> None:
    named = [
        name for p in pathways.values() for s in p.stages for name in s.records.get("stage", ())
    ]
    assert set(named) == WORK_STAGES


def test_every_team_of_the_county_is_in_one_pool(pathways: dict[str, Pathway]) -> None:
    named = [team for p in pathways.values() for pool in p.resources for team in pool.records]
    assert sorted(named) == sorted((*TEAMS, *THERAPY_TEAMS))


def test_classes_are_those_of_the_countys_work_items(pathways: dict[str, Pathway]) -> None:
    care = {
        value
        for each in pathways["adult_social_care"].classes
        for value in each.records["work_class"]
    }
    assert care == set(CLASSES)


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_as_it_stands_can_keep_up(pathways: dict[str, Pathway], name: str) -> None:
    load = pathways[name].load(start=date(2026, 11, 24), end=date(2027, 11, 23))
    assert set(load["warning"]) == {""}
    totals = load.filter(pl.col("stage").is_null())["load"]
    assert totals.max() < 1  # type: ignore[operator]
    assert totals.min() > 0.5  # type: ignore[operator]


def test_limits_say_whose_promise_they_are(pathways: dict[str, Pathway]) -> None:
    urgent, standard = (
        pathways["dols"].stage("dols").target[name] for name in ("urgent", "standard")
    )
    assert (urgent.within_days, urgent.basis) == (7, "duty")
    assert (standard.within_days, standard.basis) == (21, "duty")
    assert "2008/1858" in urgent.source
    assert "2008/1858" in standard.source
    care = pathways["adult_social_care"]
    assert {target.basis for target in care.stage("assessment").target.values()} == {"local"}
    assert {target.basis for target in care.stage("review").target.values()} == {"guidance"}


def test_a_review_is_due_within_eight_weeks_and_then_every_twelve_months(
    pathways: dict[str, Pathway],
) -> None:
    care = pathways["adult_social_care"]
    visit = care.stage("support").schedule["older_people"][0]
    within = care.stage("review").target["older_people"].within_days
    assert 6 * 7 <= visit.first_days + within <= 8 * 7
    assert visit.every_days == 365
