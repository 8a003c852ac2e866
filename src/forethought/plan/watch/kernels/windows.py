"""Likelihood ratios of all windows of a map, for the counts seen and for many shuffled ones.

A window is a centre, the areas nearest to it, and the last periods. Counts are whole numbers, so
the logarithms that depend on them are a table; those that depend on the window are made once. A
window with c cases has the log likelihood ratio `table[c] - base - c * slope`.
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
def raised(
    floors: Counts,
    ceilings: Counts,
    expected: Floats,
    slope: Floats,
    base: Floats,
    table: Floats,
    least: float,
    high: Counts,
    low: Counts,
) -> None:
    """Counts from which (or down to which) a window's ratio is at least `least`.

    All windows are in one row; beyond the expected count the ratio only grows.

    Args:
        floors: (W) as in `each_centre`.
        ceilings: (W) as in `each_centre`.
        expected: (W) expected cases.
        slope: (W).
        base: (W).
        table: (C + 1).
        least: Log likelihood ratio that is asked for.
        high: (W) overwritten.
        low: (W) overwritten.
    """
    total = table.size - 1
    for w in range(floors.size):
        steep, start, e = slope[w], base[w], expected[w]
        reach = math.sqrt(2 * least * e)
        high[w], low[w] = floors[w], ceilings[w]
        if floors[w] <= total:
            c = min(total, max(floors[w], int(e + reach)))
            while c > floors[w] and table[c - 1] - start - (c - 1) * steep >= least:
                c -= 1
            while c <= total and table[c] - start - c * steep < least:
                c += 1
            high[w] = c
        if ceilings[w] >= 0:
            c = max(0, min(ceilings[w], int(e - reach)))
            while c < ceilings[w] and table[c + 1] - start - (c + 1) * steep >= least:
                c += 1
            while c >= 0 and table[c] - start - c * steep < least:
                c -= 1
            low[w] = c


@kernel
def largest(
    counts: Counts,
    order: Counts,
    sizes: Integers,
    high: Counts,
    low: Counts,
    slope: Floats,
    base: Floats,
    table: Floats,
    best: Floats,
) -> None:
    """The largest log likelihood ratio of each of R maps, among windows worth a look.

    R maps go side by side, so that a window takes a few steps for all of them.

    Args:
        counts: (I, A, R) counts of each time slice, area and map.
        order: (S, N) areas from each centre outwards.
        sizes: (S) areas that a window round a centre may hold.
        high: (I, S, N) fewest cases that are worth a look.
        low: (I, S, N) most cases that are, where few are sought; -1: never.
        slope: (I, S, N).
        base: (I, S, N).
        table: (C + 1).
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
                    steep, start = slope[t, i, j], base[t, i, j]
                    for r in range(maps):
                        if c[r] >= floor or c[r] <= ceiling:
                            best[r] = max(best[r], table[c[r]] - start - c[r] * steep)


@kernel
def each_centre(
    counts: Counts,
    order: Counts,
    sizes: Integers,
    floors: Counts,
    ceilings: Counts,
    slope: Floats,
    base: Floats,
    table: Floats,
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
        slope: (I, S, N).
        base: (I, S, N).
        table: (C + 1).
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
                    value = table[c] - base[t, i, j] - c * slope[t, i, j]
                    if value > best[i]:
                        best[i] = value
                        where[i, 0] = t
                        where[i, 1] = j
