"""Plane geometry of areas: projection to px, shared borders, a place for a label inside."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, inf, radians, sqrt
from typing import Any

Point = tuple[float, float]
Ring = list[Point]
Polygon = list[Ring]  # outer ring first, holes after it
Edge = tuple[Point, Point]


@dataclass(frozen=True)
class Area:
    """One area: its code and its polygons, in degrees or px."""

    code: str
    polygons: list[Polygon]

    @property
    def largest(self) -> Polygon:
        """The polygon with the largest outer ring."""
        return max(self.polygons, key=lambda polygon: abs(ring_area(polygon[0])))


def areas_of(geojson: Mapping[str, Any], code: str) -> list[Area]:
    """Areas of a GeoJSON feature collection; `code` is the property that names them.

    Raises:
        DataError: No feature, a feature without the property, or a geometry that is no polygon.
    """
    from forethought.errors import DataError, Problem

    areas, problems = [], []
    for n, feature in enumerate(geojson.get("features", ()), start=1):
        geometry = feature.get("geometry") or {}
        kind, name = geometry.get("type"), (feature.get("properties") or {}).get(code)
        if kind not in ("Polygon", "MultiPolygon") or name is None:
            said = f'has no property "{code}"' if name is None else "is no polygon"
            problems.append(Problem(f"Feature {n} {said}."))
            continue
        parts = geometry["coordinates"] if kind == "MultiPolygon" else [geometry["coordinates"]]
        polygons = [[[(p[0], p[1]) for p in ring] for ring in part] for part in parts if part]
        areas.append(Area(str(name), polygons))
    if problems or not areas:
        raise DataError("The boundaries cannot be drawn.", where="geojson", problems=problems)
    return areas


@dataclass(frozen=True)
class Projection:
    """Equirectangular, longitudes shortened by the cosine of the middle latitude."""

    west: float
    north: float
    shrink: float
    scale: float
    left: float
    top: float

    def point(self, at: Point) -> Point:
        """Px of a (longitude, latitude)."""
        x = self.left + (at[0] - self.west) * self.shrink * self.scale
        return (x, self.top + (self.north - at[1]) * self.scale)

    def area(self, area: Area) -> Area:
        """An area in px."""
        return Area(
            area.code, [[[self.point(p) for p in ring] for ring in poly] for poly in area.polygons]
        )


def projection(
    areas: Sequence[Area], width: float, max_height: float, margin: float = 3.0
) -> tuple[Projection, float]:
    """The projection that fits the areas into a width and height, and the height it fills."""
    points = [p for area in areas for polygon in area.polygons for p in polygon[0]]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    shrink = cos(radians((south + north) / 2))
    wide, tall = max((east - west) * shrink, 1e-9), max(north - south, 1e-9)
    scale = min((width - 2 * margin) / wide, (max_height - 2 * margin) / tall)
    left = (width - wide * scale) / 2
    return Projection(west, north, shrink, scale, left, margin), tall * scale + 2 * margin


def ring_area(ring: Sequence[Point]) -> float:
    """Signed area of a ring (shoelace)."""
    closed = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in closed) / 2


def borders(areas: Iterable[Area], group: Mapping[str, str]) -> tuple[list[Edge], list[Edge]]:
    """Edges between areas of different groups, and edges of one area only (the coast).

    Exact where neighbours share their vertices.
    """
    sides: dict[Edge, list[str]] = {}
    for area in areas:
        for polygon in area.polygons:
            for ring in polygon:
                for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
                    if a != b:
                        key = (a, b) if a < b else (b, a)
                        sides.setdefault(key, []).append(group.get(area.code, area.code))
    between = [edge for edge, owners in sides.items() if len(set(owners)) > 1]
    outer = [edge for edge, owners in sides.items() if len(owners) == 1]
    return between, outer


def joined_edges(edges: Sequence[Edge]) -> list[Ring]:
    """Edges joined end to end into as few lines as a greedy walk gives."""
    nearby: dict[Point, list[int]] = {}
    for n, (a, b) in enumerate(edges):
        nearby.setdefault(a, []).append(n)
        nearby.setdefault(b, []).append(n)
    used = [False] * len(edges)
    lines = []
    for n, (a, b) in enumerate(edges):
        if used[n]:
            continue
        used[n] = True
        line = _walk(edges, nearby, used, [a, b])
        line = _walk(edges, nearby, used, line[::-1])
        lines.append(line)
    return lines


def _walk(
    edges: Sequence[Edge], nearby: Mapping[Point, list[int]], used: list[bool], line: Ring
) -> Ring:
    while True:
        onward = next((n for n in nearby[line[-1]] if not used[n]), None)
        if onward is None:
            return line
        used[onward] = True
        a, b = edges[onward]
        line.append(b if line[-1] == a else a)


def inside_point(polygon: Polygon, precision: float = 1.0) -> tuple[Point, float]:
    """The pole of inaccessibility: the inner point farthest from the border, and that distance.

    References:
        Agafonkin (2016), "A new algorithm for finding a visual center of a polygon" (polylabel).
    """
    xs, ys = [p[0] for p in polygon[0]], [p[1] for p in polygon[0]]
    size = min(max(xs) - min(xs), max(ys) - min(ys))
    if size <= 0:
        return (xs[0], ys[0]), 0.0
    half = size / 2
    heap: list[tuple[float, float, float, float, float]] = []

    def push(x: float, y: float, h: float) -> None:
        distance = _distance(polygon, x, y)
        heapq.heappush(heap, (-(distance + h * sqrt(2)), x, y, h, distance))

    x = min(xs)
    while x < max(xs):
        y = min(ys)
        while y < max(ys):
            push(x + half, y + half, half)
            y += size
        x += size
    best, reach = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2), -inf
    while heap:
        bound, x, y, h, distance = heapq.heappop(heap)
        if distance > reach:
            best, reach = (x, y), distance
        if -bound - reach <= precision:
            break
        for dx, dy in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
            push(x + dx * h / 2, y + dy * h / 2, h / 2)
    return best, reach


def _distance(polygon: Polygon, x: float, y: float) -> float:
    """Distance to the border, negative outside."""
    inside, nearest = False, inf
    for ring in polygon:
        for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                inside = not inside
            dx, dy = bx - ax, by - ay
            length = dx * dx + dy * dy
            share = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / length)) if length else 0.0
            nearest = min(nearest, hypot(x - ax - share * dx, y - ay - share * dy))
    return nearest if inside else -nearest
