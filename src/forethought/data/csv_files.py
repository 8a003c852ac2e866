"""CSV files: bytes in, blocks of text cells out, or an error that says where."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from forethought.data.csv_scan import structure_of
from forethought.data.files import DeliveredFile
from forethought.errors import DataError, Problem

if TYPE_CHECKING:
    import polars as pl

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OTHER_DELIMITERS = (",", ";", "\t", "|")
BINARY_STARTS = (
    (b"PK\x03\x04", "a packed or Excel file"),
    (b"\xd0\xcf\x11\xe0", "an old or protected Excel file"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip file"),
)
SHOWN_ROWS = 100
MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")


def csv_bytes(file: DeliveredFile, *, may_hold_nul: bool = False) -> bytes:
    """The whole text of a file, as bytes, looked at chunk by chunk while it is read.

    Raises:
        DataError: It is empty, binary, too large, or has a line that is too long.
    """
    content = b"".join(_guarded(file, may_hold_nul=may_hold_nul))
    if not content.strip(b" \t\r\n\xef\xbb\xbf\x00"):
        raise DataError(
            "The file is empty.", where=file.name, remedy="Ask for it again; nothing was stored."
        )
    return content


def _guarded(file: DeliveredFile, *, may_hold_nul: bool) -> Iterator[bytes]:
    line, lines = 0, 1
    for number, chunk in enumerate(file.unpacked()):
        if number == 0:
            _refuse_binary(file, chunk)
        if not may_hold_nul and b"\x00" in chunk:
            before = chunk[: chunk.index(b"\x00")]
            if number or not chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                row = lines + before.count(b"\n")
                raise DataError(
                    "The row holds a NUL byte: the file is damaged or no text.",
                    where=f"{file.name} row {row:,}",
                    remedy="Export it again as CSV UTF-8.",
                )
        limit = file.limits.line_bytes
        ends = chunk.count(b"\n")
        longest = line + (chunk.find(b"\n") if ends else len(chunk))
        if longest <= limit and ends and len(chunk) > limit:
            longest = max(longest, *(len(part) for part in chunk.split(b"\n")[1:]))
        if longest > limit:
            raise DataError(
                f"A line is longer than {limit:,} bytes.",
                where=f"{file.name} row {lines:,} or later",
                remedy="Look for a missing line end or closing quotation mark; export it again.",
            )
        line = len(chunk) - chunk.rfind(b"\n") - 1 if ends else line + len(chunk)
        lines += ends
        yield chunk


def _refuse_binary(file: DeliveredFile, chunk: bytes) -> None:
    for start, words in BINARY_STARTS:
        if chunk.startswith(start):
            raise DataError(
                f"The file is named as text but is {words}.",
                where=file.name,
                remedy="Deliver it under its right ending, or export it as CSV UTF-8.",
            )


def utf8_text(file: DeliveredFile, content: bytes, encoding: str) -> bytes:
    """The content in UTF-8 without a byte order mark, with LF or CRLF line ends.

    Raises:
        DataError: The content is not in the declared encoding; says which it looks like.
    """
    declared = codecs.lookup(encoding).name
    found = next((name for bom, name in BOMS if content.startswith(bom)), "")
    family = declared.replace("-sig", "").replace("-le", "").replace("-be", "")
    if found and found != family:
        raise _wrong_encoding(file, f"starts as {found} does", encoding, found)
    try:
        text = content.decode("utf-8-sig" if family == "utf-8" else declared)
    except UnicodeDecodeError as error:
        raise _undecodable(file, content, encoding, error.start) from None
    if family not in {"utf-8", "utf-16", "utf-32", "ascii"} and _is_really_utf8(content):
        raise _wrong_encoding(file, "is UTF-8 text", encoding, "utf-8")
    plain = content.removeprefix(codecs.BOM_UTF8) if family == "utf-8" else text.encode("utf-8")
    if b"\n" not in plain and b"\r" in plain:
        plain = plain.replace(b"\r", b"\n")
    return plain


def _is_really_utf8(content: bytes) -> bool:
    if content.isascii():
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _wrong_encoding(file: DeliveredFile, what: str, declared: str, found: str) -> DataError:
    return DataError(
        f"The file {what}, not as the declared {declared}.",
        where=file.name,
        remedy=f"Declare encoding: {found} in a layout of the contract, or save it as {declared}.",
    )


def _undecodable(file: DeliveredFile, content: bytes, encoding: str, at: int) -> DataError:
    row = content.count(b"\n", 0, at) + 1
    start = content.rfind(b"\n", 0, at) + 1
    line = content[start:at]
    delimiter = max((d.encode() for d in OTHER_DELIMITERS), key=content[:4096].count)
    field = line.count(delimiter) + 1
    where = f"{file.name} row {row:,} field {field}"
    if codecs.lookup(encoding).name != "utf-8":
        return DataError(
            f"A character is not {encoding}.",
            where=where,
            remedy="Declare the file's encoding in a layout, or save it as CSV UTF-8.",
        )
    if MULTIBYTE.search(content):
        return DataError(
            "The file mixes encodings: some rows are UTF-8, this one is not.",
            where=where,
            remedy="It was put together from several files: have each saved as CSV UTF-8 first.",
        )
    return DataError(
        "A character is not UTF-8; the file looks like Windows-1252.",
        where=where,
        remedy="Declare encoding: cp1252 in a layout of the contract, or save it as CSV UTF-8.",
    )


class CsvText:
    """A CSV text whose structure is known and whose quotation marks all stand right.

    Args:
        file: The file, for messages.
        text: Its text in UTF-8.
        delimiter: Character between values.

    Raises:
        DataError: A mark is misplaced or never closed.
    """

    def __init__(self, file: DeliveredFile, text: bytes, delimiter: str) -> None:
        self.file = file
        self.text = text
        self.delimiter = delimiter
        self.structure = structure_of(text, delimiter)
        self._refuse_bad_quotes()

    @property
    def records(self) -> int:
        """Number of records, empty lines included."""
        return self.structure.records

    def _refuse_bad_quotes(self) -> None:
        if self.structure.bad_quote >= 0:
            raise DataError(
                "A quotation mark stands inside a value, or text follows a closing one.",
                where=f"{self.file.name} row {self.structure.bad_quote + 1:,}",
                remedy='Double the quotation marks inside quoted values (""), or export it again.',
            )
        if self.structure.open_quote >= 0:
            raise DataError(
                "A quotation mark opens and never closes: the file may be cut off.",
                where=f"{self.file.name} row {self.structure.open_quote + 1:,}",
                remedy="Send it again, or mend the quotation mark.",
            )

    def record(self, number: int) -> list[str]:
        """The cells of one record (from 0).

        Raises:
            DataError: The file ends above it.
        """
        import csv

        if number >= self.records:
            raise DataError(
                "The file ends above its headings.",
                where=self.file.name,
                remedy="Look at skip_rows in the layout.",
            )
        start, end = self.structure.starts[number : number + 2]
        line = self.text[int(start) : int(end)].decode("utf-8")
        rows = list(csv.reader(io.StringIO(line, newline=""), delimiter=self.delimiter))
        return rows[0] if rows else []

    def next_of_other_width(self, number: int) -> int:
        """The next record with other than as many fields, empty lines apart; else the end."""
        import numpy as np

        fields = self.structure.fields
        other = np.flatnonzero((fields[number:] != fields[number]) & (fields[number:] > 0))
        return number + int(other[0]) if len(other) else self.records

    def cells(self, first: int, last: int) -> pl.DataFrame:
        """Records `first` to `last` (from 0, not included) as wide as the one above them.

        Returns:
            Columns `c0`, `c1`, ... as text and `source_row`, from 1; empty lines are left out.
        """
        import numpy as np
        import polars as pl

        names = [f"c{position}" for position in range(int(self.structure.fields[first - 1]))]
        schema = dict.fromkeys(names, pl.String)
        filled = first + np.flatnonzero(self.structure.fields[first:last])
        if not len(filled):
            return pl.DataFrame(schema=schema | {"source_row": pl.Int64})
        start, end = int(filled[0]), int(filled[-1]) + 1
        part = self.text[int(self.structure.starts[start]) : int(self.structure.starts[end])]
        try:
            frame = pl.read_csv(
                io.BytesIO(part),
                has_header=False,
                separator=self.delimiter,
                schema=schema,
                quote_char='"' if b'"' in part else None,
            )
        except pl.exceptions.PolarsError:
            frame = pl.DataFrame()
        if frame.height == end - start:
            frame = frame[filled - start]
        if frame.height != len(filled):
            frame = self._cells_slowly(part, schema)
        return frame.with_columns(pl.Series("source_row", filled + 1, dtype=pl.Int64))

    def _cells_slowly(self, part: bytes, schema: Mapping[str, Any]) -> pl.DataFrame:
        """The same by Python's parser, where a text confuses the fast one."""
        import csv

        import polars as pl

        csv.field_size_limit(self.file.limits.line_bytes)
        text = io.StringIO(part.decode("utf-8"), newline="")
        rows = [row for row in csv.reader(text, delimiter=self.delimiter) if row]
        return pl.DataFrame(rows, schema=dict(schema), orient="row")

    def ragged(self, head: int) -> DataError:
        """The error for records with other than as many fields as the headings."""
        import numpy as np

        fields = self.structure.fields
        expected = int(fields[head])
        rows = head + np.flatnonzero((fields[head:] != expected) & (fields[head:] > 0))
        problems = [
            Problem(
                f"{int(fields[row]):,} fields, not {expected:,}.",
                f"row {int(row) + 1:,} field {min(int(fields[row]), expected) + 1}",
            )
            for row in rows[:SHOWN_ROWS]
        ]
        what = "1 row has" if len(rows) == 1 else f"{len(rows):,} rows have"
        return DataError(
            f"{what} more or fewer fields than the headings.",
            where=self.file.name,
            remedy="Put values that hold the delimiter in quotation marks; export it again.",
            problems=problems,
        )
