from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from math import exp
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forethought.errors import DataError
from forethought.results import charts, tokens
from forethought.results.drawing import Drawing
from forethought.results.words import MINUS

Frames = Callable[..., pl.DataFrame]
Check = Callable[[Drawing, int], list[str]]
Texts = Callable[[str], list[str]]

slow = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WEEKS = [date(2026, 6, 1) + timedelta(7 * n) for n in range(26)]
AHEAD = [WEEKS[-1] + timedelta(7 * n) for n in range(1, 19)]


def bands(middles: list[float], levels: dict[int, float]) -> dict[str, list[float]]:
    return {
        f"{edge}-{level}": [m + sign * wide * (n + 1) ** 0.5 for n, m in enumerate(middles)]
        for level, wide in levels.items()
        for edge, sign in (("lo", -1), ("hi", 1))
    }


def ahead(start: float, slope: float, levels: dict[int, float] | None = None) -> pl.DataFrame:
    middles = [start + slope * n for n in range(1, len(AHEAD) + 1)]
    edges = bands(middles, levels or {80: 40.0})
    return pl.DataFrame({"ds": AHEAD, "median": middles, **edges})


def grid(
    staff: range = range(44, 61), demand: tuple[float, ...] = (-10, -5, 0, 5, 10), **boxes: Any
) -> charts.ChanceGrid:
    """A logistic chance: more staff helps, more demand harms."""
    chance = tuple(
        tuple(1 / (1 + exp(-(s - 50.5 - 0.55 * d) / 1.4)) for s in staff) for d in demand
    )
    return charts.ChanceGrid(tuple(staff), demand, chance, **boxes)


def heat(shown: charts.ChanceGrid) -> Drawing:
    return charts.heat_map(shown, what="chance of fewer than 900 people waiting", place="here")


# Heat map


def test_every_cell_holds_a_whole_number_and_never_0_or_100(texts_of: Texts) -> None:
    texts = texts_of(heat(grid()).wide)
    cells = [t for t in texts if re.fullmatch(r"<1|>99|\d{1,2}", t)]
    assert len(cells) == 17 * 5 + 17  # cells, and the staff under each column
    assert {"<1", ">99"} <= set(cells)
    assert not {"0", "100"} & set(cells)


def test_a_cell_takes_the_step_of_the_number_it_shows() -> None:
    shown = charts.ChanceGrid((1, 2, 3, 4, 5), (0,), ((0.0949, 0.495, 0.744, 0.8949, 0.8951),))
    svg = heat(shown).wide
    fills = [
        found.upper()
        for found in re.findall(r'fill="(#[0-9A-Fa-f]{6})"', svg)
        if found.upper() in tokens.HEAT
    ]
    assert fills[:5] == [tokens.HEAT[step] for step in (0, 2, 2, 3, 4)]


def test_the_line_parts_exactly_the_cells_that_show_90_or_more() -> None:
    """Walking right in every row, the orange line is crossed once: before the first 90."""
    shown = grid()
    svg = heat(shown).wide
    lines = re.findall(rf'd="([^"]+)"[^>]*stroke="{tokens.ORANGE_MARK}"', svg, re.IGNORECASE)
    assert lines
    points = [
        [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", line)]
        for line in lines
    ]
    left = min(x for x, _ in cell_corners(svg))
    cell = (1058 - 4 - left) / 17
    for row in range(5):
        y = 30 + 32 * (4 - row) + 16
        crossed = [
            x0
            for line in points
            for (x0, y0), (x1, y1) in pairwise(line)
            if x0 == x1 and min(y0, y1) < y < max(y0, y1)
        ]
        first = next((n for n in range(17) if shown.shown(row, n) >= 90), 17)
        assert crossed == [pytest.approx(left + cell * first, abs=0.6)]


def cell_corners(svg: str) -> list[tuple[float, float]]:
    found = re.findall(r'd="M([\d.]+),([\d.]+)h[\d.]+v[\d.]+h-', svg)
    return [(float(x) - 0.5, float(y)) for x, y in found if float(x) > 20]


def test_a_phone_shows_every_second_column_with_that_of_today(texts_of: Texts) -> None:
    demand = (-10.0, -7.5, -5.0, -2.5, 0.0, 2.5, 5.0, 7.5, 10.0)
    for staff in (47, 48):
        drawing = heat(grid(demand=demand, today=(staff, 0), what_if=(55, 0)))
        texts = texts_of(drawing.narrow)
        columns = [t for t in texts if t.isdigit() and 44 <= int(t) <= 60]
        assert str(staff) in columns
        assert str(staff + 1) not in columns[-9:]
        assert {f"{MINUS}10%", "0%", "+10%"} <= set(texts)
        assert "+2.5%" not in texts
        assert "+2.5%" in texts_of(drawing.wide)


def test_the_alternative_text_of_a_heat_map_says_today_what_if_and_fewest_staff() -> None:
    alt = heat(grid(today=(48, 0), what_if=(55, 0))).alt
    assert "Today, 48 and 0%: 14%" in alt
    assert "What-if, 55 and 0%: 96%" in alt
    assert f"Fewest for 9 in 10: 49 at {MINUS}10%, 54 at 0%, 60 at +10%" in alt


def test_a_grid_without_a_sure_plan_says_so_and_draws_no_line() -> None:
    drawing = heat(grid(range(40, 46)))
    assert tokens.ORANGE_MARK.lower() not in drawing.wide.lower()
    assert "No plan shown has a 9 in 10 chance." in drawing.note


def test_a_broken_grid_names_every_fault_at_once() -> None:
    with pytest.raises(DataError) as caught:
        charts.ChanceGrid((2, 1), (0, 5), ((0.1, 1.2),))
    text = str(caught.value.as_json())
    assert "staff" in text
    assert "1 rows for 2 changes" in text
    assert "Row 0%" in text


@slow
@given(columns=st.integers(1, 40), rows=st.integers(1, 11), low=st.integers(0, 400))
def test_no_number_of_a_heat_map_is_cut_or_covered(
    check_drawing: Check, columns: int, rows: int, low: int
) -> None:
    demand = tuple(2.5 * (n - rows // 2) for n in range(rows))
    shown = grid(range(low, low + columns), demand, today=(low + 1, 0), what_if=(low + 2, 0))
    assert check_drawing(heat(shown), 1058) == []


# Backlog, incoming and closed


def open_work(*, paths: bool) -> Drawing:
    observed = pl.DataFrame({"ds": WEEKS, "y": [840.0 + 16 * n for n in range(26)]})
    single = pl.DataFrame(
        {
            "path": [k for k in range(14) for _ in AHEAD],
            "ds": AHEAD * 14,
            "y": [1240.0 - 9 * k - 20 * n for k in range(14) for n in range(len(AHEAD))],
        }
    )
    levels = {50: 20.0, 80: 40.0, 95: 60.0}
    plans = [
        charts.Plan("Today's 48 staff", ahead(1240, -8), base=True, short="48 staff"),
        charts.Plan("With 55 staff", ahead(1240, -40, levels), short="55 staff", paths=single),
    ]
    return charts.backlog(
        observed, plans, target=900, target_name="Target: 900", paths=paths, what="People waiting"
    )


def strokes(svg: str, colour: str) -> int:
    return len(re.findall(rf'stroke="{colour}"', svg, re.IGNORECASE))


def test_single_futures_are_drawn_only_when_asked_for_and_at_most_ten(
    check_drawing: Check,
) -> None:
    plain, asked = open_work(paths=False), open_work(paths=True)
    assert strokes(plain.wide, tokens.PATH) == 0
    assert strokes(asked.wide, tokens.PATH) == 10
    assert "Thin lines: 10 of the simulated futures." in asked.note
    assert "Thin lines" not in plain.note
    assert check_drawing(asked, 1058) == check_drawing(plain, 1058) == []


def test_a_what_if_has_three_bands_and_todays_plan_one() -> None:
    drawing = open_work(paths=False)
    for colour in (tokens.BAND_50, tokens.BAND_80, tokens.BAND_95, tokens.GREY_BAND):
        assert drawing.wide.lower().count(f'fill="{colour.lower()}"') == 1
    assert "from dark to light: 5 in 10, 8 in 10 and 19 in 20" in drawing.note
    assert "8 in 10 chance of" in drawing.alt
    assert "19 in 20" not in drawing.alt


def test_the_figure_of_a_line_is_not_that_of_a_holiday(texts_of: Texts) -> None:
    seen = pl.DataFrame({"ds": WEEKS, "y": [250.0] * 26})
    middles = [300.0] * (len(AHEAD) - 1) + [140.0]
    future = pl.DataFrame({"ds": AHEAD, "median": middles, **bands(middles, {80: 1.0})})
    drawings = [
        charts.incoming_closed(
            seen, seen, incoming_forecast=future, what="Requests", per="a week", holidays=named
        )
        for named in (None, {AHEAD[-1]: "Easter"})
    ]
    assert "Incoming, 140 a week" in texts_of(drawings[0].wide)
    assert {"Incoming, 300 a week", "Easter"} <= set(texts_of(drawings[1].wide))


def test_names_of_lines_stand_on_their_own_sides(texts_of: Texts) -> None:
    seen = pl.DataFrame({"ds": WEEKS, "y": [250.0] * 26})
    for more, fewer in ((320.0, 260.0), (260.0, 320.0)):
        came, done = (ahead(level, 0.0, {80: 4.0}) for level in (fewer, more))
        drawing = charts.incoming_closed(
            seen, seen, incoming_forecast=came, closed_forecast=done, what="Requests"
        )
        heights = {
            name: float(re.search(rf",([\d.]+)\)[^>]*>{name}, ", drawing.wide)[1])  # type: ignore[index]
            for name in ("Incoming", "Closed")
        }
        assert (heights["Closed"] < heights["Incoming"]) == (more > fewer)


# Difference


def paired(slope: float, wide: float) -> pl.DataFrame:
    middles = [slope * n for n in range(len(AHEAD))]
    return pl.DataFrame({"ds": AHEAD, "median": middles, **bands(middles, {80: wide})})


def test_a_difference_is_said_in_words_with_its_range(texts_of: Texts) -> None:
    fewer = charts.difference(
        paired(-30, 50), what="People waiting", than="today's plan", fewer="fewer waiting"
    )
    texts = texts_of(fewer.wide)
    assert {"510 fewer waiting", "8 in 10: 300 to 720 fewer waiting"} <= set(texts)
    assert "Fewer waiting than today's plan" in texts
    assert "8 in 10 chance of 300 to 720 fewer waiting" in fewer.alt
    either = charts.difference(paired(5, 50), what="People waiting", than="today's plan")
    assert "8 in 10: 130 fewer to 300 more" in texts_of(either.wide)


@slow
@given(
    slope=st.floats(-400, 400).filter(lambda s: abs(s) > 0.5),
    wide=st.floats(0.1, 900),
)
def test_no_word_of_a_difference_is_cut_or_covered(
    check_drawing: Check, slope: float, wide: float
) -> None:
    drawing = charts.difference(paired(slope, wide), what="People waiting", than="today's plan")
    assert check_drawing(drawing, 1058) == []


# Waiting


def curve(name: str, half: float, last: int = 120) -> charts.Waiting:
    days = tuple(float(n) for n in range(0, last + 1, 2))
    share = tuple(0.5 ** (day / half) for day in days)
    return charts.Waiting(
        name,
        days,
        share,
        tuple(max(0, s - 0.03) for s in share),
        tuple(min(1, s + 0.03) for s in share),
    )


LIMITS = (
    charts.Limit(28, "guidance", "First contact"),
    charts.Limit(42, "duty"),
    charts.Limit(56, "local"),
)


def test_limits_are_named_with_their_kind_in_every_drawing(
    texts_of: Texts, check_drawing: Check
) -> None:
    curves = [curve("Urgent", 4), curve("Soon", 14), curve("Standard", 32)]
    drawing = charts.waiting_curve(curves, LIMITS, what="People waiting for an assessment")
    said = {"First contact, 28 days, guidance", "42 days, duty", "56 days, local"}
    for svg in (drawing.wide, drawing.medium, drawing.narrow):
        assert said | {"Urgent", "Soon", "Standard"} <= set(texts_of(svg))
    assert check_drawing(drawing, 1058) == []
    assert "Standard: half by 32 days; past the limits 55%, 40% and 30%" in drawing.alt


def test_half_and_the_share_after_a_day_follow_the_curve() -> None:
    one = curve("Soon", 14)
    assert one.half == 14
    assert one.after(28) == pytest.approx(0.25)
    assert one.after(29) == one.after(28)
    assert charts.Waiting("Slow", (0, 10), (1, 0.8)).half is None


@pytest.mark.parametrize(
    "fields",
    [
        {"days": (0, 5), "share": (1.0,)},
        {"days": (5, 0), "share": (1.0, 0.5)},
        {"days": (0, 5), "share": (0.5, 0.8)},
        {"days": (0, 5), "share": (1.2, 0.8)},
        {"days": (0, 5), "share": (1.0, 0.8), "low": (0.9, 0.7)},
    ],
)
def test_a_share_that_could_not_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="waiting curve"):
        charts.Waiting("Urgent", **fields)


@slow
@given(
    halves=st.lists(st.floats(1, 200), min_size=1, max_size=4),
    limits=st.lists(st.integers(1, 300), max_size=4, unique=True),
)
def test_no_word_of_a_waiting_curve_is_cut_or_covered(
    check_drawing: Check, halves: list[float], limits: list[int]
) -> None:
    curves = [curve(f"Class {n}", half) for n, half in enumerate(halves)]
    marks = [charts.Limit(days, "local") for days in limits]
    assert check_drawing(charts.waiting_curve(curves, marks, what="People"), 1058) == []


# Uncertainty, tornado, recovery, load


@slow
@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=4).filter(lambda s: sum(s) > 0.01))
def test_per_cents_of_a_split_add_up(check_drawing: Check, parts: list[float]) -> None:
    sources = [charts.Source(f"Source {n}", p / sum(parts)) for n, p in enumerate(parts)]
    drawing = charts.uncertainty_split(sources, what="People waiting")
    assert check_drawing(drawing, 1058) == []
    assert sum(int(found) for found in re.findall(r" (\d+)%[;.]", drawing.alt)) >= 97
    exact = [p / sum(parts) * 100 for p in parts]
    for found, value in zip(
        re.findall(r"Source \d (under 1|\d+)%", drawing.alt), exact, strict=True
    ):
        assert found == "under 1" or abs(int(found) - value) <= 1


def test_a_split_that_is_no_whole_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        charts.uncertainty_split(
            [charts.Source("Forecast", 0.9), charts.Source("Chance", -0.2)], what="People"
        )
    assert "sum to 0.7" in str(caught.value.as_json())
    assert "below zero" in str(caught.value.as_json())


SWINGS = [
    charts.Swing("Absence", -90, 130, "4% to 9%"),
    charts.Swing("Requests", -310, 420),
    charts.Swing("Start of new staff", 40, 160, "January to March"),
    charts.Swing("Repeat contacts", 120, -80),
]


def test_a_tornado_has_the_longest_first_and_a_figure_at_each_end(
    texts_of: Texts, check_drawing: Check
) -> None:
    drawing = charts.tornado(SWINGS, what="People waiting")
    names = [swing.name for swing in SWINGS]
    shown = [text for text in texts_of(drawing.wide) if text in names]
    assert shown == ["Requests", "Absence", "Repeat contacts", "Start of new staff"]
    assert {f"{MINUS}310", "+420", f"{MINUS}80", "+120", "low +40", "high +160"} <= set(
        texts_of(drawing.narrow)
    )
    assert check_drawing(drawing, 1058) == []


@slow
@given(
    st.lists(
        st.tuples(st.floats(-5e4, 5e4), st.floats(-5e4, 5e4)).filter(
            lambda p: abs(p[0]) + abs(p[1]) > 1
        ),
        min_size=1,
        max_size=7,
    )
)
def test_no_figure_of_a_tornado_is_cut_or_covered(
    check_drawing: Check, ends: list[tuple[float, float]]
) -> None:
    swings = [
        charts.Swing(f"Assumption number {n}", *pair, "low to high") for n, pair in enumerate(ends)
    ]
    assert check_drawing(charts.tornado(swings, what="People waiting"), 1058) == []


def test_a_recovery_curve_labels_its_points_and_names_what_is_never_enough(
    texts_of: Texts, check_drawing: Check
) -> None:
    lines = [
        charts.Recovery(0.9, (8, 12, 16, 26), (None, 19, 14, 8)),
        charts.Recovery(0.5, (8, 12, 16, 26), (16, 11, 8, 5)),
    ]
    drawing = charts.recovery_curve(lines, what="Fewer than 900 people waiting")
    assert {"+19", "+14", "+8", "+16", "9 in 10 chance", "Even chance"} <= set(
        texts_of(drawing.wide)
    )
    assert "19 within 12 weeks; 14 within 16 weeks" in drawing.alt
    assert "No number tried is enough within 8 weeks" in drawing.alt
    assert check_drawing(drawing, 1058) == []


def test_ways_with_the_same_chance_are_told_apart_by_name(
    texts_of: Texts, check_drawing: Check
) -> None:
    lines = [
        charts.Recovery(0.9, (13, 26, 39), (11, 4, 2), "From an agency"),
        charts.Recovery(0.9, (13, 26, 39), (None, 5, 3), "Permanent posts"),
    ]
    drawing = charts.recovery_curve(lines, what="Fewer than 900 people waiting")
    assert {"From an agency", "Permanent posts"} <= set(texts_of(drawing.wide))
    assert "Permanent posts: 5 within 26 weeks" in drawing.alt
    assert "9 in 10 chance" not in texts_of(drawing.wide)
    assert check_drawing(drawing, 1058) == []


def test_a_recovery_curve_without_an_answer_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        charts.Recovery(1.2, (8, 4), (None,))
    text = str(caught.value.as_json())
    for fault in ("1 numbers of staff for 2 weeks", "do not ascend", "no chance", "No week"):
        assert fault in text


@slow
@given(st.lists(st.integers(0, 300), min_size=1, max_size=10))
def test_no_label_of_a_recovery_curve_is_cut_or_covered(
    check_drawing: Check, staff: list[int]
) -> None:
    falling = tuple(sorted(staff, reverse=True))
    weeks = tuple(4 * (n + 1) for n in range(len(staff)))
    line = charts.Recovery(0.9, weeks, falling)
    half = charts.Recovery(0.5, weeks, tuple(n // 2 for n in falling))
    drawing = charts.recovery_curve([line, half], what="Fewer than 900 people waiting")
    assert check_drawing(drawing, 1058) == []


def test_a_stage_over_its_capacity_says_so_beside_a_named_line(
    texts_of: Texts, check_drawing: Check
) -> None:
    stages = [
        charts.Load("First contact", 0.71, 0.66, 0.78),
        charts.Load("Assessment", 1.08, 1.01, 1.15),
        charts.Load("Review", 1.0),
    ]
    drawing = charts.load_bars(stages, measure="Load")
    texts = texts_of(drawing.wide)
    assert {"71%", "108%, over", "100%", "100%: as much as staff can do"} <= set(texts)
    assert tokens.TARGET.lower() in drawing.wide.lower()
    assert check_drawing(drawing, 1058) == []
    calm = charts.load_bars([charts.Load("Review", 0.2)])
    assert "100%: as much as staff can do" in texts_of(calm.narrow)


def test_a_drawing_that_fits_a_tablet_needs_no_other() -> None:
    wide = charts.load_bars([charts.Load("Review", 0.2)])
    half = charts.load_bars([charts.Load("Review", 0.2)], width=tokens.WIDE_HALF)
    assert wide.medium
    assert not half.medium
