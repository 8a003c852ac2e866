"""Reading deliveries: layouts, dates, codes, changing headings, and CSV as the standard has it."""

from __future__ import annotations

import csv
import io
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.broken import CONTRACT, PLAIN

from forethought.data.contracts import Contract, load_contract
from forethought.data.csv_scan import structure_of
from forethought.data.deliveries import Delivery, read_delivery
from forethought.data.exports import neutralised, neutralised_frame
from forethought.data.files import DeliveredFile, Limits
from forethought.errors import DataError


def contract_with(folder: Path, *layouts: dict[str, Any]) -> Contract:
    document = yaml.safe_load(CONTRACT)
    block = document["customProperties"][0]["value"]
    del block["partner"]
    block |= {"partners": ["wolds", "coast"], "layouts": list(layouts)}
    path = folder / "people.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return load_contract(path)


@lru_cache
def separated(folder: Path, delimiter: str) -> Contract:
    return contract_with(folder, {"name": "d", "delimiter": delimiter})


def read(
    contract: Contract, text: str | bytes, name: str = "f.csv", partner: str | None = None
) -> Delivery:
    content = text.encode() if isinstance(text, str) else text
    return read_delivery(name, contract, partner, content=content)


WOLDS = {
    "name": "wolds",
    "partners": ["wolds"],
    "delimiter": ";",
    "encoding": "cp1252",
    "rename": {"Reference": "ref", "Family name": "surname"},
    "dates": {"born": ["%d/%m/%Y", "%d.%m.%y"]},
    "codes": {"kind": {"RQ": "Request", "": "Not said"}},
    "decimal": ",",
    "thousands": ".",
    "absent": ["nhs_number"],
}
WOLDS_TEXT = (
    "Reference;Family name;Born;Kind;Cost\n"
    "a1;Zoë;31/12/1950;RQ;1.234,50\n"
    "a2;Bow;01.02.51;;7\n"
    "a3;Cox;30/02/1950;Service;x\n"
)


def test_declared_layout_renames_recodes_and_reads_dates_and_decimals(tmp_path: Path) -> None:
    delivery = read(contract_with(tmp_path, WOLDS), WOLDS_TEXT.encode("cp1252"), partner="wolds")
    assert delivery.frame.rows() == [
        ("a1", None, "Zoë", "1950-12-31", "Request", "1234.50", 2),
        ("a2", None, "Bow", "2051-02-01", "Not said", "7", 3),
        ("a3", None, "Cox", "30/02/1950", "Service", "x", 4),
    ]
    assert delivery.layout == "wolds"


BIRTHS = {"name": "short", "dates": {"born": ["%d/%m/%y", "%d/%m/%Y"]}}


def births(folder: Path, layout: dict[str, Any], *values: str) -> list[str | None]:
    """Dates of birth as read on 24 November 2026."""
    document = yaml.safe_load(CONTRACT)
    columns = document["schema"][0]["properties"]
    born = next(column for column in columns if column["name"] == "born")
    meaning = {"semantic": "date_of_birth", "identifier": True}
    born["customProperties"] = [{"property": "forethought", "value": meaning}]
    document["customProperties"][0]["value"]["layouts"] = [layout]
    path = folder / "people.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    contract = load_contract(path)
    headings = ",".join(column.heading for column in contract.columns)
    place = [column.name for column in contract.columns].index("born")
    rows = "".join(
        ",".join(value if at == place else f"r{number}" for at in range(len(contract.columns)))
        + "\n"
        for number, value in enumerate(values)
    )
    content = f"{headings}\n{rows}".encode()
    read = read_delivery("f.csv", contract, content=content, as_of=date(2026, 11, 24))
    return read.frame["born"].to_list()


def test_a_two_digit_year_of_birth_is_the_newest_that_is_not_in_the_future(
    tmp_path: Path,
) -> None:
    table = {
        "03/04/51": "1951-04-03",
        "24/11/26": "2026-11-24",
        "25/11/26": "1926-11-25",
        "01/01/68": "1968-01-01",
        "01/01/69": "1969-01-01",
        "31/12/99": "1999-12-31",
        "29/02/28": "1928-02-29",
        "03/04/2051": "2051-04-03",  # said in full: for the check to refuse
    }
    assert births(tmp_path, BIRTHS, *table) == list(table.values())


def test_a_contract_may_have_two_digit_years_of_birth_refused(tmp_path: Path) -> None:
    layout = {**BIRTHS, "two_digit_births": "refuse"}
    assert births(tmp_path, layout, "03/04/51", "03/04/1951") == ["03/04/51", "1951-04-03"]


def test_layout_of_another_partner_is_not_tried(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='no csv layout for partner "coast"'):
        read(contract_with(tmp_path, WOLDS), WOLDS_TEXT.encode("cp1252"), partner="coast")


def test_layout_is_picked_by_its_headings(tmp_path: Path) -> None:
    old = {"name": "old", "rename": {"No": "ref", "Type": "kind"}}
    new = {"name": "new", "rename": {"Number": "ref", "Category": "kind"}}
    contract = contract_with(tmp_path, old, new)
    for name, text in (
        ("old", "No,NHS_Number,Surname,Born,Type,Cost\n1,,,,Request,2\n"),
        ("new", "category,NUMBER,NHS_Number,Surname, Born ,Cost\nRequest,1,,,,2\n"),
    ):
        delivery = read(contract, text)
        assert delivery.layout == name
        assert delivery.frame.row(0, named=True)["kind"] == "Request"


@pytest.mark.parametrize("extra", ["", ",Note"])
def test_headings_that_change_half_way_are_followed(tmp_path: Path, extra: str) -> None:
    before = {"name": "before", "rename": {"No": "ref", "Type": "kind"}}
    after = {"name": "after", "rename": {"Number": "ref", "Category": "kind"}}
    tail = ",n" if extra else ""
    text = (
        "No,NHS_Number,Surname,Born,Type,Cost\n1,,A,,Request,2\n\n"
        f"Surname,Number,NHS_Number,Born,Cost,Category{extra}\nB,2,,,3,Service{tail}\n"
    )
    delivery = read(contract_with(tmp_path, before, after), text)
    assert delivery.frame.select("ref", "surname", "kind", "cost", "source_row").rows() == [
        ("1", "A", "Request", "2", 2),
        ("2", "B", "Service", "3", 5),
    ]
    assert delivery.layout == "before, after"
    assert delivery.notes == ("The headings stand again or change in row 4.",)


def test_repeated_headings_of_files_put_together_are_no_rows(tmp_path: Path) -> None:
    delivery = read(contract_with(tmp_path), PLAIN + PLAIN)
    assert delivery.rows == 6
    assert delivery.frame["source_row"].to_list() == [2, 3, 4, 6, 7, 8]


def test_unknown_columns_are_left_out_and_named(tmp_path: Path) -> None:
    text = "Ref,NHS_Number,Surname,Born,Kind,Cost,Shoe size\n1,,A,,Request,2,44\n"
    delivery = read(contract_with(tmp_path), text)
    assert delivery.ignored == ("Shoe size",)
    assert "44" not in str(delivery.frame.rows())


def test_formula_like_text_stays_text_and_is_disarmed_only_in_exports(tmp_path: Path) -> None:
    text = 'Ref,NHS_Number,Surname,Born,Kind,Cost\n1,,"=HYPERLINK(""x"")",,-Request,2\n'
    frame = read(contract_with(tmp_path), text).frame
    assert frame["surname"].to_list() == ['=HYPERLINK("x")']
    out = neutralised_frame(frame)
    assert out["surname"].to_list() == ['\'=HYPERLINK("x")']
    assert out["kind"].to_list() == ["'-Request"]
    assert out["ref"].to_list() == ["1"]
    assert out["source_row"].to_list() == [2]


@pytest.mark.parametrize("text", ["=1+1", "+44", "-2", "@SUM", "\tx", "\rx"])
def test_each_formula_start_is_disarmed(text: str) -> None:
    assert neutralised(text) == f"'{text}"
    assert neutralised_frame(pl.DataFrame({"t": [text]}))["t"].to_list() == [f"'{text}"]


def test_workbook_gives_whole_numbers_dates_and_the_rows_that_excel_shows(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.add_worksheet("Cover").write_string(0, 0, "About")
        page = book.add_worksheet("Data")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page.write_string(0, 0, "People, all of them")
        page.write_row(2, 0, ["Ref", "NHS_Number", "Surname", "Born", "Kind", "Cost"])
        page.write_row(5, 0, [7, 9434765919, "Bow"])
        page.write_datetime(5, 3, date(1950, 12, 31), day)
        page.write_row(5, 4, ["Request", 12.5])
    contract = contract_with(tmp_path, {"name": "book", "sheet": "Data", "skip_rows": 2})
    delivery = read(contract, buffer.getvalue(), "f.xlsx")
    assert delivery.frame.rows() == [
        ("7", "9434765919", "Bow", "1950-12-31 00:00:00", "Request", "12.5", 6)
    ]


def test_missing_sheet_is_named_with_the_nearest(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.add_worksheet("Clients")
    contract = contract_with(tmp_path, {"name": "book", "sheet": "Client"})
    with pytest.raises(DataError, match='Did you mean "Clients"'):
        read(contract, buffer.getvalue(), "f.xlsx")


def test_parquet_numbers_and_moments_become_text(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    pl.DataFrame(
        {
            "Ref": [1],
            "NHS_Number": [None],
            "Surname": ["A"],
            "Born": pl.Series([date(1950, 12, 31)]).cast(pl.Datetime("ns")),
            "Kind": ["Request"],
            "Cost": [0.1],
        }
    ).write_parquet(buffer)
    row = read(contract_with(tmp_path), buffer.getvalue(), "f.parquet").frame.row(0)
    assert row[0] == "1"
    assert row[3] == "1950-12-31 00:00:00"
    assert row[5:] == ("0.1", 1)


def test_declared_utf16_is_read(tmp_path: Path) -> None:
    contract = contract_with(tmp_path, {"name": "wide", "encoding": "utf-16"})
    assert read(contract, PLAIN.encode("utf-16")).rows == 3


def test_utf8_declared_as_cp1252_is_refused_before_it_garbles(tmp_path: Path) -> None:
    contract = contract_with(tmp_path, {"name": "old", "encoding": "cp1252"})
    with pytest.raises(DataError, match="encoding: utf-8"):
        read(contract, PLAIN)


class EndlessLine(io.RawIOBase):
    """A line without end, counting what is read of it."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        self.given += size
        return b"x" * size


def test_endless_line_is_refused_after_its_first_megabytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = EndlessLine()
    monkeypatch.setattr(DeliveredFile, "open", lambda _: line)
    monkeypatch.setattr(DeliveredFile, "size", 1 << 30)
    with pytest.raises(DataError, match="longer than"):
        read_delivery("f.csv", contract_with(tmp_path))
    assert line.given <= 4 << 20


def test_limit_on_the_unpacked_size_is_kept(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="unpacks to more than"):
        read_delivery(
            "f.csv",
            contract_with(tmp_path),
            content=PLAIN.encode() * 40_000,
            limits=Limits(uncompressed_bytes=1 << 20),
        )


PIECES = ["a", "é", " ", ",", ";", '"', "\n", "\r\n", "'", "=", "0", "\t"]
CELL = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
TABLE = st.lists(st.lists(CELL, min_size=5, max_size=5), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    table=TABLE,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
def test_any_csv_that_python_writes_is_read_cell_by_cell(
    tmp_path_factory: pytest.TempPathFactory,
    table: list[list[str]],
    quoting: int,
    line_end: str,
    delimiter: str,
) -> None:
    contract = separated(tmp_path_factory.getbasetemp(), delimiter)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=quoting, lineterminator=line_end, delimiter=delimiter)  # type: ignore[arg-type]
    writer.writerow(["Ref", "NHS_Number", "Surname", "Born", "Kind", "Cost"])
    writer.writerows([f"r{number}", *row] for number, row in enumerate(table))
    frame = read(contract, buffer.getvalue()).frame
    expected = [
        (f"r{number}", *(cell.strip() or None for cell in row), number + 2)
        for number, row in enumerate(table)
    ]
    assert frame.rows() == expected


@settings(max_examples=100, deadline=None)
@given(table=st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=8))
def test_structure_counts_the_fields_that_python_reads(table: list[list[str]]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)
    text = buffer.getvalue()
    structure = structure_of(text.encode(), ",")
    expected = [len(row) for row in csv.reader(io.StringIO(text, newline=""))]
    assert structure.fields.tolist() == expected
    assert structure.bad_quote == structure.open_quote == -1


def test_structure_is_the_same_across_block_borders(monkeypatch: pytest.MonkeyPatch) -> None:
    from forethought.data import csv_scan

    text = ('a,"b\n""c"",d",e\n\nf,g,"h"\n' * 7).encode()
    whole = structure_of(text, ",")
    for block in (1, 2, 3, 5, 8):
        monkeypatch.setattr(csv_scan, "BLOCK", block)
        part = structure_of(text, ",")
        assert part.starts.tolist() == whole.starts.tolist()
        assert part.fields.tolist() == whole.fields.tolist()
        assert part.bad_quote == -1
