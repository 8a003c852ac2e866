"""What an XmR chart shows, checked, and its words: limits, signals, when they were set anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Literal

from forethought.errors import DataError, Problem
from forethought.results import words
from forethought.results.alt import first_last_peak, within_limit
from forethought.results.charts import parts
from forethought.results.charts.frames import Series
from forethought.results.layout import Axis, value_axis

_MONTHS_OF_A_YEAR = 12

Better = Literal["low", "high"]
Period = Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True)
class Segment:
    """Limits of ordinary variation from a day on, until the next segment.

    Args:
        first: The first day that they are of.
        mean: The middle of ordinary variation.
        lower: Its lower limit.
        upper: Its upper limit.
    """

    first: date
    mean: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Shown:
    """What an XmR chart draws, checked: points, limits by segment, indexes of signals."""

    line: Series
    segments: tuple[Segment, ...]
    signals: tuple[int, ...]
    number: parts.Format
    axis_label: parts.Format
    period: Period
    better: Better | None = None
    target: float | None = None
    target_name: str = ""

    @property
    def last(self) -> Segment:
        """The limits that hold now."""
        return self.segments[-1]

    @property
    def axis(self) -> Axis:
        """The value axis."""
        values = [*self.line.values]
        values += [value for each in self.segments for value in (each.lower, each.upper)]
        values += [] if self.target is None else [self.target]
        return value_axis(min(values), max(values), lines=5)

    @property
    def target_words(self) -> str:
        """The target with its figure: `Target 110`; empty where there is none."""
        return "" if self.target is None else f"{self.target_name} {self.number(self.target)}"

    @property
    def dated(self) -> bool:
        """Whether a period is named by its month, not by its day."""
        return self.period in {"month", "quarter", "year"}


def whole(value: float) -> str:
    """A figure without decimals."""
    return words.rounded(value, 1)


def limits_of(
    line: Series, one: tuple[float | None, ...], several: Sequence[Segment]
) -> tuple[Segment, ...]:
    """The limits of each part of a line: one set for all, or several one after another."""
    known = [value for value in one if value is not None]
    if bool(several) == bool(known) or len(known) not in {0, 3}:
        raise DataError(
            "An XmR chart needs limits.",
            where="xmr",
            remedy="Give mean, lower and upper, or segments.",
        )
    found = tuple(several) or (Segment(line.days[0], *known),)
    problems = []
    for n, each in enumerate(found):
        until = found[n + 1].first if n + 1 < len(found) else None
        name = f"segment from {words.day_words(each.first)}"
        three = (each.lower, each.mean, each.upper)
        if not all(map(isfinite, three)) or list(three) != sorted(three):
            problems.append(Problem("The mean does not lie between its limits.", name))
        if not any(each.first <= day and (until is None or day < until) for day in line.days):
            problems.append(Problem("It holds no point.", name))
    if found[0].first > line.days[0]:
        problems.append(Problem("The first points have no limits."))
    if problems:
        raise DataError("Limits cannot be drawn.", where="xmr", problems=problems)
    return found


def signals_of(line: Series, marks: Sequence[date]) -> tuple[int, ...]:
    """Indexes of the points that signal, in order."""
    unknown = sorted(set(marks) - set(line.days))
    if unknown:
        problems = [Problem(f"No point on {words.day_words(day)}.") for day in unknown]
        raise DataError("A signal has no point.", where="xmr", problems=problems)
    return tuple(line.days.index(day) for day in sorted(set(marks)))


def signal_words(shown: Shown, index: int, *, short: bool) -> str:
    """A signal with its month: `127 in October`; with the year where it is told or long ago."""
    day, now = shown.line.days[index], shown.line.days[-1]
    apart = (now.year - day.year) * 12 + now.month - day.month
    when = words.when(day, monthly=shown.dated)
    if short and apart < _MONTHS_OF_A_YEAR:
        when = when.removesuffix(f" {day.year}")
    return f"{shown.number(shown.line.values[index])} {when}"


def _since(shown: Shown) -> str:
    """When limits were set anew: `April 2026`; empty where they never were."""
    name = words.month if shown.dated else words.day_words
    return words.listed([name(each.first) for each in shown.segments[1:]])


def note_of(shown: Shown) -> str:
    """The line under a drawing: what band and points mean, which side is better."""
    said = ["Grey band: limits of ordinary variation. Line across it: the mean."]
    if shown.signals:
        said.append(f"Larger pink points: {shown.period}s that signal.")
    if len(shown.segments) > 1:
        said.append(f"Limits set anew from {_since(shown)}.")
    if shown.better:
        said.append(f"{'Lower' if shown.better == 'low' else 'Higher'} is better.")
    return " ".join(said)


def alt_of(shown: Shown, kind: str, what: str, place: str, table: str) -> str:
    """Alternative text: signals first, then limits, target and the line's ends."""
    limits = shown.last
    said = [shown.number(value) for value in (limits.mean, limits.lower, limits.upper)]
    anew = f", set anew from {_since(shown)}" if len(shown.segments) > 1 else ""
    sentences = [
        f"{kind}: {what[:1].lower()}{what[1:]}{f', {place}' if place else ''}",
        _signals_said(shown),
        f"Mean {said[0]}, limits {said[1]} to {said[2]}{anew}",
        shown.target_words,
        f"Observed: {first_last_peak(shown.line, shown.number)}",
    ]
    return within_limit([text for text in sentences if text], table)


def _signals_said(shown: Shown) -> str:
    if not shown.signals:
        return f"No {shown.period} signals"
    count, last = len(shown.signals), shown.signals[-1]
    day = shown.line.days[last]
    mean = [each.mean for each in shown.segments if each.first <= day][-1]
    above = shown.line.values[last] > mean
    side = "above" if above else "below"
    judged = ""
    if shown.better:
        judged = ", which is better" if above == (shown.better == "high") else ", which is worse"
    lead = (
        f"1 {shown.period} signals" if count == 1 else f"{count} {shown.period}s signal, the last"
    )
    return f"{lead}: {signal_words(shown, last, short=False)}, {side} the mean{judged}"
