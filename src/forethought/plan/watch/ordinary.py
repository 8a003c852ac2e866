"""What ordinary variation looks like: season, trend and memory of many series, fitted at once.

A series is a Gaussian process on a stable scale: a level, a slope, twelve seasonal effects (or as
many as the season has) and a noise with memory. Its covariance is one of a fixed list, so that one
factorisation serves all series: the one-step-ahead errors of thousands of series are one product of
matrices, and each series takes the member of the list under which its own past is likeliest.

References:
    Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, chapter 5 (choice by
    marginal likelihood); Harvey (1989), Forecasting, Structural Time Series Models (the parts).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LONGEST = 320  # periods of history that are looked at; older ones tell little of next month
_LEVEL = 100.0  # variance of the level about the mean of the past, in variances of the noise
_SEASONS = (0.0, 0.3, 2.0, 12.0, 80.0)  # variance of seasonal effects, in variances of the noise
_SLOPES = (0.001, 0.05, 2.0)  # variance of the yearly slope, in variances of the noise
_CLIP = 4.0  # past errors beyond so many standard deviations are drawn in to `_CLIPPED`
_CLIPPED = 3.0
_MAD = 0.6745
_UNLIKELY = 0.03  # members less likely than this share of the likeliest are left out
_NOTHING = 1e-9
_ROUNDS = 30


@dataclass(frozen=True)
class Noise:
    """A noise with memory: white, plus a part that fades by `memory`, plus a wandering level.

    Args:
        memory: Correlation of the fading part with itself a period later.
        share: Share of the fading part in the variance, 0-1.
        wander: Variance of a step of the level.
    """

    memory: float = 0.0
    share: float = 0.0
    wander: float = 0.0


NOISES = (
    Noise(), Noise(0.4, 1.0), Noise(0.7, 1.0), Noise(0.9, 1.0), Noise(0.7, 0.5), Noise(0.9, 0.5),
    Noise(wander=0.03), Noise(wander=0.3),
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """One member of the list: a noise, and how much season and slope stand beside it."""

    noise: Noise
    season: float
    slope: float

    @property
    def plain(self) -> bool:
        """Whether nothing but white noise varies about a level."""
        return self.noise == NOISES[0] and self.season == 0 and self.slope == _SLOPES[0]


@dataclass(frozen=True, eq=False)
class Whitening:
    """The list for one season, ready to use.

    Args:
        kinds: K members.
        inverse: (K, T, T) lower triangles; a history times one of them is its standardised
            one-step-ahead errors.
        lower: (K, T, T) their inverses: row t says how error t is made of fresh surprises.
        width: (K, T) standard deviation of the one-step-ahead error, in those of the noise.
        alone: (K, T, T) lower triangles of the noises alone, were level, slope and season known.
    """

    kinds: tuple[Kind, ...]
    inverse: Floats
    lower: Floats
    width: Floats
    alone: Floats


@dataclass(frozen=True, eq=False)
class Fitted:
    """Series of one length, fitted on their first `cut` periods.

    Args:
        kind: (S) position of the series' likeliest member in the list.
        expected: (S, T) one-step-ahead means on the stable scale, over all likely members.
        spread: (S, T) standard deviation of the one-step-ahead error.
        loss: (S, T) its variance over that of one who knows level, slope and season; from 1 up.
        error: (S, T) one-step-ahead errors over their spread.
        support: (S) log likelihood of the past under the likeliest member, up to a constant.
        gain: (S) how much more that is than under plain noise.
        cut: Periods that were fitted.
        logged: (S) whether the stable scale is the logarithm.
        common: (K) logarithms of how common each member is among all series.
    """

    kind: Integers
    expected: Floats
    spread: Floats
    loss: Floats
    error: Floats
    support: Floats
    gain: Floats
    cut: int
    logged: NDArray[np.bool_]
    common: Floats


@lru_cache(maxsize=8)
def whitening(length: int, season: int) -> Whitening:
    """The list of covariances for histories of a length and a season (1: none)."""
    seasons = _SEASONS if season > 1 else _SEASONS[:1]
    kinds = tuple(Kind(*parts) for parts in product(NOISES, seasons, _SLOPES))
    covariances = np.stack([covariance(kind, length, season) for kind in kinds])
    lower = np.linalg.cholesky(covariances).astype(np.float64)
    identity = np.broadcast_to(np.eye(length), lower.shape)
    inverse = np.tril(np.linalg.solve(lower, identity))
    width = np.diagonal(lower, axis1=1, axis2=2).copy()
    noises = {noise: np.linalg.cholesky(_of_noise(noise, length)) for noise in NOISES}
    alone = np.stack([noises[kind.noise] for kind in kinds])
    return Whitening(kinds, inverse, lower, width, alone)


def covariance(kind: Kind, length: int, season: int) -> Floats:
    """(T, T) covariance of a history, in variances of its noise."""
    at = np.arange(length)
    years = (at - length / 2) / max(season, 12)
    total = _of_noise(kind.noise, length) + _LEVEL + kind.slope * np.outer(years, years)
    if kind.season:
        total = total + kind.season * ((at[:, None] - at[None, :]) % season == 0)
    return np.asarray(total, dtype=np.float64)


def _of_noise(noise: Noise, length: int) -> Floats:
    """(T, T) covariance of a noise alone."""
    at = np.arange(length)
    total = (1 - noise.share) * np.eye(length)
    if noise.share:
        total = total + noise.share * noise.memory ** np.abs(at[:, None] - at[None, :])
    if noise.wander:
        total = total + noise.wander * (1 + np.minimum(at[:, None], at[None, :]))
    return np.asarray(total, dtype=np.float64)


def fit(values: Floats, season: int, cut: int, common: Floats | None = None) -> Fitted:
    """Fit series of one length on their first `cut` periods, and look ahead one period at a time.

    Args:
        values: (S, T) on a stable scale.
        season: Periods of the season; 1 where there is none.
        cut: Periods that make level, slope, season and spread; later ones change none of them.
        common: (K) logarithms of how common each member is, where that was told before: a
            rehearsal takes what its watch knows, because a shorter past cannot tell season from
            memory. None: the first `cut` periods of all series tell.
    """
    listed = whitening(values.shape[1], season)
    centre = values[:, :cut].mean(axis=1, keepdims=True)
    centred = values - centre
    support = _support(centred[:, :cut], listed)
    clipped = drawn_in(centred, support.argmax(axis=1), listed, cut)
    touched = (clipped != centred).any(axis=1)
    if touched.any():
        support[touched] = _support(clipped[touched, :cut], listed)
    common = shared(support) if common is None else common
    support = support + common
    expected, variance, loss = _averaged(clipped, support, listed, cut)
    error = (centred - expected) / np.sqrt(variance)
    within = _within(error[:, :cut])
    spread = np.sqrt(variance) * within
    plain = next(k for k, kind in enumerate(listed.kinds) if kind.plain)
    best = support.max(axis=1)
    return Fitted(
        kind=support.argmax(axis=1).astype(np.int64),
        expected=expected + centre,
        spread=spread,
        loss=loss,
        error=error / within,
        support=best,
        gain=best - support[:, plain],
        cut=cut,
        logged=np.zeros(len(values), dtype=bool),
        common=common,
    )


def _support(centred: Floats, listed: Whitening) -> Floats:
    """(S, K) log likelihood of pasts under each member, its scale at its best."""
    cut = centred.shape[1]
    support = np.empty((centred.shape[0], len(listed.kinds)))
    scale = np.abs(centred).max(axis=1, keepdims=True)
    scale = np.where(scale > 0, scale, 1.0)
    short = (centred / scale).astype(np.float32)  # enough to choose
    for k in range(len(listed.kinds)):
        error = short @ listed.inverse[k, 1:cut, :cut].astype(np.float32).T
        squares = np.einsum("st,st->s", error, error) + _NOTHING
        support[:, k] = -(cut - 1) / 2 * np.log(squares) - np.log(listed.width[k, 1:cut]).sum()
    return np.asarray(support - (cut - 1) * np.log(scale))


def shared(support: Floats) -> Floats:
    """(K) logarithms of how common each member is among all series, learned from them (EM).

    A few years of one series say little about its season and memory; thousands of series say much
    about what is usual. Alone, a series is judged by itself: one imagined series of each member
    stands beside those seen.
    """
    count, members = support.shape
    common = np.full(members, 1 / members)
    own = np.exp(support - support.max(axis=1, keepdims=True))
    for _ in range(_ROUNDS):
        chances = own * common
        chances /= chances.sum(axis=1, keepdims=True)
        common = (chances.sum(axis=0) + 1) / (count + members)
    return np.asarray(np.log(common))


def _averaged(
    clipped: Floats, support: Floats, listed: Whitening, cut: int
) -> tuple[Floats, Floats, Floats]:
    """Means, variances and losses one period ahead, over members as likely as they are."""
    weights = np.exp(support - support.max(axis=1, keepdims=True))
    weights[weights < _UNLIKELY] = 0.0
    weights /= weights.sum(axis=1, keepdims=True)
    mean, square = np.zeros_like(clipped), np.zeros_like(clipped)
    losses = weights @ (listed.width / np.diagonal(listed.alone, axis1=1, axis2=2)) ** 2
    degrees = max(1, cut - 2)
    for k in range(len(listed.kinds)):
        mine = np.flatnonzero(weights[:, k])
        if mine.size == 0:
            continue
        error = clipped[mine] @ listed.inverse[k].T
        ahead = clipped[mine] - error * listed.width[k]
        noise = np.einsum("st,st->s", error[:, 1:cut], error[:, 1:cut]) / degrees
        weight = weights[mine, k][:, None]
        mean[mine] += weight * ahead
        square[mine] += weight * (ahead**2 + noise[:, None] * listed.width[k] ** 2)
    return mean, np.maximum(square - mean**2, _NOTHING), losses


def drawn_in(centred: Floats, kind: Integers, listed: Whitening, cut: int) -> Floats:
    """The histories with past outliers drawn in, so that one bad month blinds nobody for a year."""
    drawn = centred.copy()
    for k in np.unique(kind):
        mine = np.flatnonzero(kind == k)
        error = centred[mine, :cut] @ listed.inverse[k, :cut, :cut].T
        error[:, 0] = 0.0
        scale = np.median(np.abs(error[:, 1:]), axis=1, keepdims=True) / _MAD
        limit = np.where(scale > 0, _CLIP * scale, np.inf)
        beyond = np.abs(error) > limit
        if beyond.any():
            kept = np.sign(error) * np.where(np.isfinite(limit), limit, 0) * _CLIPPED / _CLIP
            drawn[mine, :cut] -= np.where(beyond, error - kept, 0.0) * listed.width[k, :cut]
    return drawn


def _within(past: Floats) -> Floats:
    """(S, 1) standard deviation of past errors without their outliers; 1 where nothing changed."""
    limit = _CLIP * np.median(np.abs(past[:, 1:]), axis=1, keepdims=True) / _MAD
    kept = np.clip(past[:, 1:], -limit, limit)
    spread = np.sqrt(np.einsum("st,st->s", kept, kept) / max(1, past.shape[1] - 3))[:, None]
    return np.where(spread > _NOTHING, spread, 1.0)
