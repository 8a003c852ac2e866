"""Random numbers by counter: even, and neighbours have nothing to do with each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forethought.plan.simulation.kernels.event_days import ident_of
from forethought.plan.simulation.kernels.random import (
    FAMILIES,
    binomial,
    normal,
    poisson,
    sample,
    uniform,
)
from forethought.plan.simulation.kernels.random import key_of as whole_key_of
from forethought.plan.simulation.model import shape_of
from forethought.plan.simulation.pathway import Distribution

N = 20_000


def key_of(seed: int, replication: int, purpose: int, queue: int) -> np.uint64:
    """A key as 64 bits; compiled functions hand them to Python as a whole number."""
    return np.uint64(whole_key_of(seed, replication, purpose, queue))


def row(seed: int = 1, replication: int = 0, purpose: int = 3, queue: int = 0) -> np.ndarray:
    key = key_of(seed, replication, purpose, queue)
    return np.array([uniform(key, n) for n in range(N)])


def test_numbers_of_a_key_are_even() -> None:
    found = row()
    assert stats.kstest(found, "uniform").pvalue > 0.001
    counts = np.histogram2d(found[:-1], found[1:], bins=16, range=((0, 1), (0, 1)))[0]
    assert stats.chisquare(counts.ravel()).pvalue > 0.001


@pytest.mark.parametrize(
    "other",
    [{"seed": 2}, {"replication": 1}, {"purpose": 4}, {"queue": 1}, {"seed": 2**31}],
    ids=str,
)
def test_neighbouring_keys_are_uncorrelated(other: dict[str, int]) -> None:
    first, second = row(), row(**other)
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(N)
    assert abs(np.corrcoef(first[:-1], second[1:])[0, 1]) < 4 / np.sqrt(N)
    assert np.intersect1d(first, second).size == 0


def test_visits_of_a_case_and_neighbouring_cases_are_uncorrelated() -> None:
    """The name of a case is shifted by its visits, so only few bits of the counter differ."""
    key = key_of(1, 0, 3, 0)
    table = np.array(
        [[uniform(key, int(ident_of(5, n)) + (v << 46)) for v in range(4)] for n in range(5000)]
    )
    between = np.corrcoef(table.T) - np.eye(4)
    assert np.abs(between).max() < 4 / np.sqrt(5000)
    assert stats.kstest(table.ravel(), "uniform").pvalue > 0.001


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_its_mean_and_spread(family: str) -> None:
    mean = 7.0
    cv = {"fixed": 0.0, "exponential": 1.0}.get(family, 0.55)
    shape = shape_of(Distribution(family, mean, cv))  # type: ignore[arg-type]
    key = key_of(4, 1, 3, 2)
    found = np.array([sample(FAMILIES.index(family), mean, cv, shape, key, n) for n in range(N)])
    error = mean * cv / np.sqrt(N)
    assert abs(found.mean() - mean) <= 4 * error + 1e-12
    assert abs(found.std() - mean * cv) <= 0.04 * mean * cv + 1e-12
    assert found.min() >= 0.0


def test_counts_have_their_mean_and_variance() -> None:
    key = key_of(4, 1, 1, 2)
    for mean in (0.7, 12.0, 80.0):
        found = np.array([poisson(mean, key, n) for n in range(N)])
        assert abs(found.mean() - mean) < 4 * np.sqrt(mean / N)
        assert abs(found.var() / mean - 1) < 4 * np.sqrt((2 + 1 / mean) / N)
    for trials, chance in ((9, 0.3), (400, 0.4), (400, 0.9)):
        drawn = np.array([binomial(trials, chance, key, n) for n in range(N)])
        variance = trials * chance * (1 - chance)
        assert abs(drawn.mean() - trials * chance) < 4 * np.sqrt(variance / N)
        assert abs(drawn.var() / variance - 1) < 5 * np.sqrt(2 / N)


def test_normal_numbers_are_normal() -> None:
    key = key_of(8, 0, 2, 0)
    assert stats.kstest([normal(key, n) for n in range(N)], "norm").pvalue > 0.001
