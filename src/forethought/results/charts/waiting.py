"""How long people wait: the share still waiting by days waited, and the limits they pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from forethought.errors import DataError, Problem
from forethought.results import tokens, words
from forethought.results.alt import within_limit
from forethought.results.canvas import Canvas
from forethought.results.charts import parts
from forethought.results.drawing import Drawing, medium_of
from forethought.results.layout import (
    GAP_PX,
    LINE_PX,
    Axis,
    Box,
    Obstacles,
    Panel,
    text_box,
    text_width,
    value_axis,
)

_HEIGHT, _HEIGHT_NARROW = 380, 340
_HALF = 0.5
_LOOKS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    (tokens.BLUE, tokens.BAND_80, ()),
    (tokens.ORANGE, tokens.ORANGE_BAND, parts.DASHED),
    (tokens.BASE_PLAN, tokens.GREY_BAND, (2, 3)),
    (tokens.LINK, tokens.BAND_95, (12, 4, 2, 4)),
)


@dataclass(frozen=True)
class Waiting:
    """One class of people and how its wait thins out.

    Args:
        name: "Urgent".
        days: Days waited, ascending, from 0.
        share: Share of the class still waiting after so many days, 0-1, never rising.
        low: Lower end of its 8 in 10 range by day; empty without one.
        high: Upper end.

    Raises:
        DataError: Lengths differ, days do not ascend, or the share rises or leaves 0-1.
    """

    name: str
    days: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        problems = []
        lengths = {len(self.days), len(self.share), *(len(b) for b in (self.low, self.high) if b)}
        if len(lengths) > 1 or not self.days or bool(self.low) != bool(self.high):
            problems.append(Problem(f'"{self.name}" needs as many shares as days, and both ends.'))
        if any(b <= a for a, b in pairwise(self.days)):
            problems.append(Problem(f'Days of "{self.name}" do not ascend.'))
        if any(b > a + 1e-9 for a, b in pairwise(self.share)):
            problems.append(Problem(f'The share of "{self.name}" rises.'))
        if any(not 0 <= p <= 1 for p in (*self.share, *self.low, *self.high)):
            problems.append(Problem(f'A share of "{self.name}" is not between 0 and 1.'))
        if problems:
            raise DataError("A waiting curve cannot be drawn.", where="waiting", problems=problems)

    def after(self, days: float) -> float:
        """The share still waiting after so many days: that of the last day given by then."""
        pairs = zip(self.days[::-1], self.share[::-1], strict=True)
        return next((share for day, share in pairs if day <= days), 1.0)

    @property
    def half(self) -> float | None:
        """Days after which half have stopped waiting; None where more than half still wait."""
        pairs = zip(self.days, self.share, strict=True)
        return next((day for day, share in pairs if share <= _HALF), None)


@dataclass(frozen=True)
class Limit:
    """A wait that should not be passed, and what kind of rule says so."""

    days: float
    kind: Literal["duty", "guidance", "local"]
    name: str = ""

    @property
    def said(self) -> str:
        """`28 days, guidance`."""
        name = f"{self.name}, " if self.name else ""
        return f"{name}{parts.plain(self.days)} days, {self.kind}"


@dataclass(frozen=True)
class _Waits:
    curves: tuple[Waiting, ...]
    limits: tuple[Limit, ...]
    across: Axis
    title: str


def waiting_curve(  # noqa: PLR0913
    curves: Sequence[Waiting],
    limits: Sequence[Limit] = (),
    *,
    what: str,
    place: str = "",
    title: str = "Days waited",
    heading: str = "",
    measure: str = "",
    table: str = "",
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """Share still waiting by days waited: a line for each class named in place, limits in pink.

    Where lines lie too close for their names, and on a phone, names stand under the plot, each
    beside a piece of its line.

    Args:
        curves: One to four classes.
        limits: Waits that should not be passed, each named with its kind.
        what: What is waited for: "People waiting for an assessment".
        place: Where, for the alternative text.
        title: What the axis across counts.
        heading: The message.
        measure: What, where, when, unit.
        table: Name of the table with the same figures.
        width: Of the wide drawing, px.

    Raises:
        DataError: There is no class, or more than four.
    """
    if not 1 <= len(curves) <= len(_LOOKS):
        raise DataError(
            f"A waiting curve shows one to {len(_LOOKS)} classes, not {len(curves)}.",
            where="waiting",
        )
    longest = max([c.days[-1] for c in curves] + [limit.days for limit in limits])
    ordered = tuple(sorted(limits, key=lambda limit: limit.days))
    waits = _Waits(tuple(curves), ordered, value_axis(0, longest, zero=True, lines=7), title)
    banded = any(curve.low for curve in curves)
    return Drawing(
        wide=_draw(waits, width, _HEIGHT),
        medium=medium_of(lambda px: _draw(waits, px, _HEIGHT), width),
        narrow=_draw(waits, tokens.NARROW, _HEIGHT_NARROW),
        alt=_alt(waits, what, place, table),
        heading=heading,
        measure=measure,
        note="Bands: 8 in 10 chance." if banded else "",
    )


def _draw(waits: _Waits, width: int, height: int) -> str:
    plot = _panel(waits, width, height)
    taken = _obstacles(waits, plot)
    limits = _limit_places(waits.limits, plot, width)
    taken.boxes += [box for *_, box in limits]
    names = [] if width <= tokens.NARROW else _name_places(waits, plot, taken)
    canvas = Canvas(width, height + (0 if names else LINE_PX * len(waits.curves) + GAP_PX))
    up = Axis(0, 1, (0, 0.25, 0.5, 0.75, 1))
    parts.draw_grid(canvas, plot, up, label=words.percent, right=width)
    parts.draw_numbers(canvas, plot, waits.across, title=waits.title)
    for curve, look in zip(waits.curves, _LOOKS, strict=False):
        if curve.low:
            canvas.band(*_band(plot, curve), look[1], tokens.GREY_BAND_OPACITY)
    for curve, look in zip(waits.curves, _LOOKS, strict=False):
        canvas.line(_points(plot, curve), look[0], dash=look[2])
    _draw_limits(canvas, plot, waits.limits, limits)
    for n, (curve, look) in enumerate(zip(waits.curves, _LOOKS, strict=False)):
        if names:
            x, y = names[n]
            canvas.text(x, y, curve.name, colour=look[0], bold=True, halo=True)
        else:
            y = height + 4 + n * LINE_PX
            canvas.line([(2, y), (38, y)], look[0], dash=look[2])
            canvas.text(46, y, curve.name, colour=look[0], bold=True)
    return canvas.svg()


def _panel(waits: _Waits, width: int, height: int) -> Panel:
    """The plot, under as many lines of text as the limits' words take."""
    left, right = text_width("100%") + GAP_PX, width - 3.0 * GAP_PX
    foot = height - 2.0 * LINE_PX - 14
    plot = Panel(left, right, 10, foot, waits.across.start, waits.across.end, 0, 1)
    lowest = max((y for _, y, _ in _limit_places(waits.limits, plot, width)), default=0.0)
    return replace(plot, top=lowest + LINE_PX + 2 if lowest else 10.0)


def _points(plot: Panel, curve: Waiting) -> list[tuple[float, float]]:
    pairs = zip(curve.days, curve.share, strict=True)
    return [(plot.x(day), plot.y(share)) for day, share in pairs]


def _band(plot: Panel, curve: Waiting) -> tuple[list[float], list[float], list[float]]:
    return (
        [plot.x(day) for day in curve.days],
        [plot.y(share) for share in curve.high],
        [plot.y(share) for share in curve.low],
    )


def _obstacles(waits: _Waits, plot: Panel) -> Obstacles:
    """What a name must not cover: lines, bands, limits."""
    taken = Obstacles()
    for curve in waits.curves:
        xs, ys = zip(*_points(plot, curve), strict=True)
        taken.add_band(xs, ys, ys)
        if curve.low:
            taken.add_band(*_band(plot, curve))
    for limit in waits.limits:
        x = plot.x(limit.days)
        taken.boxes.append(Box(x - 3, plot.top, x + 3, plot.bottom))
    return taken


def _limit_places(
    limits: Sequence[Limit], plot: Panel, width: int
) -> list[tuple[float, float, Box]]:
    """Where each limit's words start over the plot: right of its line, at as many heights as
    keep words apart and lines off words.
    """  # noqa: D205
    found: list[tuple[float, float, Box]] = []
    for limit in limits:
        x = plot.x(limit.days)
        left = min(x + 6, width - text_width(limit.said))
        for row in range(len(limits)):
            y = 12.0 + LINE_PX * row
            box, line = text_box(left, y, [limit.said]), Box(x - 2, y, x + 2, plot.bottom)
            if not any(box.overlaps(b) or line.overlaps(b) for *_, b in found):
                break
        found.append((left, y, box))
    return found


def _draw_limits(
    canvas: Canvas,
    plot: Panel,
    limits: Sequence[Limit],
    places: Sequence[tuple[float, float, Box]],
) -> None:
    """Dotted pink lines, each from its words down."""
    for limit, (left, y, _) in zip(limits, places, strict=True):
        x = plot.x(limit.days)
        top = y - 8 if left > x else y + 11
        canvas.rule((x, top), (x, plot.bottom), tokens.TARGET, width=2, dash=parts.DOTTED)
        canvas.text(left, y, limit.said, colour=tokens.TARGET, halo=True)


def _name_places(waits: _Waits, plot: Panel, taken: Obstacles) -> list[tuple[float, float]]:
    """A clear place for each name at the right of its own line; empty where one has none."""
    found = []
    for curve in waits.curves:
        points = _points(plot, curve)
        places = [
            (x + distance, y + lift)
            for distance in (10, 20, 32)
            for level in (0.55, 0.45, 0.65, 0.35, 0.75, 0.25, 0.18)
            for x, y in [min(points, key=lambda p: abs(p[1] - plot.y(level)))]
            for lift in (-6, -18)
        ]
        boxes = [(at, text_box(*at, [curve.name], bold=True)) for at in places]
        inside = [
            (at, box)
            for at, box in boxes
            if box.top > plot.top and box.bottom < plot.bottom and box.right < plot.right
        ]
        clear = next(((at, box) for at, box in inside if not taken.cost(box, margin=2)), None)
        if clear is None:
            return []
        found.append(clear[0])
        taken.boxes.append(clear[1])
    return found


def _alt(waits: _Waits, what: str, place: str, table: str) -> str:
    where = f", {place}" if place else ""
    sentences = [f"Line chart: {what[:1].lower()}{what[1:]}{where}, share still waiting by days"]
    if waits.limits:
        sentences.append(f"Limits: {'; '.join(limit.said for limit in waits.limits)}")
    for curve in waits.curves:
        half = curve.half
        said = (
            "half wait longer than shown" if half is None else f"half by {parts.plain(half)} days"
        )
        past = words.listed([_share(curve.after(limit.days)) for limit in waits.limits])
        after = f"; past the limits {past}" if waits.limits else ""
        sentences.append(f"{curve.name}: {said}{after}")
    return within_limit(sentences, table)


def _share(share: float) -> str:
    return "under 1%" if 0 < share < 0.01 else words.percent(share)  # noqa: PLR2004
