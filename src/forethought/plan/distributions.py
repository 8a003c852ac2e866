"""From fitted members to calibrated distributions: combination chosen, errors pooled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.plan.combination import Combined, combined, learnt_weights
from forethought.plan.intervals import Past, calibrate, rate_offsets, wider
from forethought.plan.preparation import Prepared, Settings

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Distribution:
    """What is known about the future of one series, period by period.

    Args:
        centre: Combined forecast, shape (h,).
        offsets: Error quantiles on `intervals.GRID`, shape (G, h).
        errors: Standardised past errors, shape (W, h).
        weights: Each member's part, shape (M,).
        reason: Why this combination, in plain words.
    """

    centre: Floats
    offsets: Floats
    errors: Floats
    weights: Floats
    reason: str


def distributions_of(prepared: Sequence[Prepared], settings: Settings) -> list[Distribution]:
    """Combine and calibrate every series, each group together."""
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, one in enumerate(prepared):
        groups[one.traits.kind, one.traits.m > 1, one.fit.members].append(index)
    answers: dict[int, Distribution] = {}
    for indices in groups.values():
        chosen = _of_group([prepared[i] for i in indices], settings)
        answers.update(zip(indices, chosen, strict=True))
    return [answers[index] for index in range(len(prepared))]


def _of_group(group: Sequence[Prepared], settings: Settings) -> list[Distribution]:
    rehearsals = [one.rehearsal() for one in group]
    learnt = learnt_weights(rehearsals, group[0].fit.members)
    mixes = [combined(rehearsal, own) for rehearsal, own in zip(rehearsals, learnt, strict=True)]
    pasts = [
        _past(one, mix, rehearsal.actual(), settings)
        for one, mix, rehearsal in zip(group, mixes, rehearsals, strict=True)
    ]
    calibration = calibrate(pasts)
    origins = sum(len(one.traits.cutoffs) for one in group)
    reason = f"weights learnt on {origins} origins of {len(group)} series"
    if group[0].traits.kind == "zero_heavy":
        offsets_by_series = [
            rate_offsets(one.adjusted.y, mix.mean) for one, mix in zip(group, mixes, strict=True)
        ]
    else:
        offsets_by_series = [
            wider(offsets, one.adjusted.y.size)
            for one, offsets in zip(group, calibration.offsets, strict=True)
        ]
    return [
        Distribution(mix.mean, offsets, past.errors / factor, mix.weights, reason)
        for mix, offsets, past, factor in zip(
            mixes, offsets_by_series, pasts, calibration.series_factors, strict=True
        )
    ]


def _past(one: Prepared, mix: Combined, actual: Floats, settings: Settings) -> Past:
    spread = _usable_spread(one.fit.spread, one, settings.h)
    origin_spreads = one.fit.origin_spreads
    known = np.where(np.isfinite(origin_spreads) & (origin_spreads > 0), origin_spreads, np.nan)
    distances = tuple(one.adjusted.y.size - cutoff for cutoff in one.traits.cutoffs)
    return Past((actual - mix.origin_means) / known, spread, one.adjusted.y.size, distances)


def _usable_spread(spread: Floats, one: Prepared, h: int) -> Floats:
    """The members' expected spread, or one that grows as a random walk from the usual change."""
    if one.traits.kind == "constant":
        return np.zeros(h)
    walk = one.scale * np.sqrt(np.arange(1, h + 1))
    return np.where(np.isfinite(spread) & (spread > 0), spread, walk)
