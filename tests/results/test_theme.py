from __future__ import annotations

import json
import re
from itertools import pairwise

import altair as alt
import pytest

from forethought.results import theme, tokens


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio of two sRGB colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


TEXT = ["INK", "SECONDARY", "LINK", "BUTTON", "BLUE", "ORANGE", "TARGET", "BASE_PLAN", "BRAND"]


@pytest.mark.parametrize("name", TEXT)
def test_text_colours_reach_4_5_on_white(name: str) -> None:
    assert contrast(getattr(tokens, name), tokens.WHITE) >= 4.5


@pytest.mark.parametrize("name", ["ORANGE_MARK", "TURQUOISE", "AXIS", "UNCLEAR"])
def test_mark_colours_reach_3_on_white(name: str) -> None:
    assert round(contrast(getattr(tokens, name), tokens.WHITE), 1) >= 3


def test_lines_stand_out_from_the_bands_they_cross() -> None:
    assert contrast(tokens.BLUE, tokens.BAND_80) >= 4.5
    assert contrast(tokens.BLUE, tokens.BAND_95) >= 4.5
    assert contrast(tokens.ORANGE, tokens.ORANGE_BAND) >= 3.5


@pytest.mark.parametrize("steps", [tokens.MAP_BLUE, tokens.MAP_DIFFERENCE, tokens.HEAT])
def test_each_step_of_a_map_is_darker_than_the_one_before(steps: tuple[str, ...]) -> None:
    assert len(steps) == 5
    on_white = [contrast(colour, tokens.WHITE) for colour in steps]
    assert all(b > 1.2 * a for a, b in pairwise(on_white))


def test_the_theme_has_no_text_under_15_px_and_no_turned_label() -> None:
    text = json.dumps(theme.config())
    sizes = [int(size) for size in re.findall(r'"\w*[fF]ontSize": (\d+)', text)]
    assert min(sizes) >= 15
    assert theme.config()["axis"]["labelAngle"] == 0


def test_altair_charts_take_the_theme() -> None:
    assert theme.register() == "af"
    assert alt.theme.active == "af"
    chart = alt.Chart(alt.InlineData(values=[{"a": 1}])).mark_bar().encode(x="a:Q")
    assert chart.to_dict()["config"]["font"] == tokens.FONT
