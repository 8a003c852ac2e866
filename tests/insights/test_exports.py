from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from string import printable
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forethought.errors import DataError
from forethought.insights.blocks import (
    Column,
    Formula,
    Headline,
    Scalar,
    Table,
    from_json,
    to_json,
)
from forethought.insights.exports import (
    csv_metadata,
    csv_name,
    headings,
    table_csv,
    workbook,
)

COLUMNS = (
    Column("year", "April to March"),
    Column("people", "People", numeric=True),
    Column("range", "Range", numeric=True, muted=True),
    Column("cost", "Cost", numeric=True),
    Column("cost_range", "Range", numeric=True, muted=True),
)
TABLE = Table(
    name="by-year",
    heading="People and cost",
    caption="Most likely figure, with the 8 in 10 range.",
    columns=COLUMNS,
    rows=(
        ("2025 to 2026", "120", "actual", "£1.5m", "actual"),
        ("2026 to 2027", "[c]", "[c]", "£1.6m", "£1.4m to £1.8m"),
    ),
    values=(
        ("2025 to 2026", 123, None, 1_512_345.25, None),
        ("2026 to 2027", None, None, 1_600_000.0, "1400000 to 1800000"),
    ),
)


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_a_csv_holds_exact_values_and_its_receipt_in_each_row() -> None:
    rows = read_csv(table_csv(TABLE, "run-1"))
    assert rows[0][-1] == "Receipt"
    assert rows[1][:4] == ["2025 to 2026", "123", "actual", "1512345.25"]
    assert [row[-1] for row in rows[1:]] == ["run-1", "run-1"]
    assert csv_name(TABLE, "run-1") == "by-year-run-1.csv"


def test_a_csv_opens_as_utf_8_in_a_spreadsheet() -> None:
    assert table_csv(TABLE, "r").startswith(b"\xef\xbb\xbf")


def test_a_suppressed_cell_is_marked_and_never_blank_or_zero() -> None:
    assert read_csv(table_csv(TABLE, "r"))[2][1] == "[c]"
    sheet = opened(workbook([TABLE], title="Q", receipt="r"))["by-year"]
    assert sheet.cell(7, 2).value == "[c]"


@settings(deadline=None, derandomize=True)
@given(st.sampled_from("=+-@\t\r"), st.text(printable, max_size=20))
def test_no_text_leaves_a_csv_as_a_formula(start: str, rest: str) -> None:
    cells: tuple[Scalar, ...] = (start + rest, 1, None, 2, None)
    table = replace(TABLE, rows=(("x", "1", "", "2", ""),), values=(cells,))
    out = read_csv(table_csv(table, "=r"))
    assert all(not cell.startswith(tuple("=+-@\t\r")) for row in out for cell in row)


def test_negative_numbers_stay_numbers() -> None:
    cells: tuple[Scalar, ...] = ("a", -5, None, -1.5, None)
    table = replace(TABLE, rows=(("a", "", "", "", ""),), values=(cells,))
    assert read_csv(table_csv(table, "r"))[1][:4] == ["a", "-5", "", "-1.5"]


def test_repeated_headings_name_the_column_that_they_belong_to() -> None:
    assert headings(TABLE) == ["April to March", "People", "Range, People", "Cost", "Range, Cost"]


def test_the_metadata_beside_a_csv_tells_columns_and_receipt() -> None:
    content = json.loads(csv_metadata(TABLE, "run-1", notes=["Need that nobody has asked about."]))
    assert content["url"] == csv_name(TABLE, "run-1")
    assert content["dc:identifier"] == "run-1"
    titles = [column["titles"] for column in content["tableSchema"]["columns"]]
    assert titles == read_csv(table_csv(TABLE, "run-1"))[0]


def test_a_workbook_has_cover_contents_notes_and_one_table_a_sheet() -> None:
    other = replace(TABLE, name="by-year", heading="Again")
    content = workbook(
        [Headline("**Ten** more."), TABLE, other],
        title="How many?",
        receipt="run-1",
        answer="**Ten** more.",
        place="Somewhere",
        data_to="2026-10-31",
        disclosure="Counts from 1 to 9 are not shown.",
        synthetic=True,
        notes=["Not about one person."],
    )
    book = opened(content)
    assert book.sheetnames == ["Cover", "Contents", "Notes", "by-year", "by-year 2"]
    cover = {str(row[0].value): row[1].value for row in book["Cover"].iter_rows(min_row=3)}
    assert cover["Answer"] == "Ten more."
    assert cover["Receipt"] == "run-1"
    assert cover["Data to"] == "2026-10-31"
    assert "Synthetic county" in str(book["Cover"].cell(3, 2).value)
    assert [len(book[name].tables) for name in book.sheetnames] == [0, 0, 0, 1, 1]
    assert "run-1" in str(book["by-year"].cell(3, 1).value)
    assert book["Notes"].cell(3, 1).value == "Not about one person."


def test_numbers_are_numbers_in_a_workbook() -> None:
    sheet = opened(workbook([TABLE], title="Q", receipt="r"))["by-year"]
    assert sheet.cell(6, 2).value == 123
    assert sheet.cell(6, 4).value == pytest.approx(1_512_345.25)
    assert sheet.cell(6, 2).data_type == "n"


def test_a_workbook_holds_no_formula_whatever_the_text() -> None:
    bad = '=HYPERLINK("http://x")'
    cells: tuple[Scalar, ...] = (bad, bad, bad, 1, bad)
    table = replace(
        TABLE,
        heading=bad,
        caption=bad,
        rows=((bad,) * 5,),
        values=(cells,),
        columns=(Column("year", bad), *COLUMNS[1:]),
    )
    content = workbook([table], title=bad, receipt=bad, answer=bad, notes=[bad])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [name for name in archive.namelist() if "worksheets/sheet" in name]
        assert sheets
        for name in sheets:
            assert b"<f>" not in archive.read(name)


def test_a_table_without_rows_still_makes_a_sheet() -> None:
    empty = replace(TABLE, rows=(), values=())
    sheet = opened(workbook([empty], title="Q", receipt="r"))["by-year"]
    assert sheet.cell(6, 1).value == "No rows"
    assert len(read_csv(table_csv(empty, "r"))) == 1


def test_long_and_forbidden_sheet_names_are_mended() -> None:
    name = "people/by:district[and]service*and?year"
    tables = [replace(TABLE, name=name), replace(TABLE, name=name), replace(TABLE, name="cover")]
    names = opened(workbook(tables, title="Q", receipt="r")).sheetnames
    assert len(set(names)) == 6
    assert all(len(n) <= 31 for n in names)


def test_the_same_blocks_give_the_same_workbook() -> None:
    one, two = (workbook([TABLE], title="Q", receipt="r") for _ in range(2))
    assert one == two


def strategy(changes: list[list[int]]) -> Table:
    """Years in columns: an opening, changes and a closing each, in pennies; years follow on."""
    years, count = len(changes), len(changes[0])
    closing = 0
    columns: list[list[int]] = []
    formulas: list[Formula] = []
    for year, pence in enumerate(changes):
        opening = closing
        closing = opening + sum(pence)
        columns.append([opening, *pence, closing])
        rows = tuple((1, row, 1 + year) for row in range(count + 1))
        formulas.append(Formula(count + 1, 1 + year, rows))
        if year:
            formulas.append(Formula(0, 1 + year, ((1, count + 1, year),)))
    names = ["Opening", *(f"Change {n}" for n in range(count)), "Closing"]
    gbp = [tuple(column[n] / 100 for column in columns) for n in range(len(names))]
    values: tuple[tuple[Scalar, ...], ...] = tuple(
        (name, *row) for name, row in zip(names, gbp, strict=True)
    )
    return Table(
        "strategy",
        "Strategy",
        "Pounds.",
        (Column("row", "Row"), *(Column(f"y{y}", f"Year {y}", numeric=True) for y in range(years))),
        tuple(tuple(map(str, row)) for row in values),
        values,
        formulas=tuple(formulas),
    )


def formulas_of(content: bytes, sheet: str) -> dict[str, str]:
    cells = (cell for row in opened(content)[sheet].iter_rows() for cell in row)
    return {cell.coordinate: cell.value for cell in cells if cell.data_type == "f"}


def recomputed(content: bytes, sheet: str) -> dict[str, float]:
    """What a spreadsheet shows in each cell with a formula, after cached values are dropped."""
    live = opened(content)[sheet]

    def value(at: str) -> float:
        found = live[at].value
        if not str(found).startswith("="):
            return float(found)
        terms = re.findall(r"([+-])([A-Z]+[0-9]+)", found)
        assert "".join(sign + name for sign, name in terms) == found[1:]
        return sum(float(f"{sign}1") * value(name) for sign, name in terms)

    return {at: value(at) for at in formulas_of(content, sheet)}


def test_a_declared_sum_is_a_live_formula_with_its_figure_cached() -> None:
    table = strategy([[1_000_000_01, 2_50], [-7_25, 10]])
    content = workbook([table], title="Q", receipt="r")
    assert formulas_of(content, "strategy") == {
        "B9": "=+B6+B7+B8",
        "C9": "=+C6+C7+C8",
        "C6": "=+B9",
    }
    cached = openpyxl.load_workbook(io.BytesIO(content), data_only=True)["strategy"]
    assert cached["C9"].value == 1_000_000_01 / 100 + 2.50 - 7.25 + 0.10
    assert "Totals are formulas." in str(cached["A3"].value)
    signed = replace(
        table,
        formulas=(Formula(1, 1, ((1, 3, 1), (-1, 2, 1), (-1, 0, 1))),),
    )
    found = formulas_of(workbook([signed], title="Q", receipt="r"), "strategy")
    assert found == {"B7": "=+B9-B8-B6"}


@settings(deadline=None, derandomize=True, max_examples=25)
@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(
            st.lists(st.integers(-(10**11), 10**11), min_size=n, max_size=n),
            min_size=1,
            max_size=5,
        )
    )
)
def test_live_formulas_give_every_total_to_half_a_penny(changes: list[list[int]]) -> None:
    table = strategy(changes)
    content = workbook([table], title="Q", receipt="r")
    cached = openpyxl.load_workbook(io.BytesIO(content), data_only=True)["strategy"]
    found = recomputed(content, "strategy")
    assert len(found) == 2 * len(changes) - 1
    for at, figure in found.items():
        assert figure == pytest.approx(cached[at].value, abs=0.005)


def test_formulas_change_no_csv() -> None:
    table = strategy([[100, 200], [300, -50]])
    assert table_csv(table, "r") == table_csv(replace(table, formulas=()), "r")


def test_formulas_are_stored_and_runs_from_before_them_still_load() -> None:
    table = strategy([[100, 200], [300, -50]])
    stored = json.loads(json.dumps(to_json(table)))
    assert from_json(stored) == table
    del stored["formulas"]
    assert from_json(stored) == replace(table, formulas=())


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (Formula(3, 1, ((1, 0, 1), (1, 1, 1))), "too much"),
        (Formula(3, 1, ((1, 0, 1), (1, 1, 1), (1, 4, 1))), "cells of the table"),
        (Formula(3, 1, ((1, 0, 1), (1, 1, -1))), "cells of the table"),
        (Formula(4, 1, ((1, 0, 1),)), "cells of the table"),
        (Formula(3, 1, ((1, 3, 0),)), "with numbers"),
        (Formula(3, 1, ((2, 0, 1),)), "neither"),
        (Formula(3, 1, ()), "no cell"),
        (Formula(3, 1, ((1, 3, 1),)), "back to its own cell"),
    ],
)
def test_a_formula_that_cannot_give_its_figure_is_refused(formula: Formula, said: str) -> None:
    table = strategy([[100, 201]])
    with pytest.raises(DataError) as caught:
        replace(table, formulas=(formula,))
    assert said in str(caught.value.as_json())


def test_half_a_penny_is_the_limit_of_a_formula() -> None:
    table = strategy([[100, 201]])

    def closing(gbp: float) -> Table:
        return replace(table, values=(*table.values[:3], ("Closing", gbp)))

    assert closing(3.01 + 0.0049).formulas
    with pytest.raises(DataError):
        closing(3.01 + 0.0051)


def test_formulas_that_wait_for_each_other_and_suppressed_terms_are_refused() -> None:
    table = strategy([[0, 0]])
    two = (Formula(0, 1, ((1, 3, 1),)), Formula(3, 1, ((1, 0, 1),)))
    with pytest.raises(DataError) as caught:
        replace(table, formulas=two)
    assert str(caught.value.as_json()).count("back to its own cell") == 2
    with pytest.raises(DataError):
        replace(table, formulas=(two[0], two[0]))
    with pytest.raises(DataError):
        replace(table, values=(("Opening", None), *table.values[1:]))
