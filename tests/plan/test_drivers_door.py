"""What is refused of drivers, and how it is told."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.histories import monthly, seasonal

from forethought.errors import DataError, UsageError
from forethought.plan import Shock, evaluate, forecast
from forethought.plan.drivers import checked_histories

H = 3


def history(**columns: Any) -> pl.DataFrame:
    return pl.concat(
        monthly(name, seasonal(k, 30)).with_columns(
            price=pl.int_range(pl.len()) % 7 + 0.5, place=pl.lit(f"place of {name}")
        )
        for k, name in enumerate("ab")
    ).with_columns(**columns)


def future(**columns: Any) -> pl.DataFrame:
    months = pl.date_range(date(2017, 7, 1), date(2017, 9, 1), "1mo", eager=True)
    return pl.concat(
        pl.DataFrame({"unique_id": name, "ds": months, "price": [1.0, 2.0, 3.0]}) for name in "ab"
    ).with_columns(**columns)


def refusal(frame: pl.DataFrame, ahead: Any, drivers: Any = ("price",), **options: Any) -> str:
    with pytest.raises((DataError, UsageError)) as refused:
        forecast(frame, H, effort="fast", drivers=drivers, future=ahead, **options)
    return str(refused.value)


def test_arguments_that_cannot_be_are_told_together() -> None:
    told = refusal(
        history(), None, ("prise", "y", "price", "price"), hierarchy=((),), level=(120,),
        shocks=(Shock("ruling", "2017-02", shape="level_shift", readings=("stays",)),),
    )  # fmt: skip
    for words in (
        'drivers: prise is no column of the frame. Did you mean "price"?',
        "drivers: y is the history's own.",
        "drivers: a driver is named twice.",
        "future: drivers need their future. Give unique_id, ds, prise, y, price",
        "hierarchy: the driver of a sum is not the sum of drivers.",
        "shocks: shock ruling has readings",
        "level: (120,) are no intervals.",
    ):
        assert words in told
    with pytest.raises(UsageError, match="nothing names its drivers"):
        forecast(history(), H, future=future())


def test_every_problem_of_the_future_is_told_at_once() -> None:
    ahead = future()
    broken = pl.concat(
        [
            ahead.filter(~((pl.col("unique_id") == "a") & (pl.col("ds") == date(2017, 8, 1)))),
            ahead.filter(unique_id="b").head(1),
            ahead.filter(unique_id="b").tail(1).with_columns(ds=pl.lit(date(2017, 10, 1))),
            ahead.filter(unique_id="a").head(1).with_columns(unique_id=pl.lit("c")),
        ]
    ).with_columns(price=pl.when(pl.col("ds") == date(2017, 9, 1)).then(np.nan).otherwise("price"))
    told = refusal(history(), broken)
    for words in (
        "future, series a: periods ahead that are missing: 1, first 2017-08-01.",
        "Give each once, from 2017-07-01 to 2017-09-01.",
        "future, series b: periods ahead that come twice: 1, first 2017-07-01.",
        "future, series b: periods ahead that are not asked for: 1, first 2017-10-01.",
        "future, series c: the history has no such series.",
        "series a: periods ahead with price missing or not finite: 1, first 2017-09-01.",
    ):
        assert words in told


def test_columns_that_are_missing_superfluous_or_no_numbers_are_named() -> None:
    told = refusal(history(), future(prize=1.0, y=2.0).drop("price"))
    assert "future: column price is missing." in told
    assert "future: column y is no driver and no key of the series. Drop it" in told
    assert "driver price is not numeric" in refusal(history(price=pl.lit("dear")), future())
    assert "driver price is not numeric" in refusal(history(), future(price=pl.lit("dear")))
    forecast(history(), H, effort="fast", drivers="price", future=future(place=pl.lit("x")))


def test_the_history_and_its_drivers_are_refused_together() -> None:
    broken = history(
        y=pl.when(pl.col("ds") == date(2016, 1, 1)).then(None).otherwise("y"),
        price=pl.when(pl.col("ds") == date(2016, 2, 1)).then(None).otherwise("price"),
    )
    told = refusal(broken, future())
    assert "series a: periods with y missing or not finite: 1, first 2016-01-01" in told
    assert "series b: periods with price missing or not finite: 1, first 2016-02-01" in told
    with pytest.raises(DataError, match="price missing or not finite"):
        evaluate(broken.filter(~pl.col("y").is_null()), h=2, freq="1mo", drivers="price")


def test_month_ends_need_month_ends() -> None:
    frame = history(ds=pl.col("ds").dt.month_end())
    told = refusal(frame, future())
    assert "that are missing: 3, first 2017-07-31" in told
    assert "that are not asked for: 3, first 2017-07-01" in told
    ends = future(ds=pl.col("ds").dt.month_end())
    assert forecast(frame, H, effort="fast", drivers="price", future=ends).frame.height == 6


def test_kinds_of_dates_must_agree_and_pandas_is_understood() -> None:
    expected = forecast(history(), H, effort="fast", drivers="price", future=future()).frame
    from_pandas = forecast(
        history().to_pandas(), H, effort="fast", drivers="price", future=future()
    ).frame
    assert from_pandas.drop("ds").equals(expected.drop("ds"))
    whole = future(ds=pl.int_range(pl.len()) % 3)
    assert "ds is Int64, that of the history Date" in refusal(history(), whole)


@settings(max_examples=25, deadline=None)
@given(
    lengths=st.lists(st.integers(9, 20), min_size=1, max_size=4),
    lost=st.integers(0, 40),
    seed=st.integers(0, 10**6),
)
def test_any_row_that_is_lost_is_missed_and_any_order_is_understood(
    lengths: list[int], lost: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = [
        pl.DataFrame(
            {
                "unique_id": f"s{k}",
                "ds": range(n + H),
                "y": rng.normal(size=n + H),
                "x": rng.normal(size=n + H),
                "ahead": [False] * n + [True] * H,
            }
        )
        for k, n in enumerate(lengths)
    ]
    every = pl.concat(rows).sample(fraction=1.0, shuffle=True, seed=seed)
    known = every.filter(~pl.col("ahead")).drop("ahead")
    ahead = every.filter("ahead").select("unique_id", "ds", "x")
    _, drivers = checked_histories(known, "1i", ("x",), ahead, H)
    assert drivers is not None
    for own, row in zip(drivers.values, rows, strict=True):
        assert (own[:, 0] == row["x"].to_numpy()).all()
    at = lost % ahead.height
    gone = ahead.row(at, named=True)
    with pytest.raises(DataError) as refused:
        checked_histories(known, "1i", ("x",), ahead.filter(pl.int_range(pl.len()) != at), H)
    assert f"series {gone['unique_id']}: periods ahead that are missing: 1" in str(refused.value)
    assert len(refused.value.problems) == 1
