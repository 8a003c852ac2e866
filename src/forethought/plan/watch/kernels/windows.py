"""Likelihood ratios of all windows of a map, for the counts seen and for many shuffled ones.

A window is a centre, the areas nearest to it, and the last periods. Counts are whole numbers, so
the logarithms that depend on them are a table; those that depend on the window are made once. A
window with c cases has the log likelihood ratio `table[c] - base - c * slope`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forethought.plan.watch.kernels import kernel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@kernel
def largest(
    counts: NDArray[np.int32],
    order: NDArray[np.int32],
    sizes: Integers,
    floors: NDArray[np.int32],
    ceilings: NDArray[np.int32],
    slope: Floats,
    base: Floats,
    table: Floats,
    best: Floats,
) -> None:
    """The largest log likelihood ratio of each map of counts.

    Args:
        counts: (R, I, A) int32 counts of each map, time slice and area.
        order: (S, N) int32 areas from each centre outwards.
        sizes: (S) areas that a window round a centre may hold.
        floors: (I, S, N) int32 fewest cases from which a window is one with many.
        ceilings: (I, S, N) int32 most cases up to which it is one with few; -1: never.
        slope: (I, S, N).
        base: (I, S, N).
        table: (C + 1).
        best: (R) updated where a window beats it.
    """
    for i in range(order.shape[0]):
        near = order[i]
        for t in range(counts.shape[1]):
            floor, ceiling = floors[t, i], ceilings[t, i]
            steep, start = slope[t, i], base[t, i]
            for r in range(counts.shape[0]):
                seen = counts[r, t]
                c = 0
                top = best[r]
                for j in range(sizes[i]):
                    c += seen[near[j]]
                    if c >= floor[j] or c <= ceiling[j]:
                        value = table[c] - start[j] - c * steep[j]
                        top = max(top, value)
                best[r] = top


@kernel
def each_centre(
    counts: NDArray[np.int32],
    order: NDArray[np.int32],
    sizes: Integers,
    floors: NDArray[np.int32],
    ceilings: NDArray[np.int32],
    slope: Floats,
    base: Floats,
    table: Floats,
    best: Floats,
    where: Integers,
) -> None:
    """The best window round each centre of one map.

    Args:
        counts: (I, A) int32; the others as in `largest`.
        order: (S, N).
        sizes: (S).
        floors: (I, S, N).
        ceilings: (I, S, N).
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
