"""Small charts: four of a kind on one scale, and the fan of a home card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from forethought.results import tokens, words
from forethought.results.alt import Described, describe
from forethought.results.canvas import Anchor, Canvas
from forethought.results.charts import parts
from forethought.results.charts.frames import Forecast, Series, forecast, joined, series
from forethought.results.drawing import Drawing
from forethought.results.layout import Axis, Obstacles, Panel, text_width, value_axis

if TYPE_CHECKING:
    import polars as pl

_MULTIPLE, _MULTIPLE_PX = 250, 170
_SPARK_PX = 120
_BASE = 100.0


@dataclass(frozen=True)
class Part:
    """One of several small charts.

    Args:
        name: Its heading: "Older people".
        observed: `ds`, `y`, in people.
        expected: `ds`, `median`, `lo-80`, `hi-80`, in people.
    """

    name: str
    observed: pl.DataFrame
    expected: pl.DataFrame


def multiples(
    items: Sequence[Part],
    *,
    what: str,
    place: str = "",
    measure: str = "",
    table: str = "",
    number: parts.Format = words.rounded,
    width: int = _MULTIPLE,
) -> list[Drawing]:
    """Small fans on one shared axis where the last observed value is 100.

    Each drawing's heading is its name; its note gives the figures ("**9,210** now, **10,310** in
    March 2030").

    Args:
        items: Parts in the order shown; four in a row of a desk, one below the other on phones.
        what: What is counted, for the alternative text.
        place: Where.
        measure: The line over all of them.
        table: Name of the table with the same figures.
        number: How a figure reads.
        width: Of each wide drawing, px.

    Raises:
        DataError: A frame cannot be drawn; says which and why.
    """
    read = [
        (item.name, series(item.observed, name=item.name), forecast(item.expected, name=item.name))
        for item in items
    ]
    indexed = [(name, *_indexed(observed, future)) for name, observed, future in read]
    values = [v for _, observed, future in indexed for v in (*observed.values, *future.extent)]
    axis = value_axis(min(values), max(values), lines=4)
    drawings = []
    for (name, observed, future), (_, seen, expected) in zip(read, indexed, strict=True):
        end = words.month(future.days[-1])
        figures = f"**{number(observed.values[-1])}** now, **{number(future.median[-1])}** in {end}"
        about = Described("Small fan chart", f"{what}, {name}", place, observed, future)
        drawings.append(
            Drawing(
                wide=_multiple(seen, expected, axis, width),
                narrow=_multiple(seen, expected, axis, tokens.NARROW),
                alt=describe(about, number=number, table=table),
                heading=name,
                measure=measure,
                note=figures,
            )
        )
    return drawings


def spark(  # noqa: PLR0913
    observed: pl.DataFrame,
    expected: pl.DataFrame | None = None,
    *,
    what: str,
    place: str = "",
    target: float | None = None,
    target_name: str = "Target",
    number: parts.Format = words.rounded,
    table: str = "",
    width: int = tokens.WIDE_CARD,
) -> Drawing:
    """A fan without axes for a home card: first and last month, and a target where there is one.

    Args:
        observed: `ds`, `y`.
        expected: `ds`, `median`, `lo-80`, `hi-80`; None draws what was alone.
        what: What is counted, for the alternative text.
        place: Where.
        target: A level to draw dashed.
        target_name: Its name: "Target: 900".
        number: How a figure reads.
        table: Name of the table with the same figures.
        width: Of the wide drawing, px.

    Raises:
        DataError: A frame cannot be drawn; says which and why.
    """
    seen = series(observed, name="observed")
    future = forecast(expected) if expected is not None else None
    about = Described("Small chart", what, place, seen, future)
    level = (target, target_name)
    return Drawing(
        wide=_spark(seen, future, level, width),
        narrow=_spark(seen, future, level, tokens.NARROW),
        alt=describe(about, number=number, table=table),
    )


def _indexed(observed: Series, future: Forecast) -> tuple[Series, Forecast]:
    now = observed.values[-1] or 1.0

    def scaled(values: Sequence[float]) -> tuple[float, ...]:
        return tuple(v / now * _BASE for v in values)

    narrowest = future.narrowest.bands
    bands = {level: (scaled(low), scaled(high)) for level, (low, high) in narrowest.items()}
    return (
        replace(observed, values=scaled(observed.values)),
        Forecast(future.days, scaled(future.median), bands),
    )


def _multiple(observed: Series, future: Forecast, axis: Axis, width: int) -> str:
    canvas = Canvas(width, _MULTIPLE_PX)
    days = (observed.days[0], future.days[-1])
    plot = parts.panel(canvas, axis, days, label=parts.plain, headroom=2, foot=30, right=2)
    parts.draw_grid(canvas, plot, axis, label=parts.plain, right=width)
    _years(canvas, plot)
    _draw_fan(canvas, plot, observed, future)
    return canvas.svg()


def _years(canvas: Canvas, plot: Panel) -> None:
    """First, middle and last year that fit under a small plot."""
    first, last = date.fromordinal(int(plot.x0)), date.fromordinal(int(plot.x1))
    start = first.year if (first.month, first.day) == (1, 1) else first.year + 1
    shown = list(range(start, last.year + 1))
    fits = max(2, int((plot.right - plot.left) / (text_width("2026") * 1.6)))
    step = next(s for s in (1, 2, 3, 4, 5, 10, 20, 50) if len(shown) / s <= fits)
    for year in shown[::-1][::step]:
        x = plot.x(date(year, 1, 1))
        half = text_width("2026") / 2
        canvas.rule((x, plot.bottom), (x, plot.bottom + 6), tokens.AXIS)
        middle = min(max(x, half), canvas.width - half)
        canvas.text(middle, plot.bottom + 18, str(year), anchor="middle")


def _draw_fan(
    canvas: Canvas,
    plot: Panel,
    observed: Series,
    future: Forecast | None,
    taken: Obstacles | None = None,
) -> None:
    if future:
        whole = joined(observed, future)
        parts.draw_band(canvas, plot, whole, whole.levels[0], tokens.BAND_80, taken=taken)
        median = Series(whole.days, whole.median)
        parts.draw_line(canvas, plot, median, tokens.BLUE, width=2.5, taken=taken)
    parts.draw_line(canvas, plot, observed, tokens.OBSERVED, width=2.5, taken=taken)


def _spark(
    observed: Series, future: Forecast | None, target: tuple[float | None, str], width: int
) -> str:
    canvas = Canvas(width, _SPARK_PX)
    values = [*observed.values, *(future.narrowest.extent if future else ())]
    values += [target[0]] if target[0] is not None else []
    last = future.days[-1] if future else observed.days[-1]
    low, high = min(values), max(values)
    pad = (high - low) * 0.04 or 1.0
    plot = Panel(
        4,
        width - 4,
        6,
        _SPARK_PX - 30,
        observed.days[0].toordinal(),
        last.toordinal(),
        low - pad,
        high + pad,
    )
    taken = Obstacles()
    _draw_fan(canvas, plot, observed, future, taken)
    if target[0] is not None:
        y = plot.y(target[0])
        canvas.rule((plot.left, y), (plot.right, y), tokens.TARGET, width=2, dash=(6, 4))
        shares = (0.25, 0.1, 0.4, 0.8, 0.9, 0.6)
        xs = [plot.left + share * (plot.right - plot.left) for share in shares]
        places = [(x, at) for at in (y + 14, y - 14, y + 24, y - 24) for x in xs]
        places = [(x, at) for x, at in places if plot.top < at <= plot.bottom + 2]
        parts.name_at(canvas, plot, taken, [target[1]], places, tokens.TARGET)
    ends: tuple[tuple[float, date, Anchor], ...] = (
        (4, observed.days[0], "start"),
        (width - 4, last, "end"),
    )
    for x, day, anchor in ends:
        canvas.text(
            x,
            _SPARK_PX - 12,
            words.month_short(day),
            colour=tokens.SECONDARY,
            anchor=anchor,
            size=tokens.SMALLEST_PX,
        )
    return canvas.svg()
