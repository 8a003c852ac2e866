"""A tornado: how far the result moves when one assumption goes from its low to its high end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forethought.errors import DataError
from forethought.results import tokens, words
from forethought.results.alt import within_limit
from forethought.results.canvas import Anchor, Canvas
from forethought.results.charts import parts
from forethought.results.drawing import Drawing, medium_of
from forethought.results.layout import GAP_PX, LINE_PX, Axis, text_width, value_axis, wrap

_BAR_PX, _AXIS_PX = 22, 34


@dataclass(frozen=True)
class Swing:
    """One assumption.

    Args:
        name: "Time an assessment takes".
        low: Change of the result where the assumption is at its low end.
        high: Change of the result where it is at its high end.
        ends: The two ends in words, under the name: "9 to 14 hours".
    """

    name: str
    low: float
    high: float
    ends: str = ""

    @property
    def span(self) -> float:
        """From the lowest to the highest change, zero among them."""
        return max(self.low, self.high, 0.0) - min(self.low, self.high, 0.0)


@dataclass(frozen=True)
class _Tornado:
    rows: tuple[Swing, ...]
    axis: Axis
    number: parts.Format
    axis_label: parts.Format


@dataclass(frozen=True)
class _Plot:
    left: float
    right: float
    axis: Axis

    def x(self, value: float) -> float:
        """Px of a change."""
        share = (value - self.axis.start) / (self.axis.end - self.axis.start)
        return self.left + share * (self.right - self.left)


def tornado(  # noqa: PLR0913
    swings: Sequence[Swing],
    *,
    what: str,
    place: str = "",
    heading: str = "",
    measure: str = "",
    table: str = "",
    number: parts.Format = words.signed,
    axis_label: parts.Format | None = None,
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """Changes from zero, the longest first: low ends turquoise, high ends blue, a figure at each.

    Args:
        swings: Assumptions in any order.
        what: What changes: "People waiting on 31 March 2027".
        place: Where, for the alternative text.
        heading: The message.
        measure: What, where, when; which figure zero stands for.
        table: Name of the table with the same figures.
        number: How a change reads, with its sign.
        axis_label: How a change reads on the axis; `number` unless told.
        width: Of the wide drawing, px.

    Raises:
        DataError: There is no assumption.
    """
    if not swings:
        raise DataError("A tornado needs an assumption.", where="tornado")
    rows = tuple(sorted(swings, key=lambda s: (-s.span, s.name)))
    ends = [value for row in rows for value in (row.low, row.high)]
    axis = value_axis(min(*ends, 0), max(*ends, 0), zero=True, lines=5)
    shown = _Tornado(rows, axis, number, axis_label or number)
    return Drawing(
        wide=_wide(shown, width),
        medium=medium_of(lambda px: _wide(shown, px), width),
        narrow=_narrow(shown),
        alt=_alt(shown, what, place, table),
        heading=heading,
        measure=measure,
        note="Turquoise: the assumption at its low end. Blue: at its high end.",
    )


def _alt(shown: _Tornado, what: str, place: str, table: str) -> str:
    where = f", {place}" if place else ""
    lead = f"Tornado chart: change in {what[:1].lower()}{what[1:]}{where}, longest first"
    said = [
        f"{row.name} {shown.number(row.low)} at its low end, {shown.number(row.high)} at its high"
        for row in shown.rows
    ]
    return within_limit([lead, "; ".join(said)], table)


def _name(row: Swing, width: float) -> list[tuple[str, str]]:
    """Lines of a name in black, of its ends in grey."""
    ends = wrap(row.ends, width) if row.ends else []
    return [(line, tokens.INK) for line in wrap(row.name, width)] + [
        (line, tokens.SECONDARY) for line in ends
    ]


@dataclass(frozen=True)
class _End:
    """One end of a row: its bar from zero, and its figure beyond the bar."""

    value: float
    colour: str
    text: str
    below: float
    """Px of its middle under the row's middle."""
    tall: float
    after: bool
    """Whether the figure stands at the right of the bar."""


def _ends(shown: _Tornado, row: Swing) -> tuple[_End, _End]:
    """Both ends of a row in one bar; one bar over the other where both lie on a side of zero."""
    low, high = shown.number(row.low), shown.number(row.high)
    if _one_sided(row):
        after = row.low > 0
        half, tall = LINE_PX / 2, _BAR_PX - 6.0
        return (
            _End(row.low, tokens.TURQUOISE, f"low {low}", -half, tall, after),
            _End(row.high, tokens.BLUE, f"high {high}", half, tall, after),
        )
    rising = row.low <= row.high
    return (
        _End(row.low, tokens.TURQUOISE, low, 0, _BAR_PX, not rising),
        _End(row.high, tokens.BLUE, high, 0, _BAR_PX, rising),
    )


def _one_sided(row: Swing) -> bool:
    return row.low * row.high > 0


def _plot(shown: _Tornado, left: float, right: float) -> _Plot:
    """The axis between two edges, drawn in until no figure beyond a bar passes them."""
    plot = _Plot(left, right, shown.axis)
    ends = [end for row in shown.rows for end in _ends(shown, row)]
    for _ in range(24):
        over_left = over_right = 0.0
        for end in ends:
            x, room = plot.x(end.value), GAP_PX + text_width(end.text)
            over_left = max(over_left, 0 if end.after else left - (x - room))
            over_right = max(over_right, x + room - right if end.after else 0)
        if max(over_left, over_right) < 0.5:  # noqa: PLR2004
            break
        plot = _Plot(plot.left + over_left, plot.right - over_right, shown.axis)
    return plot


def _wide(shown: _Tornado, width: int) -> str:
    widest = max(text_width(text) for row in shown.rows for text in (row.name, row.ends))
    left = min(widest, width * 0.4) + GAP_PX
    names = [_name(row, left - GAP_PX) for row in shown.rows]
    row_px = max(44, max(map(len, names)) * LINE_PX + 12)
    canvas = Canvas(width, row_px * len(names) + _AXIS_PX + 8)
    plot = _plot(shown, left + GAP_PX, width - 2)
    bottom = _scale(canvas, shown, plot)
    for n, (row, name) in enumerate(zip(shown.rows, names, strict=True)):
        y = 4 + row_px * (n + 0.5)
        for k, (line, colour) in enumerate(name):
            at = y + (k - (len(name) - 1) / 2) * LINE_PX
            canvas.text(left - GAP_PX, at, line, anchor="end", colour=colour)
        _bar(canvas, shown, plot, row, y)
    canvas.rule((plot.x(0), 0), (plot.x(0), bottom), tokens.INK, width=2)
    return canvas.svg()


def _narrow(shown: _Tornado) -> str:
    width = tokens.NARROW
    names = [_name(row, width) for row in shown.rows]
    bars = [_BAR_PX + (LINE_PX if _one_sided(row) else 0) for row in shown.rows]
    heights = [len(name) * LINE_PX + bar + 22 for name, bar in zip(names, bars, strict=True)]
    canvas = Canvas(width, sum(heights) + _AXIS_PX + 8)
    plot = _plot(shown, 2, width - 2)
    tops = [4.0 + sum(heights[:n]) for n in range(len(heights))]
    spans = [
        (top + height - bar - 20, top + height - 8)  # beside the bar: no line runs through a name
        for top, height, bar in zip(tops, heights, bars, strict=True)
    ]
    _scale(canvas, shown, plot, spans)
    for span in spans:
        canvas.rule((plot.x(0), span[0]), (plot.x(0), span[1]), tokens.INK, width=2)
    for row, name, bar, height, top in zip(shown.rows, names, bars, heights, tops, strict=True):
        for k, (line, colour) in enumerate(name):
            canvas.text(0, top + 10 + k * LINE_PX, line, colour=colour)
        _bar(canvas, shown, plot, row, top + height - bar / 2 - 14)
    return canvas.svg()


def _scale(
    canvas: Canvas,
    shown: _Tornado,
    plot: _Plot,
    spans: Sequence[tuple[float, float]] = (),
) -> float:
    """Light lines at round changes (in spans only), their figures under them where they fit."""
    bottom, free = canvas.height - _AXIS_PX, -1e9
    for tick in sorted(shown.axis.ticks):
        x, text = plot.x(tick), shown.axis_label(tick)
        for first, last in spans or [(0.0, bottom)]:
            canvas.rule((x, first), (x, last), tokens.GRID)
        canvas.rule((x, bottom), (x, bottom + 6), tokens.AXIS)
        half = text_width(text) / 2
        middle = min(max(x, half), canvas.width - half)
        if middle - half > free:
            canvas.text(middle, bottom + 20, text, anchor="middle")
            free = middle + half + GAP_PX
    canvas.rule((plot.left, bottom), (plot.right, bottom), tokens.AXIS)
    return bottom


def _bar(canvas: Canvas, shown: _Tornado, plot: _Plot, row: Swing, y: float) -> None:
    for end in _ends(shown, row):
        x, middle = plot.x(end.value), y + end.below
        left, right = sorted((plot.x(0), x))
        canvas.rect(left, middle - end.tall / 2, right, middle + end.tall / 2, end.colour)
    for end in _ends(shown, row):
        x = plot.x(end.value) + (GAP_PX if end.after else -GAP_PX)
        anchor: Anchor = "start" if end.after else "end"
        canvas.text(x, y + end.below, end.text, anchor=anchor, halo=True)
