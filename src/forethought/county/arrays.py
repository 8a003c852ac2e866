"""Small array work that several stages share."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Words: TypeAlias = NDArray[np.str_]


def unfolded(counts: Integers) -> tuple[Integers, Integers]:
    """Each item as often as its count: which item, and the how-manieth of it (from 0)."""
    which = np.repeat(np.arange(counts.size), counts)
    place = np.arange(which.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return which, place


def ranks(group: Integers) -> Integers:
    """Position of each item among those of its group, in order."""
    order = np.argsort(group, kind="stable")
    lengths = np.unique(group, return_counts=True)[1]
    rank = np.empty(group.size, dtype=np.int64)
    rank[order] = unfolded(lengths)[1]
    return rank
