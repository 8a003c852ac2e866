"""The fan: what was, what is expected, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from forethought.results import tokens, words
from forethought.results.alt import Described, describe
from forethought.results.canvas import Canvas
from forethought.results.charts import parts
from forethought.results.charts.frames import Forecast, Series, forecast, joined, series
from forethought.results.drawing import Drawing, medium_of
from forethought.results.layout import GAP_PX, LINE_PX, Axis, Obstacles, Panel, value_axis

if TYPE_CHECKING:
    import polars as pl

_HEIGHT, _HEIGHT_NARROW = 440, 340


@dataclass(frozen=True)
class _Fan:
    """All that both drawings of one fan share."""

    observed: Series
    future: Forecast
    last: Series | None
    last_name: str
    number: parts.Format
    axis_label: parts.Format


def fan(  # noqa: PLR0913
    observed: pl.DataFrame,
    expected: pl.DataFrame,
    *,
    last: pl.DataFrame | None = None,
    last_name: str = "Last forecast",
    what: str,
    place: str = "",
    heading: str = "",
    measure: str = "",
    table: str = "",
    number: parts.Format = words.rounded,
    axis_label: parts.Format = parts.plain,
    zero: bool = False,
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """A fan chart: observed in black, forecast in blue with two bands, last forecast dashed.

    Args:
        observed: `ds` (date), `y`.
        expected: `ds`, `median` (or `mean`), `lo-80`, `hi-80` and, for the light band,
            `lo-95`, `hi-95`; the frame of `ft.plan.forecast` for one series.
        last: An earlier forecast, `ds` and `median`.
        last_name: Its name: "Last forecast, November 2025".
        what: What is counted, for the alternative text: "Adults with long-term support".
        place: Where.
        heading: The message of the chart.
        measure: What, where, when and unit; where the axis starts is added if it is cut.
        table: Name of the table with the same figures, as the page shows it.
        number: How a figure reads.
        axis_label: How a value reads on the axis.
        zero: Start the axis at zero in any case.
        width: Of the wide drawing, px.

    Raises:
        DataError: A frame cannot be drawn; says which and why.
    """
    centre = "median" if last is not None and "median" in last.columns else "mean"
    data = _Fan(
        series(observed, name="observed"),
        forecast(expected),
        series(last, name="last", value=centre) if last is not None else None,
        last_name,
        number,
        axis_label,
    )
    axis = _axis(data, zero=zero)
    return Drawing(
        wide=_wide(data, axis, width),
        medium=medium_of(lambda px: _wide(data, axis, px), width),
        narrow=_narrow(data, axis),
        alt=describe(
            Described("Fan chart", what, place, data.observed, data.future, data.last, last_name),
            number=number,
            table=table,
        ),
        heading=heading,
        measure=measure + parts.cut_note(axis, axis_label),
        note=parts.bands_note(data.future),
    )


def _axis(data: _Fan, *, zero: bool, lines: int = 5) -> Axis:
    values = [*data.observed.values, *data.future.extent, *(data.last.values if data.last else ())]
    return value_axis(min(values), max(values), zero=zero, lines=lines)


def _wide(data: _Fan, axis: Axis, width: int) -> str:
    canvas = Canvas(width, _HEIGHT)
    room = parts.room_for(_end_labels(data, float)) + GAP_PX
    days = (data.observed.days[0], _last_day(data))
    plot = parts.panel(canvas, axis, days, label=data.axis_label, right=room)
    parts.draw_grid(canvas, plot, axis, label=data.axis_label, right=width)
    parts.draw_dates(canvas, plot, narrow=False)
    taken = Obstacles()
    _draw_future(canvas, plot, data, taken)
    now = f"Today: {data.number(data.observed.values[-1])}"
    _draw_now(canvas, plot, data, taken, now)
    parts.draw_end_labels(
        canvas, plot, _end_labels(data, plot.y), taken, x=plot.x(data.future.days[-1])
    )
    _name_lines(canvas, plot, data, taken, narrow=False)
    return canvas.svg()


def _narrow(data: _Fan, axis: Axis) -> str:
    """Thirty months and the future; the figures at its end stand under it."""
    first = _months_before(data.observed.days[-1], parts.NARROW_MONTHS)
    last = data.last and data.last.since(first)
    part = replace(
        data,
        observed=data.observed.since(first),
        last=last if last and last.days else None,
        last_name="Last forecast",
    )
    labels = _end_labels(part, float)[::-1]
    figures_px = LINE_PX * len(labels) + GAP_PX
    canvas = Canvas(tokens.NARROW, _HEIGHT_NARROW + figures_px)
    days = (part.observed.days[0], _last_day(part))
    foot = parts.DATE_AXIS_PX + 16 + figures_px
    plot = parts.panel(canvas, axis, days, label=part.axis_label, foot=foot, right=2)
    parts.draw_grid(canvas, plot, axis, label=part.axis_label, right=tokens.NARROW)
    parts.draw_dates(canvas, plot, narrow=True)
    taken = Obstacles()
    _draw_future(canvas, plot, part, taken)
    _draw_now(canvas, plot, part, taken, "Today")
    _name_lines(canvas, plot, part, taken, narrow=True)
    for n, label in enumerate(labels, start=1):
        y = canvas.height - figures_px + n * LINE_PX - 8
        canvas.text(0, y, label.text, colour=label.colour, bold=label.bold)
    return canvas.svg()


def _last_day(data: _Fan) -> date:
    return max(data.future.days[-1], data.last.days[-1] if data.last else data.future.days[-1])


def _months_before(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _draw_future(canvas: Canvas, plot: Panel, data: _Fan, taken: Obstacles) -> None:
    future = joined(data.observed, data.future)
    for level in future.levels[::-1]:
        colour = tokens.BAND_80 if level == future.levels[0] else tokens.BAND_95
        parts.draw_band(canvas, plot, future, level, colour, taken=taken)
    if data.last:
        parts.draw_line(canvas, plot, data.last, tokens.ORANGE, dash=parts.DASHED, taken=taken)
    median = Series(future.days, future.median)
    parts.draw_line(canvas, plot, median, tokens.BLUE, taken=taken)
    parts.draw_line(canvas, plot, data.observed, tokens.OBSERVED, taken=taken)


def _draw_now(canvas: Canvas, plot: Panel, data: _Fan, taken: Obstacles, before: str) -> None:
    today = data.observed.days[-1]
    parts.draw_today(
        canvas,
        plot,
        taken,
        today,
        before=before,
        after="New forecast" if data.last else "Forecast",
        colour=tokens.BLUE,
        bold=True,
    )
    canvas.dot(plot.x(today), plot.y(data.observed.values[-1]), tokens.OBSERVED, size=90)


def _end_labels(data: _Fan, y: Callable[[float], float]) -> list[parts.EndLabel]:
    future, labels = data.future, []
    for level in future.levels[::-1]:
        ends = future.at_end(level)
        if ends:
            said = f"{words.of_level(level)}: {data.number(ends[0])} to {data.number(ends[1])}"
            colour = tokens.INK if level == future.levels[0] else tokens.SECONDARY
            labels.append(parts.EndLabel(y(ends[1]), said, colour))
    figure, when = future.median[-1], words.when(future.days[-1], monthly=future.monthly)
    text = f"{data.number(figure)} {when}"
    return [*labels, parts.EndLabel(y(figure), text, tokens.BLUE, bold=True)]


def _name_lines(canvas: Canvas, plot: Panel, data: _Fan, taken: Obstacles, *, narrow: bool) -> None:
    places = parts.near_line(plot, data.observed, at=(0.3, 0.5, 0.15, 0.7))
    parts.name_at(canvas, plot, taken, ["Observed"], places, tokens.OBSERVED, bold=True)
    if data.last:
        figure, monthly = data.last.values[-1], data.last.monthly
        lines = [data.last_name]
        if not narrow:
            when = words.when(data.last.days[-1], monthly=monthly)
            lines = [f"{data.last_name}:", f"{data.number(figure)} {when}"]
        at = (0.97, 0.9, 0.8, 0.7, 0.6, 0.5)
        places = parts.near_line(plot, data.last, lines=len(lines), at=at)
        parts.name_at(canvas, plot, taken, lines, places, tokens.ORANGE)
