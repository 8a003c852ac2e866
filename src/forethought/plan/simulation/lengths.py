"""Distributions of effort and length: the chance to outlast a time, the shape of a Weibull."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from forethought.plan.simulation.pathway import Distribution

LOWEST_SHAPE, HIGHEST_SHAPE = 0.2, 100.0
"""Shapes of Weibull distributions that engines draw from."""
_LEAST = 1e-12
_HALVINGS = 80


def survival(length: Distribution, days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance that a length is longer than each number of days."""
    from scipy.special import gammaincc, ndtr

    mean, cv = length.mean, length.cv
    if length.family == "fixed" or mean <= 0:
        found = np.where(days < mean, 1.0, 0.0)
    elif length.family == "exponential":
        found = np.exp(-days / mean)
    elif length.family == "gamma":
        found = gammaincc(1 / cv**2, days / (mean * cv**2))
    elif length.family == "lognormal":
        sigma = math.sqrt(math.log1p(cv**2))
        middle = math.log(mean) - sigma**2 / 2
        found = ndtr(-(np.log(np.maximum(days, 1e-300)) - middle) / sigma)
    elif length.family == "weibull":
        shape = weibull_shape(cv)
        scale = mean / math.exp(math.lgamma(1 + 1 / shape))
        found = np.exp(-((days / scale) ** shape))
    else:
        half = mean * cv * math.sqrt(3)
        found = np.clip((mean + half - days) / (2 * half), 0.0, 1.0)
    return np.asarray(np.where(found > _LEAST, found, 0.0), dtype=np.float64)


def weibull_cv(shape: float) -> float:
    """The coefficient of variation of a Weibull distribution with a shape."""
    second = math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape)
    return math.sqrt(max(math.expm1(second), 0.0))


def weibull_shape(cv: float) -> float:
    """The shape of a Weibull distribution with a coefficient of variation (by bisection)."""
    low, high = math.log(LOWEST_SHAPE / 2), math.log(HIGHEST_SHAPE * 2)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if weibull_cv(math.exp(middle)) > cv:
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2)
