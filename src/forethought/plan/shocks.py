"""Declared shocks: what happened once, so that it becomes neither a season nor a trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import Problem, UsageError, did_you_mean

Floats = NDArray[np.float64]
Shape = Literal["pulse", "level_shift", "ramp"]
SHAPES = ("pulse", "level_shift", "ramp")
READINGS = ("stays", "goes")
YEAR_AND_MONTH = 7  # characters of "2020-03"


@dataclass(frozen=True)
class Shock:
    """Something that happened once.

    Args:
        name: What it is called on pages and in the report.
        start: First period it touches: a date, or text such as `2020-03` or `2020-03-15`.
        end: Last period it touches; None goes on to the end (not for a pulse).
        shape: `pulse`: the periods are set aside and bridged; `level_shift`: the level moved
            from start to end (None: for good); `ramp`: the level moved steadily from start to
            end and stayed.
        readings: Where nobody knows yet whether a level shift lasts: of `stays` and `goes`, the
            one that the forecast's frame is to hold first. Both are then forecast.
        expected: Ratio of the level after to that before, above 0, where the break is still to come
            or too young to be measured; for the reading `stays`.
    """

    name: str
    start: date | str
    end: date | str | None = None
    shape: Shape = "pulse"
    readings: tuple[str, ...] = ()
    expected: float | None = None


@dataclass(frozen=True, eq=False)
class Adjusted:
    """A history without its shocks.

    Args:
        y: Shape (n,).
        set_aside: Periods that tell nothing about forecast errors, shape (n,).
        told: What was done, one text a shock that touches the series.
    """

    y: Floats
    set_aside: NDArray[np.bool_]
    told: tuple[str, ...]


def checked_shocks(shocks: Sequence[Shock]) -> None:
    """Refuse shocks that say nothing.

    Raises:
        UsageError: All problems at once.
    """
    problems = []
    for shock in shocks:
        where = f"shock {shock.name}"
        if shock.shape not in SHAPES:
            problems.append(
                Problem(f"{shock.shape} is no shape.", where, did_you_mean(shock.shape, SHAPES))
            )
        if shock.end is None and shock.shape != "level_shift":
            problems.append(Problem("it has no end.", where, "Give its last period."))
        problems += _reading_problems(shock, where)
        try:
            start = _day(shock.start)
            end = None if shock.end is None else _day(shock.end, last=True)
        except ValueError:
            problems.append(Problem("its dates cannot be read.", where, 'Write "2020-03".'))
            continue
        if end is not None and end < start:
            problems.append(Problem("it ends before it starts.", where))
    if problems:
        raise UsageError("The shocks cannot be used.", where="shocks", problems=problems)


def _reading_problems(shock: Shock, where: str) -> list[Problem]:
    problems = [
        Problem(f"{reading} is no reading.", where, did_you_mean(reading, READINGS))
        for reading in shock.readings
        if reading not in READINGS
    ]
    if (shock.readings or shock.expected is not None) and shock.shape != "level_shift":
        problems.append(
            Problem(f"a {shock.shape} has no readings.", where, 'Give shape="level_shift".')
        )
    if shock.expected is not None and not shock.expected > 0:
        problems.append(Problem(f"{shock.expected} is no ratio.", where, "Give one above 0."))
    if shock.expected is not None and not shock.readings:
        problems.append(
            Problem("an expected ratio needs readings.", where, 'Give readings=("stays", "goes").')
        )
    return problems


def without_shocks(y: Floats, ds: pl.Series, m: int, shocks: Sequence[Shock]) -> Adjusted:
    """The history as it would have been without the shocks.

    A pulse is bridged by level and season of the periods around it. The size of a level shift
    or a ramp is estimated by least squares beside a trend and a season, and the history before
    it is moved to the level of the end.
    """
    set_aside = np.zeros(y.size, dtype=bool)
    told: list[str] = []
    adjusted = y.astype(np.float64).copy()
    for shock in shocks:
        touched = _touched(shock, ds)
        if shock.shape == "pulse" and touched.any():
            set_aside |= touched
            told.append(f"{shock.name}: {int(touched.sum())} periods set aside")
    lasting = [s for s in shocks if s.shape != "pulse" and _touched(s, ds).any()]
    for shock in lasting:
        effect = _effect(adjusted, ds, shock, m, set_aside)
        adjusted = adjusted - effect
        told.append(
            f"{shock.name}: level moved by {effect[0] * -1:,.4g}"
            if effect[0]
            else f"{shock.name}: level adjusted"
        )
    if set_aside.any() and not set_aside.all():
        adjusted[set_aside] = bridged(adjusted, set_aside, m)[set_aside]
    return Adjusted(adjusted, set_aside, tuple(told))


def bridged(y: Floats, missing: NDArray[np.bool_], m: int) -> Floats:
    """`y` with its missing periods filled from the level around and the season of the others."""
    position = np.arange(y.size)
    season = _season(y, missing, m)
    level = np.interp(position, position[~missing], (y - season)[~missing])
    return np.where(missing, level + season, y)


def _season(y: Floats, missing: NDArray[np.bool_], m: int) -> Floats:
    """Mean deviation of each season's period from a line through all, 0 where too few."""
    known = ~missing
    if m == 1 or known.sum() < 2 * m:
        return np.zeros(y.size)
    position = np.arange(y.size)
    line = np.poly1d(np.polyfit(position[known], y[known], 1))(position)
    rest = np.where(known, y - line, 0.0)
    phase = position % m
    sums = np.bincount(phase, weights=rest, minlength=m)
    counts = np.bincount(phase, weights=known, minlength=m)
    means = sums / np.maximum(counts, 1)
    return np.asarray((means - means.mean())[phase])


def _effect(y: Floats, ds: pl.Series, shock: Shock, m: int, set_aside: NDArray[np.bool_]) -> Floats:
    """What to take off each period so that all are at the level of the end."""
    position = np.arange(y.size)
    touched = _touched(shock, ds)
    first = int(np.flatnonzero(touched)[0])
    last = int(np.flatnonzero(touched)[-1])
    if shock.shape == "ramp":
        shape = np.clip((position - first + 1) / (last - first + 1), 0.0, 1.0)
    elif shock.end is None:
        shape = (position >= first).astype(np.float64)
    else:
        shape = touched.astype(np.float64)
    season = np.eye(m)[position % m] if m > 1 and y.size > 3 * m else np.ones((y.size, 1))
    design = np.column_stack([season, position / y.size, shape])
    used = ~set_aside
    solution, *_ = np.linalg.lstsq(design[used], y[used], rcond=None)
    return np.asarray(solution[-1] * (shape - shape[-1]))


def _touched(shock: Shock, ds: pl.Series) -> NDArray[np.bool_]:
    if ds.dtype.is_integer():
        return np.zeros(ds.len(), dtype=bool)
    days = ds.cast(pl.Date)
    inside = days >= _day(shock.start)
    if shock.end is not None:
        inside = inside & (days <= _day(shock.end, last=True))
    return inside.to_numpy()


def first_day(shock: Shock) -> date:
    """The first day that a shock touches."""
    return _day(shock.start)


def _day(value: date | str, *, last: bool = False) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if len(value) > YEAR_AND_MONTH:
        return date.fromisoformat(value)
    first = date.fromisoformat(f"{value}-01")
    if not last:
        return first
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return following - timedelta(days=1)
