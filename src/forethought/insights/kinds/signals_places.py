"""Places with more requests than elsewhere: the scan over small areas, for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from forethought.insights.kinds.signals import SignalsSettings
from forethought.place.calendar import add_months
from forethought.plan.demand.panel import last_whole_month
from forethought.plan.demand.spells import known_events
from forethought.plan.demand.vocabulary import is_request
from forethought.plan.watch.scan import scan

if TYPE_CHECKING:
    from forethought.insights.base import Frames, RunContext

ADULT = 18
LEVEL = 0.05


def places(
    frames: Frames, settings: SignalsSettings, context: RunContext
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, Any]]:
    """Clusters, their areas, and what was searched; empty frames where no search is asked.

    A cluster with fewer cases than may be published is left out.
    """
    asked = settings.scan
    geometry = context.geometry.get("lsoa21")
    if asked is None or not geometry:
        return _NONE, _NO_AREAS, {}
    last = last_whole_month(context.as_of)
    first = add_months(last, 1 - asked.months)
    known = known_events(frames[settings.events], known_by=context.as_of)
    inside = (
        known.filter(is_request())
        .select(pl.col("event_start_date").dt.month_start().alias("ds"), pl.col("lsoa21"))
        .filter(pl.col("ds").is_between(first, last))
        .drop_nulls("lsoa21")
    )
    areas = [each["properties"]["lsoa21"] for each in geometry["features"]]
    residents = _residents(frames[asked.population], areas)
    cases = (
        inside.filter(pl.col("lsoa21").is_in(residents["lsoa21"].implode()))
        .group_by("lsoa21", "ds")
        .agg(pl.len().alias("cases"))
        .sort("lsoa21", "ds")
    )
    found = scan(
        cases, residents, geometry, area="lsoa21", largest_share=asked.largest_share,
        permutations=asked.permutations, seed=context.seed,
    )  # fmt: skip
    clusters = found.clusters(LEVEL).filter(pl.col("observed") >= context.minimum_count)
    members = (
        clusters.select(pl.col("areas").alias("area"), "cluster", "relative_risk")
        .explode("area")
        .join(_names(frames[settings.areas]), on="area", how="left", maintain_order="left")
    )
    values = {
        "scan_from": first.isoformat(),
        "scan_to": last.isoformat(),
        "scan_cases": found.cases,
        "scan_areas": found.areas,
        "scan_windows": found.windows,
    }
    return clusters.drop("areas"), members, values


def _residents(rows: pl.DataFrame, areas: list[str]) -> pl.DataFrame:
    """Adults of the newest year by small area."""
    newest = rows.filter((pl.col("year") == rows["year"].max()) & (pl.col("age") >= ADULT))
    counted = newest.group_by("lsoa21").agg(
        pl.col("people").sum().cast(pl.Float64).alias("population")
    )
    return counted.filter(pl.col("lsoa21").is_in(areas) & (pl.col("population") > 0)).sort("lsoa21")


def _names(areas: pl.DataFrame) -> pl.DataFrame:
    return areas.select(pl.col("lsoa21").alias("area"), pl.col("district_name")).unique(
        "area", keep="last", maintain_order=True
    )


_NONE = pl.DataFrame(
    schema={
        "cluster": pl.Int64, "centre": pl.String, "n_areas": pl.Int64, "radius": pl.Float64,
        "start": pl.Date, "end": pl.Date, "observed": pl.Int64, "expected": pl.Float64,
        "relative_risk": pl.Float64, "direction": pl.String, "llr": pl.Float64, "p": pl.Float64,
        "p_rank": pl.Float64,
    }
)  # fmt: skip
_NO_AREAS = pl.DataFrame(
    schema={
        "area": pl.String, "cluster": pl.Int64, "relative_risk": pl.Float64,
        "district_name": pl.String,
    }
)  # fmt: skip
