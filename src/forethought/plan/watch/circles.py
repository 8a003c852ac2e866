"""Circular windows over areas: each area's neighbours from near to far, up to a share of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forethought.errors import DataError

Floats = NDArray[np.float64]
Places = NDArray[np.int32]

_SAME = 1e-9  # relative difference of two distances that are one
_EARTH_KM = 6371.0


@dataclass(frozen=True, eq=False)
class Circles:
    """Circular windows round each of S areas.

    Args:
        order: (S, N) areas from the centre outwards.
        distance: (S, N) their distances.
        sizes: (S) areas of the largest window.
        ends: (S, N) whether a circle may end here: areas as far away come in together.
    """

    order: Places
    distance: Floats
    sizes: NDArray[np.int64]
    ends: NDArray[np.bool_]


def circles(points: Floats, people: Floats, largest_share: float) -> Circles:
    """Circles round each point that hold up to a share of all people.

    Args:
        points: (S, 2) in one planar unit.
        people: (S) people at risk.
        largest_share: Most of the people that a window holds, 0-1.
    """
    apart = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))
    # a tie is broken by the order of the areas; the centre itself comes first
    apart[np.arange(len(points)), np.arange(len(points))] = -1.0
    order = np.argsort(apart, axis=1, kind="stable").astype(np.int32)
    distance = np.maximum(np.take_along_axis(apart, order.astype(np.int64), axis=1), 0.0)
    held = np.cumsum(people[order], axis=1)
    farther = np.diff(distance, axis=1) > _SAME * np.maximum(distance[:, 1:], 1e-12)
    ends = np.concatenate([farther, np.ones((len(points), 1), dtype=bool)], axis=1)
    ends &= held <= largest_share * people.sum() * (1 + 1e-12)
    last = np.where(ends.any(axis=1), len(points) - np.argmax(ends[:, ::-1], axis=1), 0)
    most = int(last.max())
    return Circles(
        np.ascontiguousarray(order[:, :most]),
        distance[:, :most],
        last.astype(np.int64),
        ends[:, :most],
    )


def centroids(collection: Mapping[str, Any], name: str) -> tuple[list[str], Floats]:
    """Names and centroids, in kilometres, of the polygons of a GeoJSON collection.

    Args:
        collection: A FeatureCollection of (multi)polygons in longitude and latitude.
        name: Property that names an area.

    Raises:
        DataError: A feature without that property or without a polygon.
    """
    names, points = [], []
    for feature in collection.get("features", ()):
        properties, geometry = feature.get("properties") or {}, feature.get("geometry") or {}
        shape = geometry.get("type")
        if name not in properties or shape not in {"Polygon", "MultiPolygon"}:
            raise DataError(
                f'A feature has no polygon or no property "{name}".',
                where="areas",
                remedy="Name the property that holds the code of the area (area=...).",
            )
        parts = geometry["coordinates"] if shape == "MultiPolygon" else [geometry["coordinates"]]
        names.append(str(properties[name]))
        points.append(_centroid([part[0] for part in parts]))
    degrees = np.radians(np.array(points, dtype=np.float64).reshape(-1, 2))
    middle = np.cos(degrees[:, 1].mean()) if points else 1.0
    return names, degrees * np.array([middle, 1.0]) * _EARTH_KM


def _centroid(rings: Sequence[Sequence[Sequence[float]]]) -> tuple[float, float]:
    """Centre of gravity of outer rings, by the shoelace formula."""
    total, sum_x, sum_y = 0.0, 0.0, 0.0
    for ring in rings:
        corners = np.array([corner[:2] for corner in ring], dtype=np.float64)
        origin = corners[0]
        x, y = (corners - origin).T
        cross = x[:-1] * y[1:] - x[1:] * y[:-1]
        doubled = cross.sum()
        if doubled == 0:
            continue
        weight = abs(doubled)
        total += weight
        sum_x += weight * (origin[0] + ((x[:-1] + x[1:]) * cross).sum() / (3 * doubled))
        sum_y += weight * (origin[1] + ((y[:-1] + y[1:]) * cross).sum() / (3 * doubled))
    if total == 0:
        first = np.array(rings[0], dtype=np.float64)[:, :2].mean(axis=0)
        return float(first[0]), float(first[1])
    return sum_x / total, sum_y / total
