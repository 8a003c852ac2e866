"""Pooled members, made for all series of a panel together and put beside their own members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forethought.plan.boosted import BOOSTED, Beside, boosted_forecasts
from forethought.plan.boosted import FEWEST_SERIES as FEWEST_BOOSTED
from forethought.plan.members import FURTHEST_IN_RANGES, Fit, Task
from forethought.plan.pooled import ADJUSTED, FEWEST_SERIES, RAW, pooled_forecasts
from forethought.plan.seasons import without_longer
from forethought.plan.traits import members_for

Floats = NDArray[np.float64]


def most_models(effort: str) -> int:
    """How many models at most are combined for a series with one season.

    Args:
        effort: `fast`, `standard` or `thorough`.
    """
    own = members_for(12, effort, several=False)
    return len(own) + len(_names(12, boost=effort == "thorough"))


def with_pooled(tasks: Sequence[Task], fits: Sequence[Fit]) -> list[Fit]:
    """Fits with the pooled members added, where enough series of a kind are there to learn from.

    Args:
        tasks: What was fitted; only usual histories, the others have nothing to learn from lags.
        fits: The series' own members.
    """
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, task in enumerate(tasks):
        groups[task.m, fits[index].members].append(index)
    answers = list(fits)
    for indices in groups.values():
        if len(indices) < FEWEST_SERIES:
            continue
        group = [tasks[index] for index in indices]
        boost = group[0].thorough and len(group) >= FEWEST_BOOSTED
        names = _names(group[0].m, boost=boost)
        ends, origins = _of_group(group, names)
        if not np.isfinite(ends).any():
            continue
        for place, index in enumerate(indices):
            answers[index] = _joined(fits[index], names, ends[place], origins[place])
    return answers


def _of_group(group: Sequence[Task], names: tuple[str, ...]) -> tuple[Floats, list[Floats]]:
    """Forecasts at the end, shape (S, P, h), and by series at its origins, shape (W, P, h).

    The coefficients of an origin are learnt from histories that end at their own origin of the
    same number, so nothing that came later is known.
    """
    ends = _at(group, [task.y.size for task in group], names)
    origins = [np.full((len(task.cutoffs), *ends.shape[1:]), np.nan) for task in group]
    rehearsed = [place for place, task in enumerate(group) if task.cutoffs]
    part = [group[place] for place in rehearsed]
    for k in range(max((len(task.cutoffs) for task in part), default=0)):
        lengths = [task.cutoffs[min(k, len(task.cutoffs) - 1)] for task in part]
        found = _at(part, lengths, names)
        for place, own in zip(rehearsed, found, strict=True):
            if k < len(group[place].cutoffs):
                origins[place][k] = own
    return ends, origins


def _at(group: Sequence[Task], lengths: Sequence[int], names: tuple[str, ...]) -> Floats:
    pairs = list(zip(group, lengths, strict=True))
    histories = [task.seen(length) for task, length in pairs]
    seasons = [task.m for task in group]
    parts = [
        without_longer(y, task.m, task.longer) for y, task in zip(histories, group, strict=True)
    ]
    known, h = [part.y for part in parts], group[0].h
    learnt = [
        boosted_forecasts(known, seasons, h, beside=_beside(pairs))
        if name == BOOSTED
        else pooled_forecasts(known, seasons, h, adjust=name == ADJUSTED)
        for name in names
    ]
    found = [
        np.stack([part.restored(mean) for part, mean in zip(parts, means, strict=True)])
        for means in learnt
    ]
    means = [_sane(own, y) for own, y in zip(np.stack(found, axis=1), histories, strict=True)]
    effects = [task.effect(length) for task, length in pairs]
    return np.stack(
        [
            mean if effect is None else effect.back(mean)
            for mean, effect in zip(means, effects, strict=True)
        ]
    )


def _beside(pairs: Sequence[tuple[Task, int]]) -> list[Beside] | None:
    """Drivers beside and ahead of each history, where the series have drivers."""
    effects = [task.effect(length) for task, length in pairs]
    known = [Beside(effect.known, effect.coming) for effect in effects if effect is not None]
    return known if len(known) == len(pairs) else None


def _names(m: int, *, boost: bool) -> tuple[str, ...]:
    """Pooled members; without a season the two autoregressions are one and the same."""
    linear = (ADJUSTED, RAW) if m > 1 else (ADJUSTED,)
    return (*linear, BOOSTED) if boost else linear


def _sane(means: Floats, y: Floats) -> Floats:
    """Forecasts (P, h) without those that are out of this world."""
    width = max(float(np.ptp(y)), 1e-300)
    away = np.maximum(means - y.max(), y.min() - means).max(axis=1)
    return np.where((away <= FURTHEST_IN_RANGES * width)[:, None], means, np.nan)


def _joined(fit: Fit, names: tuple[str, ...], ends: Floats, origins: Floats) -> Fit:
    gone = {
        name: "gave no usable forecast"
        for name, mean in zip(names, ends, strict=True)
        if not np.isfinite(mean).all()
    }
    return replace(
        fit,
        members=(*fit.members, *names),
        means=np.concatenate([fit.means, ends]),
        origin_means=np.concatenate([fit.origin_means, origins], axis=1),
        dropped=fit.dropped | gone,
    )
