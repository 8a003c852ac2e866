from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forethought.results.layout import (
    Box,
    Obstacles,
    date_ticks,
    push_apart,
    text_width,
    value_axis,
    wrap,
)

places = st.lists(st.floats(-200, 700, allow_nan=False), min_size=1, max_size=8)


@given(places)
def test_labels_pushed_apart_keep_their_gap_order_and_edges(wanted: list[float]) -> None:
    placed = push_apart(wanted, 26, 0, 400)
    ordered = sorted(placed)
    gap = min(26, 400 / max(1, len(wanted) - 1))
    assert all(b - a >= gap - 1e-6 for a, b in pairwise(ordered))
    assert ordered[0] >= -1e-9
    assert ordered[-1] <= 400 + 1e-6
    by_wanted = [place for _, place in sorted(zip(wanted, placed, strict=True))]
    assert by_wanted == sorted(by_wanted)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8, unique=True))
def test_labels_that_are_apart_stay_where_they_are(steps: list[int]) -> None:
    wanted = [40.0 * step for step in steps]
    assert push_apart(wanted, 26, 0, 400) == pytest.approx(wanted)


@given(st.floats(-1e7, 1e7), st.floats(0, 1e7), st.booleans())
def test_an_axis_holds_its_values_with_few_round_lines(low: float, span: float, zero: bool) -> None:  # noqa: FBT001
    axis = value_axis(low, low + span, zero=zero)
    slack = 1e-6 * max(1.0, abs(low), span)
    assert axis.start <= low + slack
    assert axis.end >= low + span - slack
    assert 2 <= len(axis.ticks) <= 8
    if zero:
        assert axis.start <= 0 <= axis.end


def test_an_axis_is_cut_only_where_zero_is_far() -> None:
    assert not value_axis(100, 400).cut
    assert value_axis(380, 400).cut


@given(
    st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    st.integers(1, 9000),
    st.sampled_from([220.0, 300.0, 700.0, 1000.0]),
    st.booleans(),
)
def test_date_labels_never_touch(first: date, days: int, width: float, narrow: bool) -> None:  # noqa: FBT001
    last = first + timedelta(days)
    ticks = date_ticks(first, last, width, narrow=narrow)
    at = [(tick.day - first).days / days * width for tick in ticks]
    for n in range(1, len(ticks)):
        room = (text_width(ticks[n - 1].label) + text_width(ticks[n].label)) / 2
        assert at[n] - at[n - 1] >= room * 0.9
    assert all(first <= tick.day <= last for tick in ticks)


def test_ticks_a_year_apart_fall_on_april() -> None:
    ticks = date_ticks(date(2018, 1, 1), date(2030, 3, 1), 800)
    assert {tick.day.month for tick in ticks} == {4}


def test_a_label_goes_where_it_covers_nothing() -> None:
    taken = Obstacles()
    taken.add_band([0, 400], [100, 100], [160, 160])

    def box_at(x: float, y: float) -> Box:
        return Box(x - 40, y - 10, x + 40, y + 10)

    assert taken.place([(200, 120), (200, 155), (200, 190), (200, 60)], box_at) == (200, 190)
    assert taken.place([(200, 185), (200, 60)], box_at) == (200, 60)


def test_wrapped_lines_fit_their_width() -> None:
    lines = wrap("Direct payments for people with a learning disability", 160)
    assert " ".join(lines) == "Direct payments for people with a learning disability"
    assert all(text_width(line) <= 160 for line in lines)
