from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forethought.stats.streams import Stream

MANY = np.arange(200_000)


def test_an_entity_keeps_its_number_whoever_else_is_asked() -> None:
    stream = Stream(1, "deaths")
    some = np.array([91_234, 7, 150_000])
    assert (stream.uniform(MANY)[some] == stream.uniform(some)).all()


@pytest.mark.parametrize(
    "other",
    [Stream(1, "births"), Stream(2, "deaths"), Stream(1, "deaths ")],
    ids=["another stage", "another seed", "another name"],
)
def test_other_streams_are_unrelated(other: Stream) -> None:
    ours, theirs = Stream(1, "deaths").uniform(MANY), other.uniform(MANY)
    assert abs(np.corrcoef(ours, theirs)[0, 1]) < 4 / np.sqrt(MANY.size)
    assert (ours == theirs).sum() < 3


def test_draws_of_one_stage_and_neighbouring_entities_are_unrelated() -> None:
    stream = Stream(1, "deaths")
    first = stream.uniform(MANY, "whether")
    for other in (stream.uniform(MANY, "when"), np.roll(first, 1), np.roll(first, 64)):
        assert abs(np.corrcoef(first, other)[0, 1]) < 4 / np.sqrt(MANY.size)


@pytest.mark.parametrize("step", [1, 16, 64, 65_536])
def test_numbers_are_uniform_whatever_the_steps_of_entities(step: int) -> None:
    drawn = Stream(3, "uniform").uniform(MANY * step)
    counts = np.bincount((drawn * 100).astype(int), minlength=100)
    assert stats.chisquare(counts).pvalue > 1e-4
    assert drawn.min() >= 0
    assert drawn.max() < 1


def test_normal_and_exponential_numbers_follow_their_laws() -> None:
    stream = Stream(4, "laws")
    assert stats.kstest(stream.normal(MANY), "norm").pvalue > 1e-4
    assert stats.kstest(stream.exponential(MANY), "expon").pvalue > 1e-4


@pytest.mark.parametrize("mean", [0.02, 0.7, 6.0])
def test_counts_have_the_chances_of_the_poisson_law(mean: float) -> None:
    counts = Stream(5, "counts").poisson(MANY, mean)
    top = int(stats.poisson.ppf(0.9999, mean))
    found = np.bincount(np.minimum(counts, top), minlength=top + 1)
    chances = stats.poisson.pmf(np.arange(top), mean)
    expected = np.append(chances, 1 - chances.sum()) * MANY.size
    assert stats.chisquare(found, expected).pvalue > 1e-4


def test_choices_follow_shared_and_own_weights() -> None:
    stream = Stream(6, "choices")
    weights = np.array([0.0, 1.0, 3.0, 6.0])
    shared = np.bincount(stream.choice(MANY, weights), minlength=4)
    assert shared[0] == 0
    assert stats.chisquare(shared[1:], weights[1:] / 10 * MANY.size).pvalue > 1e-4
    own = stream.choice(MANY, np.tile(weights, (MANY.size, 1)))
    assert (own == stream.choice(MANY, weights)).all()


def test_whole_numbers_reach_both_ends_and_no_further() -> None:
    drawn = Stream(7, "whole").whole(MANY, -2, 3)
    assert np.unique(drawn).tolist() == [-2, -1, 0, 1, 2, 3]


def test_a_generator_belongs_to_its_entity() -> None:
    stream = Stream(8, "one after another")
    assert stream.generator(4).random() == stream.generator(4).random()
    assert stream.generator(4).random() != stream.generator(5).random()
