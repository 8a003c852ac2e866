from __future__ import annotations

from pathlib import Path

import pytest

from forethought.county.calibration import PUBLIC, Public, measures
from forethought.county.county import County

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/synthetic-county.md"


@pytest.fixture(scope="module")
def found(county: County) -> dict[str, float]:
    return dict(measures(county))


@pytest.mark.parametrize("public", PUBLIC, ids=lambda public: public.name)
def test_the_county_comes_near_public_values(public: Public, found: dict[str, float]) -> None:
    assert public.low <= found[public.name] <= public.high


def test_every_measure_is_held_against_a_public_value(found: dict[str, float]) -> None:
    assert set(found) == {public.name for public in PUBLIC}
    assert all(public.low < public.value < public.high for public in PUBLIC)


def test_the_page_of_the_county_has_a_row_for_each_value() -> None:
    text = PAGE.read_text(encoding="utf-8").lower()
    assert [public.name for public in PUBLIC if public.name.lower() not in text] == []
