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
from forethought.plan.watch.kernels.shares import raised_shares, share_ratio
from forethought.plan.watch.likelihood import (
    binomial_ratio,
    count_table,
    gumbel_tail,
    poisson_ratio,
    window_terms,
)
from forethought.plan.watch.scan_input import checked_map
from forethought.plan.watch.scan_windows import MODELS, Model, ratios_of, slices_of, windows_of


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
    # areas 1, 2, 3, 12, 13, 14, 15, 35, 47, 49 of upstate New York: 41 of 38,999 people are cases,
    # 552 of 1,057,673 in all (R package smerc 1.8, scan.stat with type = "binomial")
    assert binomial_ratio(41, 38_999, 552, 1_057_673) == pytest.approx(8.47836, abs=5e-6)
    assert share_ratio(41, 38_999, 552, 1_057_673) == pytest.approx(8.47836, abs=5e-6)


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


def brute_force(
    cases: np.ndarray, people: np.ndarray, points: np.ndarray, share: float, model: str
) -> float:
    """The largest ratio over every circle round every area, from its definition."""
    total, everybody, best = float(cases.sum()), float(people.sum()), 0.0
    for centre in points:
        apart = np.hypot(*(points - centre).T)
        for radius in np.unique(apart):
            inside = apart <= radius * (1 + 1e-9)
            if people[inside].sum() > share * everybody * (1 + 1e-12):
                continue
            c, n = float(cases[inside].sum()), float(people[inside].sum())
            e = total * n / everybody
            if c >= 2 and c > e > 0:
                binomial = model == "binomial"
                best = max(best, binomial_ratio(c, n, total, everybody) if binomial
                           else poisson_ratio(c, e, total))  # fmt: skip
    return best


@given(
    st.integers(4, 12), st.integers(0, 10**6), st.sampled_from([0.25, 0.5]), st.booleans(),
    st.sampled_from(MODELS),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_it_finds_what_brute_force_finds(
    areas: int,
    seed: int,
    share: float,
    grid: bool,  # noqa: FBT001
    model: Model,
) -> None:
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 4, (areas, 2)).astype(float) if grid else rng.random((areas, 2))
    people = rng.integers(1, 50, areas)
    cases = np.minimum(rng.poisson(people * 0.3), people)
    cases[0] = min(people[0], max(cases[0], 1))
    people[0] += 1  # somebody is no case
    found = ft.plan.scan(
        *map_of(cases, people, points), model=model, largest_share=share, permutations=19,
        workers=1,
    ).frame  # fmt: skip
    best = found["llr"][0] if found.height else 0.0
    assert best == pytest.approx(brute_force(cases, people, points, share, model), abs=1e-9)


@given(
    st.integers(1, 30), st.integers(1, 60), st.integers(0, 400), st.sampled_from([0.5, 3.0, 5.0])
)
@settings(deadline=None, max_examples=80)
def test_counts_worth_a_look_are_those_with_such_a_ratio(
    total: int, inside: int, others: int, least: float
) -> None:
    everybody = inside + others + total
    expected = total * inside / everybody
    floors = np.array([int(expected) + 1], dtype=np.int32)
    ceilings = np.array([int(np.ceil(expected)) - 1], dtype=np.int32)
    high, low = floors.copy(), ceilings.copy()
    raised_shares(floors, ceilings, np.array([inside]), total, everybody, least, high, low)
    for c in range(max(0, total - (everybody - inside)), min(total, inside) + 1):
        worth = binomial_ratio(c, inside, total, everybody) >= least
        assert (high[0] <= c or c <= low[0]) == (worth and c != expected)


def test_maps_shuffle_people_once_each() -> None:
    cases, people = np.array([3, 2, 0, 1]), np.array([3, 4, 5, 6])
    frames = map_of(cases, people, np.arange(8.0).reshape(4, 2))
    scanned = checked_map(*frames, "area", of_people=True)
    held = circles(scanned.points, scanned.people, 0.5)
    windows = windows_of(scanned, held, slices_of(1, 0.5, "now"), "high", 2)
    drawn = ratios_of(scanned, windows, "binomial").shuffled(np.random.default_rng(1), 4000)
    assert (drawn.sum(axis=(1, 2)) == 6).all()
    assert (drawn <= people).all()
    # a hypergeometric count of 3 of 18 people, 6 drawn: variance 6 x 1/6 x 5/6 x 12/17
    variance = 6 * (1 / 6) * (5 / 6) * (12 / 17)
    assert drawn[:, 0, 0].var() == pytest.approx(variance, rel=0.1)


def test_shares_of_people_find_a_planted_cluster_and_seldom_anything_else() -> None:
    rng = np.random.default_rng(3)
    points, people = rng.random((60, 2)), rng.integers(40, 120, 60)
    near = np.argsort(np.hypot(*(points - points[9]).T))[:5]
    share = np.full(60, 0.3)
    share[near] = 0.62
    frames = map_of(rng.binomial(people, share), people, points)
    top = ft.plan.scan(*frames, model="binomial", permutations=199).frame.row(0, named=True)
    assert len({f"a{a:03d}" for a in near} & set(top["areas"])) >= 4
    assert top["p_rank"] == 1 / 200
    # where three in ten are cases, a Poisson scan thinks that chance does more than it does
    p: dict[Model, list[float]] = {"binomial": [], "poisson": []}
    for seed in range(40):
        frames = map_of(rng.binomial(people, 0.5), people, points)
        for model, found in p.items():
            told = ft.plan.scan(*frames, model=model, permutations=99, seed=seed).frame
            found.append(told["p"][0])
    assert abs(np.mean(p["binomial"]) - 0.5) < 4 * np.sqrt(1 / 12 / 40)
    assert np.mean(p["poisson"]) > np.mean(p["binomial"]) + 0.2


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
        ft.plan.scan(
            cases, people, areas, model="bernoulli", direction="up", largest_share=2,  # type: ignore[arg-type]
            permutations=1,
        )  # fmt: skip
    assert len(wrong.value.problems) == 4


def test_people_who_each_are_a_case_or_not_are_whole_and_at_least_the_cases() -> None:
    cases, people, areas = map_of(np.array([3, 2]), np.array([2.0, 5.5]), np.zeros((2, 2)))
    with pytest.raises(DataError) as refused:
        ft.plan.scan(cases, people, areas, model="binomial")
    assert len(refused.value.problems) == 2
    everyone = people.with_columns(population=pl.Series([3, 2]))
    with pytest.raises(DataError, match="everybody is a case"):
        ft.plan.scan(cases, everyone, areas, model="binomial")
