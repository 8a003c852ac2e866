from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from forethought.errors import DataError
from forethought.results import tokens
from forethought.results.drawing import Drawing
from forethought.results.maps import choropleth

BREAKS = [10.0, 20.0, 30.0, 40.0]


def squares(columns: int, rows: int, size: float = 0.1) -> dict[str, Any]:
    """A chequered county: squares of equal size, two districts side by side."""
    features = []
    for n in range(columns * rows):
        x, y = n % columns * size, 52 + n // columns * size
        ring = [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "code": f"a{n}",
                    "name": f"Area {n}",
                    "district_code": "west" if n % columns < columns / 2 else "east",
                },
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def fills(svg: str) -> dict[str, int]:
    """How many polygons each colour fills."""
    root = ET.fromstring(svg)  # noqa: S314  # our own drawing
    paths = [node for node in root.iter() if node.tag.endswith("path")]
    return {
        node.get("fill", ""): node.get("d", "").count("Z")
        for node in paths
        if node.get("fill") != "none"
    }


def test_each_value_takes_the_colour_of_its_step() -> None:
    values = {"a0": 9.99, "a1": 10.0, "a2": 25.0, "a3": 39.0, "a4": 40.0, "a5": 400.0}
    drawing = choropleth(squares(3, 2), values, code="code", breaks=BREAKS)
    light, second, third, fourth, dark = tokens.MAP_BLUE
    assert fills(drawing.wide) == {light: 1, second: 1, third: 1, fourth: 1, dark: 2}
    assert fills(drawing.narrow) == fills(drawing.wide)


def test_few_areas_carry_name_and_value_and_a_phone_the_value_alone(
    texts_of: Callable[[str], Sequence[str]], check_drawing: Callable[[Drawing, int], list[str]]
) -> None:
    values = {f"a{n}": 10.0 * n for n in range(6)}
    drawing = choropleth(squares(3, 2), values, code="code", breaks=BREAKS)
    assert {"Area 3", "30"} <= set(texts_of(drawing.wide))
    assert sorted(texts_of(drawing.narrow)) == ["0", "10", "20", "30", "40", "50"]
    assert check_drawing(drawing, 1058) == []


def test_a_label_lies_inside_its_area(texts_of: Callable[[str], Sequence[str]]) -> None:
    values = {f"a{n}": 10.0 * n for n in range(6)}
    svg = choropleth(squares(3, 2), values, code="code", breaks=BREAKS).wide
    root = ET.fromstring(svg)  # noqa: S314  # our own drawing
    width = float(root.get("width", 0)) / 3
    for node in root.iter():
        if node.text and node.text.startswith("Area"):
            column = int(node.text.split()[1]) % 3
            assert column * width < float(node.get("x", 0)) < (column + 1) * width


def test_a_suppressed_area_is_hatched_and_named_and_its_value_is_nowhere(
    texts_of: Callable[[str], Sequence[str]],
) -> None:
    values: dict[str, float | None] = {f"a{n}": 10.0 * n for n in range(6)}
    values["a4"] = None
    drawing = choropleth(squares(3, 2), values, code="code", breaks=BREAKS)
    assert fills(drawing.wide)["url(#hatch)"] == 1
    assert "[c]" in texts_of(drawing.wide)
    assert "Area 4" in drawing.note
    assert "40" not in texts_of(drawing.wide)
    assert "1 not shown" in drawing.alt


def test_many_areas_share_a_stepped_key_of_the_breaks(
    texts_of: Callable[[str], Sequence[str]], check_drawing: Callable[[Drawing, int], list[str]]
) -> None:
    geojson = squares(8, 6)
    values = {f"a{n}": float(n) for n in range(48)}
    drawing = choropleth(geojson, values, code="code", breaks=BREAKS, width=340)
    assert list(texts_of(drawing.wide)) == ["10", "20", "30", "40"]
    assert check_drawing(drawing, 340) == []
    assert "48 areas" in drawing.alt


def test_white_lines_run_between_districts_and_dark_ones_along_the_coast() -> None:
    values = {f"a{n}": float(n) for n in range(48)}
    svg = choropleth(squares(8, 6), values, code="code", breaks=BREAKS).wide
    root = ET.fromstring(svg)  # noqa: S314  # our own drawing
    strokes = {
        node.get("stroke"): node
        for node in root.iter()
        if node.get("fill") == "none" and node.tag.endswith("path")
    }
    white, dark = strokes[tokens.WHITE], strokes[tokens.COAST]
    xs = {point.split()[0] for point in white.get("d", "").strip("M").split("L")}
    assert len(xs) == 1, "the border of two districts side by side is one upright line"
    assert (white.get("stroke-width"), dark.get("stroke-width")) == ("1.8", "1.1")
    assert dark.get("d", "").count("M") == 1, "one coast, drawn in one go"


def test_localities_are_numbered_in_their_order(texts_of: Callable[[str], Sequence[str]]) -> None:
    values = {f"a{n}": float(n) for n in range(48)}
    drawing = choropleth(
        squares(8, 6), values, code="code", breaks=BREAKS, localities=[["a0", "a1"], ["a30"]]
    )
    assert {"1", "2"} <= set(texts_of(drawing.wide))


def test_names_are_escaped() -> None:
    values = {f"a{n}": 1.0 for n in range(6)}
    names = {f"a{n}": "<b>&amp" for n in range(6)}
    drawing = choropleth(squares(3, 2), values, code="code", names=names, breaks=BREAKS)
    assert "<b>" not in drawing.wide
    ET.fromstring(drawing.wide)  # noqa: S314  # our own drawing


def test_everything_wrong_with_a_map_is_said_at_once() -> None:
    with pytest.raises(DataError) as caught:
        choropleth(squares(2, 2), {"zz": 1.0}, code="code", breaks=[3.0, 2.0])
    assert len(caught.value.problems) == 2


def test_boundaries_without_the_code_are_refused() -> None:
    with pytest.raises(DataError, match='no property "lsoa21"'):
        choropleth(squares(2, 2), {}, code="lsoa21", breaks=BREAKS)


@pytest.mark.shared
def test_the_real_boundaries_of_essex_are_drawn_whole(
    shared_data: Path, check_drawing: Callable[[Drawing, int], list[str]]
) -> None:
    geography = shared_data / "geography"
    districts = json.loads(gzip.decompress((geography / "essex_lad24.geojson.gz").read_bytes()))
    small = json.loads(gzip.decompress((geography / "essex_lsoa21.geojson.gz").read_bytes()))
    codes = [f["properties"]["ltla24_code"] for f in districts["features"]]
    values = {code: 3.0 * n for n, code in enumerate(codes)}
    few = choropleth(districts, values, code="ltla24_code", names="ltla24_name", breaks=BREAKS)
    assert check_drawing(few, 1058) == []
    codes = [f["properties"]["lsoa21_code"] for f in small["features"]]
    many = choropleth(
        small,
        dict.fromkeys(codes, 5.0),
        code="lsoa21_code",
        names="lsoa21_name",
        breaks=BREAKS,
        outline=districts,
    )
    assert check_drawing(many, 1058) == []
    assert len(many.wide) < 400_000
