"""Kulldorff's scan: published values, brute force, planted clusters, bad input."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forethought as ft
from forethought.errors import DataError, UsageError
from forethought.plan.watch.circles import centroids, circles
from forethought.plan.watch.likelihood import (
    binomial_ratio,
    count_table,
    gumbel_tail,
    poisson_ratio,
    window_terms,
)


def map_of(
    cases: np.ndarray, people: np.ndarray, points: np.ndarray
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    names = [f"a{number:03d}" for number in range(len(people))]
    return (
        pl.DataFrame({"area": names, "cases": cases}),
        pl.DataFrame({"area": names, "population": people}),
        pl.DataFrame({"area": names, "x": points[:, 0], "y": points[:, 1]}),
    )


def test_ratios_equal_the_published_single_values() -> None:
    assert poisson_ratio(106, 62.13, 552) == pytest.approx(14.782064, abs=5e-7)
    # ten areas of New York: 29 of 38,541 people are cases, 552 of 1,057,673 in all
    people = 1_057_673
    assert poisson_ratio(106, 552 / people * 119_050, 552) == pytest.approx(14.78, abs=0.01)


@given(st.integers(1, 60), st.floats(0.5, 50), st.integers(61, 200))
@settings(deadline=None, max_examples=60)
def test_the_table_gives_the_same_ratio_as_the_formula(
    cases: int, expected: float, total: int
) -> None:
    slope, base = window_terms(np.array([expected]), total)
    fast = count_table(total)[cases] - base[0] - cases * slope[0]
    assert fast == pytest.approx(poisson_ratio(cases, expected, total), abs=1e-8)


def test_a_binomial_ratio_is_that_of_two_rates() -> None:
    from scipy.stats import binom

    def best(cases: int, people: int) -> float:
        return float(binom.logpmf(cases, people, cases / people))

    rate = 40 / 1000
    theirs = best(20, 200) + best(20, 800)
    theirs -= float(binom.logpmf(20, 200, rate) + binom.logpmf(20, 800, rate))
    assert binomial_ratio(20, 200, 40, 1000) == pytest.approx(theirs)
    assert binomial_ratio(8, 200, 40, 1000) == pytest.approx(0, abs=1e-12)


def brute_force(cases: np.ndarray, people: np.ndarray, points: np.ndarray, share: float) -> float:
    """The largest ratio over every circle round every area, from its definition."""
    total, everybody, best = cases.sum(), people.sum(), 0.0
    for centre in points:
        apart = np.hypot(*(points - centre).T)
        for radius in np.unique(apart):
            inside = apart <= radius * (1 + 1e-9)
            if people[inside].sum() > share * everybody * (1 + 1e-12):
                continue
            c, e = cases[inside].sum(), total * people[inside].sum() / everybody
            if c >= 2 and c > e > 0:
                best = max(best, poisson_ratio(float(c), float(e), float(total)))
    return best


@given(st.integers(4, 12), st.integers(0, 10**6), st.sampled_from([0.25, 0.5]), st.booleans())
@settings(deadline=None, max_examples=40)
def test_it_finds_what_brute_force_finds(
    areas: int,
    seed: int,
    share: float,
    grid: bool,  # noqa: FBT001
) -> None:
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 4, (areas, 2)).astype(float) if grid else rng.random((areas, 2))
    people = rng.integers(1, 50, areas)
    cases = rng.poisson(people * 0.3)
    if cases.sum() == 0:
        cases[0] = 1
    found = ft.plan.scan(
        *map_of(cases, people, points), largest_share=share, permutations=19, workers=1
    ).frame
    best = found["llr"][0] if found.height else 0.0
    assert best == pytest.approx(brute_force(cases, people, points, share), abs=1e-9)


def planted(seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, set[str]]:
    rng = np.random.default_rng(seed)
    points, people = rng.random((120, 2)), rng.integers(500, 3000, 120)
    near = np.argsort(np.hypot(*(points - points[7]).T))[:8]
    rate = np.full(120, 0.02)
    rate[near] *= 2.2
    frames = map_of(rng.poisson(people * rate), people, points)
    return *frames, {f"a{number:03d}" for number in near}


def test_a_planted_cluster_is_found_with_its_size() -> None:
    *frames, truth = planted()
    found = ft.plan.scan(*frames, seed=1)
    top = found.frame.row(0, named=True)
    assert len(truth & set(top["areas"])) >= 6
    assert len(set(top["areas"]) - truth) <= 3
    assert top["p_rank"] == 1 / 1000
    assert top["p"] < 1e-4  # the fitted tail has no floor at 1 in 1,000
    assert 1.7 < top["relative_risk"] < 2.8
    assert "more than elsewhere" in found.headline()
    overlap = [area for areas in found.frame["areas"] for area in areas]
    assert len(overlap) == len(set(overlap))


def test_both_p_values_agree_where_both_can_be_read() -> None:
    rng = np.random.default_rng(4)
    maxima = rng.gumbel(4, 1.2, 999)
    for value in (3.0, 5.0, 7.0):
        rank = (1 + (maxima >= value).sum()) / 1000
        assert gumbel_tail(maxima, value) == pytest.approx(rank, abs=0.03)


def test_chance_alone_finds_a_cluster_as_often_as_p_says() -> None:
    rng = np.random.default_rng(11)
    points, people = rng.random((40, 2)), rng.integers(100, 900, 40)
    p = [
        ft.plan.scan(
            *map_of(rng.poisson(people * 0.05), people, points), permutations=99, seed=seed
        ).frame["p"][0]
        for seed in range(60)
    ]
    assert np.mean(np.array(p) < 0.2) < 0.2 + 4 * np.sqrt(0.2 * 0.8 / 60)
    assert np.mean(p) > 0.3


def test_a_cluster_that_began_lately_is_found_with_its_start() -> None:
    rng = np.random.default_rng(2)
    points, people = rng.random((60, 2)), rng.integers(500, 2000, 60)
    near = np.argsort(np.hypot(*(points - points[3]).T))[:6]
    rows = []
    for month in range(12):
        rate = np.full(60, 0.004)
        rate[near] *= 3.5 if month >= 9 else 1
        seen = rng.poisson(people * rate)
        rows += [(f"a{a:03d}", date(2026, month + 1, 1), int(n)) for a, n in enumerate(seen)]
    cases = pl.DataFrame(rows, schema=["area", "ds", "cases"], orient="row")
    _, population, areas = map_of(np.zeros(60), people, points)
    top = ft.plan.scan(cases, population, areas, seed=3).frame.row(0, named=True)
    assert top["start"] == date(2026, 10, 1)
    assert top["end"] == date(2026, 12, 1)
    assert len({f"a{a:03d}" for a in near} & set(top["areas"])) >= 5
    past = ft.plan.scan(cases, population, areas, when="any", permutations=99).frame
    assert past["llr"][0] >= top["llr"] - 1e-9


def test_seed_and_workers_order_and_units_change_nothing() -> None:
    *frames, _ = planted(5)
    one = ft.plan.scan(*frames, seed=9, workers=1)
    cases, people, areas = (frame.sample(fraction=1, shuffle=True, seed=1) for frame in frames)
    two = ft.plan.scan(cases, people, areas, seed=9, workers=2)
    assert one.frame.equals(two.frame)
    assert (one.maxima == two.maxima).all()
    scaled = areas.with_columns(pl.col("x", "y") * 1000)
    far = ft.plan.scan(cases, people, scaled, seed=9)
    assert far.frame["llr"].to_list() == pytest.approx(one.frame["llr"].to_list())


def test_few_cases_are_found_when_asked() -> None:
    rng = np.random.default_rng(6)
    points, people = rng.random((50, 2)), rng.integers(500, 1500, 50)
    near = np.argsort(np.hypot(*(points - points[0]).T))[:6]
    rate = np.full(50, 0.05)
    rate[near] *= 0.3
    frames = map_of(rng.poisson(people * rate), people, points)
    top = ft.plan.scan(*frames, direction="low").frame.row(0, named=True)
    assert top["direction"] == "low"
    assert top["relative_risk"] < 0.6
    both = ft.plan.scan(*frames, direction="both").frame
    assert both["llr"][0] == pytest.approx(top["llr"])


def test_polygons_are_scanned_by_their_centres() -> None:
    def square(x: float, y: float) -> list[list[float]]:
        return [[x, y], [x + 0.01, y], [x + 0.01, y + 0.01], [x, y + 0.01], [x, y]]

    features = [
        {"properties": {"code": f"a{n:03d}"},
         "geometry": {"type": "Polygon", "coordinates": [square(0.01 * n, 52)]}}
        for n in range(6)
    ]  # fmt: skip
    names, points = centroids({"features": features}, "code")
    assert names[0] == "a000"
    # a hundredth of a degree of longitude at 52 degrees north
    assert points[1, 0] - points[0, 0] == pytest.approx(0.6846, abs=0.001)
    cases = pl.DataFrame({"code": names, "cases": [9, 1, 1, 1, 1, 1]})
    people = pl.DataFrame({"code": names, "population": [10] * 6})
    found = ft.plan.scan(cases, people, {"features": features}, area="code", permutations=99)
    assert found.frame["areas"].to_list()[0] == ["a000"]


def test_windows_hold_no_more_people_than_asked() -> None:
    rng = np.random.default_rng(8)
    points, people = rng.random((30, 2)), rng.integers(1, 100, 30).astype(float)
    held = circles(points, people, 0.3)
    sums = np.cumsum(people[held.order], axis=1)
    assert (sums[held.ends] <= 0.3 * people.sum() + 1e-9).all()


def test_everything_that_does_not_fit_is_told_at_once() -> None:
    cases, people, areas = map_of(np.array([1, 2]), np.array([0, 5]), np.zeros((2, 2)))
    with pytest.raises(DataError, match="nobody is at risk"):
        ft.plan.scan(cases, people, areas)
    strange = pl.concat([cases, pl.DataFrame({"area": ["zz"], "cases": [-1]})])
    with pytest.raises(DataError) as refused:
        ft.plan.scan(strange, pl.concat([people, people]), areas)
    assert len(refused.value.problems) == 3
    nothing = cases.with_columns(cases=pl.lit(0))
    with pytest.raises(DataError, match="no case"):
        ft.plan.scan(nothing, people, areas)
    with pytest.raises(UsageError) as wrong:
        ft.plan.scan(cases, people, areas, direction="up", largest_share=2, permutations=1)  # type: ignore[arg-type]
    assert len(wrong.value.problems) == 3
