"""A boosted model of all series together, for `effort="thorough"`: lags, traits and the horizon.

It sees what the pooled autoregressions see and may bend: thresholds, interactions between how a
history moves and how far ahead is asked. It needs many series to be worth its seconds.

Source: Januschowski et al. (2022), Forecasting with trees, on why pooled trees do well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.plan.pooled import (
    MOST_WINDOWS,
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


@dataclass(frozen=True, eq=False)
class Beside:
    """Drivers of one history.

    Args:
        known: Beside it, shape (n, P).
        coming: Ahead of it, shape (h, P).
    """

    known: Floats
    coming: Floats

    def features(self, last: NDArray[np.int64], target: NDArray[np.int64]) -> Floats:
        """Where the drivers stood at `last`, and how far they move to `target`; shape (N, 2P)."""
        spread = self.known.std(axis=0)
        unit = np.where(spread > 0, spread, 1.0)
        scaled = (np.concatenate([self.known, self.coming]) - self.known.mean(axis=0)) / unit
        return np.column_stack([scaled[last], scaled[target] - scaled[last]])


def boosted_forecasts(
    histories: Sequence[Floats],
    seasons: Sequence[int],
    h: int,
    *,
    beside: Sequence[Beside] | None = None,
) -> Floats:
    """Forecasts of all series by one boosted model; NaN where a history is too short.

    Args:
        histories: One array a series.
        seasons: Season length of each.
        h: Horizon.
        beside: Drivers of each, at the last period that is known and at the one that is asked for.

    Returns:
        Shape (S, h).
    """
    import sklearn.ensemble  # noqa: F401  its threads must be there to be limited
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1, user_api="openmp"):  # waiting threads cost more than they win here
        return _boosted(histories, seasons, h, beside)


def _boosted(
    histories: Sequence[Floats], seasons: Sequence[int], h: int, beside: Sequence[Beside] | None
) -> Floats:
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
    if beside is not None:
        last = _last_periods([x.size for x in scaled], lags, h)[rows]
        known = np.column_stack([known, _features(beside, pooled.owner[rows], last, steps)])
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
    owner = np.array(asked)
    ends = np.array([scaled[k].size - 1 for k in asked])
    ahead = []
    for step in range(h):
        steps = np.full(len(asked), step)
        known = np.column_stack([before, traits[asked], steps])
        if beside is not None:
            known = np.column_stack([known, _features(beside, owner, ends, steps)])
        ahead.append(model.predict(known))
    for place, k in enumerate(asked):
        own = last[place, -1] + np.array([values[place] for values in ahead])
        nothing[k] = parts[k].restored(own * units[k])
    return nothing


def _last_periods(lengths: Sequence[int], lags: int, h: int) -> NDArray[np.int64]:
    """Index of the last known period of each window, in the order of `windows_of`."""
    counts = [max(length - lags - h + 1, 0) for length in lengths]
    thin = max(1, -(-sum(counts) // MOST_WINDOWS))
    return np.concatenate([np.arange(count)[::-1][::thin] for count in counts]) + lags - 1


def _features(
    beside: Sequence[Beside],
    owner: NDArray[np.int64],
    last: NDArray[np.int64],
    steps: NDArray[np.int64],
) -> Floats:
    """Drivers of windows of many series, each counted from its own mean in its own spread."""
    found = np.empty((owner.size, 2 * beside[0].known.shape[1]))
    for k in np.unique(owner):
        rows = owner == k
        found[rows] = beside[k].features(last[rows], last[rows] + 1 + steps[rows])
    return found


def _chosen(windows: int, h: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Windows and horizons to learn from: all of them, or as many, evenly spread."""
    total = windows * h
    at = np.arange(0, total, max(1, -(-total // MOST_ROWS) | 1), dtype=np.int64)
    return at // h, at % h
