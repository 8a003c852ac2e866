"""Hours lost to sickness: a share by week and pool, pools together in winter."""

from __future__ import annotations

import math

import numpy as np

from forethought.plan.simulation.kernels import inlined, lean
from forethought.plan.simulation.kernels.random import normal
from forethought.plan.simulation.model import STATES_OF_TABLE, Floats

_WINTER_TOGETHER = 0.5
"""Correlation of pools' sickness in winter weeks."""


@inlined
def sick_share(table: np.ndarray, winter: int, shared: float, own: float) -> float:
    """Share of a pool's hours lost in a week.

    Args:
        table: (2, STATES_OF_TABLE) quantiles of the share, outside and in winter.
        winter: 1 in winter.
        shared: Standard normal number of the week that all pools share.
        own: Standard normal number of the week and the pool.
    """
    if table[winter, 0] == table[winter, STATES_OF_TABLE - 1]:
        return table[winter, 0]
    together = _WINTER_TOGETHER if winter == 1 else 0.0
    z = math.sqrt(together) * shared + math.sqrt(1.0 - together) * own
    place = 0.5 * math.erfc(-z / math.sqrt(2.0)) * STATES_OF_TABLE - 0.5
    low = min(max(int(math.floor(place)), 0), STATES_OF_TABLE - 2)
    part = min(max(place - low, 0.0), 1.0)
    return table[winter, low] + part * (table[winter, low + 1] - table[winter, low])


@lean
def draw_sickness(
    sickness: np.ndarray, keys: np.ndarray, week: int, winter: int, sick: Floats
) -> None:
    """Draw the share of hours lost in a week, for each pool.

    Args:
        sickness: (P, 2, STATES_OF_TABLE) quantiles.
        keys: (P + 1) key of each pool, behind them the one that all share.
        week: Number of the week.
        winter: 1 in winter.
        sick: (P) overwritten.
    """
    pools = sick.size
    shared = normal(keys[pools], week)
    for p in range(pools):
        sick[p] = sick_share(sickness[p], winter, shared, normal(keys[p], week))
