"""XLSX and Parquet files: text cells out, or an error that says what the file really is."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

from forethought.data.files import CHUNK, DeliveredFile
from forethought.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import polars as pl

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ROW = re.compile(rb'<row\b[^>]*?\br="(\d{1,7})"')
CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})\d')
OVERLAP = 256


def workbook_bytes(file: DeliveredFile) -> bytes:
    """A workbook that is whole and of reasonable size.

    Raises:
        DataError: It is protected, old, cut off, no workbook, or unpacks to too much.
    """
    with file.open() as stream:
        content = stream.read(file.limits.uncompressed_bytes + 1)
    _refuse_other_kinds(file, content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                raise DataError(
                    "The file is a packed folder, but no Excel workbook.",
                    where=file.name,
                    remedy="Save it from Excel as .xlsx.",
                )
            file.allow(sum(entry.file_size for entry in archive.infolist()), len(content))
            _unpack_within_limits(file, archive, len(content))
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError):
        raise DataError(
            "The workbook is cut off or damaged.",
            where=file.name,
            remedy="Send it again, and compare its size with the sender's.",
        ) from None
    return content


def _refuse_other_kinds(file: DeliveredFile, content: bytes) -> None:
    if not content:
        raise DataError("The file is empty.", where=file.name, remedy="Ask for it again.")
    if content.startswith(OLE):
        protected = "EncryptedPackage".encode("utf-16-le") in content
        raise DataError(
            "The workbook is protected by a password."
            if protected
            else "The workbook is in the old .xls form.",
            where=file.name,
            remedy="Ask for it without a password, by a safe way."
            if protected
            else "Save it from Excel as .xlsx.",
        )
    if not content.startswith(b"PK"):
        raise DataError(
            "The file is named as a workbook but is none.",
            where=file.name,
            remedy="Save it from Excel as .xlsx, or deliver it under its right ending.",
        )


def _unpack_within_limits(file: DeliveredFile, archive: zipfile.ZipFile, packed: int) -> None:
    total = 0
    for entry in archive.infolist():
        sheet = entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml")
        rows, columns, tail = 0, 0, b""
        with archive.open(entry) as stream:
            while chunk := stream.read(CHUNK):
                total += len(chunk)
                file.allow(total, packed)
                if sheet:
                    text = tail + chunk
                    rows = max([rows, *map(int, ROW.findall(text))])
                    columns = max([columns, *map(_column_number, set(CELL.findall(text)))])
                    tail = text[-OVERLAP:]
        if columns > file.limits.columns or rows * columns > file.limits.cells:
            raise DataError(
                f"The sheet spans {rows:,} rows and {columns:,} columns.",
                where=file.name,
                remedy="Look for a stray cell far to the right or below; clear it.",
            )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def sheet_cells(file: DeliveredFile, content: bytes, sheet: str) -> pl.DataFrame:
    """The cells of a sheet as text, columns `c0`, `c1`, ..., with `source_row` as Excel shows it.

    Raises:
        DataError: There is no such sheet, or the workbook cannot be read.
    """
    import fastexcel
    import polars as pl

    try:
        reader = fastexcel.read_excel(content)
        names = reader.sheet_names
        if sheet and sheet not in names:
            raise DataError(
                f'The workbook has no sheet "{sheet}".',
                where=file.name,
                remedy=did_you_mean(sheet, names),
            )
        loaded = reader.load_sheet(sheet or 0, header_row=None, skip_rows=0, dtypes="string")
        frame = loaded.to_polars()
    except fastexcel.FastExcelError:
        raise DataError(
            "The workbook cannot be read.",
            where=file.name,
            remedy="Open it in Excel and save it again as .xlsx.",
        ) from None
    frame = frame.cast(pl.String)
    frame.columns = [f"c{position}" for position in range(frame.width)]
    return frame.with_columns(source_row=pl.int_range(1, frame.height + 1, dtype=pl.Int64))


def heading_row(file: DeliveredFile, cells: pl.DataFrame, row: int) -> list[str]:
    """The headings of a sheet, in its row `row` from 0.

    Raises:
        DataError: The sheet ends above it.
    """
    if cells.height <= row:
        raise DataError(
            "The sheet is empty.", where=file.name, remedy="Look at sheet and skip_rows."
        )
    return [str(value or "") for value in cells.drop("source_row").row(row)]


def parquet_cells(file: DeliveredFile) -> tuple[list[str], pl.DataFrame]:
    """Headings and cells of a Parquet file as text; rows are numbered from 1.

    Raises:
        DataError: It is no Parquet file, is cut off, or holds nested values.
    """
    import polars as pl

    with file.open() as stream:
        content = stream.read(file.limits.uncompressed_bytes + 1)
    if not content:
        raise DataError("The file is empty.", where=file.name, remedy="Ask for it again.")
    try:
        if content[:4] != b"PAR1" or content[-4:] != b"PAR1":
            raise pl.exceptions.ComputeError("no Parquet")
        file.allow(_declared_size(content), len(content))
        frame = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError, ValueError):
        what = "cut off or damaged" if content[:4] == b"PAR1" else "no Parquet file"
        raise DataError(
            f"The file is {what}.",
            where=file.name,
            remedy="Send it again, and compare its size with the sender's.",
        ) from None
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    if nested:
        raise DataError(
            "The file holds lists or structures, not one value a cell.",
            where=f"{file.name} field {nested[0]}",
            remedy="Deliver flat columns.",
        )
    return list(frame.columns), _as_text(frame)


def _declared_size(content: bytes) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.ParquetFile(io.BytesIO(content)).metadata
    except pa.ArrowException as error:
        raise ValueError("no Parquet") from error
    return sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl
    import polars.selectors as cs

    frame = frame.with_columns(
        cs.datetime().dt.to_string("%Y-%m-%d %H:%M:%S%.f"),
        cs.binary().cast(pl.String, strict=False),
    ).cast(pl.String)
    frame.columns = [f"c{position}" for position in range(frame.width)]
    return frame.with_columns(source_row=pl.int_range(1, frame.height + 1, dtype=pl.Int64))
