from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.plan.histories import monthly, seasonal, walk

from forethought.errors import DataError, UsageError
from forethought.plan import Evaluation, Shock, evaluate
from forethought.plan.accuracy import scored, summarised


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    frame = pl.concat([monthly("season", seasonal(1, 66)), monthly("walk", walk(1, 66))])
    return evaluate(frame, h=6, windows=2, peers=("AutoCES", "SeasonalNaive"), effort="fast")


def test_all_models_are_scored_on_the_same_folds(evaluation: Evaluation) -> None:
    folds = evaluation.forecasts.group_by("model").agg(
        pl.struct("unique_id", "cutoff", "ds").sort()
    )
    assert len(folds) == 3
    assert folds["unique_id"].n_unique() == 1
    assert evaluation.frame["forecasts"].to_list() == [24, 24, 24]


def test_scores_come_by_model_by_series_and_by_horizon(evaluation: Evaluation) -> None:
    assert evaluation.by_series.height == 3 * 2
    assert evaluation.by_horizon.height == 3 * 6
    assert set(evaluation.frame.columns) >= {
        "mase",
        "smape",
        "wis",
        "bias",
        "coverage-50",
        "coverage-95",
    }
    assert "the best single model" in evaluation.headline()
    assert "AutoCES" in evaluation._repr_html_()


def test_the_seasonal_naive_peer_repeats_the_last_season(evaluation: Evaluation) -> None:
    history = {
        row["ds"]: row["y"] for row in monthly("season", seasonal(1, 66)).iter_rows(named=True)
    }
    rows = evaluation.forecasts.filter(model="SeasonalNaive", unique_id="season")
    for row in rows.iter_rows(named=True):
        assert row["median"] == pytest.approx(history[row["ds"].replace(year=row["ds"].year - 1)])


def test_nothing_after_the_cutoff_is_seen() -> None:
    """Changing what came after changes the scores, never the forecast."""
    y = seasonal(4, 60)
    changed = y.copy()
    changed[54:] += 500
    both = [
        evaluate(monthly("a", one), h=6, windows=1, peers=(), effort="fast").forecasts
        for one in (y, changed)
    ]
    assert (
        both[0]
        .select("median", "lo-95", "hi-95")
        .equals(both[1].select("median", "lo-95", "hi-95"))
    )


def test_scores_equal_their_formulas() -> None:
    frame = pl.DataFrame(
        {
            "y": [10.0, 10.0],
            "median": [12.0, 10.0],
            "lo-80": [11.0, 8.0],
            "hi-80": [15.0, 12.0],
            "scale": [2.0, 2.0],
        }
    )
    rows = scored(frame, (80,))
    assert rows["scaled_error"].to_list() == [1.0, 0.0]
    assert rows["smape"].to_list() == pytest.approx([200 * 2 / 22, 0.0])
    assert rows["covered-80"].to_list() == [0.0, 1.0]
    interval = [4 + 10 * 1, 4.0]  # width, and 2/0.2 for the one unit below
    wis = [(0.5 * 2 + 0.1 * interval[0]) / 1.5 / 2, (0.1 * interval[1]) / 1.5 / 2]
    assert rows["wis"].to_list() == pytest.approx(wis)
    assert rows["bias"].to_list() == [1.0, 0.0]


def test_the_interval_score_is_least_at_the_true_quantiles() -> None:
    y = np.random.default_rng(0).normal(size=4000)
    scores = [
        scored(
            pl.DataFrame({"y": y, "median": 0.0, "lo-90": -half, "hi-90": half, "scale": 1.0}),
            (90,),
        )["wis"].mean()
        for half in (1.2, 1.645, 2.1)
    ]
    assert min(scores) == scores[1]  # type: ignore[type-var]


def test_m3_scores_are_those_published(shared_data: Path) -> None:
    """Naive 2 on the yearly M3 series, by our formulas, as published."""
    folder = shared_data / "forecast"
    meta = pl.read_parquet(folder / "m3_meta.parquet").filter(pl.col("period") == "YEARLY")
    series = pl.read_parquet(folder / "m3_series.parquet").with_columns(
        pl.col("series").cast(pl.String)
    )
    series = series.join(meta.select("series"), on="series")
    published = pl.read_parquet(folder / "m3_published_forecasts.parquet").filter(
        pl.col("method").cast(pl.String) == "NAIVE2"
    )
    long = published.with_columns(pl.col("series").cast(pl.String)).unpivot(
        on=[f"h{k}" for k in range(1, 7)], index="series", variable_name="h", value_name="median"
    )
    came = series.filter("is_test").with_columns(
        h=pl.format("h{}", pl.int_range(1, pl.len() + 1).over("series"))
    )
    scale = (
        series.filter(~pl.col("is_test"))
        .group_by("series")
        .agg(scale=pl.col("y").diff().abs().mean())
    )
    joined = came.join(long, on=["series", "h"]).join(scale, on="series")
    joined = joined.with_columns(
        pl.col("median").alias("lo-80"), pl.col("median").alias("hi-80"), model=pl.lit("NAIVE2")
    )
    got = summarised(scored(joined, (80,)), ["model"], (80,)).row(0, named=True)
    table = pl.read_csv(folder / "m3_published_accuracy.csv.gz").filter(
        method="NAIVE2", period="YEARLY"
    )
    assert got["smape"] == pytest.approx(table["smape"][0], abs=0.001)
    assert got["mase"] == pytest.approx(table["mase"][0], abs=0.001)


def test_shocks_are_taken_off_inside_every_window() -> None:
    struck = seasonal(6, 66, noise=1.0)
    struck[30:36] -= 90
    told = (Shock("pandemic", "2017-07", "2017-12"),)
    plain, adjusted = (
        evaluate(
            monthly("a", struck), h=6, windows=1, peers=(), effort="fast", shocks=shocks
        ).frame["wis"][0]
        for shocks in ((), told)
    )
    assert adjusted < plain


def test_windows_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError) as refused:
        evaluate(monthly("a", walk(1)), windows=0, step=0, peers=("AutoEST",))
    assert len(refused.value.problems) == 3
    with pytest.raises(DataError, match="No history is long enough"):
        evaluate(monthly("a", walk(1, 10)), h=8)


def test_bias_and_coverage_are_told_by_group_and_horizon() -> None:
    frame = pl.concat(
        [
            monthly(f"{place}{k}", seasonal(k, 60)).with_columns(place=pl.lit(place))
            for place in ("east", "west")
            for k in range(2)
        ]
    )
    found = evaluate(frame, h=3, windows=1, peers=(), effort="fast", by=("place",)).by_group
    whole = found.filter(pl.col("horizon").is_null())
    assert whole["place"].to_list() == ["east", "west"]
    assert whole["forecasts"].to_list() == [6, 6]
    each = found.filter(pl.col("place") == "west", pl.col("horizon").is_not_null())
    assert each["horizon"].to_list() == [1, 2, 3]
    assert {"bias", "coverage-80", "coverage-95"} <= set(found.columns)
    with pytest.raises(UsageError, match="Did you mean"):
        evaluate(frame, h=3, windows=1, peers=(), effort="fast", by=("plase",))
