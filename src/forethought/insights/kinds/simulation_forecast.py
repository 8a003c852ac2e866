"""The course of requests from the demand insight that a simulation follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from forethought.insights.base import Result
from forethought.place.calendar import add_months, month_start

PATHS_TABLE = "totals"
"""Paths of the county's totals by month: `measure`, `ds`, `path`, `y`."""


def request_factors(upstream: Mapping[str, Result], last: date) -> pl.DataFrame | None:
    """Forecast requests over those of the year before: `ds`, `path`, `factor`; None without.

    Args:
        upstream: Results of the insights that are followed.
        last: Last day of the recorded weeks; the year that ends with its month is the base.
    """
    for result in upstream.values():
        paths, months = result.tables.get(PATHS_TABLE), result.tables.get("months")
        if paths is None or months is None:
            continue
        paths = paths.filter(pl.col("measure") == "requests")
        if paths.is_empty():
            continue
        end = add_months(month_start(last), 1)
        seen = months.filter(
            (pl.col("measure") == "requests")
            & pl.all_horizontal(pl.col("service", "who", "district") == "all")
            & pl.col("ds").is_between(add_months(end, -12), end, closed="left")
        ).drop_nulls("observed")
        if seen.is_empty():
            return None
        usual = float(seen["observed"].mean())  # type: ignore[arg-type]
        return paths.select("ds", "path", (pl.col("y") / usual).alias("factor"))
    return None
