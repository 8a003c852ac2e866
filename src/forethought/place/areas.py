"""Areas: codes that hold from a day to a day, what lies in what, and who neighbours whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from forethought.errors import DataError, Problem, UsageError, did_you_mean

if TYPE_CHECKING:
    import polars as pl

AREA = "lsoa21"
LEVELS = ("lsoa21", "msoa21", "ward", "district_code", "council")
"""Levels of areas, the smallest first. A council is a group of whole districts."""
NESTED = (("lsoa21", "msoa21"), ("lsoa21", "ward"), ("msoa21", "district_code"),
          ("ward", "district_code"), ("district_code", "council"))  # fmt: skip
SHOWN = 5


@dataclass(frozen=True, eq=False)
class AreaLookup:
    """Which small area lies in which larger ones, on any day.

    Args:
        frame: Rows `lsoa21`, `msoa21`, `ward`, `district_code`, `council`, `vintage`,
            `valid_from`, `valid_to` (empty while it holds); other columns are kept.
    """

    frame: pl.DataFrame

    @classmethod
    def checked(cls, frame: pl.DataFrame) -> AreaLookup:
        """A lookup that is coherent on every day that it speaks of.

        Raises:
            DataError: Every incoherence at once.
        """
        lookup = cls(frame)
        problems = lookup.problems()
        if problems:
            raise DataError("The lookup of areas is not coherent.", problems=problems)
        return lookup

    def on(self, day: date) -> pl.DataFrame:
        """The rows that hold on a day.

        Raises:
            DataError: No row holds on that day.
        """
        import polars as pl

        holds = (pl.col("valid_from") <= day) & ((pl.col("valid_to") >= day).fill_null(value=True))
        rows = self.frame.filter(holds)
        if rows.is_empty():
            raise DataError(
                f"The lookup of areas says nothing of {day.isoformat()}.",
                remedy="Ask the partner for the vintage that holds on that day.",
            )
        return rows

    def members(self, level: str, day: date) -> Mapping[str, tuple[str, ...]]:
        """Small areas of each area of a level on a day, in the order of their codes.

        Args:
            level: One of `LEVELS`.
            day: The day.

        Raises:
            UsageError: There is no such level.
        """
        return self._grouped(level, AREA, day)

    def councils(self, day: date) -> Mapping[str, tuple[str, ...]]:
        """Districts of each council on a day; after a reorganisation, the groups of them."""
        return self._grouped("council", "district_code", day)

    def summed(
        self, counts: pl.DataFrame, level: str, day: date, columns: Sequence[str]
    ) -> pl.DataFrame:
        """Counts of small areas added up to a level.

        Args:
            counts: Rows with `lsoa21`; other columns than those summed keep their groups.
            level: One of `LEVELS`.
            day: Day whose borders are used.
            columns: Columns to sum.

        Raises:
            DataError: A small area is not in the lookup.
        """
        import polars as pl

        self._known(level)
        place = self.on(day).select(AREA, pl.col(level).alias("to")).unique()
        joined = counts.join(place, on=AREA, how="left")
        lost = joined.filter(pl.col("to").is_null())[AREA].unique().sort().to_list()
        if lost:
            shown = ", ".join(str(code) for code in lost[:SHOWN])
            raise DataError(
                f"{len(lost)} small areas are not in the lookup: {shown}.",
                remedy="Take counts and lookup of one vintage.",
            )
        keys = [name for name in counts.columns if name not in {AREA, *columns}]
        return (
            joined.group_by("to", *keys)
            .agg(pl.sum(*columns))
            .rename({"to": level})
            .sort(level, *keys)
        )

    def problems(self) -> list[Problem]:
        """Areas that stand twice, or lie in two larger ones, on one day."""
        import polars as pl

        found = []
        days = self.frame["valid_from"].unique().sort().to_list()
        for day in days:
            rows = self.on(day)
            twice = rows.filter(pl.col(AREA).is_duplicated())[AREA].unique().sort()[:SHOWN]
            found += [Problem(f"{code} stands twice.", day.isoformat()) for code in twice]
            for inner, outer in NESTED:
                spread = (
                    rows.group_by(inner)
                    .agg(pl.col(outer).n_unique().alias("outer"))
                    .filter(pl.col("outer") > 1)
                    .sort(inner)
                )
                found += [
                    Problem(f"{code} lies in more than one {outer}.", day.isoformat())
                    for code in spread[inner][:SHOWN]
                ]
        return found

    def _grouped(self, outer: str, inner: str, day: date) -> Mapping[str, tuple[str, ...]]:
        self._known(outer)
        pairs = self.on(day).select(outer, inner).unique().sort(outer, inner)
        groups: dict[str, list[str]] = {}
        for larger, smaller in pairs.iter_rows():
            groups.setdefault(larger, []).append(smaller)
        return {larger: tuple(smaller) for larger, smaller in groups.items()}

    def _known(self, level: str) -> None:
        if level not in LEVELS:
            raise UsageError(f'"{level}" is no level of areas.', remedy=did_you_mean(level, LEVELS))


def neighbours(geojson: Mapping[str, Any], code: str = AREA) -> Mapping[str, tuple[str, ...]]:
    """Areas that share a piece of border with each area.

    Args:
        geojson: A feature collection of polygons whose shared borders have the same points.
        code: Property that names an area.

    Returns:
        Neighbours of every area in the order of their codes; islands have none.
    """
    owners: dict[frozenset[tuple[float, float]], set[str]] = {}
    found: dict[str, set[str]] = {}
    for feature in geojson["features"]:
        name = str(feature["properties"][code])
        found.setdefault(name, set())
        for ring in _rings(feature["geometry"]):
            points = [(float(point[0]), float(point[1])) for point in ring]
            for start, end in pairwise(points):
                owners.setdefault(frozenset((start, end)), set()).add(name)
    for names in owners.values():
        for name in names:
            found[name] |= names - {name}
    return {name: tuple(sorted(others)) for name, others in found.items()}


def _rings(geometry: Mapping[str, Any]) -> list[Any]:
    if geometry["type"] == "Polygon":
        return list(geometry["coordinates"])
    return [ring for polygon in geometry["coordinates"] for ring in polygon]
