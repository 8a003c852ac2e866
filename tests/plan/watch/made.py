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
