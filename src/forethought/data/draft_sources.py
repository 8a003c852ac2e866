"""Unknown files and queries, opened without a contract: what a draft looks at."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forethought.data import csv_files, workbooks
from forethought.data.csv_scan import structure_of
from forethought.data.files import DeliveredFile
from forethought.errors import DataError, UsageError

if TYPE_CHECKING:
    import polars as pl

LOOKED_AT = 50
QUERY_ROWS = 200_000
ENCODINGS = ("utf-8", "cp1252")


@dataclass(frozen=True, eq=False)
class Sample:
    """A table as text.

    Args:
        name: Name for the dataset.
        source: Where it came from, in words.
        headings: Headings as written.
        cells: Columns `c0`, `c1`, ... as text, blank as null.
        layout: Settings of a layout that differ from the contract's defaults.
    """

    name: str
    source: str
    headings: tuple[str, ...]
    cells: pl.DataFrame
    layout: dict[str, Any] = field(default_factory=dict)


def sample_file(path: Path) -> Sample:
    """Open a CSV, XLSX or Parquet file without knowing its layout.

    Raises:
        DataError: It cannot be read, or holds no rows.
    """
    file = DeliveredFile(path.name, path)
    if file.kind == "parquet":
        headings, cells = workbooks.parquet_cells(file)
        layout: dict[str, Any] = {}
    elif file.kind == "xlsx":
        headings, cells, layout = _sheet(file)
    else:
        headings, cells, layout = _text(file)
    name = re.sub(r"\.(csv|txt|tsv|xlsx|xlsm|parquet)(\.gz)?$", "", path.name, flags=re.IGNORECASE)
    return _sample(name, path.name, headings, cells, layout)


def _sample(
    name: str, source: str, headings: list[str], cells: pl.DataFrame, layout: dict[str, Any]
) -> Sample:
    import polars as pl

    text = pl.col(pl.String).str.strip_chars()
    cells = cells.drop("source_row", strict=False).with_columns(pl.when(text != "").then(text))
    cells = cells.filter(pl.any_horizontal(pl.all().is_not_null()))
    if cells.is_empty():
        raise DataError("There are no rows to draft from.", where=source)
    named = [
        (heading.strip(), column) for heading, column in zip(headings, cells.columns, strict=True)
    ]
    kept = [(heading, column) for heading, column in named if heading]
    return Sample(
        name, source, tuple(h for h, _ in kept), cells.select([c for _, c in kept]), layout
    )


def _text(file: DeliveredFile) -> tuple[list[str], pl.DataFrame, dict[str, Any]]:
    start = b"".join(part for part, _ in zip(file.unpacked(), range(1), strict=False))
    wide = next((name for bom, name in csv_files.BOMS if start.startswith(bom)), "")
    content = csv_files.csv_bytes(file, may_hold_nul=wide in {"utf-16", "utf-32"})
    text, encoding = _decoded(file, content, wide)
    options = [
        (delimiter, structure_of(text, delimiter)) for delimiter in csv_files.OTHER_DELIMITERS
    ]
    delimiter = max(options, key=lambda option: _regularity(option[1].fields))[0]
    sheet = csv_files.CsvText(file, text, delimiter)
    fields = sheet.structure.fields
    width = Counter(int(count) for count in fields[:LOOKED_AT] if count).most_common(1)[0][0]
    head = next(at for at, count in enumerate(fields) if count == width)
    end = sheet.next_of_other_width(head)
    if end < sheet.records:
        raise sheet.ragged(head)
    layout: dict[str, Any] = {}
    if encoding != "utf-8":
        layout["encoding"] = encoding
    if delimiter != ",":
        layout["delimiter"] = delimiter
    if head:
        layout["skip_rows"] = head
    return sheet.record(head), sheet.cells(head + 1, end), layout


def _decoded(file: DeliveredFile, content: bytes, wide: str) -> tuple[bytes, str]:
    failure: DataError | None = None
    for encoding in (wide,) if wide else ENCODINGS:
        try:
            return csv_files.utf8_text(file, content, encoding), encoding
        except DataError as error:
            failure = failure or error
    raise failure or DataError("The file cannot be decoded.", where=file.name)


def _regularity(fields: Any) -> tuple[float, int]:
    """How alike the first records are, and how many fields they have."""
    counts = Counter(int(count) for count in fields[:LOOKED_AT] if count)
    if not counts:
        return (0.0, 0)
    width, times = max(counts.items(), key=lambda item: (item[0] > 1, item[1]))
    return (times / sum(counts.values()) if width > 1 else 0.0, width)


def _sheet(file: DeliveredFile) -> tuple[list[str], pl.DataFrame, dict[str, Any]]:
    content = workbooks.workbook_bytes(file)
    cells = workbooks.sheet_cells(file, content, "")
    rows = cells.drop("source_row").head(LOOKED_AT).rows()
    filled = [sum(bool(value and value.strip()) for value in row) for row in rows]
    if not any(filled):
        raise DataError("The sheet is empty.", where=file.name)
    head = next(at for at, count in enumerate(filled) if count >= max(filled) / 2)
    layout = {"skip_rows": head} if head else {}
    return workbooks.heading_row(file, cells, head), cells.slice(head + 1), layout


def sample_query(url: str, sql: str, name: str) -> Sample:
    """The first rows of a query on a database, opened for reading only.

    Args:
        url: `sqlite:///file` or `duckdb:///file`, or any URL that SQLAlchemy opens.
        sql: One SELECT.
        name: Name for the dataset.

    Raises:
        UsageError: The text is no single SELECT.
        DataError: The database cannot be opened or asked.
    """
    from sqlglot import exp, parse
    from sqlglot.errors import SqlglotError

    try:
        statements = parse(sql)
    except SqlglotError:
        statements = []
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise UsageError("A draft asks one SELECT.", remedy="Write a single SELECT statement.")
    if url.startswith("duckdb:///"):
        headings, rows = _ask_duckdb(url.removeprefix("duckdb:///"), sql)
    else:
        headings, rows = _ask_sqlalchemy(url, sql)
    source = f"query on a {url.split(':', maxsplit=1)[0]} database"
    return _sample(name, source, headings, _frame(headings, rows), {})


def _frame(headings: list[str], rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    import polars as pl

    texts = [[None if value is None else str(value) for value in row] for row in rows]
    schema = {f"c{position}": pl.String for position in range(len(headings))}
    return pl.DataFrame(texts, schema=schema, orient="row")


def _ask_duckdb(path: str, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    import duckdb

    try:
        with duckdb.connect(path, read_only=True) as connection:
            found = connection.execute(sql)
            headings = [str(column[0]) for column in found.description or ()]
            return headings, found.fetchmany(QUERY_ROWS)
    except duckdb.Error as error:
        raise _unasked(error) from None


def _ask_sqlalchemy(url: str, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    import sqlalchemy
    from sqlalchemy.exc import SQLAlchemyError

    try:
        if url.startswith("sqlite:///"):
            path = Path(url.removeprefix("sqlite:///")).resolve()
            url = f"sqlite:///file:{path}?mode=ro&uri=true"
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as connection:
            found = connection.execute(sqlalchemy.text(sql))
            rows = [tuple(row) for row in found.fetchmany(QUERY_ROWS)]
            headings = list(found.keys())
        engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        raise _unasked(error) from None
    return headings, rows


def _unasked(error: Exception) -> DataError:
    return DataError(
        f"The database cannot be asked ({type(error).__name__}).",
        remedy="Look at the address, and try the query in the database's own tool.",
    )
