"""Bars: horizontal with a range line, columns by age, quality by dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from forethought.errors import DataError, Problem
from forethought.results import alt, tokens, words
from forethought.results.canvas import Canvas
from forethought.results.charts import parts
from forethought.results.drawing import Drawing, medium_of
from forethought.results.layout import GAP_PX, LINE_PX, Axis, text_width, value_axis, wrap

_BAR_PX, _ROW_PX, _ROW_NARROW_PX = 22, 40, 56
_AXIS_PX, _MARK_PX = 34, 30
_FULL_SCORE = 100.0


@dataclass(frozen=True)
class Mark:
    """A line across bars at a value that matters, named over it: 1.0, "All staff time"."""

    value: float
    name: str


@dataclass(frozen=True)
class Bar:
    """One bar: its name and value, and its range where it has one.

    Args:
        name: As a reader knows it.
        value: Its length, from zero.
        low: Lower end of its 8 in 10 range.
        high: Upper end.
        colour: Of the bar; the dark blue unless it means something else.
        text: What stands after the bar; empty for the formatted value.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    colour: str = tokens.BLUE
    text: str = ""

    @property
    def end(self) -> float:
        """The largest value that it draws."""
        return max(0.0, self.value, self.high if self.high is not None else self.value)


def bars(  # noqa: PLR0913
    rows: Sequence[Bar],
    *,
    what: str,
    place: str = "",
    heading: str = "",
    measure: str = "",
    table: str = "",
    number: parts.Format = words.rounded,
    axis_label: parts.Format = parts.plain,
    highest: float | None = None,
    mark: Mark | None = None,
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """Horizontal bars from zero, a black range line where there is a range, a bold figure after.

    Args:
        rows: Bars in the order shown.
        what: What is compared, for the alternative text.
        place: Where.
        heading: The message.
        measure: What, where, when, unit.
        table: Name of the table with the same figures.
        number: How a figure reads.
        axis_label: How a value reads on the axis.
        highest: End of the axis where it is fixed (100 for a score).
        mark: A value named and drawn across all bars.
        width: Of the wide drawing, px.

    Raises:
        DataError: There is no bar, or a value is below zero.
    """
    _check(rows)
    shown = [replace(row, text=row.text or number(row.value)) for row in rows]
    longest = highest or max([*(row.end for row in shown), mark.value if mark else 0]) or 1
    axis = value_axis(0, longest, zero=True, lines=4)
    ranged = any(row.low is not None for row in rows)
    return Drawing(
        wide=_wide(shown, axis, axis_label, width, mark),
        medium=medium_of(lambda px: _wide(shown, axis, axis_label, px, mark), width),
        narrow=_narrow(shown, axis, axis_label, mark),
        alt=alt.ranked("Bar chart", what, place, {r.name: r.text for r in shown}, table=table),
        heading=heading,
        measure=measure,
        note="Line: 8 in 10 chance." if ranged else "",
    )


def quality_bars(
    scores: Mapping[str, float | None],
    *,
    heading: str = "",
    measure: str = "",
    place: str = "",
    table: str = "",
    width: int = tokens.WIDE_HALF,
    low: float = 90,
) -> Drawing:
    """Data quality by dimension, 0 to 100; a dimension that cannot be judged says so.

    Args:
        scores: Score by dimension (completeness, uniqueness, ...); None where there is nothing
            to judge it by.
        heading: The message.
        measure: Which dataset and version.
        place: Whose data, for the alternative text.
        table: Name of the table with the same figures.
        width: Of the wide drawing, px.
        low: Scores under it are drawn as misses, and say so.
    """
    rows = [
        Bar(name.capitalize(), 0, text="Not measured")
        if score is None
        else Bar(
            name.capitalize(),
            score,
            colour=tokens.TARGET if score < low else tokens.BLUE,
            text=f"{_score(score)}, low" if score < low else _score(score),
        )
        for name, score in scores.items()
    ]
    return bars(
        rows,
        what="data quality by dimension, of 100",
        place=place,
        heading=heading,
        measure=measure,
        table=table,
        highest=_FULL_SCORE,
        width=width,
    )


def columns(  # noqa: PLR0913
    rows: Sequence[Bar],
    *,
    what: str,
    place: str = "",
    heading: str = "",
    measure: str = "",
    table: str = "",
    number: parts.Format = words.rounded,
    axis_label: parts.Format = parts.plain,
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """Upright columns in a fixed order (open work by age): name under, figure over each.

    On a phone they lie down as bars, so that no name is cut.

    Raises:
        DataError: There is no column, or a value is below zero.
    """
    flat = bars(
        rows,
        what=what,
        place=place,
        table=table,
        number=number,
        axis_label=axis_label,
        heading=heading,
        measure=measure,
    )
    shown = [replace(row, text=row.text or number(row.value)) for row in rows]
    axis = value_axis(0, max(row.end for row in shown) or 1, zero=True, lines=4)
    return replace(
        flat,
        wide=_upright(shown, axis, axis_label, width),
        medium=medium_of(lambda px: _upright(shown, axis, axis_label, px), width),
    )


def _check(rows: Sequence[Bar]) -> None:
    problems = [Problem(f'"{row.name}" is below zero.') for row in rows if row.value < 0]
    if problems or not rows:
        raise DataError(
            "Bars cannot be drawn.",
            where="bars",
            problems=problems,
            remedy="Give one or more values from zero.",
        )


def _score(score: float) -> str:
    """A score as a whole number; never 100 unless all passed."""
    return words.rounded(score if score == _FULL_SCORE else min(score, 99), 1)


def _wide(
    rows: Sequence[Bar], axis: Axis, label: parts.Format, width: int, mark: Mark | None = None
) -> str:
    longest = max(text_width(row.name) for row in rows)
    left = min(longest, width * 0.42) + GAP_PX
    names = [wrap(row.name, left - GAP_PX) for row in rows]
    lines = max(map(len, names))
    row_px = max(_ROW_PX, lines * LINE_PX + 10)
    head = _MARK_PX if mark else 4
    canvas = Canvas(width, head + len(rows) * row_px + _AXIS_PX + 4)
    right = width - _room(rows, axis, width - left)
    bottom = _scale_lines(canvas, axis, label, left, right)
    if mark:
        _draw_mark(canvas, mark, axis, (left, right, bottom))
    for n, row in enumerate(rows):
        y = head + row_px * (n + 0.5)
        for k, line in enumerate(names[n]):
            at = y + (k - (len(names[n]) - 1) / 2) * LINE_PX
            canvas.text(left - GAP_PX, at, line, anchor="end")
        _bar(canvas, row, axis, left, right, y)
    canvas.rule((left, 0), (left, bottom), tokens.AXIS)
    return canvas.svg()


def _narrow(rows: Sequence[Bar], axis: Axis, label: parts.Format, mark: Mark | None = None) -> str:
    left, width = 2.0, tokens.NARROW
    names = [wrap(row.name, width - left) for row in rows]
    heights = [_ROW_NARROW_PX + LINE_PX * (len(name) - 1) for name in names]
    top = float(_MARK_PX if mark else 4)
    canvas = Canvas(width, int(top) + sum(heights) + _AXIS_PX + 4)
    right = width - _room(rows, axis, width - left)
    bottom = _scale_lines(canvas, axis, label, left, right)
    if mark:
        _draw_mark(canvas, mark, axis, (left, right, bottom))
    for row, name, height in zip(rows, names, heights, strict=True):
        for k, line in enumerate(name):
            canvas.text(left, top + 10 + k * LINE_PX, line, halo=True)
        _bar(canvas, row, axis, left, right, top + height - 22)
        top += height
    return canvas.svg()


def _draw_mark(canvas: Canvas, mark: Mark, axis: Axis, plot: tuple[float, float, float]) -> None:
    """A dotted line from top to `bottom`, its name over the bars, kept inside the drawing."""
    left, right, bottom = plot
    x = left + mark.value / axis.end * (right - left)
    canvas.rule((x, _MARK_PX - 4), (x, bottom), tokens.TARGET, width=2, dash=parts.DOTTED)
    half = text_width(mark.name) / 2
    middle = min(max(x, half), canvas.width - half)
    canvas.text(middle, 12, mark.name, anchor="middle", colour=tokens.TARGET, halo=True)


def _room(rows: Sequence[Bar], axis: Axis, width: float) -> float:
    """Px to keep at the right, so that no figure after a bar is cut."""
    room = text_width(parts.plain(axis.end)) / 2
    for row in rows:
        needed = text_width(row.text, bold=True) + 2 * GAP_PX
        share = row.end / axis.end
        room = max(room, (needed - width * (1 - share)) / share if share else 0.0)
    return min(room, width * 0.6)


def _scale_lines(
    canvas: Canvas, axis: Axis, label: parts.Format, left: float, right: float
) -> float:
    bottom = canvas.height - _AXIS_PX
    free = -1e9
    for tick in axis.ticks:
        x = left + tick / axis.end * (right - left)
        canvas.rule((x, 0), (x, bottom), tokens.GRID)
        canvas.rule((x, bottom), (x, bottom + 6), tokens.AXIS)
        half = text_width(label(tick)) / 2
        middle = min(max(x, half), canvas.width - half)
        if middle - half > free:
            canvas.text(middle, bottom + 20, label(tick), anchor="middle")
            free = middle + half + GAP_PX
    canvas.rule((left, bottom), (canvas.width, bottom), tokens.AXIS)
    return bottom


def _bar(canvas: Canvas, row: Bar, axis: Axis, left: float, right: float, y: float) -> None:
    def x(value: float) -> float:
        return left + value / axis.end * (right - left)

    canvas.rect(left, y - _BAR_PX / 2, x(row.value), y + _BAR_PX / 2, row.colour)
    if row.low is not None and row.high is not None:
        middle = x(row.value)
        canvas.rule((x(row.low), y), (middle, y), tokens.WHITE, width=5)
        canvas.rule((x(row.low), y), (x(row.high), y), tokens.INK, width=2.5)
    canvas.text(x(row.end) + GAP_PX, y, row.text, bold=True, halo=True)


def _upright(rows: Sequence[Bar], axis: Axis, label: parts.Format, width: int) -> str:
    left = max(text_width(label(tick)) for tick in axis.ticks) + GAP_PX
    slot = (width - left) / len(rows)
    names = [wrap(row.name, slot - GAP_PX) for row in rows]
    foot = LINE_PX * max(map(len, names)) + 12
    canvas = Canvas(width, 260 + int(foot))
    bottom, top = canvas.height - foot, 30.0
    for tick in axis.ticks:
        y = bottom - tick / axis.end * (bottom - top)
        canvas.rule((left, y), (width, y), tokens.GRID if tick else tokens.AXIS)
        canvas.text(left - GAP_PX, y, label(tick), anchor="end")
    for n, row in enumerate(rows):
        middle, half = left + slot * (n + 0.5), min(slot * 0.34, 48)
        y = bottom - row.value / axis.end * (bottom - top)
        canvas.rect(middle - half, y, middle + half, bottom, row.colour)
        canvas.text(middle, y - 14, row.text, bold=True, anchor="middle", halo=True)
        for k, line in enumerate(names[n]):
            canvas.text(middle, bottom + 18 + k * LINE_PX, line, anchor="middle")
    return canvas.svg()
