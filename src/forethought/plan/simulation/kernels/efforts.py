"""Hours that a day's cases take beyond their mean."""

from __future__ import annotations

import math

import numpy as np

from forethought.plan.simulation.kernels import inlined
from forethought.plan.simulation.kernels.random import gamma

_NEARLY_NORMAL = 4.0
"""Shape of a gamma sum above which its cube root is taken as normal."""


@inlined
def nearly_normal(cases: int, cv: float) -> bool:
    """Whether so many cases are enough for a normal number to stand for their hours."""
    return cases > _NEARLY_NORMAL * cv * cv


@inlined
def beyond_mean(cases: int, mean: float, cv: float, z: float, key: np.uint64, t: int) -> float:
    """Hours that so many cases took beyond their mean: a gamma sum with their mean and variance.

    Wilson and Hilferty's cube of a normal number stands for the gamma where its shape is above 4.

    Args:
        cases: How many, at least 1.
        mean: Mean hours of one.
        cv: Its coefficient of variation, above 0.
        z: Standard normal number t of the key (asked for where `nearly_normal`).
        key: Key of the queue's effort.
        t: The day.
    """
    if nearly_normal(cases, cv):
        spread = cv / (3.0 * math.sqrt(cases))
        cube = 1.0 - spread * spread + z * spread
        return cases * mean * (cube * cube * cube - 1.0)
    shape = cases / (cv * cv)
    return cases * mean * (gamma(shape, key, t) / shape - 1.0)
