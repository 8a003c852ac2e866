"""Histories with a known truth, for the tests of forecasts."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray


def monthly(name: str, y: ArrayLike, start: date = date(2015, 1, 1)) -> pl.DataFrame:
    """One monthly history in long form."""
    values = np.asarray(y, dtype=np.float64)
    months = pl.DataFrame({"step": range(values.size)}).select(
        ds=pl.lit(start).dt.offset_by(pl.format("{}mo", pl.col("step")))
    )["ds"]
    return pl.DataFrame({"ds": months, "y": values}).select(
        pl.lit(name).alias("unique_id"), "ds", "y"
    )


def seasonal(
    seed: int, n: int = 72, *, noise: float = 3.0, amplitude: float = 12.0
) -> NDArray[np.float64]:
    """Level 100, a yearly wave, and noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    return 100 + amplitude * np.sin(2 * np.pi * t / 12) + rng.normal(0, noise, n)


def walk(seed: int, n: int = 72, *, step: float = 2.0) -> NDArray[np.float64]:
    """A random walk from 200."""
    return 200 + np.cumsum(np.random.default_rng(seed).normal(0, step, n))
