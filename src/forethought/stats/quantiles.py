"""Weighted quantiles, and quantile functions on a fixed grid of probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def weighted_quantile(values: Floats, weights: Floats, probabilities: Floats) -> Floats:
    """Quantiles of weighted observations, linear between mid-points of their weight.

    With equal weights this is Hyndman and Fan's type 5.

    Args:
        values: Observations, shape (n,), finite.
        weights: Their weights, shape (n,), not negative, not all zero.
        probabilities: Shape (k,), 0-1.

    Returns:
        Shape (k,), within the range of the values.
    """
    order = np.argsort(values, kind="stable")
    ordered, mass = values[order], weights[order]
    middle = (np.cumsum(mass) - 0.5 * mass) / mass.sum()
    return np.interp(probabilities, middle, ordered)


def interpolated_quantiles(grid: Floats, quantiles: Floats, probabilities: Floats) -> Floats:
    """Values of a quantile function known on `grid`, at other probabilities.

    Outside the grid the function goes on along its last stretch, in units of the normal
    quantile, so that a tail is neither cut nor exploded.

    Args:
        grid: Increasing probabilities, shape (g,), inside 0-1.
        quantiles: Values there, shape (g,).
        probabilities: Where to read, any shape, inside 0-1.
    """
    from scipy.special import ndtri

    knots = ndtri(grid)
    at = ndtri(np.clip(probabilities, 1e-6, 1 - 1e-6))
    inside = np.interp(at, knots, quantiles)
    low_slope = (quantiles[1] - quantiles[0]) / (knots[1] - knots[0])
    high_slope = (quantiles[-1] - quantiles[-2]) / (knots[-1] - knots[-2])
    below = np.where(at < knots[0], (at - knots[0]) * low_slope, 0.0)
    above = np.where(at > knots[-1], (at - knots[-1]) * high_slope, 0.0)
    return np.asarray(inside + below + above, dtype=np.float64)


def monotone(values: Floats) -> Floats:
    """The nearest non-decreasing sequence (pool adjacent violators, equal weights)."""
    levels: list[float] = []
    sizes: list[int] = []
    for value in values:
        levels.append(float(value))
        sizes.append(1)
        while len(levels) > 1 and levels[-2] > levels[-1]:
            size = sizes[-2] + sizes[-1]
            levels[-2] = (levels[-2] * sizes[-2] + levels[-1] * sizes[-1]) / size
            sizes[-2] = size
            levels.pop()
            sizes.pop()
    return np.repeat(np.asarray(levels, dtype=np.float64), sizes)
