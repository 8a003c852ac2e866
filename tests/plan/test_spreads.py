"""Coherent paths are as wide at every level as that level's calibration says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forethought.plan.spreads import spread_out, transport, with_variances

TREE = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], *np.eye(4).tolist()], dtype=np.float64)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_variances_that_can_be_together_are_met(seed: int) -> None:
    rng = np.random.default_rng(seed)
    loads = np.abs(rng.normal(size=(4, 6)))  # errors that go together, as those of services do
    truth = loads @ loads.T + np.eye(4)
    wanted = np.einsum("nb,bc,nc->n", TREE, truth, TREE)
    found = with_variances(np.diag(np.diag(truth)), TREE, wanted)
    assert np.linalg.eigvalsh(found).min() > -1e-9
    assert np.einsum("nb,bc,nc->n", TREE, found, TREE) == pytest.approx(wanted, rel=0.2)


def test_errors_that_all_series_share_are_given_back_to_their_sum() -> None:
    rng = np.random.default_rng(1)
    bottom = 50 + rng.normal(size=(4, 2000, 3))  # independent: the sum's variance is 4
    wanted = np.array([14.0, 3.6, 3.6, 1.0, 1.0, 1.0, 1.0])
    wide = spread_out(bottom, TREE, wanted)
    assert wide.mean(axis=1) == pytest.approx(bottom.mean(axis=1))
    sums = np.tensordot(TREE, wide, axes=1)
    assert sums.var(axis=1).mean(axis=1) == pytest.approx(wanted, rel=0.06)
    alike = [
        np.corrcoef(one.ravel(), other.ravel())[0, 1]
        for one, other in zip(wide, bottom, strict=True)
    ]
    assert min(alike) > 0.7


def test_the_map_between_normal_distributions_is_the_one_that_moves_least() -> None:
    one, other = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[1.0, -0.3], [-0.3, 3.0]])
    mapped = transport(one, other)
    assert mapped @ one @ mapped.T == pytest.approx(other)
    assert mapped == pytest.approx(mapped.T)  # symmetric and positive: the gradient of a convex map
    assert np.linalg.eigvalsh(mapped).min() > 0
    assert transport(one, one) == pytest.approx(np.eye(2))


def test_series_that_never_changed_stay_as_they_are() -> None:
    rng = np.random.default_rng(2)
    bottom = np.stack([np.full((200, 2), 5.0), *(rng.normal(size=(3, 200, 2)))])
    wide = spread_out(bottom, TREE, np.array([3.0, 1.0, 2.0, 0.0, 1.0, 1.0, 1.0]))
    assert wide[0] == pytest.approx(5.0)
    assert np.isfinite(wide).all()
