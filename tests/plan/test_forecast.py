from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError
from datetime import date

import numpy as np
import polars as pl
import pytest
from tests.plan.histories import monthly, seasonal, walk

from forethought.errors import DataError, NotFound, UsageError
from forethought.plan import Forecast, forecast

LEVELS = ["lo-95", "lo-80", "lo-50", "median", "hi-50", "hi-80", "hi-95"]


@pytest.fixture(scope="module")
def many() -> Forecast:
    """Six histories of three kinds, with paths."""
    return forecast(six(), h=14, paths=200, seed=3)


def six() -> pl.DataFrame:
    parts = [monthly(f"season-{k}", seasonal(k)) for k in range(3)]
    return pl.concat(parts + [monthly(f"walk-{k}", walk(k)) for k in range(3)])


def test_it_gives_every_period_of_every_series_with_nested_intervals(many: Forecast) -> None:
    assert many.frame.columns[:4] == ["unique_id", "ds", "mean", "median"]
    assert many.frame.height == 6 * 14
    values = many.frame.select(LEVELS).to_numpy()
    assert (np.diff(values, axis=1) >= 0).all()
    assert np.isfinite(values).all()


def test_the_periods_follow_the_history_without_a_gap(many: Forecast) -> None:
    ds = many.frame.filter(pl.col("unique_id") == "walk-1")["ds"]
    assert (
        ds.to_list()
        == pl.date_range(date(2021, 1, 1), date(2022, 2, 1), "1mo", eager=True).to_list()
    )


def test_a_clear_season_is_found_and_carried_forward() -> None:
    truth = 100 + 12 * np.sin(2 * np.pi * np.arange(72, 96) / 12)
    answer = forecast(monthly("a", seasonal(5, noise=0.5)), h=24)
    assert np.abs(answer.frame["median"].to_numpy() - truth).max() < 3
    assert "season of 12 found" in answer.report["reason"][0]


def test_a_season_length_that_is_given_is_obeyed() -> None:
    quarterly_wave = (
        50 + np.tile([0.0, 8.0, 0.0, -8.0], 15) + np.random.default_rng(0).normal(0, 0.3, 60)
    )
    answer = forecast(monthly("a", quarterly_wave), h=8, season_length=4)
    assert answer.report["season_length"].to_list() == [4]
    ahead = answer.frame["median"].to_numpy()
    assert np.abs(ahead - (50 + np.tile([0.0, 8.0, 0.0, -8.0], 2))).max() < 1.5


def test_the_order_of_rows_and_of_series_changes_no_digit(many: Forecast) -> None:
    shuffled = forecast(six().sample(fraction=1.0, shuffle=True, seed=1), h=14, paths=200, seed=3)
    assert shuffled.frame.equals(many.frame)
    assert shuffled.paths.equals(many.paths)


def test_two_processes_give_the_same_bits_as_one(many: Forecast) -> None:
    assert forecast(six(), h=14, paths=200, seed=3, n_jobs=2).paths.equals(many.paths)


def test_another_seed_gives_other_paths_and_the_same_intervals(many: Forecast) -> None:
    other = forecast(six(), h=14, paths=200, seed=4)
    assert other.frame.equals(many.frame)
    assert not other.paths.equals(many.paths)


def test_the_global_generator_of_numpy_is_left_alone() -> None:
    before = np.random.get_state()[1].copy()  # type: ignore[index]  # noqa: NPY002
    forecast(monthly("a", seasonal(1, 40)), h=2, paths=5)
    assert (np.random.get_state()[1] == before).all()  # type: ignore[index]  # noqa: NPY002


def test_the_callers_frame_is_untouched() -> None:
    frame = six()
    copy = frame.clone()
    forecast(frame.filter(pl.col("unique_id") == "walk-0"), h=2)
    assert frame.equals(copy)


def test_pandas_and_arrow_frames_give_what_polars_gives() -> None:
    frame = monthly("a", seasonal(1, 40))
    expected = forecast(frame, h=3).frame
    assert forecast(frame.to_arrow(), h=3).frame.equals(expected)
    from_pandas = forecast(frame.to_pandas(), h=3).frame
    assert from_pandas.drop("ds").equals(expected.drop("ds"))


def test_keys_of_the_caller_are_kept() -> None:
    frame = monthly("a", seasonal(1, 40)).with_columns(district=pl.lit("Harbour"))
    assert forecast(frame, h=2).frame["district"].to_list() == ["Harbour"] * 2


def test_effort_matters() -> None:
    frame = monthly("a", seasonal(2, 60))
    reports = {
        effort: forecast(frame, h=6, effort=effort).report
        for effort in ("fast", "standard", "thorough")
    }
    assert "AutoETS" not in reports["fast"]["members"][0].to_list()
    origins = [reports[effort]["origins"][0] for effort in ("fast", "standard", "thorough")]
    assert origins == sorted(set(origins))


def test_a_history_that_is_never_negative_is_never_forecast_negative() -> None:
    low = np.random.default_rng(1).poisson(2.0, 60).astype(float)
    answer = forecast(monthly("a", low), h=24, paths=50)
    assert answer.frame["lo-95"].min() >= 0  # type: ignore[operator]
    assert answer.paths["y"].min() >= 0  # type: ignore[operator]
    free = forecast(monthly("a", low), h=24, nonnegative=False)
    assert free.frame["lo-95"].min() < 0  # type: ignore[operator]


def test_whole_numbers_are_given_where_asked_for() -> None:
    answer = forecast(monthly("a", seasonal(1, 40)), h=3, paths=4, integer=True)
    assert (answer.paths["y"] % 1 == 0).all()
    assert (answer.frame["hi-80"] % 1 == 0).all()


def test_the_level_of_the_intervals_is_obeyed() -> None:
    answer = forecast(monthly("a", seasonal(1, 40)), h=2, level=(90, 99.9))
    assert answer.frame.columns[4:] == ["lo-90", "hi-90", "lo-99.9", "hi-99.9"]


def test_a_result_cannot_be_changed_and_reads_as_a_sentence(many: Forecast) -> None:
    with pytest.raises(FrozenInstanceError):
        many.frame = pl.DataFrame()  # type: ignore[misc]
    assert many.headline().endswith("5 more series.")
    assert "season-0 is forecast at" in many._repr_html_()
    assert "for February 2022, 95% interval" in many.headline()


def test_a_chart_is_drawn_for_a_named_series(many: Forecast) -> None:
    assert many.chart("walk-2").wide.startswith("<svg")
    with pytest.raises(NotFound, match="Did you mean"):
        many.chart("walk2")


def test_arguments_that_make_no_sense_are_refused_all_at_once() -> None:
    with pytest.raises(UsageError) as refused:
        forecast(monthly("a", walk(1)), h=0, level=(120,), effort="fsat", season_length=0, paths=-1)  # type: ignore[arg-type]
    assert len(refused.value.problems) == 5
    assert 'Did you mean "fast"?' in str(refused.value)


def test_an_unknown_frequency_is_refused() -> None:
    with pytest.raises(UsageError, match="no frequency"):
        forecast(monthly("a", walk(1)), freq="MS")


def test_every_gap_duplicate_and_missing_value_is_listed_at_once() -> None:
    bad = pl.concat(
        [
            monthly("gap", range(12)).filter(pl.col("ds") != date(2015, 4, 1)),
            monthly("twice", range(5)),
            monthly("twice", range(2)),
            monthly("hole", [1, 2, np.nan, 4, np.inf]),
            monthly("one", [1]),
        ]
    )
    with pytest.raises(DataError) as refused:
        forecast(bad)
    told = str(refused.value)
    for words in (
        "series gap: gaps: 1, first after 2015-03-01",
        "series twice: periods that come twice: 2",
        "series hole: periods with y missing or not finite: 2",
        "series one: 1 period",
    ):
        assert words in told


def test_dates_off_the_frequency_are_told() -> None:
    with pytest.raises(DataError, match="nearer than 1q"):
        forecast(monthly("a", walk(1)), freq="1q")


def test_month_ends_stay_month_ends() -> None:
    frame = monthly("a", seasonal(1, 38)).with_columns(pl.col("ds").dt.month_end())
    ds = forecast(frame, h=12).frame["ds"]
    assert (ds == ds.dt.month_end()).all()
    assert ds[0] == date(2018, 3, 31)


def test_whole_number_periods_are_understood() -> None:
    frame = pl.DataFrame({"unique_id": "a", "ds": range(1, 31), "y": walk(2, 30)})
    assert forecast(frame, h=3, freq="1i").frame["ds"].to_list() == [31, 32, 33]


def test_importing_the_room_loads_no_forecasting_library() -> None:
    heavy = "{'statsforecast', 'polars'} & set(sys.modules)"
    code = f"import forethought.plan, sys; sys.exit(bool({heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
