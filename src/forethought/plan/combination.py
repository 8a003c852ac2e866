"""How members become one forecast: weights learnt on rolling origins inside the training data.

The weights of all series of a group are learnt together, by the mean absolute error at the
origins, leaning on usual ones; each series then leans to the members that did well on its own
origins. The forecast lies between the weighted mean and the weighted median: the mean uses all
members, the median is not moved by one that runs away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.plan import member_models as named

Floats = NDArray[np.float64]

USUAL_PULL = 100.0  # pull of the usual weights, in mean errors, shared out over the origins
USUAL_PARTS = {
    named.ETS: 1.5,
    named.CES: 1.5,
    named.THETA: 1.5,
    named.SEASONAL_NAIVE: 0.5,
    named.SEASONAL_AVERAGE: 0.7,
    named.AGGREGATED: 0.7,
}  # the others 1: full models are right more often than plain ones where few origins speak
OWN_PRIOR = 6.0  # the group's weights count as this many origins of a series' own
OWN_TILT = 2.0  # how fast a weight falls with a member's relative error
MEDIAN_PART = 0.2  # of the forecast; the rest is the weighted mean
LARGEST = 20.0  # a scaled error beyond this moves no weight, so that one series does not decide
STEPS, RATE = 300, 0.5  # of the descent
MOST_ORIGINS = 4_000  # origins of a group that are asked, evenly chosen


@dataclass(frozen=True, eq=False)
class Combined:
    """The combination of one series.

    Args:
        mean: Shape (h,).
        origin_means: Shape (W, h).
        weights: Shape (M,): each member's part, 0 where it has no forecast.
    """

    mean: Floats
    origin_means: Floats
    weights: Floats


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """What one series offers to the choice: members at its origins, and what came.

    Args:
        y: History, shape (n,).
        cutoffs: Lengths of the histories at the origins.
        means: Forecasts from the end, shape (M, h).
        origin_means: Forecasts from the origins, shape (W, M, h).
        scale: Size of the series' usual change, for errors that compare between series.
        counted: Periods that tell something about errors, shape (n,).
    """

    y: Floats
    cutoffs: tuple[int, ...]
    means: Floats
    origin_means: Floats
    scale: float
    counted: NDArray[np.bool_]

    def actual(self) -> Floats:
        """What came after each origin, shape (W, h); NaN after the end and where set aside."""
        h = self.means.shape[-1]
        seen = np.concatenate([np.where(self.counted, self.y, np.nan), np.full(h, np.nan)])
        return np.array([seen[c : c + h] for c in self.cutoffs]).reshape(len(self.cutoffs), h)


def learnt_weights(rehearsals: Sequence[Rehearsal], members: Sequence[str]) -> list[Floats]:
    """Each series' weights of its members, shape (M,), positive, summing to 1."""
    group = pooled_weights(rehearsals, usual_weights(members))
    return [own_weights(_mean_errors(rehearsal), group) for rehearsal in rehearsals]


def usual_weights(members: Sequence[str]) -> Floats:
    """Weights before any origin has spoken, shape (M,)."""
    parts = np.array([USUAL_PARTS.get(name, 1.0) for name in members])
    return np.asarray(parts / parts.sum())


def pooled_weights(rehearsals: Sequence[Rehearsal], usual: Floats) -> Floats:
    """Weights that make the mean of the members nearest to what came, over all series.

    Mean absolute scaled error plus a pull to the usual weights, shape (M,), by exponentiated
    gradient steps, which stay on the simplex. Few origins leave the usual weights.

    Source: Kivinen and Warmuth (1997) for the steps.
    """
    shifts, came, share = _stacked(rehearsals)
    origins = shifts.shape[0]
    if origins == 0:
        return usual
    base = float((np.abs(came) * share).sum() / origins)
    if base <= 0:
        return usual
    pull = USUAL_PULL * base / origins
    rate = RATE / (base + pull)
    weights = usual
    for _ in range(STEPS):
        error = np.einsum("m,rmh->rh", weights, shifts) - came
        slope = error / np.sqrt(error**2 + 0.0025) * share * (np.abs(error) < LARGEST)
        gradient = np.einsum("rh,rmh->m", slope, shifts) / origins
        gradient += pull * np.log(np.maximum(weights, 1e-9) / usual)
        weights = weights * np.exp(-rate * (gradient - gradient @ weights))
        weights /= weights.sum()
    return np.asarray(weights)


def own_weights(errors: Floats, group: Floats) -> Floats:
    """The group's weights, leaning to the members that did well on the series' own origins.

    Args:
        errors: Mean scaled error by origin and member, shape (W, M); NaN where unknown.
        group: Shape (M,).
    """
    known = np.isfinite(errors)
    counted = known.any(axis=1)
    origins = int(counted.sum())
    if origins == 0:
        return group
    seen = known.sum(axis=0)
    mean = np.where(known, errors, 0.0).sum(axis=0) / np.maximum(seen, 1)
    mean = np.where(seen > 0, mean, np.nan)
    level = float(np.nanmean(mean))
    relative = np.where(np.isfinite(mean), mean / level, 1.0) if level > 0 else np.ones(group.size)
    trust = origins / (origins + OWN_PRIOR)
    tilted = group * np.exp(-OWN_TILT * trust * (relative - relative @ group))
    return np.asarray(tilted / tilted.sum())


def combine(means: Floats, weights: Floats) -> Floats:
    """One forecast from the members' (..., M, h): between their weighted mean and median.

    Members without a forecast are left out and their parts shared out.

    Returns:
        Shape (..., h); NaN where no member has a forecast.
    """
    known = np.isfinite(means)
    mass = np.where(known, weights[:, None], 0.0)
    total = mass.sum(axis=-2, keepdims=True)
    mass = np.divide(mass, total, out=np.zeros_like(mass), where=total > 0)
    mean = (np.where(known, means, 0.0) * mass).sum(axis=-2)
    both = mean + MEDIAN_PART * (_weighted_median(means, mass) - mean)
    return np.where(total[..., 0, :] > 0, both, np.nan)


def _weighted_median(means: Floats, mass: Floats) -> Floats:
    """Where half of the weight is reached, linear between the middles of the members' parts."""
    order = np.argsort(means, axis=-2)  # NaN goes last, with no weight
    ordered = np.take_along_axis(means, order, axis=-2)
    part = np.take_along_axis(mass, order, axis=-2)
    middle = np.cumsum(part, axis=-2) - 0.5 * part
    known = np.isfinite(ordered)
    last = np.maximum(known.sum(axis=-2, keepdims=True) - 1, 0)
    right = np.clip((known & (middle < 0.5)).sum(axis=-2, keepdims=True), 0, last)  # noqa: PLR2004
    left = np.maximum(right - 1, 0)
    low, high = (np.take_along_axis(ordered, at, axis=-2) for at in (left, right))
    from_, to = (np.take_along_axis(middle, at, axis=-2) for at in (left, right))
    span = to - from_
    share = np.divide(0.5 - from_, span, out=np.ones_like(span), where=span > 0)
    return np.asarray((low + np.clip(share, 0.0, 1.0) * (high - low))[..., 0, :])


def combined(rehearsal: Rehearsal, weights: Floats) -> Combined:
    """The combination of one series, at its end and at its origins."""
    part = weights * np.isfinite(rehearsal.means).all(axis=1)
    return Combined(
        mean=combine(rehearsal.means, weights),
        origin_means=combine(rehearsal.origin_means, weights),
        weights=part / part.sum() if part.sum() > 0 else part,
    )


def _stacked(rehearsals: Sequence[Rehearsal]) -> tuple[Floats, Floats, Floats]:
    """All origins in units of their series: members and what came, less the members' mean.

    Returns:
        Members (R, M, h), what came (R, h), and each period's share of its origin (R, h).
    """
    members, came = [], []
    for rehearsal in rehearsals:
        if len(rehearsal.cutoffs) == 0:
            continue
        members.append(rehearsal.origin_means / rehearsal.scale)
        came.append(rehearsal.actual() / rehearsal.scale)
    count, h = rehearsals[0].means.shape
    if not members:
        return np.empty((0, count, h)), np.empty((0, h)), np.empty((0, h))
    every, actual = np.concatenate(members), np.concatenate(came)
    some = np.isfinite(every).any(axis=1) & np.isfinite(actual)
    used = some.any(axis=1)
    thin = -(-int(used.sum()) // MOST_ORIGINS) or 1
    every, actual, some = every[used][::thin], actual[used][::thin], some[used][::thin]
    known = np.isfinite(every)
    number = np.maximum(known.sum(axis=1, keepdims=True), 1)
    middle = np.where(known, every, 0.0).sum(axis=1, keepdims=True) / number
    shifts = np.where(known & some[:, None], every - middle, 0.0)
    share = some / np.maximum(some.sum(axis=1, keepdims=True), 1)
    return shifts, np.where(some, actual - middle[:, 0], 0.0), share


def _mean_errors(rehearsal: Rehearsal) -> Floats:
    """Mean scaled error by origin and member, shape (W, M)."""
    actual = rehearsal.actual()[:, None, :]
    absolute = np.abs(actual - rehearsal.origin_means) / rehearsal.scale
    known = np.isfinite(absolute)
    count = known.sum(axis=-1)
    total = np.where(known, absolute, 0.0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
