"""The course of requests that a simulation takes from the demand insight."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from forethought.insights.base import Result
from forethought.insights.kinds.simulation_flows import _factors
from forethought.insights.kinds.simulation_forecast import request_factors
from forethought.place.calendar import add_months

LAST = date(2026, 10, 25)


def demand_result(paths: list[tuple[str, date, int, float]]) -> Result:
    months = pl.DataFrame(
        [
            ("all", "all", "all", add_months(date(2026, 11, 1), -n), "requests", 200.0)
            for n in range(1, 25)
        ],
        schema=["service", "who", "district", "ds", "measure", "observed"],
        orient="row",
    )
    totals = pl.DataFrame(paths, schema=["measure", "ds", "path", "y"], orient="row")
    return Result(values={}, tables={"months": months, "totals": totals})


def test_factors_are_forecast_requests_over_those_of_the_year_before() -> None:
    ahead = date(2026, 11, 1)
    result = demand_result(
        [
            ("requests", ahead, 0, 220.0),
            ("requests", ahead, 1, 180.0),
            ("starts", ahead, 0, 999.0),
        ]
    )
    found = request_factors({"demand": result}, LAST)
    assert found is not None
    assert found.sort("path")["factor"].to_list() == pytest.approx([1.1, 0.9])


def test_an_insight_without_paths_of_requests_changes_nothing() -> None:
    result = demand_result([("starts", date(2026, 11, 1), 0, 5.0)])
    assert request_factors({"demand": result}, LAST) is None
    assert request_factors({}, LAST) is None


def test_each_path_keeps_its_own_course_and_the_last_month_stands_for_later_ones() -> None:
    first, second = date(2026, 11, 1), date(2026, 12, 1)
    frame = pl.DataFrame(
        [(first, 0, 1.0), (second, 0, 2.0), (first, 1, 3.0), (second, 1, 4.0)],
        schema=["ds", "path", "factor"],
        orient="row",
    )
    table = _factors(frame, [first, second, date(2027, 1, 1)], paths=3)
    assert table.tolist() == [[1.0, 2.0, 2.0], [3.0, 4.0, 4.0], [1.0, 2.0, 2.0]]
