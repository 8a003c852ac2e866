from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forethought.results import words

counts = st.floats(-1e9, 1e9, allow_nan=False)
shares = st.floats(0, 1)


def as_number(text: str) -> float:
    return float(text.replace(",", "").replace(words.MINUS, "-").replace("+", ""))


@given(counts, st.sampled_from([1, 5, 10, 100, 1000]))
def test_a_rounded_count_is_the_nearest_multiple(value: float, to: int) -> None:
    number = as_number(words.rounded(value, to))
    assert number % to == 0
    assert abs(number - value) <= to / 2 + 1e-6


@given(counts)
def test_rounding_is_symmetric_about_zero(value: float) -> None:
    plus, minus = words.rounded(abs(value)), words.rounded(-abs(value))
    assert minus.lstrip(words.MINUS) == plus


@given(counts)
def test_no_hyphen_stands_for_a_minus(value: float) -> None:
    for text in (words.rounded(value), words.signed(value), words.pounds_m(value * 1e3)):
        assert "-" not in text


@given(counts, counts)
def test_a_range_has_its_lower_end_first(one: float, other: float) -> None:
    low, high = words.range_words(one, other).split(" to ")
    assert as_number(low) <= as_number(high)


@given(counts)
def test_a_change_shows_its_sign_unless_it_is_none(value: float) -> None:
    text = words.signed(value)
    number = as_number(text)
    assert text.startswith("+") == (number > 0)
    assert text.startswith(words.MINUS) == (number < 0)


@given(shares)
def test_a_chance_is_never_none_and_never_certain(p: float) -> None:
    for text in (words.chance(p), words.chance_percent(p)):
        assert not re.search(r"\b(0|100)%", text)
        assert "0 in 1" not in text
        assert "100 in 100" not in text


@given(shares)
def test_odds_lie_within_four_points_of_the_chance(p: float) -> None:
    found = re.search(r"(\d+) in (\d+)", words.odds(p))
    if found:
        said = int(found[1]) / int(found[2])
        assert abs(said - p) <= 0.0351


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.9199, "9 in 10 (92%)"),
        (0.26, "1 in 4 (26%)"),
        (0.49, "an even chance (49%)"),
        (0.32, "1 in 3 (32%)"),
        (0.95, "19 in 20 (95%)"),
        (0.85, "85 in 100"),
        (0.03, "3 in 100"),
        (0.004, "under 1 in 100"),
        (0.0, "under 1 in 100"),
        (1.0, "over 99 in 100"),
    ],
)
def test_chances_read_as_people_say_them(probability: float, text: str) -> None:
    assert words.chance(probability) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (words.rounded(12_344.9), "12,340"),
        (words.rounded(12_345), "12,350"),
        (words.rounded(-3), "0"),
        (words.cell(None), "[c]"),
        (words.signed(-174), "\u2212170"),
        (words.pounds(84_312), "£84,000"),
        (words.pounds_m(371_240_000), "£371.2m"),
        (words.pounds_m(-51_000), "\u2212£0.1m"),
        (words.pounds_m_range(5e6, 4e6), "£4.0m to £5.0m"),
        (words.signed_pounds_m(2_300_000), "+£2.3m"),
        (words.over_or_under(-100_000), "£0.1m under"),
        (words.over_or_under(0.4e3), "on budget"),
        (words.percent(0.1249), "12%"),
        (words.percent_change(110, 100), "+10%"),
        (words.up_or_down(97, 100), "down 3%"),
        (words.up_or_down(100.1, 100), "no change"),
        (words.change_words(830, 1000), "170 fewer"),
        (words.counted(1, "person", "people", to=1), "1 person"),
        (words.of_level(80), "8 in 10"),
        (words.of_level(95), "19 in 20"),
        (words.month(date(2030, 3, 1)), "March 2030"),
        (words.weekday(date(2026, 11, 24)), "Tuesday 24 November 2026"),
        (words.years(2027), "2027 to 2028"),
        (words.when(date(2027, 3, 9), monthly=False), "on 9 March 2027"),
        (words.listed(["a", "b", "c"]), "a, b and c"),
        (words.sentence("it rose"), "It rose."),
    ],
)
def test_figures_read_as_the_page_writes_them(text: str, said: str) -> None:
    assert text == said


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_has_no_words(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        words.rounded(value)


def test_a_chance_outside_0_to_1_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        words.chance(1.2)
