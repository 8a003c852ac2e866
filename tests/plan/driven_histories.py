"""Histories with a planted driver, whose coefficient and future are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from tests.plan.histories import monthly

Floats = NDArray[np.float64]

H = 12


@dataclass(frozen=True)
class Planted:
    """A panel, what its drivers will be, and what came.

    Args:
        history: `unique_id`, `ds`, `y`, `price`.
        future: `unique_id`, `ds`, `price`: the next `H` periods.
        came: `unique_id`, `ds`, `y` of the same periods.
    """

    history: pl.DataFrame
    future: pl.DataFrame
    came: pl.DataFrame


def planted(
    series: int, coefficient: float, *, seed: int = 0, n: int = 60, noise: float = 3.0
) -> Planted:
    """Level, walk, yearly wave, noise, and `coefficient` times a price that wanders."""
    rng = np.random.default_rng(seed)
    parts = []
    for k in range(series):
        t = np.arange(n + H)
        price = 20 + np.cumsum(rng.normal(0, 1.0, t.size))
        walk = np.cumsum(rng.normal(0, noise / 4, t.size))
        wave = 12 * np.sin(2 * np.pi * (t + 3) / 12)
        y = 300 + wave + walk + rng.normal(0, noise, t.size) + coefficient * price
        parts.append(monthly(f"s{k:02d}", y).with_columns(price=price))
    every = pl.concat(parts).with_columns(
        back=pl.len().over("unique_id") - pl.int_range(pl.len()).over("unique_id")
    )
    ahead = every.filter(pl.col("back") <= H)
    return Planted(
        history=every.filter(pl.col("back") > H).drop("back"),
        future=ahead.select("unique_id", "ds", "price"),
        came=ahead.select("unique_id", "ds", "y"),
    )


def mean_error(frame: pl.DataFrame, planted: Planted) -> float:
    """Mean absolute error of the medians over the mean change from a year before."""
    scale = planted.history.select(
        (pl.col("y") - pl.col("y").shift(12).over("unique_id")).abs().mean()
    ).item()
    both = frame.join(planted.came, on=["unique_id", "ds"])
    return float((both["y"] - both["median"]).abs().mean()) / float(scale)  # type: ignore[arg-type]
