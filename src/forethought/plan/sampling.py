"""Joint paths of many series, from their distributions and what hangs together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forethought.plan.distributions import Distribution
from forethought.plan.paths import (
    common_correlation,
    horizon_correlation,
    joint_ranks,
    mean_correlation,
    past_correlation,
    paths_from,
    series_correlation,
)
from forethought.plan.preparation import Prepared

Floats = NDArray[np.float64]

LONG_ENOUGH = 24  # one-step errors of shorter histories tell no correlation


def sample(
    prepared: Sequence[Prepared], distributions: Sequence[Distribution], count: int, seed: int
) -> Floats:
    """Joint paths of all series, before bounds; shape (S, count, h)."""
    seen, trust = past_correlation(np.concatenate([d.errors for d in distributions]))
    horizon = [horizon_correlation(one.fit.correlation, seen, trust) for one in prepared]
    ranks = joint_ranks(
        [one.series.unique_id for one in prepared],
        horizon,
        between_series(prepared, distributions),
        count,
        seed=seed,
    )
    return np.stack(
        [paths_from(d.centre, d.offsets, own) for d, own in zip(distributions, ranks, strict=True)]
    )


def between_series(prepared: Sequence[Prepared], distributions: Sequence[Distribution]) -> Floats:
    """Correlation of errors between series, shape (S, S); none where their ends differ."""
    if len(prepared) == 1 or len({one.series.last for one in prepared}) > 1:
        return np.eye(len(prepared))
    residuals = _common_residuals(prepared)
    errors = [
        {
            one.adjusted.y.size - cutoff: own
            for cutoff, own in zip(one.traits.cutoffs, d.errors, strict=True)
        }
        for one, d in zip(prepared, distributions, strict=True)
    ]
    return series_correlation(residuals, common_correlation(errors, mean_correlation(residuals)))


def _common_residuals(prepared: Sequence[Prepared]) -> Floats:
    """One-step errors of the periods that all long series have, shape (n, S); short ones 0."""
    usable = [int(np.isfinite(one.fit.residuals).sum()) for one in prepared]
    lengths = [size for size in usable if size >= LONG_ENOUGH]
    if not lengths:
        return np.empty((0, len(prepared)))
    window = min(lengths)
    columns = [
        one.fit.residuals[-window:] if size >= LONG_ENOUGH else np.zeros(window)
        for one, size in zip(prepared, usable, strict=True)
    ]
    return np.stack(columns, axis=1)
