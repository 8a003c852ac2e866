"""Scores of the rules: what each rule looks at, as minus the logarithm of a nominal p-value.

All work on surprises, (S, T) standard normal numbers where nothing but ordinary variation is at
work, so that season and memory are gone before a rule looks. Nominal p-values need not be exact:
`tails` turns scores into p-values by what the past of all series shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import log_ndtr

from forethought.plan.watch.ordinary import Integers, Whitening

Floats = NDArray[np.float64]

NEAR = 2.0  # standard deviations from which a point is near a limit
OF_THREE, THREE = 2, 3
RUN = 7  # points of a run or trend, as in Making Data Count
ONE_MONTH_LEAD = 3  # periods between the cutoff and the period that it is held against
OUTSIDE_95 = -float(np.log(0.05))
THREE_SIGMA = 5.914  # minus the logarithm of 0.0027
RUNS = (3, 6, 12)  # periods that are held against their forecast together


@dataclass(frozen=True, eq=False)
class Score:
    """A rule's score of every series and period looked at.

    Args:
        size: (S, P) minus logarithm of the nominal p-value, from 0 up.
        sign: (S, P) 1 where the series is higher than expected, -1 where lower.
        detail: (S, P) number of the part of the rule that scores most.
        beyond: (S, P) whether the rule's own published limit is passed, whatever else is watched.
    """

    size: Floats
    sign: Floats
    detail: Integers
    beyond: NDArray[np.bool_]


def two_sided(z: Floats) -> Floats:
    """Minus logarithm of the chance that a standard normal number lies as far from 0."""
    return np.asarray(np.maximum(-(log_ndtr(-np.abs(z)) + np.log(2)), 0.0))


def best_of(sizes: list[Floats], signs: list[Floats], limit: float) -> Score:
    """The largest score of several parts, and whether it passes a limit."""
    stacked = np.stack(sizes)
    detail = stacked.argmax(axis=0)
    pick = detail[None]
    return Score(
        np.take_along_axis(stacked, pick, axis=0)[0],
        np.take_along_axis(np.stack(signs), pick, axis=0)[0],
        detail.astype(np.int64),
        stacked.max(axis=0) > limit,
    )


XMR_PARTS = ("outside limits", "trend of 7", "2 of 3 near a limit", "7 on one side")


def xmr_score(u: Floats, first: int) -> Score:
    """The four rules of the XmR chart, on surprises.

    Args:
        u: (S, T) surprises.
        first: First period that is looked at; at least `RUN` - 1.
    """
    now = u[:, first:]
    last7 = sliding_window_view(u, RUN, axis=1)[:, first - RUN + 1 :]
    last3 = sliding_window_view(u, THREE, axis=1)[:, first - THREE + 1 :]
    sums7, sums3 = last7.sum(axis=2), last3.sum(axis=2)
    one_side = np.abs(np.sign(last7).sum(axis=2)) == RUN
    run = np.where(one_side, two_sided(sums7 / np.sqrt(RUN)), 0.0)
    steps = np.sign(np.diff(last7, axis=2)).sum(axis=2)
    at = np.arange(RUN) - (RUN - 1) / 2
    slope = last7 @ at / np.sqrt((at**2).sum())
    trend = np.where(np.abs(steps) == RUN - 1, two_sided(slope), 0.0)
    near = (np.abs(last3) > NEAR).sum(axis=2) >= OF_THREE
    near &= np.abs(np.sign(last3).sum(axis=2)) == THREE
    two = np.where(near, two_sided(sums3 / np.sqrt(THREE)), 0.0)
    return best_of(
        [two_sided(now), trend, two, run],
        [np.sign(now), np.sign(steps), np.sign(sums3), np.sign(sums7)],
        THREE_SIGMA,
    )


def cusum_paths(u: Floats, k: float) -> tuple[Floats, Floats]:
    """Upper and lower standardised CUSUM, started at 0 before the first period.

    Args:
        u: (S, T) surprises.
        k: Allowance, half the shift to be found, in standard deviations.
    """
    upper, lower = np.zeros_like(u), np.zeros_like(u)
    high, low = np.zeros(u.shape[0]), np.zeros(u.shape[0])
    for t in range(u.shape[1]):
        high = np.maximum(0.0, high + u[:, t] - k)
        low = np.maximum(0.0, low - u[:, t] - k)
        upper[:, t], lower[:, t] = high, low
    return upper, lower


def cusum_score(u: Floats, first: int, k: float, start: int, limit: float) -> Score:
    """The larger of both CUSUMs; its tail falls by exp(-2k) a unit.

    Args:
        u: (S, T) surprises.
        first: First period that is looked at.
        k: Allowance.
        start: Period before which both are 0.
        limit: h, in standard deviations.
    """
    upper, lower = cusum_paths(u[:, start:], k)
    upper, lower = upper[:, first - start :], lower[:, first - start :]
    signs = [np.ones_like(upper), -np.ones_like(lower)]
    return best_of([2 * k * upper, 2 * k * lower], signs, 2 * k * limit)


RESIDUAL_PARTS = ("one period", *(f"{n} periods together" for n in RUNS))


def residual_score(
    u: Floats,
    first: int,
    kind: Integers,
    listed: Whitening,
    counted: Mapping[int, tuple[Integers, Floats]] | None = None,
) -> Score:
    """Errors of forecasts from earlier cutoffs: one period, and several together.

    The error of period t against a forecast made `ONE_MONTH_LEAD` periods before is a sum of the
    surprises since, with weights that the model knows; so is the error of several periods'
    total against the forecast made before the first of them.

    Args:
        u: (S, T) surprises.
        first: First period that is looked at; at least the longest of `RUNS`.
        kind: (S) member of the list.
        listed: The list.
        counted: Rows, and normal numbers (R, P), of totals of so many periods that are counted
            instead of added up from surprises.
    """
    periods = range(first, u.shape[1])
    parts = [(ONE_MONTH_LEAD, 1), *((n, n) for n in RUNS)]
    sizes, signs = [], []
    for lead, together in parts:
        z = np.empty((u.shape[0], len(periods)))
        for column, t in enumerate(periods):
            block = listed.lower[:, t + 1 - together : t + 1, t + 1 - lead : t + 1].sum(axis=1)
            weights = block / np.linalg.norm(block, axis=1, keepdims=True)
            z[:, column] = np.einsum("sl,sl->s", weights[kind], u[:, t + 1 - lead : t + 1])
        if counted and together in counted:
            rows, numbers = counted[together]
            z[rows] = numbers
        sizes.append(two_sided(z))
        signs.append(np.sign(z))
    return best_of(sizes, signs, OUTSIDE_95)
