"""Work that comes in, work that is closed, and the work that stays open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from forethought.results import tokens, words
from forethought.results.alt import Described, describe
from forethought.results.canvas import Canvas
from forethought.results.charts import parts
from forethought.results.charts.frames import Forecast, Series, forecast, joined, series
from forethought.results.drawing import Drawing, medium_of
from forethought.results.layout import GAP_PX, Axis, Obstacles, Panel, value_axis

if TYPE_CHECKING:
    import polars as pl

_HEIGHT, _HEIGHT_NARROW = 340, 300
_SHARES = (0.85, 0.7, 0.55, 0.4, 0.95, 0.25)
_AHEAD = (0.65, 0.55, 0.75, 0.45, 0.85, 0.35)
_HOLIDAY_DAYS = 16
"""How far from a holiday its dip may lie, and no figure stands for an ordinary period."""


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


@dataclass(frozen=True)
class _Chart:
    """All that the drawings of one chart share."""

    flows: tuple[_Flow, ...]
    axis: Axis
    axis_label: parts.Format
    number: parts.Format
    per: str
    ahead: str
    holidays: Mapping[date, str] = field(default_factory=dict)

    @property
    def future(self) -> bool:
        """Whether any line goes on after today."""
        return any(flow.future for flow in self.flows)

    def label(self, flow: _Flow) -> str:
        """The name of a line with the figure of its last period without a holiday."""
        pairs = list(zip(flow.whole.days, flow.whole.values, strict=True))
        ordinary = [value for day, value in pairs if not self._festive(day)]
        return f"{flow.name}, {self.number((ordinary or [pairs[-1][1]])[-1])} {self.per}"

    def _festive(self, day: date) -> bool:
        return any(abs((day - holiday).days) < _HOLIDAY_DAYS / 2 for holiday in self.holidays)


def incoming_closed(  # noqa: PLR0913
    incoming: pl.DataFrame,
    closed: pl.DataFrame,
    *,
    incoming_forecast: pl.DataFrame | None = None,
    closed_forecast: pl.DataFrame | None = None,
    what: str,
    place: str = "",
    per: str = "a month",
    ahead: str = "Forecast",
    holidays: Mapping[date, str] | None = None,
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
        ahead: What the part after today is: "Forecast", "Simulated".
        holidays: Names of days by date, written under the dip they make: {25 December 2026:
            "Christmas"}. A line's figure is that of its last period without one.
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
    flows = _flows((incoming, closed), (incoming_forecast, closed_forecast))
    axis = _axis(flows, zero=zero)
    chart = _Chart(flows, axis, axis_label, number, per, ahead, holidays or {})
    recent = replace(chart, flows=_recent(flows))
    return Drawing(
        wide=_draw(chart, Canvas(width, _HEIGHT), narrow=False),
        medium=medium_of(lambda px: _draw(chart, Canvas(px, _HEIGHT), narrow=False), width),
        narrow=_draw(recent, Canvas(tokens.NARROW, _HEIGHT_NARROW), narrow=True),
        alt=_alt(chart, what, place, table),
        heading=heading,
        measure=measure + parts.cut_note(axis, axis_label),
        note=parts.bands_note(*(flow.future and flow.future.narrowest for flow in flows)),
    )


def _flows(
    seen: tuple[pl.DataFrame, pl.DataFrame], ahead: tuple[pl.DataFrame | None, pl.DataFrame | None]
) -> tuple[_Flow, _Flow]:
    """Incoming dashed orange, closed solid blue."""
    opacity = tokens.ORANGE_BAND_OPACITY
    came, done = series(seen[0], name="incoming"), series(seen[1], name="closed")
    to_come, to_do = map(_forecast, ahead)
    return (
        _Flow("Incoming", came, to_come, tokens.ORANGE, tokens.ORANGE_BAND, opacity, parts.DASHED),
        _Flow("Closed", done, to_do, tokens.BLUE, tokens.BAND_80, opacity, ()),
    )


def _alt(chart: _Chart, what: str, place: str, table: str) -> str:
    came, done = chart.flows
    lines = f"{what}, incoming and closed {chart.per}"
    about = Described("Line chart", lines, place, came.observed, came.future, done.whole, "Closed")
    return describe(about, number=chart.number, table=table, first="Incoming")


def _forecast(frame: pl.DataFrame | None) -> Forecast | None:
    return None if frame is None else forecast(frame)


def _axis(flows: Sequence[_Flow], *, zero: bool) -> Axis:
    values = [v for flow in flows for v in flow.observed.values]
    for flow in flows:
        if flow.future:
            values += flow.future.narrowest.extent
    return value_axis(min(values), max(values), zero=zero, lines=4)


def _recent(flows: Sequence[_Flow]) -> tuple[_Flow, ...]:
    """The last third of what was, at most 30 months, as a phone shows it.

    Before a future the observed takes at most as much room as the future does.
    """
    last = max(flow.observed.days[-1] for flow in flows)
    first = min(flow.observed.days[0] for flow in flows)
    end = max(flow.whole.days[-1] for flow in flows)
    shown = min(parts.NARROW_MONTHS * 30, max(180, (last - first).days // 3))
    if end > last:
        shown = min(shown, max(62, (end - last).days))
    since = date.fromordinal(last.toordinal() - shown)
    return tuple(flow.since(since) for flow in flows)


def _draw(chart: _Chart, canvas: Canvas, *, narrow: bool) -> str:
    flows = chart.flows
    days = (
        min(flow.observed.days[0] for flow in flows),
        max(flow.whole.days[-1] for flow in flows),
    )
    plot = parts.panel(
        canvas,
        chart.axis,
        days,
        label=chart.axis_label,
        right=2 if narrow else 4 * GAP_PX,
        foot=parts.DATE_AXIS_PX + (16 if narrow else 0),
        headroom=parts.HEADROOM_PX if chart.future else 4,
    )
    parts.draw_grid(canvas, plot, chart.axis, label=chart.axis_label, right=canvas.width)
    parts.draw_dates(canvas, plot, narrow=narrow)
    taken = Obstacles()
    _draw_flows(canvas, plot, flows, taken)
    if chart.future:
        today = max(flow.observed.days[-1] for flow in flows)
        parts.draw_today(canvas, plot, taken, today, before="Today", after=chart.ahead)
    _name_holidays(canvas, plot, taken, chart)
    for flow in flows:
        _name_flow(canvas, plot, taken, chart, flow, narrow=narrow)
    return canvas.svg()


def _name_flow(
    canvas: Canvas, plot: Panel, taken: Obstacles, chart: _Chart, flow: _Flow, *, narrow: bool
) -> None:
    """A line's name on its own side: by what is expected, with its figure where that fits."""
    above = _higher(flow, chart.flows)
    labels = [flow.name] if narrow else [chart.label(flow), flow.name]
    if flow.future:
        ahead = Series(flow.future.days, flow.future.median)
        near = parts.near_line(plot, ahead, at=_AHEAD, above=above, both=False)
        for label in labels:
            if parts.name_in_clear(canvas, plot, taken, label, near, flow.colour):
                return
    places = parts.near_line(plot, flow.whole, at=_SHARES, above=above)
    label = labels[-1] if flow.future else labels[0]
    parts.name_at(canvas, plot, taken, [label], places, flow.colour, bold=True)


def _higher(flow: _Flow, flows: Sequence[_Flow]) -> bool:
    """Whether a line ends over the others, so that its name is best over it."""
    ends = [(other.future.median if other.future else other.observed.values) for other in flows]
    middles = [sorted(values)[len(values) // 2] for values in ends]
    own = middles[list(flows).index(flow)]
    return own == max(middles) and (min(middles) < own or flow.name == "Incoming")


def _draw_flows(canvas: Canvas, plot: Panel, flows: Sequence[_Flow], taken: Obstacles) -> None:
    """Bands under both lines, the forecast's opening from the last observed point."""
    for flow in flows:
        if flow.future:
            band = joined(flow.observed, flow.future)
            parts.draw_band(canvas, plot, band, band.levels[0], flow.band, flow.opacity, taken)
    for flow in flows:
        parts.draw_line(canvas, plot, flow.whole, flow.colour, dash=flow.dash, taken=taken)


def _name_holidays(canvas: Canvas, plot: Panel, taken: Obstacles, chart: _Chart) -> None:
    for day, name in sorted(chart.holidays.items()):
        if not plot.x0 <= day.toordinal() <= plot.x1:
            continue
        near = [
            v
            for flow in chart.flows
            for d, v in zip(flow.whole.days, flow.whole.values, strict=True)
            if abs((d - day).days) <= _HOLIDAY_DAYS
        ]
        y = min(plot.bottom - 12, plot.y(min(near, default=plot.y0)) + 16)
        x = plot.x(day)
        places = [(x, y), (x, y + 12), (x - 50, y), (x + 50, y), (x, y - 24)]
        parts.name_at(canvas, plot, taken, [name], places, tokens.SECONDARY)
