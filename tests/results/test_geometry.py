from __future__ import annotations

from math import cos, hypot, pi, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forethought.results.geometry import (
    Area,
    borders,
    inside_point,
    joined_edges,
    projection,
    ring_area,
)


def regular(corners: int, radius: float, x: float = 0, y: float = 0) -> list[tuple[float, float]]:
    angles = [2 * pi * n / corners for n in range(corners)]
    return [(x + radius * cos(a), y + radius * sin(a)) for a in angles]


@given(st.integers(3, 40), st.floats(5, 300), st.floats(-500, 500), st.floats(-500, 500))
def test_the_inner_point_of_a_regular_polygon_is_its_centre(
    corners: int, radius: float, x: float, y: float
) -> None:
    at, reach = inside_point([regular(corners, radius, x, y)], precision=0.1)
    assert hypot(at[0] - x, at[1] - y) < max(0.8, 0.02 * radius)
    assert reach == pytest.approx(radius * cos(pi / corners), abs=0.11)


def test_the_inner_point_keeps_out_of_a_hole() -> None:
    outer = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]
    hole = regular(12, 30, 50, 50)
    at, reach = inside_point([outer, hole], precision=0.1)
    assert hypot(at[0] - 50, at[1] - 50) > 30
    assert reach > 15


@given(st.integers(3, 30), st.floats(1, 100))
def test_the_area_of_a_regular_polygon_is_that_of_its_formula(n: int, radius: float) -> None:
    assert ring_area(regular(n, radius)) == pytest.approx(n / 2 * radius**2 * sin(2 * pi / n))


def test_one_degree_east_is_shorter_than_one_north_by_the_cosine_of_the_latitude() -> None:
    area = Area("a", [[[(0, 51), (2, 51), (2, 53), (0, 53)]]])
    fit, _ = projection([area], 1000, 5000, margin=0)
    x0, y0 = fit.point((0, 52))
    x1, y1 = fit.point((1, 53))
    assert (x1 - x0) / (y0 - y1) == pytest.approx(cos(radians(52)))


def test_all_points_lie_inside_the_drawing() -> None:
    area = Area("a", [[[(0.3, 51.4), (1.3, 51.5), (0.8, 52.1)]]])
    fit, height = projection([area], 358, 420)
    for point in area.polygons[0][0]:
        x, y = fit.point(point)
        assert 0 <= x <= 358
        assert 0 <= y <= height <= 420


def test_two_squares_share_one_edge_and_six_are_coast() -> None:
    left = Area("l", [[[(0, 0), (1, 0), (1, 1), (0, 1)]]])
    right = Area("r", [[[(1, 0), (2, 0), (2, 1), (1, 1)]]])
    between, coast = borders([left, right], {"l": "L", "r": "R"})
    assert between == [((1, 0), (1, 1))]
    assert len(coast) == 6
    assert borders([left, right], {"l": "same", "r": "same"})[0] == []
    lines = joined_edges(coast)
    assert len(lines) == 1
    assert lines[0][0] == lines[0][-1]
