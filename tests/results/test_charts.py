from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forethought.errors import DataError
from forethought.results import charts
from forethought.results.drawing import Drawing

Frames = Callable[..., pl.DataFrame]
Check = Callable[[Drawing, int], list[str]]

slow = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
shapes = {
    "base": st.sampled_from([0.4, 3.0, 40.0, 950.0, 23_000.0, 4.1e6]),
    "trend": st.floats(-0.004, 0.006),
    "spread": st.floats(0.001, 0.05),
    "count": st.integers(2, 150),
    "horizon": st.integers(1, 60),
}


@slow
@given(**shapes)
def test_no_label_of_a_fan_is_cut_or_covered_whatever_the_data(
    line: Frames,
    ahead: Frames,
    check_drawing: Check,
    base: float,
    trend: float,
    spread: float,
    count: int,
    horizon: int,
) -> None:
    observed = line(count, base=base, slope=base * trend, wave=base * 0.02)
    future = ahead(observed, horizon, slope=base * trend, spread=base * spread)
    earlier = future.select("ds", pl.col("median") * 0.98)
    drawing = charts.fan(observed, future, last=earlier, what="Adults supported", place="here")
    assert check_drawing(drawing, 1058) == []


@slow
@given(**shapes)
def test_no_label_of_a_flow_or_backlog_is_cut_or_covered(
    line: Frames,
    ahead: Frames,
    check_drawing: Check,
    base: float,
    trend: float,
    spread: float,
    count: int,
    horizon: int,
) -> None:
    came, done = (line(count, base=base * k, slope=base * trend) for k in (1, 0.9))
    future = ahead(came, horizon, slope=base * trend, spread=base * spread)
    flow = charts.incoming_closed(came, done, incoming_forecast=future, what="Requests")
    assert check_drawing(flow, 1058) == []
    plans = [
        charts.Plan("Today's staff", future, base=True, short="Today"),
        charts.Plan("Six more staff", ahead(came, horizon, slope=0), short="Six more"),
    ]
    open_work = charts.backlog(came, plans, target=base, target_name="Target", what="Waiting")
    assert check_drawing(open_work, 1058) == []


def test_a_fan_says_the_end_and_both_ranges(
    line: Frames, ahead: Frames, texts_of: Callable[[str], list[str]]
) -> None:
    observed = line(24, base=1000, slope=0, wave=0)
    future = ahead(observed, 12, slope=10, spread=20)
    drawing = charts.fan(observed, future, what="Adults", table="Table by month")
    texts = texts_of(drawing.wide)
    assert "1,120 in March 2023" in texts
    assert "8 in 10: 1,030 to 1,210" in texts
    assert "19 in 20: 980 to 1,260" in texts
    assert "Today: 1,000" in texts
    for said in ("8 in 10 chance of 1,030 to 1,210", "1,120 in March 2023", '"Table by month"'):
        assert said in drawing.alt


def test_a_cut_axis_is_said_and_a_whole_one_is_not(line: Frames, ahead: Frames) -> None:
    observed = line(24, base=1000, slope=0, wave=0)
    future = ahead(observed, 12, slope=0, spread=3)
    cut = charts.fan(observed, future, what="Adults", measure="Adults.")
    whole = charts.fan(observed, future, what="Adults", measure="Adults.", zero=True)
    assert "The vertical axis starts at" in cut.measure
    assert whole.measure == "Adults."


def test_the_measure_holds_for_the_phone_too(
    line: Frames, ahead: Frames, texts_of: Callable[[str], list[str]]
) -> None:
    observed = line(100, base=100, slope=9)
    drawing = charts.fan(observed, ahead(observed, 12), what="Adults")
    axes = [
        {text for text in texts_of(svg) if text.replace(",", "").isdigit() and len(text) != 4}
        for svg in (drawing.wide, drawing.narrow)
    ]
    assert axes[0] == axes[1]


def test_an_old_last_forecast_is_left_out_where_a_phone_no_longer_reaches_it(
    line: Frames, ahead: Frames, check_drawing: Check
) -> None:
    observed = line(120)
    old = observed.head(40).rename({"y": "median"})
    drawing = charts.fan(observed, ahead(observed), last=old, what="Adults")
    assert check_drawing(drawing, 1058) == []


def test_the_same_frames_give_the_same_bytes(line: Frames, ahead: Frames) -> None:
    observed = line()
    one, two = (charts.fan(observed, ahead(observed), what="Adults") for _ in range(2))
    assert one == two


def test_row_order_changes_nothing(line: Frames, ahead: Frames) -> None:
    observed = line()
    future = ahead(observed)
    mixed = charts.fan(observed.reverse(), future.reverse(), what="Adults")
    assert mixed == charts.fan(observed, future, what="Adults")


def test_no_line_without_a_band(line: Frames, ahead: Frames) -> None:
    observed = line()
    bare = ahead(observed).select("ds", "median")
    with pytest.raises(DataError, match="without a range"):
        charts.fan(observed, bare, what="Adults")


def test_two_series_in_one_frame_are_refused(line: Frames, ahead: Frames) -> None:
    observed = line()
    with pytest.raises(DataError, match="more than once"):
        charts.fan(pl.concat([observed, observed]), ahead(observed), what="Adults")


def test_a_missing_column_is_named(line: Frames, ahead: Frames) -> None:
    observed = line()
    with pytest.raises(DataError, match='No column "y"'):
        charts.fan(observed.rename({"y": "people"}), ahead(observed), what="Adults")


def test_other_levels_are_drawn_and_named(line: Frames, ahead: Frames) -> None:
    observed = line()
    future = ahead(observed).rename({"lo-80": "lo-50", "hi-80": "hi-50"}).drop("lo-95", "hi-95")
    drawing = charts.fan(observed, future, what="Adults")
    assert "5 in 10" in drawing.alt
    assert drawing.note == "Bands: 5 in 10 chance."


def test_weeks_and_hours_are_drawn_with_their_days(check_drawing: Check) -> None:
    weeks = [date(2026, 1, 5) + timedelta(7 * n) for n in range(30)]
    came = pl.DataFrame({"ds": weeks, "y": [50.0 + n % 7 for n in range(30)]})
    drawing = charts.incoming_closed(came, came.with_columns(pl.col("y") - 9), what="Requests")
    assert check_drawing(drawing, 1058) == []
    assert "on 27 July 2026" in drawing.alt
    hours = pl.datetime_range(
        pl.datetime(2026, 1, 1), pl.datetime(2026, 1, 3), "1h", eager=True
    ).alias("ds")
    hourly = pl.DataFrame({"ds": hours, "y": [float(n % 24) for n in range(hours.len())]})
    assert check_drawing(charts.backlog(hourly, what="Waiting"), 1058) == []


def test_bars_carry_their_figures_and_start_at_zero(
    check_drawing: Check, texts_of: Callable[[str], list[str]]
) -> None:
    rows = [
        charts.Bar("Care at home and in the community", 1234, 1100, 1400),
        charts.Bar("Nursing", 310, 250, 900),
        charts.Bar("Direct payments for people with a learning disability", 12),
        charts.Bar("Nothing", 0),
    ]
    for width in (530, 1058):
        drawing = charts.bars(rows, what="People", width=width)
        assert check_drawing(drawing, width) == []
        assert {"0", "1,230", "310", "10"} <= set(texts_of(drawing.wide))
    assert "Nursing 310" in drawing.alt


def test_bars_below_zero_are_refused() -> None:
    with pytest.raises(DataError, match='"Loss" is below zero'):
        charts.bars([charts.Bar("Loss", -3)], what="People")


def test_columns_lie_down_on_a_phone(check_drawing: Check) -> None:
    ages = ("Under 1 week", "1 to 4 weeks", "4 to 12 weeks", "12 to 26 weeks", "Over 26 weeks")
    rows = [charts.Bar(name, 90.0 + 300 * n) for n, name in enumerate(ages)]
    assert check_drawing(charts.columns(rows, what="Open work by age"), 1058) == []


def test_quality_never_says_100_unless_all_passed_and_names_what_is_not_measured(
    check_drawing: Check, texts_of: Callable[[str], list[str]]
) -> None:
    drawing = charts.quality_bars(
        {"completeness": 99.98, "uniqueness": 100, "timeliness": 61, "accuracy": None}
    )
    assert check_drawing(drawing, 530) == []
    assert {"99", "100", "61, low", "Not measured"} <= set(texts_of(drawing.wide))


def test_small_multiples_share_one_axis_where_now_is_100(
    line: Frames, ahead: Frames, check_drawing: Check, texts_of: Callable[[str], list[str]]
) -> None:
    parts = []
    for name, base in (("Older people", 900.0), ("Mental health", 40.0), ("Others", 7.0)):
        observed = line(60, base=base, slope=base * 0.004, wave=base * 0.01)
        future = ahead(observed, 40, slope=base * 0.003, spread=base * 0.02)
        parts.append(charts.Part(name, observed, future))
    drawings = charts.multiples(parts, what="Adults supported")
    assert [drawing.heading for drawing in drawings] == ["Older people", "Mental health", "Others"]
    assert all(check_drawing(drawing, 250) == [] for drawing in drawings)
    axes = [[t for t in texts_of(d.wide) if not t.startswith("20")] for d in drawings]
    assert axes[0] == axes[1] == axes[2]
    assert "100" in axes[0]
    assert "** now, **" in drawings[0].note


def test_a_spark_shows_its_first_and_last_month_alone(
    line: Frames, ahead: Frames, check_drawing: Check, texts_of: Callable[[str], list[str]]
) -> None:
    observed = line(24)
    drawing = charts.spark(observed, ahead(observed, 12), what="Adults")
    assert check_drawing(drawing, 340) == []
    assert texts_of(drawing.wide) == ["Apr 2020", "Mar 2023"]
    aimed = charts.spark(
        observed, ahead(observed, 12), what="Adults", target=430, target_name="Aim"
    )
    assert "Aim" in texts_of(aimed.wide)
