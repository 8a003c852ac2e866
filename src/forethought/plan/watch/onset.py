"""Since when, by how much, and whether it lasts: the change that fits a series' errors best.

A change of known shape leaves a known trace in the one-step-ahead errors, so its weight is a
regression of the errors on that trace, and its start the one under which the fit is best. Its size
is what came since then, on average, less what was to be expected from the periods before.

References:
    Willsky and Jones (1976), A generalized likelihood ratio approach to the detection and
    estimation of jumps in linear systems.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forethought.plan.watch.ordinary import Whitening, drawn_in
from forethought.plan.watch.surprise import Nature, Surprise, counts_of

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
    """

    start: int
    shape: Shape
    size: float
    low: float
    high: float
    usual: float


@dataclass(frozen=True, eq=False)
class Traced:
    """One series under its likeliest member.

    Args:
        row: The series.
        kind: Number of the member.
        error: (T) one-step-ahead errors on the stable scale, in the noise's standard deviations.
        stable: (T) the values on the stable scale.
        noise: Standard deviation of the noise.
    """

    row: int
    kind: int
    error: Floats
    stable: Floats
    noise: float


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
    first = max(1, cut - EARLIER)
    traced = _traced(row, seen, listed, cut, first)
    start, shape = _likeliest(traced, listed, first, latest, sign)
    length = values.shape[1]
    touched = slice(start, start + 1) if shape == "one-off" else slice(start, length)
    return _sized(values[row, touched], touched, traced, seen, listed, nature, shape)


def _traced(row: int, seen: Surprise, listed: Whitening, cut: int, first: int) -> Traced:
    """Errors whose past outliers are drawn in, up to the first period of a change."""
    fitted = seen.fitted
    stable = fitted.expected[row] + fitted.error[row] * fitted.spread[row]
    centred = (stable - stable[:cut].mean())[None]
    kind = int(fitted.kind[row])
    calm = drawn_in(centred, fitted.kind[row : row + 1], listed, cut)[0]
    calm[first:] = centred[0, first:]
    error = listed.inverse[kind] @ calm
    own = float(np.sqrt((error[1:first] ** 2).sum() / max(1, first - 3)))
    # the other members' doubt is in the spread
    noise = max(own, float(fitted.spread[row, cut] / listed.width[kind, cut]))
    return Traced(row, kind, error, stable, noise)


def _likeliest(
    traced: Traced, listed: Whitening, first: int, latest: int, sign: float
) -> tuple[int, Shape]:
    inverse, error = listed.inverse[traced.kind], traced.error
    best: tuple[float, int, Shape] = (-np.inf, latest, "one-off")
    for start in range(first, latest + 1):
        traces: dict[Shape, Floats] = {"one-off": inverse[:, start]}
        if start < error.size - 1:
            traces["lasting"] = inverse[:, start:].sum(axis=1)
        for shape, trace in traces.items():
            z = float(trace @ error) / np.sqrt(float(trace @ trace))
            if sign * z > best[0]:
                best = (sign * z, start, shape)
    return best[1], best[2]


def _sized(
    came: Floats, touched: slice, traced: Traced, seen: Surprise, listed: Whitening,
    nature: Nature, shape: Shape,
) -> Change:  # fmt: skip
    """What came, less what the periods before the start lead one to expect, with its interval."""
    row, count = traced.row, came.size
    lower = listed.lower[traced.kind, touched, touched]
    # what came since the start is taken out of the expectation again
    before = traced.stable[touched] - lower @ traced.error[touched]
    logged = nature == "positive" and bool(seen.fitted.logged[row])
    if nature == "count":
        expected = counts_of(before, seen.scale[row], seen.floor[row])
    else:
        expected = np.exp(before) if logged else before
    level, usual = float(came.mean()), float(expected.mean())
    # chance in what came is as large as what came is; doubt about the usual as large as that is
    alone = float((listed.alone[traced.kind, touched, touched].sum(axis=0) ** 2).sum())
    more = max(float((lower.sum(axis=0) ** 2).sum()) - alone, 0.0)
    chance = (_units(level, nature, logged=logged) * traced.noise) ** 2 * alone
    if nature == "positive" and not logged:
        chance *= max(1.0, level / max(usual, 1e-9)) ** 2  # larger values seldom vary less
    if nature == "count":
        # a root flattens the spread of the smallest counts: their dispersion tells it
        dispersion = float(seen.spread[row, touched.start] ** 2 / seen.expected[row, touched.start])
        chance = max(chance, dispersion * level * count)
    doubt = (_units(usual, nature, logged=logged) * traced.noise) ** 2 * more
    size, error = level - usual, np.sqrt(chance + doubt) / count
    return Change(touched.start, shape, size, size - _Z95 * error, size + _Z95 * error, usual)


def _units(at: float, nature: Nature, *, logged: bool) -> float:
    """Units of y that one unit of the stable scale is worth."""
    if nature == "count":
        return float(np.sqrt(at))
    return at if logged else 1.0
