"""Parts that several charts share: grid, date axis, the Today line, end labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from forethought.results import tokens, words
from forethought.results.canvas import Canvas
from forethought.results.charts.frames import Forecast, Series
from forethought.results.layout import (
    GAP_PX,
    LINE_PX,
    Axis,
    Box,
    Obstacles,
    Panel,
    date_ticks,
    ordinal,
    push_apart,
    text_box,
    text_width,
)

DOTTED, DASHED = (2, 4), (7, 5)
HEADROOM_PX = 28
DATE_AXIS_PX = 40
NARROW_MONTHS = 30
_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
Format = Callable[[float], str]


def plain(value: float) -> str:
    """An axis label without rounding away its decimals."""
    return words.rounded(value, 10 ** -(0 if float(value).is_integer() else 2))


@dataclass(frozen=True)
class EndLabel:
    """A label at the right of a line's end."""

    y: float
    text: str
    colour: str
    bold: bool = False


def room_for(labels: Sequence[EndLabel]) -> float:
    """Px to keep at the right for end labels."""
    return max((text_width(label.text, bold=label.bold) for label in labels), default=0) + GAP_PX


def panel(
    canvas: Canvas,
    axis: Axis,
    days: tuple[date, date],
    *,
    label: Format,
    right: float = GAP_PX,
    headroom: float = HEADROOM_PX,
    foot: float = DATE_AXIS_PX,
) -> Panel:
    """The plot of a canvas: room left for axis labels, right for end labels."""
    widest = max(text_width(label(tick)) for tick in axis.ticks)
    return Panel(
        left=widest + GAP_PX,
        right=canvas.width - right,
        top=headroom + 10,
        bottom=canvas.height - foot,
        x0=ordinal(days[0]),
        x1=ordinal(days[1]),
        y0=axis.start,
        y1=axis.end,
    )


def draw_grid(canvas: Canvas, plot: Panel, axis: Axis, *, label: Format, right: float) -> None:
    """Light gridlines with a number at the left of each; the lowest is the axis line."""
    for tick in axis.ticks:
        y = plot.y(tick)
        if tick != axis.start:
            canvas.rule((plot.left, y), (right, y), tokens.GRID)
        canvas.text(plot.left - GAP_PX, y, label(tick), anchor="end")
    canvas.rule((plot.left, plot.bottom), (right, plot.bottom), tokens.AXIS)


def draw_dates(canvas: Canvas, plot: Panel, *, narrow: bool, title: bool = True) -> None:
    """Ticks and dates under the plot, kept inside the drawing."""
    first, last = date.fromordinal(int(plot.x0)), date.fromordinal(int(plot.x1))
    ticks = date_ticks(first, last, plot.right - plot.left, narrow=narrow)
    for tick in ticks:
        x = plot.x(tick.day)
        canvas.rule((x, plot.bottom), (x, plot.bottom + 6), tokens.AXIS)
        half = max(text_width(tick.label), text_width(tick.year)) / 2
        middle = min(max(x, half), canvas.width - half)
        canvas.text(middle, plot.bottom + 20, tick.label, anchor="middle")
        if tick.year:
            canvas.text(middle, plot.bottom + 20 + LINE_PX, tick.year, anchor="middle")
    years_alone = narrow and ticks and ticks[0].label.isdigit()
    if years_alone and title:
        canvas.text(
            (plot.left + plot.right) / 2,
            plot.bottom + 20 + LINE_PX,
            f"{ticks[0].day:%B} of each year",
            colour=tokens.SECONDARY,
            anchor="middle",
        )


def draw_numbers(
    canvas: Canvas, plot: Panel, axis: Axis, *, label: Format = plain, title: str = ""
) -> None:
    """Ticks and numbers under the plot, those that fit, and what they count."""
    free = -1e9
    for tick in axis.ticks:
        x = plot.x(tick)
        if not plot.left - 0.5 <= x <= plot.right + 0.5:
            continue
        canvas.rule((x, plot.bottom), (x, plot.bottom + 6), tokens.AXIS)
        half = text_width(label(tick)) / 2
        middle = min(max(x, half), canvas.width - half)
        if middle - half > free:
            canvas.text(middle, plot.bottom + 20, label(tick), anchor="middle")
            free = middle + half + GAP_PX
    if title:
        middle = (plot.left + plot.right) / 2
        half = text_width(title) / 2
        middle = min(max(middle, half), canvas.width - half)
        y = plot.bottom + 20 + LINE_PX
        canvas.text(middle, y, title, colour=tokens.SECONDARY, anchor="middle")


def draw_today(
    canvas: Canvas,
    plot: Panel,
    taken: Obstacles,
    today: date,
    *,
    before: str,
    after: str,
    colour: str = tokens.INK,
    bold: bool = False,
) -> None:
    """A dotted line where the observed ends, named at its left, the future at its right."""
    x, y = plot.x(today), plot.top - HEADROOM_PX + 8
    canvas.rule((x, y - 8), (x, plot.bottom), tokens.SECONDARY, dash=(1, 3), width=1.5)
    taken.boxes.append(Box(x - 4, y, x + 4, plot.bottom))
    if x - text_width(before) - GAP_PX >= 0:
        boxes = [(x - GAP_PX, before, "end", tokens.INK, False)]
        boxes.append((x + GAP_PX, after, "start", colour, bold))
    else:
        boxes = [(x + GAP_PX, before, "start", tokens.INK, False)]
        over = x + 3 * GAP_PX + text_width(before)
        boxes.append((over, after, "start", colour, bold))
    for left, text, anchor, ink, heavy in boxes:
        box = text_box(left, y, [text], anchor=anchor, bold=heavy)
        if text and box.right <= canvas.width:
            canvas.text(left, y, text, anchor=anchor, colour=ink, bold=heavy)  # type: ignore[arg-type]
            taken.boxes.append(box)


def draw_target(canvas: Canvas, plot: Panel, taken: Obstacles, target: float, name: str) -> None:
    """A dotted line at a target, worded in clear space."""
    y = plot.y(target)
    canvas.rule((plot.left, y), (plot.right, y), tokens.TARGET, width=2, dash=DOTTED)
    taken.add_band([plot.left, plot.right], [y, y], [y, y])
    half = text_width(name) / 2
    span = plot.right - plot.left
    xs = [plot.left + half + GAP_PX + share * (span - 2 * half) for share in _SHARES]
    inside = [y + side for side in (16, -16) if plot.top < y + side < plot.bottom - 8]
    places = [(x, at) for at in inside or [y - 16] for x in xs]
    name_at(canvas, plot, taken, [name], places, tokens.TARGET)


def draw_band(
    canvas: Canvas,
    plot: Panel,
    future: Forecast,
    level: float,
    colour: str,
    opacity: float = 1.0,
    taken: Obstacles | None = None,
) -> None:
    """The range of a forecast at one level, where it was given."""
    band = future.bands.get(level)
    if not band:
        return
    xs = [plot.x(day) for day in future.days]
    tops = [min(plot.y(v), plot.bottom) for v in band[1]]
    bottoms = [min(plot.y(v), plot.bottom) for v in band[0]]
    canvas.band(xs, tops, bottoms, colour, opacity)
    if taken:
        taken.add_band(xs, tops, bottoms)


def draw_line(
    canvas: Canvas,
    plot: Panel,
    line: Series,
    colour: str,
    *,
    dash: Sequence[int] = (),
    taken: Obstacles | None = None,
    width: float = 3.0,
) -> None:
    """A line through a series."""
    points = [(plot.x(d), plot.y(v)) for d, v in zip(line.days, line.values, strict=True)]
    canvas.line(points, colour, dash=dash, width=width)
    if taken:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        taken.add_band(xs, ys, ys)


def draw_end_labels(
    canvas: Canvas,
    plot: Panel,
    labels: Sequence[EndLabel],
    taken: Obstacles,
    *,
    x: float | None = None,
) -> None:
    """Labels at the right of the lines' ends, pushed apart."""
    left = (plot.right if x is None else x) + GAP_PX
    places = push_apart([label.y for label in labels], LINE_PX + 4, plot.top, plot.bottom - 12)
    for label, y in zip(labels, places, strict=True):
        canvas.text(left, y, label.text, colour=label.colour, bold=label.bold, halo=True)
        taken.boxes.append(text_box(left, y, [label.text], bold=label.bold))


def near_line(
    plot: Panel,
    line: Series,
    *,
    lines: int = 1,
    at: Sequence[float] = (0.5,),
    above: bool = False,
    both: bool = True,
) -> list[tuple[float, float]]:
    """Places for a label by a line, closest first, at shares of its length: under, over it.

    `above` turns the order round; without `both` the other side is left out.
    """
    places = []
    for distance in (18, 24, 32, 44, 60, 80):
        for share in at:
            i = min(len(line.days) - 1, int(share * len(line.days)))
            x, y = plot.x(line.days[i]), plot.y(line.values[i])
            under, over = y + distance, y - distance - LINE_PX * (lines - 1)
            pair = [(x, over), (x, under)] if above else [(x, under), (x, over)]
            places += pair if both else pair[:1]
    height = LINE_PX * (lines - 1)
    return [(x, y) for x, y in places if plot.top < y - 8 and y + 8 + height < plot.bottom]


def name_at(
    canvas: Canvas,
    plot: Panel,
    taken: Obstacles,
    lines: Sequence[str],
    places: Sequence[tuple[float, float]],
    colour: str,
    *,
    bold: bool = False,
) -> None:
    """A name of one or more lines at the first place where it covers nothing."""
    half = max(text_width(line, bold=bold) for line in lines) / 2

    def box_at(x: float, y: float) -> Box:
        return text_box(x, y, lines, anchor="middle", bold=bold)

    kept = [(min(max(x, plot.left + half + 4), plot.right - half), y) for x, y in places]
    if not kept:
        return
    x, y = taken.place(kept, box_at)
    for n, line in enumerate(lines):
        canvas.text(x, y + n * LINE_PX, line, anchor="middle", colour=colour, bold=bold, halo=True)


def name_in_clear(
    canvas: Canvas,
    plot: Panel,
    taken: Obstacles,
    name: str,
    places: Sequence[tuple[float, float]],
    colour: str,
) -> bool:
    """A bold name at the first place where it is whole and covers nothing, if there is one."""
    for x, y in places:
        box = text_box(x, y, [name], anchor="middle", bold=True)
        if plot.left < box.left and box.right < canvas.width and not taken.cost(box):
            canvas.text(x, y, name, anchor="middle", colour=colour, bold=True, halo=True)
            taken.boxes.append(box)
            return True
    return False


def cut_note(axis: Axis, label: Format) -> str:
    """What a measure says where an axis leaves out zero."""
    return f" The vertical axis starts at {label(axis.start)}." if axis.cut else ""


def bands_note(*futures: Forecast | None) -> str:
    """What the bands of a drawing mean: the levels of the first forecast that has any."""
    for future in futures:
        if future:
            said = [words.of_level(level) for level in future.levels]
            if len(said) > 2:  # noqa: PLR2004
                return f"Bands, from dark to light: {', '.join(said[:-1])} and {said[-1]} chance."
            if len(said) > 1:
                return f"Dark band: {said[0]} chance. Light band: {said[-1]} chance."
            return f"Bands: {said[0]} chance."
    return ""
