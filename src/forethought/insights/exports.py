"""Blocks as files: one CSV for each table, one workbook for all; each carries its receipt.

Numbers leave as numbers, suppressed cells as `[c]`, and no text can run as a formula: the only
formulas of a workbook are the sums that a table declares (`Table.formulas`).

References:
    Government Analysis Function, "Releasing statistics in spreadsheets"; OWASP, CSV Injection;
    W3C (2015), Metadata Vocabulary for Tabular Data.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any

from forethought.data.exports import neutralised
from forethought.insights.blocks import Block, Formula, Scalar, Table

RECEIPT = "Receipt"
_SHEET_NAME = 31
_HEAD_ROW = 4  # of a table's headings, from 0; its rows follow
_COLUMN_WIDTHS = (9, 60)


def table_csv(table: Table, receipt: str) -> bytes:
    """A table as CSV: UTF-8 with a byte order mark, exact values, the receipt in a last column.

    The headings are the page's. Text that a spreadsheet would run as a formula is neutralised.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([neutralised(name) for name in [*headings(table), RECEIPT]])
    for row in _cells(table):
        writer.writerow([_harmless(cell) for cell in [*row, receipt]])
    return out.getvalue().encode("utf-8-sig")


def csv_name(table: Table, receipt: str) -> str:
    """File name of a table: its own and its receipt's."""
    return f"{table.name}-{receipt}.csv"


def csv_metadata(table: Table, receipt: str, *, notes: Sequence[str] = ()) -> bytes:
    """The JSON beside a CSV (`<file>-metadata.json`): what it says, its columns, its receipt."""
    columns = [
        {"name": column.name, "titles": label, "datatype": "number" if column.numeric else "string"}
        for column, label in zip(table.columns, headings(table), strict=True)
    ]
    content = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en-GB"}],
        "url": csv_name(table, receipt),
        "dc:title": table.heading,
        "dc:description": table.caption,
        "dc:identifier": receipt,
        "rdfs:comment": list(notes),
        "dialect": {"encoding": "utf-8", "header": True},
        "null": ["", "[c]"],
        "tableSchema": {
            "columns": [*columns, {"name": "receipt", "titles": RECEIPT, "datatype": "string"}]
        },
    }
    return json.dumps(content, indent=2, ensure_ascii=False).encode()


def headings(table: Table) -> list[str]:
    """Column headings, each once: a second "Range" names the column that it belongs to."""
    labels = [column.label for column in table.columns]
    repeated = {label for label, count in Counter(labels).items() if count > 1}
    names: list[str] = []
    for n, label in enumerate(labels):
        name = f"{label}, {labels[n - 1]}" if label in repeated and n else label
        while name.lower() in {other.lower() for other in names}:
            name = f"{name} ({n + 1})"
        names.append(name)
    return names


@dataclass(frozen=True)
class _Cover:
    title: str
    answer: str
    receipt: str
    place: str
    data_to: str
    disclosure: str
    synthetic: bool

    def rows(self) -> list[tuple[str, str]]:
        """Label and text of each line that says something."""
        mark = "Synthetic county: every person and figure is invented." if self.synthetic else ""
        lines = [
            ("", mark),
            ("Answer", self.answer),
            ("Place", self.place),
            ("Data to", self.data_to),
            ("Receipt", self.receipt),
            ("Small numbers", self.disclosure),
        ]
        return [(label, text) for label, text in lines if text]


def workbook(  # noqa: PLR0913
    blocks: Iterable[Block],
    *,
    title: str,
    receipt: str,
    answer: str = "",
    place: str = "",
    data_to: date | str = "",
    disclosure: str = "",
    synthetic: bool = False,
    notes: Sequence[str] = (),
) -> bytes:
    """The tables of a view as XLSX: cover, contents, notes, then one marked-up table a sheet.

    Args:
        blocks: Blocks of the view; its tables are written, in order.
        title: The question.
        receipt: Number of the run, on the cover and under each table's heading.
        answer: The answer in one sentence, without marks.
        place: The county or council.
        data_to: Last day of the data.
        disclosure: The rule on small numbers.
        synthetic: Say on the cover that the county is invented.
        notes: What the figures do not tell.

    The same arguments give the same bytes.
    """
    import xlsxwriter

    tables = [block for block in blocks if isinstance(block, Table)]
    day = data_to if isinstance(data_to, str) else f"{data_to:%Y-%m-%d}"
    cover = _Cover(title, answer.replace("**", ""), receipt, place, day, disclosure, synthetic)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties(
            {"title": title, "comments": f"Receipt {receipt}", "created": datetime(2000, 1, 1)}  # noqa: DTZ001
        )
        writer = _Writer(book)
        names = _sheet_names(tables)
        writer.cover(cover)
        writer.contents(list(zip(names, tables, strict=True)))
        writer.notes(notes)
        for n, (name, table) in enumerate(zip(names, tables, strict=True), start=1):
            writer.table(name, table, receipt, n)
    return out.getvalue()


class _Writer:
    """Sheets of one workbook; a cell is text, a number or a declared sum, never text that runs."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.plain = book.add_format({"text_wrap": True, "valign": "top"})
        self.bold = book.add_format({"bold": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.link = book.add_format({"font_color": "#0B5A78", "underline": 1})
        self.right = book.add_format({"align": "right"})
        self.whole = book.add_format({"num_format": "#,##0"})
        self.real = book.add_format({"num_format": "#,##0.0###"})

    def sheet(self, name: str, title: str) -> Any:
        """A new sheet with its title in the first cell."""
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.write_string(0, 0, title, self.title)
        return sheet

    def cover(self, cover: _Cover) -> None:
        """Question, answer, place, period, receipt, rule on small numbers."""
        sheet = self.sheet("Cover", cover.title)
        sheet.set_column(0, 0, 18)
        sheet.set_column(1, 1, 90)
        for n, (label, text) in enumerate(cover.rows(), start=2):
            sheet.write_string(n, 0, label, self.bold)
            sheet.write_string(n, 1, text, self.plain if label else self.bold)

    def contents(self, tables: Sequence[tuple[str, Table]]) -> None:
        """Sheets with what they hold, each a link."""
        sheet = self.sheet("Contents", "Contents")
        sheet.set_column(0, 0, _SHEET_NAME)
        sheet.set_column(1, 1, 90)
        for n, (name, table) in enumerate(tables, start=2):
            sheet.write_url(n, 0, f"internal:'{name}'!A1", self.link, name)
            sheet.write_string(n, 1, _sentence(table.heading, table.caption), self.plain)

    def notes(self, notes: Sequence[str]) -> None:
        """What the figures do not tell, and the shorthand of the tables."""
        sheet = self.sheet("Notes", "Notes")
        sheet.set_column(0, 0, 100)
        shorthand = "[c]: a small count, or one that would reveal it; not shown."
        for n, note in enumerate([*notes, shorthand], start=2):
            sheet.write_string(n, 0, note.replace("**", ""), self.plain)

    def table(self, name: str, table: Table, receipt: str, number: int) -> None:
        """One table, marked up as such, under its heading, caption and receipt."""
        sheet = self.sheet(name, table.heading)
        sheet.write_string(1, 0, table.caption)
        live = " Totals are formulas." if table.formulas else ""
        sheet.write_string(2, 0, f"This sheet holds one table. Receipt {receipt}.{live}")
        heads, rows, top = headings(table), _cells(table), _HEAD_ROW
        sheet.add_table(
            top,
            0,
            top + max(1, len(rows)),
            len(heads) - 1,
            {
                "name": f"table_{number}",
                "style": "Table Style Light 1",
                "banded_rows": False,
                "autofilter": False,
                "columns": [{"header": head, "header_format": self.head} for head in heads],
            },
        )
        sheet.freeze_panes(top + 1, 1)
        for i, row in enumerate(rows, start=top + 1):
            for j, cell in enumerate(row):
                self._cell(sheet, i, j, cell, right=table.columns[j].numeric)
        for formula in table.formulas:
            self._formula(sheet, formula, rows[formula.row][formula.column])
        if not rows:
            sheet.write_string(top + 1, 0, "No rows")
        narrow, wide = _COLUMN_WIDTHS
        for j, head in enumerate(heads):
            longest = max([len(_text(row[j])) for row in rows] or [0])
            sheet.set_column(j, j, min(wide, max(narrow, longest, min(len(head), 22)) + 2))

    def _cell(self, sheet: Any, row: int, column: int, cell: Scalar, *, right: bool) -> None:
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            sheet.write_string(row, column, _text(cell), self.right if right else None)
        else:
            sheet.write_number(row, column, cell, self._look(cell))

    def _look(self, cell: float) -> Any:
        return self.whole if float(cell).is_integer() else self.real

    def _formula(self, sheet: Any, formula: Formula, cached: Scalar) -> None:
        """A declared sum, with its figure for readers that compute nothing."""
        from xlsxwriter.utility import xl_rowcol_to_cell

        signs = {1: "+", -1: "-"}
        terms = [
            f"{signs[sign]}{xl_rowcol_to_cell(_HEAD_ROW + 1 + row, column)}"
            for sign, row, column in formula.terms
        ]
        at = (_HEAD_ROW + 1 + formula.row, formula.column)
        look = self._look(cached) if isinstance(cached, int | float) else None
        sheet.write_formula(*at, f"={''.join(terms)}", look, cached)


def _cells(table: Table) -> list[list[Scalar]]:
    """Exact values; where there is none, what the page shows there (`[c]`, "actual")."""
    return [
        [shown if _absent(value) else value for shown, value in zip(texts, values, strict=True)]
        for texts, values in zip(table.rows, table.values, strict=True)
    ]


def _absent(value: Scalar) -> bool:
    return value is None or (isinstance(value, float) and not isfinite(value))


def _text(cell: Scalar) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell)


def _harmless(cell: Scalar) -> str:
    return neutralised(cell) if isinstance(cell, str) else _text(cell)


def _sheet_names(tables: Sequence[Table]) -> list[str]:
    """Names that Excel takes, each once, at most 31 characters."""
    taken, names = {"cover", "contents", "notes"}, []
    for table in tables:
        base = re.sub(r"[\[\]:*?/\\']", " ", table.name).strip()[:_SHEET_NAME] or "Table"
        name, n = base, 2
        while name.lower() in taken:
            end = f" {n}"
            name, n = base[: _SHEET_NAME - len(end)] + end, n + 1
        taken.add(name.lower())
        names.append(name)
    return names


def _sentence(*parts: str) -> str:
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)
