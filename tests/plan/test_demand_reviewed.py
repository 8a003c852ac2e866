"""The record of forecasts that were kept: bias, error and range by hand-made runs."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from forethought.errors import DataError
from forethought.place.calendar import add_months
from forethought.plan.demand.reviewed import Made, review

FIRST = date(2026, 1, 1)
ACTUAL = {add_months(FIRST, n): 100.0 + n for n in range(6)}


def run(name: str, known: int, made: int, *, error: float = 0.0, width: float = 3.0) -> Made:
    """A run that knew `known` months, made on a day of June; its forecasts err by `error`."""
    rows = []
    for n in range(12):
        ds = add_months(FIRST, n)
        observed = ACTUAL[ds] if n < known else None
        mean = None if n < known else 100.0 + n + error
        rows += [
            {
                "service": service, "who": "all", "district": district, "measure": "supported",
                "ds": ds, "observed": observed, "mean": mean,
                "lo-80": None if mean is None else mean - width,
                "hi-80": None if mean is None else mean + width,
            }
            for service, district in (("all", "all"), ("home_care", "all"), ("all", "X1"))
        ]  # fmt: skip
    return Made(name, datetime(2026, 6, made, tzinfo=UTC), pl.DataFrame(rows))


def test_bias_error_and_range_by_months_ahead() -> None:
    found = review(
        [run("a", 2, 1, error=5.0), run("b", 3, 2, error=-1.0), run("c", 6, 3)],
        provisional=[date(2026, 6, 1), date(2026, 12, 1)],
    )
    assert found.basis == "kept"
    assert found.runs == ("a", "b")
    assert found.origins == (date(2026, 2, 1), date(2026, 3, 1))
    assert found.provisional == (date(2026, 6, 1),)
    assert set(found.rows["service"]) == {"all", "home_care"}
    ahead = found.by_ahead.filter(pl.col("service") == "all").sort("ahead")
    assert ahead["judged"].to_list() == [2, 2, 2, 1]
    assert ahead["bias"].to_list() == [2.0, 2.0, 2.0, 5.0]
    assert ahead["error"].to_list() == [3.0, 3.0, 3.0, 5.0]
    assert ahead["inside"].to_list() == [0.5, 0.5, 0.5, 0.0]
    whole = found.overall.filter(pl.col("service") == "all").row(0, named=True)
    assert (whole["judged"], whole["inside"]) == (7, 3 / 7)
    assert "43% of 7 months inside" in found.headline()
    assert [row["ahead"] for row in found.table()][:5] == [None, 1, 2, 3, 4]
    assert "June 2026 are still coming in" in found._repr_html_()


def test_of_runs_that_knew_the_same_the_one_counts_that_stood_when_data_came() -> None:
    runs = [run("first", 3, 1, error=9.0), run("stood", 3, 2), run("new", 6, 3)]
    found = review([*runs, run("after", 3, 4, error=7.0)])
    assert found.runs == ("stood",)
    assert found.overall["error"].to_list() == [0.0, 0.0]


def test_a_forecast_made_after_the_event_is_judged_alone_and_said_to_be_late() -> None:
    found = review([run("new", 6, 1), run("late", 3, 2)])
    assert (found.basis, found.runs) == ("made late", ("late",))


def test_one_run_shows_what_it_made_again_or_nothing() -> None:
    alone = run("new", 6, 1)
    assert review([alone]).basis == "none"
    assert "has come yet" in review([alone]).headline()
    again = pl.DataFrame(
        {
            "service": ["all"], "who": ["all"], "district": ["all"], "measure": ["supported"],
            "ds": [date(2026, 3, 1)], "origin": [date(2026, 1, 1)], "mean": [104.0],
            "lo-80": [101.6], "hi-80": [106.0], "actual": [101.0],
        }
    )  # fmt: skip
    found = review([alone], again=again)
    assert found.basis == "made again"
    assert found.by_ahead.row(0) == ("supported", "all", 2, 1, 3.0, 3.0, 101.0, 1.0)


def test_a_hidden_cell_is_not_judged() -> None:
    hidden = run("a", 3, 1)
    months = hidden.months.with_columns(
        *(
            pl.when(pl.col("service") == "home_care").then(None).otherwise(name).alias(name)
            for name in ("mean", "lo-80", "hi-80")
        )
    )
    found = review([Made("a", hidden.made_at, months), run("b", 6, 2)])
    assert set(found.rows["service"]) == {"all"}


def test_frames_without_their_columns_are_refused() -> None:
    with pytest.raises(DataError, match="lack who, district"):
        review([Made("a", datetime(2026, 6, 1, tzinfo=UTC), pl.DataFrame({"service": [""]}))])
    with pytest.raises(DataError, match="no run"):
        review([])
