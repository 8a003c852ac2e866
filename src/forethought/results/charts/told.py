"""One figure as it was forecast at one date after the other, beside what it should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forethought.errors import DataError
from forethought.results import tokens, words
from forethought.results.alt import within_limit
from forethought.results.canvas import Canvas
from forethought.results.charts import parts
from forethought.results.charts.frames import Series
from forethought.results.drawing import Drawing, medium_of
from forethought.results.layout import GAP_PX, LINE_PX, Axis, Obstacles, value_axis

_HEIGHT, _HEIGHT_NARROW = 380, 330
_FEWEST = 2
_DOT = 90


@dataclass(frozen=True)
class Telling:
    """What was forecast at a date.

    Args:
        day: The date.
        likely: As likely more as less.
        prudent: 8 in 10 chance of no more.
        worst: 19 in 20 chance of no more.
    """

    day: date
    likely: float
    prudent: float
    worst: float


@dataclass(frozen=True)
class _Shown:
    told: tuple[Telling, ...]
    target: float
    target_name: str
    number: parts.Format
    axis: Axis
    axis_label: parts.Format


def forecasts_over_time(  # noqa: PLR0913
    told: Sequence[Telling],
    *,
    target: float,
    target_name: str,
    what: str,
    place: str = "",
    heading: str = "",
    measure: str = "",
    table: str = "",
    number: parts.Format = words.rounded,
    axis_label: parts.Format = parts.plain,
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """How one figure was forecast over time: likely in blue, what is prudent as bands above it.

    Args:
        told: Two or more, in order of their days.
        target: The level that it is held against, dotted: a budget.
        target_name: Its name, before its figure.
        what: What is forecast, for the alternative text: "Net outturn of 2026 to 2027".
        place: Where.
        heading: The message.
        measure: What, where, when and unit; where the axis starts is added if it is cut.
        table: Name of the table with the same figures.
        number: How a figure reads.
        axis_label: How a value reads on the axis.
        width: Of the wide drawing, px.

    Raises:
        DataError: Fewer than two, days that do not ascend, or figures that do not.
    """
    _check(told)
    values = [v for each in told for v in (each.likely, each.worst)]
    axis = value_axis(min(*values, target), max(*values, target))
    shown = _Shown(tuple(told), target, target_name, number, axis, axis_label)
    return Drawing(
        wide=_wide(shown, width),
        medium=medium_of(lambda px: _wide(shown, px), width),
        narrow=_narrow(shown),
        alt=_alt(shown, what, place, table),
        heading=heading,
        measure=measure + parts.cut_note(axis, axis_label),
        note=(
            "Line: as likely more as less. Dark band: up to an 8 in 10 chance of no more. "
            "Light band: up to 19 in 20."
        ),
    )


def _check(told: Sequence[Telling]) -> None:
    days = [each.day for each in told]
    if len(days) < _FEWEST or days != sorted(set(days)):
        raise DataError("Two or more forecasts with ascending days are needed.", where="told")
    if any(not each.likely <= each.prudent <= each.worst for each in told):
        raise DataError("A likely figure lies above its prudent one.", where="told")


def _wide(shown: _Shown, width: int) -> str:
    canvas = Canvas(width, _HEIGHT)
    labels = _end_labels(shown)
    return _drawn(canvas, shown, right=parts.room_for(labels) + GAP_PX, labels=labels)


def _narrow(shown: _Shown) -> str:
    """The figures of the last forecast stand under it."""
    labels = _end_labels(shown)[::-1]
    figures_px = LINE_PX * len(labels) + GAP_PX
    canvas = Canvas(tokens.NARROW, _HEIGHT_NARROW + figures_px)
    for n, label in enumerate(labels, start=1):
        y = canvas.height - figures_px + n * LINE_PX - 8
        canvas.text(0, y, label.text, colour=label.colour, bold=label.bold)
    return _drawn(canvas, shown, right=GAP_PX, foot=parts.DATE_AXIS_PX + 16 + figures_px)


def _drawn(
    canvas: Canvas,
    shown: _Shown,
    *,
    right: float,
    foot: float = parts.DATE_AXIS_PX,
    labels: Sequence[parts.EndLabel] = (),
) -> str:
    days = [each.day for each in shown.told]
    plot = parts.panel(
        canvas, shown.axis, (days[0], days[-1]), label=shown.axis_label, right=right, foot=foot
    )
    parts.draw_grid(canvas, plot, shown.axis, label=shown.axis_label, right=canvas.width)
    parts.draw_dates(canvas, plot, narrow=not labels)
    taken, xs = Obstacles(), [plot.x(day) for day in days]
    likely, prudent, worst = (
        [plot.y(getattr(each, name)) for each in shown.told]
        for name in ("likely", "prudent", "worst")
    )
    canvas.band(xs, worst, prudent, tokens.BAND_95)
    canvas.band(xs, prudent, likely, tokens.BAND_80)
    taken.add_band(xs, worst, likely)
    name = f"{shown.target_name}: {shown.number(shown.target)}"
    parts.draw_target(canvas, plot, taken, shown.target, name)
    line = Series(tuple(days), tuple(each.likely for each in shown.told))
    parts.draw_line(canvas, plot, line, tokens.BLUE, taken=taken)
    for x, y in zip(xs, likely, strict=True):
        canvas.dot(x, y, tokens.BLUE, size=_DOT)
    if labels:
        ends = (worst[-1], prudent[-1], likely[-1])
        placed = [
            parts.EndLabel(y, e.text, e.colour, e.bold) for y, e in zip(ends, labels, strict=True)
        ]
        parts.draw_end_labels(canvas, plot, placed, taken)
    return canvas.svg()


def _end_labels(shown: _Shown) -> list[parts.EndLabel]:
    last = shown.told[-1]
    return [
        parts.EndLabel(0, f"19 in 20: {shown.number(last.worst)}", tokens.SECONDARY),
        parts.EndLabel(0, f"Prudent: {shown.number(last.prudent)}", tokens.INK),
        parts.EndLabel(0, f"Likely: {shown.number(last.likely)}", tokens.BLUE, bold=True),
    ]


def _alt(shown: _Shown, what: str, place: str, table: str) -> str:
    first, last = shown.told[0], shown.told[-1]
    where = f", {place}" if place else ""
    ends = (
        f"Likely {shown.number(first.likely)} {words.when(first.day)}, "
        f"{shown.number(last.likely)} {words.when(last.day)}"
    )
    sentences = [
        f"Line chart: {what[:1].lower()}{what[1:]}{where}, as forecast at {len(shown.told)} dates",
        ends,
        f"Prudent now {shown.number(last.prudent)}",
        f"{shown.target_name} {shown.number(shown.target)}",
    ]
    return within_limit(sentences, table)
