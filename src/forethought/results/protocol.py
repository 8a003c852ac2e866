"""What every result of the library offers, and how it looks in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from forethought.results import words

if TYPE_CHECKING:
    import polars as pl

    from forethought.results.drawing import Drawing

SHOWN_ROWS = 20


@runtime_checkable
class Result(Protocol):
    """A frozen result of a method: views of it, no new science.

    `frame` holds the figures; `headline()` is the sentence that page, notebook and alternative
    text share; `chart()` is there where people look rather than read.
    """

    @property
    def frame(self) -> pl.DataFrame:
        """The figures; columns and units are documented by the method."""

    def headline(self) -> str:
        """The answer in one sentence with its range."""

    def chart(self) -> Drawing:
        """The result as a drawing."""

    def _repr_html_(self) -> str:
        """The result in a notebook."""


def notebook_html(
    title: str,
    table: pl.DataFrame | None = None,
    svg: str = "",
    receipt: str = "",
    *,
    alt: str = "",
) -> str:
    """A result in a notebook: its sentence, its chart, the first rows, its receipt.

    Args:
        title: The sentence; escaped.
        table: Frame whose first 20 rows are shown; names and cells are escaped.
        svg: A drawing of this room; shown as an image, so that nothing in it can run.
        receipt: Number of the run; escaped.
        alt: Alternative text of the drawing.
    """
    parts = [f"<p><strong>{escape(title)}</strong></p>"]
    if svg:
        parts.append(image(svg, alt))
    if table is not None:
        heads = table.columns
        numeric = [dtype.is_numeric() for dtype in table.dtypes]
        rows = [[_cell(value) for value in row] for row in table.head(SHOWN_ROWS).rows()]
        parts.append(html_table(heads, rows, numeric))
        if table.height > SHOWN_ROWS:
            parts.append(f"<p>First {SHOWN_ROWS} of {table.height:,} rows.</p>")
    if receipt:
        parts.append(f"<p>Receipt: {escape(receipt)}</p>")
    return f'<div class="forethought">{"".join(parts)}</div>'


def image(svg: str, alt: str) -> str:
    """A drawing as an image element with its alternative text: inert wherever it is shown."""
    from base64 import b64encode

    data = b64encode(svg.encode()).decode()
    return f'<img alt="{escape(alt)}" src="data:image/svg+xml;base64,{data}">'


def html_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool], caption: str = ""
) -> str:
    """A table whose first column heads its rows; all text escaped, numbers at the right."""
    align = ['align="right"' if right else 'align="left"' for right in numeric]
    head = "".join(
        f'<th scope="col" {side}>{escape(name)}</th>'
        for name, side in zip(heads, align, strict=True)
    )
    body = "".join(f"<tr>{_row(row, align)}</tr>" for row in rows)
    said = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{said}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(row: Sequence[str], align: Sequence[str]) -> str:
    first = f'<th scope="row" {align[0]}>{escape(row[0])}</th>'
    rest = (
        f"<td {side}>{escape(cell)}</td>" for cell, side in zip(row[1:], align[1:], strict=True)
    )
    return first + "".join(rest)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.4g}".replace("-", words.MINUS)
    return str(value)
