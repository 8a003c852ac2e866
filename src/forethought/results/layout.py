"""Where things go in a drawing: text widths, axes, ticks, and labels that never overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import ceil, floor, inf, log10

from forethought.results import tokens

LINE_PX = 22
GAP_PX = 8

# Advance widths of Helvetica and Arial, 1/1000 em (Adobe font metrics, ASCII 32 to 126).
_ADVANCES = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 "
    "556 556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 "
    "722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 "
    "556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 "
    "260 334 584"
)
_WIDTHS = {chr(32 + i): int(width) for i, width in enumerate(_ADVANCES.split())}
_OTHER = 600
# The widest font that a browser falls back to without Arial (DejaVu Sans): room is kept for it.
_FALLBACK, _FALLBACK_BOLD = 1.17, 1.27


def text_width(text: str, *, size: float = tokens.TEXT_PX, bold: bool = False) -> float:
    """Room in px that one line of text needs in any font a browser may choose."""
    units = sum(_WIDTHS.get(character, _OTHER) for character in text)
    return units / 1000 * size * (_FALLBACK_BOLD if bold else _FALLBACK)


def wrap(text: str, width: float, *, bold: bool = False) -> list[str]:
    """Lines of text of at most `width` px, broken at spaces."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, bold=bold) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def push_apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions at least `gap` apart within `low` to `high`, in the order wanted, moved little.

    Where they do not fit, the gap shrinks evenly.
    """
    if not wanted:
        return []
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    groups: list[tuple[float, int]] = []  # sum of (wanted - its offset), members
    for rank, i in enumerate(order):
        total, count = wanted[i] - rank * gap, 1
        while groups and groups[-1][0] / groups[-1][1] > total / count:
            previous, members = groups.pop()
            total, count = total + previous, count + members
        groups.append((total, count))
    placed = [0.0] * len(wanted)
    rank = 0
    last = high - (len(wanted) - 1) * gap
    for total, count in groups:
        base = min(max(total / count, low), last)
        for _ in range(count):
            placed[order[rank]] = base + rank * gap
            rank += 1
    return placed


@dataclass(frozen=True)
class Axis:
    """A value axis: its ends and the values that carry a gridline."""

    start: float
    end: float
    ticks: tuple[float, ...]

    @property
    def cut(self) -> bool:
        """Whether the axis leaves out zero."""
        return self.start > 0 or self.end < 0


def value_axis(low: float, high: float, *, zero: bool = False, lines: int = 5) -> Axis:
    """An axis with about `lines` gridlines at round values that holds `low` to `high`.

    Args:
        low: Smallest value drawn.
        high: Largest value drawn.
        zero: Start at zero. Otherwise the axis is cut only where the values fill less than
            60% of it from zero.
        lines: Gridlines wanted, ends included.
    """
    if zero or low <= 0 <= high or (low > 0 and high - low > 0.6 * high):
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = min(0.0, low), max(high, low + 1.0)
    step = min(_steps(high - low), key=lambda s: abs(_count(low, high, s) - lines))
    start, end = floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step
    count = round((end - start) / step)
    return Axis(start, end, tuple(round(start + i * step, 10) + 0.0 for i in range(count + 1)))


def _steps(span: float) -> list[float]:
    power = 10.0 ** floor(log10(span))
    return [power * m for m in (0.1, 0.2, 0.25, 0.5, 1, 2, 5)]


def _count(low: float, high: float, step: float) -> int:
    return ceil(high / step - 1e-9) - floor(low / step + 1e-9) + 1


def ordinal(day: date) -> float:
    """Days since year 1; the time of day of an instant is its fraction."""
    if isinstance(day, datetime):
        return day.toordinal() + (day.hour * 3600 + day.minute * 60 + day.second) / 86_400
    return day.toordinal()


@dataclass(frozen=True)
class Panel:
    """The plot inside a drawing: where its edges lie in px, and what they stand for.

    Dates count as their proleptic ordinal.
    """

    left: float
    right: float
    top: float
    bottom: float
    x0: float
    x1: float
    y0: float
    y1: float

    def x(self, value: float | date) -> float:
        """Pixels from the left for a value or a date."""
        number = ordinal(value) if isinstance(value, date) else value
        span = self.x1 - self.x0 or 1.0
        return self.left + (number - self.x0) / span * (self.right - self.left)

    def y(self, value: float) -> float:
        """Pixels from the top for a value."""
        span = self.y1 - self.y0 or 1.0
        return self.bottom - (value - self.y0) / span * (self.bottom - self.top)


@dataclass(frozen=True)
class DateTick:
    """A tick of a date axis; `year` stands under `label` on a phone."""

    day: date
    label: str
    year: str = ""


def date_ticks(first: date, last: date, width: float, *, narrow: bool = False) -> list[DateTick]:
    """Ticks at round dates whose labels fit `width` px: days, months (from April) or years.

    Narrow axes write months as "Oct" over the year, where it is new, and years alone.
    """
    days = max(1, (last - first).days)
    if days < 62:  # noqa: PLR2004
        return _day_ticks(first, last, width)
    for step in (1, 2, 3, 6, 12, 24, 60, 120):
        if narrow:
            room = text_width("2026") if step >= 12 else text_width("Sep")  # noqa: PLR2004
        else:
            room = text_width("Sep 2026")
        if width / days * 30.4 * step >= room + 2 * GAP_PX:
            break
    return _month_ticks(first, last, step, narrow=narrow)


def _day_ticks(first: date, last: date, width: float) -> list[DateTick]:
    days = max(1, (last - first).days)
    room = text_width("30 Sep") + 3 * GAP_PX
    step = next(s for s in (1, 2, 7, 14, 28) if width / days * s >= room or s == 28)  # noqa: PLR2004
    return [
        DateTick(day, f"{day.day} {day:%b}")
        for day in map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1, step))
    ]


def _month_ticks(first: date, last: date, step: int, *, narrow: bool) -> list[DateTick]:
    begin = first.year * 12 + first.month - 1 + (first.day > 1)
    ticks: list[DateTick] = []
    shown = ""
    for months in range(begin, last.year * 12 + last.month):
        if (months - 3) % step:
            continue
        day = date(months // 12, months % 12 + 1, 1)
        if not narrow:
            ticks.append(DateTick(day, f"{day:%b} {day.year}"))
        elif step >= 12:  # noqa: PLR2004
            ticks.append(DateTick(day, str(day.year)))
        else:
            year = "" if str(day.year) == shown else str(day.year)
            shown = str(day.year)
            ticks.append(DateTick(day, f"{day:%b}", year))
    return ticks


@dataclass(frozen=True)
class Box:
    """A rectangle in px."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two share any area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def text_box(
    x: float,
    y: float,
    lines: Sequence[str],
    *,
    anchor: str = "start",
    bold: bool = False,
    size: float = tokens.TEXT_PX,
) -> Box:
    """The box of lines of text whose first has its middle at `y`."""
    width = max((text_width(line, bold=bold, size=size) for line in lines), default=0)
    left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
    return Box(left, y - 10, left + width, y + 10 + LINE_PX * (len(lines) - 1))


_COLUMN_PX = 4


@dataclass
class Obstacles:
    """What a label must not cover: bands and lines, cut into columns of px, and other labels."""

    columns: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    boxes: list[Box] = field(default_factory=list)

    def add_band(
        self, xs: Sequence[float], tops: Sequence[float], bottoms: Sequence[float]
    ) -> None:
        """A band, or a line where tops are bottoms; `xs` ascending."""
        for i in range(len(xs) - 1):
            first, last = ceil(xs[i] / _COLUMN_PX), floor(xs[i + 1] / _COLUMN_PX)
            for column in range(first, last + 1):
                share = (column * _COLUMN_PX - xs[i]) / (xs[i + 1] - xs[i] or 1.0)
                top = tops[i] + share * (tops[i + 1] - tops[i])
                bottom = bottoms[i] + share * (bottoms[i + 1] - bottoms[i])
                self.columns.setdefault(column, []).append((top, bottom))

    def cost(self, box: Box, *, margin: float = 4.0, at_most: float = inf) -> float:
        """Px of height covered, summed over columns; 0 where the box is clear.

        Stops counting above `at_most`.
        """
        total = sum(1e3 for other in self.boxes if box.overlaps(other))
        for column in range(int(box.left / _COLUMN_PX), int(box.right / _COLUMN_PX) + 2):
            for top, bottom in self.columns.get(column, ()):
                if top - margin < box.bottom and box.top < bottom + margin:
                    total += min(bottom + margin, box.bottom) - max(top - margin, box.top)
            if total > at_most:
                break
        return total

    def place(
        self, candidates: Iterable[tuple[float, float]], box_at: Callable[[float, float], Box]
    ) -> tuple[float, float]:
        """The first candidate whose box is clear, else the one that covers least; then taken.

        Raises:
            ValueError: There is no candidate.
        """
        least, best = inf, None
        for candidate in candidates:
            cost = self.cost(box_at(*candidate), at_most=least)
            if best is None or cost < least - 1e-9:
                least, best = cost, candidate
            if not cost:
                break
        if best is None:
            raise ValueError("a label needs at least one place")
        self.boxes.append(box_at(*best))
        return best
