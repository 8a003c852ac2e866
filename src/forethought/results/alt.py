"""Alternative text, made from the data that a drawing shows: at most 70 words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from forethought.results import words

LIMIT = 70


class Dated(Protocol):
    """A line: values by date."""

    @property
    def days(self) -> Sequence[date]:
        """Dates, ascending."""

    @property
    def values(self) -> Sequence[float]:
        """A value for each."""

    @property
    def monthly(self) -> bool:
        """Whether periods last about a month or longer."""


class Expected(Protocol):
    """A forecast: most likely values by date and its ranges at the end."""

    @property
    def days(self) -> Sequence[date]:
        """Dates, ascending."""

    @property
    def median(self) -> Sequence[float]:
        """The most likely value for each."""

    @property
    def levels(self) -> Sequence[float]:
        """Levels of its ranges, per cent, the narrowest first."""

    @property
    def monthly(self) -> bool:
        """Whether periods last about a month or longer."""

    def at_end(self, level: float) -> tuple[float, float] | None:
        """The range on the last date."""


@dataclass(frozen=True)
class Described:
    """What a line chart shows.

    Args:
        kind: "Fan chart", "Line chart".
        what: What is counted.
        place: Where.
        observed: The past.
        future: The forecast, where there is one.
        other: A line it is compared with.
        other_name: Its name.
    """

    kind: str
    what: str
    place: str
    observed: Dated
    future: Expected | None = None
    other: Dated | None = None
    other_name: str = ""


def describe(
    chart: Described,
    *,
    number: Callable[[float], str] = words.rounded,
    table: str = "",
    first: str = "Observed",
) -> str:
    """Alternative text of a line chart: what, where; first, last, peak; forecast; comparison.

    Args:
        chart: What it shows.
        number: How a figure reads.
        table: Name of the table with the same figures.
        first: What the observed line is called.
    """
    place = f", {chart.place}" if chart.place else ""
    sentences = [
        f"{chart.kind}: {_lower(chart.what)}{place}",
        f"{first}: {first_last_peak(chart.observed, number)}",
    ]
    if chart.future:
        sentences.append(_forecast(chart.future, number))
    if chart.other:
        sentences.append(f"{chart.other_name}: {_said(chart.other, -1, number)}")
    return within_limit(sentences, table)


def first_last_peak(line: Dated, number: Callable[[float], str] = words.rounded) -> str:
    """First and last value with their dates, and the peak where it is neither."""
    values = line.values
    if len(values) == 1:
        return _said(line, 0, number)
    text = f"{_said(line, 0, number)}, {_said(line, -1, number)}"
    top = max(range(len(values)), key=values.__getitem__)
    if top == len(values) - 1:
        return f"{text}, its peak"
    if top == 0:
        return f"{text}; the peak was the first"
    return f"{text}; peak {_said(line, top, number)}"


def ranked(kind: str, what: str, place: str, figures: Mapping[str, str], *, table: str = "") -> str:
    """Alternative text of bars: what, where; the first names with their figures in order."""
    shown = [f"{name} {figure}" for name, figure in figures.items()]
    lead = f"{kind}: {_lower(what)}{f', {place}' if place else ''}"
    return within_limit([lead, "; ".join(shown)], table)


def within_limit(sentences: Sequence[str], table: str = "") -> str:
    """Sentences joined, the table's name last, cut to 70 words at the end of a part."""
    last = f'Figures in the table "{table}".' if table else ""
    room = LIMIT - len(last.split())
    kept: list[str] = []
    for text in sentences:
        words_left = room - sum(len(part.split()) for part in kept)
        whole = words.sentence(text)
        if len(whole.split()) > words_left:
            whole = _shortened(whole, words_left)
        if whole:
            kept.append(whole)
    return " ".join([*kept, last]).strip()


def _shortened(text: str, room: int) -> str:
    """The text up to its last semicolon or comma within `room` words; empty where none is."""
    for mark in (";", ","):
        pieces = text.split(f"{mark} ")
        for count in range(len(pieces) - 1, 0, -1):
            part = f"{mark} ".join(pieces[:count])
            if len(part.split()) <= room:
                return words.sentence(part)
    return ""


def _forecast(future: Expected, number: Callable[[float], str]) -> str:
    when = words.when(future.days[-1], monthly=future.monthly)
    text = f"Forecast: {number(future.median[-1])} {when}"
    ranges = []
    for level in future.levels:
        ends = future.at_end(level)
        if ends:
            ranges.append(
                f"{words.of_level(level)} chance of {number(ends[0])} to {number(ends[1])}"
            )
    return "; ".join([text, *ranges])


def _said(line: Dated, n: int, number: Callable[[float], str]) -> str:
    return f"{number(line.values[n])} {words.when(line.days[n], monthly=line.monthly)}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
