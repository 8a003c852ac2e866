"""Since when, by how much, and whether it lasts: the change that fits a series' surprises best.

A change of known shape leaves a known trace in the one-step-ahead errors, so its size is a
regression of the surprises on that trace, and its start the one under which the fit is best.

References:
    Willsky and Jones (1976), A generalized likelihood ratio approach to the detection and
    estimation of jumps in linear systems.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forethought.plan.watch.ordinary import Whitening
from forethought.plan.watch.surprise import Nature, Surprise

Floats = NDArray[np.float64]
Shape = Literal["lasting", "one-off"]

EARLIER = 6  # periods before the watch in which a change may have begun
_Z95 = 1.959964


@dataclass(frozen=True)
class Change:
    """The change of one series.

    Args:
        start: Period in which it began.
        shape: `lasting` or `one-off`.
        size: How much higher (or lower) a period is since then, in units of y.
        low: Lower end of its 95% interval.
        high: Upper end.
        usual: What a period would have been without it, in units of y, on average since the start.
        z: Size over its standard error.
    """

    start: int
    shape: Shape
    size: float
    low: float
    high: float
    usual: float
    z: float


def change_of(
    row: int, values: Floats, seen: Surprise, listed: Whitening, cut: int, latest: int,
    nature: Nature, sign: float,
) -> Change:  # fmt: skip
    """The likeliest change of one series.

    Args:
        row: The series.
        values: (S, T) in units of y.
        seen: Their surprises.
        listed: The list of covariances.
        cut: First watched period.
        latest: Last period in which it may have begun: the first alarm.
        nature: What is measured.
        sign: 1 where the alarm says higher, -1 where lower.
    """
    fitted = seen.fitted
    inverse = listed.inverse[fitted.kind[row]]
    first = max(1, cut - EARLIER)
    u, length = seen.u[row], values.shape[1]
    best: tuple[float, int, Shape, float, float] = (-1.0, latest, "one-off", 0.0, 1.0)
    scale = fitted.spread[row] / listed.width[fitted.kind[row]]
    for start in range(first, latest + 1):
        traces: dict[Shape, Floats] = {"one-off": inverse[:, start]}
        if start < length - 1:
            traces["lasting"] = inverse[:, start:].sum(axis=1)
        for shape, trace in traces.items():
            seen_trace = trace[first:] / scale[first:]
            weight = float(seen_trace @ seen_trace)
            z = float(seen_trace @ u[first:]) / np.sqrt(weight)
            if sign * z > best[0]:
                best = (sign * z, start, shape, z / np.sqrt(weight), 1 / np.sqrt(weight))
    _, start, shape, size, error = best
    touched = slice(start, start + 1) if shape == "one-off" else slice(start, length)
    ends = [size, size - _Z95 * error, size + _Z95 * error]
    level = float(values[row, touched].mean())
    usual, told = _in_units(level, ends, seen, row, nature)
    return Change(start, shape, told[0], told[1], told[2], usual, size / error)


def _in_units(
    level: float, ends: list[float], seen: Surprise, row: int, nature: Nature
) -> tuple[float, list[float]]:
    """What was usual, and the change, from the stable scale back to units of y."""
    if nature == "count":
        root = 2 * np.sqrt(level)
        usual = max(0.0, (root - ends[0]) / 2) ** 2
        before = 2 * np.sqrt(usual)
        return usual, [max(0.0, (before + end) / 2) ** 2 - usual for end in ends]
    if nature == "positive" and seen.fitted.logged[row]:
        usual = level / float(np.exp(ends[0]))
        return usual, [usual * float(np.expm1(end)) for end in ends]
    return level - ends[0], ends
