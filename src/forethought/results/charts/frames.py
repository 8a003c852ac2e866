"""What charts are drawn from: frames checked at the door, then plain points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forethought.errors import DataError, Problem

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Series:
    """Values by date, in order."""

    days: tuple[date, ...]
    values: tuple[float, ...]

    def since(self, first: date) -> Series:
        """The part from `first` on."""
        kept = [(d, v) for d, v in zip(self.days, self.values, strict=True) if d >= first]
        return Series(tuple(d for d, _ in kept), tuple(v for _, v in kept))


@dataclass(frozen=True)
class Forecast:
    """Most likely values by date with ranges: `bands[80]` is (lower, upper) by date."""

    days: tuple[date, ...]
    median: tuple[float, ...]
    bands: dict[int, tuple[tuple[float, ...], tuple[float, ...]]]

    def at_end(self, level: int) -> tuple[float, float] | None:
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
    rows = frame.select("ds", value).drop_nulls().sort("ds")
    days = tuple(_day(day) for day in rows["ds"])
    _check(days, name)
    return Series(days, tuple(float(v) for v in rows[value]))


def forecast(frame: pl.DataFrame, *, name: str = "forecast") -> Forecast:
    """Points of a frame `ds`, `median` (or `mean`), and `lo-80`, `hi-80`, `lo-95`, `hi-95`.

    Raises:
        DataError: No range is given (no line without a band), columns are missing, or a date
            comes twice.
    """
    centre = "median" if "median" in frame.columns else "mean"
    _need(frame, ("ds", centre), name)
    levels = [level for level in (80, 95) if {f"lo-{level}", f"hi-{level}"} <= set(frame.columns)]
    if not levels:
        raise DataError(
            "A forecast without a range cannot be drawn.",
            where=name,
            remedy="Give the columns lo-80 and hi-80.",
        )
    edges = [f"{edge}-{level}" for level in levels for edge in ("lo", "hi")]
    rows = frame.select("ds", centre, *edges).drop_nulls().sort("ds")
    days = tuple(_day(day) for day in rows["ds"])
    _check(days, name)
    return Forecast(
        days,
        tuple(float(v) for v in rows[centre]),
        {
            level: (
                tuple(float(v) for v in rows[f"lo-{level}"]),
                tuple(float(v) for v in rows[f"hi-{level}"]),
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


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value
