from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forethought.errors import UsageError
from forethought.plan.money.decomposition import effects, logarithmic_mean, product, to_the_penny

factor = st.lists(st.floats(0.01, 1e4), min_size=6, max_size=6)


@settings(max_examples=60, deadline=None)
@given(*[factor] * 6)
def test_the_parts_of_a_change_add_up_whatever_the_order(
    a: list[float], b: list[float], c: list[float], d: list[float], e: list[float], f: list[float]
) -> None:
    before = {"people": np.array(a), "rate": np.array(b), "price": np.array(c)}
    after = {"people": np.array(d), "rate": np.array(e), "price": np.array(f)}
    found = effects(before, after, otherwise="rate")
    change = product(after) - product(before)
    scale = np.maximum(product(after), product(before))
    assert np.all(np.abs(sum(found.values()) - change) < 1e-9 * scale)
    again = effects(dict(reversed(before.items())), dict(reversed(after.items())), otherwise="rate")
    for name, value in found.items():
        assert np.allclose(value, again[name], rtol=1e-12)


def test_two_factors_that_double_share_the_change_equally() -> None:
    found = effects(
        {"people": np.array([10.0]), "price": np.array([3.0])},
        {"people": np.array([20.0]), "price": np.array([6.0])},
        otherwise="people",
    )
    assert found["people"] == pytest.approx(45.0)
    assert found["price"] == pytest.approx(45.0)


def test_what_does_not_move_has_no_part() -> None:
    before = {"people": np.array([5.0]), "rate": np.array([2.0]), "price": np.array([7.0])}
    found = effects(before, {**before, "price": np.array([9.0])}, otherwise="rate")
    assert found["people"] == pytest.approx(0.0)
    assert found["price"] == pytest.approx(20.0)


def test_a_cell_that_begins_or_ends_goes_to_the_named_factor() -> None:
    found = effects(
        {"people": np.array([0.0, 4.0]), "rate": np.array([1.0, 1.0])},
        {"people": np.array([3.0, 0.0]), "rate": np.array([2.0, 1.0])},
        otherwise="rate",
    )
    assert found["rate"].tolist() == [6.0, -4.0]
    assert found["people"].tolist() == [0.0, 0.0]


def test_factors_must_be_the_same() -> None:
    with pytest.raises(UsageError):
        effects({"a": np.ones(1)}, {"b": np.ones(1)}, otherwise="a")


def test_the_logarithmic_mean_lies_between() -> None:
    assert logarithmic_mean(np.array([2.0]), np.array([2.0]))[0] == pytest.approx(2.0)
    middle = logarithmic_mean(np.array([1.0]), np.array([np.e]))[0]
    assert middle == pytest.approx(np.e - 1)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e7, 1e7), min_size=1, max_size=15))
def test_pennies_add_up_and_none_moves_by_more_than_one(values: list[float]) -> None:
    parts = {str(n): value for n, value in enumerate(values)}
    total = sum(values)
    found = to_the_penny(parts, total)
    assert round(sum(round(v * 100) for v in found.values())) == round(total * 100)
    assert all(abs(found[name] - value) < 0.0101 for name, value in parts.items())
