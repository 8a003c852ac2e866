"""XmR charts: the published rules and fixtures of NHS Making Data Count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.watch.made import months, one

import forethought as ft
from forethought.errors import DataError, UsageError
from forethought.plan.watch.special_causes import (
    limits,
    part_of_seven,
    seven_one_side,
    seven_point_trend,
    special_causes,
    two_in_three,
)
from forethought.plan.watch.xmr import Desired

# set.seed(123); rnorm(20) of R, the series of the snapshots of NHSRplotthedots 0.2.2 (MIT)
NORMAL = [
    -0.560475646552213, -0.230177489483280, 1.558708314149124, 0.070508391424576,
    0.129287735160946, 1.715064986883281, 0.460916205989202, -1.265061234606534,
    -0.686852851893526, -0.445661970099958, 1.224081797439462, 0.359813827057364,
    0.400771450594052, 0.110682715945120, -0.555841134754075, 1.786913136803078,
    0.497850478229239, -1.966617156629638, 0.701355901563686, -0.472791407727934,
]  # fmt: skip


def row(values: Sequence[float]) -> np.ndarray:
    return np.array([values], dtype=np.float64)


def drawn(frame: pl.DataFrame, **settings: Any) -> tuple[float, float, float]:
    chart = ft.plan.xmr(frame, **settings).frame
    mean, lower, upper = chart.select("mean", "lower", "upper").row(0)
    return mean, lower, upper


def test_limits_equal_the_published_snapshots() -> None:
    assert drawn(one(NORMAL)) == pytest.approx((0.1416238, -3.01138, 3.294627), abs=1e-6)
    outlier = [*NORMAL[:14], 10.0, *NORMAL[15:]]
    screened = (0.6694159, -2.383666, 3.722497)
    unscreened = (0.6694159, -4.596625, 5.935457)
    assert drawn(one(outlier)) == pytest.approx(screened, abs=1e-6)
    assert drawn(one(outlier), screen=False) == pytest.approx(unscreened, abs=1e-6)


def test_a_rebased_chart_has_limits_of_each_half() -> None:
    chart = ft.plan.xmr(one(NORMAL), rebase=[months(20)[10]]).frame
    halves = chart.group_by("group", maintain_order=True).first()
    told = halves.select("mean", "lower", "upper").rows()
    assert told[0] == pytest.approx((0.0746, -2.60, 2.75), abs=5e-3)
    assert told[1] == pytest.approx((0.209, -3.28, 3.70), abs=5e-3)


def test_limits_can_be_fixed_after_some_points() -> None:
    fixed = drawn(one([*NORMAL, 50.0, 60.0]), fix_after=20)
    assert fixed == pytest.approx(drawn(one(NORMAL)))


def test_the_rules_mark_what_the_published_tests_mark() -> None:
    side = row([1] * 8 + [-1])
    assert seven_one_side(side).astype(int).tolist() == [[0, 0, 0, 0, 0, 0, 1, 1, 0]]
    assert seven_one_side(row([1] * 6 + [-1])).sum() == 0
    assert seven_one_side(row([1, 1, 1, 0, 1, 1, 1, 1])).sum() == 0
    assert seven_point_trend(row([2, 1, 2, 3, 4, 5, 6, 7, 3])).tolist() == [
        [0, 0, 0, 0, 0, 0, 0, 1, 0]
    ]
    assert seven_point_trend(row([7, 6, 5, 4, 3, 2, 1])).tolist() == [[0] * 6 + [-1]]
    assert seven_point_trend(row([1, 2, 3, 3, 4, 5, 6])).sum() == 0
    near = row([0, 0, 1, 0, 1, 0, 0]) > 0
    same, opposite = row([1] * 7), row([1, 1, 1, 1, -1, 1, 1])
    assert (near & two_in_three(near, same)).astype(int).tolist() == [[0, 0, 1, 0, 1, 0, 0]]
    assert two_in_three(near, same).astype(int).tolist() == [[0, 0, 1, 1, 1, 0, 0]]
    assert two_in_three(near, opposite).sum() == 0


def test_all_seven_points_of_a_run_are_marked_and_outside_goes_first() -> None:
    ends = row([0] * 6 + [1, 0]) > 0
    assert part_of_seven(ends).astype(int).tolist() == [[1] * 7 + [0]]
    rising = row([0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 1, 2, 3, 4, 5, 6, 90])
    found = special_causes(rising, limits(rising))
    assert found[0, -1] == 1
    assert (found[0, 10:-1] == 3).all()


@pytest.mark.parametrize(
    ("target", "desired", "assurance"),
    [(100, "up", "fail"), (-100, "up", "pass"), (0, "up", "inconsistent"),
     (100, "down", "pass"), (-100, "down", "fail"), (0, "neutral", None), (None, "up", None)],
)  # fmt: skip
def test_assurance_is_read_from_target_and_limits(
    target: float | None, desired: Desired, assurance: str | None
) -> None:
    icons = ft.plan.xmr(one(NORMAL), target=target, desired=desired).icons
    assert icons["assurance"].to_list() == [assurance]


@pytest.mark.parametrize(
    ("desired", "icon"),
    [("up", "improvement_high"), ("down", "concern_high"), ("neutral", "neutral_high")],
)
def test_variation_is_the_last_point_seen_from_where_it_should_go(
    desired: Desired, icon: str
) -> None:
    icons = ft.plan.xmr(one([*NORMAL, 9.0]), desired=desired).icons
    assert icons["variation"].to_list() == [icon]
    steady = ft.plan.xmr(one(NORMAL), desired=desired).icons
    assert steady["variation"].to_list() == ["common_cause"]


def test_few_points_make_trial_limits_and_no_change_makes_no_signal() -> None:
    assert ft.plan.xmr(one([1.0, 3.0, 2.0])).frame["trial"].all()
    assert not ft.plan.xmr(one(NORMAL)).frame["trial"].any()
    still = ft.plan.xmr(one([0.0] * 20)).frame
    assert still["cause"].unique().to_list() == ["common cause"]
    assert still["upper"].unique().to_list() == [0.0]
    alone = ft.plan.xmr(one([5.0])).frame
    assert alone["cause"].to_list() == ["common cause"]


def test_what_cannot_be_charted_is_refused() -> None:
    with pytest.raises(UsageError, match="no direction"):
        ft.plan.xmr(one(NORMAL), desired="sideways")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="make no limits"):
        ft.plan.xmr(one(NORMAL), fix_after=1)
    with pytest.raises(DataError, match="1 problem"):
        ft.plan.xmr(one(NORMAL).with_columns(y=pl.lit(None, dtype=pl.Float64)))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-50, 50), min_size=8, max_size=40), st.integers(1, 9))
def test_scale_and_shift_of_the_measure_change_no_mark(values: list[int], factor: int) -> None:
    plain = row([float(value) for value in values])
    moved = plain * 2.0**factor + 1024
    assert (
        special_causes(plain, limits(plain)) == special_causes(moved, limits(moved))
    ).mean() > 0.99  # a point on a limit may fall either way
    upside_down = special_causes(-plain, limits(-plain))
    swapped = np.array([0, 2, 1, 4, 3, 6, 5, 8, 7])[upside_down]
    assert (swapped == special_causes(plain, limits(plain))).mean() > 0.95
