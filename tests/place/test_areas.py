from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from forethought.errors import DataError, UsageError
from forethought.place.areas import AreaLookup, neighbours

BEFORE, AFTER = date(2026, 11, 24), date(2028, 4, 1)


def rows(council: str, valid_from: date, valid_to: date | None, vintage: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "lsoa21": ["A1", "A2", "B1", "C1"],
            "msoa21": ["MA", "MA", "MB", "MC"],
            "ward": ["WA", "WA", "WB", "WC"],
            "district_code": ["A", "A", "B", "C"],
            "council": [council] * 3 + (["Coast"] if council == "Vale" else [council]),
            "vintage": [vintage] * 4,
            "valid_from": [valid_from] * 4,
            "valid_to": [valid_to] * 4,
        },
        schema_overrides={"valid_to": pl.Date},
    )


LOOKUP = pl.concat(
    [rows("County", date(2016, 4, 1), date(2028, 3, 31), 2021), rows("Vale", AFTER, None, 2028)]
)


def test_a_reorganised_council_is_a_group_of_districts_from_its_day() -> None:
    lookup = AreaLookup.checked(LOOKUP)
    assert lookup.councils(BEFORE) == {"County": ("A", "B", "C")}
    assert lookup.councils(AFTER) == {"Coast": ("C",), "Vale": ("A", "B")}
    assert lookup.members("district_code", AFTER)["A"] == ("A1", "A2")


def test_sums_to_any_level_lose_nobody() -> None:
    counts = pl.DataFrame(
        {"lsoa21": ["A1", "A2", "B1", "C1", "A1"], "sex": [*"ffffm"], "people": [1, 2, 4, 8, 16]}
    )
    lookup = AreaLookup(LOOKUP)
    by_council = lookup.summed(counts, "council", AFTER, ["people"])
    assert by_council.rows() == [("Coast", "f", 8), ("Vale", "f", 7), ("Vale", "m", 16)]
    for level in ("lsoa21", "msoa21", "ward", "district_code"):
        assert lookup.summed(counts, level, BEFORE, ["people"])["people"].sum() == 31


def test_counts_of_other_borders_are_refused() -> None:
    counts = pl.DataFrame({"lsoa21": ["A1", "Z9"], "people": [1, 2]})
    with pytest.raises(DataError, match="1 small areas are not in the lookup: Z9"):
        AreaLookup(LOOKUP).summed(counts, "ward", BEFORE, ["people"])


def test_an_incoherent_lookup_names_every_problem_at_once() -> None:
    torn = LOOKUP.with_columns(
        pl.when(pl.col("lsoa21") == "A2")
        .then(pl.lit("B"))
        .otherwise("district_code")
        .alias("district_code")
    )
    twice = pl.concat([torn, LOOKUP.filter(lsoa21="C1", vintage=2021)])
    with pytest.raises(DataError) as refused:
        AreaLookup.checked(twice)
    said = [str(problem) for problem in refused.value.problems]
    assert "2016-04-01: C1 stands twice." in said
    assert "2016-04-01: MA lies in more than one district_code." in said
    assert "2028-04-01: WA lies in more than one district_code." in said


def test_a_day_or_level_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match="says nothing of 2010-01-01"):
        AreaLookup(LOOKUP).on(date(2010, 1, 1))
    with pytest.raises(UsageError, match="no level of areas"):
        AreaLookup(LOOKUP).members("wards", BEFORE)


def square(name: str, x: int, y: int) -> dict[str, Any]:
    ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]
    return {
        "properties": {"lsoa21": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def test_neighbours_share_a_side_not_a_corner() -> None:
    grid = {"features": [square(f"{x}{y}", x, y) for x in range(3) for y in range(3)]}
    island = square("island", 9, 9)
    island["geometry"] = {
        "type": "MultiPolygon",
        "coordinates": [island["geometry"]["coordinates"]],
    }
    found = neighbours({"features": [*grid["features"], island]})
    assert found["11"] == ("01", "10", "12", "21")
    assert found["00"] == ("01", "10")
    assert found["island"] == ()
