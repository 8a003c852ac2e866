from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, get_args

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forethought.errors import DataError
from forethought.results import charts, tokens, words
from forethought.results.charts import Segment, Step, Telling
from forethought.results.charts.signal_icons import (
    ASSURANCES,
    VARIATIONS,
    Assurance,
    Variation,
)
from forethought.results.drawing import Drawing
from forethought.results.words import MINUS

Check = Callable[[Drawing, int], list[str]]
Texts = Callable[[str], list[str]]

slow = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# Bridge


def stepped(opening: float, *years: list[tuple[str, float]]) -> list[Step]:
    """An opening, then the changes of each year and its closing."""
    steps, running = [Step("Budget at the start", opening, total=True)], opening
    for year, changes in enumerate(years, start=1):
        for name, value in changes:
            running += value
            steps.append(Step(name, value))
        steps.append(Step(f"Net cost of year {year}", running, total=True))
    return steps


STEPS = stepped(
    388e6,
    [("Over budget", 3.6e6), ("More residents", 5.9e6), ("Grants", 0.0)],
    [("Price of care", 15.2e6), ("Savings", -5.1e6), ("Not explained", -2e4)],
)


def net_cost(steps: list[Step], **more: object) -> Drawing:
    return charts.bridge(steps, what="Net cost", place="here", **more)  # type: ignore[arg-type]


def rects(svg: str, colour: str) -> list[tuple[float, float, float]]:
    """Left, width and top of the bars of a colour, in their order."""
    pattern = rf'd="M([-\d.]+),([-\d.]+)h([-\d.]+)v22h-[\d.]+Z"[^>]*fill="{colour}"'
    found = re.findall(pattern, svg, re.IGNORECASE)
    return [(float(x), float(wide), float(y)) for x, y, wide in found]


def test_a_bridge_shows_every_row_in_order_with_its_figure(
    texts_of: Texts, check_drawing: Check
) -> None:
    drawing = net_cost(STEPS)
    names = [step.name for step in STEPS]
    said = ["£388.0m", "+£3.6m", "+£5.9m", "no change", "£397.5m"]
    said += ["+£15.2m", f"{MINUS}£5.1m", "slightly less", "£407.6m"]
    for svg in (drawing.wide, drawing.medium, drawing.narrow):
        assert [text for text in texts_of(svg) if text in names] == names
        assert [text for text in texts_of(svg) if text in said] == said
    assert check_drawing(drawing, 1058) == []


def test_changes_float_from_the_running_total() -> None:
    """A change starts where the last one ended, and a pound has one length in all rows."""
    svg = net_cost(STEPS).wide
    bars = sorted(rects(svg, tokens.BLUE) + rects(svg, tokens.TURQUOISE), key=lambda bar: bar[2])
    over, people, price, savings, _ = bars
    assert people[0] == pytest.approx(over[0] + over[1], abs=0.1)
    assert price[0] == pytest.approx(people[0] + people[1], abs=0.1)
    assert savings[0] + savings[1] == pytest.approx(price[0] + price[1], abs=0.1)
    for bar, pounds in ((people, 5.9), (price, 15.2), (savings, 5.1)):
        assert bar[1] / pounds == pytest.approx(over[1] / 3.6, rel=0.01)


def test_totals_are_marks_where_the_axis_is_cut_and_bars_from_zero_elsewhere() -> None:
    cut, whole = net_cost(STEPS), net_cost(stepped(3e6, [("Rise", 4e6), ("Fall", -6e6)]))
    assert {wide for _, wide, _ in rects(cut.wide, tokens.BASE_PLAN)} == {6}
    assert cut.measure == "The axis starts at £380m, so totals are marks, not bars."
    opening, closing = rects(whole.wide, tokens.BASE_PLAN)
    assert opening[0] == closing[0]
    assert opening[1] == pytest.approx(3 * closing[1], rel=0.01)
    assert not whole.measure


def test_figures_of_the_axis_are_evenly_apart(texts_of: Texts) -> None:
    for svg in (net_cost(STEPS).wide, net_cost(STEPS).medium, net_cost(STEPS).narrow):
        found = [re.fullmatch(r"£(\d+)m", text) for text in texts_of(svg)]
        figures = [int(hit[1]) for hit in found if hit]
        assert len(figures) > 1
        assert len({b - a for a, b in pairwise(figures)}) == 1


def test_the_alternative_text_of_a_bridge_has_its_ends_and_the_largest_changes() -> None:
    alt = net_cost(STEPS, table="By row").alt
    assert "Budget at the start £388.0m; Net cost of year 2 £407.6m" in alt
    assert f"Price of care +£15.2m; More residents +£5.9m; Savings {MINUS}£5.1m" in alt
    assert "On the way: Net cost of year 1 £397.5m" in alt
    assert alt.endswith('Figures in the table "By row".')
    assert "No change" in net_cost(stepped(1e6, [("Grants", 0.0)])).alt


@pytest.mark.parametrize("off", [0.02, -0.02, 5e6])
def test_a_total_that_the_rows_do_not_reach_is_refused(off: float) -> None:
    for at in (4, 8):
        steps = list(STEPS)
        steps[at] = Step(steps[at].name, steps[at].value + off, total=True)
        with pytest.raises(DataError) as caught:
            net_cost(steps)
        assert steps[at].name in str(caught.value.as_json())
        assert f"{off:+,.2f}" in str(caught.value.as_json())


def test_a_penny_of_rounding_is_no_fault() -> None:
    steps = [*STEPS[:-1], Step("Close", STEPS[-1].value + 0.009, total=True)]
    assert net_cost(steps).wide


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [Step("Alone", 1.0, total=True)],
        STEPS[1:],
        STEPS[:-1],
        [STEPS[0], Step("Odd", float("nan")), Step("End", 1.0, total=True)],
    ],
)
def test_steps_without_both_ends_or_with_no_number_are_refused(steps: list[Step]) -> None:
    with pytest.raises(DataError):
        net_cost(steps)


def test_a_bridge_of_people_has_their_words(texts_of: Texts, check_drawing: Check) -> None:
    drawing = net_cost(
        stepped(120, [("Starters", 40), ("Leavers", -70)]),
        number=words.signed,
        total_number=words.rounded,
        width=tokens.WIDE_HALF,
    )
    assert {"120", "+40", f"{MINUS}70", "90", "80", "160"} <= set(texts_of(drawing.wide))
    assert check_drawing(drawing, 530) == []


POUNDS = st.floats(-5e8, 5e8) | st.floats(-1e3, 1e3) | st.just(0.0)


@slow
@given(
    opening=POUNDS,
    years=st.lists(st.lists(POUNDS, min_size=1, max_size=6), min_size=1, max_size=3),
    more=st.sampled_from(["", " of people who already have support at the end of the year"]),
)
def test_no_figure_of_a_bridge_is_cut_or_covered(
    check_drawing: Check, opening: float, years: list[list[float]], more: str
) -> None:
    named = [[(f"Change {n}{more}", v) for n, v in enumerate(year)] for year in years]
    assert check_drawing(net_cost(stepped(opening, *named)), 1058) == []


# XmR


def months(count: int, first: int = 2024 * 12 + 10) -> list[date]:
    return [date((first + n) // 12, (first + n) % 12 + 1, 1) for n in range(count)]


VALUES = [96.0, 101, 92, 103, 106, 98, 102, 101, 98, 96, 90, 107]
VALUES += [100, 113, 104, 101, 97, 107, 97, 108, 98, 121, 124, 127]
DAYS = months(24)
POINTS = pl.DataFrame({"ds": DAYS, "y": VALUES})
LIMITS: dict[str, Any] = {"mean": 101.0, "lower": 82.0, "upper": 119.0}


def concerns(**more: Any) -> Drawing:
    settings_of: dict[str, Any] = {"marks": DAYS[-3:], **LIMITS, **more}
    return charts.xmr(POINTS, what="Safeguarding concerns a month", place="here", **settings_of)


def symbols(svg: str, colour: str) -> list[tuple[float, float, float]]:
    """Middle and radius of the points of a colour."""
    pattern = (
        rf'transform="translate\(([\d.]+),([\d.]+)\)" d="M([\d.]+),0A[^"]+"[^>]*fill="{colour}"'
    )
    return [(float(x), float(y), float(r)) for x, y, r in re.findall(pattern, svg, re.IGNORECASE)]


def bands(svg: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of the grey bands."""
    pattern = rf'd="M([\d.]+),([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+Z"[^>]*fill="{tokens.ORDINARY}"'
    found = [tuple(map(float, hit)) for hit in re.findall(pattern, svg, re.IGNORECASE)]
    return [(x, y, x + wide, y + tall) for x, y, wide, tall in found]


def test_limits_and_the_last_signal_are_named_with_their_figures(
    texts_of: Texts, check_drawing: Check
) -> None:
    drawing = concerns()
    said = {"Upper limit 119", "Mean 101", "Lower limit 82", "127 in October"}
    assert said <= set(texts_of(drawing.wide))
    assert said <= set(texts_of(drawing.medium))
    assert said - {"Mean 101"} <= set(texts_of(drawing.narrow))
    assert "Line across it: the mean." in drawing.note
    assert check_drawing(drawing, 1058) == []
    assert check_drawing(concerns(width=tokens.WIDE_HALF), 530) == []


def test_points_that_signal_are_pink_and_larger() -> None:
    svg = concerns().wide
    pink, black = symbols(svg, tokens.TARGET), symbols(svg, tokens.OBSERVED)
    assert len(pink) == 3
    assert len(black) == 21
    assert min(r for _, _, r in pink) > 1.5 * max(r for _, _, r in black)
    assert max(x for x, _, _ in black) < min(x for x, _, _ in pink)


def test_the_band_lies_at_the_limits_on_the_scale_of_the_points() -> None:
    svg = concerns().wide
    points = symbols(svg, tokens.OBSERVED)
    high, low = min(y for _, y, _ in points), max(y for _, y, _ in points)
    pixels = (low - high) / (113 - 90)
    ((_, top, _, bottom),) = bands(svg)
    assert top == pytest.approx(high - (119 - 113) * pixels, abs=0.1)
    assert bottom == pytest.approx(low + (90 - 82) * pixels, abs=0.1)


def test_limits_set_anew_step_between_two_points() -> None:
    parts = (Segment(DAYS[0], 100.0, 80.0, 120.0), Segment(DAYS[12], 104.0, 96.0, 112.0))
    drawing = concerns(mean=None, lower=None, upper=None, segments=parts, marks=[])
    first, second = bands(drawing.wide)
    points = symbols(drawing.wide, tokens.OBSERVED)
    assert first[2] == pytest.approx(second[0])
    assert points[11][0] < second[0] < points[12][0]
    assert first[1] < second[1] < second[3] < first[3]
    assert "Limits set anew from November 2025." in drawing.note
    assert "Mean 104, limits 96 to 112, set anew from November 2025" in drawing.alt
    assert "No month signals" in drawing.alt


def test_an_old_signal_is_named_by_its_point_with_its_year(
    texts_of: Texts, check_drawing: Check
) -> None:
    old, recent = concerns(marks=[DAYS[10]]), concerns(marks=[DAYS[13]])
    assert "90 in September 2025" in texts_of(old.wide)
    assert "113 in December" in texts_of(recent.wide)
    assert check_drawing(old, 1058) == check_drawing(recent, 1058) == []


def test_the_better_side_judges_a_signal_in_words() -> None:
    assert "3 months signal, the last: 127 in October 2026, above the mean." in concerns().alt
    assert "above the mean, which is worse" in concerns(better="low").alt
    assert "above the mean, which is better" in concerns(better="high").alt
    assert "below the mean, which is better" in concerns(better="low", marks=[DAYS[2]]).alt
    assert "Lower is better." in concerns(better="low").note
    assert "better" not in concerns().note


def test_a_target_is_dotted_and_named(texts_of: Texts, check_drawing: Check) -> None:
    drawing = concerns(target=110)
    for svg in (drawing.wide, drawing.narrow):
        assert "Target 110" in texts_of(svg)
        assert "stroke-dasharray" in svg
    assert "Target 110." in drawing.alt
    assert check_drawing(drawing, 1058) == []


def test_weeks_are_named_by_their_day(texts_of: Texts) -> None:
    days = [date(2026, 6, 1) + timedelta(7 * n) for n in range(24)]
    weekly = POINTS.with_columns(ds=pl.Series(days))
    drawing = charts.xmr(weekly, what="Calls", marks=days[-1:], period="week", **LIMITS)
    assert "127 on 9 November" in texts_of(drawing.wide)
    assert "1 week signals: 127 on 9 November 2026" in drawing.alt
    assert "weeks that signal" in drawing.note


ANEW = Segment(DAYS[4], 100.0, 80.0, 120.0)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"mean": None}, "segments"),
        ({"segments": [ANEW]}, "segments"),
        ({"upper": 100.0}, "between its limits"),
        ({"lower": float("nan")}, "between its limits"),
        ({"marks": [date(2020, 1, 1)]}, "1 January 2020"),
        ({"mean": None, "lower": None, "upper": None, "segments": [ANEW]}, "have no limits"),
        (
            {
                "mean": None,
                "lower": None,
                "upper": None,
                "segments": [Segment(DAYS[0], 1.0, 0.0, 2.0), Segment(date(2030, 1, 1), 1, 0, 2)],
            },
            "no point",
        ),
    ],
)
def test_limits_and_marks_that_cannot_be_drawn_are_refused(
    fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(DataError) as caught:
        concerns(**fields)
    assert said in str(caught.value.as_json())


def test_a_spark_is_200_by_54_without_words(texts_of: Texts) -> None:
    drawing = charts.xmr_spark(
        POINTS, what="Safeguarding concerns", place="here", marks=DAYS[-3:], **LIMITS
    )
    assert re.search(r'width="200" height="54"', drawing.wide)
    assert texts_of(drawing.wide) == []
    assert len(symbols(drawing.wide, tokens.TARGET)) == 3
    assert all(r <= y <= 54 - r for _, y, r in symbols(drawing.wide, tokens.TARGET))
    assert drawing.narrow == drawing.wide
    assert "3 months signal, the last: 127 in October 2026" in drawing.alt
    assert len(drawing.alt.split()) <= 70


@slow
@given(
    values=st.lists(st.integers(0, 400) | st.floats(0, 5e5), min_size=1, max_size=60),
    marked=st.sets(st.integers(0, 59), max_size=8),
    wide=st.floats(0.0, 1.0),
    anew=st.none() | st.integers(1, 59),
    target=st.none() | st.floats(0, 5e5),
)
def test_no_word_of_an_xmr_chart_is_cut_covered_or_left_out(
    check_drawing: Check,
    texts_of: Texts,
    values: list[float],
    marked: set[int],
    wide: float,
    anew: int | None,
    target: float | None,
) -> None:
    days = months(len(values))
    middle = sum(values) / len(values)
    limits = [Segment(days[0], middle, middle * (1 - wide), middle * (1 + wide))]
    if anew is not None and anew < len(days):
        limits.append(Segment(days[anew], middle / 2, middle / 3, middle))
    drawing = charts.xmr(
        pl.DataFrame({"ds": days, "y": [float(value) for value in values]}),
        what="Safeguarding concerns a month",
        segments=limits,
        marks=[days[n] for n in marked if n < len(days)],
        target=target,
    )
    assert check_drawing(drawing, 1058) == []
    for svg in (drawing.wide, drawing.narrow):
        said = " ".join(texts_of(svg))
        assert ("Upper limit" in said, "Lower limit" in said) == (True, True)
        assert ("Target" in said) == (target is not None)
        assert (" in " in said) == any(n < len(days) for n in marked)


# Icons


def test_every_icon_has_words_and_a_shape_of_its_own_without_colour(texts_of: Texts) -> None:
    icons = [charts.variation_icon(kind) for kind in get_args(Variation)]
    icons += [charts.assurance_icon(kind) for kind in get_args(Assurance)]
    shapes = {re.sub("#[0-9A-F]{6}", "", icon.wide, flags=re.IGNORECASE) for icon in icons}
    assert len(shapes) == len(icons) == len(VARIATIONS) + len(ASSURANCES) == 10
    assert len({icon.alt for icon in icons}) == 10
    assert all('height="24"' in icon.wide and icon.narrow == icon.wide for icon in icons)
    letters = ["".join(texts_of(icon.wide)) for icon in icons]
    assert letters == ["", "H", "L", "H", "L", "H", "L", "P", "F", "?"]
    assert all(float(s) >= 15 for i in icons for s in re.findall(r'font-size="(\d+)"', i.wide))


def test_an_icon_of_no_kind_is_refused() -> None:
    with pytest.raises(DataError, match="no kind of variation"):
        charts.variation_icon("worse")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="no kind of assurance"):
        charts.assurance_icon("common_cause")  # type: ignore[arg-type]


# Forecasts over time


def telling(months: int, budget: float = 51.85e6) -> Drawing:
    told = [
        Telling(date(2026, 4, 30) + timedelta(days=30 * n), 52e6 + 2e5 * n, 53e6, 53.4e6)
        for n in range(months)
    ]
    return charts.forecasts_over_time(
        told, target=budget, target_name="Budget", what="Net outturn", place="here",
        table="Outturn", number=lambda v: words.pounds_m(v, 2), axis_label=words.pounds_m,
    )  # fmt: skip


@pytest.mark.parametrize("months", [2, 5])
@pytest.mark.parametrize("budget", [51.85e6, 52.9e6, 60e6])
def test_forecasts_over_time_name_the_budget_and_the_last_figures(
    texts_of: Texts, check_drawing: Check, months: int, budget: float
) -> None:
    drawing = telling(months, budget)
    said = texts_of(drawing.wide)
    assert f"Budget: {words.pounds_m(budget, 2)}" in said
    assert any(text.startswith("Likely: £52.") for text in said)
    assert "Prudent: £53.00m" in texts_of(drawing.narrow)
    assert f"as forecast at {months} dates" in drawing.alt
    assert len(drawing.alt.split()) <= 70
    assert not check_drawing(drawing, tokens.WIDE_TAB)


def test_forecasts_over_time_that_cannot_be_drawn_are_refused() -> None:
    with pytest.raises(DataError, match="Two or more"):
        telling(1)
    with pytest.raises(DataError, match="above its prudent"):
        charts.forecasts_over_time(
            [Telling(date(2026, 4, d), 3.0, 2.0, 4.0) for d in (1, 2)],
            target=1.0, target_name="Budget", what="x",
        )  # fmt: skip
