"""What many series say together: autoregressions whose coefficients are learnt from all of them.

One history is too short to learn two years of lags; hundreds of histories are not. The coefficients
differ between series in two ways: with three traits of the history (how far its changes persist
over short and long stretches, and how steadily it drifts), and with the series' own past, which
counts for more the longer it is.

References: Montero-Manso and Hyndman (2021), Principles and algorithms for forecasting groups of
time series, on why pooled linear models do well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.plan.seasons import WithoutSeason, without_season

Floats = NDArray[np.float64]

ADJUSTED, RAW = "PooledAutoregression", "PooledSeasonalAutoregression"
FEWEST_SERIES = 10
MOST_WINDOWS = 60_000
RIDGE = 0.03  # of the mean variance of a regressor
OWN_PRIOR = 30.0  # the pooled coefficients count as this many of a series' own trajectories
REWEIGHTS = 4  # rounds in which windows that fit badly come to count less
USUAL_MISS = 0.4  # of the median miss: a window nearer than this counts no more for it
SHARED_PART = 0.7  # of what windows of one time have in common is set aside
FEWEST_LAGS = 3
PERSISTENCE = 4  # periods over which changes are said to persist or to be taken back
FAR = 2.0  # a trait further from the usual, in standard deviations, counts as this far
UNLIKELY = 0.99  # changes beyond this quantile count as this quantile


@dataclass(frozen=True, eq=False)
class Pooled:
    """Windows of all series in units of their own changes.

    Args:
        design: Lags less the last value, and a constant, shape (N, p).
        ahead: What followed, less the last value, shape (N, h).
        owner: Index of the series, shape (N,), increasing.
        back: How far before the end of its history each window lies, shape (N,), from 0.
        constant: Value of the constant column: the usual size of a lag.
        furthest: A lag beyond this counts as this.
    """

    design: Floats
    ahead: Floats
    owner: NDArray[np.int64]
    back: NDArray[np.int64]
    constant: float
    furthest: float


def pooled_forecasts(
    histories: Sequence[Floats], seasons: Sequence[int], h: int, *, adjust: bool
) -> Floats:
    """Forecasts of all series by one autoregression; NaN where a history is too short.

    Args:
        histories: One array a series.
        seasons: Season length of each.
        h: Horizon.
        adjust: Whether the season is taken off first; if not, lags of a season ago carry it.

    Returns:
        Shape (S, h).
    """
    parts, units, scaled = scaled_histories(histories, seasons, adjust=adjust)
    lags = lags_for(max(seasons), h, [x.size for x in scaled])
    pooled = windows_of(scaled, lags, h)
    if pooled is None:
        return np.full((len(parts), h), np.nan)
    steps = _continuations(scaled, pooled, traits_of_change(scaled, max(seasons)), lags)
    return np.stack(
        [
            part.restored(step * unit) if np.isfinite(step).all() else np.full(h, np.nan)
            for part, step, unit in zip(parts, steps, units, strict=True)
        ]
    )


def scaled_histories(
    histories: Sequence[Floats], seasons: Sequence[int], *, adjust: bool
) -> tuple[list[WithoutSeason], list[float], list[Floats]]:
    """Histories without their season where asked, their usual steps, and both divided."""
    parts = [
        without_season(y, m if y.size >= 2 * m else 1, seasonal=adjust)
        for y, m in zip(histories, seasons, strict=True)
    ]
    units = [_usual_step(part.x) for part in parts]
    return parts, units, [part.x / unit for part, unit in zip(parts, units, strict=True)]


def lags_for(m: int, h: int, lengths: Sequence[int]) -> int:
    """Lags that histories of such lengths can tell: two seasons, or what half of them carries."""
    seasons = 4 if 4 < m < 8 else 2  # noqa: PLR2004  of days, four weeks
    wished = 6 if m == 1 else min(seasons * m, max(60, m + 8))
    return int(max(FEWEST_LAGS, min(wished, (np.median(lengths) - h) // 2)))


def traits_of_change(scaled: Sequence[Floats], m: int) -> Floats:
    """Three traits of each history, standardised over the series, shape (S, 3)."""
    rows = [
        (_persistence(x, PERSISTENCE), _persistence(x, max(2 * PERSISTENCE, m)), _steadiness(x))
        for x in scaled
    ]
    table = np.array(rows)
    spread = np.maximum(table.std(axis=0), 1e-9)
    return np.asarray(np.clip((table - table.mean(axis=0)) / spread, -FAR, FAR))


def _persistence(x: Floats, periods: int) -> float:
    """Logarithm of the variance ratio: 0 of a random walk, below where changes are taken back."""
    if x.size <= periods + 2:
        return 0.0
    one = float(np.var(np.diff(x)))
    many = float(np.var(x[periods:] - x[:-periods]))
    return float(np.log(max(many / (periods * one), 1e-3))) if one > 0 else 0.0


def _steadiness(x: Floats) -> float:
    """Size of the t value of the mean change, at most 6."""
    changes = np.diff(x)
    spread = float(changes.std())
    if spread == 0:
        return 0.0
    return float(min(abs(changes.mean()) / spread * np.sqrt(changes.size), 6.0))


def _usual_step(x: Floats) -> float:
    return float(np.sqrt(np.mean(np.diff(x) ** 2))) or 1.0


def windows_of(scaled: Sequence[Floats], lags: int, h: int) -> Pooled | None:
    """All windows of `lags` and `h` periods, thinned out evenly where there are very many."""
    counts = [max(x.size - lags - h + 1, 0) for x in scaled]
    if sum(count > 0 for count in counts) < FEWEST_SERIES:
        return None
    thin = -(-sum(counts) // MOST_WINDOWS)
    pieces, owner, back = [], [], []
    for index, (x, count) in enumerate(zip(scaled, counts, strict=True)):
        if count == 0:
            continue
        own = np.lib.stride_tricks.sliding_window_view(x, lags + h)[::-1][::thin]
        pieces.append(own)
        owner.append(np.full(len(own), index))
        back.append(np.arange(len(own)))
    every = np.concatenate(pieces)
    last = every[:, lags - 1 : lags]
    before, ahead = every[:, : lags - 1] - last, every[:, lags:] - last
    limit = np.quantile(np.abs(ahead), UNLIKELY, axis=0)
    furthest = float(np.quantile(np.abs(before), 0.5 + UNLIKELY / 2))
    clipped = np.clip(before, -furthest, furthest)
    constant = float(np.sqrt(np.mean(clipped**2))) or 1.0
    return Pooled(
        design=np.column_stack([clipped, np.full(len(clipped), constant)]),
        ahead=np.clip(ahead, -limit, limit),
        owner=np.concatenate(owner),
        back=np.concatenate(back),
        constant=constant,
        furthest=furthest,
    )


def _continuations(
    scaled: Sequence[Floats], pooled: Pooled, traits: Floats, lags: int
) -> list[Floats]:
    """Each series' next values, by the pooled coefficients bent to its traits and its past."""
    h, p = pooled.ahead.shape[1], pooled.design.shape[1]
    counts = np.bincount(pooled.owner, minlength=len(scaled))
    coefficients, weights = _learnt(pooled, traits)
    plain = pooled.design * np.sqrt(weights / counts[pooled.owner])[:, None]
    usual = _ridged(plain.T @ plain) / int((counts > 0).sum())
    root = np.sqrt(weights)[:, None]
    design, ahead = pooled.design * root, pooled.ahead * root
    edges = np.searchsorted(pooled.owner, np.arange(len(scaled) + 1))
    answers = []
    for index, x in enumerate(scaled):
        if x.size < lags:
            answers.append(np.full(h, np.nan))
            continue
        own = coefficients[:p] + np.tensordot(
            traits[index], coefficients[p:].reshape(-1, p, h), axes=1
        )
        rows = slice(edges[index], edges[index + 1])
        if counts[index]:
            own = _leaning(own, design[rows], ahead[rows], usual)
        before = np.clip(x[-lags:-1] - x[-1], -pooled.furthest, pooled.furthest)
        answers.append(x[-1] + np.append(before, pooled.constant) @ own)
    return answers


def _learnt(pooled: Pooled, traits: Floats) -> tuple[Floats, Floats]:
    """Pooled coefficients, shape (4p, h), and what each window counts, shape (N,), 1 on average.

    Windows that fit badly count less in the next round, so that the size of the misses is made
    small and not its square: a few wild series do not decide for all. Windows that end at the
    same distance from the end share their events, which tell once and not once a series: what
    they have in common is set aside as far as it is found in the misses.

    Sources: Huber and Ronchetti (2009), Robust Statistics, 7.8, for the rounds; Wooldridge (2010),
    Econometric Analysis of Cross Section and Panel Data, 10.4, for the common part.
    """
    counts = np.bincount(pooled.owner)
    share = 1.0 / counts[pooled.owner]  # every series counts the same
    bent = _bent(pooled.design, traits[pooled.owner])
    size = np.maximum(np.sqrt(np.mean(pooled.ahead**2, axis=0)), 1e-9)
    weights, common = np.ones(len(bent)), np.zeros(int(pooled.back.max()) + 1)
    for left in range(REWEIGHTS, -1, -1):
        root = np.sqrt(share * weights)[:, None]
        known = _less_common(bent, pooled.back, common) * root
        wanted = _less_common(pooled.ahead, pooled.back, common) * root
        coefficients = _ridge(known.T @ known, known.T @ wanted)
        if left:
            misses = (pooled.ahead - bent @ coefficients) / size
            mean = np.abs(misses).mean(axis=1)
            weights = 1.0 / np.maximum(mean / max(float(np.median(mean)), 1e-12), USUAL_MISS)
            weights /= np.average(weights, weights=share)
            common = _common_part(misses, pooled.back)
    return coefficients, weights


def _common_part(misses: Floats, back: NDArray[np.int64]) -> Floats:
    """By distance from the end: the part of the mean of its windows that is to be set aside."""
    robust = 1.4826 * np.maximum(np.median(np.abs(misses), axis=0), 1e-9)
    standard = np.clip(misses / robust, -3.0, 3.0)
    number = np.bincount(back)
    sums, squares = _sums(standard, back), _sums(standard**2, back)
    together = float(((number - 1)[:, None] * squares).sum())
    correlation = float((sums**2 - squares).sum()) / together if together > 0 else 0.0
    alike = float(np.clip(correlation, 0.0, 0.95))
    return np.asarray(SHARED_PART * (1.0 - np.sqrt((1.0 - alike) / (1.0 - alike + number * alike))))


def _less_common(values: Floats, back: NDArray[np.int64], common: Floats) -> Floats:
    """Values (N, k) less so much of the mean of the windows at the same distance."""
    if not common.any():
        return values
    means = _sums(values, back) / np.maximum(np.bincount(back), 1)[:, None]
    return values - (common[:, None] * means)[back]


def _sums(values: Floats, back: NDArray[np.int64]) -> Floats:
    """Column sums by distance, shape (B, k)."""
    order = np.argsort(back, kind="stable")
    starts = np.searchsorted(back[order], np.arange(int(back.max()) + 1))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0))


def _leaning(prior: Floats, design: Floats, ahead: Floats, usual: Floats) -> Floats:
    """Coefficients between the pooled ones and the series' own; windows overlap, so few count."""
    worth = 2.0 / ahead.shape[1]
    left = worth * design.T @ design + OWN_PRIOR * usual
    right = worth * design.T @ ahead + OWN_PRIOR * usual @ prior
    return np.asarray(np.linalg.solve(left, right))


def _bent(design: Floats, traits: Floats) -> Floats:
    return np.concatenate([design, *(design * traits[:, [k]] for k in range(traits.shape[1]))], 1)


def _ridged(square: Floats) -> Floats:
    size = len(square)
    return square + np.eye(size) * (RIDGE * float(np.trace(square)) / size + 1e-12)


def _ridge(square: Floats, product: Floats) -> Floats:
    return np.asarray(np.linalg.solve(_ridged(square), product))
