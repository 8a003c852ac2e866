"""The rules at work on one block: scores of the watched periods, and of the rehearsals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from forethought.plan.watch.cusum import limit_for
from forethought.plan.watch.farrington import (
    YEAR,
    baseline,
    expectations,
    recent_cases,
    years_back,
)
from forethought.plan.watch.ordinary import Whitening, whitening
from forethought.plan.watch.scores import (
    RUNS,
    Score,
    cusum_score,
    residual_score,
    two_sided,
    xmr_score,
)
from forethought.plan.watch.surprise import Surprise, count_tails, from_tails, surprises
from forethought.plan.watch.thresholds import POWERS
from forethought.plan.watch.totals import totals
from forethought.plan.watch.watched import Block, Watch

Floats = NDArray[np.float64]

RULES = ("xmr", "farrington", "cusum", "residual")
BEFORE = 12  # periods before a cut from which runs and sums are carried into the watch


@dataclass(frozen=True, eq=False)
class Judged:
    """One block, watched from one cut.

    Args:
        cut: First period that is watched.
        surprise: Surprises from `BEFORE` periods before it.
        scores: A score for each rule that answers; nan sizes where it cannot.
        listed: The list of covariances behind it.
    """

    cut: int
    surprise: Surprise
    scores: dict[str, Score]
    listed: Whitening


def judge(
    block: Block, cut: int, rules: tuple[str, ...], freq: str, watch: Watch,
    like: Judged | None = None,
) -> Judged:  # fmt: skip
    """Score `block.ahead` periods from a cut, by what was known before it.

    Args:
        block: The series.
        cut: First period that is scored.
        rules: Names of rules.
        freq: Distance of two periods.
        watch: Settings.
        like: The watch, where this is a rehearsal of it: its choice of models is taken.
    """
    end = cut + block.ahead
    values, inside = block.values[:, :end], block.inside[:, :end]
    since = max(0, cut - BEFORE)
    degrees = block.cut - 3  # a level, a slope and a spread are learned
    seen = surprises(
        values,
        block.nature,
        block.season,
        cut,
        since,
        inside,
        degrees,
        like.surprise if like else None,
    )
    listed = whitening(end, block.season)
    scores = {}
    if "xmr" in rules:
        scores["xmr"] = xmr_score(seen.u, cut)
    if "cusum" in rules:
        k = watch.shift / 2
        scores["cusum"] = cusum_score(
            seen.u, cut, k, since, limit_for(k, watch.run_length, max(3, degrees))
        )
    if "residual" in rules:
        counted = {
            n: totals(values, seen, grain, listed, cut, n, inside)
            for n in RUNS
            if (grain := seen.grain) is not None
        }
        scores["residual"] = residual_score(seen.u, cut, seen.fitted.kind, listed, counted)
    if "farrington" in rules and block.nature == "count" and freq in YEAR:
        scores["farrington"] = _farrington(block, cut, freq, watch)
    return Judged(cut, seen, scores, listed)


def _farrington(block: Block, cut: int, freq: str, watch: Watch) -> Score:
    settings, year = watch.farrington, YEAR[freq]
    end = cut + block.ahead
    values = block.values[:, :end]
    now = np.arange(cut, end)
    back = years_back(end, year, settings.b, block.ds[:end])
    held_against = baseline(end, now, year, settings, back)
    told = expectations(values, np.zeros_like(values), held_against, settings)
    seen = values[:, now]
    answered = np.isfinite(told.log_mean)
    mean = np.exp(np.where(answered, told.log_mean, 0.0))
    phi = np.where(answered, np.maximum(told.phi, 1.0), 1.0)
    if settings.threshold_method == "delta":
        power = POWERS[settings.powertrans]
        tau = phi + np.nan_to_num(told.standard_error) ** 2 * mean
        spread = power * np.sqrt(mean ** (2 * power - 1) * tau)
        z = (seen**power - mean**power) / spread
        at_least = ndtr(-z)
    else:
        if settings.threshold_method == "muan":
            mean *= np.exp(ndtri(1 - settings.alpha) * np.nan_to_num(told.standard_error))
        below, at, above = count_tails(seen, mean, phi)
        lot = block.inside[:, now]
        z = from_tails(below + lot * at, above + (1 - lot) * at)
        at_least = above + at
    few = recent_cases(values, settings.limit54)[:, now] < settings.limit54[0]
    size = np.where(few & (z > 0), 0.0, two_sided(z))
    return Score(
        size=np.where(answered, size, np.nan),
        sign=np.sign(z),
        detail=np.zeros(z.shape, dtype=np.int64),
        beyond=answered & ~few & (seen > 0) & (at_least <= settings.alpha),
    )
