"""How members become one forecast: chosen on rolling origins inside the training data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PRIOR_ORIGINS = 6.0  # the pooled error counts as this many origins of a series' own
SWITCH_AT = 0.99  # another rule must beat the median of all by this ratio
LARGEST = 20.0  # a scaled error beyond this counts as this, so that one series does not decide


@dataclass(frozen=True)
class Rule:
    """A way to combine: `median`, `mean` or `weights` of some of the members."""

    kind: str
    members: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Combined:
    """The combination of one series.

    Args:
        mean: Shape (h,).
        origin_means: Shape (W, h).
        weights: Shape (M,): each member's part; of a median, equal ones.
    """

    mean: Floats
    origin_means: Floats
    weights: Floats


def rules_for(members: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that compete, in order of preference where they tie."""
    everyone = tuple(members)
    rules = [Rule(kind, everyone) for kind in ("median", "mean", "weights")]
    if len(everyone) > 2:  # noqa: PLR2004  of two members none can be left out
        for left_out in everyone:
            rest = tuple(name for name in everyone if name != left_out)
            rules += [Rule(kind, rest) for kind in ("median", "mean")]
    return tuple(rules)


def member_weights(errors: Floats, pooled: Floats) -> Floats:
    """Inverse-error weights of one series, shrunk to those of all series.

    Args:
        errors: Mean scaled error by origin and member, shape (W, M); NaN where unknown.
        pooled: Mean scaled error by member over all series, shape (M,).
    """
    known = np.isfinite(errors)
    count = known.sum(axis=0)
    total = np.where(known, errors, 0.0).sum(axis=0)
    level = float(np.nanmean(errors)) if known.any() else 1.0
    prior = pooled / max(float(np.nanmean(pooled)), 1e-12) * level
    shrunk = (total + PRIOR_ORIGINS * prior) / (count + PRIOR_ORIGINS)
    inverse = 1.0 / np.maximum(np.nan_to_num(shrunk, nan=np.inf), 1e-9)
    return np.asarray(inverse / inverse.sum())


def combine(means: Floats, rule: Rule, members: Sequence[str], weights: Floats) -> Floats:
    """One forecast from the members' (..., M, h), leaving out those that have none.

    Returns:
        Shape (..., h); NaN where no member has a forecast.
    """
    used = [index for index, name in enumerate(members) if name in rule.members]
    part = means[..., used, :]
    known = np.isfinite(part)
    if rule.kind == "median":
        return _median(part)
    share = np.ones(len(used)) if rule.kind == "mean" else weights[used]
    mass = np.where(known, share[:, None], 0.0)
    total = mass.sum(axis=-2)
    summed = (np.where(known, part, 0.0) * mass).sum(axis=-2)
    return np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan)


def _median(part: Floats) -> Floats:
    ordered = np.sort(part, axis=-2)  # NaN goes last
    count = np.isfinite(part).sum(axis=-2, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0), axis=-2)
    high = np.take_along_axis(
        ordered, np.maximum(count // 2, 0).clip(max=part.shape[-2] - 1), axis=-2
    )
    return np.where(count > 0, 0.5 * (low + high), np.nan)[..., 0, :]


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


def choose_rule(
    rehearsals: Sequence[Rehearsal], members: Sequence[str]
) -> tuple[Rule, list[Floats]]:
    """The rule with the smallest mean scaled error over all series, and each series' weights.

    The median of all members stays unless another rule is clearly better; what counts as clear
    depends on how many series speak.
    """
    errors = [_mean_errors(r) for r in rehearsals]
    stacked = np.concatenate([e for e in errors if e.size] or [np.full((1, len(members)), np.nan)])
    known = np.isfinite(stacked)
    pooled = np.where(
        known.any(axis=0),
        np.where(known, np.minimum(stacked, LARGEST), 0.0).sum(axis=0)
        / np.maximum(known.sum(axis=0), 1),
        np.nan,
    )
    pooled = np.where(np.isfinite(pooled), pooled, 1.0)
    rules = rules_for(members)
    scores = [_score(rule, rehearsals, errors, pooled, members) for rule in rules]
    weights = [member_weights(e, pooled) for e in errors]
    clear = SWITCH_AT - 0.1 / np.sqrt(len(rehearsals))
    best = int(np.argmin(scores))
    chosen = rules[best] if scores[best] < clear * scores[0] else rules[0]
    return chosen, weights


def combined(rehearsal: Rehearsal, rule: Rule, members: Sequence[str], weights: Floats) -> Combined:
    """The combination of one series, at its end and at its origins."""
    used = np.array([name in rule.members for name in members], dtype=np.float64)
    usable = used * np.isfinite(rehearsal.means).all(axis=1)
    part = usable * (weights if rule.kind == "weights" else 1.0)
    return Combined(
        mean=combine(rehearsal.means, rule, members, weights),
        origin_means=combine(rehearsal.origin_means, rule, members, weights),
        weights=part / part.sum() if part.sum() > 0 else part,
    )


def _mean_errors(rehearsal: Rehearsal) -> Floats:
    """Mean scaled error by origin and member, shape (W, M)."""
    actual = rehearsal.actual()[:, None, :]
    absolute = np.abs(actual - rehearsal.origin_means) / rehearsal.scale
    return _mean_known(absolute)


def _mean_known(values: Floats) -> Floats:
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0.0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _score(
    rule: Rule,
    rehearsals: Sequence[Rehearsal],
    errors: Sequence[Floats],
    pooled: Floats,
    members: Sequence[str],
) -> float:
    """Mean scaled error of a rule; weights are learnt on the other origins than the one judged."""
    scores: list[float] = []
    for rehearsal, own in zip(rehearsals, errors, strict=True):
        if rule.kind == "weights":
            forecasts = np.array(
                [
                    combine(means, rule, members, member_weights(np.delete(own, w, axis=0), pooled))
                    for w, means in enumerate(rehearsal.origin_means)
                ]
            ).reshape(len(rehearsal.cutoffs), rehearsal.means.shape[-1])
        else:
            forecasts = combine(rehearsal.origin_means, rule, members, pooled)
        absolute = np.abs(rehearsal.actual() - forecasts) / rehearsal.scale
        scores.extend(_mean_known(absolute).tolist())
    known = np.array(scores)[np.isfinite(scores)]
    return float(np.minimum(known, LARGEST).mean()) if known.size else np.inf
