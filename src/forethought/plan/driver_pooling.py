"""Coefficients of drivers, learnt from all series together and shrunk as far as they are noise.

Every series has coefficients of its own, which scatter about those that the series share; and what
they share scatters about zero. Both scatters are estimated: where series agree, each takes the
shared coefficient; where they differ, each keeps its own; and a driver that could be noise
vanishes.

References:
    Paule and Mandel (1982) for the scatter between series; Tipping and Faul (2003), Fast marginal
    likelihood maximisation, for the scatter about zero, which for one driver is the garrote of
    Breiman (1995).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.plan.driver_regression import TINY, Evidence

Floats = NDArray[np.float64]

SWEEPS = 40
FEWEST_TO_SCATTER = 3  # series whose coefficients tell how much they differ


@dataclass(frozen=True, eq=False)
class Coefficients:
    """What a unit of each driver moves y by (log y, where in proportion).

    Args:
        value: Shape (P,), as used.
        covariance: Shape (P, P), before any is shrunk to none: what is not known of them.
        own_p_value: Of the series' own estimate, two-sided, shape (P,); NaN where it is silent.
        shared_p_value: Of the coefficient that all series share, shape (P,); NaN where silent.
    """

    value: Floats
    covariance: Floats
    own_p_value: Floats
    shared_p_value: Floats


@dataclass(frozen=True, eq=False)
class _Shared:
    """What the series share: its value, covariance and p-value, and their scatter about it."""

    value: Floats
    covariance: Floats
    p_value: Floats
    scatter: Floats


def pooled_coefficients(told: Sequence[Evidence], ends: Sequence[int]) -> list[Coefficients]:
    """Coefficients of every series.

    Args:
        told: Evidence, one a series.
        ends: Index of each history's last period on an axis that all share.
    """
    given = np.stack([e.unit for e in told])
    alike = _alike_in_the_callers_units(told)
    units = np.where(alike & (given > 0), given, 1.0)
    information = np.stack(
        [e.information / np.outer(u, u) for e, u in zip(told, units, strict=True)]
    )
    weighted = np.stack([e.weighted / u for e, u in zip(told, units, strict=True)])
    shared = _shared(told, units, information, weighted, ends)
    to_caller = np.where(alike, 1.0, given)
    return [
        _of_series(e, k, w, shared, u)
        for e, k, w, u in zip(told, information, weighted, to_caller, strict=True)
    ]


def _of_series(
    told: Evidence, information: Floats, weighted: Floats, shared: _Shared, to_caller: Floats
) -> Coefficients:
    """A series' coefficients between its own and the shared ones, in the caller's units."""
    identity = np.eye(to_caller.size)
    scatter = np.diag(shared.scatter)
    gain = scatter @ np.linalg.inv(identity + information @ scatter)
    value = shared.value + gain @ (weighted - information @ shared.value)
    kept = identity - gain @ information
    covariance = kept @ shared.covariance @ kept.T + kept @ scatter
    return Coefficients(
        value=value * to_caller,
        covariance=0.5 * (covariance + covariance.T) * np.outer(to_caller, to_caller),
        own_p_value=_p_values(*told.own(), told.degrees),
        shared_p_value=shared.p_value,
    )


def _alike_in_the_callers_units(told: Sequence[Evidence]) -> NDArray[np.bool_]:
    """Whether a driver's coefficients are more alike by its unit than by its usual change.

    A degree moves all services alike; a thousand people move a town and a city differently. Shape
    (P,).
    """
    own = [e.own() for e in told]
    value, error = np.stack([v for v, _ in own]), np.stack([s for _, s in own])
    unit = np.stack([e.unit for e in told])
    answers = np.ones(unit.shape[1], dtype=bool)
    for d in range(unit.shape[1]):
        known = np.isfinite(value[:, d]) & (error[:, d] > 0) & (unit[:, d] > 0)
        if known.sum() < FEWEST_TO_SCATTER:
            continue
        v, s, u = value[known, d], error[known, d], unit[known, d]
        answers[d] = _likelihood(v * u, s * u) >= _likelihood(v, s) - float(np.log(u).sum())
    return answers


def _likelihood(value: Floats, error: Floats) -> float:
    """Of values that scatter about one mean, the scatter estimated."""
    variance = error**2 + _scatter(value, error)
    mean = np.average(value, weights=1 / variance)
    return float(-0.5 * (np.log(variance) + (value - mean) ** 2 / variance).sum())


def _scatter(value: Floats, error: Floats) -> float:
    """Variance between series beyond that of their errors, after Paule and Mandel."""
    if value.size < FEWEST_TO_SCATTER:
        return 0.0

    def beyond(scatter: float) -> float:
        weight = 1 / (error**2 + scatter)
        mean = float(np.average(value, weights=weight))
        return float((weight * (value - mean) ** 2).sum()) - (value.size - 1)

    if beyond(0.0) <= 0:
        return 0.0
    from scipy.optimize import brentq

    most = float(np.ptp(value)) ** 2 + float(error.max()) ** 2
    while beyond(most) > 0:
        most *= 4
    return float(brentq(beyond, 0.0, most))


def _shared(
    told: Sequence[Evidence],
    units: Floats,
    information: Floats,
    weighted: Floats,
    ends: Sequence[int],
) -> _Shared:
    """The coefficients that the series share, shrunk to none as far as they are noise."""
    count = units.shape[1]
    own = [e.own() for e in told]
    value = np.stack([v for v, _ in own]) * units
    error = np.stack([s for _, s in own]) * units
    scatter = np.zeros(count)
    for d in range(count):
        known = np.isfinite(value[:, d]) & (error[:, d] > 0)
        scatter[d] = _scatter(value[known, d], error[known, d])
    spread = np.linalg.inv(np.eye(count) + information * scatter[None, None, :])
    precision = (spread @ information).sum(axis=0)
    precision = 0.5 * (precision + precision.T)
    weight = np.einsum("sij,sj->i", spread, weighted)
    share = 1 / np.sqrt(_times_told(told, ends))
    mean = np.linalg.pinv(precision, hermitian=True) @ weight
    precision = precision * np.outer(share, share)
    weight = precision @ mean
    about_zero = _about_zero(precision, weight)
    used = np.flatnonzero(about_zero > 0)
    shrunk = np.zeros(count)
    if used.size:
        left = precision[np.ix_(used, used)] + np.diag(1 / about_zero[used])
        shrunk[used] = np.linalg.solve(left, weight[used])
    covariance = np.linalg.pinv(precision, hermitian=True)
    deviation = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    degrees = sum(e.degrees for e in told)
    return _Shared(shrunk, covariance, _p_values(mean, deviation, degrees), scatter)


def _times_told(told: Sequence[Evidence], ends: Sequence[int]) -> Floats:
    """How often the same evidence was told: 1 where series err by themselves, shape (P,).

    Series that a cold winter hit together, with one temperature for all, say once what they seem
    to say a hundred times. The ratio of the variance of their scores' sums by period to the sum of
    the variances.

    Source: Kish (1965) on the design effect of clusters.
    """
    last = max(ends)
    longest = max(len(e.scores) + last - end for e, end in zip(told, ends, strict=True))
    sums = np.zeros((longest, told[0].unit.size))
    alone = np.zeros(told[0].unit.size)
    for e, end in zip(told, ends, strict=True):
        scaled = e.scores * e.unit  # one driver in the units of its own, whatever the history
        at = longest - (last - end)
        sums[at - len(scaled) : at] += scaled
        alone += (scaled**2).sum(axis=0)
    return np.asarray(np.maximum((sums**2).sum(axis=0) / np.maximum(alone, TINY**2), 1.0))


def _about_zero(precision: Floats, weight: Floats) -> Floats:
    """Variances of the shared coefficients about zero that make them likeliest; many are 0.

    Args:
        precision: Of their estimate, shape (P, P).
        weight: The precision times the estimate, shape (P,).
    """
    count = weight.size
    variance = np.zeros(count)
    for _ in range(SWEEPS):
        before = variance.copy()
        for d in range(count):
            others = [k for k in range(count) if k != d and variance[k] > 0]
            s, q = precision[d, d], weight[d]
            if others:
                left = precision[np.ix_(others, others)] + np.diag(1 / variance[others])
                solved = np.linalg.solve(
                    left, np.column_stack([precision[others, d], weight[others]])
                )
                s = s - precision[d, others] @ solved[:, 0]
                q = q - precision[d, others] @ solved[:, 1]
            variance[d] = max(q * q - s, 0.0) / s**2 if s > TINY else 0.0
        if np.allclose(variance, before, rtol=1e-6, atol=0.0):
            break
    return variance


def _p_values(value: Floats, error: Floats, degrees: int) -> Floats:
    from scipy.stats import t

    ratio = np.divide(np.abs(value), error, out=np.full(value.size, np.nan), where=error > 0)
    return np.asarray(2 * t.sf(ratio, max(degrees, 1)))
