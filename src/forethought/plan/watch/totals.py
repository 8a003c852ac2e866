"""Totals of several periods of a small count against a forecast made before the first of them.

Numbers that stand for single small counts lose much when they are added up: a month with three
cases where one is usual says little, six such months say a lot. The total of the months is a count
itself, and is held against the negative binomial of the forecast's total.

References:
    Rogerson and Yamada (2009), Statistical Detection and Surveillance of Geographic Clusters,
    chapter 6 (power of charts of small counts); Dunn and Smyth (1996), Randomized quantile
    residuals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forethought.plan.watch.ordinary import Integers, Whitening
from forethought.plan.watch.surprise import Grain, Surprise, counts_of, normal_steps

Floats = NDArray[np.float64]

FEW = 1.0  # mean below which totals are counted; above it the sum of surprises says as much


def totals(
    values: Floats, seen: Surprise, grain: Grain, listed: Whitening, first: int, together: int,
    lots: Floats,
) -> tuple[Integers, Floats]:  # fmt: skip
    """Rows of small counts, and their totals of so many periods as standard normal numbers.

    Args:
        values: (S, T) counts.
        seen: Their surprises.
        grain: What is known of the dispersion of small counts.
        listed: The list of covariances.
        first: First period that is looked at; at least `together`.
        together: Periods of a total; the newest is the one looked at.
        lots: (S, T) numbers of 0-1 that say where on its step a total lies.

    Returns:
        (R) rows, and (R, P) numbers.
    """
    few = values[grain.rows, : seen.fitted.cut].mean(axis=1) < FEW
    rows = grain.rows[few]
    kind = seen.fitted.kind[rows]
    fitted, length = seen.fitted, values.shape[1]
    # one-step-ahead errors, in the noise's standard deviations of the series' likeliest member
    error = (fitted.error[rows] * fitted.spread[rows]) / listed.width[kind]
    numbers = np.empty((rows.size, length - first))
    for column, t in enumerate(range(first, length)):
        block = slice(t + 1 - together, t + 1)
        lower = np.tril(listed.lower[:, block, block], -1)[kind]
        learned = np.einsum("rji,ri->rj", lower, error[:, block])
        mean = counts_of(fitted.expected[rows, block] - learned, seen.scale[rows], seen.floor[rows])
        wide = _loss(listed, block)[kind][:, None] * grain.widened
        numbers[:, column] = normal_steps(
            values[rows, block].sum(axis=1, keepdims=True),
            mean.sum(axis=1, keepdims=True),
            wide,
            grain.chances[few],
            lots[rows, t : t + 1],
        )[:, 0]
    return rows.astype(np.int64), numbers


def _loss(listed: Whitening, block: slice) -> Floats:
    """(K) variance of a total's error over that of one who knows level, slope and season."""
    error = (listed.lower[:, block, block].sum(axis=1) ** 2).sum(axis=1)
    known = (listed.alone[:, block, block].sum(axis=1) ** 2).sum(axis=1)
    return np.asarray(np.maximum(error / known, 1.0))
