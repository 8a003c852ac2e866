"""Whether chances are chances: run lengths, surprises of counts, totals, whole series."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri, stdtr
from tests.plan.watch.made import Floats, frame_of, seasonal_counts

import forethought as ft
from forethought.plan.watch.cusum import average_run_length, limit_for
from forethought.plan.watch.ordinary import whitening
from forethought.plan.watch.scores import RUNS, cusum_paths
from forethought.plan.watch.surprise import surprises
from forethought.plan.watch.totals import totals

CUT, LENGTH = 48, 60


# Montgomery, Introduction to Statistical Quality Control, two-sided tabular CUSUM, k = 1/2
@pytest.mark.parametrize(
    ("h", "lengths"),
    [(4, (168, 74.2, 26.6, 13.3, 8.38, 4.75, 3.34, 2.62, 2.19, 1.71)),
     (5, (465, 139, 38.0, 17.0, 10.4, 5.75, 4.01, 3.11, 2.57, 2.01))],
)  # fmt: skip
def test_run_lengths_equal_the_published_table(h: float, lengths: tuple[float, ...]) -> None:
    shifts = (0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4)
    told = [average_run_length(0.5, h, shift) for shift in shifts]
    assert told == pytest.approx(lengths, rel=0.006)


def test_a_spread_that_was_estimated_needs_a_wider_limit() -> None:
    wider = [limit_for(0.5, 500.0, degrees) for degrees in (9, 21, 45, 105)]
    assert sorted(wider, reverse=True) == wider
    assert wider[-1] > limit_for(0.5, 500.0)
    assert limit_for(0.5, 500.0, 100_000) == pytest.approx(limit_for(0.5, 500.0), abs=0.002)
    # 20 degrees of freedom, drawn: alarms of many charts, each begun anew after one
    rng = np.random.default_rng(5)
    degrees, charts, periods = 20, 2000, 300
    spread = np.sqrt(rng.chisquare(degrees, (charts, 1)) / degrees)
    u = ndtri(stdtr(degrees, rng.standard_normal((charts, periods)) / spread))
    for h, expected in ((limit_for(0.5, 500.0, degrees), 500.0),
                        (limit_for(0.5, 500.0), average_run_length(0.5, limit_for(0.5, 500.0),
                                                                   degrees=degrees))):  # fmt: skip
        alarms = _alarms(u, h)
        length = periods / alarms.mean()
        error = length * np.std(alarms, ddof=1) / alarms.mean() / np.sqrt(charts)
        assert length == pytest.approx(expected, abs=4 * error)
        assert error < 0.08 * expected


def _alarms(u: Floats, h: float) -> Floats:
    """(S) alarms of each two-sided chart."""
    high, low, alarms = np.zeros(len(u)), np.zeros(len(u)), np.zeros(len(u))
    for column in u.T:
        high, low = np.maximum(0, high + column - 0.5), np.maximum(0, low - column - 0.5)
        beyond = np.maximum(high, low) > h
        alarms += beyond
        high[beyond] = low[beyond] = 0.0
    return alarms


def test_paths_are_those_of_the_definition() -> None:
    u = np.array([[1.0, 2.0, -3.0, 0.7, 0.7]])
    upper, lower = cusum_paths(u, 0.5)
    assert upper[0].tolist() == pytest.approx([0.5, 2.0, 0.0, 0.2, 0.4])
    assert lower[0].tolist() == pytest.approx([0.0, 0.0, 2.5, 1.3, 0.1])


def steady(level: float, phi: float, series: int, seed: int) -> Floats:
    """(S, 60) counts with variance `phi` times the mean."""
    rng = np.random.default_rng(seed)
    if phi == 1:
        return rng.poisson(level, (series, LENGTH)).astype(np.float64)
    size = level / (phi - 1)
    return rng.negative_binomial(size, 1 / phi, (series, LENGTH)).astype(np.float64)


@pytest.mark.parametrize(
    ("level", "phi"), [(0.05, 1), (0.4, 1), (0.4, 1.5), (3, 1), (3, 3), (25, 1), (25, 5), (150, 6)]
)
def test_surprises_of_counts_are_standard_normal(level: float, phi: float) -> None:
    values = steady(level, phi, 1500, 1)
    lots = np.random.default_rng(2).random(values.shape)
    seen = surprises(values, "count", 12, CUT, CUT - 12, lots, CUT - 3)
    u = seen.u[:, CUT:]
    assert np.mean(u**2) == pytest.approx(1, abs=0.1)
    assert abs(np.mean(u)) < 0.05
    # two in a thousand and three in ten thousand, within a factor that a wrong family would miss
    for limit, share in ((3.0, 2.7e-3), (3.5, 4.65e-4)):
        seen_share = np.mean(np.abs(u) > limit)
        assert seen_share < 2 * share + 4 * np.sqrt(share / u.size)
    # months follow each other as chance would have it
    assert abs(np.mean(u[:, 1:] * u[:, :-1])) < 4 / np.sqrt(u.size) + 0.02


@pytest.mark.parametrize("level", [0.05, 0.2, 0.5])
def test_totals_of_rare_counts_are_calibrated_and_find_more(level: float) -> None:
    values = steady(level, 1, 600, 3)
    lots = np.random.default_rng(4).random(values.shape)
    listed = whitening(LENGTH, 12)
    seen = surprises(values, "count", 12, CUT, CUT - 12, lots, CUT - 3)
    assert seen.grain is not None
    for together in RUNS:
        rows, z = totals(values, seen, seen.grain, listed, CUT, together, lots)
        assert rows.size == 600
        assert np.mean(z**2) == pytest.approx(1, abs=0.3)  # neighbours share months
        assert np.mean(np.abs(z) > 3) < 3 * 2.7e-3
    shifted = values.copy()
    shifted[:, -6:] += np.random.default_rng(5).poisson(3 * np.sqrt(level), (600, 6))
    seen = surprises(shifted, "count", 12, CUT, CUT - 12, lots, CUT - 3)
    assert seen.grain is not None
    _, z = totals(shifted, seen, seen.grain, listed, CUT, 6, lots)
    added = seen.u[:, -6:].sum(axis=1) / np.sqrt(6)
    # a fifth of a case a month or fewer: by far; half a case: as much
    assert np.median(z[:, -1]) > np.median(added) + (0.15 if level < 0.3 else -0.1)


def test_a_whole_series_is_as_odd_as_its_p_value_says() -> None:
    values = np.random.default_rng(6).poisson(seasonal_counts(1200, LENGTH, 7)).astype(float)
    answer = ft.plan.signals(frame_of(values), rules=("xmr", "cusum", "residual"))
    q = np.sort(answer.report["q"].to_numpy())
    # a q-value is at most n p / rank: where p is a chance, none is small
    assert q[0] > 0.1
    assert not answer.signals
    assert answer.expected_false == 0
