"""A bridge: how one total becomes another, change by change, in the order of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal

from forethought.errors import DataError, Problem
from forethought.results import tokens, words
from forethought.results.alt import within_limit
from forethought.results.canvas import Canvas
from forethought.results.charts import parts
from forethought.results.drawing import Drawing, medium_of
from forethought.results.layout import GAP_PX, LINE_PX, Axis, Panel, text_width, value_axis, wrap

_BAR_PX, _AXIS_PX, _MARK_PX, _THIN_PX = 22, 34, 6, 2
_ROW_PX, _NAMES = 34, 0.4
_PENNY = 0.01
_MOST_DECIMALS = 3
NO_CHANGE, SLIGHTLY_MORE, SLIGHTLY_LESS = "no change", "slightly more", "slightly less"

Look = Literal["total", "rise", "fall", "none"]
_COLOURS: dict[Look, str] = {
    "total": tokens.BASE_PLAN,
    "rise": tokens.BLUE,
    "fall": tokens.TURQUOISE,
    "none": tokens.SECONDARY,
}


@dataclass(frozen=True)
class Step:
    """One row.

    Args:
        name: "Price of care".
        value: What it adds (below zero: takes away), or the level that a total stands at.
        total: Whether it is a level: the opening, the closing, a sub-total.
    """

    name: str
    value: float
    total: bool = False


@dataclass(frozen=True)
class _Row:
    """A row with its place: from the running total before it to the one after it."""

    name: str
    value: float
    before: float
    after: float
    look: Look
    figure: str


@dataclass(frozen=True)
class _Bridge:
    rows: tuple[_Row, ...]
    axis: Axis
    label: parts.Format


def bridge(  # noqa: PLR0913
    steps: Sequence[Step],
    *,
    what: str,
    place: str = "",
    heading: str = "",
    measure: str = "",
    table: str = "",
    number: parts.Format = words.signed_pounds_m,
    total_number: parts.Format = words.pounds_m,
    axis_label: parts.Format | None = None,
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """Changes that float from one running total to the next: rises blue, falls turquoise.

    Totals are dark: marks where the axis is cut, bars from zero where it is not.

    Args:
        steps: The opening total, changes and sub-totals in their order, the closing total.
        what: What is added up: "Net cost of adult social care".
        place: Where, for the alternative text.
        heading: The message.
        measure: What, where, from when to when; where the axis starts is added if it is cut.
        table: Name of the table with the same figures.
        number: How a change reads, with its sign.
        total_number: How a total reads.
        axis_label: How a total reads on the axis; without one, as `total_number` does, pounds
            with as few decimals as its lines need.
        width: Of the wide drawing, px.

    Raises:
        DataError: There is no opening or closing total, a value is no number, or a total is not
            what stands before it adds up to, to the penny; all at once.
    """
    _check(steps)
    rows = _rows(steps, number, total_number)
    levels = [level for row in rows for level in (row.before, row.after)]
    axis = value_axis(min(levels), max(levels), lines=5)
    label = axis_label or _labels(axis, total_number)
    shown = _Bridge(rows, axis, label)
    return Drawing(
        wide=_wide(shown, width),
        medium=medium_of(lambda px: _wide(shown, px), width),
        narrow=_narrow(shown),
        alt=_alt(rows, what, place, table),
        heading=heading,
        measure=(measure + _cut(shown)).strip(),
        note="Blue: adds. Turquoise: takes away. Dark: totals.",
    )


def _check(steps: Sequence[Step]) -> None:
    """All that keeps steps from being a bridge, at once."""
    if len(steps) < 2 or not (steps[0].total and steps[-1].total):  # noqa: PLR2004
        raise DataError(
            "A bridge goes from a total to a total.",
            where="bridge",
            remedy="Give the opening first and the closing last, both with total=True.",
        )
    odd = [step.name for step in steps if not isfinite(step.value)]
    problems = [Problem("Its value is no number.", name) for name in odd]
    running = steps[0].value
    for step in steps[1:] if not odd else ():
        running = running if step.total else running + step.value
        tolerance = _PENNY + 1e-12 * abs(running)
        if step.total and abs(step.value - running) > tolerance:
            off = f"{step.value - running:+,.2f} off"
            problems.append(Problem(f"The rows before it do not add up to it: {off}.", step.name))
            running = step.value
    if problems:
        raise DataError(
            "A bridge does not add up.",
            where="bridge",
            problems=problems,
            remedy="Put what is left over in a row of its own.",
        )


def _rows(
    steps: Sequence[Step], number: parts.Format, total_number: parts.Format
) -> tuple[_Row, ...]:
    rows, running = [], 0.0
    for step in steps:
        before = step.value if step.total else running
        running = step.value if step.total else running + step.value
        if step.total:
            look: Look = "total"
            figure = total_number(step.value)
        elif not step.value:
            look, figure = "none", NO_CHANGE
        else:
            look, figure = ("rise" if step.value > 0 else "fall"), _changed(step.value, number)
        rows.append(_Row(step.name, step.value, before, running, look, figure))
    return tuple(rows)


def _changed(value: float, number: parts.Format) -> str:
    """A change with its sign; in words where it is too small for a figure."""
    if number(value) != number(0.0):
        return number(value)
    return SLIGHTLY_MORE if value > 0 else SLIGHTLY_LESS


def _labels(axis: Axis, total_number: parts.Format) -> parts.Format:
    """How the axis reads: millions of pounds with as few decimals as its lines need."""
    if total_number is not words.pounds_m:
        return total_number
    for places in range(_MOST_DECIMALS + 1):
        unit = 10.0 ** (6 - places)
        if all(abs(tick / unit - round(tick / unit)) < 1e-6 for tick in axis.ticks):  # noqa: PLR2004
            return lambda value, places=places: words.pounds_m(value, places)  # type: ignore[misc]
    return lambda value: words.pounds(value, 1)


def _cut(shown: _Bridge) -> str:
    """What the measure says where the axis leaves out zero."""
    if not shown.axis.cut:
        return ""
    said = (
        f"starts at {shown.label(shown.axis.start)}"
        if shown.axis.start > 0
        else f"ends at {shown.label(shown.axis.end)}"
    )
    return f" The axis {said}, so totals are marks, not bars."


def _alt(rows: Sequence[_Row], what: str, place: str, table: str) -> str:
    where = f", {place}" if place else ""
    first, last = rows[0], rows[-1]
    between = [row for row in rows[1:-1] if row.look == "total"]
    changes = sorted((row for row in rows if row.look in {"rise", "fall"}), key=_size)
    sentences = [
        f"Bridge chart: {what[:1].lower()}{what[1:]}{where}",
        f"{first.name} {first.figure}; {last.name} {last.figure}",
        "Changes, largest first: " + "; ".join(f"{row.name} {row.figure}" for row in changes)
        if changes
        else "No change",
        "On the way: " + "; ".join(f"{row.name} {row.figure}" for row in between)
        if between
        else "",
    ]
    return within_limit([text for text in sentences if text], table)


def _size(row: _Row) -> tuple[float, str]:
    return -abs(row.value), row.name


def _ends(row: _Row, axis: Axis, plot: Panel) -> tuple[float, float]:
    """Left and right px of a row's bar, at least as wide as a line."""
    if row.look == "total" and axis.cut:
        x = plot.x(row.after)
        return x - _MARK_PX / 2, x + _MARK_PX / 2
    start = 0.0 if row.look == "total" else row.before
    left, right = sorted((plot.x(start), plot.x(row.after)))
    short = max(0.0, _THIN_PX - (right - left)) / 2
    return left - short, right + short


def _plot(shown: _Bridge, left: float, width: float, bottom: float) -> Panel:
    """The axis from `left` to where no figure beyond a bar passes the right edge."""
    axis, right = shown.axis, width - 2.0
    for row in shown.rows:
        base = 0.0 if row.look == "total" and not axis.cut else row.before
        share = (max(base, row.after) - axis.start) / (axis.end - axis.start)
        room = _MARK_PX / 2 + GAP_PX + text_width(row.figure, bold=_bold(row))
        if share > 0:
            right = min(right, left + (width - 2 - room - left) / share)
    return Panel(left, right, 0, bottom, axis.start, axis.end, 0, 1)


def _bold(row: _Row) -> bool:
    return row.look != "none"


def _wide(shown: _Bridge, width: int) -> str:
    widest = max(text_width(row.name) for row in shown.rows)
    left = min(widest, width * _NAMES) + GAP_PX
    names = [wrap(row.name, left - GAP_PX) for row in shown.rows]
    heights = [max(_ROW_PX, len(name) * LINE_PX + 10) for name in names]
    canvas = Canvas(width, sum(heights) + _AXIS_PX + 6)
    plot = _plot(shown, left + GAP_PX, width, canvas.height - _AXIS_PX)
    _scale(canvas, shown, plot)
    top = 2.0
    for row, name, height in zip(shown.rows, names, heights, strict=True):
        y = top + height / 2
        for k, line in enumerate(name):
            canvas.text(left - GAP_PX, y + (k - (len(name) - 1) / 2) * LINE_PX, line, anchor="end")
        _bar(canvas, shown.axis, plot, row, y)
        top += height
    return canvas.svg()


def _narrow(shown: _Bridge) -> str:
    width = tokens.NARROW
    names = [wrap(row.name, width - 4) for row in shown.rows]
    heights = [len(name) * LINE_PX + _BAR_PX + 12 for name in names]
    canvas = Canvas(width, sum(heights) + _AXIS_PX + 6)
    plot = _plot(shown, 2.0 + _MARK_PX / 2, width, canvas.height - _AXIS_PX)
    _scale(canvas, shown, plot)
    top = 2.0
    for row, name, height in zip(shown.rows, names, heights, strict=True):
        for k, line in enumerate(name):
            canvas.text(0, top + 10 + k * LINE_PX, line, halo=True)
        _bar(canvas, shown.axis, plot, row, top + len(name) * LINE_PX + _BAR_PX / 2)
        top += height
    return canvas.svg()


def _scale(canvas: Canvas, shown: _Bridge, plot: Panel) -> None:
    """Light lines at round totals, their figures under them where they fit."""
    for tick in shown.axis.ticks:
        colour = tokens.AXIS if not tick else tokens.GRID
        canvas.rule((plot.x(tick), 0), (plot.x(tick), plot.bottom), colour)
    canvas.rule((plot.left, plot.bottom), (canvas.width, plot.bottom), tokens.AXIS)
    widest = max(text_width(shown.label(tick)) for tick in shown.axis.ticks)
    room = widest + GAP_PX + max(0.0, widest / 2 - plot.left)  # the first is kept inside
    apart = (plot.right - plot.left) / max(1, len(shown.axis.ticks) - 1)
    ticks = shown.axis.ticks
    every = next((n for n in range(1, len(ticks)) if n * apart >= room), len(ticks))
    figures = replace(shown.axis, ticks=ticks[::every])
    parts.draw_numbers(canvas, plot, figures, label=shown.label)


def _bar(canvas: Canvas, axis: Axis, plot: Panel, row: _Row, y: float) -> None:
    left, right = _ends(row, axis, plot)
    canvas.rect(left, y - _BAR_PX / 2, right, y + _BAR_PX / 2, _COLOURS[row.look])
    colour = tokens.SECONDARY if row.look == "none" else tokens.INK
    canvas.text(right + GAP_PX, y, row.figure, bold=_bold(row), colour=colour, halo=True)
