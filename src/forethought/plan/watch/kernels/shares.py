"""Likelihood ratios of all windows of a map whose people each are a case or not.

The loops are those of `windows`; the ratio hangs on people as well as on cases, so that logarithms
are taken where a window is looked into.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from forethought.plan.watch.kernels import kernel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Counts = NDArray[np.int32]


@kernel
def _term(x: float) -> float:
    return x * math.log(x) if x > 0 else 0.0


@kernel
def share_ratio(c: float, people: float, total: float, everybody: float) -> float:
    """Log likelihood ratio of a window.

    Args:
        c: Cases inside.
        people: People inside, cases among them.
        total: All cases.
        everybody: All people.
    """
    inside = _term(c) + _term(people - c) - _term(people)
    rest, others = total - c, everybody - people
    outside = _term(rest) + _term(others - rest) - _term(others)
    return inside + outside - (_term(total) + _term(everybody - total) - _term(everybody))


@kernel
def raised_shares(
    floors: Counts,
    ceilings: Counts,
    people: Integers,
    total: int,
    everybody: int,
    least: float,
    high: Counts,
    low: Counts,
) -> None:
    """Counts from which (or down to which) a window's ratio is at least `least`.

    All windows are in one row. Beyond the expected count the ratio only grows, so that halving
    finds the count.

    Args:
        floors: (W) as in `windows.each_centre`; more than all cases: never.
        ceilings: (W) as there.
        people: (W) people inside.
        total: All cases.
        everybody: All people.
        least: Log likelihood ratio that is asked for.
        high: (W) overwritten.
        low: (W) overwritten.
    """
    for w in range(floors.size):
        n = people[w]
        high[w], low[w] = floors[w], ceilings[w]
        most = min(total, n)
        if floors[w] <= total:
            a, b = floors[w], most + 1
            while a < b:
                c = (a + b) // 2
                if share_ratio(c, n, total, everybody) >= least:
                    b = c
                else:
                    a = c + 1
            high[w] = a if a <= most else total + 1
        if ceilings[w] >= 0:
            fewest = max(0, total - (everybody - n))
            a, b = fewest - 1, ceilings[w]
            while a < b:
                c = (a + b + 1) // 2
                if share_ratio(c, n, total, everybody) >= least:
                    a = c
                else:
                    b = c - 1
            low[w] = a if a >= fewest else -1


@kernel
def largest_shares(
    counts: Counts,
    order: Counts,
    sizes: Integers,
    high: Counts,
    low: Counts,
    people: Integers,
    total: int,
    everybody: int,
    best: Floats,
) -> None:
    """The largest log likelihood ratio of each of R maps, among windows worth a look.

    Args:
        counts: (I, A, R) counts of each time slice, area and map.
        order: (S, N) areas from each centre outwards.
        sizes: (S) areas that a window round a centre may hold.
        high: (I, S, N) fewest cases that are worth a look.
        low: (I, S, N) most cases that are, where few are sought; -1: never.
        people: (I, S, N) people of each window.
        total: All cases.
        everybody: All people.
        best: (R) updated where a window beats it.
    """
    maps = counts.shape[2]
    c = np.zeros(maps, dtype=np.int32)
    for i in range(order.shape[0]):
        for t in range(counts.shape[0]):
            c[:] = 0
            for j in range(sizes[i]):
                seen = counts[t, order[i, j]]
                floor, ceiling = high[t, i, j], low[t, i, j]
                hits = np.int32(0)
                for r in range(maps):
                    c[r] += seen[r]
                    hits += np.int32(c[r] >= floor) + np.int32(c[r] <= ceiling)
                if hits > 0:
                    n = people[t, i, j]
                    for r in range(maps):
                        if c[r] >= floor or c[r] <= ceiling:
                            best[r] = max(best[r], share_ratio(c[r], n, total, everybody))


@kernel
def each_centre_shares(
    counts: Counts,
    order: Counts,
    sizes: Integers,
    floors: Counts,
    ceilings: Counts,
    people: Integers,
    total: int,
    everybody: int,
    best: Floats,
    where: Integers,
) -> None:
    """The best window round each centre of one map.

    Args:
        counts: (I, A) counts of each time slice and area.
        order: (S, N) areas from each centre outwards.
        sizes: (S) areas that a window round a centre may hold.
        floors: (I, S, N) fewest cases from which a window is one with many.
        ceilings: (I, S, N) most cases up to which it is one with few; -1: never.
        people: (I, S, N) people of each window.
        total: All cases.
        everybody: All people.
        best: (S) overwritten; minus infinity where no window stands out.
        where: (S, 2) time slice and place of the last area; overwritten.
    """
    for i in range(order.shape[0]):
        best[i] = -np.inf
        for t in range(counts.shape[0]):
            c = 0
            for j in range(sizes[i]):
                c += counts[t, order[i, j]]
                if c >= floors[t, i, j] or c <= ceilings[t, i, j]:
                    value = share_ratio(c, people[t, i, j], total, everybody)
                    if value > best[i]:
                        best[i] = value
                        where[i, 0] = t
                        where[i, 1] = j
