"""Joint sample paths: whole futures, so that a year's total and a county's sum have honest bands.

Within a series the periods hang together as the members' models expect and as the combination's
own past errors show. Between series, shocks of the same period hang together as the one-step
errors of the history do. Each period's values follow the calibrated quantiles exactly
(a Gaussian copula; Schefzik, Thorarinsdottir and Gneiting 2013, on re-ordering to a dependence
template).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forethought.plan.intervals import GRID
from forethought.stats.quantiles import interpolated_quantiles

Floats = NDArray[np.float64]

HORIZON_PRIOR = 40.0  # the members' own dependence counts as this many past trajectories
FEWEST_TOGETHER = 12  # periods that two series must share to tell their dependence


def stable_seed(seed: int, *names: str) -> int:
    """A seed that depends on the names alone, never on order, process or machine."""
    text = "\x1f".join((str(seed), *names)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def horizon_correlation(expected: Floats, errors: Floats) -> Floats:
    """Correlation of errors at two horizons: the members' expectation and the pooled past.

    Args:
        expected: Shape (h, h), from the members of one series.
        errors: Standardised past errors of all series, shape (T, h), NaN where unknown.

    Returns:
        Shape (h, h), positive definite.
    """
    known = np.isfinite(errors).astype(np.float64)
    filled = np.where(np.isfinite(errors), np.clip(errors, -3.0, 3.0), 0.0)
    together = known.T @ known
    products = filled.T @ filled
    squares = (filled**2).T @ known
    norm = np.sqrt(squares * squares.T)
    seen = np.divide(products, norm, out=np.zeros_like(products), where=norm > 0)
    trust = together / (together + HORIZON_PRIOR)
    return positive_definite(trust * seen + (1 - trust) * expected)


def positive_definite(correlation: Floats) -> Floats:
    """The matrix with its negative eigenvalues lifted and its diagonal at 1."""
    symmetric = 0.5 * (correlation + correlation.T)
    values, vectors = np.linalg.eigh(symmetric)
    lifted = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    size = np.sqrt(np.diag(lifted))
    return np.asarray(lifted / np.outer(size, size))


def series_correlation(residuals: Floats) -> Floats:
    """Correlation of one-step errors between series, shrunk towards none.

    Args:
        residuals: Shape (n, S), rows are periods, NaN where unknown.

    Returns:
        Shape (S, S), positive definite.

    Source: Schaefer and Strimmer (2005), the shrinkage intensity that minimises expected loss.
    """
    known = np.isfinite(residuals)
    usable = residuals[known.all(axis=1)] if known.any() else residuals[:0]
    n, size = usable.shape[0], residuals.shape[1]
    if n < FEWEST_TOGETHER or size == 1:
        return np.eye(size)
    deviation = usable.std(axis=0)
    standard = (usable - usable.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    standard = np.clip(standard, -3.0, 3.0)
    correlation = standard.T @ standard / n
    squares = (standard**2).T @ (standard**2) / n
    variance = n / (n - 1) ** 3 * (n * squares - n * correlation**2)
    off = ~np.eye(size, dtype=bool)
    total = float((correlation[off] ** 2).sum())
    shrinkage = 1.0 if total == 0 else float(np.clip(variance[off].sum() / total, 0.0, 1.0))
    shrunk = (1 - shrinkage) * correlation
    np.fill_diagonal(shrunk, 1.0)
    return positive_definite(shrunk)


def joint_ranks(
    names: Sequence[str],
    horizon: Sequence[Floats],
    between: Floats,
    count: int,
    *,
    seed: int,
) -> Floats:
    """Uniform ranks of joint paths, shape (S, count, h).

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
    mixed = np.einsum("ij,jkh->ikh", np.linalg.cholesky(between), shocks)
    scores = np.stack(
        [part @ np.linalg.cholesky(c).T for part, c in zip(mixed, horizon, strict=True)]
    )
    order = scores.argsort(axis=1).argsort(axis=1)
    return np.asarray((order + 0.5) / count)


def paths_from(centre: Floats, offsets: Floats, ranks: Floats) -> Floats:
    """Paths of one series: calibrated quantiles read at joint ranks.

    Args:
        centre: Shape (h,).
        offsets: Error quantiles on the grid, shape (G, h).
        ranks: Shape (count, h), inside 0-1.

    Returns:
        Shape (count, h).
    """
    columns = [
        interpolated_quantiles(GRID, offsets[:, step], ranks[:, step])
        for step in range(centre.size)
    ]
    return centre + np.stack(columns, axis=1)
