"""More detail of a run: worked out for a page in the background, for a command when asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import forethought as ft
from forethought.errors import AccessDenied, NotFound, UsageError
from forethought.insights.blocks import Chart, Column, Table
from forethought.insights.refinement import refinements
from forethought.insights.registry import kind_of
from forethought.web.live import LiveWorkspace

Run = Callable[..., tuple[int, str, str]]
NAME = "dols-simulation"
PERSON = "priya.nair"


def chances(blocks: object) -> Table:
    return next(b for b in blocks if isinstance(b, Table) and b.name == "chances")  # type: ignore[attr-defined]


def test_a_page_is_coarse_at_once_and_finer_when_it_is_ready(demo: Path) -> None:
    live = LiveWorkspace(demo)
    before = sorted((demo / "store" / "runs").rglob("*"))
    page = live.page(PERSON, NAME, {})
    assert page.refining is not None
    assert page.refining.state == "working"
    coarse = chances(page.blocks)
    assert live.refiner.wait(60)
    better = live.page(PERSON, NAME, {})
    assert better.refining is not None
    assert better.refining.state == "done"
    finer = chances(better.blocks)
    assert (len(coarse.rows), len(finer.rows)) == (5, 9)
    assert len(finer.columns) >= len(coarse.columns)
    assert "still stand between" not in finer.caption
    drawing = next(b for b in better.blocks if isinstance(b, Chart) and "finer" in b.name)
    svg = live.chart(PERSON, better.run_id, drawing.name, size="wide", view={})
    assert svg.startswith(b"<svg")
    assert [type(b) for b in better.blocks] == [type(b) for b in page.blocks]
    assert sorted((demo / "store" / "runs").rglob("*")) == before, "nothing is written"
    with pytest.raises(NotFound):
        live.chart(PERSON, better.run_id, "chances-finer-99", size="wide", view={})
    with pytest.raises(AccessDenied):
        live.chart("ada.finch", better.run_id, drawing.name, size="wide", view={})


def test_the_finer_map_agrees_with_the_coarse_one(demo: Path) -> None:
    """The same futures' law: a cell of both maps differs by chance alone (100 against 400)."""
    ws = ft.open(demo, person=PERSON)
    run_id = ws.receipt("occupational-therapy-simulation").run_id
    *_, best = refinements(ws.programme, run_id, {})
    maps = [chances(blocks) for blocks in (ws.page(run_id, {}).blocks, best.blocks)]
    cells = [
        {
            (row[0], column.name): value
            for row in table.values
            for column, value in zip(table.columns[1:], row[1:], strict=True)
        }
        for table in maps
    ]
    both = set(cells[0]) & set(cells[1])
    assert len(both) >= 5
    assert any(0.1 < float(str(cells[1][cell])) < 0.9 for cell in both), "else this shows nothing"
    for cell in both:
        low, high = float(str(cells[0][cell])), float(str(cells[1][cell]))
        error = (max(high * (1 - high), 0.01) * (1 / 100 + 1 / 400)) ** 0.5
        assert abs(low - high) < 4 * error + 0.02, cell


def test_a_what_if_is_refined_too_and_an_answer_out_of_reach_is_refused(demo: Path) -> None:
    ws = ft.open(demo, person=PERSON)
    run_id = ws.receipt(NAME).run_id
    first = next(refinements(ws.programme, run_id, {"change": "5"}))
    assert first.step == 1
    assert "still stand between" in chances(first.blocks).caption
    with pytest.raises(UsageError):
        next(refinements(ws.programme, run_id, {"change": "500"}))


def test_a_small_number_stops_a_refinement(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = ft.open(demo, person=PERSON)
    kind = kind_of("service-simulation")
    small = Table(
        "chances", "", "", (Column("n", "People", counts_people=True),), (("3",),), ((3,),)
    )
    monkeypatch.setattr(type(kind), "refine", lambda *_: iter([None]))
    monkeypatch.setattr(type(kind), "publish_refined", lambda *_: [small])
    live = LiveWorkspace(demo)
    live.page(PERSON, NAME, {})
    assert live.refiner.wait(30)
    page = live.page(PERSON, NAME, {})
    assert page.refining is not None
    assert (page.refining.state, page.refining.step) == ("stopped", 0)
    assert chances(page.blocks) == chances(ws.page(page.run_id, {}).blocks)


def test_commands_are_coarse_unless_asked(typed: Run) -> None:
    tables = []
    for more in ([], ["--refine"]):
        code, out, _ = typed("show", NAME, "--json", "--as", PERSON, *more)
        assert code == 0
        blocks = json.loads(out)["blocks"]
        tables.append(next(b for b in blocks if b["kind"] == "table" and b["name"] == "chances"))
    assert [len(table["rows"]) for table in tables] == [5, 9]
    code, out, _ = typed("run", NAME, "--refine", "--as", "sam.okoro")
    assert code == 0
    assert "Chances by staff and change in requests" in out
