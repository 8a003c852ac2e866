"""The backlog: open work over time, what is planned, what could be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from forethought.results import tokens, words
from forethought.results.alt import Described, describe
from forethought.results.canvas import Canvas
from forethought.results.charts import parts
from forethought.results.charts.frames import Forecast, Series, forecast, joined, series
from forethought.results.drawing import Drawing, medium_of
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
_LEVELS = (50.0, 80.0, 95.0)
_BLUE_BANDS = {50.0: tokens.BAND_50, 80.0: tokens.BAND_80, 95.0: tokens.BAND_95}
MOST_PATHS = 10


@dataclass(frozen=True)
class Plan:
    """A future of the backlog.

    Args:
        name: "With 55 staff".
        expected: `ds`, `median`, `lo-80`, `hi-80`; a what-if is drawn with the bands of 50, 80
            and 95 that are given, today's plan with that of 80 alone.
        base: Whether it is today's plan: grey and dashed. Others are blue.
        short: Its name on a phone; empty for the name.
        paths: Single simulated futures, `path` (number), `ds`, `y`.
    """

    name: str
    expected: pl.DataFrame
    base: bool = False
    short: str = ""
    paths: pl.DataFrame | None = None


@dataclass(frozen=True)
class _Future:
    name: str
    short: str
    forecast: Forecast
    base: bool
    paths: tuple[Series, ...] = ()

    @property
    def colour(self) -> str:
        """Of its line and name."""
        return tokens.BASE_PLAN if self.base else tokens.BLUE

    @property
    def dash(self) -> tuple[int, ...]:
        """Today's plan is dashed."""
        return parts.DASHED if self.base else ()

    def band(self, level: float) -> str:
        """The colour of a band."""
        return tokens.GREY_BAND if self.base else _BLUE_BANDS.get(level, tokens.BAND_80)


@dataclass(frozen=True)
class _Backlog:
    observed: Series
    futures: tuple[_Future, ...]
    target: float | None
    target_name: str
    unit: str
    number: parts.Format

    @property
    def paths(self) -> int:
        """How many single futures are drawn."""
        return max((len(future.paths) for future in self.futures), default=0)


def backlog(  # noqa: PLR0913
    observed: pl.DataFrame,
    plans: Sequence[Plan] = (),
    *,
    target: float | None = None,
    target_name: str = "",
    paths: bool = False,
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
        paths: Draw up to 10 single futures of each what-if, thin.
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
        tuple(_future(plan, paths=paths) for plan in plans),
        target,
        target_name,
        unit,
        number,
    )
    return Drawing(
        wide=_draw(data, Canvas(width, _HEIGHT), narrow=False),
        medium=medium_of(lambda px: _draw(data, Canvas(px, _HEIGHT), narrow=False), width),
        narrow=_draw(_recent(data), Canvas(tokens.NARROW, _HEIGHT_NARROW), narrow=True),
        alt=_alt(data, what, place, table),
        heading=heading,
        measure=measure,
        note=_note(data),
    )


def _alt(data: _Backlog, what: str, place: str, table: str) -> str:
    main = data.futures[-1] if data.futures else None
    other = data.futures[0] if len(data.futures) > 1 else None
    expected = _said(main.forecast) if main else None
    line = Series(other.forecast.days, other.forecast.median) if other else None
    name = other.name if other else ""
    about = Described("Line chart", what, place, data.observed, expected, line, name)
    return describe(about, number=data.number, table=table)


def _said(future: Forecast) -> Forecast:
    """The forecast with the 8 in 10 range alone, the one that words give, where it has it."""
    kept = {80.0: future.bands[80.0]} if 80.0 in future.bands else future.narrowest.bands  # noqa: PLR2004
    return replace(future, bands=kept)


def _note(data: _Backlog) -> str:
    whatifs = [future.forecast for future in data.futures if not future.base]
    plans = [future.forecast for future in data.futures if future.base]
    bands = parts.bands_note(*(whatifs or plans))
    if whatifs and plans and len(whatifs[0].bands) > 1:
        bands += f" Grey band: {words.of_level(plans[0].levels[0])} chance."
    if data.paths:
        bands += f" Thin lines: {data.paths} of the simulated futures."
    return bands


def _future(plan: Plan, *, paths: bool) -> _Future:
    usual = (80.0,) if plan.base else _LEVELS
    future = forecast(plan.expected, name=plan.name, usual=usual)
    if plan.base:
        future = future.narrowest
    single = _paths(plan) if paths and not plan.base else ()
    return _Future(plan.name, plan.short or plan.name, future, plan.base, single)


def _paths(plan: Plan) -> tuple[Series, ...]:
    if plan.paths is None:
        return ()
    first = plan.paths["path"].unique().sort().head(MOST_PATHS)
    return tuple(
        series(plan.paths.filter(plan.paths["path"] == number), name=f"{plan.name}, path {number}")
        for number in first
    )


def _recent(data: _Backlog) -> _Backlog:
    first, last = data.observed.days[0], data.observed.days[-1]
    shown = min(parts.NARROW_MONTHS * 30, max(180, (last - first).days // 3))
    since = date.fromordinal(last.toordinal() - shown)
    return replace(data, observed=data.observed.since(since))


def _axis(data: _Backlog) -> Axis:
    values = [*data.observed.values, *([data.target] if data.target is not None else [])]
    for future in data.futures:
        values += future.forecast.extent
        values += [value for path in future.paths for value in path.values]
    return value_axis(0, max(values), zero=True, lines=5)


def _draw(data: _Backlog, canvas: Canvas, *, narrow: bool) -> str:
    axis = _axis(data)
    last = max([data.observed.days[-1], *(f.forecast.days[-1] for f in data.futures)])
    plot = parts.panel(
        canvas,
        axis,
        (data.observed.days[0], last),
        label=parts.plain,
        right=2.0 if narrow else _room(data),
        headroom=parts.HEADROOM_PX if data.futures else 4,
        foot=parts.DATE_AXIS_PX + (16 if narrow else 0),
    )
    parts.draw_grid(canvas, plot, axis, label=parts.plain, right=canvas.width)
    parts.draw_dates(canvas, plot, narrow=narrow)
    taken = Obstacles()
    _draw_futures(canvas, plot, data, taken)
    parts.draw_line(canvas, plot, data.observed, tokens.OBSERVED, taken=taken)
    if data.futures:
        now = f"Today: {data.number(data.observed.values[-1])}"
        today = data.observed.days[-1]
        parts.draw_today(canvas, plot, taken, today, before=now, after="")
    if data.target is not None:
        parts.draw_target(canvas, plot, taken, data.target, data.target_name)
    _name_futures(canvas, plot, data, taken, narrow=narrow)
    return canvas.svg()


def _room(data: _Backlog) -> float:
    """Px at the right for the names and figures of the futures."""
    said = (line for future in data.futures for line in _lines(data, future))
    return 2 * GAP_PX + max((text_width(line, bold=True) for line in said), default=0)


def _draw_futures(canvas: Canvas, plot: Panel, data: _Backlog, taken: Obstacles) -> None:
    """Bands, the widest first, then single futures, then the most likely lines over all."""
    opacity = tokens.GREY_BAND_OPACITY
    wholes = [(future, joined(data.observed, future.forecast)) for future in data.futures]
    for future, whole in wholes:
        for level in whole.levels[::-1]:
            parts.draw_band(canvas, plot, whole, level, future.band(level), opacity, taken)
    for future in data.futures:
        for path in future.paths:
            opened = _opened(data.observed, path)
            parts.draw_line(canvas, plot, opened, tokens.PATH, width=1)
    for future, whole in wholes:
        median = Series(whole.days, whole.median)
        parts.draw_line(canvas, plot, median, future.colour, dash=future.dash, taken=taken)


def _opened(observed: Series, path: Series) -> Series:
    """A single future with the last observed point before it."""
    if observed.days[-1] >= path.days[0]:
        return path
    return Series((observed.days[-1], *path.days), (observed.values[-1], *path.values))


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
