from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.plan.histories import monthly, seasonal

from forethought.errors import DataError, UsageError
from forethought.plan import Forecast, forecast
from forethought.plan.hierarchy import projection, reconciled

SUMMING = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
LEVELS = ((), ("district",), ("service", "district"))


def crossed() -> pl.DataFrame:
    """Two services in two districts."""
    parts = []
    for k, (service, district) in enumerate(
        [("home", "A"), ("home", "B"), ("bed", "A"), ("bed", "B")]
    ):
        y = np.maximum(seasonal(k, 60) - 90, 0) if k == 3 else seasonal(k, 60) * (k + 1)
        parts.append(
            monthly(f"s{k}", y).with_columns(service=pl.lit(service), district=pl.lit(district))
        )
    return pl.concat(parts)


@pytest.fixture(scope="module")
def answer() -> Forecast:
    return forecast(crossed(), h=6, hierarchy=LEVELS, paths=50, effort="fast")


def test_all_levels_are_forecast_and_a_level_of_single_series_adds_none(answer: Forecast) -> None:
    assert set(answer.frame["unique_id"]) == {
        "total",
        "district=A",
        "district=B",
        "s0",
        "s1",
        "s2",
        "s3",
    }
    row = answer.frame.row(
        by_predicate=(pl.col("unique_id") == "district=A") & (pl.col("ds") == pl.col("ds").min()),
        named=True,
    )
    assert (row["district"], row["service"]) == ("A", None)


def test_every_path_adds_up_at_every_level(answer: Forecast) -> None:
    wide = answer.paths.pivot(on="unique_id", index=["path", "ds"], values="y")
    assert wide["total"].to_numpy() == pytest.approx(
        (wide["s0"] + wide["s1"] + wide["s2"] + wide["s3"]).to_numpy()
    )
    assert wide["district=B"].to_numpy() == pytest.approx((wide["s1"] + wide["s3"]).to_numpy())


def test_means_add_up(answer: Forecast) -> None:
    means = answer.frame.pivot(on="unique_id", index="ds", values="mean")
    assert means["total"].to_numpy() == pytest.approx(
        (means["district=A"] + means["district=B"]).to_numpy()
    )


def test_no_path_is_negative(answer: Forecast) -> None:
    assert answer.paths["y"].min() >= 0  # type: ignore[operator]


def test_whole_numbers_add_up_too() -> None:
    whole = forecast(crossed(), h=3, hierarchy=((),), paths=10, effort="fast", integer=True)
    wide = whole.paths.pivot(on="unique_id", index=["path", "ds"], values="y")
    assert (wide["total"] == wide["s0"] + wide["s1"] + wide["s2"] + wide["s3"]).all()


def test_reconciliation_leaves_alone_what_is_coherent() -> None:
    covariance = np.array([[2.0, 0.5, 0.3], [0.5, 1.0, 0.1], [0.3, 0.1, 4.0]])
    coherent = np.array([[7.0], [3.0], [4.0]])
    assert SUMMING @ projection(SUMMING, covariance) @ coherent == pytest.approx(coherent)


def test_the_surer_series_moves_less() -> None:
    covariance = np.diag([1.0, 1e-4, 1.0])
    bottom = projection(SUMMING, covariance) @ np.array([12.0, 5.0, 5.0])
    assert bottom == pytest.approx([5.0, 6.0], abs=1e-3)  # the misfit of 2 is split by variance


def test_it_is_the_best_linear_unbiased_combination() -> None:
    """With equal variances the projection is least squares (its formula is in every textbook)."""
    expected = np.linalg.lstsq(SUMMING, np.array([9.0, 2.0, 4.0]), rcond=None)[0]
    assert projection(SUMMING, np.eye(3)) @ np.array([9.0, 2.0, 4.0]) == pytest.approx(expected)


def test_what_is_cut_at_zero_keeps_the_total() -> None:
    paths = np.array([[[5.0]], [[8.0]], [[-3.0]]])
    got = reconciled(paths, SUMMING, np.eye(3), floor=True, integer=False)
    assert got[:, 0, 0] == pytest.approx([5.0, 5.0, 0.0])


def test_a_level_that_names_no_column_is_refused() -> None:
    with pytest.raises(UsageError, match='Did you mean "district"'):
        forecast(crossed(), hierarchy=(("distrct",),))


def test_bottom_series_of_uneven_length_are_refused() -> None:
    uneven = crossed().filter(
        ~((pl.col("unique_id") == "s2") & (pl.col("ds") == pl.col("ds").max()))
    )
    with pytest.raises(DataError, match="series s2"):
        forecast(uneven, hierarchy=((),))
