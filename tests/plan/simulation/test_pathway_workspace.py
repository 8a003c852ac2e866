"""A workspace's pathways are checked with all else that it declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from forethought.county import write_template
from forethought.errors import SpecificationError
from forethought.plan.simulation.pathway import Pathway
from forethought.plan.simulation.pathway_file import load_pathways
from forethought.workspace.checking import check_workspace
from forethought.workspace.making import init_workspace

GOOD = """\
pathway: small
classes: {all: {}}
resources: {team: {fte: 2}}
stages:
  contact: {arrivals: forecast.contact, resource: team, effort: 2h, next: {end: 1}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    path = tmp_path / "my-county"
    init_workspace(path, name="Here", council="Here Council")
    return path


def test_pathways_of_a_workspace_are_counted_when_all_is_in_order(workspace: Path) -> None:
    (workspace / "pathways" / "small.yaml").write_text(GOOD, encoding="utf-8")
    assert check_workspace(workspace).pathways == 1
    assert "1 pathway" in check_workspace(workspace).summary


def test_faults_of_two_pathway_files_come_at_once_with_file_and_line(workspace: Path) -> None:
    folder = workspace / "pathways"
    (folder / "small.yaml").write_text(GOOD.replace("fte: 2", "fte: -2"), encoding="utf-8")
    (folder / "other.yaml").write_text(GOOD.replace("2h", "2"), encoding="utf-8")
    with pytest.raises(SpecificationError) as refused:
        check_workspace(workspace)
    where = [problem.where for problem in refused.value.problems]
    assert where == [
        "pathways/other.yaml line 5  stages.contact.effort",
        "pathways/small.yaml line 3  resources.team.fte",
    ]


def test_a_file_is_named_as_its_pathway(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(SpecificationError) as refused:
        load_pathways(tmp_path)
    assert refused.value.problems[0].where.endswith("other.yaml")
    assert "small" in refused.value.problems[0].what


def test_what_is_no_yaml_is_told_with_the_others(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [1\n", encoding="utf-8")
    (tmp_path / "small.yaml").write_text(GOOD.replace("end: 1", "end: 2"), encoding="utf-8")
    with pytest.raises(SpecificationError) as refused:
        load_pathways(tmp_path)
    assert len(refused.value.problems) == 2


def test_a_demonstration_gets_the_four_ready_pathways(tmp_path: Path) -> None:
    write_template(tmp_path)
    found = load_pathways(tmp_path / "pathways")
    assert sorted(found) == ["adult_social_care", "dols", "occupational_therapy", "safeguarding"]


def test_the_library_has_pathways_at_its_front_door() -> None:
    import forethought as ft

    assert ft.plan.Pathway is Pathway
