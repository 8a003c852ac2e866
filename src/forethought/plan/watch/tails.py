"""From a score to a p-value: the past of all series says how often chance does as well.

The bulk of the p-value is the share of the pool, the tail a generalised Pareto distribution fitted
to the pool's largest scores, so that there is no floor. Scores are minus logarithms of nominal
p-values: were these exact, the tail would be exponential with mean 1. Its shape is kept from 0 up:
a tail with an end would call what nobody has seen impossible.

References:
    Pickands (1975), Statistical inference using extreme order statistics; Coles (2001), An
    Introduction to Statistical Modeling of Extreme Values, chapter 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TAIL_SHARE = 0.05  # of the pool that makes the tail
MOST_IN_TAIL = 4000
ENOUGH = 60  # scores in a tail whose shape can be told
_PRIOR = 20.0  # scores that speak for the nominal tail where the pool is small
_USUAL = 0.1  # how far the shape of a tail usually lies from that of exact p-values, 0
_SHAPES = np.linspace(0.0, 0.5, 51)


@dataclass(frozen=True, eq=False)
class Tail:
    """Chances of scores.

    Args:
        body: Sorted scores of the pool.
        start: Score from which the tail is fitted.
        share: Share of the pool beyond `start`.
        scale: Scale of the generalised Pareto tail.
        shape: Its shape, from 0 up, a standard error above the likeliest: who is wrong about a
            tail should be wrong on the side of fewer alarms.
    """

    body: Floats
    start: float
    share: float
    scale: float
    shape: float

    def p(self, scores: Floats) -> Floats:
        """Chance of a score as large or larger; never 0."""
        beyond = np.searchsorted(self.body, scores, side="left")
        p = (self.body.size - beyond + 1.0) / (self.body.size + 1.0)
        excess = np.maximum(scores - self.start, 0.0)
        if self.shape > 0:
            tail = (1 + self.shape * excess / self.scale) ** (-1 / self.shape)
        else:
            tail = np.exp(-excess / self.scale)
        return np.where(scores > self.start, np.maximum(self.share * tail, 1e-300), p)


def fit_tail(pool: Floats, together: float = 1.0) -> Tail:
    """Fit the chances of scores to a pool of them.

    Args:
        pool: (n) scores from 0 up, minus logarithms of nominal p-values, of series and periods
            before those that are watched.
        together: Scores that move together, so that they tell little more than one.
    """
    body = np.sort(pool)
    wanted = int(np.clip(TAIL_SHARE * body.size, min(ENOUGH, body.size / 2), MOST_IN_TAIL))
    start = float(body[body.size - wanted - 1]) if wanted < body.size else 0.0
    excess = body[body > start] - start
    if excess.size == 0:
        return Tail(body, start, 1 / (body.size + 1), 1.0, 0.0)
    share = (excess.size + 1) / (body.size + 1)
    if excess.size < ENOUGH:
        scale = (excess.sum() + _PRIOR) / (excess.size + _PRIOR)
        return Tail(body, start, share, max(1.0, scale), 0.0)
    scale, shape = _generalised_pareto(excess)
    # the likeliest shape and the nominal one, each by what it knows; then a standard error of both
    known, usual = excess.size / together / (1 + shape) ** 2, 1 / _USUAL**2
    shape = float((shape * known) / (known + usual) + 1 / np.sqrt(known + usual))
    scale = _scale_of(excess, shape)
    return Tail(body, start, share, scale, shape)


def _generalised_pareto(excess: Floats) -> tuple[float, float]:
    """Maximum likelihood over a grid of shapes; the scale of each by Newton steps."""
    best = (-np.inf, 1.0, 0.0)
    for shape in _SHAPES:
        scale = _scale_of(excess, float(shape))
        if shape == 0:
            support = -excess.size * np.log(scale) - excess.sum() / scale
        else:
            logs = np.log1p(shape * excess / scale)
            support = -excess.size * np.log(scale) - (1 + 1 / shape) * logs.sum()
        if support > best[0]:
            best = (float(support), scale, float(shape))
    return best[1], best[2]


def _scale_of(excess: Floats, shape: float) -> float:
    """The likeliest scale of a shape: the fixed point of its score equation."""
    scale = float(excess.mean())
    if shape == 0:
        return scale
    for _ in range(60):
        following = (1 + shape) * float((excess / (1 + shape * excess / scale)).mean())
        if abs(following - scale) < 1e-9 * scale:
            break
        scale = following
    return scale
