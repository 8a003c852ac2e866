from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forethought.errors import DataError
from forethought.place.calendar import add_months
from forethought.plan.demand.counts import (
    NOT_KNOWN,
    OTHERS,
    TOTAL,
    CountedOutlook,
    counted_outlook,
    counted_series,
)


def counts(months: int = 48, keys: tuple[str, ...] = ("north", "south")) -> pl.DataFrame:
    rng = np.random.default_rng(7)
    first = date(2019, 4, 1)
    return pl.DataFrame(
        [
            {"key": key, "ds": add_months(first, m), "y": float(rng.poisson(200 * (n + 1)))}
            for n, key in enumerate(keys)
            for m in range(months)
        ]
    )


@pytest.fixture(scope="module")
def ahead() -> CountedOutlook:
    return counted_outlook(counted_series(counts(), most=10), h=12, windows=1, paths=300, seed=1)


def test_rows_of_a_month_are_added_up_and_a_missing_key_is_named() -> None:
    rows = pl.concat([counts(), counts().with_columns(key=pl.lit(None, pl.String))])
    found = counted_series(rows, most=10)
    assert found.pooled == ()
    assert set(found.frame["key"]) == {"north", "south", NOT_KNOWN}
    assert found.frame["y"].sum() == rows["y"].sum()


def test_series_with_missing_months_are_pooled_and_the_total_is_kept() -> None:
    rows = counts(keys=("a", "b", "c"))
    gappy = rows.filter((pl.col("key") != "b") | (pl.col("ds") != date(2020, 6, 1)))
    found = counted_series(gappy, most=10)
    assert found.pooled == ("b",)
    assert set(found.frame["key"]) == {"a", "c", OTHERS}
    assert found.frame["y"].sum() == gappy["y"].sum()
    assert found.frame.group_by("key").len()["len"].to_list() == [48, 48, 48]


def test_only_the_largest_series_stand_alone() -> None:
    found = counted_series(counts(keys=("a", "b", "c", "d", "e")), most=3)
    assert set(found.frame["key"]) == {"d", "e", OTHERS}
    assert found.pooled == ("a", "b", "c")


def test_too_few_months_and_a_month_without_any_count_are_refused() -> None:
    with pytest.raises(DataError, match="span 23 months"):
        counted_series(counts(months=23), most=10)
    with pytest.raises(DataError, match="No key has a count for 1 months"):
        counted_series(counts().filter(pl.col("ds") != date(2020, 6, 1)), most=10)


def test_parts_add_up_to_the_total_in_every_month(ahead: CountedOutlook) -> None:
    whole = ahead.months.filter(pl.col("key") == TOTAL).sort("ds")["mean"].to_numpy()
    parts = (
        ahead.months.filter(pl.col("key") != TOTAL)
        .group_by("ds")
        .agg(pl.col("mean").sum())
        .sort("ds")["mean"]
        .to_numpy()
    )
    assert np.allclose(whole, parts, rtol=1e-9)


def test_a_years_range_is_narrower_than_the_sum_of_the_months_ranges(ahead: CountedOutlook) -> None:
    year = ahead.years.row(by_predicate=pl.col("key") == TOTAL, named=True)
    months = ahead.months.filter(pl.col("key") == TOTAL)
    assert year["mean"] == pytest.approx(months["mean"].sum(), rel=0.01)
    assert year["hi-80"] - year["lo-80"] < (months["hi-80"] - months["lo-80"]).sum()
    assert year["before"] == ahead.history.filter(pl.col("key") == TOTAL)["y"].tail(12).sum()


def test_accuracy_stands_beside_seasonal_naive_and_autoets(ahead: CountedOutlook) -> None:
    assert set(ahead.accuracy["model"]) == {"forethought", "SeasonalNaive", "AutoETS"}
    assert ahead.accuracy["forecasts"].to_list() == [36] * 3


def test_one_series_alone_is_its_own_total() -> None:
    one = counted_outlook(
        counted_series(counts(keys=("north",)), most=10), h=6, windows=1, paths=200, flow=False
    )
    assert one.years.is_empty()
    assert set(one.months["key"]) == {"north", TOTAL}
    assert one.months["mean"].sum() == pytest.approx(
        2 * one.months.filter(pl.col("key") == TOTAL)["mean"].sum()
    )


@pytest.mark.shared
def test_scotlands_delayed_discharges_are_forecast_from_the_file(shared_data: Path) -> None:
    """Six councils: the parts add up, and the error is below that of a year ago's month."""
    name = "forecast/scotland_delayed_discharge_council_monthly_2016_2023.csv.gz"
    rows = pl.read_csv(shared_data / name, try_parse_dates=True).filter(
        pl.col("age_group") == "18plus",
        pl.col("delay_reason") == "All Delay Reasons",
        pl.col("ltla_code").is_in([f"S120000{n}" for n in (36, 49, 47, 45, 33, 34)]),
    )
    wanted = rows.select(key="ltla_code", ds="date", y="num_delayed_bed_days")
    found = counted_outlook(counted_series(wanted, most=20), h=12, windows=1, paths=200, seed=1)
    mase = dict(found.accuracy.select("model", "mase").iter_rows())
    assert mase["forethought"] < mase["SeasonalNaive"]
    assert found.months["key"].n_unique() == 7
