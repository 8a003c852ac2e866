"""Staff sheets of a council, CSV or XLSX, read into a pathway."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from forethought.errors import DataError, Problem

if TYPE_CHECKING:
    import polars as pl

    from forethought.data.files import DeliveredFile
    from forethought.plan.simulation.pathway import Pathway

MOST_ROWS = 5_000


def read_staff(path: Path, pathway: Pathway) -> Pathway:
    """A pathway with the staff and units of a spreadsheet in place of its own.

    Args:
        path: CSV (UTF-8) or XLSX (its first sheet), headings in the first row: see
            `forethought.plan.simulation.staff_sheet.COLUMNS`.
        pathway: The pathway.

    Raises:
        DataError: The file cannot be read; every fault in it at once with row, column and remedy.
    """
    from forethought.plan.simulation.staff_sheet import with_staff

    return with_staff(pathway, staff_cells(path), sheet=path.name)


def staff_cells(path: Path) -> pl.DataFrame:
    """The cells of a spreadsheet as text under its headings, with `source_row`.

    Raises:
        DataError: It is no CSV or XLSX, is damaged, empty, or has rows of other widths.
    """
    import polars as pl

    from forethought.data.files import DeliveredFile, Limits
    from forethought.data.workbooks import heading_row, sheet_cells, workbook_bytes

    limits = Limits(uncompressed_bytes=64 << 20, columns=100, cells=100 * MOST_ROWS)
    file = DeliveredFile(path.name, path, limits=limits)
    if file.kind == "csv":
        headings, cells = _csv_cells(file)
    elif file.kind == "xlsx":
        cells = sheet_cells(file, workbook_bytes(file), "")
        headings = heading_row(file, cells, 0)
        cells = cells.slice(1)
    else:
        raise DataError(
            "A staff sheet is CSV or XLSX.", where=path.name, remedy="Save it as one of them."
        )
    _refuse_faulty_headings(file.name, headings)
    names = [f"c{place}" for place, heading in enumerate(headings) if heading.strip()]
    kept = [heading.strip() for heading in headings if heading.strip()]
    return cells.select(
        *(pl.col(name).alias(heading) for name, heading in zip(names, kept, strict=True)),
        "source_row",
    )


def _csv_cells(file: DeliveredFile) -> tuple[list[str], pl.DataFrame]:
    import polars as pl

    from forethought.data.csv_files import csv_bytes, utf8_text

    text = utf8_text(file, csv_bytes(file), "utf-8").decode("utf-8")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    headings, body = rows[0], rows[1:]
    uneven = [
        Problem(
            f"It has {len(row)} values; there are {len(headings)} headings.",
            f"{file.name} row {number}",
            "Quote values that hold the separator.",
        )
        for number, row in enumerate(body, start=2)
        if row and len(row) != len(headings)
    ]
    if uneven:
        raise DataError("Some rows do not fit the headings.", where=file.name, problems=uneven)
    filled = [(number, row) for number, row in enumerate(body, start=2) if row]
    columns: dict[str, list[str] | list[int]] = {
        f"c{place}": [row[place] for _, row in filled] for place in range(len(headings))
    }
    schema = dict.fromkeys(columns, pl.String)
    return headings, pl.DataFrame(columns, schema=schema).with_columns(
        pl.Series("source_row", [number for number, _ in filled], dtype=pl.Int64)
    )


def _refuse_faulty_headings(sheet: str, headings: list[str]) -> None:
    named = [heading.strip() for heading in headings if heading.strip()]
    twice = sorted({heading for heading in named if named.count(heading) > 1})
    if twice:
        raise DataError(
            f'The heading "{twice[0]}" stands twice.', where=sheet, remedy="Keep one of them."
        )
