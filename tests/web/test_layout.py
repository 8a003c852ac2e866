"""Blocks land in the right part of a page, in the order that a reader needs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.web.fake import FakeWorkspace

from forethought.insights.blocks import Column, Figure, Table, Text
from forethought.web.interface import InsightPage, Row, Span, Target
from forethought.web.layout import FiguresView, MultiplesView, TextView, arrange
from forethought.web.links import href
from forethought.web.pages.home import questions_heading
from forethought.web.tables import (
    FIRST_ROWS,
    LONG_ROWS,
    LONG_SECTION,
    TableView,
    column_css,
    stacked_labels,
)
from forethought.web.templating import bold


@pytest.fixture
def growth(workspace: FakeWorkspace) -> InsightPage:
    return workspace.page("manager", "growth", {})


def long_table(rows: int, role: str = "view") -> Table:
    cells = tuple((f"Row {i}",) for i in range(rows))
    return Table("t", "T", "Cap.", (Column("a", "A"),), cells, cells, role=role)  # type: ignore[arg-type]


def test_views_are_chart_map_table_in_this_order(growth: InsightPage) -> None:
    backwards = replace(growth, blocks=tuple(reversed(growth.blocks)))
    assert [tab.label for tab in arrange(backwards).tabs] == ["Chart", "Map", "Table"]


def test_sections_keep_the_order_of_their_first_block(growth: InsightPage) -> None:
    headings = [section.heading for section in arrange(growth).sections]
    assert headings == ["By financial year", "Where the growth is", ""]


def test_small_charts_stand_in_one_row_and_say_their_measure_once(growth: InsightPage) -> None:
    row = arrange(growth).sections[1].items[0]
    assert isinstance(row, MultiplesView)
    assert len(row.charts) == 4
    assert row.measure
    assert {chart.measure for chart in row.charts} == {""}


def test_small_charts_with_different_measures_each_say_their_own(growth: InsightPage) -> None:
    blocks = tuple(
        replace(b, measure=getattr(b, "name", "")) if getattr(b, "role", "") == "small" else b  # type: ignore[arg-type]
        for b in growth.blocks
    )
    row = arrange(replace(growth, blocks=blocks)).sections[1].items[0]
    assert isinstance(row, MultiplesView)
    assert row.measure == ""
    assert all(chart.measure for chart in row.charts)


def test_a_note_without_a_section_stands_alone(growth: InsightPage) -> None:
    items = arrange(growth).sections[-1].items
    assert [type(item) for item in items] == [TextView]


def test_figures_of_a_page_stand_side_by_side(growth: InsightPage) -> None:
    figures = tuple(Figure(f"Q{i}?", "1", "of 2.") for i in range(3))
    view = arrange(replace(growth, blocks=(figures[0], Text("N", ("n",)), *figures[1:])))
    assert isinstance(view.sections[0].items[0], FiguresView)
    assert len(view.sections[0].items[0].figures) == 3


@pytest.mark.parametrize(
    ("rows", "role", "shown"),
    [
        (LONG_ROWS, "view", LONG_ROWS),
        (LONG_ROWS + 1, "view", FIRST_ROWS),
        (LONG_SECTION, "section", LONG_SECTION),
        (LONG_SECTION + 1, "section", FIRST_ROWS),
    ],
)
def test_only_a_long_table_is_cut(growth: InsightPage, rows: int, role: str, shown: int) -> None:
    view = arrange(replace(growth, blocks=(long_table(rows, role),)))
    item = (view.tabs[0].items if view.tabs else view.sections[0].items)[0]
    assert isinstance(item, TableView)
    assert len(item.rows) == shown
    assert bool(item.more) is (shown < rows)


def test_the_way_to_all_rows_keeps_the_choices(growth: InsightPage) -> None:
    page = replace(growth, blocks=(long_table(20),), view={"service": "homes"})
    item = arrange(page).tabs[0].items[0]
    assert isinstance(item, TableView)
    assert item.more == "/insights/growth?rows=all&service=homes#view-table"
    whole = arrange(page, whole=True).tabs[0].items[0]
    assert isinstance(whole, TableView)
    assert len(whole.rows) == 20


def test_a_page_without_a_run_shows_no_provenance(growth: InsightPage) -> None:
    assert arrange(replace(growth, run_id="", blocks=())).provenance == ()


def test_the_receipt_is_the_last_row_of_how_it_was_made(growth: InsightPage) -> None:
    rows = arrange(growth).made
    assert [row.label for row in rows] == ["Method", "Track record", "Data", "Receipt"]
    assert rows[-1].value[0].target == Target("run", growth.run_id)


def test_a_line_starts_the_second_figure_that_has_a_range() -> None:
    columns = (
        Column("year", "Year"),
        Column("people", "People", numeric=True),
        Column("r1", "Range", numeric=True, muted=True),
        Column("change", "Change", numeric=True),
        Column("cost", "Cost", numeric=True),
        Column("r2", "Range", numeric=True, muted=True),
    )
    starts = [i for i, css in enumerate(column_css(columns)) if "ft-group" in css]
    assert starts == [4]
    assert stacked_labels(columns) == ["Year", "People", "", "Change", "Cost", ""]


def test_ranges_with_names_of_their_own_keep_them_on_phones() -> None:
    names = ("Month", "Forecast", "8 in 10 range", "19 in 20 range")
    columns = tuple(Column(n, n, numeric=True, muted=i > 1) for i, n in enumerate(names))
    assert stacked_labels(columns) == list(names)


def test_bold_marks_phrases_and_nothing_else() -> None:
    assert bold("<i> **5 & more** now") == "&lt;i&gt; <strong>5 &amp; more</strong> now"
    assert bold("2 ** 3") == "2 ** 3"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (Target("home"), "/"),
        (Target("room", "plan"), "/plan"),
        (Target("insight", "a b"), "/insights/a%20b"),
        (Target("run", "r1"), "/runs/r1"),
        (Target("dataset", "events"), "/data/events"),
        (Target("catalogue"), "/data"),
        (Target("trust"), "/trust"),
        (Target("audit"), "/trust/audit"),
    ],
)
def test_everything_with_a_page_has_an_address(target: Target, path: str) -> None:
    assert href(target) == path


def test_the_home_heading_counts_the_questions() -> None:
    headings = [questions_heading(n) for n in (1, 3, 12)]
    assert headings == ["Your question", "Your three questions", "Your 12 questions"]


def test_a_section_s_only_table_does_not_say_its_heading_again(growth: InsightPage) -> None:
    table = replace(long_table(2, "section"), heading="By district", section="By district")
    other = replace(table, name="u", heading="Starts")
    items = arrange(replace(growth, blocks=(table, other))).sections[0].items
    assert [getattr(item, "repeats", None) for item in items] == [True, False]


def test_a_receipt_that_the_workspace_names_itself_is_not_named_twice(growth: InsightPage) -> None:
    made = (*growth.made, Row("Receipt", (Span("The receipt", Target("run", growth.run_id)),)))
    rows = arrange(replace(growth, made=made)).made
    assert [row.label for row in rows].count("Receipt") == 1
