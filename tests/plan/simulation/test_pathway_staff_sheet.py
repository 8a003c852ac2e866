"""Staff and units from a spreadsheet: rows add up, dates become changes, faults have their row."""

# ruff: noqa: E501 - a fault and its remedy stand on one line

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from forethought.errors import DataError
from forethought.plan.simulation.pathway import Change, Pathway
from forethought.plan.simulation.staff_sheet import with_staff
from forethought.workspace.staff_sheets import read_staff

PATHWAY = Pathway.from_yaml("""\
pathway: small
classes: {all: {}}
resources:
  team: {fte: 99, label: Review team, direct_share: 60%, cost: 40000 GBP a year}
  other: {fte: 5}
  beds: {units: 1, unit: beds}
stages:
  work: {arrivals: {flow: x}, resource: [team, other], effort: 1h, next: {stay: 1}}
  stay: {kind: hold, resource: beds, length: 2d, next: {end: 1}}
""")
SHEET = """\
Resource,Kind,FTE,Units,Hours,From,To,Ramp days,Cost per year GBP,One off GBP,Why
team,staff,3,,36,,,,"50,000",,
Review team,,1,,36,,2026-08-31,,£30000,,Retires
team,staff,2,,,01/10/2026,2027-03-31,14,70000,500,Agency
,,,,,,,,,,
beds,supply,,25,,,,,,,
"""


def test_rows_add_up_and_dates_become_changes(tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(SHEET, encoding="utf-8")
    merged = read_staff(path, PATHWAY)
    team = merged.resource("team")
    assert (team.capacity, team.hours_per_week, team.direct_share) == (4, 36, 0.6)
    assert team.cost_per_year_gbp == pytest.approx((3 * 50_000 + 30_000) / 4)
    assert team.changes == (
        Change(-1, date(2026, 9, 1), cost_per_year_gbp=30_000, why="Retires"),
        Change(2, date(2026, 10, 1), date(2027, 3, 31), 14, 70_000, 500, "Agency"),
    )
    assert merged.resource("beds").capacity == 25
    assert merged.resource("other") == PATHWAY.resource("other")
    assert merged.stages == PATHWAY.stages


def test_a_workbook_reads_as_its_csv_does(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Resource", "FTE", "Hours per week", "From", "To", "Cost per year GBP"])
    sheet.append(["team", 3, 36, None, None, 50000])
    sheet.append(["team", 2.5, 36, date(2026, 10, 1), date(2027, 3, 31), 70000])
    path = tmp_path / "staff.xlsx"
    book.save(path)
    team = read_staff(path, PATHWAY).resource("team")
    assert (team.capacity, team.hours_per_week) == (3, 36)
    assert team.changes[0].starts_on == date(2026, 10, 1)
    assert team.changes[0].add == 2.5


def test_every_fault_of_a_sheet_is_told_with_row_column_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("""\
resource,kind,fte,units,hours,from,to,ramp_days,colour
taem,,1,,,,,,
team,supply,1,,,,,,
team,,-1,,37,,,,
team,,two,,,2026-13-01,,,
team,,,,36,,,,
beds,,3,,,,,,
team,,1,,400,2026-05-01,2026-04-01,2.5,
""", encoding="utf-8")  # fmt: skip
    with pytest.raises(DataError) as refused:
        read_staff(path, PATHWAY)
    found = {(p.where, p.what): p.remedy for p in refused.value.problems}
    known = found.pop(('staff.csv heading "colour"', "It is not known."))
    assert known.startswith("Known: cost_per_year_gbp, from, fte,")
    assert found == {
        ("staff.csv row 2 column resource", '"taem" is no resource of the pathway.'): 'Did you mean "team"?',
        ("staff.csv row 3 column kind", '"supply" does not fit: team is staff.'): "Write staff, or change the pathway.",
        ("staff.csv row 4 column fte", '"-1" is no number from 0 up.'): "Write digits: 37 or 0.6.",
        ("staff.csv row 5 column fte", '"two" is no number from 0 up.'): "Write digits: 37 or 0.6.",
        ("staff.csv row 5 column from", '"2026-13-01" is no date.'): "Write 2026-04-01 or 01/04/2026.",
        ("staff.csv row 6 column fte", "It is empty."): "Write a number, 0 if there is none.",
        ("staff.csv row 7 column fte", "beds is supply."): "Write its number under units.",
        ("staff.csv row 8 column hours_per_week", "400 is more than a week has."): "Write up to 168.",
        ("staff.csv row 8 column to", "2026-04-01 is before 2026-05-01."): "Write a day on or after `from`.",
        ("staff.csv row 8 column ramp_days", "2.5 is not whole."): "Write whole days.",
    }  # fmt: skip


def test_one_resource_has_one_working_week() -> None:
    frame = pl.DataFrame({"resource": ["team", "team"], "fte": [1, 1], "hours": [37, 30]})
    with pytest.raises(DataError) as refused:
        with_staff(PATHWAY, frame)
    assert refused.value.problems[0].where == "staff sheet row 3 column hours_per_week"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("staff.csv", "", "empty"),
        ("staff.csv", "resource,fte\n", "no row"),
        ("staff.csv", "resource\nteam\n", "no number"),
        ("staff.csv", "fte\n1\n", "resource"),
        ("staff.csv", "resource,fte\nteam,1,2\n", "3 values"),
        ("staff.csv", "resource,fte,FTE \nteam,1,1\n", "twice"),
        ("staff.xlsx", "resource,fte\nteam,1\n", "no"),
        ("staff.pdf", "x", "not read"),
        ("staff.parquet", "x", "CSV or XLSX"),
    ],
    ids=range(9),
)
def test_a_file_that_is_no_staff_sheet_is_refused(
    tmp_path: Path, name: str, content: str, words: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        read_staff(path, PATHWAY)


def test_a_sheet_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        read_staff(tmp_path / "staff.csv", PATHWAY)
