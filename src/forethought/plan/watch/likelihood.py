"""How much likelier a window's cases are at a rate of their own.

References:
    Kulldorff (1997), A spatial scan statistic, Communications in Statistics 26.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def poisson_ratio(cases: float, expected: float, total: float) -> float:
    """Log likelihood ratio of a window under Kulldorff's Poisson model.

    Args:
        cases: Cases inside.
        expected: Cases expected inside; those of all windows' whole add up to `total`.
        total: All cases.
    """
    rest, rest_expected = total - cases, total - expected
    inside = cases * np.log(cases / expected) if cases > 0 else 0.0
    outside = rest * np.log(rest / rest_expected) if rest > 0 else 0.0
    return float(inside + outside)


def binomial_ratio(cases: float, people: float, total: float, everybody: float) -> float:
    """Log likelihood ratio of a window whose people each are a case or not.

    Args:
        cases: Cases inside.
        people: People inside, cases among them.
        total: All cases.
        everybody: All people.
    """

    def support(some: float, of: float) -> float:
        yes = some * np.log(some / of) if some > 0 else 0.0
        no = (of - some) * np.log((of - some) / of) if of > some else 0.0
        return float(yes + no)

    inside, outside = support(cases, people), support(total - cases, everybody - people)
    return inside + outside - support(total, everybody)


def count_table(total: int) -> Floats:
    """C log c + (C - c) log (C - c) for every count c from 0 to the total C."""
    c = np.arange(total + 1, dtype=np.float64)
    half = np.where(c > 0, c * np.log(np.maximum(c, 1.0)), 0.0)
    return half + half[::-1]


def window_terms(expected: Floats, total: int) -> tuple[Floats, Floats]:
    """Slope and base of `table[c] - base - c * slope`, the ratio of a window with c cases.

    Args:
        expected: Expected cases of each window, strictly between 0 and the total.
        total: All cases.
    """
    inside, outside = np.log(expected), np.log(total - expected)
    return inside - outside, total * outside


def gumbel_tail(maxima: Floats, value: float) -> float:
    """Chance that the largest ratio of a shuffled map is as large, by a fitted Gumbel tail.

    References:
        Abrams, Kulldorff and Kleinman (2010), Gumbel based p-value approximations for spatial
        scan statistics (moments: their mean and standard deviation).
    """
    scale = float(np.std(maxima, ddof=1)) * np.sqrt(6) / np.pi
    if scale <= 0:
        return 1.0 if value <= float(np.max(maxima)) else 1.0 / (maxima.size + 1)
    start = float(np.mean(maxima)) - np.euler_gamma * scale
    return float(-np.expm1(-np.exp(-(value - start) / scale)))
