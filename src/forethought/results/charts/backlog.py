"""The backlog: open work over time, what is planned, what could be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from forethought.results import tokens, words
from forethought.results.alt import Described, describe
from forethought.results.canvas import Canvas
from forethought.results.charts import parts
from forethought.results.charts.frames import Forecast, Series, forecast, joined, series
from forethought.results.drawing import Drawing
from forethought.results.layout import (
    GAP_PX,
    LINE_PX,
    Axis,
    Obstacles,
    Panel,
    push_apart,
    text_width,
    value_axis,
)

if TYPE_CHECKING:
    import polars as pl

_HEIGHT, _HEIGHT_NARROW = 360, 320


@dataclass(frozen=True)
class Plan:
    """A future of the backlog.

    Args:
        name: "With 55 staff".
        expected: `ds`, `median`, `lo-80`, `hi-80`.
        base: Whether it is today's plan: grey and dashed. Others are blue.
        short: Its name on a phone; empty for the name.
    """

    name: str
    expected: pl.DataFrame
    base: bool = False
    short: str = ""


@dataclass(frozen=True)
class _Future:
    name: str
    short: str
    forecast: Forecast
    colour: str
    band: str
    opacity: float
    dash: tuple[int, ...]


@dataclass(frozen=True)
class _Backlog:
    observed: Series
    futures: tuple[_Future, ...]
    target: float | None
    target_name: str
    unit: str
    number: parts.Format


def backlog(  # noqa: PLR0913
    observed: pl.DataFrame,
    plans: Sequence[Plan] = (),
    *,
    target: float | None = None,
    target_name: str = "",
    unit: str = "waiting",
    what: str,
    place: str = "",
    heading: str = "",
    measure: str = "",
    table: str = "",
    number: parts.Format = words.rounded,
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """Open work over time, from zero: observed, today's plan in grey, what-ifs in blue.

    Args:
        observed: `ds`, `y`.
        plans: At most two futures, today's plan first.
        target: A level to keep under, dotted.
        target_name: Its words: "Target: fewer than 900".
        unit: Word after a figure: "1,060 waiting".
        what: What is counted, for the alternative text.
        place: Where.
        heading: The message.
        measure: What, where, when, unit.
        table: Name of the table with the same figures.
        number: How a figure reads.
        width: Of the wide drawing, px.

    Raises:
        DataError: A frame cannot be drawn; says which and why.
    """
    data = _Backlog(
        series(observed, name="observed"),
        tuple(_future(plan) for plan in plans),
        target,
        target_name,
        unit,
        number,
    )
    main = data.futures[-1] if data.futures else None
    other = data.futures[0] if len(data.futures) > 1 else None
    about = Described(
        "Line chart",
        what,
        place,
        data.observed,
        main.forecast if main else None,
        Series(other.forecast.days, other.forecast.median) if other else None,
        other.name if other else "",
    )
    return Drawing(
        wide=_draw(data, Canvas(width, _HEIGHT), narrow=False),
        narrow=_draw(_recent(data), Canvas(tokens.NARROW, _HEIGHT_NARROW), narrow=True),
        alt=describe(about, number=number, table=table),
        heading=heading,
        measure=measure,
        note=parts.bands_note(*(future.forecast.narrowest for future in data.futures)),
    )


def _future(plan: Plan) -> _Future:
    look = (
        (tokens.BASE_PLAN, tokens.GREY_BAND, tokens.GREY_BAND_OPACITY, parts.DASHED)
        if plan.base
        else (tokens.BLUE, tokens.BAND_80, tokens.GREY_BAND_OPACITY, ())
    )
    return _Future(plan.name, plan.short or plan.name, forecast(plan.expected), *look)


def _recent(data: _Backlog) -> _Backlog:
    first, last = data.observed.days[0], data.observed.days[-1]
    shown = min(parts.NARROW_MONTHS * 30, max(180, (last - first).days // 3))
    since = date.fromordinal(last.toordinal() - shown)
    return _Backlog(
        data.observed.since(since),
        data.futures,
        data.target,
        data.target_name,
        data.unit,
        data.number,
    )


def _axis(data: _Backlog) -> Axis:
    values = [*data.observed.values, *([data.target] if data.target is not None else [])]
    for future in data.futures:
        values += future.forecast.extent
    return value_axis(0, max(values), zero=True, lines=5)


def _draw(data: _Backlog, canvas: Canvas, *, narrow: bool) -> str:
    axis = _axis(data)
    last = max([data.observed.days[-1], *(f.forecast.days[-1] for f in data.futures)])
    room = (
        2.0
        if narrow
        else 2 * GAP_PX
        + max(
            (text_width(line, bold=True) for f in data.futures for line in _lines(data, f)),
            default=0,
        )
    )
    plot = parts.panel(
        canvas,
        axis,
        (data.observed.days[0], last),
        label=parts.plain,
        right=room,
        headroom=parts.HEADROOM_PX if data.futures else 4,
        foot=parts.DATE_AXIS_PX + (16 if narrow else 0),
    )
    parts.draw_grid(canvas, plot, axis, label=parts.plain, right=canvas.width)
    parts.draw_dates(canvas, plot, narrow=narrow)
    taken = Obstacles()
    for future in data.futures:
        whole = joined(data.observed, future.forecast)
        parts.draw_band(canvas, plot, whole, whole.levels[0], future.band, future.opacity, taken)
    for future in data.futures:
        whole = joined(data.observed, future.forecast)
        median = Series(whole.days, whole.median)
        parts.draw_line(canvas, plot, median, future.colour, dash=future.dash, taken=taken)
    parts.draw_line(canvas, plot, data.observed, tokens.OBSERVED, taken=taken)
    if data.futures:
        now = f"Today: {data.number(data.observed.values[-1])}"
        today = data.observed.days[-1]
        parts.draw_today(canvas, plot, taken, today, before=now, after="")
    if data.target is not None:
        parts.draw_target(canvas, plot, taken, data.target, data.target_name)
    _name_futures(canvas, plot, data, taken, narrow=narrow)
    return canvas.svg()


def _name_futures(
    canvas: Canvas, plot: Panel, data: _Backlog, taken: Obstacles, *, narrow: bool
) -> None:
    if not narrow:
        ends = [plot.y(future.forecast.median[-1]) for future in data.futures]
        _name_ends(canvas, plot.right + GAP_PX, data, ends, (plot.top, plot.bottom))
        return
    for future in data.futures:
        line = Series(future.forecast.days, future.forecast.median)
        places = parts.near_line(plot, line, at=(0.9, 0.7, 0.5), above=bool(future.dash))
        parts.name_at(canvas, plot, taken, [future.short], places, future.colour, bold=True)


def _lines(data: _Backlog, future: _Future) -> tuple[str, str]:
    return future.name, f"{data.number(future.forecast.median[-1])} {data.unit}"


def _name_ends(
    canvas: Canvas, x: float, data: _Backlog, wanted: Sequence[float], span: tuple[float, float]
) -> None:
    places = push_apart(wanted, 2 * LINE_PX + 8, span[0] + 10, span[1] - LINE_PX - 10)
    for future, y in zip(data.futures, places, strict=True):
        for n, line in enumerate(_lines(data, future)):
            at = y + (n - 0.5) * LINE_PX
            canvas.text(x, at, line, colour=future.colour, bold=True, halo=True)
