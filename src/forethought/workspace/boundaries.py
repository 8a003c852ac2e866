"""Boundaries of areas: the workspace's own GeoJSON, or files made by others."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forethought.errors import DataError, NotFound, did_you_mean
from forethought.workspace.settings import BoundarySettings, PlaceSettings

CODE_OF_LEVEL = {"district": "district_code"}


def read_boundaries(workspace: Path, place: PlaceSettings) -> dict[str, Any]:
    """GeoJSON by level, each feature with `<level code>` and `name` among its properties.

    Raises:
        NotFound: A file that the settings name is not there.
        DataError: It is no GeoJSON, or its features lack the named properties.
    """
    folder = workspace / place.geography
    found = {}
    for path in sorted(folder.glob("*.geojson*")) if folder.is_dir() else []:
        found[path.name.split(".")[0]] = _read(path)
    for level, boundary in place.boundaries.items():
        found[level] = _renamed(_read(workspace / boundary.file), level, boundary)
    return found


def areas_by_district(geometry: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """LSOAs of each district by its name, to hold a remit against an area."""
    districts = geometry.get("district", {"features": []})["features"]
    names = {f["properties"]["district_code"]: f["properties"]["name"] for f in districts}
    found: dict[str, list[str]] = {name: [] for name in names.values()}
    for feature in geometry.get("lsoa21", {"features": []})["features"]:
        properties = feature["properties"]
        name = names.get(properties.get("district_code"))
        if name is not None:
            found[name].append(properties["lsoa21"])
    return {name: tuple(areas) for name, areas in found.items()}


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise NotFound("The file of boundaries is not there.", where=str(path))
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as text:
            value = json.load(text)
    except (OSError, ValueError) as error:
        raise DataError(f"This is no GeoJSON: {error}.", where=path.name) from error
    if not isinstance(value, dict) or not isinstance(value.get("features"), list):
        raise DataError("This is no GeoJSON: it has no features.", where=path.name)
    return value


def _renamed(value: dict[str, Any], level: str, boundary: BoundarySettings) -> dict[str, Any]:
    features = []
    for feature in value["features"]:
        properties = feature.get("properties") or {}
        for wanted in (boundary.code, boundary.name):
            if wanted not in properties:
                raise DataError(
                    f'A feature has no property "{wanted}".',
                    where=boundary.file,
                    remedy=did_you_mean(wanted, properties),
                )
        named = {
            **properties,
            CODE_OF_LEVEL.get(level, level): properties[boundary.code],
            "name": properties[boundary.name],
        }
        features.append({**feature, "properties": named})
    return {**value, "features": features}
