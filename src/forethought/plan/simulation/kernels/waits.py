"""Quantiles of waits that were counted by whole days."""

from __future__ import annotations

import numpy as np

from forethought.plan.simulation.kernels import lean


@lean
def quantile_of_days(waits: np.ndarray, q: int, seen: int, share: float) -> float:
    """Days that a share of a queue's cases waited at most, evenly spread within their last day.

    Args:
        waits: (Q, H) cases by whole waiting days.
        q: The queue.
        seen: All its cases, at least 1.
        share: 0-1.
    """
    aim = share * seen
    below = 0.0
    for wait in range(waits.shape[1]):
        here = waits[q, wait]
        if here > 0 and below + here >= aim:
            return wait + (aim - below) / here
        below += here
    return float(waits.shape[1])
