"""Histories of our own making for the watch's tests."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def months(count: int, start: date = date(2019, 1, 1)) -> pl.Series:
    """So many months from a start."""
    last = date(start.year + (count - 1) // 12, (count - 1) % 12 + 1, 1)
    return pl.date_range(start, last, "1mo", eager=True).alias("ds")


def frame_of(values: Floats, names: list[str] | None = None) -> pl.DataFrame:
    """A long frame of (S, T) monthly values."""
    series, length = values.shape
    told = names or [f"s{number:04d}" for number in range(series)]
    return pl.DataFrame(
        {
            "unique_id": np.repeat(told, length).tolist(),
            "ds": pl.concat([months(length)] * series),
            "y": values.ravel(),
        }
    )


def one(values: list[float], name: str = "a") -> pl.DataFrame:
    """A long frame of one monthly series."""
    return frame_of(np.array([values], dtype=np.float64), [name])


def seasonal_counts(series: int, length: int, seed: int, *, memory: float = 0.4) -> Floats:
    """(S, T) means of counts with season and memory; draw Poisson counts from them."""
    rng = np.random.default_rng(seed)
    fresh = rng.standard_normal((series, length + 30))
    noise = np.zeros_like(fresh)
    for t in range(1, length + 30):
        noise[:, t] = memory * noise[:, t - 1] + np.sqrt(1 - memory**2) * fresh[:, t]
    at = np.arange(length)
    level = np.exp(rng.uniform(np.log(3), np.log(200), series))[:, None]
    phase = rng.uniform(0, 12, series)[:, None]
    season = 0.25 * np.cos(2 * np.pi * (at - phase) / 12)
    return np.asarray(level * np.exp(season + 0.1 * noise[:, 30:]))


def jumped(
    kind: str, factor: float, level: float, seed: int, *, most: int
) -> tuple[Floats, list[float]]:
    """(300, 60) monthly values, the first `most` times `factor` from a month on; true sizes.

    Args:
        kind: `counts`, `over-dispersed counts` or `values`.
        factor: What a month is multiplied by.
        level: Typical value of a month.
        seed: Of the draws.
        most: Series that jump.
    """
    rng = np.random.default_rng(seed)
    at = np.arange(60)
    levels = level * np.exp(rng.uniform(-0.7, 0.7, 300))[:, None]
    phase = rng.uniform(0, 12, 300)[:, None]
    mean = levels * np.exp(0.25 * np.cos(2 * np.pi * (at - phase) / 12))
    start = rng.integers(48, 56, 300)[:, None]
    after = (at >= start) & (np.arange(300) < most)[:, None]
    seen = np.where(after, factor * mean, mean)
    if kind == "counts":
        y = rng.poisson(seen).astype(np.float64)
    elif kind == "over-dispersed counts":
        y = rng.negative_binomial(seen / 1.5, 1 / 2.5).astype(np.float64)
    else:
        y = seen * np.exp(0.06 * rng.standard_normal(seen.shape))
    usual = [float(mean[row, start[row, 0] :].mean()) for row in range(most)]
    return y, [(factor - 1) * each for each in usual]
