"""Drafts: what is guessed from a file or query, and that it loads and checks at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from tests.data.broken import SECRETS, csv_text, xlsx_bytes

import forethought as ft
from forethought.data.contracts import Contract, load_contract
from forethought.data.draft import draft_contract, draft_query
from forethought.data.draft_profile import store_name
from forethought.errors import DataError, UsageError

NUMBERS = ("9434765919", "9434765870", "9434765889", "9434765897")


def drafted(folder: Path, name: str, content: str | bytes) -> tuple[str, Contract]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    text = draft_contract(path)
    written = folder / "draft.yaml"
    written.write_text(text)
    return text, load_contract(written)


def people(rows: int = 400) -> pl.DataFrame:
    i = pl.int_range(rows)
    kinds = ["Request", "Assessment", "Review"]
    return pl.select(
        pl.format("C{}", 1000 + i).alias("ClientID"),
        pl.Series(NUMBERS * (rows // 4)).alias("NHS Number"),
        pl.lit("Umbersand").alias("Surname"),
        (date(1930, 1, 1) + pl.duration(days=i * 40)).dt.to_string("%d/%m/%Y").alias("DOB"),
        pl.format("CM{} 1AB", 1 + i % 20).alias("Postcode"),
        pl.format("E0102{}", 1000 + i % 30).alias("LSOA21CD"),
        (100023336956 + i).cast(pl.String).alias("UPRN"),
        pl.Series((kinds * rows)[:rows]).alias("Kind"),
        (i % 7 * 1.5).cast(pl.String).alias("Hours a week"),
        pl.when(i % 5 == 0).then(pl.lit("Y")).otherwise(pl.lit("N")).alias("Lives alone"),
        pl.format("0{}", i % 9).alias("Team code"),
        pl.when(i % 3 > 0).then(pl.lit("2026-01-31")).alias("Ended on"),
    )


def test_draft_guesses_types_meaning_codes_and_key(tmp_path: Path) -> None:
    text, contract = drafted(tmp_path, "Care People.csv", people().write_csv())
    columns = {column.name: column for column in contract.columns}
    assert contract.id == "care_people"
    assert contract.key == ("client_id",)
    assert {name: column.semantic for name, column in columns.items()} == {
        "client_id": "source_person_id",
        "nhs_number": "nhs_number",
        "surname": "person_name",
        "dob": "date_of_birth",
        "postcode": "postcode",
        "lsoa21_cd": "lsoa",
        "uprn": "uprn",
        "kind": "none",
        "hours_a_week": "none",
        "lives_alone": "none",
        "team_code": "none",
        "ended_on": "none",
    }
    assert set(contract.identifiers) == {
        *("client_id", "nhs_number", "surname", "dob", "postcode", "uprn"),
    }
    assert columns["dob"].derive == "birth_month"
    assert columns["postcode"].derive == "lsoa21"
    assert {n: columns[n].type for n in ("hours_a_week", "lives_alone", "team_code", "dob")} == {
        "hours_a_week": "number",
        "lives_alone": "boolean",
        "team_code": "string",
        "dob": "date",
    }
    assert columns["kind"].required
    assert not columns["ended_on"].required
    assert "kind_codes" in {rule.id for rule in contract.rules}
    assert contract.status == "draft"
    assert contract.minimum_count == 10
    assert "confirm" in text


def test_draft_shows_no_identifier(tmp_path: Path) -> None:
    text, _ = drafted(tmp_path, "people.csv", people().write_csv())
    for value in (*NUMBERS, "Umbersand", "CM1 1AB", "100023336956", "01/01/1930", "1930"):
        assert value not in text


def test_draft_accepts_the_file_that_it_was_drafted_from(tmp_path: Path) -> None:
    _, contract = drafted(tmp_path, "people.csv", people().write_csv())
    delivery = ft.data.read_delivery(tmp_path / "people.csv", contract)
    checked = ft.data.check(delivery, contract, as_of=date(2026, 11, 24))
    assert checked.reasons() == ()
    assert checked.accepted["dob"].dtype == pl.Date


def test_swapped_day_and_month_are_asked_about(tmp_path: Path) -> None:
    text, contract = drafted(tmp_path, "d.csv", "seen,n\n01/02/2026,1\n03/04/2026,2\n")
    assert contract.column("seen").formats == ("%d/%m/%Y",)
    assert "also fits MM/dd/yyyy: confirm which is the day" in text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (csv_text(delimiter=";").encode(), 'delimiter: ";"'),
        (csv_text().encode("cp1252"), "encoding: cp1252"),
        (csv_text().encode("utf-16"), 'encoding: "utf-16"'),
        (b"People of Saltmarshire\n\n" + csv_text().encode(), "skip_rows: 2"),
    ],
)
def test_odd_form_of_a_file_becomes_a_layout(tmp_path: Path, content: bytes, expected: str) -> None:
    text, contract = drafted(tmp_path, "people.csv", content)
    assert expected in text
    assert not any(secret in text for secret in SECRETS[:5])
    assert ft.data.read_delivery(tmp_path / "people.csv", contract).rows == 3


def test_workbook_and_parquet_are_drafted_alike(tmp_path: Path) -> None:
    _, book = drafted(tmp_path, "people.xlsx", xlsx_bytes())
    pl.DataFrame(
        {"Ref": [1, 2, 3], "Cost": [0.5, 1.0, 9.0], "On": [date(2026, 1, 1)] * 3}
    ).write_parquet(tmp_path / "p.parquet")
    _, table = drafted(tmp_path, "p.parquet", (tmp_path / "p.parquet").read_bytes())
    assert [column.heading for column in book.columns][:2] == ["Ref", "NHS_Number"]
    assert [column.type for column in table.columns] == ["integer", "number", "date"]
    assert table.key == ("ref",)


def test_key_with_gaps_is_given_a_code_for_the_gap(tmp_path: Path) -> None:
    rows = "".join(f"{a},{m},{k},1.5\n" for a in ("N", "", "S") for m in range(1, 4) for k in "AB")
    text, contract = drafted(tmp_path, "gaps.csv", f"area,month,kind,hours\n{rows}" * 1)
    assert contract.key == ("area", "month", "kind")
    assert '{area: {"": "not known"}}' in text
    delivery = ft.data.read_delivery(tmp_path / "gaps.csv", contract)
    assert ft.data.check(delivery, contract, as_of=date(2026, 1, 1)).refused_rows == 0


def test_query_on_sqlite_is_drafted_without_writing(tmp_path: Path) -> None:
    path = tmp_path / "care.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE visits (id INTEGER, seen TEXT, hours REAL)")
        connection.executemany(
            "INSERT INTO visits VALUES (?, ?, ?)",
            [(i, f"2026-01-0{i}", i / 2) for i in range(1, 9)],
        )
    before = path.read_bytes()
    text = draft_query(f"sqlite:///{path}", "SELECT * FROM visits", name="Visits")
    (tmp_path / "v.yaml").write_text(text)
    contract = load_contract(tmp_path / "v.yaml")
    assert {c.name: c.type for c in contract.columns} == {
        "id": "integer",
        "seen": "date",
        "hours": "number",
    }
    assert contract.id == "visits"
    assert path.read_bytes() == before


def test_query_on_duckdb_is_drafted(tmp_path: Path) -> None:
    path = tmp_path / "care.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT range AS id, DATE '2026-01-01' AS d FROM range(5)"
        )
    text = draft_query(f"duckdb:///{path}", "SELECT id, d FROM t")
    assert "logicalType: date" in text


@pytest.mark.parametrize(
    "sql", ["DROP TABLE t", "SELECT 1; SELECT 2", "", "not sql at all (", "DELETE FROM t"]
)
def test_draft_asks_one_select_and_nothing_else(sql: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one SELECT"):
        draft_query(f"sqlite:///{tmp_path / 'x.db'}", sql)


def test_database_that_cannot_be_asked_says_so_without_its_address(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/absent.db", f"duckdb:///{tmp_path}/absent.duckdb"):
        with pytest.raises(DataError, match="cannot be asked") as caught:
            draft_query(url, "SELECT 1")
        assert str(tmp_path) not in str(caught.value)


def test_empty_file_leaves_nothing_to_draft(tmp_path: Path) -> None:
    for content in ("", "a,b\n"):
        (tmp_path / "e.csv").write_text(content)
        with pytest.raises(DataError):
            draft_contract(tmp_path / "e.csv")


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("NHS_Number", "nhs_number"),
        ("ClientID", "client_id"),
        (" Weekly rent (£) ", "weekly_rent"),
        ("2021 code", "n_2021_code"),
        ("%", "column"),
        ("person id", "person_id_given"),
    ],
)
def test_headings_become_names_of_the_store(heading: str, expected: str) -> None:
    assert store_name(heading) == expected
    assert store_name(heading, [expected]) == f"{expected}_2"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "key"),
    [
        (
            "forecast/scotland_delayed_discharge_council_monthly_2016_2023.csv.gz",
            ("ltla_code", "date", "age_group", "delay_reason"),
        ),
        ("forecast/nhs_england_ae_monthly_2016_2019.csv.gz", ("period", "org_code", "type")),
        ("forecast/nhs_england_icb_discharges_daily_2022_2024.parquet", ("icb22_code", "date")),
        ("linkage/febrl4a.csv.gz", ("rec_id",)),
    ],
)
def test_real_files_are_drafted_and_keep_their_draft(
    shared_data: Path, tmp_path: Path, file: str, key: tuple[str, ...]
) -> None:
    path = shared_data / file
    (tmp_path / "draft.yaml").write_text(ft.data.draft_contract(path))
    contract = load_contract(tmp_path / "draft.yaml")
    assert contract.key == key
    checked = ft.data.check(ft.data.read_delivery(path, contract), contract)
    assert checked.rows > 4000
    assert checked.refused_rows == 0
