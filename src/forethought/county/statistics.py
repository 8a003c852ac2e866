"""What the statistics office delivers: lookup, deprivation, postcodes, borders, population."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forethought.county.areas import Areas, deprivation_table
from forethought.county.geography import geography
from forethought.county.identities import Addresses
from forethought.county.names import COUNCIL_NAME, DISTRICTS
from forethought.county.outline import degrees

REORGANISED_ON = date(2028, 4, 1)
_VINTAGES = (
    (2021, date(2016, 4, 1), date(2028, 3, 31)),
    (2028, REORGANISED_ON, None),
)


def area_lookup(where: Areas) -> pl.DataFrame:
    """Rows of `area_lookup`: each area under the present and under the coming councils.

    Districts keep their codes; from April 2028 three councils take over groups of them.
    """
    place = geography()
    rows = []
    for vintage, valid_from, valid_to in _VINTAGES:
        for position, district in zip(
            where.position.tolist(), where.district.tolist(), strict=True
        ):
            of = DISTRICTS[district]
            rows.append(
                {
                    "lsoa21": place.lsoa21[position],
                    "lsoa21_name": place.name[position],
                    "msoa21": place.msoa[position],
                    "msoa21_name": place.msoa_name[position],
                    "ward": place.ward[position],
                    "ward_name": place.ward_name[position],
                    "district_code": of.code,
                    "district_name": of.name,
                    "council": COUNCIL_NAME if valid_to else of.successor,
                    "vintage": vintage,
                    "valid_from": valid_from,
                    "valid_to": valid_to,
                }
            )
    return pl.DataFrame(rows, schema_overrides={"valid_to": pl.Date})


def deprivation(seed: int, where: Areas) -> pl.DataFrame:
    """Rows of `deprivation`."""
    return pl.DataFrame(deprivation_table(seed, where))


def postcode_directory(home: Addresses, where: Areas) -> pl.DataFrame:
    """Rows of `postcode_directory`: every postcode and its area."""
    codes = np.array(geography().lsoa21)[where.position]
    return pl.DataFrame({"postcode": home.codes, "lsoa21": codes[home.code_area]}).sort("postcode")


def write_borders(where: Areas, folder: Path) -> None:
    """Write `lsoa21.geojson.gz` (areas taken) and `district.geojson.gz` (whole districts)."""
    place = geography()
    paths = [degrees(path) for path in place.mesh.paths()]
    group = np.full(place.district.size, -1, dtype=np.int64)
    group[where.position] = np.arange(where.count)
    areas = []
    for number, rings in enumerate(place.mesh.rings(group)):
        position = int(where.position[number])
        district = DISTRICTS[int(place.district[position])].code
        properties = {
            "lsoa21": place.lsoa21[position],
            "name": place.name[position],
            "district_code": district,
        }
        areas.append(_feature(properties, rings, paths))
    districts = [
        _feature(
            {"district_code": DISTRICTS[number].code, "name": DISTRICTS[number].name}, rings, paths
        )
        for number, rings in enumerate(place.mesh.rings(place.district))
    ]
    folder.mkdir(parents=True, exist_ok=True)
    for name, features in (("lsoa21", areas), ("district", districts)):
        text = json.dumps(
            {"type": "FeatureCollection", "features": features}, separators=(",", ":")
        )
        with gzip.GzipFile(folder / f"{name}.geojson.gz", "wb", compresslevel=6, mtime=0) as file:
            file.write(text.encode())


def _feature(
    properties: dict[str, str], rings: list[tuple[int, ...]], paths: list[Any]
) -> dict[str, Any]:
    polygons = [_ring(ring, paths) for ring in rings]
    geometry = (
        {"type": "Polygon", "coordinates": polygons}
        if len(polygons) == 1
        else {"type": "MultiPolygon", "coordinates": [[ring] for ring in polygons]}
    )
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _ring(ring: tuple[int, ...], paths: list[Any]) -> list[list[float]]:
    """A closed ring of longitude and latitude, anticlockwise as RFC 7946 asks."""
    pieces = [paths[line - 1] if line > 0 else paths[-line - 1][::-1] for line in ring]
    points = np.concatenate([piece[:-1] for piece in pieces])
    x, y = points.T
    area = np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)
    if area < 0:
        points = points[::-1]
    closed: list[list[float]] = [*points.tolist(), points[0].tolist()]
    return closed
