"""Histories that are short, constant, mostly zero, shifted or shocked: an honest answer each."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.histories import monthly, seasonal, walk

from forethought.errors import UsageError
from forethought.plan import Shock, forecast
from forethought.plan.traits import level_shift


def test_two_points_get_a_wide_answer_and_say_so() -> None:
    answer = forecast(monthly("a", [30, 50]), h=3)
    first = answer.frame.row(0, named=True)
    assert first["lo-95"] < 30
    assert first["hi-95"] > 50
    assert answer.report["fallback"][0] == "only 2 periods: last value and average"


def test_a_constant_history_stays_and_says_that_no_band_can_tell_of_a_change() -> None:
    answer = forecast(monthly("a", [7.0] * 30), h=3, paths=4)
    assert answer.frame["lo-95"].to_list() == answer.frame["hi-95"].to_list() == [7.0] * 3
    assert "the same value in all 30 periods" in answer.report["reason"][0]
    assert answer.paths["y"].unique().to_list() == [7.0]


def test_an_all_zero_history_is_forecast_zero() -> None:
    answer = forecast(monthly("a", [0.0] * 30), h=2)
    assert answer.frame["mean"].to_list() == [0.0, 0.0]
    assert "zero in all 30 periods" in answer.report["reason"][0]


def test_a_history_that_is_mostly_zero_keeps_its_rate_and_its_share_of_zeros() -> None:
    counts = np.random.default_rng(4).poisson(0.3, 240).astype(float)
    answer = forecast(monthly("a", counts), h=12, paths=400)
    assert answer.report["kind"].to_list() == ["zero_heavy"]
    assert answer.frame["mean"].mean() == pytest.approx(0.3, abs=0.12)
    assert answer.frame["median"].to_list() == [0.0] * 12
    recent = 0.5 ** (np.arange(240)[::-1] / 48)
    share = np.average(counts == 0, weights=recent)
    zeros = float((answer.paths["y"] < 0.25).mean())  # type: ignore[arg-type]
    assert zeros == pytest.approx(share, abs=0.05)  # the grid of quantiles has steps of 0.05


def test_less_than_two_seasons_are_forecast_without_a_season() -> None:
    answer = forecast(monthly("a", walk(1, 20)), h=3)
    assert "less than two seasons of 12" in answer.report["reason"][0]


def test_a_level_shift_is_told_and_the_old_level_is_not_repeated() -> None:
    shifted = seasonal(1, 84, noise=2.0) - np.where(np.arange(84) >= 78, 60, 0)
    answer = forecast(monthly("a", shifted), h=6)
    assert "the level shifted 6 periods before the end" in answer.report["reason"][0]
    assert "SeasonalNaive" in answer.report["fallback"][0]
    assert answer.frame["median"].to_numpy().max() < 75


def test_walks_noise_and_pulses_are_no_level_shifts() -> None:
    t = np.arange(120)
    pulse = 60 * ((t >= 60) & (t < 68))
    shifts = [level_shift(walk(k, 120), 12) for k in range(40)]
    shifts += [level_shift(seasonal(k, 120) + pulse, 12) for k in range(40)]
    assert sum(shift is not None for shift in shifts) <= 2


def test_a_declared_pulse_becomes_no_season() -> None:
    quiet = np.random.default_rng(2).normal(100, 2, 48)
    struck = quiet.copy()
    struck[36:42] -= 80
    told = (Shock("pandemic", "2018-01", "2018-06"),)
    with_shock = forecast(monthly("a", struck), h=12, shocks=told).frame
    without = forecast(monthly("a", struck), h=12).frame
    assert np.abs(with_shock["median"].to_numpy() - 100).max() < 6
    width = (with_shock["hi-95"] - with_shock["lo-95"]).mean()
    assert width < 0.4 * (without["hi-95"] - without["lo-95"]).mean()  # type: ignore[operator]


def test_a_declared_level_shift_moves_the_history_to_the_new_level() -> None:
    moved = seasonal(3, 72, noise=1.0) + np.where(np.arange(72) >= 60, 40, 0)
    told = (Shock("reform", "2020-01", shape="level_shift"),)
    answer = forecast(monthly("a", moved), h=12, shocks=told)
    truth = 140 + 12 * np.sin(2 * np.pi * np.arange(72, 84) / 12)
    assert np.abs(answer.frame["median"].to_numpy() - truth).max() < 5
    assert "reform: level moved by" in answer.report["reason"][0]


def test_a_declared_ramp_stays_at_its_end() -> None:
    t = np.arange(72)
    ramp = 50 * np.clip((t - 47) / 12, 0, 1)
    noisy = 100 + ramp + np.random.default_rng(5).normal(0, 1, 72)
    told = (Shock("roll-out", "2019-01", "2019-12", shape="ramp"),)
    answer = forecast(monthly("a", noisy), h=6, shocks=told)
    assert np.abs(answer.frame["median"].to_numpy() - 150).max() < 5


def test_shocks_that_say_nothing_are_refused_all_at_once() -> None:
    bad = (
        Shock("a", "2023-13"),
        Shock("b", "2023-05", "2023-01"),
        Shock("c", "2020-01", "2020-02", "pulze"),  # type: ignore[arg-type]
    )
    with pytest.raises(UsageError) as refused:
        forecast(monthly("a", walk(1)), shocks=bad)
    told = str(refused.value)
    assert "its dates cannot be read" in told
    assert "it ends before it starts" in told
    assert 'Did you mean "pulse"?' in told


def test_one_odd_series_does_not_change_the_others_much() -> None:
    usual = [monthly(f"s{k}", seasonal(k, 60)) for k in range(4)]
    odd = monthly("odd", np.r_[np.zeros(59), 1e6])
    alone = forecast(pl.concat(usual), h=6).frame
    together = forecast(pl.concat([*usual, odd]), h=6).frame.filter(pl.col("unique_id") != "odd")
    assert together["median"].to_numpy() == pytest.approx(alone["median"].to_numpy(), rel=0.02)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.integers(0, 3).map(float),
            st.floats(-1e6, 1e6, allow_nan=False, allow_infinity=False),
            st.just(0.0),
        ),
        min_size=2,
        max_size=30,
    )
)
def test_any_history_gets_finite_nested_intervals(y: list[float]) -> None:
    answer = forecast(monthly("a", y), h=4, paths=3, season_length=4, effort="fast")
    values = answer.frame.select(
        "lo-95", "lo-80", "lo-50", "median", "hi-50", "hi-80", "hi-95"
    ).to_numpy()
    assert np.isfinite(values).all()
    assert (np.diff(values, axis=1) >= -1e-9 * max(1.0, np.abs(values).max())).all()
    assert answer.report["reason"][0]
