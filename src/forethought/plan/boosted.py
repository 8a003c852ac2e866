"""A boosted model of all series together, for `effort="thorough"`: lags, traits and the horizon.

It sees what the pooled autoregressions see and may bend: thresholds, interactions between how a
history moves and how far ahead is asked. It needs many series to be worth its seconds.

Source: Januschowski et al. (2022), Forecasting with trees, on why pooled trees do well.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forethought.plan.pooled import (
    lags_for,
    scaled_histories,
    traits_of_change,
    windows_of,
)

Floats = NDArray[np.float64]

BOOSTED = "BoostedTrees"
FEWEST_SERIES = 50
MOST_ROWS = 40_000
TREES, LEAVES, RATE = 120, 15, 0.08


def boosted_forecasts(histories: Sequence[Floats], seasons: Sequence[int], h: int) -> Floats:
    """Forecasts of all series by one boosted model; NaN where a history is too short.

    Args:
        histories: One array a series.
        seasons: Season length of each.
        h: Horizon.

    Returns:
        Shape (S, h).
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    parts, units, scaled = scaled_histories(histories, seasons, adjust=True)
    nothing = np.full((len(parts), h), np.nan)
    lags = lags_for(max(seasons), h, [x.size for x in scaled])
    pooled = windows_of(scaled, lags, h)
    if pooled is None:
        return nothing
    traits = traits_of_change(scaled, max(seasons))
    rows, steps = _chosen(len(pooled.design), h)
    design = pooled.design[:, :-1]
    known = np.column_stack([design[rows], traits[pooled.owner[rows]], steps])
    model = HistGradientBoostingRegressor(
        loss="absolute_error", max_iter=TREES, max_leaf_nodes=LEAVES, learning_rate=RATE,
        min_samples_leaf=40, l2_regularization=1.0, early_stopping=False, random_state=0,
    )  # fmt: skip
    counts = np.bincount(pooled.owner, minlength=len(scaled))
    model.fit(known, pooled.ahead[rows, steps], sample_weight=1.0 / counts[pooled.owner[rows]])
    asked = [k for k, x in enumerate(scaled) if x.size >= lags]
    if not asked:
        return nothing
    last = np.stack([scaled[k][-lags:] for k in asked])
    before = np.clip(last[:, :-1] - last[:, -1:], -pooled.furthest, pooled.furthest)
    ahead = [
        model.predict(np.column_stack([before, traits[asked], np.full(len(asked), step)]))
        for step in range(h)
    ]
    for place, k in enumerate(asked):
        own = last[place, -1] + np.array([values[place] for values in ahead])
        nothing[k] = parts[k].restored(own * units[k])
    return nothing


def _chosen(windows: int, h: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Windows and horizons to learn from: all of them, or as many, evenly spread."""
    total = windows * h
    at = np.arange(0, total, max(1, -(-total // MOST_ROWS) | 1), dtype=np.int64)
    return at // h, at % h
