"""Intervals that hold what they promise: calibrated on the combination's own past errors.

Errors of the combination at rolling origins are put in units of the spread that the members' models
expect, which makes series comparable. Pooled over series they tell how wrong that expectation is
(by horizon, by series) and what shape the errors have. Where there is little to pool, the answer
leans on the models' own expectation, widened as is usual for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.stats.quantiles import monotone, quantile_weights, weighted_quantile

Floats = NDArray[np.float64]

GRID = np.array([0.005, 0.01, 0.025, 0.05, *np.arange(0.1, 0.91, 0.05), 0.95, 0.975, 0.99, 0.995])
SHORT_SQUARE, SHORT, SQUARE_FALLS = 3.0, 15.0, 0.4
"""Usual mean square of errors in expected spreads: 3 after 15 periods, where models are much surer
than they should be, and falling with the length of the history to this power."""
POOL_PRIOR = 30.0  # the usual square counts as this many observations of the pool
TAIL_DEGREES = 5  # degrees of freedom of the shape assumed before any error is seen
TRAJECTORY_WORTH = 2.0  # independent observations in one origin's errors
SHAPE_PRIOR = 30.0  # the assumed shape counts as this many observations
HORIZON_PRIOR = 25.0
SERIES_PRIOR = 8.0
HALF_LIFE = 48.0
FITTED = 6.0  # numbers that are fitted to a history, and not known: they make far errors likelier
UNSEEN = 2.0  # how fast errors grow with the share of the future in what is known
LARGEST = 5.0  # an error beyond this many spreads counts as this many in a series' factor


@dataclass(frozen=True, eq=False)
class Past:
    """What one series tells about the errors of its combination.

    Args:
        errors: In units of the expected spread, shape (W, h); NaN where unknown.
        spread: Expected standard deviation of the forecast, shape (h,), positive.
        periods: Length of the history.
        distances: Periods from each origin to the end of the history, shape (W,): series whose
            origins lie at the same distance saw the same events. Empty where that is not known.
    """

    errors: Floats
    spread: Floats
    periods: int
    distances: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Calibration:
    """Quantiles of the forecast error on `GRID`, by series and horizon.

    Args:
        offsets: Shape (S, G, h), in units of y; increasing along the grid.
        series_factors: Shape (S,): how many times a series' expected spread was widened.
        horizon_factors: Shape (h,).
    """

    offsets: Floats
    series_factors: Floats
    horizon_factors: Floats


def calibrate(pasts: Sequence[Past]) -> Calibration:
    """Calibrate the error distribution of all series of one group together."""
    errors = [past.errors for past in pasts]
    independent = independent_share(pasts)
    usual = usual_square(float(np.median([past.periods for past in pasts])))
    pooled = _pooled_square(errors, independent, usual)
    factors = np.array([_series_factor(e, pooled) for e in errors])
    standard = [_standardised(e, pooled) for e in errors]
    horizon = _horizon_factors(standard, pasts[0].spread.size, independent)
    shape = _shape([e / horizon for e in standard], independent)
    offsets = np.stack(
        [
            factor * np.outer(shape, horizon * past.spread)
            for factor, past in zip(factors, pasts, strict=True)
        ]
    )
    return Calibration(offsets=offsets, series_factors=factors, horizon_factors=horizon)


def offsets_at(offsets: Floats, probabilities: Floats) -> Floats:
    """Read the error quantiles (G, h) of one series at probabilities (k,); shape (k, h)."""
    return np.asarray(quantile_weights(GRID, probabilities) @ offsets)


def usual_square(periods: float) -> float:
    """Mean square of errors in expected spreads, as it usually is after so many periods."""
    return float(SHORT_SQUARE * (SHORT / periods) ** SQUARE_FALLS)


def wider(offsets: Floats, periods: int) -> Floats:
    """Error quantiles with the width that a history of so many periods leaves.

    The origins lie close to the end and to each other: they show one stretch of time, and the
    next may be of another kind, the likelier the further ahead and the less was ever seen. So
    quantiles grow by the root of 1 + `UNSEEN` k / periods at horizon k. Few periods also say
    little about rare errors: between the 80% and the 95% interval the quantiles are stretched up
    to the root of 1 + `FITTED` / periods, the usual factor for a forecast from fitted numbers.

    Args:
        offsets: Shape (G, h).
        periods: Length of the history.
    """
    from scipy.special import ndtri

    far = np.clip((np.abs(ndtri(GRID)) - ndtri(0.9)) / (ndtri(0.975) - ndtri(0.9)), 0.0, 1.0)
    tails = 1.0 + far * (np.sqrt(1.0 + FITTED / periods) - 1.0)
    ahead = np.sqrt(1.0 + UNSEEN * np.arange(1, offsets.shape[1] + 1) / periods)
    return np.asarray(offsets * np.outer(tails, ahead))


def rate_offsets(y: Floats, centre: Floats) -> Floats:
    """Error quantiles of a series that is mostly zero: its own values, scaled to the rate ahead.

    Such a series has no errors that look alike at every level, so nothing is pooled. Older
    values count less (half as much every `HALF_LIFE` periods).

    Args:
        y: History, shape (n,), not negative.
        centre: Forecast rate, shape (h,).

    Returns:
        Shape (G, h).
    """
    weights = 0.5 ** (np.arange(y.size)[::-1] / HALF_LIFE)
    quantiles = weighted_quantile(y, weights, GRID)
    level = float(np.average(y, weights=weights))
    ratio = np.maximum(centre, 0.0) / level if level > 0 else np.ones(centre.size)
    return np.asarray(np.outer(quantiles, ratio) - centre)


def independent_share(pasts: Sequence[Past]) -> float:
    """How many independent series the errors of one are worth, 0-1.

    A hundred series that were all hit by the same winter tell of one winter. The share is one over
    1 + r (S - 1), r being the mean correlation of the errors of S series at the same origin.

    Source: Kish (1965), Survey Sampling, on the design effect of clusters.
    """
    together: dict[int, list[Floats]] = {}
    for past in pasts:
        for distance, row in zip(past.distances, past.errors, strict=bool(past.distances)):
            together.setdefault(distance, []).append(np.clip(row, -3.0, 3.0))
    shared, alone, sizes = 0.0, 0.0, []
    for rows in together.values():
        stacked = np.array(rows)
        stacked = stacked[:, np.isfinite(stacked).all(axis=0)]
        if len(rows) < 2 or stacked.shape[1] == 0:  # noqa: PLR2004  a pair
            continue
        square = float((stacked**2).sum(axis=0).mean())
        shared += float((stacked.sum(axis=0) ** 2).mean()) - square
        alone += square * (len(rows) - 1)
        sizes.append(len(rows))
    if alone <= 0:
        return 1.0
    return 1.0 / (1.0 + float(np.clip(shared / alone, 0.0, 1.0)) * (float(np.mean(sizes)) - 1.0))


def _pooled_square(errors: Sequence[Floats], independent: float, usual: float) -> float:
    """Mean square error of all series, leaning on the usual one where origins are few."""
    origins = sum(int(np.isfinite(e).any(axis=1).sum()) for e in errors if e.size)
    worth = TRAJECTORY_WORTH * origins * independent
    own = _mean_square(np.concatenate([e.reshape(-1) for e in errors]), usual)
    return (worth * own + POOL_PRIOR * usual) / (worth + POOL_PRIOR)


def _mean_square(errors: Floats, otherwise: float) -> float:
    known = errors[np.isfinite(errors)]
    if known.size == 0:
        return otherwise
    return float(np.mean(np.minimum(np.abs(known), LARGEST) ** 2))


def _series_factor(errors: Floats, pooled: float) -> float:
    """Root mean square of a series' errors, shrunk to that of all series."""
    origins = int(np.isfinite(errors).any(axis=1).sum()) if errors.size else 0
    worth = TRAJECTORY_WORTH * origins
    own = _mean_square(errors, pooled)
    prior = max(pooled, 1e-4)
    return float(np.sqrt((worth * own + SERIES_PRIOR * prior) / (worth + SERIES_PRIOR)))


def _standardised(errors: Floats, pooled: float) -> Floats:
    """Errors of each origin in units of the factor that the other origins give."""
    parts = [
        errors[w] / _series_factor(np.delete(errors, w, axis=0), pooled)
        for w in range(errors.shape[0])
    ]
    return np.array(parts).reshape(errors.shape)


def _trajectory_weights(errors: Floats) -> Floats:
    """Every origin counts as `TRAJECTORY_WORTH` observations, shared out over its horizon."""
    known = np.isfinite(errors)
    lengths = np.maximum(known.sum(axis=1, keepdims=True), 1)
    return np.where(known, np.minimum(TRAJECTORY_WORTH / lengths, 1.0), 0.0)


def _horizon_factors(standard: Sequence[Floats], h: int, independent: float) -> Floats:
    """How the errors grow with the horizon beyond what the spread expects, smoothed."""
    stacked = np.concatenate([e for e in standard if e.size] or [np.full((1, h), np.nan)])
    factors = np.empty(h)
    counts = np.empty(h)
    for step in range(h):
        reach = max(1, (step + 1) // 5)
        near = stacked[:, max(0, step - reach) : step + reach + 1]
        known = np.abs(near[np.isfinite(near)])
        counts[step] = np.isfinite(near).any(axis=1).sum()
        if known.size == 0:
            factors[step] = np.nan
            continue
        inner, outer = np.quantile(known, [0.8, 0.95])
        factors[step] = 0.5 * (inner / 1.2816 + outer / 1.96)
    usual = np.where(np.isfinite(factors), factors, 1.0)
    trust = counts * independent / (counts * independent + HORIZON_PRIOR)
    if np.isfinite(factors).any():  # beyond the last known horizon, the last known factor holds
        last = int(np.flatnonzero(np.isfinite(factors))[-1])
        usual[last + 1 :] = usual[last]
        trust[last + 1 :] = trust[last]
    smooth = trust * usual + (1 - trust)
    return np.maximum(smooth, 1e-3)


def _shape(standard: Sequence[Floats], independent: float) -> Floats:
    """Quantiles of the standardised errors on the grid, the median at 0."""
    from scipy.stats import t

    usual = t.ppf(GRID, TAIL_DEGREES) * np.sqrt((TAIL_DEGREES - 2) / TAIL_DEGREES)
    values = np.concatenate([e[np.isfinite(e)] for e in standard])
    if values.size == 0:
        return np.asarray(usual)
    weights = np.concatenate([_trajectory_weights(e)[np.isfinite(e)] for e in standard])
    both = np.concatenate([values, -values])  # no side is favoured
    seen = weighted_quantile(both, np.concatenate([weights, weights]) / 2, GRID)
    seen_worth = float(weights.sum()) * independent
    trust = seen_worth / (seen_worth + SHAPE_PRIOR)
    return monotone(trust * seen + (1 - trust) * usual)
