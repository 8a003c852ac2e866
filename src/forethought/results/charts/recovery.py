"""Recovery: how many extra staff clear a backlog within so many weeks, at one chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

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
    Obstacles,
    Panel,
    text_box,
    text_width,
    value_axis,
)

_HEIGHT, _HEIGHT_NARROW = 360, 340
_LOOKS: tuple[tuple[str, tuple[int, ...], str], ...] = (
    (tokens.BLUE, (), "circle"),
    (tokens.ORANGE, parts.DASHED, "square"),
    (tokens.BASE_PLAN, (2, 3), "diamond"),
)


@dataclass(frozen=True)
class Recovery:
    """Staff over today's that meet the target within so many weeks, with one chance.

    Args:
        chance: Of meeting it, 0-1: the same along the whole line.
        weeks: Whole weeks, ascending.
        extra_staff: Whole people for each; None where no number that was tried is enough.
        name: What the line stands for, where lines differ in more than their chance: "Agency".

    Raises:
        DataError: Lengths differ, weeks do not ascend, the chance is none, or no point is given.
    """

    chance: float
    weeks: tuple[int, ...]
    extra_staff: tuple[int | None, ...]
    name: str = ""

    def __post_init__(self) -> None:
        problems = []
        if len(self.weeks) != len(self.extra_staff):
            problems.append(
                Problem(f"{len(self.extra_staff)} numbers of staff for {len(self.weeks)} weeks.")
            )
        if any(b <= a for a, b in pairwise(self.weeks)):
            problems.append(Problem("Weeks do not ascend."))
        if not 0 < self.chance < 1:
            problems.append(Problem(f"{self.chance:g} is no chance between 0 and 1."))
        if not any(staff is not None for staff in self.extra_staff):
            problems.append(Problem("No week has a number of staff that is enough."))
        if problems:
            raise DataError(
                "A recovery curve cannot be drawn.", where="recovery", problems=problems
            )

    @property
    def points(self) -> list[tuple[int, int]]:
        """Weeks and extra staff, where a number is enough."""
        pairs = zip(self.weeks, self.extra_staff, strict=True)
        return [(week, staff) for week, staff in pairs if staff is not None]


def recovery_curve(  # noqa: PLR0913
    lines: Sequence[Recovery],
    *,
    what: str,
    place: str = "",
    across: str = "Weeks until the target is met",
    down: str = "Extra full-time staff",
    heading: str = "",
    measure: str = "",
    table: str = "",
    width: int = tokens.WIDE_TAB,
) -> Drawing:
    """Extra staff by weeks: a line along which the chance is the same, its points labelled.

    Args:
        lines: One to three chances (or named ways with the same chance), the main one first.
        what: The target: "Fewer than 900 people waiting".
        place: Where, for the alternative text.
        across: What weeks count.
        down: What the numbers are.
        heading: The message.
        measure: What, where, when.
        table: Name of the table with the same figures.
        width: Of the wide drawing, px.

    Raises:
        DataError: There is no line, or more than three.
    """
    if not 1 <= len(lines) <= len(_LOOKS):
        raise DataError(
            f"A recovery curve shows one to {len(_LOOKS)} chances, not {len(lines)}.",
            where="recovery",
        )
    names = (across, down)
    return Drawing(
        wide=_draw(lines, names, Canvas(width, _HEIGHT)),
        medium=medium_of(lambda px: _draw(lines, names, Canvas(px, _HEIGHT)), width),
        narrow=_draw(lines, names, Canvas(tokens.NARROW, _HEIGHT_NARROW)),
        alt=_alt(lines, names, (what, place), table),
        heading=heading,
        measure=measure,
    )


def _whole_axis(low: float, high: float, *, zero: bool, lines: int) -> Axis:
    """An axis whose ticks are whole numbers."""
    axis = value_axis(low, high, zero=zero, lines=lines)
    ticks = tuple(tick for tick in axis.ticks if float(tick).is_integer())
    return Axis(axis.start, axis.end, ticks)


def _draw(lines: Sequence[Recovery], names: tuple[str, str], canvas: Canvas) -> str:
    weeks = [week for line in lines for week, _ in line.points]
    staff = [number for line in lines for _, number in line.points]
    up = _whole_axis(0, max(*staff, 1), zero=True, lines=5)
    across = _whole_axis(0, max(weeks), zero=True, lines=7)
    plot = Panel(
        left=max(text_width(parts.plain(tick)) for tick in up.ticks) + GAP_PX,
        right=canvas.width - 3 * GAP_PX,
        top=LINE_PX + 20,
        bottom=canvas.height - 2 * LINE_PX - 14,
        x0=across.start,
        x1=across.end,
        y0=up.start,
        y1=up.end,
    )
    canvas.text(0, 12, names[1], colour=tokens.SECONDARY)
    parts.draw_grid(canvas, plot, up, label=parts.plain, right=canvas.width)
    parts.draw_numbers(canvas, plot, across, title=names[0])
    taken = Obstacles(boxes=[text_box(0, 12, [names[1]])])
    for line, (colour, dash, shape) in zip(lines, _LOOKS, strict=False):
        points = [(plot.x(week), plot.y(number)) for week, number in line.points]
        canvas.line(points, colour, dash=dash)
        xs, ys = [x for x, _ in points], [y for _, y in points]
        taken.add_band(xs, ys, ys)
        for x, y in points:
            canvas.dot(x, y, colour, size=110, shape=shape)
            taken.boxes.append(text_box(x - 7, y, [""]))
    for line, (colour, _, _) in zip(lines, _LOOKS, strict=False):
        _label(canvas, plot, line, colour, taken)
    return canvas.svg()


def _label(canvas: Canvas, plot: Panel, line: Recovery, colour: str, taken: Obstacles) -> None:
    """The number at each point where there is clear room, and the chance at the line's middle."""
    for week, number in line.points:
        x, y, text = plot.x(week), plot.y(number), f"+{number:,}"
        half = text_width(text, bold=True) / 2
        places = [(x + half, y - 18), (x, y - 20), (x + half + 8, y - 8), (x, y + 20)]
        for place in places:
            box = text_box(*place, [text], anchor="middle", bold=True)
            within = box.left >= 0 and box.right <= canvas.width and box.bottom < plot.bottom
            if within and not taken.cost(box, margin=1):
                canvas.text(*place, text, anchor="middle", bold=True, colour=colour, halo=True)
                taken.boxes.append(box)
                break
    said = _said(line)
    points = line.points
    places = []
    for distance in (26, 40, 56, 74):
        for share in (0.5, 0.7, 0.3, 0.9):
            week, number = points[min(len(points) - 1, int(share * len(points)))]
            x, y = plot.x(week), plot.y(number)
            places += [(x, y + distance), (x + 50, y - distance), (x - 40, y + distance)]
    inside = [(x, y) for x, y in places if plot.top - 16 < y < plot.bottom - 10]
    parts.name_at(canvas, plot, taken, [said], inside, colour, bold=True)


def _alt(
    lines: Sequence[Recovery], names: tuple[str, str], about: tuple[str, str], table: str
) -> str:
    what, place = about
    where = f", {place}" if place else ""
    sentences = [
        f"Line chart: {names[1][:1].lower()}{names[1][1:]} by weeks, for {_low(what)}{where}"
    ]
    for line in lines:
        said = "; ".join(f"{number} within {week} weeks" for week, number in line.points)
        sentences.append(f"{_said(line)}: {said}")
        never = [str(w) for w, s in zip(line.weeks, line.extra_staff, strict=True) if s is None]
        if never:
            sentences.append(f"No number tried is enough within {words.listed(never)} weeks")
    return within_limit(sentences, table)


def _said(line: Recovery) -> str:
    """`9 in 10 chance`, `Even chance`, or the line's own name."""
    if line.name:
        return line.name
    text = words.odds(line.chance)
    return "Even chance" if text.endswith("chance") else f"{text} chance"


def _low(text: str) -> str:
    return text[:1].lower() + text[1:]
