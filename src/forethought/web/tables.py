"""Tables as pages place them: one partial, `blocks/table.html`, serves every one.

On phones rows stack as label and value; the explicit roles keep them a table for a screen reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from forethought.insights.blocks import Column, Table
from forethought.web import links
from forethought.web.interface import (
    AuditPage,
    DatasetEntry,
    DatasetView,
    PublicUse,
    ReceiptView,
)

LONG_SECTION = 30
LONG_ROWS = 15
"""A view of more rows than this shows only its first ones, with a way to all."""
FIRST_ROWS = 6
WIDE_COLUMNS = 6
"""From so many columns a table may scroll sideways between phone and desktop."""


@dataclass(frozen=True)
class HeadView:
    """A column's heading and the classes of its column."""

    label: str
    css: str


@dataclass(frozen=True)
class CellView:
    """A cell; `label` names it where rows are stacked, `css` aligns it.

    `href` makes it a link, `tag` ("good" or "bad") the result of a check, `under` stands in grey
    under it.
    """

    text: str
    label: str = ""
    css: str = ""
    href: str = ""
    tag: str = ""
    under: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableView:
    """A table ready to place.

    `more` is the address of all rows where some are left out; `repeats` marks a heading that the
    section above has said already (it stays for screen readers, who hear captions alone);
    `options` marks a table of plans side by side.
    """

    id: str
    heading: str
    caption: str
    heads: tuple[HeadView, ...]
    rows: tuple[tuple[CellView, ...], ...]
    wide: bool
    more: str = ""
    more_text: str = ""
    repeats: bool = False
    options: bool = False
    partial: str = "blocks/table.html"


@dataclass(frozen=True)
class Cell:
    """A cell of a page's own table, before its column gives it label and classes."""

    text: str
    href: str = ""
    tag: str = ""


def table_id(table: Table) -> str:
    """The table's place on its page."""
    return f"table-{table.name}"


def table_view(table: Table, *, whole: bool, all_rows: str) -> TableView:
    """A table of an insight.

    Args:
        table: The block.
        whole: Show a long view with all its rows; otherwise the first ones.
        all_rows: Address of the page with all rows.
    """
    most = LONG_ROWS if table.role == "view" else LONG_SECTION
    long = len(table.rows) > most and not whole
    rows = table.rows[:FIRST_ROWS] if long else table.rows
    caption = table.caption
    if long:
        caption = f"{caption} First {FIRST_ROWS} of {len(table.rows):,} rows.".strip()
    return _view(
        table_id(table),
        table.heading,
        caption,
        _marked(table),
        [[Cell(text) for text in row] for row in rows],
        suggested=table.suggested,
        more=all_rows if long else "",
        more_text=f"Show all {len(table.rows):,} rows" if long else "",
    )


def _marked(table: Table) -> tuple[Column, ...]:
    """The columns, the suggested one named for what it is."""
    return tuple(
        replace(column, label=f"{table.mark}: {column.label}")
        if table.suggested and column.name == table.suggested
        else column
        for column in table.columns
    )


def page_table(
    name: str,
    heading: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    caption: str = "",
) -> TableView:
    """A table that a page makes itself."""
    return _view(f"table-{name}", heading, caption, columns, list(rows))


def _view(
    place: str,
    heading: str,
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    more: str = "",
    more_text: str = "",
    suggested: str = "",
) -> TableView:
    css = [
        f"{style} ft-suggested".strip() if suggested and column.name == suggested else style
        for column, style in zip(columns, column_css(columns), strict=True)
    ]
    labels = stacked_labels(columns)
    return TableView(
        id=place,
        heading=heading,
        caption=caption,
        heads=tuple(HeadView(c.label, style) for c, style in zip(columns, css, strict=True)),
        rows=tuple(
            tuple(
                cell_view(cell, label, style)
                for cell, label, style in zip(row, labels, css, strict=True)
            )
            for row in rows
        ),
        wide=len(columns) >= WIDE_COLUMNS,
        more=more,
        more_text=more_text,
        options=bool(suggested),
    )


def cell_view(cell: Cell, label: str, css: str) -> CellView:
    """A cell; lines after its first stand under it."""
    first, *under = cell.text.split("\n")
    return CellView(first, label, css, cell.href, cell.tag, tuple(under))


def column_css(columns: Sequence[Column]) -> list[str]:
    """Classes of each column: numbers right, ranges grey, a line before a figure with a range."""
    css = []
    for i, column in enumerate(columns):
        follower = columns[i + 1] if i + 1 < len(columns) else None
        has_range = column.numeric and not column.muted and follower is not None and follower.muted
        names = {
            "ft-number": column.numeric,
            "ft-muted": column.muted,
            "ft-group": has_range and any(c.muted for c in columns[:i]),
            "ft-range": column.muted and i > 0,
        }
        css.append(" ".join(name for name, holds in names.items() if holds))
    return css


def stacked_labels(columns: Sequence[Column]) -> list[str]:
    """What names a cell on a phone: its column; nothing where rows would read "Range, Range"."""
    labels = [column.label for column in columns]
    return [
        "" if column.muted and (column.label == "Range" or labels.count(column.label) > 1) else name
        for column, name in zip(columns, labels, strict=True)
    ]


def data_read(view: ReceiptView) -> TableView:
    """The data that a run read."""
    columns = (
        Column("dataset", "Dataset"),
        Column("version", "Version"),
        Column("partner", "From"),
        Column("rows", "Rows used", numeric=True),
        Column("set_aside", "Set aside", numeric=True),
        Column("quality", "Quality", numeric=True),
        Column("allowed_by", "Allowed by"),
    )
    rows = [
        (
            Cell(read.title, links.dataset(read.dataset)),
            *map(Cell, (read.version, read.partner, read.rows, read.set_aside, read.quality)),
            Cell(read.allowed_by),
        )
        for read in view.data
    ]
    return page_table("data", "Data that was read", columns, rows)


def settings_used(view: ReceiptView) -> TableView:
    """The settings of a run, and what each means."""
    columns = (
        Column("setting", "Setting"),
        Column("value", "Value"),
        Column("meaning", "What it means"),
    )
    rows = [(Cell(s.name), Cell(s.value), Cell(s.meaning)) for s in view.settings]
    return replace(page_table("settings", "Settings", columns, rows), repeats=True)


def checks_made(view: ReceiptView) -> TableView:
    """The checks of a run."""
    columns = (
        Column("check", "Check"),
        Column("asked", "Asked for"),
        Column("found", "Found"),
        Column("result", "Result"),
    )
    rows = [
        (
            Cell(check.name),
            Cell(check.asked),
            Cell(check.found),
            Cell("Passed", tag="good") if check.passed else Cell("Did not pass", tag="bad"),
        )
        for check in view.checks
    ]
    return page_table("checks", "Checks", columns, rows)


def catalogue(entries: Iterable[DatasetEntry]) -> TableView:
    """Every dataset."""
    columns = (
        Column("dataset", "Dataset"),
        Column("partner", "From"),
        Column("owner", "Owner"),
        Column("version", "Version"),
        Column("data_to", "Data to"),
        Column("quality", "Quality", numeric=True),
    )
    rows = [
        (
            Cell(entry.title, links.dataset(entry.name)),
            *map(Cell, (entry.partner, entry.owner, entry.version, entry.data_to, entry.quality)),
        )
        for entry in entries
    ]
    caption = "Quality of the newest version, of 100."
    return page_table("catalogue", "Datasets", columns, rows, caption)


def versions(view: DatasetView) -> TableView:
    """The versions of a dataset, newest first."""
    columns = (
        Column("version", "Version"),
        Column("received", "Received"),
        Column("rows", "Rows", numeric=True),
        Column("set_aside", "Set aside", numeric=True),
        Column("quality", "Quality", numeric=True),
    )
    rows = [
        [Cell(text) for text in (f"Version {v.number}", v.received, v.rows, v.set_aside, v.quality)]
        for v in view.versions
    ]
    return page_table("versions", "Versions", columns, rows, view.trend)


def set_aside(view: DatasetView) -> TableView:
    """The rules that rows of the newest version broke."""
    columns = (
        Column("rule", "Rule"),
        Column("dimension", "Dimension"),
        Column("effect", "What happened"),
        Column("rows", "Rows", numeric=True),
    )
    rows = [
        (Cell(rule.description), Cell(rule.dimension), Cell(rule.effect), Cell(rule.rows))
        for rule in view.set_aside
    ]
    caption = f"Rows of version {view.version} that broke a rule."
    return page_table("set-aside", "Rules that were broken", columns, rows, caption)


def audit_entries(view: AuditPage) -> TableView:
    """One page of the audit chain."""
    columns = (
        Column("number", "Entry"),
        Column("at", "When"),
        Column("who", "Who"),
        Column("what", "What"),
        Column("why", "Why"),
        Column("result", "Decision"),
    )
    rows = [
        (
            *map(Cell, (f"Entry {entry.number}", entry.at, entry.who, entry.what, entry.why)),
            Cell("Allowed", tag="good") if entry.allowed else Cell("Refused", tag="bad"),
        )
        for entry in view.entries
    ]
    return page_table("audit", "Decisions", columns, rows, "Newest first.")


def public_uses(uses: Iterable[PublicUse]) -> TableView:
    """Which data is used for what, for everybody."""
    columns = (
        Column("data", "Data"),
        Column("partner", "From"),
        Column("purpose", "What for"),
        Column("basis", "Lawful basis"),
        Column("kept", "Kept for"),
    )
    rows = [
        [Cell(text) for text in (u.data, u.partner, u.purpose, u.lawful_basis, u.kept_for)]
        for u in uses
    ]
    return page_table("uses", "Data about residents", columns, rows)
