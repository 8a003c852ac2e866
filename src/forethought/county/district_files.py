"""Twelve districts, five ways of writing the same thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from forethought.county import planting as p
from forethought.county.names import DISTRICTS
from forethought.county.planting import Planter

DATASET = "district_housing"
COLUMNS = (
    "tenancy_reference", "tenant_first_name", "tenant_last_name", "date_of_birth",
    "address_line", "postcode", "uprn", "landlord", "tenure", "started_on", "ended_on",
    "weekly_rent_gbp", "arrears_gbp", "household_size",
)  # fmt: skip
DATES = ("date_of_birth", "started_on", "ended_on")
NUMBERS = ("weekly_rent_gbp", "arrears_gbp")

_NORTHERN = (
    "Tenancy Ref", "Forename", "Surname", "DOB", "Address", "Post Code", "UPRN", "Landlord",
    "Tenure Code", "Start Date", "End Date", "Weekly Rent", "Arrears", "Persons",
)  # fmt: skip
_WORKBOOK = (
    "Tenancy number", "First name", "Last name", "Born", "Address line 1", "Postcode",
    "Property reference", "Owner", "Type", "Tenancy start", "Tenancy end", "Rent per week (GBP)",
    "Owed (GBP)", "Household size",
)  # fmt: skip
_BEFORE = (
    "TEN_REF", "TENANT_FN", "TENANT_SN", "TENANT_DOB", "ADDR1", "PCODE", "UPRN", "LANDLORD",
    "TENURE", "TEN_START", "TEN_END", "RENT_PW", "ARREARS", "HH_SIZE",
)  # fmt: skip
_AFTER = (
    "tenancy_id", "tenant_given_name", "tenant_family_name", "tenant_birth_date", "address",
    "postcode", "uprn", "provider", "tenure_type", "from_date", "to_date", "rent_weekly",
    "balance_owed", "people_in_home",
)  # fmt: skip
_LETTERS = {"Social rent: council": "LA", "Social rent: association": "HA"}
_WORDS = {"Social rent: council": "Council tenancy", "Social rent: association": "RP tenancy"}
_WORKBOOK_TITLE_ROWS = 2


@dataclass(frozen=True)
class Style:
    """How some districts write their file.

    Args:
        name: Name of the layout in the contract.
        partners: The districts.
        write: Writes the rows to a folder; returns the file's name.
        first_row: Number of the first data row in the file.
        file: Name of the file.
    """

    name: str
    partners: tuple[str, ...]
    write: Callable[[pl.DataFrame, Path], None]
    first_row: int
    file: str


def write_district_files(tenancies: pl.DataFrame, inbox: Path, seed: int) -> pl.DataFrame:
    """Write every district's file in its own layout, with planted errors.

    Args:
        tenancies: Rows of `tenancy_frame`.
        inbox: The inbox.
        seed: Seed of the county.

    Returns:
        The planted errors.
    """
    planted = []
    for position, district in enumerate(DISTRICTS):
        style = next(found for found in STYLES if district.partner in found.partners)
        rows = tenancies.filter(pl.col("district") == position).select(COLUMNS)
        folder = inbox / district.partner / DATASET
        folder.mkdir(parents=True, exist_ok=True)
        planter = Planter(
            seed,
            DATASET,
            f"{district.partner}/{DATASET}/{style.file}",
            rows,
            "tenancy_reference",
            style.first_row,
        )
        _plant(planter, dates_are_iso=style.name == "core")
        style.write(planter.frame, folder / style.file)
        planted.append(planter.errors())
    return pl.concat(planted)


def _plant(planter: Planter, *, dates_are_iso: bool) -> None:
    planter.spoil("tenant_last_name", "typo", 0.010, p.letters_swapped)
    planter.spoil("tenant_first_name", "nickname", 0.030, p.nickname)
    planter.spoil("uprn", "missing number", 0.020, p.missing)
    planter.spoil("date_of_birth", "swapped day and month", 0.006, p.plausible_swap)
    # where a layout declares a form of dates, a year far off counts as no date at all
    rule = "date_of_birth_is_date_of_birth" if dates_are_iso else "date_of_birth_type"
    planter.spoil("date_of_birth", "date of 1753", 0.002, p.far_past, rule=rule)
    planter.spoil("postcode", "typo", 0.003, p.letter_o_for_zero, rule="postcode_is_postcode")
    planter.spoil("weekly_rent_gbp", "sign", 0.002, p.negative, rule="weekly_rent_gbp_range")
    planter.repeat(0.002)


def _as(pattern: str, name: str) -> pl.Expr:
    """ISO text of a date in another form; text that is no date stays."""
    return (
        pl.col(name)
        .cast(pl.String)
        .str.to_date("%Y-%m-%d", strict=False)
        .dt.strftime(pattern)
        .fill_null(pl.col(name).cast(pl.String))
        .alias(name)
    )


def _dated(frame: pl.DataFrame, pattern: str) -> pl.DataFrame:
    return frame.with_columns(_as(pattern, name) for name in DATES)


def _write_core(frame: pl.DataFrame, path: Path) -> None:
    frame.write_csv(path)


def _write_northern(frame: pl.DataFrame, path: Path) -> None:
    shown = _dated(frame, "%d/%m/%Y").with_columns(
        pl.col("tenure").replace(_LETTERS),
        *(pl.col(name).cast(pl.String).str.replace(".", ",", literal=True) for name in NUMBERS),
    )
    text = shown.rename(dict(zip(COLUMNS, _NORTHERN, strict=True))).write_csv(separator=";")
    path.write_bytes(text.encode("cp1252"))


def _write_workbook(frame: pl.DataFrame, path: Path) -> None:
    import xlsxwriter

    shown = _dated(frame, "%d-%b-%Y").with_columns(pl.col("tenure").replace(_WORDS))
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": made_on()})
        sheet = book.add_worksheet("Tenancies")
        sheet.write_string(0, 0, "Tenancies: extract for the county's shared data")
        sheet.write_string(1, 0, "Every row is a tenancy")
        sheet.write_row(_WORKBOOK_TITLE_ROWS, 0, _WORKBOOK)
        for row, values in enumerate(shown.iter_rows(), start=_WORKBOOK_TITLE_ROWS + 1):
            sheet.write_row(row, 0, values)


def _write_changing(frame: pl.DataFrame, path: Path) -> None:
    half = frame.height // 2
    shown = _dated(frame, "%d.%m.%Y")
    first = shown.head(half).rename(dict(zip(COLUMNS, _BEFORE, strict=True)))
    second = shown.slice(half).rename(dict(zip(COLUMNS, _AFTER, strict=True)))
    path.write_text(first.write_csv() + second.write_csv(), encoding="utf-8")


def _write_yearly(frame: pl.DataFrame, path: Path) -> None:
    """Last year's file in last year's headings, this year's in new ones."""
    shown = _dated(frame, "%Y%m%d")
    started = pl.col("started_on") < "20251101"
    older = shown.filter(started.fill_null(value=True))
    older.rename(dict(zip(COLUMNS, _BEFORE, strict=True))).write_csv(
        path.with_name("tenancies-2025.csv")
    )
    shown.rename(dict(zip(COLUMNS, _AFTER, strict=True))).write_csv(path)


def made_on() -> datetime:
    """The moment that workbooks say they were made at."""
    return datetime(2026, 11, 2, 9, 0)  # noqa: DTZ001 - a fixed stamp keeps the file's bytes fixed


STYLES = (
    Style("core", ("ternmouth", "quillmere", "marlhaven"), _write_core, 2, "tenancies.csv"),
    Style("northern", ("wexlow", "harrowfen", "pellingsea"), _write_northern, 2, "housing.csv"),
    Style("workbook", ("oysterhythe", "yarnbourne", "brackholme"), _write_workbook, 4,
          "tenancies.xlsx"),
    Style("changing", ("osmerton", "glasswater"), _write_changing, 2, "rents.csv"),
    Style("yearly", ("thrushmoor",), _write_yearly, 2, "tenancies-2026.csv"),
)  # fmt: skip
