"""Broken files by the dozen: each with the words that its error must hold.

All hold the same made-up people. No error may show a value of a row (`SECRETS`).
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

HEADINGS = ("Ref", "NHS_Number", "Surname", "Born", "Kind", "Cost")
ROWS = (
    ("r1", "9434765919", "Quillfeather", "1940-02-29", "Request", "12.50"),
    ("r2", "9434765870", "Umbersand", "1951-12-01", "Service", "0"),
    ("r3", "", "Öztürkmen", "", "Review", "99.99"),
)
SECRETS = (
    *("9434765919", "9434765870", "Quillfeather", "Umbersand", "Öztürkmen", "1940-02-29"),
    *("1951-12-01", "99.99"),
)

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: people
version: 1.0.0
status: active
description: {purpose: Broken files in tests}
team: {members: [{username: elin.marsh, role: owner}, {username: joe.pell, role: steward}]}
schema:
  - name: people
    properties:
      - {name: ref, physicalName: Ref, logicalType: string, required: true}
      - name: nhs_number
        physicalName: NHS_Number
        logicalType: string
        customProperties:
          - {property: forethought, value: {semantic: nhs_number, identifier: true}}
      - name: surname
        physicalName: Surname
        logicalType: string
        customProperties:
          - {property: forethought, value: {semantic: person_name, identifier: true}}
      - {name: born, physicalName: Born, logicalType: date}
      - {name: kind, physicalName: Kind, logicalType: string, required: true}
      - {name: cost, physicalName: Cost, logicalType: number, logicalTypeOptions: {minimum: 0}}
slaProperties: [{property: retention, value: 8, unit: y}]
customProperties:
  - property: forethought
    value:
      partner: saltmarshire
      key: [ref]
      sensitivity: 4
      minimum_count: 10
      purposes: [{id: plan-services, name: Planning, article6: public_task}]
"""


@dataclass(frozen=True)
class Broken:
    """A broken file.

    Args:
        title: What is wrong, as a test's name.
        name: File name.
        make: Its bytes.
        words: What the error must say.
    """

    title: str
    name: str
    make: Callable[[], bytes]
    words: tuple[str, ...]


def csv_text(
    headings: tuple[str, ...] = HEADINGS,
    rows: tuple[tuple[str, ...], ...] = ROWS,
    delimiter: str = ",",
    line_end: str = "\n",
) -> str:
    """The people as CSV text."""
    return "".join(delimiter.join(row) + line_end for row in (headings, *rows))


def xlsx_bytes(headings: tuple[str, ...] = HEADINGS, rows: int = 3, sheet: str = "People") -> bytes:
    """The people as a workbook."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate((headings, *ROWS)[: rows + 1]):
            for column, value in enumerate(row):
                page.write_string(number, column, value)
    return buffer.getvalue()


def parquet_bytes(headings: tuple[str, ...] = HEADINGS) -> bytes:
    """The people as Parquet."""
    import polars as pl

    buffer = io.BytesIO()
    columns = {name: [row[i] for row in ROWS] for i, name in enumerate(headings)}
    pl.DataFrame(columns).write_parquet(buffer)
    return buffer.getvalue()


def _zipped(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _without_entry(content: bytes, leave_out: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return _zipped({n: archive.read(n) for n in archive.namelist() if n != leave_out})


def _stray_cell() -> bytes:
    content = xlsx_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    sheet = entries["xl/worksheets/sheet1.xml"]
    stray = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    entries["xl/worksheets/sheet1.xml"] = sheet.replace(b"</sheetData>", stray)
    return _zipped(entries)


def _flipped(content: bytes, at: float = 0.5) -> bytes:
    where = int(len(content) * at)
    return (
        content[:where]
        + bytes(b ^ 0xFF for b in content[where : where + 64])
        + content[where + 64 :]
    )


def _nested_parquet() -> bytes:
    import polars as pl

    buffer = io.BytesIO()
    columns = {name: [row[i] for row in ROWS] for i, name in enumerate(HEADINGS)}
    frame = pl.DataFrame(columns).with_columns(Cost=pl.concat_list("Cost"))
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _encrypted_workbook() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le")


def _renamed(old: str, new: str) -> tuple[str, ...]:
    return tuple(new if heading == old else heading for heading in HEADINGS)


def _csv(title: str, text: str | bytes, *words: str, name: str = "people.csv") -> Broken:
    content = text.encode() if isinstance(text, str) else text
    return Broken(title, name, lambda: content, words)


PLAIN = csv_text()
LINES = PLAIN.splitlines(keepends=True)
BODY = "".join(LINES[1:])

BROKEN: tuple[Broken, ...] = (
    # nothing there
    _csv("empty file", b"", "empty"),
    _csv("spaces only", "  \n \n", "empty"),
    _csv("byte order mark only", b"\xef\xbb\xbf", "empty"),
    _csv("headings only", LINES[0], "no rows"),
    _csv("headings and empty lines", LINES[0] + "\n\n,,,,,\n", "no rows"),
    _csv("headings without line end", LINES[0].strip(), "no rows"),
    # headings
    _csv("no headings", BODY, "does not hold the headings", "row 1", "Expected: Ref"),
    _csv(
        "removed column",
        csv_text(HEADINGS[:-1], tuple(r[:-1] for r in ROWS)),
        "field Cost",
        "absent",
    ),
    _csv(
        "renamed column",
        csv_text(_renamed("Surname", "Sirname")),
        "field Surname",
        'Did you mean "Sirname"?',
    ),
    _csv(
        "two renamed columns",
        csv_text((*_renamed("Born", "Birn")[:-1], "Costs")),
        "2 columns",
        "field Born",
        "field Cost",
    ),
    _csv("heading twice", csv_text(_renamed("Born", "Surname")), "Born"),
    _csv(
        "heading repeated beside",
        csv_text((*HEADINGS, "Ref"), tuple((*r, "x") for r in ROWS)),
        "repeated",
        "field ref",
    ),
    _csv("blank heading", csv_text(_renamed("Kind", "")), "field Kind"),
    _csv("title above headings", "People of Saltmarshire\n" + PLAIN, "row 1", "skip_rows"),
    _csv("empty line above headings", "\n" + PLAIN, "row 1", "skip_rows"),
    _csv("another dataset", "lsoa21,people\nE01,4\n", "does not hold the headings of people"),
    # delimiters and shape
    _csv("semicolons", csv_text(delimiter=";"), "delimiter", 'delimiter: ";"'),
    _csv("tabs", csv_text(delimiter="\t"), "delimiter"),
    _csv("bars", csv_text(delimiter="|"), "delimiter", 'delimiter: "|"'),
    _csv("carets", csv_text(delimiter="^"), "delimiter"),
    _csv("row too short", PLAIN + "r4,,Short\n", "row 5", "3 fields, not 6"),
    _csv("row too long", PLAIN + "r4,,A,,Request,1,2\n", "row 5", "7 fields, not 6"),
    _csv(
        "unquoted comma in a value",
        LINES[0] + "r1,9434765919,Quill, feather,,Request,1\n" + BODY,
        "row 2",
        "7 fields",
    ),
    _csv("many ragged rows", LINES[0] + "r,,\n" * 300, "300 rows", "row 2"),
    _csv("row cut off", PLAIN[: PLAIN.rindex(",")], "row 4", "5 fields"),
    # quotation marks
    _csv("quotation mark never closed", PLAIN + 'r4,,"Open,,Request,1\n', "row 5", "never closes"),
    _csv(
        "quotation mark inside a value",
        PLAIN + 'r4,,5" pipe,,Request,1\n',
        "row 5",
        "quotation mark",
    ),
    _csv(
        "text after a closing mark", PLAIN + 'r4,,"Shut"er,,Request,1\n', "row 5", "quotation mark"
    ),
    _csv(
        "single quotation mark undoubled",
        PLAIN + 'r4,,"a "b" c",,Request,1\n',
        "row 5",
        "quotation mark",
    ),
    _csv("cut off inside quotation marks", PLAIN + 'r4,,"Half of a na', "row 5", "never closes"),
    # bytes and encodings
    _csv("cp1252 as utf-8", PLAIN.encode("cp1252"), "row 4", "Windows-1252", "encoding: cp1252"),
    _csv(
        "latin-1 heading", csv_text(_renamed("Kind", "Kïnd")).encode("latin-1"), "row 1", "cp1252"
    ),
    _csv(
        "mixed encodings",
        PLAIN.encode() + "r4,,Zoë,,Request,1\n".encode("cp1252"),
        "row 5",
        "mixes encodings",
    ),
    _csv("utf-16 little endian", PLAIN.encode("utf-16"), "utf-16", "encoding: utf-16"),
    _csv("utf-16 big endian", b"\xfe\xff" + PLAIN.encode("utf-16-be"), "utf-16"),
    _csv("utf-32", PLAIN.encode("utf-32"), "utf-32"),
    _csv("utf-16 without mark", PLAIN.encode("utf-16-le"), "NUL"),
    _csv("NUL byte in a value", PLAIN.encode() + b"r4,,A\x00B,,Request,1\n", "row 5", "NUL"),
    _csv("NUL bytes at the end", PLAIN.encode() + bytes(512), "NUL"),
    _csv("truncated utf-8 character", PLAIN.encode() + b"r4,,Zo" + b"\xc3", "row 5"),
    _csv("lone continuation byte", PLAIN.encode() + b"r4,,Zo\x80,,Request,1\n", "row 5"),
    # other kinds of file under this name
    _csv("workbook named csv", xlsx_bytes(), "packed or Excel file"),
    _csv("parquet named csv", parquet_bytes(), "Parquet"),
    _csv("gzip named csv", gzip.compress(PLAIN.encode()), "gzip"),
    _csv("pdf named csv", b"%PDF-1.7\n" + bytes(10), "PDF"),
    _csv("old workbook named csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), "Excel"),
    _csv("unknown ending", PLAIN, ".csv, .csv.gz, .xlsx or .parquet", name="people.doc"),
    # size
    _csv("one giant line", b"x" * (2 << 20), "longer than 1,048,576 bytes", "row 1"),
    _csv(
        "giant line half way",
        PLAIN.encode() + b"y" * (3 << 20) + b"\n" + BODY.encode(),
        "row 5",
        "longer",
    ),
    _csv(
        "giant line within one chunk", LINES[0].encode() + b"z" * ((1 << 20) + 9) + b"\n", "longer"
    ),
    # gzip
    _csv("gz that is no gzip", PLAIN, "not packed by gzip", name="people.csv.gz"),
    _csv(
        "gz cut off",
        gzip.compress(PLAIN.encode() * 50)[:-30],
        "cut off or damaged",
        name="people.csv.gz",
    ),
    _csv(
        "gz damaged", _flipped(gzip.compress(PLAIN.encode() * 400)), "damaged", name="people.csv.gz"
    ),
    _csv(
        "gz with wrong checksum",
        gzip.compress(PLAIN.encode())[:-8] + bytes(8),
        "damaged",
        name="people.csv.gz",
    ),
    _csv("gz of nothing", gzip.compress(b""), "empty", name="people.csv.gz"),
    Broken(
        "zip bomb in gzip",
        "people.csv.gz",
        lambda: gzip.compress(b"a,b\n" * (17 << 20), 1),
        ("zip bomb",),
    ),
    # workbooks
    _csv("empty workbook file", b"", "empty", name="people.xlsx"),
    _csv("csv named xlsx", PLAIN, "named as a workbook but is none", name="people.xlsx"),
    _csv("workbook cut off", xlsx_bytes()[:-400], "cut off or damaged", name="people.xlsx"),
    _csv(
        "workbook cut in half",
        xlsx_bytes()[: len(xlsx_bytes()) // 2],
        "cut off",
        name="people.xlsx",
    ),
    _csv("workbook damaged", _flipped(xlsx_bytes(), 0.2), "damaged", name="people.xlsx"),
    _csv(
        "zip that is no workbook",
        _zipped({"word/document.xml": b"<w/>"}),
        "no Excel workbook",
        name="people.xlsx",
    ),
    _csv(
        "workbook without its sheet",
        _without_entry(xlsx_bytes(), "xl/worksheets/sheet1.xml"),
        "workbook",
        name="people.xlsx",
    ),
    _csv("workbook with a password", _encrypted_workbook(), "password", name="people.xlsx"),
    _csv(
        "old xls named xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        ".xls",
        name="people.xlsx",
    ),
    _csv("sheet with headings only", xlsx_bytes(rows=0), "no rows", name="people.xlsx"),
    _csv(
        "sheet with a renamed heading",
        xlsx_bytes(_renamed("Surname", "Surnames")),
        'Did you mean "Surnames"?',
        name="people.xlsx",
    ),
    _csv(
        "sheet without headings",
        xlsx_bytes(ROWS[0]),
        "does not hold the headings",
        name="people.xlsx",
    ),
    _csv("stray cell far away", _stray_cell(), "1,048,576 rows", "stray cell", name="people.xlsx"),
    Broken(
        "zip bomb in a workbook",
        "people.xlsx",
        lambda: _zipped({"xl/workbook.xml": b"<w/>", "xl/worksheets/sheet1.xml": bytes(70 << 20)}),
        ("zip bomb",),
    ),
    # parquet
    _csv("empty parquet file", b"", "empty", name="people.parquet"),
    _csv("csv named parquet", PLAIN, "no Parquet file", name="people.parquet"),
    _csv("parquet cut off", parquet_bytes()[:-20], "cut off or damaged", name="people.parquet"),
    _csv(
        "parquet with a damaged footer",
        _flipped(parquet_bytes(), 0.8),
        "damaged",
        name="people.parquet",
    ),
    _csv("parquet magic only", b"PAR1PAR1", "damaged", name="people.parquet"),
    _csv(
        "parquet with a renamed column",
        parquet_bytes(_renamed("Kind", "Kinde")),
        'Did you mean "Kinde"?',
        name="people.parquet",
    ),
    _csv("parquet with lists", _nested_parquet(), "field Cost", "flat", name="people.parquet"),
)
