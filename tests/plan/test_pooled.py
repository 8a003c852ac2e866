"""Pooled autoregressions: what they learn, what does not mislead them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from forethought.plan.pooled import pooled_forecasts, windows_of

Floats = NDArray[np.float64]


def _returning(seed: int, count: int, *, wild: int = 0) -> list[Floats]:
    """Series that go back half of the way to 0 each period; some jump about wildly."""
    rng = np.random.default_rng(seed)
    histories = []
    for index in range(count):
        noise = rng.standard_t(1.2, 60) if index < wild else rng.normal(size=60)
        y = np.zeros(60)
        for k in range(1, 60):
            y[k] = 0.5 * y[k - 1] + noise[k]
        histories.append(y)
    return histories


def _error_of_half(histories: list[Floats], skip: int = 0) -> float:
    """Distance of forecasts one step ahead from the half that is right; 1 is the naive one's."""
    ahead = pooled_forecasts(histories, [1] * len(histories), 3, adjust=True)[:, 0]
    last = np.array([y[-1] for y in histories])
    return float(np.abs(ahead - 0.5 * last)[skip:].mean() / np.abs(0.5 * last)[skip:].mean())


def test_many_short_series_tell_the_coefficient_that_one_cannot() -> None:
    assert _error_of_half(_returning(1, 80)) < 0.8  # the level itself is not known to them


def test_a_few_wild_series_do_not_decide_for_all() -> None:
    tame, some_wild = _returning(2, 80), _returning(2, 80, wild=16)
    assert _error_of_half(some_wild, skip=16) < 1.3 * _error_of_half(tame, skip=16)


def test_one_common_rise_is_one_event_and_no_law() -> None:
    """All series rose together once: without that, each change is a chance of its own."""
    rng = np.random.default_rng(3)
    rise = np.where((np.arange(40) > 28) & (np.arange(40) < 37), 1.5, 0.0)
    shared = [np.cumsum(rng.normal(size=40) + rise) + 500 for _ in range(60)]
    starts = rng.integers(0, 32, 60)
    alone = [
        np.cumsum(rng.normal(size=40) + 1.5 * ((np.arange(40) >= s) & (np.arange(40) < s + 8)))
        + 500
        for s in starts
    ]

    def carried_on(histories: list[Floats]) -> float:
        ahead = pooled_forecasts(histories, [1] * 60, 4, adjust=True)[:, -1]
        recent = np.array([y[-1] - y[-5] for y in histories])
        return float(np.polyfit(recent, ahead - [y[-1] for y in histories], 1)[0])

    assert carried_on(shared) < carried_on(alone)


def test_windows_are_counted_from_the_end_so_that_common_times_meet() -> None:
    pooled = windows_of([np.arange(n, dtype=float) for n in range(20, 32)], 3, 2)
    assert pooled is not None
    newest = pooled.back == 0
    assert newest.sum() == 12
    assert pooled.back.max() == 31 - 5
    assert np.allclose(pooled.ahead[newest], [1.0, 2.0])


def test_a_history_too_short_for_the_lags_has_no_answer() -> None:
    histories = [*_returning(4, 12), np.array([1.0, 2.0])]
    answers = pooled_forecasts(histories, [1] * 13, 3, adjust=True)
    assert np.isfinite(answers[:12]).all()
    assert np.isnan(answers[12]).all()
    assert answers == pytest.approx(
        pooled_forecasts(histories, [1] * 13, 3, adjust=True), nan_ok=True
    )
