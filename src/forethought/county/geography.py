"""The map of Saltmarshire: 900 small areas in 12 districts, whichever the seed.

A made outline in the middle of the North Sea, where no real county can be; points around invented
towns; their Voronoi cells as areas. Every border is one shared line, so areas meet exactly and a
district is dissolved from its areas by dropping the lines inside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from forethought.county.arrays import Flags, Floats, Integers
from forethought.county.names import DISTRICTS, ward_names
from forethought.county.outline import inside, mirrored, outline
from forethought.county.tessellation import Mesh, mesh_of
from forethought.stats.streams import Stream

AREAS_OF_DISTRICT = (96, 84, 62, 70, 91, 58, 103, 66, 75, 54, 80, 61)
"""Small areas of each district; 900 in all."""
TOWN_SHARE = 0.62
_MAP_SEED = 1
_ROUNDS_OF_EVENING = 2
_COAST_EAST_KM, _COAST_SOUTH_KM = 52, 14
_AREAS_OF_MSOA, _AREAS_OF_WARD = 5, 7


@dataclass(frozen=True, eq=False)
class Geography:
    """The county's areas, in the order of their codes.

    Args:
        lsoa21: Codes of the small areas.
        name: Their names.
        district: Position of each area's district in `DISTRICTS`.
        msoa: Code of each area's middle-layer area.
        msoa_name: Its name.
        ward: Code of each area's ward.
        ward_name: Its name.
        centre: Centres in kilometres, shape (n, 2).
        is_coastal: Whether the area touches the sea.
        density: Areas to the square kilometre around it: towns are dense.
        mesh: The lines and rings.
    """

    lsoa21: tuple[str, ...]
    name: tuple[str, ...]
    district: Integers
    msoa: tuple[str, ...]
    msoa_name: tuple[str, ...]
    ward: tuple[str, ...]
    ward_name: tuple[str, ...]
    centre: Floats
    is_coastal: Flags
    density: Floats
    mesh: Mesh

    def sample(self, scale: float) -> Integers:
        """Positions of whole areas, spread over the districts and within each.

        Args:
            scale: Share of the areas, above 0 to 1; every district keeps at least one.
        """
        chosen = []
        for district in range(len(DISTRICTS)):
            here = np.flatnonzero(self.district == district)
            wanted = max(1, round(here.size * scale))
            places = np.floor((np.arange(wanted) + 0.5) * here.size / wanted)
            chosen.append(here[places.astype(np.int64)])
        return np.concatenate(chosen)


@lru_cache(maxsize=1)
def geography() -> Geography:
    """The map, always the same."""
    border = outline(_MAP_SEED)
    sites, district = _sites(border)
    for _ in range(_ROUNDS_OF_EVENING):
        sites = mesh_of(sites, mirrored(sites, border)).centres()
    mesh = mesh_of(sites, mirrored(sites, border))
    district = _joined_up(district, mesh)
    order = np.lexsort((_along_a_curve(sites), district))
    mesh, sites, district = mesh.reordered(order), sites[order], district[order]
    msoa, ward = (_groups(sites, district, size) for size in (_AREAS_OF_MSOA, _AREAS_OF_WARD))
    names = ward_names(int(ward.max()) + 1)
    labels = _labels(district, msoa)
    nearest = np.partition(np.linalg.norm(sites[:, None] - sites[None], axis=2), 6, axis=1)[:, 6]
    return Geography(
        lsoa21=tuple(f"X01{position + 1:06d}" for position in range(sites.shape[0])),
        name=tuple(name for name, _ in labels),
        district=district,
        msoa=tuple(f"X02{group + 1:06d}" for group in msoa),
        msoa_name=tuple(name for _, name in labels),
        ward=tuple(f"X05{group + 1:06d}" for group in ward),
        ward_name=tuple(names[group] for group in ward),
        centre=sites,
        is_coastal=mesh.touches_outside(at_sea),
        density=6 / (np.pi * nearest**2),
        mesh=mesh,
    )


def at_sea(points: Floats) -> Flags:
    """Whether points of the county's border lie at the sea: its east and south."""
    east, north = points.T
    return np.asarray((east > _COAST_EAST_KM) | (north < _COAST_SOUTH_KM))


def _sites(border: Floats) -> tuple[Floats, Integers]:
    """Points inside the outline, clustered around the towns, and their districts."""
    towns = np.array([district.town_km for district in DISTRICTS])
    spread = np.array([district.town_radius_km for district in DISTRICTS])
    sites, labels = [], []
    low, high = border.min(axis=0), border.max(axis=0)
    for position, wanted in enumerate(AREAS_OF_DISTRICT):
        stream = Stream(_MAP_SEED, f"sites of district {position}")
        entities = np.arange(60 * wanted)
        around = np.column_stack([stream.normal(entities, axis) for axis in "xy"])
        anywhere = np.column_stack([stream.uniform(entities, f"any {axis}") for axis in "xy"])
        in_town = stream.happens(entities, TOWN_SHARE, "town")
        points = np.where(
            in_town[:, None],
            towns[position] + around * spread[position],
            low + anywhere * (high - low),
        )
        # a country point far off counts 60 times to reach the share of the town's
        nearest = np.linalg.norm(points[:, None] - towns[None], axis=2).argmin(axis=1)
        points_here = (nearest == position) & inside(points, border)
        town = np.flatnonzero(points_here & in_town)[: round(wanted * TOWN_SHARE)]
        country = np.flatnonzero(points_here & ~in_town)[: wanted - town.size]
        kept = np.concatenate([town, country])
        sites.append(points[kept])
        labels.append(np.full(kept.size, position))
    return np.concatenate(sites), np.concatenate(labels).astype(np.int64)


def _joined_up(district: Integers, mesh: Mesh) -> Integers:
    """Districts of one piece each: pieces cut off go to the neighbour that holds most of them."""
    first, second = mesh.neighbours()
    joined = district.copy()
    for _ in range(10):
        same = joined[first] == joined[second]
        piece = _pieces(first[same], second[same], joined.size)
        sizes = np.bincount(piece)
        largest = {d: sizes[piece[joined == d]].max() for d in np.unique(joined)}
        stray = [i for i in range(joined.size) if sizes[piece[i]] < largest[joined[i]]]
        if not stray:
            break
        for area in stray:
            around = np.concatenate([second[first == area], first[second == area]])
            other = joined[around][joined[around] != joined[area]]
            if other.size:
                joined[area] = np.bincount(other).argmax()
    return joined


def _pieces(first: Integers, second: Integers, count: int) -> Integers:
    """Number of the connected piece of each item, given the pairs that are joined."""
    piece = np.arange(count)
    while True:
        lowest = piece.copy()
        np.minimum.at(lowest, first, piece[second])
        np.minimum.at(lowest, second, piece[first])
        if (lowest == piece).all():
            return np.unique(piece, return_inverse=True)[1]
        piece = lowest[lowest]


def _along_a_curve(sites: Floats) -> Floats:
    """A number for each site by which neighbours mostly follow one another (Morton order)."""
    scaled = ((sites - sites.min(axis=0)) / np.ptp(sites, axis=0) * 1023).astype(np.int64)
    code = np.zeros(sites.shape[0])
    for bit in range(10):
        code += ((scaled[:, 0] >> bit) & 1) * 4.0**bit * 2 + ((scaled[:, 1] >> bit) & 1) * 4.0**bit
    return code


def _groups(sites: Floats, district: Integers, size: int) -> Integers:
    """Groups of about `size` near areas, each within one district, numbered from 0."""
    group = np.zeros(district.size, dtype=np.int64)
    count = 0
    for position in np.unique(district):
        waiting = [np.flatnonzero(district == position)]
        while waiting:
            areas = waiting.pop()
            pieces = round(areas.size / size)
            if pieces <= 1:
                group[areas] = count
                count += 1
                continue
            axis = int(np.ptp(sites[areas], axis=0).argmax())
            ordered = areas[np.argsort(sites[areas, axis])]
            cut = round(areas.size * (pieces // 2) / pieces)
            waiting += [ordered[:cut], ordered[cut:]]
    return group


def _labels(district: Integers, msoa: Integers) -> list[tuple[str, str]]:
    """Names of area and middle-layer area: `Ternmouth 003B`, `Ternmouth 003`."""
    numbers: dict[int, int] = {}
    in_district: dict[int, int] = {}
    letters: dict[int, int] = {}
    labels = []
    for place, group in zip(district.tolist(), msoa.tolist(), strict=True):
        if group not in numbers:
            in_district[place] = in_district.get(place, 0) + 1
            numbers[group] = in_district[place]
        letter = letters.get(group, 0)
        letters[group] = letter + 1
        middle = f"{DISTRICTS[place].name} {numbers[group]:03d}"
        labels.append((f"{middle}{chr(ord('A') + letter)}", middle))
    return labels
