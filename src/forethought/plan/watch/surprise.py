"""How surprising each period is, as a standard normal number, whatever is measured.

Counts keep their grain: a count stands for the whole step that its probability takes, and a number
drawn from the seed, the series' name and the period says where on the step it lies, so that the
answer is exact for near-zero counts, too, and does not hang on the order of the rows.

References:
    Dunn and Smyth (1996), Randomized quantile residuals; Anscombe (1948) (the square root);
    Duan (1983), Smearing estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammainc, gammaincc, gammaln, ndtri, stdtr

from forethought.plan.watch.ordinary import Fitted, fit

Floats = NDArray[np.float64]
Nature = Literal["count", "positive", "real"]

SMALL = 50.0  # mean below which a count keeps its grain
_ANSCOMBE = 3 / 8
_FADED = 1e-300
_CAP = 16.0  # of one squared error in the estimate of the dispersion
_PRIOR = 4.0  # errors that speak for no over-dispersion


@dataclass(frozen=True, eq=False)
class Surprise:
    """Surprises of series of one length, with the model behind them.

    Args:
        u: (S, T) standard normal where nothing but ordinary variation is at work; 0 before the
            periods that were asked for.
        expected: (S, T) one-step-ahead expectation, in units of y.
        spread: (S, T) one-step-ahead standard deviation, in units of y.
        fitted: The model.
    """

    u: Floats
    expected: Floats
    spread: Floats
    fitted: Fitted


def nature_of(values: Floats) -> Nature:
    """What a series measures, told from its values."""
    if (values < 0).any():
        return "real"
    if (values == np.rint(values)).all():
        return "count"
    return "positive" if (values > 0).all() else "real"


def surprises(
    values: Floats,
    nature: Nature,
    season: int,
    cut: int,
    since: int,
    inside: Floats,
    degrees: int,
) -> Surprise:
    """Surprises of series of one length and nature, fitted on their first `cut` periods.

    Args:
        values: (S, T) in units of y.
        nature: What they measure.
        season: Periods of the season; 1: none.
        cut: Periods that are fitted.
        since: First period whose surprise is asked for.
        inside: (S, T) numbers of 0-1 that say where on its step a small count lies.
        degrees: Degrees of freedom of Student's t. A rehearsal is given those of the watch, that
            has a longer past: its scores are then no smaller than those of the watch.
    """
    if nature == "count":
        return _of_counts(values, season, cut, since, inside, degrees)
    if nature == "positive":
        return _of_positives(values, season, cut, since, degrees)
    return _of_reals(fit(values, season, cut), since, degrees)


def _of_reals(fitted: Fitted, since: int, degrees: int) -> Surprise:
    return Surprise(_normal(fitted, since, degrees), fitted.expected, fitted.spread, fitted)


def _of_positives(values: Floats, season: int, cut: int, since: int, degrees: int) -> Surprise:
    """On the scale, plain or logarithm, under which the past is likelier, series by series."""
    plain, logged = fit(values, season, cut), fit(np.log(values), season, cut)
    likelier = logged.support - np.log(values[:, 1:cut]).sum(axis=1) > plain.support
    level = np.exp(logged.expected)
    other = Surprise(_normal(logged, since, degrees), level, level * logged.spread, logged)
    return _merged(likelier, other, _of_reals(plain, since, degrees))


def _merged(take: NDArray[np.bool_], first: Surprise, second: Surprise) -> Surprise:
    column = take[:, None]
    a, b = first.fitted, second.fitted
    return Surprise(
        np.where(column, first.u, second.u),
        np.where(column, first.expected, second.expected),
        np.where(column, first.spread, second.spread),
        Fitted(
            np.where(take, a.kind, b.kind),
            np.where(column, a.expected, b.expected),
            np.where(column, a.spread, b.spread),
            np.where(column, a.error, b.error),
            np.where(take, a.support, b.support),
            np.where(take, a.gain, b.gain),
            a.cut,
            take,
        ),
    )


def _of_counts(
    values: Floats, season: int, cut: int, since: int, inside: Floats, degrees: int
) -> Surprise:
    fitted = fit(2 * np.sqrt(values + _ANSCOMBE), season, cut)
    mean = _mean_of(values, fitted)
    relative = fitted.spread**2 / (fitted.spread[:, 1:cut] ** 2).mean(axis=1, keepdims=True)
    errors = (values - mean) ** 2 / (mean * relative)
    past = np.minimum(errors[:, 1:cut], _CAP)
    phi = (past.sum(axis=1) + _PRIOR) / (cut - 2 + _PRIOR)
    dispersion = np.maximum(1.0, phi[:, None] * relative)
    u = _normal(fitted, since, degrees)
    small = values[:, :cut].mean(axis=1) < SMALL
    if small.any():
        told = slice(since, None)
        below, at, above = count_tails(
            values[small, told], mean[small, told], dispersion[small, told]
        )
        lot = inside[small, told]
        steps = from_tails(below + lot * at, above + (1 - lot) * at)
        # a dispersion that is estimated is as uncertain as a standard deviation
        estimated = dispersion[small, told] > 1
        u[small, told] = np.where(estimated, _student_to_normal(steps, degrees), steps)
    return Surprise(u, mean, np.sqrt(mean * dispersion), fitted)


def _mean_of(values: Floats, fitted: Fitted) -> Floats:
    """One-step-ahead means of counts: back from the square root, without its bias."""
    cut = fitted.cut
    back = np.maximum((np.maximum(fitted.expected, 0) / 2) ** 2 - _ANSCOMBE, 0.0)
    seen, told = values[:, 1:cut].sum(axis=1), back[:, 1:cut].sum(axis=1)
    bias = np.where(told > 0, seen / np.where(told > 0, told, 1.0), 1.0)
    floor = np.maximum(1 / cut, 0.1 * values[:, :cut].mean(axis=1, keepdims=True))
    return np.asarray(np.maximum(back * np.clip(bias, 0.5, 2.0)[:, None], floor))


def count_tails(counts: Floats, mean: Floats, dispersion: Floats) -> tuple[Floats, Floats, Floats]:
    """P(Y < y), P(Y = y) and P(Y > y) of a negative binomial with variance dispersion x mean.

    A dispersion of 1 is Poisson. Arrays of one shape; the smaller of both tails keeps its digits.
    """
    wide = dispersion > 1 + 1e-9
    below, at, above = (np.empty(counts.shape) for _ in range(3))
    for chosen in (wide, ~wide):
        if not chosen.any():
            continue
        y, mu, phi = counts[chosen], mean[chosen], dispersion[chosen]
        high = y >= mu
        point, tail = (
            _negative_binomial(y, mu, phi, high) if phi[0] > 1 + 1e-9 else _poisson(y, mu, high)
        )
        rest = np.maximum(1 - tail - point, 0.0)
        at[chosen] = point
        above[chosen] = np.where(high, tail, np.maximum(1 - tail, 0.0))
        below[chosen] = np.where(high, rest, np.maximum(tail - point, 0.0))
    return below, at, above


def _negative_binomial(
    y: Floats, mu: Floats, phi: Floats, high: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """P(Y = y), and P(Y > y) where `high`, else P(Y <= y)."""
    size, share = mu / (phi - 1), 1 / phi
    logs = gammaln(y + size) - gammaln(size) - gammaln(y + 1)
    point = np.exp(logs + size * np.log(share) + y * np.log1p(-share))
    # I(x; a, b) = 1 - I(1 - x; b, a): the tail that is asked for is computed, not subtracted
    tail = betainc(
        np.where(high, y + 1, size), np.where(high, size, y + 1), np.where(high, 1 - share, share)
    )
    return point, tail


def _poisson(y: Floats, mu: Floats, high: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    point = np.exp(y * np.log(mu) - mu - gammaln(y + 1))
    return point, np.where(high, gammainc(y + 1, mu), gammaincc(y + 1, mu))


def from_tails(lower: Floats, upper: Floats) -> Floats:
    """Standard normal numbers with these probabilities below and above them."""
    small = np.maximum(np.minimum(lower, upper), _FADED)
    return np.asarray(np.where(upper < lower, -ndtri(small), ndtri(small)))


def _normal(fitted: Fitted, since: int, degrees: int) -> Floats:
    """Errors as normal numbers, from period `since` on; 0 before."""
    u = np.zeros_like(fitted.error)
    u[:, since:] = _student_to_normal(fitted.error[:, since:], degrees)
    return u


def _student_to_normal(standard: Floats, degrees: int) -> Floats:
    """Numbers of Student's t with the given degrees of freedom, as normal numbers."""
    tail = np.maximum(stdtr(max(2, degrees), -np.abs(standard)), _FADED)
    return np.asarray(-np.sign(standard) * ndtri(tail))
