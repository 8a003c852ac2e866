"""From scores to p-values and alarms, over the whole watch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.plan.watch.discovery import q_values
from forethought.plan.watch.rules import Judged
from forethought.plan.watch.tails import Tail, fit_tail
from forethought.plan.watch.watched import Block, Watch

Floats = NDArray[np.float64]

LARGE_POOL = 5_000  # scores from which a nature has a tail of its own
MANY_FAMILIES = 1_000  # rehearsed series from which it has one for whole series, too
LATER = 1.5  # a watch finds a series odd up to so many times as often as a rehearsal does
NEIGHBOURS = 3.0  # scores of one series in neighbouring periods, that tell little more than one


@dataclass(frozen=True, eq=False)
class Evidence:
    """p- and q-values of one block.

    Args:
        rules: Names of the rules, R of them.
        p: (S, R, P) p-values; nan where a rule cannot answer.
        q: (S, R, P) smallest false discovery rate at which the row is an alarm.
        series_p: (S) one p-value for the series as a whole.
        series_q: (S) smallest false discovery rate at which the series is an alarm.
    """

    rules: tuple[str, ...]
    p: Floats
    q: Floats
    series_p: Floats
    series_q: Floats


def evidence(
    blocks: Sequence[Block],
    judged: Sequence[Judged],
    rehearsed: Sequence[Sequence[Judged]],
    rules: tuple[str, ...],
    watch: Watch,
    fdr: float,
) -> list[Evidence]:
    """p-values by what rehearsals say of chance, then alarms among series, then among their rows.

    Families of tests are series: first the series are found with a false discovery rate among
    series, then within each the rows that speak for it (Benjamini and Bogomolov, 2014), so that
    one series with twelve alarmed months does not let in another by chance.

    Args:
        blocks: Blocks of series.
        judged: Their scores in the watch.
        rehearsed: Their scores in rehearsals.
        rules: Names of rules.
        watch: Settings.
        fdr: False discovery rate, 0-1.
    """
    tails = {rule: _tails(rule, blocks, judged, rehearsed) for rule in rules}
    p_values = [_p_values(seen, tails, block) for block, seen in zip(blocks, judged, strict=True)]
    weighted = [_weighted(p, watch) for p in p_values]
    series_p = _of_series(blocks, weighted, rehearsed, tails, watch)
    series_q = q_values(np.concatenate([np.zeros(0), *series_p]),
                        any_dependence=watch.dependence == "any")  # fmt: skip
    found = int((series_q <= fdr).sum())
    made, start = [], 0
    for p, each, whole in zip(p_values, weighted, series_p, strict=True):
        mine = series_q[start : start + len(p)]
        start += len(p)
        rows = _within(each) * series_q.size / max(1, found)
        q = np.where(np.isfinite(p), np.maximum(rows.reshape(p.shape), mine[:, None, None]), np.nan)
        made.append(Evidence(rules, p, np.minimum(q, 1.0), whole, mine))
    return made


def _p_values(judged: Judged, tails: Mapping[str, Mapping[str, Tail]], block: Block) -> Floats:
    """(S, R, P) p-values of one watch or rehearsal."""
    p = np.full((len(block.names), len(tails), block.ahead), np.nan)
    for number, (rule, by_nature) in enumerate(tails.items()):
        score = judged.scores.get(rule)
        if score is None:
            continue
        known = np.isfinite(score.size)
        p[:, number][known] = by_nature[block.nature].p(score.size[known])
    return p


def _of_series(
    blocks: Sequence[Block],
    weighted: Sequence[Floats],
    rehearsed: Sequence[Sequence[Judged]],
    tails: Mapping[str, Mapping[str, Tail]],
    watch: Watch,
) -> list[Floats]:
    """A p-value for each series: how often a whole series looks as odd in rehearsals.

    Simes' rule makes one number of a series' rows. Rows of one series move together (the rules
    look at the same months), so that the rule alone is too strict, and rehearsals say by how much.
    """
    odd = [-np.log(_simes(each)) for each in weighted]
    pools: dict[str, list[Floats]] = {block.nature: [np.zeros(0)] for block in blocks}
    for block, earlier in zip(blocks, rehearsed, strict=True):
        for each in earlier:
            simes = _simes(_weighted(_p_values(each, tails, block), watch))
            pools[block.nature].append(-np.log(simes))
    joined = {nature: np.concatenate(parts) for nature, parts in pools.items()}
    together = np.concatenate([np.zeros(0), *joined.values()])
    if together.size < MANY_FAMILIES:
        # too few series to tell: Simes' rule as it stands, which errs towards fewer alarms
        return [np.exp(-each) for each in odd]
    common = fit_tail(together)
    fitted = {
        nature: fit_tail(pool) if pool.size >= MANY_FAMILIES else common
        for nature, pool in joined.items()
    }
    return [
        np.minimum(LATER * fitted[block.nature].p(each), 1.0)
        for block, each in zip(blocks, odd, strict=True)
    ]


def _tails(
    rule: str,
    blocks: Sequence[Block],
    judged: Sequence[Judged],
    rehearsed: Sequence[Sequence[Judged]],
) -> dict[str, Tail]:
    """A tail for each nature, or one for all where a nature has few series."""
    pools: dict[str, list[Floats]] = {block.nature: [] for block in blocks}
    now: list[Floats] = [np.zeros(0)]
    for block, seen, earlier in zip(blocks, judged, rehearsed, strict=True):
        pools[block.nature] += [_known(each, rule) for each in earlier]
        now.append(_known(seen, rule))
    joined = {nature: np.concatenate([np.zeros(0), *parts]) for nature, parts in pools.items()}
    together = np.concatenate([np.zeros(0), *joined.values()])
    if together.size == 0:
        # no history long enough to rehearse on: the watch itself, shifts and all, is stricter
        together = np.concatenate(now)
    common = fit_tail(together, NEIGHBOURS)
    return {
        nature: fit_tail(pool, NEIGHBOURS) if pool.size >= LARGE_POOL else common
        for nature, pool in joined.items()
    }


def _known(judged: Judged, rule: str) -> Floats:
    score = judged.scores.get(rule)
    if score is None:
        return np.zeros(0)
    return np.asarray(score.size[np.isfinite(score.size)])


def _weighted(p: Floats, watch: Watch) -> Floats:
    """(S, R * P) p-values over their weights: the newest period has its share of the budget."""
    periods = p.shape[2]
    weights = np.ones(periods)
    if watch.newest_share and periods > 1:
        weights[-1] = watch.newest_share * periods
        weights[:-1] = (1 - watch.newest_share) * periods / (periods - 1)
    return np.asarray(p / weights).reshape(len(p), -1)


def _simes(weighted: Floats) -> Floats:
    """(S) one p-value for each family of tests; 1 where no test answers."""
    ranked = np.sort(weighted, axis=1)  # nan come last
    count = np.isfinite(weighted).sum(axis=1, keepdims=True)
    steps = ranked * count / np.arange(1, weighted.shape[1] + 1)
    best = np.nanmin(np.concatenate([steps, np.ones((len(steps), 1))], axis=1), axis=1)
    return np.asarray(np.minimum(best, 1.0))


def _within(weighted: Floats) -> Floats:
    """(S, N) Benjamini and Hochberg's adjusted p-values within each family."""
    filled = np.where(np.isfinite(weighted), weighted, np.inf)
    order = np.argsort(filled, axis=1, kind="stable")
    count = np.isfinite(weighted).sum(axis=1, keepdims=True)
    ranked = np.take_along_axis(filled, order, axis=1) * count / np.arange(1, filled.shape[1] + 1)
    steps = np.minimum.accumulate(ranked[:, ::-1], axis=1)[:, ::-1]
    adjusted = np.empty_like(steps)
    np.put_along_axis(adjusted, order, steps, axis=1)
    return adjusted
