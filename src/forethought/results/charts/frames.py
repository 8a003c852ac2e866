"""What charts are drawn from: frames checked at the door, then plain points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from forethought.errors import DataError, Problem

if TYPE_CHECKING:
    import polars as pl

SHORTEST_MONTH = 27  # days
USUAL_LEVELS = (80.0, 95.0)


@dataclass(frozen=True)
class Series:
    """Values by date, in order."""

    days: tuple[date, ...]
    values: tuple[float, ...]

    @property
    def monthly(self) -> bool:
        """Whether periods last about a month or longer."""
        return is_monthly(self.days)

    def since(self, first: date) -> Series:
        """The part from `first` on."""
        start = first.toordinal()
        pairs = zip(self.days, self.values, strict=True)
        kept = [(d, v) for d, v in pairs if d.toordinal() >= start]
        return Series(tuple(d for d, _ in kept), tuple(v for _, v in kept))


@dataclass(frozen=True)
class Forecast:
    """Most likely values by date with one or two ranges: `bands[80]` is (lower, upper) by date."""

    days: tuple[date, ...]
    median: tuple[float, ...]
    bands: dict[float, tuple[tuple[float, ...], tuple[float, ...]]]

    @property
    def levels(self) -> tuple[float, ...]:
        """Levels of the ranges, per cent, the narrowest first."""
        return tuple(sorted(self.bands))

    @property
    def monthly(self) -> bool:
        """Whether periods last about a month or longer."""
        return is_monthly(self.days)

    @property
    def narrowest(self) -> Forecast:
        """The forecast with its narrowest range alone."""
        level = self.levels[0]
        return Forecast(self.days, self.median, {level: self.bands[level]})

    def at_end(self, level: float) -> tuple[float, float] | None:
        """The range on the last day at one level, where it was given."""
        band = self.bands.get(level)
        return (band[0][-1], band[1][-1]) if band else None

    @property
    def extent(self) -> tuple[float, float]:
        """Smallest and largest value drawn."""
        lows = [v for low, _ in self.bands.values() for v in low]
        highs = [v for _, high in self.bands.values() for v in high]
        return min([*self.median, *lows]), max([*self.median, *highs])


def series(frame: pl.DataFrame, *, name: str, value: str = "y") -> Series:
    """Points of a frame `ds`, `y`, in date order; rows without a value are left out.

    Raises:
        DataError: Columns are missing, no value is left, or a date comes twice.
    """
    _need(frame, ("ds", value), name)
    rows = _complete(frame, value)
    days = _days(rows["ds"])
    _check(days, name)
    return Series(days, tuple(float(v) for v in rows[value]))


def forecast(
    frame: pl.DataFrame, *, name: str = "forecast", usual: Sequence[float] = USUAL_LEVELS
) -> Forecast:
    """Points of a frame `ds`, `median` (or `mean`), and `lo-80`, `hi-80`, `lo-95`, `hi-95`.

    Args:
        frame: One row a date.
        name: What an error calls it.
        usual: Levels that are drawn where they are there; otherwise the two widest.

    Raises:
        DataError: No range is given (no line without a band), columns are missing, or a date
            comes twice.
    """
    centre = "median" if "median" in frame.columns else "mean"
    _need(frame, ("ds", centre), name)
    levels = _levels(frame.columns, usual)
    if not levels:
        raise DataError(
            "A forecast without a range cannot be drawn.",
            where=name,
            remedy="Give the columns lo-80 and hi-80.",
        )
    edges = [f"{edge}-{level:g}" for level in levels for edge in ("lo", "hi")]
    rows = _complete(frame, centre, *edges)
    days = _days(rows["ds"])
    _check(days, name)
    return Forecast(
        days,
        tuple(float(v) for v in rows[centre]),
        {
            level: (
                tuple(float(v) for v in rows[f"lo-{level:g}"]),
                tuple(float(v) for v in rows[f"hi-{level:g}"]),
            )
            for level in levels
        },
    )


def joined(observed: Series, future: Forecast) -> Forecast:
    """The forecast with the last observed point before it, so that the fan opens from it."""
    if not observed.days or not future.days or observed.days[-1] >= future.days[0]:
        return future
    last = observed.values[-1]
    return Forecast(
        (observed.days[-1], *future.days),
        (last, *future.median),
        {level: ((last, *lo), (last, *hi)) for level, (lo, hi) in future.bands.items()},
    )


def is_monthly(days: Sequence[date]) -> bool:
    """Whether dates lie about a month apart or more; a single date counts as one."""
    steps = sorted((b - a).days for a, b in pairwise(days))
    return not steps or steps[len(steps) // 2] >= SHORTEST_MONTH


def _levels(columns: Sequence[str], wanted: Sequence[float]) -> list[float]:
    """The wanted levels that are given, else the two widest."""
    found = set()
    for column in columns:
        text = column.removeprefix("lo-")
        if text != column and f"hi-{text}" in columns and text.replace(".", "", 1).isdigit():
            found.add(float(text))
    return sorted(found & set(wanted)) or sorted(found)[-2:]


def _complete(frame: pl.DataFrame, *values: str) -> pl.DataFrame:
    """Rows in which all values are there and finite, in date order."""
    import polars as pl

    finite = [pl.col(name).cast(pl.Float64).is_finite() for name in values]
    return frame.select("ds", *values).drop_nulls().filter(*finite).sort("ds")


def _need(frame: pl.DataFrame, columns: Sequence[str], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise DataError(
            "A frame to draw lacks columns.",
            where=name,
            problems=[Problem(f'No column "{column}".') for column in missing],
        )


def _check(days: tuple[date, ...], name: str) -> None:
    if not days:
        raise DataError("A frame to draw has no value.", where=name)
    if len(set(days)) < len(days):
        raise DataError(
            "A date comes more than once in a frame to draw.",
            where=name,
            remedy="Draw one series at a time.",
        )


def _days(values: Iterable[Any]) -> tuple[date, ...]:
    """Dates; instants stay instants where any has a time of day."""
    days: tuple[date, ...] = tuple(values)
    instants = [day for day in days if isinstance(day, datetime)]
    if len(instants) == len(days) and not any(d.hour or d.minute or d.second for d in instants):
        return tuple(day.date() for day in instants)
    return days
