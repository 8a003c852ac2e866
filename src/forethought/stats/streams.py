"""Random numbers that belong to (seed, stage, entity), not to the order of drawing.

A stream answers "which number does entity 4,711 get at stage *deaths*, draw 2?" by hashing the
question, so nothing drawn elsewhere, earlier or later, changes the answer. Whole columns are drawn
at once.

References:
    Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3 (counter-based generators);
    Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators (the mixer).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Words: TypeAlias = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53
_LARGEST_COUNT = 1000


@dataclass(frozen=True)
class Stream:
    """The draws of one stage, keyed by entity.

    Args:
        seed: The seed of everything.
        stage: Name of the stage; another name gives unrelated numbers.
    """

    seed: int
    stage: str

    def bits(self, entities: ArrayLike, draw: str = "") -> Words:
        """64 random bits for each entity.

        Args:
            entities: Entity numbers, any whole numbers, in any order.
            draw: Name of the draw within the stage.
        """
        mixed: Words = np.atleast_1d(np.asarray(entities)).astype(np.uint64)
        first, second = self._keys(draw)
        mixed = mixed * _GOLDEN + first
        mixed = _mix(mixed)
        mixed ^= second
        return _mix(mixed)

    def uniform(self, entities: ArrayLike, draw: str = "") -> Floats:
        """A number from 0 (included) to 1 (excluded) for each entity."""
        return (self.bits(entities, draw) >> np.uint64(11)).astype(np.float64) * _UNIT

    def normal(self, entities: ArrayLike, draw: str = "") -> Floats:
        """A standard normal number for each entity, by inversion."""
        from scipy.special import ndtri

        inner: Floats = ndtri(self.uniform(entities, draw) * (1 - _UNIT) + _UNIT / 2)
        return inner

    def exponential(self, entities: ArrayLike, draw: str = "") -> Floats:
        """An exponential number of mean 1 for each entity, by inversion."""
        return -np.log1p(-self.uniform(entities, draw))

    def happens(self, entities: ArrayLike, chance: ArrayLike, draw: str = "") -> NDArray[np.bool_]:
        """Whether something of the given chance (0-1) happens to each entity."""
        return np.asarray(self.uniform(entities, draw) < np.asarray(chance))

    def whole(
        self, entities: ArrayLike, low: ArrayLike, high: ArrayLike, draw: str = ""
    ) -> Integers:
        """A whole number from `low` to `high`, both included, for each entity."""
        start = np.asarray(low, dtype=np.int64)
        width = np.asarray(high, dtype=np.int64) - start + 1
        return start + np.floor(self.uniform(entities, draw) * width).astype(np.int64)

    def poisson(self, entities: ArrayLike, mean: ArrayLike, draw: str = "") -> Integers:
        """A Poisson count for each entity, by inversion.

        Args:
            entities: Entity numbers.
            mean: Mean for each entity, or one for all; meant for means up to about 50.
            draw: Name of the draw within the stage.
        """
        chance = self.uniform(entities, draw)
        means = np.broadcast_to(np.asarray(mean, dtype=np.float64), chance.shape)
        counts = np.zeros(chance.shape, dtype=np.int64)
        term = np.exp(-means)
        left = chance - term
        above = np.flatnonzero(left >= 0)
        for count in range(1, _LARGEST_COUNT):
            if above.size == 0:
                break
            counts[above] = count
            term[above] *= means[above] / count
            left[above] -= term[above]
            above = above[left[above] >= 0]
        return counts

    def choice(self, entities: ArrayLike, weights: ArrayLike, draw: str = "") -> Integers:
        """The position of a weighted choice for each entity.

        Args:
            entities: Entity numbers, n of them.
            weights: Weights of k options, shape (k,), or of each entity, shape (n, k).
            draw: Name of the draw within the stage.
        """
        table = np.asarray(weights, dtype=np.float64)
        chance = self.uniform(entities, draw)
        if table.ndim == 1:
            edges = np.cumsum(table)
            found = np.searchsorted(edges / edges[-1], chance, side="right")
            return np.asarray(np.minimum(found, table.size - 1), dtype=np.int64)
        edges = np.cumsum(table, axis=1)
        passed = (edges[:, :-1] <= chance[:, None] * edges[:, -1:]).sum(axis=1)
        return np.asarray(passed, dtype=np.int64)

    def generator(self, entity: int = 0) -> np.random.Generator:
        """A numpy generator (Philox) for one entity, where draws come one after another."""
        return np.random.Generator(np.random.Philox(key=_digest(self.seed, self.stage, entity)))

    def _keys(self, draw: str) -> tuple[np.uint64, np.uint64]:
        digest = _digest(self.seed, self.stage, draw)
        return np.uint64(digest & (2**64 - 1)), np.uint64(digest >> 64)


def _digest(*parts: object) -> int:
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")


def _mix(words: Words) -> Words:
    words = (words ^ (words >> np.uint64(30))) * _FIRST
    words = (words ^ (words >> np.uint64(27))) * _SECOND
    return words ^ (words >> np.uint64(31))
