"""How surprising each period is, as a standard normal number, whatever is measured.

Counts keep their grain: a count stands for the whole step that its probability takes, and a number
drawn from the seed, the series' name and the period says where on the step it lies, so that the
answer is exact for near-zero counts, too, and does not hang on the order of the rows.

References:
    Dunn and Smyth (1996), Randomized quantile residuals; Anscombe (1948) (the square root);
    Duan (1983), Smearing estimate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, expit, gammainc, gammaincc, gammaln, ndtr, ndtri, stdtr

from forethought.plan.watch.ordinary import Fitted, fit, shared

Floats = NDArray[np.float64]
Nature = Literal["count", "positive", "real"]

SMALL = 50.0  # mean below which a count keeps its grain
_ANSCOMBE = 3 / 8
_FADED = 1e-300
_CAP = 16.0  # of one squared error in the estimate of the dispersion
_PRIOR = 4.0  # errors that speak for no over-dispersion
_SKEWED = 8.0  # dispersion up to which `SMALL` grows with it: its tails are not those of a root
_UNSURE = 0.02  # least chance of either scale, plain or logarithm
_NARROW = 1e-6
_HALF = 0.5  # cases that are added to a past: of a rare event too few may have been seen
_CHOSEN = 4.0  # what the past chose so that its own errors are small: season, slope, memory, spread
_FEW = 0.02  # dispersions less likely than this share of the likeliest are left out
PHIS = (1.0, 1.12, 1.3, 1.6, 2.1, 3.0, 4.5, 7.0, 12.0)  # dispersions of counts that are tried


@dataclass(frozen=True, eq=False)
class Grain:
    """What is known of counts that are so small that they keep their grain.

    Args:
        rows: (R) series.
        chances: (R, K) how likely each of `PHIS` is.
        widened: Factor of the dispersion of what is to come, over that of what was fitted.
    """

    rows: NDArray[np.int64]
    chances: Floats
    widened: float


@dataclass(frozen=True, eq=False)
class Surprise:
    """Surprises of series of one length, with the model behind them.

    Args:
        u: (S, T) standard normal where nothing but ordinary variation is at work; 0 before the
            periods that were asked for.
        expected: (S, T) one-step-ahead expectation, in units of y.
        spread: (S, T) one-step-ahead standard deviation, in units of y.
        fitted: The model.
        scale: (S, 1) factor from the mean on the stable scale, brought back, to that of counts.
        floor: (S, 1) least mean of a count.
        grain: Of small counts; None where nothing is counted.
        models: The models behind it, for a rehearsal: one, or those on plain and logarithmic scale.
    """

    u: Floats
    expected: Floats
    spread: Floats
    fitted: Fitted
    scale: Floats
    floor: Floats
    grain: Grain | None = None
    models: tuple[Fitted, ...] = ()


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
    like: Surprise | None = None,
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
        like: The watch's surprises, where these are a rehearsal's: its choice of models is taken.
    """
    common = [None, None] if like is None else [each.common for each in like.models]
    if nature == "count":
        return _of_counts(fit(_rooted(values), season, cut, common[0]), values, since, inside,
                          degrees)  # fmt: skip
    plain = fit(values, season, cut, common[0])
    if nature == "positive":
        logged = fit(np.log(values), season, cut, common[1])
        return _of_positives(plain, logged, values, since, degrees)
    return _of_reals(plain, since, degrees)


def _rooted(values: Floats) -> Floats:
    return np.asarray(2 * np.sqrt(values + _ANSCOMBE))


def _of_reals(fitted: Fitted, since: int, degrees: int) -> Surprise:
    one = np.ones((len(fitted.expected), 1))
    u = _normal(fitted, since, degrees)
    return Surprise(u, fitted.expected, fitted.spread, fitted, one, 0 * one, models=(fitted,))


def _of_positives(
    plain: Fitted, logged: Fitted, values: Floats, since: int, degrees: int
) -> Surprise:
    """On the scale, plain or logarithm, under which the past is likelier, series by series.

    The chance of what comes is that under either scale, weighted by how likely it is: a few years
    seldom say for sure which, and a value near 0 is a long way off on one of them only.
    """
    gain = logged.support - np.log(values[:, 1 : plain.cut]).sum(axis=1) - plain.support
    level = np.exp(logged.expected)
    this, other = _of_reals(plain, since, degrees), _of_reals(logged, since, degrees)
    other = replace(other, expected=level, spread=level * logged.spread)
    chance = np.clip(expit(gain), _UNSURE, 1 - _UNSURE)[:, None]
    told = slice(since, None)
    lower, upper = (
        chance * ndtr(sign * other.u[:, told]) + (1 - chance) * ndtr(sign * this.u[:, told])
        for sign in (1, -1)
    )
    u = np.zeros_like(this.u)
    u[:, told] = from_tails(lower, upper)
    merged = _merged(gain > 0, u, other, this)
    return replace(merged, models=(plain, logged))


def _merged(take: NDArray[np.bool_], u: Floats, first: Surprise, second: Surprise) -> Surprise:
    column = take[:, None]
    a, b = first.fitted, second.fitted
    return Surprise(
        u,
        np.where(column, first.expected, second.expected),
        np.where(column, first.spread, second.spread),
        Fitted(
            np.where(take, a.kind, b.kind),
            np.where(column, a.expected, b.expected),
            np.where(column, a.spread, b.spread),
            np.where(column, a.loss, b.loss),
            np.where(column, a.error, b.error),
            np.where(take, a.support, b.support),
            np.where(take, a.gain, b.gain),
            a.cut,
            take,
            a.common,
        ),
        first.scale,
        first.floor,
    )


def _of_counts(
    fitted: Fitted, values: Floats, since: int, inside: Floats, degrees: int
) -> Surprise:
    cut = fitted.cut
    scale, floor = _scale_and_floor(values, fitted)
    mean = counts_of(fitted.expected, scale, floor)
    loss = fitted.loss
    errors = (values - mean) ** 2 / (mean * loss)
    past = np.minimum(errors[:, 1:cut], _CAP)
    phi = np.maximum((past.sum(axis=1) + _PRIOR) / (cut - 2 + _PRIOR), 1.0)
    u = _normal(fitted, since, degrees)
    small = np.flatnonzero(values[:, :cut].mean(axis=1) < SMALL * np.minimum(phi, _SKEWED))
    chances = _chances(values[small, 1:cut], mean[small, 1:cut], loss[small, 1:cut])
    grain = Grain(small, chances, cut / (cut - _CHOSEN))
    if small.size:
        phi[small] = chances @ np.array(PHIS)
        u[small, since:] = normal_steps(
            values[small, since:], mean[small, since:], grain.widened * loss[small, since:],
            chances, inside[small, since:],
        )  # fmt: skip
    dispersion = np.maximum(1.0, phi[:, None] * loss)
    return Surprise(u, mean, np.sqrt(mean * dispersion), fitted, scale, floor, grain, (fitted,))


def _chances(counts: Floats, mean: Floats, loss: Floats) -> Floats:
    """(S, K) how likely each of `PHIS` is, from each series' past and from that of all others."""
    support = np.empty((len(counts), len(PHIS)))
    for k, phi in enumerate(PHIS):
        wide = np.maximum(phi * loss, 1 + _NARROW)
        size = mean / (wide - 1)
        logs = gammaln(counts + size) - gammaln(size) - size * np.log(wide)
        support[:, k] = (logs + counts * np.log1p(-1 / wide)).sum(axis=1)
    if len(counts) == 0:
        return support
    support += shared(support)
    chances = np.exp(support - support.max(axis=1, keepdims=True))
    chances[chances < _FEW * chances.max(axis=1, keepdims=True)] = 0.0
    return np.asarray(chances / chances.sum(axis=1, keepdims=True))


def normal_steps(
    counts: Floats, mean: Floats, loss: Floats, chances: Floats, lots: Floats
) -> Floats:
    """Counts as standard normal numbers, over all likely dispersions.

    Args:
        counts: (S, P) whole numbers.
        mean: (S, P) their means.
        loss: (S, P) factor of the dispersion, for a mean that is itself estimated.
        chances: (S, K) how likely each of `PHIS` is.
        lots: (S, P) numbers of 0-1 that say where on its step a count lies.
    """
    lower, upper = np.zeros_like(counts), np.zeros_like(counts)
    for k, phi in enumerate(PHIS):
        mine = np.flatnonzero(chances[:, k])
        if mine.size == 0:
            continue
        wide = np.maximum(phi * loss[mine], 1.0)
        below, at, above = count_tails(counts[mine], mean[mine], wide)
        weight = chances[mine, k][:, None]
        lower[mine] += weight * (below + lots[mine] * at)
        upper[mine] += weight * (above + (1 - lots[mine]) * at)
    return from_tails(lower, upper)


def _scale_and_floor(values: Floats, fitted: Fitted) -> tuple[Floats, Floats]:
    """What takes a squared root to a mean without its bias, and the least mean of a count."""
    cut = fitted.cut
    # what was told before the season was known says little
    weight = 1 / fitted.loss[:, 1:cut]
    seen = (weight * values[:, 1:cut]).sum(axis=1) + _HALF
    told = (weight * _back(fitted.expected[:, 1:cut])).sum(axis=1)
    bias = np.where(told > 0, seen / np.where(told > 0, told, 1.0), 1.0)
    usual = values[:, :cut].mean(axis=1, keepdims=True)
    floor = np.maximum(0.1, 1 - usual) * usual + _HALF / cut  # rare events show no season
    return np.clip(bias, 0.5, 2.0)[:, None], floor


def _back(rooted: Floats) -> Floats:
    return np.asarray(np.maximum((np.maximum(rooted, 0) / 2) ** 2 - _ANSCOMBE, 0.0))


def counts_of(rooted: Floats, scale: Floats, floor: Floats) -> Floats:
    """Means of counts, from those on the square root's scale."""
    return np.asarray(np.maximum(_back(rooted) * scale, floor))


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
