"""The share of false alarms among all alarms, kept within a limit over a whole watch.

References:
    Benjamini and Hochberg (1995); Benjamini and Yekutieli (2001); Genovese, Roeder and Wasserman
    (2006), False discovery control with p-value weighting.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def q_values(p: Floats, weights: Floats | None = None, *, any_dependence: bool = False) -> Floats:
    """The smallest false discovery rate at which each test is an alarm.

    Args:
        p: (n) p-values.
        weights: (n) positive weights with mean 1: where alarms are looked for first.
        any_dependence: Benjamini and Yekutieli's rule, which needs no assumption on how the tests
            hang together, and is stricter by the n-th harmonic number; else Benjamini and
            Hochberg's, right for tests that are independent or move together.

    Returns:
        Shape (n), 0-1.
    """
    if p.size == 0:
        return p.copy()
    weighted = p if weights is None else p / weights
    order = np.argsort(weighted, kind="stable")
    factor = float((1 / np.arange(1, p.size + 1)).sum()) if any_dependence else 1.0
    ranked = weighted[order] * p.size * factor / np.arange(1, p.size + 1)
    steps = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    q = np.empty_like(steps)
    q[order] = steps
    return q
