"""Joint sample paths: whole futures, so that a year's total and a county's sum have honest bands.

Within a series the periods hang together as the members' models expect and as the combination's
own past errors show. Between series, shocks of the same period hang together as the one-step
errors of the history do. Each period's values follow the calibrated quantiles exactly
(a Gaussian copula; Schefzik, Thorarinsdottir and Gneiting 2013, on re-ordering to a dependence
template).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from forethought.plan.intervals import offsets_at

Floats = NDArray[np.float64]

HORIZON_PRIOR = 20.0  # the members' own dependence counts as this many past trajectories
PAIRS_PRIOR = 40.0  # the one-step correlation counts as this many rehearsed pairs
FEWEST_TOGETHER = 12  # periods that two series must share to tell their dependence


def stable_seed(seed: int, *names: str) -> int:
    """A seed that depends on the names alone, never on order, process or machine."""
    text = "\x1f".join((str(seed), *names)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def past_correlation(errors: Floats) -> tuple[Floats, Floats]:
    """Correlation of past errors at two horizons, pooled over series, and how far to trust it.

    Args:
        errors: Standardised past errors of all series, shape (T, h), NaN where unknown.

    Returns:
        Correlation and trust (0-1), both of shape (h, h).
    """
    known = np.isfinite(errors).astype(np.float64)
    filled = np.where(np.isfinite(errors), np.clip(errors, -3.0, 3.0), 0.0)
    together = known.T @ known
    products = filled.T @ filled
    squares = (filled**2).T @ known
    norm = np.sqrt(squares * squares.T)
    seen = np.divide(products, norm, out=np.zeros_like(products), where=norm > 0)
    return seen, together / (together + HORIZON_PRIOR)


def horizon_correlation(expected: Floats, seen: Floats, trust: Floats) -> Floats:
    """Correlation of errors at two horizons: what the members expect and what the past showed.

    Returns:
        Shape (h, h), positive definite.
    """
    return positive_definite(trust * seen + (1 - trust) * expected)


def positive_definite(correlation: Floats) -> Floats:
    """The matrix with its negative eigenvalues lifted and its diagonal at 1."""
    symmetric = 0.5 * (correlation + correlation.T)
    values, vectors = np.linalg.eigh(symmetric)
    lifted = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    size = np.sqrt(np.diag(lifted))
    return np.asarray(lifted / np.outer(size, size))


def series_correlation(residuals: Floats, common: float | None = None) -> Floats:
    """Correlation of errors between series, shrunk towards one common correlation.

    Shrinking towards none would lose a small correlation that all share, and with it most of the
    spread of a sum over many series.

    Args:
        residuals: One-step errors, shape (n, S), rows are periods, NaN where unknown.
        common: Mean correlation between series, where more is known than the one-step errors
            tell; None takes theirs.

    Returns:
        Shape (S, S), positive definite.

    Source: Schaefer and Strimmer (2005), target with one common correlation.
    """
    size = residuals.shape[1]
    off = ~np.eye(size, dtype=bool)
    usable = residuals[np.isfinite(residuals).all(axis=1)]
    n = usable.shape[0]
    if size == 1:
        return np.eye(1)
    if n < FEWEST_TOGETHER:
        return positive_definite(np.where(off, max(common or 0.0, 0.0), 1.0))
    deviation = usable.std(axis=0)
    standard = (usable - usable.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    standard = np.clip(standard, -3.0, 3.0)
    seen = standard.T @ standard / n
    squares = (standard**2).T @ (standard**2) / n
    variance = n**2 / (n - 1) ** 3 * (squares - seen**2)
    average = float(seen[off].mean())
    distance = float(((seen[off] - average) ** 2).sum())
    strength = 1.0 if distance == 0 else float(np.clip(variance[off].sum() / distance, 0.0, 1.0))
    target = average if common is None else common
    shrunk = np.where(off, target + (1 - strength) * (seen - average), 1.0)
    return positive_definite(shrunk)


def mean_correlation(residuals: Floats) -> float:
    """Mean correlation of pairs of columns over complete rows; 0 where there are too few."""
    usable = residuals[np.isfinite(residuals).all(axis=1)]
    n, size = usable.shape
    if n < FEWEST_TOGETHER or size < 2:  # noqa: PLR2004  a pair
        return 0.0
    deviation = usable.std(axis=0)
    standard = (usable - usable.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    sums = float((standard.sum(axis=1) ** 2).mean())
    return float((sums - (deviation > 0).sum()) / (size * (size - 1)))


def common_correlation(errors: Sequence[Mapping[int, Floats]], one_step: float) -> float:
    """Mean correlation between series of their past errors over whole horizons.

    Errors one step ahead are mostly each series' own noise; what series share (a turn of the
    economy, a rule) shows further ahead, so the rehearsals are asked.

    Args:
        errors: By series: standardised errors over the horizon, shape (h,), by periods between
            the origin and the end of the history.
        one_step: The mean correlation one step ahead, where rehearsals are few.
    """
    total, squares, pairs = 0.0, 0.0, 0
    for distance in {key for own in errors for key in own}:
        stacked = np.array([own[distance] for own in errors if distance in own])
        stacked = np.clip(stacked[:, np.isfinite(stacked).all(axis=0)], -3.0, 3.0)
        count, periods = stacked.shape
        if count < 2 or periods == 0:  # noqa: PLR2004  a pair
            continue
        square = float((stacked**2).sum() / periods)
        total += float((stacked.sum(axis=0) ** 2).mean()) - square
        squares += square * (count - 1)
        pairs += count * (count - 1) // 2
    if squares == 0:
        return max(one_step, 0.0)
    trust = pairs / (pairs + PAIRS_PRIOR)
    return float(np.clip(trust * total / squares + (1 - trust) * one_step, 0.0, 0.95))


def joint_ranks(
    names: Sequence[str],
    horizon: Sequence[Floats],
    between: Floats,
    count: int,
    *,
    seed: int,
) -> NDArray[np.int64]:
    """Ranks of joint paths, from 0, shape (S, count, h): every rank once a series and period.

    Args:
        names: Of the series; each has its own stream of shocks, whatever the others are.
        horizon: One correlation matrix (h, h) a series.
        between: Correlation of the shocks of one period, shape (S, S).
        count: Number of paths.
        seed: Same seed, same paths.
    """
    h = horizon[0].shape[0]
    shocks = np.stack(
        [np.random.default_rng(stable_seed(seed, name)).normal(size=(count, h)) for name in names]
    )
    mixed = np.tensordot(np.linalg.cholesky(between), shocks, axes=1)
    ranks = np.empty(shocks.shape, dtype=np.int64)
    for index, correlation in enumerate(horizon):
        scores = mixed[index] @ np.linalg.cholesky(correlation).T
        ranks[index] = scores.argsort(axis=0).argsort(axis=0)
    return ranks


def paths_from(centre: Floats, offsets: Floats, ranks: NDArray[np.int64]) -> Floats:
    """Paths of one series: calibrated quantiles read at joint ranks.

    Args:
        centre: Shape (h,).
        offsets: Error quantiles on the grid, shape (G, h).
        ranks: Shape (count, h), each column a permutation of 0 to count - 1.

    Returns:
        Shape (count, h).
    """
    count = ranks.shape[0]
    ordered = offsets_at(offsets, (np.arange(count) + 0.5) / count)
    return centre + np.take_along_axis(ordered, ranks, axis=0)
