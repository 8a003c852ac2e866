from __future__ import annotations

import gzip
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from forethought.county.areas import areas
from forethought.county.geography import AREAS_OF_DISTRICT, geography
from forethought.county.names import DISTRICTS
from forethought.county.statistics import area_lookup, write_borders
from forethought.place.areas import AreaLookup, neighbours

Collection = dict[str, Any]


@pytest.fixture(scope="module")
def borders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Collection]:
    folder = tmp_path_factory.mktemp("borders")
    write_borders(areas(1, 1.0), folder)
    return {name: read(folder / f"{name}.geojson.gz") for name in ("lsoa21", "district")}


def read(path: Path) -> Collection:
    collection: Collection = json.loads(gzip.decompress(path.read_bytes()))
    return collection


def rings(feature: dict[str, Any]) -> list[NDArray[np.float64]]:
    geometry = feature["geometry"]
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [np.array(ring) for part in parts for ring in part]


def size(ring: NDArray[np.float64]) -> float:
    x, y = ring[:-1].T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def sides(feature: dict[str, Any]) -> list[frozenset[tuple[float, ...]]]:
    return [frozenset((tuple(a), tuple(b))) for ring in rings(feature) for a, b in pairwise(ring)]


def test_there_are_900_areas_in_12_districts(borders: dict[str, Collection]) -> None:
    codes = [feature["properties"]["lsoa21"] for feature in borders["lsoa21"]["features"]]
    assert len(set(codes)) == 900 == sum(AREAS_OF_DISTRICT)
    assert len(borders["district"]["features"]) == 12
    assert all(code.startswith("X01") for code in codes), "X is no nation's letter"


def test_the_county_lies_where_no_county_can(borders: dict[str, Collection]) -> None:
    points = np.concatenate([r for f in borders["district"]["features"] for r in rings(f)])
    assert points.min(axis=0) == pytest.approx([2.8, 54.7], abs=0.7)
    assert (points.min(axis=0) > [2.1, 54.2]).all()
    assert (points.max(axis=0) < [3.7, 55.1]).all()


def test_every_side_belongs_to_one_area_at_the_border_or_to_two_within(
    borders: dict[str, Collection],
) -> None:
    shared = Counter(side for f in borders["lsoa21"]["features"] for side in sides(f))
    assert set(shared.values()) == {1, 2}
    county = {side for side, count in shared.items() if count == 1}
    districts = Counter(side for f in borders["district"]["features"] for side in sides(f))
    assert {side for side, count in districts.items() if count == 1} == county


def test_rings_are_closed_anticlockwise_and_cross_themselves_nowhere(
    borders: dict[str, Collection],
) -> None:
    for feature in borders["lsoa21"]["features"]:
        for ring in rings(feature):
            assert (ring[0] == ring[-1]).all()
            assert size(ring) > 0
            assert not crosses_itself(ring), feature["properties"]["lsoa21"]


def crosses_itself(ring: NDArray[np.float64]) -> bool:
    a, b = ring[:-1], ring[1:]

    def side(p: NDArray[np.float64], q: NDArray[np.float64], r: NDArray[np.float64]) -> Any:
        return np.sign(
            (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1])
            - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])
        )

    a1, b1, a2, b2 = a[:, None], b[:, None], a[None], b[None]
    apart = (side(a1, b1, a2) * side(a1, b1, b2) < 0) & (side(a2, b2, a1) * side(a2, b2, b1) < 0)
    return bool(apart.any())


def test_districts_are_made_of_their_areas(borders: dict[str, Collection]) -> None:
    whole = {
        f["properties"]["district_code"]: sum(size(r) for r in rings(f))
        for f in borders["district"]["features"]
    }
    parts = dict.fromkeys(whole, 0.0)
    for feature in borders["lsoa21"]["features"]:
        parts[feature["properties"]["district_code"]] += sum(size(r) for r in rings(feature))
    assert parts == pytest.approx(whole, rel=1e-9)


def test_each_district_is_of_one_piece(borders: dict[str, Collection]) -> None:
    around = neighbours(borders["lsoa21"])
    district = {
        f["properties"]["lsoa21"]: f["properties"]["district_code"]
        for f in borders["lsoa21"]["features"]
    }
    for code in set(district.values()):
        members = {area for area, of in district.items() if of == code}
        reached, waiting = set(), [min(members)]
        while waiting:
            area = waiting.pop()
            if area not in reached:
                reached.add(area)
                waiting += [other for other in around[area] if other in members]
        assert reached == members


@pytest.mark.parametrize("scale", [0.001, 0.02, 0.1, 1.0])
def test_a_scale_takes_whole_areas_of_every_district(scale: float) -> None:
    chosen = geography().sample(scale)
    assert np.unique(chosen).size == chosen.size
    assert set(geography().district[chosen]) == set(range(len(DISTRICTS)))
    assert chosen.size == pytest.approx(max(900 * scale, 12), abs=6)


def test_the_lookup_is_coherent_before_and_after_the_reorganisation() -> None:
    lookup = AreaLookup.checked(area_lookup(areas(1, 1.0)))
    for day, councils in ((pl.date(2026, 11, 24), 1), (pl.date(2028, 4, 1), 3)):
        on = pl.select(day).item()
        assert len(lookup.councils(on)) == councils
        assert sum(len(group) for group in lookup.councils(on).values()) == 12
        assert lookup.on(on).height == 900


def test_areas_of_any_scale_are_those_of_the_whole_county() -> None:
    whole, part = areas(3, 1.0), areas(3, 0.05)
    assert (whole.deprivation[part.position] == part.deprivation).all()
    assert (whole.domains[part.position] == part.domains).all()
