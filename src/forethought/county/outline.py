"""The county's outline: a made coast with an estuary, a point and two land borders.

Coordinates are kilometres east and north of a corner in the middle of the North Sea.
"""

from __future__ import annotations

import numpy as np

from forethought.county.arrays import Flags, Floats
from forethought.stats.streams import Stream

CORNER_DEGREES = (2.2, 54.3)
KM_PER_DEGREE = (64.8, 111.3)
_SKETCH = (
    (2, 20), (7, 9), (17, 4), (27, 9), (36, 5), (46, 10), (41, 16), (33, 19), (43, 20), (53, 13),
    (63, 10), (71, 15), (74, 22), (82, 25), (80, 31), (72, 33), (66, 37), (74, 38), (83, 44),
    (81, 53), (74, 58), (66, 60), (60, 67), (48, 65), (37, 69), (26, 64), (15, 66), (6, 58),
    (9, 47), (3, 36),
)  # fmt: skip
_ROUNDS = 3
_ROUGHNESS = 0.13
_NEAR_KM = 5.0


def outline(seed: int) -> Floats:
    """The border as a closed ring of points in kilometres, shape (n, 2), first point not repeated.

    Args:
        seed: Seed of its raggedness.
    """
    ring = np.array(_SKETCH, dtype=np.float64)
    for level in range(_ROUNDS):
        following = np.roll(ring, -1, axis=0)
        along = following - ring
        across = np.column_stack([-along[:, 1], along[:, 0]])
        shift = Stream(seed, "outline").normal(np.arange(ring.shape[0]), f"level {level}")
        middle = (ring + following) / 2 + across * np.clip(shift, -2, 2)[:, None] * _ROUGHNESS
        ring = np.stack([ring, middle], axis=1).reshape(-1, 2)
    return ring


def inside(points: Floats, ring: Floats) -> Flags:
    """Whether each point lies inside a ring (even-odd rule)."""
    x, y = points[:, 0][:, None], points[:, 1][:, None]
    x1, y1 = ring.T
    x2, y2 = np.roll(ring, -1, axis=0).T
    rise = np.where(y2 == y1, 1.0, y2 - y1)
    crosses = ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / rise + x1)
    return np.asarray(crosses.sum(axis=1) % 2 == 1)


def mirrored(sites: Floats, ring: Floats) -> Floats:
    """Mirror images across the border of the sites near it, so that cells end at the border."""
    ends = np.roll(ring, -1, axis=0)
    along = ends - ring
    images = []
    for start, step in zip(ring, along, strict=True):
        share = np.clip(((sites - start) @ step) / (step @ step), 0, 1)
        foot = start + share[:, None] * step
        near = np.linalg.norm(sites - foot, axis=1) < _NEAR_KM
        images.append((2 * foot - sites)[near])
    found = np.unique(np.round(np.concatenate(images), 6), axis=0)
    found = found[~inside(found, ring)]
    low, high = ring.min(axis=0) - 30, ring.max(axis=0) + 30
    steps = np.linspace(0, 1, 12)
    frame = np.concatenate(
        [
            np.column_stack([low[0] + steps * (high[0] - low[0]), np.full(12, low[1])]),
            np.column_stack([low[0] + steps * (high[0] - low[0]), np.full(12, high[1])]),
            np.column_stack([np.full(12, low[0]), low[1] + steps * (high[1] - low[1])]),
            np.column_stack([np.full(12, high[0]), low[1] + steps * (high[1] - low[1])]),
        ]
    )
    return np.concatenate([found, frame])


def degrees(points: Floats) -> Floats:
    """Longitude and latitude of points in kilometres, to six decimals."""
    placed: Floats = np.array(CORNER_DEGREES) + points / np.array(KM_PER_DEGREE)
    return np.round(placed, 6)
