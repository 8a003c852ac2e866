"""Coherent paths that are as wide, at every level, as the calibrated intervals of that level.

Reconciliation takes the levels' errors for separate witnesses and averages them away. They are not:
the error of a sum is the sum of the errors. Left alone, reconciled sums are much too sure. So the
deviations of the bottom paths are spread out, by the smallest change that gives every sum the
variance that was calibrated for it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SWEEPS = 40
STEP = 0.5  # of the way to a sum's variance, in logarithms: sums may ask for different things
CLOSE = 0.02  # relative; nearer than this is there
LIMITS = (0.25, 4.0)  # of one correction
SMALLEST = 1e-9  # of the largest eigenvalue; directions with less have no deviations to spread


def spread_out(bottom: Floats, summing: Floats, variances: Floats) -> Floats:
    """Bottom paths about the same means, whose sums have the given variances.

    Args:
        bottom: Shape (B, count, h).
        summing: Shape (N, B), of zeros and ones.
        variances: Wanted for each sum, averaged over the horizon, shape (N,).

    Returns:
        Shape (B, count, h).
    """
    middle = bottom.mean(axis=1, keepdims=True)
    apart = bottom - middle
    flat = apart.reshape(len(bottom), -1)
    seen = flat @ flat.T / flat.shape[1]
    wanted = with_variances(seen, summing, variances)
    moved = transport(seen, wanted) @ flat
    return np.asarray(middle + moved.reshape(apart.shape))


def with_variances(covariance: Floats, summing: Floats, variances: Floats) -> Floats:
    """The covariance nearest to the given one whose sums have the given variances.

    One sum after the other gets its variance while all that is not told by it stays (iterative
    proportional scaling of normal distributions); then single series are scaled to theirs. Where
    sums ask for what cannot be together, the answer lies between.

    Source: Speed and Kiiveri (1986), Gaussian Markov distributions over finite graphs, for the
    scaling.
    """
    single = summing.sum(axis=1) == 1
    own = np.diag(covariance).copy()
    own[summing[single].argmax(axis=1)] = variances[single]
    sums = [(np.flatnonzero(row), v) for row, v in zip(summing, variances, strict=True)]
    answer = covariance.copy()
    for _ in range(SWEEPS):
        worst = 0.0
        for parts, variance in sums:
            if parts.size == 1:
                continue
            along = answer[:, parts].sum(axis=1)
            found = float(along[parts].sum())
            if found <= 0 or variance <= 0:
                continue
            worst = max(worst, abs(float(np.log(variance / found))))
            ratio = float(np.clip(variance / found, *LIMITS)) ** STEP
            answer += (ratio - 1.0) / found * np.outer(along, along)
        diagonal = np.diag(answer)
        scale = np.sqrt(np.divide(own, diagonal, out=np.ones_like(own), where=diagonal > 0))
        answer *= np.outer(scale, scale)
        if worst < CLOSE:
            break
    return answer


def transport(seen: Floats, wanted: Floats) -> Floats:
    """The map that gives deviations of one covariance another one and moves them least.

    Source: Dowson and Landau (1982), The Frechet distance between normal distributions.
    """
    root, inverse = _roots(seen)
    between, _ = _roots(root @ wanted @ root)
    return np.asarray(inverse @ between @ inverse)


def _roots(square: Floats) -> tuple[Floats, Floats]:
    """The symmetric root of a covariance and its pseudo-inverse."""
    values, vectors = np.linalg.eigh(0.5 * (square + square.T))
    usable = values > SMALLEST * max(float(values[-1]), 0.0)
    size = np.sqrt(np.where(usable, values, 0.0))
    inverse = np.divide(1.0, size, out=np.zeros_like(size), where=usable & (size > 0))
    return (vectors * size) @ vectors.T, (vectors * inverse) @ vectors.T
