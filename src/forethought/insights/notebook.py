"""Blocks as HTML for a notebook: the same answer, charts and tables as the page, without a server.

Every text is escaped; drawings are images, so nothing in a published block can run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from forethought.insights.blocks import (
    Block,
    Chart,
    Figure,
    Form,
    Headline,
    Keep,
    Method,
    Table,
    Text,
)
from forethought.results.protocol import html_table, image

_BOLD = re.compile(r"\*\*(.+?)\*\*")


def blocks_html(blocks: Iterable[Block], *, title: str, receipt: str) -> str:
    """All blocks of a view in their order, under the question and over the receipt.

    A drawing that is stored (a file name instead of SVG) is left to its alternative text. A form
    is not shown: a notebook asks by calling.
    """
    parts = [f"<h2>{escape(title)}</h2>"]
    parts += [block_html(block) for block in blocks]
    parts.append(f"<p>Receipt: {escape(receipt)}</p>")
    return f'<div class="forethought">{"".join(parts)}</div>'


def block_html(block: Block) -> str:
    """One block; empty for what only a page can ask."""
    match block:
        case Headline():
            html = f"<p>{marked(block.text)}</p>"
        case Figure():
            html = _figure(block)
        case Text():
            items = "".join(f"<li>{marked(item)}</li>" for item in block.items)
            html = f"<h3>{escape(block.heading)}</h3><ul>{items}</ul>"
        case Table():
            html = _table(block)
        case Chart():
            note = f"<p>{marked(block.note)}</p>" if block.note else ""
            lead = f"<h3>{escape(block.heading)}</h3><p>{marked(block.measure)}</p>"
            html = f"{lead}{_drawing(block)}{note}"
        case Method():
            rows = "".join(
                f"<dt>{escape(name)}</dt><dd>{marked(text)}</dd>" for name, text in block.rows
            )
            html = f"<h3>How was this made?</h3><dl>{rows}</dl>"
        case Form() | Keep():
            html = ""
    return html


def marked(text: str) -> str:
    """Escaped text in which `**phrase**` is bold."""
    return _BOLD.sub(r"<strong>\1</strong>", escape(text))


def _figure(block: Figure) -> str:
    chart = _drawing(block.chart) if block.chart else ""
    change = f"<p>{marked(block.change)}</p>" if block.change else ""
    lead = f"<h3>{escape(block.question)}</h3><p><strong>{escape(block.figure)}</strong>"
    return f"{lead} {marked(block.sentence)}</p>{chart}{change}"


def _drawing(chart: Chart) -> str:
    if chart.wide.lstrip().startswith("<svg"):
        return image(chart.wide, chart.alt)
    return f"<p>{escape(chart.alt)}</p>"


def _table(table: Table) -> str:
    heads = [column.label for column in table.columns]
    numeric = [column.numeric for column in table.columns]
    caption = ". ".join(part.rstrip(".") for part in (table.heading, table.caption) if part)
    return html_table(heads, table.rows, numeric, f"{caption}.")
