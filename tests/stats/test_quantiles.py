from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from forethought.stats.quantiles import monotone, quantile_weights, weighted_quantile

PROBABILITIES = np.array([0.05, 0.3, 0.5, 0.77, 0.95])


def test_equal_weights_give_hyndman_and_fans_fifth_definition() -> None:
    values = np.random.default_rng(1).normal(size=31)
    got = weighted_quantile(values, np.ones(31), PROBABILITIES)
    assert got == pytest.approx(np.quantile(values, PROBABILITIES, method="hazen"))


def test_a_value_that_weighs_twice_counts_as_two() -> None:
    values = np.array([1.0, 2.0, 5.0])
    got = weighted_quantile(values, np.array([100.0, 200.0, 100.0]), np.array([0.5]))
    assert got == pytest.approx([2.0])


def test_a_normal_known_on_a_grid_is_known_everywhere() -> None:
    grid = np.array([0.05, 0.2, 0.5, 0.8, 0.95])
    at = np.array([0.001, 0.03, 0.35, 0.5, 0.9, 0.999])
    assert quantile_weights(grid, at) @ norm.ppf(grid) == pytest.approx(norm.ppf(at))


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=30))
def test_the_nearest_monotone_sequence_is_monotone_and_keeps_the_mean(values: list[float]) -> None:
    given_values = np.array(values)
    got = monotone(given_values)
    assert (np.diff(got) >= -1e-12).all()
    assert got.mean() == pytest.approx(given_values.mean(), abs=1e-9)
    if (np.diff(given_values) >= 0).all():
        assert got == pytest.approx(given_values)
