"""The figures of one view of a demand result: what headline, chart and tables are made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from forethought.insights.base import Result
from forethought.insights.kinds.demand_words import Chosen
from forethought.place.calendar import month_end

MARCH = 3


@dataclass(frozen=True)
class Figure:
    """A figure with its 8 in 10 and 19 in 20 ranges; None where it is hidden or past."""

    value: float | None
    low: float | None = None
    high: float | None = None
    low95: float | None = None
    high95: float | None = None
    actual: bool = False
    upper: float | None = None


@dataclass(frozen=True, eq=False)
class Figures:
    """One view's figures.

    Args:
        chosen: The view.
        months: Its people supported by month: `ds` (month end), `observed`, `mean`, ranges.
        last: Last year's forecast of the same: `ds` (month end), `mean`.
        years: Its financial years by measure.
        record: Earlier forecasts beside what came.
        ends: Ends of the last month known and of the last one ahead.
    """

    chosen: Chosen
    months: pl.DataFrame
    last: pl.DataFrame
    years: pl.DataFrame
    record: pl.DataFrame
    ends: tuple[date, date]

    @property
    def hidden(self) -> bool:
        """Whether the last month known or the last one ahead may not be seen."""
        known = self.months["ds"].is_in(self.ends)
        figures = self.months.filter(known).select(pl.coalesce("observed", "mean")).to_series()
        return figures.len() < len(self.ends) or figures.null_count() > 0

    @property
    def observed(self) -> pl.DataFrame:
        """`ds`, `y` of the past."""
        return self.months.drop_nulls("observed").select("ds", pl.col("observed").alias("y"))

    @property
    def ahead(self) -> pl.DataFrame:
        """`ds`, `mean` and ranges of the future."""
        return self.months.drop_nulls("mean").drop("observed")

    @property
    def now(self) -> tuple[date, float]:
        """The last observed month's end and figure."""
        row = self.observed.row(-1)
        return row[0], float(row[1])

    @property
    def end(self) -> tuple[date, Figure]:
        """The last month forecast."""
        row = self.ahead.row(-1, named=True)
        return row["ds"], _figure(row)

    @property
    def year_list(self) -> list[int]:
        """Financial years with figures, in order (the year of their April)."""
        return sorted(self.years["year"].unique().to_list())

    def year(self, measure: str, year: int) -> Figure:
        """A financial year's figure."""
        rows = self.years.filter((pl.col("measure") == measure) & (pl.col("year") == year))
        if rows.is_empty():
            return Figure(None)
        return _figure(rows.row(0, named=True))


def figures_of(result: Result, chosen: Chosen) -> Figures:
    """The figures of a view; requests are the county's or district's whatever the service."""
    here = _cell(chosen.service, chosen.who, chosen.district)
    asked = _cell("all", chosen.who, chosen.district)
    at_end = pl.col("ds").dt.month_end()
    supported = pl.col("measure") == "supported"
    columns = ("ds", "observed", "mean", "lo-80", "hi-80", "lo-95", "hi-95")
    tables = result.tables
    requests = (pl.col("measure") == "requests") & asked
    return Figures(
        chosen,
        tables["months"].filter(here & supported).select(columns).with_columns(at_end).sort("ds"),
        tables["last"]
        .filter(here & supported)
        .select("ds", "mean")
        .with_columns(at_end)
        .sort("ds"),
        tables["years"].filter((here & (pl.col("measure") != "requests")) | requests),
        tables["record"].filter(here & supported).sort("ds"),
        (data_month_end(result), month_end(max(tables["months"]["ds"].to_list()))),
    )


def by_district(result: Result, chosen: Chosen) -> pl.DataFrame:
    """`district`, `now`, and the last month's `mean`, `lo-80`, `hi-80`, for every district."""
    rows = result.tables["months"].filter(
        (pl.col("service") == chosen.service)
        & (pl.col("who") == chosen.who)
        & (pl.col("district") != "all")
        & (pl.col("measure") == "supported")
    )
    data_to = date.fromisoformat(result.values["data_to"])
    now = rows.filter(pl.col("ds") == data_to).select("district", pl.col("observed").alias("now"))
    end = rows.filter(pl.col("ds") == rows["ds"].max()).select("district", "mean", "lo-80", "hi-80")
    return now.join(end, on="district", how="full", coalesce=True).sort("district")


def _cell(service: str, who: str, district: str) -> pl.Expr:
    return (
        (pl.col("service") == service) & (pl.col("who") == who) & (pl.col("district") == district)
    )


def _figure(row: dict[str, Any]) -> Figure:
    return Figure(
        row.get("mean"),
        row.get("lo-80"),
        row.get("hi-80"),
        row.get("lo-95"),
        row.get("hi-95"),
        bool(row.get("actual")),
        row.get("hi-80"),
    )


def data_month_end(result: Result) -> date:
    """Last day of the last month with data."""
    return month_end(date.fromisoformat(result.values["data_to"]))
