"""What-ifs of the demonstration: asked, kept as scenario files, compared; nothing else written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import forethought as ft
from forethought.errors import SpecificationError, UsageError
from forethought.insights.blocks import Headline, Table
from forethought.web.live import LiveWorkspace

Run = Callable[..., tuple[int, str, str]]
NAME = "service-simulation"


def staff_of(demo: Path) -> str:
    ws = ft.open(demo, person="priya.nair")
    values = ws.programme.result(ws.receipt(NAME).run_id).values
    return str(values["staff_high"] - 1)


def test_a_what_if_is_written_nowhere(demo_copy: Path) -> None:
    ws = ft.open(demo_copy, person="priya.nair")
    run_id = ws.receipt(NAME).run_id
    folder = demo_copy / "store" / "runs"
    before = sorted(folder.rglob("*"))
    blocks = ws.page(run_id, {"staff": staff_of(demo_copy)}).blocks
    assert any(isinstance(block, Headline) for block in blocks)
    assert sorted(folder.rglob("*")) == before


def test_a_kept_what_if_is_a_file_with_its_author_and_stands_on_the_page(demo_copy: Path) -> None:
    ws = ft.open(demo_copy, person="priya.nair")
    run_id = ws.receipt(NAME).run_id
    staff = staff_of(demo_copy)
    path = ws.keep(run_id, "  More   in January ", {"staff": staff})
    kept = yaml.safe_load(path.read_text())
    assert (kept["name"], kept["author"], kept["based_on"]) == (
        "More in January",
        "priya.nair",
        NAME,
    )
    assert kept["changes"] == {"staff": staff}
    blocks = ws.page(run_id, {}).blocks
    table = next(b for b in blocks if isinstance(b, Table) and b.name == "kept-scenarios")
    assert table.rows[0][0] == "More in January"
    entry = ws.wiring.audit.entries(subject=NAME, action="keep scenario", limit=1)[0]
    assert entry.person == "priya.nair"
    with pytest.raises(UsageError, match="is kept already"):
        ws.keep(run_id, "more in january", {"staff": staff})


@pytest.mark.parametrize(("name", "view"), [("", {"staff": "9"}), ("No change", {})])
def test_nothing_is_kept_without_a_name_or_a_what_if(
    demo_copy: Path, name: str, view: dict[str, str]
) -> None:
    ws = ft.open(demo_copy, person="priya.nair")
    with pytest.raises(UsageError):
        ws.keep(ws.receipt(NAME).run_id, name, view)
    assert not list((demo_copy / "scenarios").glob(f"{NAME}-*.yaml"))


def test_the_command_line_shows_the_page_of_the_web(typed: Run, demo_copy: Path) -> None:
    staff = staff_of(demo_copy)
    code, out, _ = typed(
        "show", NAME, "--what-if", f"staff={staff}", "--json", "--as", "priya.nair"
    )
    assert code == 0
    shown = [block for block in json.loads(out)["blocks"] if block["kind"] == "headline"]
    page = LiveWorkspace(demo_copy).page("priya.nair", NAME, {"staff": staff})
    assert [block.text for block in page.blocks if isinstance(block, Headline)] == [
        block["text"] for block in shown
    ]


def test_drawings_of_a_what_if_are_there_without_a_file(demo_copy: Path) -> None:
    live = LiveWorkspace(demo_copy)
    view = {"staff": staff_of(demo_copy)}
    page = live.page("priya.nair", NAME, view)
    svg = live.chart("priya.nair", page.run_id, "chances", size="wide", view=view)
    assert svg.startswith(b"<svg")


def test_a_changed_pathway_makes_the_run_stale(demo_copy: Path) -> None:
    file = demo_copy / "pathways" / "adult_social_care.yaml"
    ws = ft.open(demo_copy, person="sam.okoro")
    assert next(item for item in ws.insights() if item.id == NAME).state == "current"
    file.write_text(
        file.read_text().replace("share: 80%, basis: local", "share: 70%, basis: local")
    )
    again = ft.open(demo_copy, person="sam.okoro")
    assert next(item for item in again.insights() if item.id == NAME).state == "due"


def test_an_insight_that_names_a_missing_pathway_says_the_nearest(
    demo_copy: Path,
) -> None:
    file = demo_copy / "insights" / f"{NAME}.yaml"
    file.write_text(file.read_text().replace("adult_social_care", "adult_socal_care"))
    with pytest.raises(SpecificationError) as refusal:
        _ = ft.open(demo_copy, person="sam.okoro").wiring.specs
    assert "adult_social_care" in str(refusal.value.problems)
