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


def quantile_weights(grid: Floats, probabilities: Floats) -> Floats:
    """Weights that read a quantile function, known on `grid`, at other probabilities.

    Between grid points the function is linear in the normal quantile, beyond them it goes on along
    its last stretch, so that a tail is neither cut nor exploded.

    Args:
        grid: Increasing probabilities, shape (g,), inside 0-1.
        probabilities: Where to read, shape (k,), inside 0-1.

    Returns:
        Shape (k, g): multiply it with the values on the grid, shape (g,) or (g, n).
    """
    from scipy.special import ndtri

    knots = ndtri(grid)
    at = ndtri(np.clip(probabilities, 1e-6, 1 - 1e-6))
    right = np.clip(np.searchsorted(knots, at), 1, knots.size - 1)
    share = (at - knots[right - 1]) / (knots[right] - knots[right - 1])
    weights = np.zeros((at.size, knots.size))
    rows = np.arange(at.size)
    weights[rows, right - 1] = 1.0 - share
    weights[rows, right] = share
    return weights


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
