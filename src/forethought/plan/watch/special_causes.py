"""Process limits and special causes as in NHS Making Data Count, for many stretches at once.

References:
    NHS England, Making Data Count; the rules are those of the R package NHSRplotthedots 0.2.2
    (moving ranges of 3.267 times their mean and more are screened once; the Excel tool screens
    none). Wheeler (2000), Understanding Variation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LIMIT = 2.66  # mean moving ranges from the mean: three standard deviations
NEAR = 2 * LIMIT / 3
SCREEN = 3.267
RUN = 7
TWO, THREE = 2, 3
TRIAL = 12  # points below which limits are on trial

CAUSES = ("common cause", "above upper limit", "below lower limit", "7 rising", "7 falling",
          "2 of 3 above mean", "2 of 3 below mean", "7 above mean", "7 below mean")  # fmt: skip
COMMON, ABOVE, BELOW, RISING, FALLING, TWO_HIGH, TWO_LOW, RUN_HIGH, RUN_LOW = range(9)
HIGH = (ABOVE, RISING, TWO_HIGH, RUN_HIGH)


@dataclass(frozen=True, eq=False)
class Limits:
    """Limits of S stretches, shape (S): mean, process limits, and near limits at two thirds."""

    mean: Floats
    lower: Floats
    upper: Floats
    near_lower: Floats
    near_upper: Floats


def limits(values: Floats, *, screen: bool = True, fix_after: int | None = None) -> Limits:
    """Process limits of stretches of one length.

    Args:
        values: (S, T).
        screen: Whether very large moving ranges are left out, once.
        fix_after: Points that make the limits; None: all.
    """
    told = values if fix_after is None else values[:, :fix_after]
    mean = told.mean(axis=1)
    ranges = np.abs(np.diff(told, axis=1))
    average = ranges.mean(axis=1) if ranges.shape[1] else np.full(len(values), np.nan)
    if screen and ranges.shape[1]:
        kept = ranges < SCREEN * average[:, None]
        count = kept.sum(axis=1)
        screened = np.where(kept, ranges, 0.0).sum(axis=1) / np.maximum(count, 1)
        # nothing is kept only where nothing ever moved: the limits lie on the mean
        average = np.where(count > 0, screened, 0.0)
    return Limits(mean, mean - LIMIT * average, mean + LIMIT * average,
                  mean - NEAR * average, mean + NEAR * average)  # fmt: skip


def special_causes(values: Floats, drawn: Limits) -> NDArray[np.int64]:
    """The special cause of each point, as its number in `CAUSES`, by precedence.

    Outside the limits comes before a trend of seven, that before two of three near a limit (all
    three on one side), that before seven on one side; every point of a trend or run is marked.

    Args:
        values: (S, T).
        drawn: Their limits.
    """
    with np.errstate(invalid="ignore"):
        side = np.sign(values - drawn.mean[:, None])
        outside = (values > drawn.upper[:, None]) | (values < drawn.lower[:, None])
        near = ~outside & (
            (values < drawn.near_lower[:, None]) | (values > drawn.near_upper[:, None])
        )
    trend = part_of_seven(seven_point_trend(values) != 0)
    two = near & two_in_three(near, side)
    run = part_of_seven(seven_one_side(side))
    high, rising = side > 0, _rising(values, trend)
    return np.select(
        [outside & high, outside, trend & rising, trend, two & high, two, run & high, run],
        [ABOVE, BELOW, RISING, FALLING, TWO_HIGH, TWO_LOW, RUN_HIGH, RUN_LOW],
        COMMON,
    )


def seven_one_side(side: Floats) -> Flags:
    """(S, T) whether a point is the seventh (or later) in a row on one side; 0 is no side."""
    flags = np.zeros(side.shape, dtype=bool)
    if side.shape[1] >= RUN:
        flags[:, RUN - 1 :] = np.abs(sliding_window_view(side, RUN, axis=1).sum(axis=2)) == RUN
    return flags


def seven_point_trend(values: Floats) -> NDArray[np.int64]:
    """(S, T) 1 where a point ends seven strictly rising ones, -1 seven falling ones, else 0."""
    trend = np.zeros(values.shape, dtype=np.int64)
    if values.shape[1] >= RUN:
        steps = np.sign(np.diff(values, axis=1))
        total = sliding_window_view(steps, RUN - 1, axis=1).sum(axis=2)
        trend[:, RUN - 1 :] = np.where(np.abs(total) == RUN - 1, np.sign(total), 0)
    return trend


def part_of_seven(ends: Flags) -> Flags:
    """(S, T) whether a point is one of the seven that end at a flagged point."""
    padded = np.concatenate([ends, np.zeros((len(ends), RUN - 1), dtype=bool)], axis=1)
    return np.asarray(sliding_window_view(padded, RUN, axis=1).any(axis=2))


def two_in_three(near: Flags, side: Floats) -> Flags:
    """(S, T) whether a point is in three neighbours of one side, two of them near a limit."""
    gap = np.zeros((len(near), THREE - 1))
    padded_near = np.concatenate([gap, near, gap], axis=1)
    padded_side = np.concatenate([gap, side, gap], axis=1)
    sides = np.abs(sliding_window_view(padded_side, THREE, axis=1).sum(axis=2))
    together = sliding_window_view(padded_near, THREE, axis=1).sum(axis=2) >= TWO
    together &= sides == THREE
    return np.asarray(sliding_window_view(together, THREE, axis=1).any(axis=2))


def _rising(values: Floats, trend: Flags) -> Flags:
    """Whether the trend that a point belongs to rises; between two trends the later one counts."""
    if values.shape[1] < TWO:
        return np.zeros(values.shape, dtype=bool)
    steps = np.sign(np.diff(values, axis=1))
    later = np.concatenate([steps, steps[:, -1:]], axis=1)
    earlier = np.concatenate([np.zeros((len(values), 1)), steps], axis=1)
    goes_on = np.concatenate([trend[:, 1:], np.zeros((len(values), 1), dtype=bool)], axis=1) & trend
    rising: Flags = np.where(goes_on, later, earlier) == 1
    return rising
