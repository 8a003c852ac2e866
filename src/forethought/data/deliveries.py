"""A partner's file, read under its contract: every value as text, with the row it stands in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from forethought.data import csv_files, layouts, workbooks
from forethought.data.contracts import Contract, Layout
from forethought.data.files import DeliveredFile, Limits
from forethought.errors import DataError

if TYPE_CHECKING:
    import polars as pl

LOOKED_AT = 3


@dataclass(frozen=True, eq=False)
class Delivery:
    """A delivered file under the contract's column names.

    Args:
        frame: Every column as text, empty cells null, and `source_row`: the row of the file as
            its reader sees it, the headings' row counted (a Parquet file counts from 1).
        layout: Name of the layout that it has; several where headings change half way.
        rows: Number of rows.
        sha256: Hash of the file as delivered.
        bytes: Its size as delivered.
        ignored: Headings that the contract does not name; their values were not read.
        notes: What was put right while reading, in words.
    """

    frame: pl.DataFrame
    layout: str
    rows: int
    sha256: str
    bytes: int
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of one width under one row of headings."""

    found: layouts.Fit
    cells: pl.DataFrame


def read_delivery(
    path: Path | str,
    contract: Contract,
    partner: str | None = None,
    *,
    content: bytes | None = None,
    limits: Limits | None = None,
    as_of: date | None = None,
) -> Delivery:
    """Read a partner's CSV (also .gz), XLSX or Parquet file.

    Args:
        path: The file; its ending says its kind.
        contract: The contract that it should keep.
        partner: Who sent it; limits the layouts looked at.
        content: Its bytes, where they are in memory already.
        limits: What a file may ask of the machine.
        as_of: Day of the reading, which no date of birth with a two-digit year is after; today if
            not given.

    Raises:
        DataError: The file cannot be read as the contract says: file, row, field and remedy,
            never a value.
    """
    import polars as pl

    file = DeliveredFile(Path(path).name, Path(path), content, limits or Limits())
    candidates = layouts.layouts_for(contract, partner, file.kind)
    blocks = READERS[file.kind](file, contract, candidates)
    day = as_of or datetime.now().astimezone().date()
    frames = [layouts.mapped(contract, block.found, block.cells, as_of=day) for block in blocks]
    names = [column.name for column in contract.columns]
    frame = pl.concat(frames)
    filled = frame.filter(pl.any_horizontal(pl.col(names).is_not_null()))
    if filled.is_empty():
        raise DataError(
            "The file holds headings and no rows.",
            where=file.name,
            remedy="Ask for it again; nothing was stored.",
        )
    return Delivery(
        frame=filled,
        layout=", ".join(dict.fromkeys(block.found.layout.name for block in blocks)),
        rows=filled.height,
        sha256=file.sha256(),
        bytes=file.size,
        ignored=tuple(dict.fromkeys(name for b in blocks for name in b.found.unknown if name)),
        notes=_notes(blocks, frame.height - filled.height),
    )


def _notes(blocks: Sequence[Block], empty: int) -> tuple[str, ...]:
    """What was put right, in words."""
    notes = [f"{empty:,} empty rows were left out."] if empty else []
    starts = [f"{block.cells['source_row'][0] - 1:,}" for block in blocks[1:] if len(block.cells)]
    if starts:
        notes.append(f"The headings stand again or change in row {', '.join(starts)}.")
    return tuple(notes)


def _read_csv(file: DeliveredFile, contract: Contract, candidates: Sequence[Layout]) -> list[Block]:
    failures: list[DataError] = []
    for same in _alike(candidates, ("delimiter", "encoding", "skip_rows")):
        wide = same[0].encoding.lower().startswith(("utf-16", "utf-32", "utf_16", "utf_32"))
        content = csv_files.csv_bytes(file, may_hold_nul=wide)
        try:
            text = csv_files.utf8_text(file, content, same[0].encoding)
            sheet = csv_files.CsvText(file, text, same[0].delimiter)
            row = same[0].skip_rows
            headings = sheet.record(row)
            _refuse_other_delimiter(file, contract, same, headings, row + 1)
            found = _fitting(file, contract, same, headings, row + 1)
            return _csv_blocks(sheet, contract, candidates, found, row)
        except DataError as error:
            failures.append(error)
    raise _most_telling(failures)


def _refuse_other_delimiter(
    file: DeliveredFile,
    contract: Contract,
    candidates: Sequence[Layout],
    headings: Sequence[str],
    row: int,
) -> None:
    """Refuse a row that holds the headings, but between other delimiters than declared."""
    for delimiter in csv_files.OTHER_DELIMITERS if len(headings) == 1 else ():
        values = headings[0].split(delimiter)
        if len(values) > 1 and _headings_again(contract, candidates, values) is not None:
            raise DataError(
                "The values stand between other delimiters than declared.",
                where=f"{file.name} row {row:,}",
                remedy=f"Declare delimiter: {json.dumps(delimiter)} in a layout of the contract.",
            )


def _csv_blocks(
    sheet: csv_files.CsvText,
    contract: Contract,
    candidates: Sequence[Layout],
    found: layouts.Fit,
    row: int,
) -> list[Block]:
    """Blocks of one width each; a row of another width must be a row of headings."""
    blocks = []
    while True:
        end = sheet.next_of_other_width(row)
        cells = sheet.cells(row + 1, end)
        blocks += _split_at_headings(contract, candidates, found, cells)
        if end == sheet.records:
            return blocks
        again = _headings_again(contract, candidates, sheet.record(end))
        if again is None:
            raise sheet.ragged(row)
        row, found = end, again


def _read_xlsx(
    file: DeliveredFile, contract: Contract, candidates: Sequence[Layout]
) -> list[Block]:
    content = workbooks.workbook_bytes(file)
    failures: list[DataError] = []
    for same in _alike(candidates, ("sheet", "skip_rows")):
        row = same[0].skip_rows
        try:
            cells = workbooks.sheet_cells(file, content, same[0].sheet)
            headings = workbooks.heading_row(file, cells, row)
            found = _fitting(file, contract, same, headings, row + 1)
            return _split_at_headings(contract, candidates, found, cells.slice(row + 1))
        except DataError as error:
            failures.append(error)
    raise _most_telling(failures)


def _read_parquet(
    file: DeliveredFile, contract: Contract, candidates: Sequence[Layout]
) -> list[Block]:
    headings, cells = workbooks.parquet_cells(file)
    return [Block(_fitting(file, contract, candidates, headings, 1), cells)]


READERS = {"csv": _read_csv, "xlsx": _read_xlsx, "parquet": _read_parquet}


def _alike(candidates: Sequence[Layout], fields: Sequence[str]) -> list[list[Layout]]:
    """Layouts grouped by the settings that must be known before a file can be opened."""
    groups: dict[tuple[object, ...], list[Layout]] = {}
    for layout in candidates:
        groups.setdefault(tuple(getattr(layout, name) for name in fields), []).append(layout)
    return list(groups.values())


def _most_telling(failures: Sequence[DataError]) -> DataError:
    """Of several ways to read a file, the one that failed latest: with the fewest problems."""
    detailed = [failure for failure in failures if failure.problems]
    return min(detailed or failures, key=lambda failure: len(failure.problems))


def _fitting(
    file: DeliveredFile,
    contract: Contract,
    candidates: Sequence[Layout],
    headings: Sequence[str],
    row: int,
) -> layouts.Fit:
    fits = [layouts.fit(contract, layout, headings) for layout in candidates]
    found = layouts.chosen(fits)
    if found is None:
        raise layouts.no_fit(contract, fits, file.name, row)
    layouts.refuse_repeated(contract, found, headings, f"{file.name} row {row:,}")
    return found


def _headings_again(
    contract: Contract, candidates: Sequence[Layout], values: Sequence[str]
) -> layouts.Fit | None:
    """How a row of the body meets the layouts, if it is a row of headings."""
    return layouts.chosen([layouts.fit(contract, layout, values) for layout in candidates])


def _split_at_headings(
    contract: Contract,
    candidates: Sequence[Layout],
    found: layouts.Fit,
    cells: pl.DataFrame,
) -> list[Block]:
    """Blocks of rows, split where headings stand again or change."""
    import polars as pl

    known = layouts.known_headings(contract, candidates)
    first = [name for name in cells.columns if name != "source_row"][:LOOKED_AT]
    may_be = cells.with_row_index("at").filter(
        pl.any_horizontal(pl.col(first).str.strip_chars().str.to_lowercase().is_in(known))
    )
    blocks, start = [], 0
    for values in may_be.iter_rows():
        again = _headings_again(contract, candidates, [str(v or "") for v in values[1:-1]])
        if again is not None:
            blocks.append(Block(found, cells.slice(start, values[0] - start)))
            start, found = values[0] + 1, again
    blocks.append(Block(found, cells.slice(start)))
    return blocks
