"""XmR charts: a series beside its limits of ordinary variation, the points that signal larger.

References:
    Wheeler (2000), Understanding Variation; NHS England, Making Data Count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING

from forethought.results import tokens
from forethought.results.canvas import Canvas
from forethought.results.charts import parts
from forethought.results.charts.frames import series
from forethought.results.charts.ordinary import (
    Better,
    Period,
    Segment,
    Shown,
    alt_of,
    limits_of,
    note_of,
    signal_words,
    signals_of,
    whole,
)
from forethought.results.drawing import Drawing, medium_of
from forethought.results.layout import (
    GAP_PX,
    Box,
    Obstacles,
    Panel,
    text_box,
    text_width,
)

if TYPE_CHECKING:
    import polars as pl

_HEIGHT, _HEIGHT_NARROW = 340, 320
_SPARK, _SPARK_PX = 200, 54
_LINE_WIDTH, _TEXT_HALF_PX, _CLEAR_PX = 2.0, 10, 16
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_DAYS: dict[Period, int] = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


def xmr(  # noqa: PLR0913
    points: pl.DataFrame,
    *,
    what: str,
    mean: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    segments: Sequence[Segment] = (),
    marks: Sequence[date] = (),
    place: str = "",
    heading: str = "",
    measure: str = "",
    table: str = "",
    period: Period = "month",
    better: Better | None = None,
    target: float | None = None,
    target_name: str = "Target",
    number: parts.Format = whole,
    axis_label: parts.Format = parts.plain,
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """A series over the grey band of ordinary variation; signals pink and larger.

    Args:
        points: `ds` (start of the period), `y`.
        what: What is counted: "Safeguarding concerns a month".
        mean: The middle of ordinary variation, where one set of limits holds throughout.
        lower: Its lower limit.
        upper: Its upper limit.
        segments: Limits that were set anew in between, instead of `mean`, `lower`, `upper`.
        marks: Days (of `ds`) of the points that signal.
        place: Where.
        heading: The message.
        measure: What, where, when; where the axis starts is added if it is cut.
        table: Name of the table with the same figures.
        period: What a point is of.
        better: Which side is better; None where neither is.
        target: A level to reach, drawn dotted.
        target_name: Its name, before its figure.
        number: How a figure reads.
        axis_label: How a value reads on the axis.
        width: Of the wide drawing, px.

    Raises:
        DataError: Points, limits or marks that cannot be drawn; all at once.
    """
    line = series(points, name="points")
    shown = Shown(
        line,
        limits_of(line, (mean, lower, upper), segments),
        signals_of(line, marks),
        number,
        axis_label,
        period,
        better,
        target,
        target_name,
    )
    return Drawing(
        wide=_wide(shown, width),
        medium=medium_of(lambda px: _wide(shown, px), width),
        narrow=_narrow(shown),
        alt=alt_of(shown, "XmR chart", what, place, table),
        heading=heading,
        measure=(measure + parts.cut_note(shown.axis, axis_label)).strip(),
        note=note_of(shown),
    )


def xmr_spark(  # noqa: PLR0913
    points: pl.DataFrame,
    *,
    what: str,
    mean: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    segments: Sequence[Segment] = (),
    marks: Sequence[date] = (),
    place: str = "",
    table: str = "",
    period: Period = "month",
    better: Better | None = None,
    number: parts.Format = whole,
) -> Drawing:
    """An XmR chart of 200 x 54 px without words, for a row of a list; the same on a phone.

    Args:
        points: `ds`, `y`; about the last 24.
        what: What is counted, for the alternative text.
        mean: The middle of ordinary variation, where one set of limits holds throughout.
        lower: Its lower limit.
        upper: Its upper limit.
        segments: Limits that were set anew in between, instead of `mean`, `lower`, `upper`.
        marks: Days (of `ds`) of the points that signal.
        place: Where.
        table: Name of the table with the same figures.
        period: What a point is of.
        better: Which side is better; None where neither is.
        number: How a figure reads.

    Raises:
        DataError: Points, limits or marks that cannot be drawn; all at once.
    """
    line = series(points, name="points")
    limits = limits_of(line, (mean, lower, upper), segments)
    marked = signals_of(line, marks)
    shown = Shown(line, limits, marked, number, parts.plain, period, better)
    values = [*line.values, *(v for each in limits for v in (each.lower, each.upper))]
    low, high = min(values), max(values)
    room = (high - low) * 0.02 or 1.0
    canvas = Canvas(_SPARK, _SPARK_PX)
    first, last = _days_of(shown)
    x0, x1 = first.toordinal(), last.toordinal()
    plot = Panel(0, _SPARK, 6, _SPARK_PX - 6, x0, x1, low - room, high + room)
    _draw(canvas, plot, shown, Obstacles(), signal=60, width=1.75, dot=0)
    svg = canvas.svg()
    return Drawing(svg, svg, alt_of(shown, "Small XmR chart", what, place, table))


def _days_of(shown: Shown) -> tuple[date, date]:
    """The axis: half a period before the first point to half a period after the last."""
    days = shown.line.days
    steps = [(b - a).days for a, b in pairwise(days)] or [_DAYS[shown.period]]
    half = timedelta(max(1, round(min(steps) / 2)))
    return days[0] - half, days[-1] + half


def _bounds(plot: Panel, shown: Shown) -> list[tuple[float, float, Segment]]:
    """Left and right px of each segment: halfway between the points that it parts."""
    xs = [plot.x(day) for day in shown.line.days]
    starts = [
        next(n for n, day in enumerate(shown.line.days) if day >= each.first)
        for each in shown.segments
    ]
    inner = [(xs[at - 1] + xs[at]) / 2 for at in starts[1:]]
    edges = [plot.left, *inner, plot.right]
    return [(a, b, each) for (a, b), each in zip(pairwise(edges), shown.segments, strict=True)]


def _draw(
    canvas: Canvas,
    plot: Panel,
    shown: Shown,
    taken: Obstacles,
    *,
    signal: float = 130,
    width: float = _LINE_WIDTH,
    dot: float = 36,
) -> None:
    """Band, mean, line and points; `signal` and `dot` are areas in px²."""
    for left, right, each in _bounds(plot, shown):
        canvas.rect(left, plot.y(each.upper), right, plot.y(each.lower), tokens.ORDINARY)
    for left, right, each in _bounds(plot, shown):
        y = plot.y(each.mean)
        canvas.rule((left, y), (right, y), tokens.UNCLEAR, width=1.25)
    parts.draw_line(canvas, plot, shown.line, tokens.OBSERVED, width=width, taken=taken)
    spaced = (plot.right - plot.left) / max(1, len(shown.line.days))
    for n, (day, value) in enumerate(zip(shown.line.days, shown.line.values, strict=True)):
        x, y = plot.x(day), plot.y(value)
        if n not in shown.signals and min(dot, spaced**2 / 3) > 0:
            canvas.dot(x, y, tokens.OBSERVED, size=min(dot, spaced**2 / 3))
    for n in shown.signals:
        x, y = plot.x(shown.line.days[n]), plot.y(shown.line.values[n])
        canvas.dot(x, y, tokens.TARGET, size=signal)
        taken.add_band([x - 7, x + 7], [y - 7, y - 7], [y + 7, y + 7])


def _wide(shown: Shown, width: int) -> str:
    canvas, axis = Canvas(width, _HEIGHT), shown.axis
    labels = _end_labels(shown)
    room = max(text_width(text, bold=bold) for _, text, _, bold in labels) + GAP_PX
    plot = parts.panel(
        canvas, axis, _days_of(shown), label=shown.axis_label, right=room, headroom=6
    )
    parts.draw_grid(canvas, plot, axis, label=shown.axis_label, right=plot.right)
    parts.draw_dates(canvas, plot, narrow=False)
    taken = Obstacles()
    _draw(canvas, plot, shown, taken)
    ends = [parts.EndLabel(plot.y(value), *look) for value, *look in labels]  # type: ignore[arg-type]
    parts.draw_end_labels(canvas, plot, ends, taken)
    _name_signal(canvas, plot, shown, taken, inside=False)
    _draw_target(canvas, plot, shown, taken)
    return canvas.svg()


def _narrow(shown: Shown) -> str:
    """Limits are named inside, under the label of the last signal."""
    canvas, axis = Canvas(tokens.NARROW, _HEIGHT_NARROW), shown.axis
    foot = parts.DATE_AXIS_PX + 16
    plot = parts.panel(canvas, axis, _days_of(shown), label=shown.axis_label, foot=foot, right=4)
    parts.draw_grid(canvas, plot, axis, label=shown.axis_label, right=tokens.NARROW)
    parts.draw_dates(canvas, plot, narrow=True)
    taken = Obstacles()
    _draw(canvas, plot, shown, taken)
    _name_signal(canvas, plot, shown, taken, inside=True)
    _name_limits(canvas, plot, shown, taken)
    _draw_target(canvas, plot, shown, taken)
    return canvas.svg()


def _end_labels(shown: Shown) -> list[tuple[float, str, str, bool]]:
    """Level, words, colour and weight of what stands at the right of the plot."""
    named = {"Upper limit": shown.last.upper, "Mean": shown.last.mean}
    named |= {"Lower limit": shown.last.lower}
    labels = [
        (value, f"{name} {shown.number(value)}", tokens.SECONDARY, False)
        for name, value in named.items()
    ]
    if _ends_in_signal(shown):
        text = signal_words(shown, shown.signals[-1], short=True)
        labels.append((shown.line.values[-1], text, tokens.TARGET, True))
    return labels


def _ends_in_signal(shown: Shown) -> bool:
    return bool(shown.signals) and shown.signals[-1] == len(shown.line.days) - 1


def _name_signal(
    canvas: Canvas, plot: Panel, shown: Shown, taken: Obstacles, *, inside: bool
) -> None:
    """The last signal with its figure, beside its point, where no end label says it."""
    if not shown.signals or (_ends_in_signal(shown) and not inside):
        return
    at = shown.signals[-1]
    x, y = plot.x(shown.line.days[at]), plot.y(shown.line.values[at])
    text = signal_words(shown, at, short=True)
    half = text_width(text, bold=True) / 2
    aside = half + 2 * GAP_PX
    sides = (0.0, -aside, aside, -aside / 2, aside / 2)
    places = [(x + dx, y + dy) for dy in (-20, 20, 0, -32, 32, -50, 50, -80, 80) for dx in sides]
    places = [(px, py) for px, py in places if abs(py - y) > _CLEAR_PX or abs(px - x) > half]
    _name(canvas, plot, taken, text, places, tokens.TARGET, bold=True)


def _name_limits(canvas: Canvas, plot: Panel, shown: Shown, taken: Obstacles) -> None:
    """The limits that hold now by their edges; the mean where there is clear space."""
    left, right, limits = _bounds(plot, shown)[-1]
    for name, value, outside in (
        ("Upper limit", limits.upper, -1),
        ("Lower limit", limits.lower, 1),
        ("Mean", limits.mean, -1),
    ):
        text, y = f"{name} {shown.number(value)}", plot.y(value)
        half = text_width(text) / 2
        free = max(0.0, right - left - 2 * half - 8)
        spread = [right - half - 4 - share * free for share in _SHARES[::-1]]
        shifts = (13, -13, 24, -24) if name == "Mean" else (13, -13, 24, 36, -36, 50)
        places = [(x, y + outside * shift) for shift in shifts for x in spread]
        if name == "Mean":
            places = [place for place in places if not taken.cost(_box(place, text))]
        _name(canvas, plot, taken, text, places, tokens.SECONDARY)


def _draw_target(canvas: Canvas, plot: Panel, shown: Shown, taken: Obstacles) -> None:
    """A dotted line at the target, named near it."""
    if shown.target is None:
        return
    y, text = plot.y(shown.target), shown.target_words
    canvas.rule((plot.left, y), (plot.right, y), tokens.TARGET, width=2, dash=parts.DOTTED)
    taken.add_band([plot.left, plot.right], [y, y], [y, y])
    half = text_width(text) / 2
    free = plot.right - plot.left - 2 * half - GAP_PX
    spread = [plot.left + half + GAP_PX + share * free for share in _SHARES]
    places = [(x, y + dy) for dy in (16, -16, 28, -28, 42, -42) for x in spread]
    _name(canvas, plot, taken, text, places, tokens.TARGET)


def _name(
    canvas: Canvas,
    plot: Panel,
    taken: Obstacles,
    text: str,
    places: Sequence[tuple[float, float]],
    colour: str,
    *,
    bold: bool = False,
) -> None:
    """A name at the first clear place inside the plot; on a line sooner than on another name."""
    half = text_width(text, bold=bold) / 2
    left, right = plot.left + half + 4, plot.right - half

    def clear_of_names(some: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        inside = [(min(max(x, left), right), y) for x, y in some]
        inside = [at for at in inside if _TEXT_HALF_PX <= at[1] <= plot.bottom - 12]
        boxes = [(at, _box(at, text, bold=bold)) for at in inside]
        return [at for at, box in boxes if not any(map(box.overlaps, taken.boxes))]

    def far(place: tuple[float, float]) -> float:
        return hypot(place[0] - places[0][0], place[1] - places[0][1])

    if places:
        rows = range(_TEXT_HALF_PX, int(plot.bottom), _TEXT_HALF_PX)
        anywhere = [(left + share * (right - left), y) for y in rows for share in _SHARES]
        kept = clear_of_names(places) or clear_of_names(sorted(anywhere, key=far))[:1]
        parts.name_at(canvas, plot, taken, [text], kept, colour, bold=bold)


def _box(place: tuple[float, float], text: str, *, bold: bool = False) -> Box:
    return text_box(*place, [text], anchor="middle", bold=bold)
