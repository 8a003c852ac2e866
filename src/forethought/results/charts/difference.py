"""How two plans differ over time in the same simulated futures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forethought.results import tokens, words
from forethought.results.alt import within_limit
from forethought.results.canvas import Canvas
from forethought.results.charts import parts
from forethought.results.charts.frames import Forecast, Series, forecast
from forethought.results.drawing import Drawing, medium_of
from forethought.results.layout import GAP_PX, LINE_PX, Axis, Obstacles, Panel, value_axis

if TYPE_CHECKING:
    import polars as pl

_HEIGHT, _HEIGHT_NARROW = 320, 320
_FIGURES_PX = 2 * LINE_PX + GAP_PX


@dataclass(frozen=True)
class _Difference:
    line: Forecast
    level: float
    axis: Axis
    more: str
    fewer: str
    number: parts.Format

    def said(self, value: float) -> str:
        """A difference in words: `530 fewer`, `no difference`."""
        text = self.number(abs(value))
        if text == self.number(0):
            return "no difference"
        return f"{text} {self.more if value > 0 else self.fewer}"

    def range_said(self) -> str:
        """The range at the end: `220 to 870 fewer`, `20 fewer to 40 more`."""
        low, high = self.line.at_end(self.level) or (0.0, 0.0)
        if low < 0 < high or self.number(low) == self.number(0) or self.number(high) == "0":
            return f"{self.said(low)} to {self.said(high)}"
        near, far = sorted((low, high), key=abs)
        return f"{self.number(abs(near))} to {self.said(far)}"


def difference(  # noqa: PLR0913
    paired: pl.DataFrame,
    *,
    what: str,
    than: str,
    place: str = "",
    more: str = "more",
    fewer: str = "fewer",
    heading: str = "",
    measure: str = "",
    table: str = "",
    number: parts.Format = words.rounded,
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """The paired difference of two plans: a line and its 8 in 10 band round a line at zero.

    Args:
        paired: `ds`, `median`, `lo-80`, `hi-80` of the what-if less the base plan, taken within
            each simulated future.
        what: What is counted: "People waiting, 55 staff compared with 48".
        than: What zero stands for: "today's plan".
        place: Where, for the alternative text.
        more: Word for values above zero.
        fewer: Word for values below zero.
        heading: The message.
        measure: What, where, when, unit.
        table: Name of the table with the same figures.
        number: How a figure reads.
        width: Of the wide drawing, px.

    Raises:
        DataError: The frame cannot be drawn; says why.
    """
    line = forecast(paired, name="difference", usual=(80.0,)).narrowest
    axis = value_axis(*line.extent, zero=True, lines=5)
    shown = _Difference(line, line.levels[0], axis, more, fewer, number)
    when = words.when(line.days[-1], monthly=line.monthly)
    where = f", {place}" if place else ""
    end = f"{shown.said(line.median[-1])} {when}; {words.of_level(shown.level)} chance"
    first = words.when(line.days[0], monthly=line.monthly)
    alt = within_limit(
        [
            f"Line chart: difference in {what[:1].lower()}{what[1:]}{where}, from {than} at zero",
            f"{shown.said(line.median[0])} {first}",
            f"{end} of {shown.range_said()}",
        ],
        table,
    )
    return Drawing(
        wide=_draw(shown, than, Canvas(width, _HEIGHT), narrow=False),
        medium=medium_of(lambda px: _draw(shown, than, Canvas(px, _HEIGHT), narrow=False), width),
        narrow=_draw(shown, than, Canvas(tokens.NARROW, _HEIGHT_NARROW + _FIGURES_PX), narrow=True),
        alt=alt,
        heading=heading,
        measure=measure,
        note=parts.bands_note(line),
    )


def _draw(shown: _Difference, than: str, canvas: Canvas, *, narrow: bool) -> str:
    line, axis = shown.line, shown.axis

    def tick(value: float) -> str:
        text = parts.plain(value)
        return f"+{text}" if value > 0 else text

    labels = _end_labels(shown, 0.0)
    plot = parts.panel(
        canvas,
        axis,
        (line.days[0], line.days[-1]),
        label=tick,
        right=2.0 if narrow else parts.room_for(labels) + GAP_PX,
        foot=parts.DATE_AXIS_PX + (16 + _FIGURES_PX if narrow else 0),
    )
    parts.draw_grid(canvas, plot, axis, label=tick, right=canvas.width)
    parts.draw_dates(canvas, plot, narrow=narrow)
    taken = Obstacles()
    parts.draw_band(canvas, plot, line, shown.level, tokens.BAND_80, taken=taken)
    zero = plot.y(0)
    canvas.rule((plot.left, zero), (canvas.width, zero), tokens.BASE_PLAN, width=2)
    taken.add_band([plot.left, plot.right], [zero, zero], [zero, zero])
    parts.draw_line(canvas, plot, Series(line.days, line.median), tokens.BLUE, taken=taken)
    if narrow:
        for n, label in enumerate(labels):
            y = canvas.height - _FIGURES_PX + 16 + n * LINE_PX
            canvas.text(0, y, label.text, colour=label.colour, bold=label.bold)
    else:
        parts.draw_end_labels(canvas, plot, _end_labels(shown, plot.y(line.median[-1])), taken)
    _name_sides(canvas, plot, shown, than, taken)
    return canvas.svg()


def _end_labels(shown: _Difference, y: float) -> list[parts.EndLabel]:
    figure = parts.EndLabel(y, shown.said(shown.line.median[-1]), tokens.BLUE, bold=True)
    chance = f"{words.of_level(shown.level)}: {shown.range_said()}"
    return [figure, parts.EndLabel(y + 1, chance, tokens.SECONDARY)]


def _name_sides(
    canvas: Canvas, plot: Panel, shown: _Difference, than: str, taken: Obstacles
) -> None:
    """What lies over zero and under it, each where there is room for it."""
    sides = (
        (shown.axis.end > 0, f"{shown.more} than {than}", -1),
        (shown.axis.start < 0, f"{shown.fewer} than {than}", 1),
    )
    zero, span = plot.y(0), plot.right - plot.left
    for drawn, text, way in sides:
        if not drawn:
            continue
        places = [
            (plot.left + span * share, zero + way * distance)
            for distance in (16, 28, 44, 64, 88, 116, 148, 184)
            for share in (0.0, 0.25, 0.5, 0.75)
        ]
        name = text[:1].upper() + text[1:]
        inside = [(x, y) for x, y in places if plot.top - 10 < y < plot.bottom - 8]
        parts.name_at(canvas, plot, taken, [name], inside, tokens.SECONDARY)
