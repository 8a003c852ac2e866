"""Work that comes in, work that is closed, and the work that stays open."""

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
from forethought.results.drawing import Drawing
from forethought.results.layout import GAP_PX, Axis, Obstacles, Panel, value_axis

if TYPE_CHECKING:
    import polars as pl

_HEIGHT, _HEIGHT_NARROW = 340, 300
_SHARES = (0.85, 0.7, 0.55, 0.4, 0.95, 0.25)


@dataclass(frozen=True)
class _Flow:
    """One line of the chart: what was, perhaps what is expected, and its looks."""

    name: str
    observed: Series
    future: Forecast | None
    colour: str
    band: str
    opacity: float
    dash: tuple[int, ...]

    @property
    def whole(self) -> Series:
        """Observed and most likely future in one line."""
        if not self.future:
            return self.observed
        return Series(
            (*self.observed.days, *self.future.days), (*self.observed.values, *self.future.median)
        )

    def since(self, first: date) -> _Flow:
        """The part from `first` on."""
        return replace(self, observed=self.observed.since(first))


def incoming_closed(  # noqa: PLR0913
    incoming: pl.DataFrame,
    closed: pl.DataFrame,
    *,
    incoming_forecast: pl.DataFrame | None = None,
    closed_forecast: pl.DataFrame | None = None,
    what: str,
    place: str = "",
    per: str = "a month",
    holidays: Sequence[tuple[date, str]] = (),
    heading: str = "",
    measure: str = "",
    table: str = "",
    number: parts.Format = words.rounded,
    axis_label: parts.Format = parts.plain,
    zero: bool = False,
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """Incoming v closed work: two lines named in place, bands where the future is drawn.

    Args:
        incoming: `ds`, `y`: work received in each period.
        closed: `ds`, `y`: work closed in each period.
        incoming_forecast: `ds`, `median`, `lo-80`, `hi-80`.
        closed_forecast: The same for closed work.
        what: What is counted: "Assessments".
        place: Where.
        per: The period, in words: "a week".
        holidays: Days to name under a dip: (25 December 2026, "Christmas").
        heading: The message of the chart.
        measure: What, where, when; where the axis starts is added if it is cut.
        table: Name of the table with the same figures.
        number: How a figure reads.
        axis_label: How a value reads on the axis.
        zero: Start the axis at zero in any case.
        width: Of the wide drawing, px.

    Raises:
        DataError: A frame cannot be drawn; says which and why.
    """
    flows = (
        _Flow(
            "Incoming",
            series(incoming, name="incoming"),
            _forecast(incoming_forecast),
            tokens.ORANGE,
            tokens.ORANGE_BAND,
            tokens.ORANGE_BAND_OPACITY,
            parts.DASHED,
        ),
        _Flow(
            "Closed",
            series(closed, name="closed"),
            _forecast(closed_forecast),
            tokens.BLUE,
            tokens.BAND_80,
            tokens.ORANGE_BAND_OPACITY,
            (),
        ),
    )
    axis = _axis(flows, zero=zero)
    labels = [f"{flow.name}, {number(flow.whole.values[-1])} {per}" for flow in flows]
    recent = _recent(flows)
    alt = Described(
        "Line chart",
        f"{what}, incoming and closed {per}",
        place,
        flows[0].observed,
        flows[0].future,
        flows[1].whole,
        "Closed",
    )
    return Drawing(
        wide=_draw(flows, axis, Canvas(width, _HEIGHT), labels, holidays, axis_label, narrow=False),
        narrow=_draw(
            recent,
            axis,
            Canvas(tokens.NARROW, _HEIGHT_NARROW),
            [f.name for f in flows],
            holidays,
            axis_label,
            narrow=True,
        ),
        alt=describe(alt, number=number, table=table, first="Incoming"),
        heading=heading,
        measure=measure + parts.cut_note(axis, axis_label),
        note=parts.bands_note(*(flow.future and flow.future.narrowest for flow in flows)),
    )


def _forecast(frame: pl.DataFrame | None) -> Forecast | None:
    return None if frame is None else forecast(frame)


def _axis(flows: Sequence[_Flow], *, zero: bool) -> Axis:
    values = [v for flow in flows for v in flow.observed.values]
    for flow in flows:
        if flow.future:
            values += flow.future.extent
    return value_axis(min(values), max(values), zero=zero, lines=4)


def _recent(flows: Sequence[_Flow]) -> tuple[_Flow, ...]:
    """The last third of what was, at most 30 months, as a phone shows it."""
    last = max(flow.observed.days[-1] for flow in flows)
    first = min(flow.observed.days[0] for flow in flows)
    shown = min(parts.NARROW_MONTHS * 30, max(180, (last - first).days // 3))
    since = date.fromordinal(last.toordinal() - shown)
    return tuple(flow.since(since) for flow in flows)


def _draw(
    flows: Sequence[_Flow],
    axis: Axis,
    canvas: Canvas,
    labels: Sequence[str],
    holidays: Sequence[tuple[date, str]],
    axis_label: parts.Format,
    *,
    narrow: bool,
) -> str:
    days = (
        min(flow.observed.days[0] for flow in flows),
        max(flow.whole.days[-1] for flow in flows),
    )
    today = max(flow.observed.days[-1] for flow in flows)
    future = any(flow.future for flow in flows)
    foot = parts.DATE_AXIS_PX + (16 if narrow else 0)
    plot = parts.panel(
        canvas,
        axis,
        days,
        label=axis_label,
        right=2 if narrow else 4 * GAP_PX,
        foot=foot,
        headroom=parts.HEADROOM_PX if future else 4,
    )
    parts.draw_grid(canvas, plot, axis, label=axis_label, right=canvas.width)
    parts.draw_dates(canvas, plot, narrow=narrow)
    taken = Obstacles()
    for flow in flows:
        if flow.future:
            band = joined(flow.observed, flow.future)
            parts.draw_band(canvas, plot, band, band.levels[0], flow.band, flow.opacity, taken)
    for flow in flows:
        parts.draw_line(canvas, plot, flow.whole, flow.colour, dash=flow.dash, taken=taken)
    if future:
        parts.draw_today(canvas, plot, taken, today, before="Today", after="Forecast")
    _name_holidays(canvas, plot, taken, flows, holidays)
    for flow, label in zip(flows, labels, strict=True):
        places = parts.near_line(plot, flow.whole, at=_SHARES, above=flow.name == "Incoming")
        parts.name_at(canvas, plot, taken, [label], places, flow.colour, bold=True)
    return canvas.svg()


def _name_holidays(
    canvas: Canvas,
    plot: Panel,
    taken: Obstacles,
    flows: Sequence[_Flow],
    holidays: Sequence[tuple[date, str]],
) -> None:
    for day, name in holidays:
        if not plot.x0 <= day.toordinal() <= plot.x1:
            continue
        near = [
            v
            for flow in flows
            for d, v in zip(flow.whole.days, flow.whole.values, strict=True)
            if abs((d - day).days) <= 16  # noqa: PLR2004
        ]
        y = min(plot.bottom - 12, plot.y(min(near, default=plot.y0)) + 16)
        x = plot.x(day)
        parts.name_at(canvas, plot, taken, [name], [(x, y), (x, y + 12)], tokens.SECONDARY)
