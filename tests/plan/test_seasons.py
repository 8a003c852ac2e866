"""Seasons that are found where none is given, several at once, and come back in the forecast."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from forethought.errors import UsageError
from forethought.plan import forecast
from forethought.plan.seasons import without_longer
from forethought.plan.traits import traits_of

HOURS = 24 * 7 * 6


def hourly(n: int) -> NDArray[np.float64]:
    """A wave a day, quiet weekends, no noise."""
    t = np.arange(n)
    return np.asarray(100 + 20 * np.sin(2 * np.pi * t / 24) - 15.0 * ((t // 24) % 7 >= 5))


def of_hours(y: NDArray[np.float64]) -> pl.DataFrame:
    start = datetime(2024, 1, 1)  # noqa: DTZ001  periods have no zone
    ds = [start + timedelta(hours=k) for k in range(y.size)]
    return pl.DataFrame({"unique_id": "a", "ds": ds, "y": y})


def test_hours_have_a_day_and_a_week_found_without_being_told() -> None:
    noise = np.random.default_rng(0).normal(0, 2, HOURS)
    answer = forecast(of_hours(hourly(HOURS) + noise), h=48, freq="1h", effort="fast")
    truth = hourly(HOURS + 48)[HOURS:]
    assert "season of 24 found, and of 168" in answer.report["reason"][0]
    assert np.abs(answer.frame["median"].to_numpy() - truth).max() < 4
    one = forecast(of_hours(hourly(HOURS) + noise), 48, "1h", 24, effort="fast")  # obeyed
    assert "168" not in one.report["reason"][0]


def test_weeks_have_a_year() -> None:
    t = np.arange(52 * 5)
    y = 200 + 30 * np.sin(2 * np.pi * t / 52) + np.random.default_rng(1).normal(0, 3, t.size)
    weeks = pl.date_range(date(2020, 1, 6), interval="1w", end=date(2024, 12, 23), eager=True)
    frame = pl.DataFrame({"unique_id": "a", "ds": weeks[: t.size], "y": y})
    answer = forecast(frame, h=26, freq="1w", effort="fast")
    truth = 200 + 30 * np.sin(2 * np.pi * np.arange(t.size, t.size + 26) / 52)
    assert answer.report["season_length"].to_list() == [52]
    assert np.abs(answer.frame["median"].to_numpy() - truth).mean() < 6


def test_days_show_a_year_only_where_they_have_one() -> None:
    t = np.arange(365 * 3)
    rng = np.random.default_rng(2)
    week = 10.0 * (t % 7 < 5) + rng.normal(0, 2, t.size)
    plain = traits_of(100 + week, h=28, season=7, detect=True, effort="fast", longer=(365,))
    winter = 12 * np.cos(2 * np.pi * t / 365)
    yearly = traits_of(
        100 + week + winter, h=28, season=7, detect=True, effort="fast", longer=(365,)
    )
    walk = traits_of(
        300 + week + rng.normal(0, 1, t.size).cumsum(),
        h=28, season=7, detect=True, effort="fast", longer=(365,),
    )  # fmt: skip
    assert (plain.longer, yearly.longer, walk.longer) == ((), (365,), ())


def test_longer_seasons_taken_off_come_back_exactly() -> None:
    y = hourly(24 * 7 * 4)
    parts = without_longer(y, 24, (168,))
    assert np.ptp(parts.y[: 24 * 7].reshape(7, 24), axis=0).max() < 3
    again = parts.restored(parts.y[-168:])
    assert again == pytest.approx(y[-168:], rel=1e-9)


def test_several_seasons_that_are_given_are_obeyed_and_nonsense_is_refused() -> None:
    frame = of_hours(hourly(HOURS) + np.random.default_rng(3).normal(0, 2, HOURS))
    told = forecast(frame, 24, "1h", (24, 168), effort="fast").report["reason"][0]
    assert "season of 24, as given, and of 168" in told
    with pytest.raises(UsageError, match="no season"):
        forecast(frame, 24, "1h", (24, 0))
