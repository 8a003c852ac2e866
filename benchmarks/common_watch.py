"""Histories for the benchmarks of the watch, of kinds that its code knows nothing of.

Seeds below 1,000 built the watch; those that the benchmarks report from start at 5,000.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import beta

Floats = NDArray[np.float64]

HELD_OUT = 5000
WATCHED, SHARE = 12, 0.02
MONTHS = 60


@dataclass(frozen=True)
class Histories:
    """Histories, and what was done to some of them.

    Args:
        values: (S, T).
        kind: (S) number of the change in the list that was asked for; -1: none.
        start: (S) period from which it is there; -1: none.
    """

    values: Floats
    kind: NDArray[np.int64]
    start: NDArray[np.int64]

    @property
    def frame(self) -> pl.DataFrame:
        """Long frame `unique_id` (number of the series), `ds`, `y`."""
        return frame_of(self.values)


@dataclass(frozen=True)
class Shift:
    """A planted change.

    Args:
        shape: `lasting` or `one-off`.
        size: Higher by so many standard deviations of a month about its season and trend.
    """

    shape: str
    size: float

    def __str__(self) -> str:
        """For the answer."""
        return f"{self.shape}, {self.size:g} sd"


def frame_of(values: Floats) -> pl.DataFrame:
    """A long monthly frame from 2010 on."""
    series, months = values.shape
    last = date(2010 + (months - 1) // 12, (months - 1) % 12 + 1, 1)
    ds = pl.date_range(date(2010, 1, 1), last, "1mo", eager=True)
    names = [f"{number:05d}" for number in range(series)]
    repeated = pl.select(pl.Series(names).repeat_by(months)).to_series().explode()
    return pl.DataFrame(
        {"unique_id": repeated, "ds": pl.concat([ds] * series), "y": values.ravel()}
    )


def fading(rng: np.random.Generator, memory: Floats, months: int) -> Floats:
    """(S, T) standard normal noise that is correlated with itself a month later."""
    fresh = rng.standard_normal((memory.size, months + 60))
    noise = np.zeros_like(fresh)
    noise[:, 0] = fresh[:, 0]
    for t in range(1, months + 60):
        noise[:, t] = memory * noise[:, t - 1] + np.sqrt(1 - memory**2) * fresh[:, t]
    return noise[:, 60:]


def _negative_binomial(rng: np.random.Generator, mean: Floats, phi: Floats) -> Floats:
    wide = np.broadcast_to(np.maximum(phi, 1 + 1e-4), mean.shape)
    size = np.maximum(mean, 1e-9) / (wide - 1)
    return rng.negative_binomial(size, 1 / wide).astype(np.float64)


Path = Callable[[np.random.Generator, Floats, Floats], tuple[Floats, Floats, Floats | None]]
"""Means without a shift (S, T), standard deviations (S), dispersions (S) or None for values."""


def _poisson(rng: np.random.Generator, season: Floats, at: Floats) -> tuple[Floats, Floats, Floats]:
    level = _levels(rng, len(season), 2, 400)
    slope = rng.normal(0, 0.03, len(season)) / 12
    mean = level[:, None] * np.exp(season + slope[:, None] * at)
    return mean, np.sqrt(level), np.ones(len(season))


def _wide(rng: np.random.Generator, season: Floats, at: Floats) -> tuple[Floats, Floats, Floats]:
    level, phi = _levels(rng, len(season), 2, 400), _levels(rng, len(season), 1.3, 6)
    memory = rng.choice([0.0, 0.0, 0.3, 0.5], len(season))
    mean = level[:, None] * np.exp(season + 0.08 * fading(rng, memory, at.size))
    return mean, np.sqrt(level * phi), phi


def _gaussian(rng: np.random.Generator, season: Floats, at: Floats) -> tuple[Floats, Floats, None]:
    level, spread = 10 * _levels(rng, len(season), 2, 400), 10 * _levels(rng, len(season), 0.05, 3)
    noise = fading(rng, rng.uniform(0, 0.7, len(season)), at.size)
    swing = rng.uniform(0, 5, len(season))[:, None]
    return level[:, None] + spread[:, None] * (swing * season + noise), spread, None


def _rare(rng: np.random.Generator, season: Floats, at: Floats) -> tuple[Floats, Floats, Floats]:
    level = _levels(rng, len(season), 0.05, 3)
    phi = np.where(rng.random(len(season)) < 0.5, 1.0, 1.5)
    return level[:, None] * np.exp(season) + 0 * at, np.sqrt(level * phi), phi


def _strong(rng: np.random.Generator, season: Floats, at: Floats) -> tuple[Floats, Floats, Floats]:
    level, own = _levels(rng, len(season), 2, 400), rng.uniform(0.05, 0.3, len(season))
    memory = rng.choice([0.8, 0.9, 0.95, 0.98], len(season))
    mean = level[:, None] * np.exp(0.5 * season + own[:, None] * fading(rng, memory, at.size))
    return mean, np.sqrt(level + (level * own) ** 2), np.ones(len(season))


def _trending(
    rng: np.random.Generator, season: Floats, at: Floats
) -> tuple[Floats, Floats, Floats]:
    level, from_middle = _levels(rng, len(season), 2, 400), at - at.size / 2
    slope, bend = rng.normal(0, 0.12, len(season)) / 12, rng.normal(0, 0.03, len(season)) / 144
    path = season + slope[:, None] * from_middle + bend[:, None] * from_middle**2
    return level[:, None] * np.exp(path), np.sqrt(level), np.ones(len(season))


def _levels(rng: np.random.Generator, count: int, least: float, most: float) -> Floats:
    return np.exp(rng.uniform(np.log(least), np.log(most), count))


KINDS: dict[str, Path] = {
    "Poisson counts": _poisson,
    "over-dispersed counts": _wide,
    "Gaussian AR(1) with season": _gaussian,
    "rare counts": _rare,
    "strong memory": _strong,
    "trends that bend": _trending,
}


def made(
    kind: str,
    series: int,
    seed: int,
    *,
    months: int = MONTHS,
    shifts: Sequence[Shift] = (),
    share: float = SHARE,
    starts: int | None = None,
) -> Histories:
    """Histories of one kind, each with season, level and spread of its own.

    Args:
        kind: One of `KINDS`.
        series: How many.
        seed: Same seed, same histories.
        months: Their length.
        shifts: Changes; each changed series has one of them by lot.
        share: Share of series that are changed.
        starts: Period of all changes; None: by lot, among the last twelve.
    """
    rng = np.random.default_rng([list(KINDS).index(kind), months, seed])
    at = np.arange(months, dtype=np.float64)
    phase, swing = rng.uniform(0, 12, series)[:, None], rng.uniform(0, 0.4, series)[:, None]
    mean, spread, phi = KINDS[kind](rng, swing * np.cos(2 * np.pi * (at - phase) / 12), at)
    which, start = np.full(series, -1), np.full(series, -1)
    if shifts:
        chosen = rng.permutation(series)[: round(share * series)]
        which[chosen] = np.arange(chosen.size) % len(shifts)
        first = rng.integers(months - WATCHED, months, chosen.size)
        start[chosen] = first if starts is None else starts
        for row in chosen:
            shift = shifts[which[row]]
            end = start[row] + 1 if shift.shape == "one-off" else months
            mean[row, start[row] : end] += shift.size * spread[row]
    if phi is None:
        return Histories(mean, which, start)
    values = _negative_binomial(rng, mean, phi[:, None])
    if kind == "strong memory":
        # every other series is measured, not counted
        noise = np.sqrt(np.maximum(mean, 1.0)) * rng.standard_normal(mean.shape)
        values[::2] = (mean + noise)[::2]
    return Histories(values, which, start)


def interval(hits: int, of: int, level: float = 0.95) -> list[float]:
    """Clopper and Pearson's interval of a share."""
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, of - hits)) if hits < of else 1.0
    return [round(low, 4), round(high, 4)]
