"""Tables of a run as files; every file names its receipt."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forethought.errors import UsageError
from forethought.insights.blocks import Headline, Published, Table, Text

if TYPE_CHECKING:
    from forethought.insights.receipt import Receipt
    from forethought.workspace.wiring import Wiring

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"
JSON_TYPE = "application/csvm+json"
ZIP_TYPE = "application/zip"


@dataclass(frozen=True)
class ExportedFile:
    """A file to write or send."""

    name: str
    media_type: str
    content: bytes


def files_of(
    wiring: Wiring, receipt: Receipt, published: Published, form: str
) -> list[ExportedFile]:
    """The files of a run's view.

    Raises:
        UsageError: The form is neither `csv` nor `xlsx`.
    """
    from forethought.insights.exports import workbook

    limits = [
        item
        for block in published.blocks
        if isinstance(block, Text) and block.role == "limits"
        for item in block.items
    ]
    if form == "csv":
        return _csv_files(receipt, published, limits)
    if form == "xlsx":
        answer = next((b.text for b in published.blocks if isinstance(b, Headline)), "")
        content = workbook(
            published.blocks,
            title=receipt.question,
            answer=answer.replace("**", ""),
            receipt=receipt.run_id,
            place=wiring.settings.place.name,
            data_to=receipt.as_of,
            disclosure=f"Counts from 1 to {receipt.minimum_count - 1} are not shown: [c]."
            if receipt.minimum_count > 1
            else "",
            synthetic=wiring.settings.place.synthetic,
            notes=limits,
        )
        return [ExportedFile(f"{receipt.insight}-{receipt.run_id}.xlsx", XLSX_TYPE, content)]
    raise UsageError(f'"{form}" is no form of export.', remedy="Choose csv or xlsx.")


def _csv_files(receipt: Receipt, published: Published, limits: list[str]) -> list[ExportedFile]:
    """Each table as CSV, and beside it what its columns mean (CSV on the Web)."""
    from forethought.insights.exports import csv_metadata, csv_name, table_csv

    run_id = receipt.run_id
    files = []
    for table in (block for block in published.blocks if isinstance(block, Table)):
        name = csv_name(table, run_id)
        meaning = csv_metadata(table, run_id, notes=limits)
        files.append(ExportedFile(name, CSV_TYPE, table_csv(table, run_id)))
        files.append(ExportedFile(f"{name}-metadata.json", JSON_TYPE, meaning))
    return files


def zipped(files: Iterable[ExportedFile], name: str) -> ExportedFile:
    """Several files as one archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(file.name, file.content)
    return ExportedFile(name, ZIP_TYPE, buffer.getvalue())


def write_files(files: Iterable[ExportedFile], to: Path) -> list[Path]:
    """Write the files into a folder, each by one rename."""
    to.mkdir(parents=True, exist_ok=True)
    written = []
    for file in files:
        target = to / file.name
        staged = target.with_suffix(target.suffix + ".part")
        staged.write_bytes(file.content)
        staged.replace(target)
        written.append(target)
    return written
