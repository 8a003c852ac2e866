"""All windows of a map, and how their ratios are taken under each model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from forethought.plan.watch.circles import Circles
from forethought.plan.watch.likelihood import count_table, window_terms
from forethought.plan.watch.scan_input import Map

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]
Integers = NDArray[np.int64]
Direction = Literal["high", "low", "both"]
Model = Literal["poisson", "binomial"]

MODELS: tuple[Model, ...] = ("poisson", "binomial")
NEVER = np.int32(2**31 - 1)


class Ratios(Protocol):
    """Log likelihood ratios of the windows of a map under one model."""

    def raised(self, least: float) -> tuple[Counts, Counts]:
        """Counts from which, and down to which, each window's ratio is at least so much."""

    def largest(self, counts: Counts, high: Counts, low: Counts, best: Floats) -> None:
        """Raise `best` (R) to the largest ratio of maps (I, A, R), among windows worth a look."""

    def each_centre(self, counts: Counts) -> tuple[Floats, Integers]:
        """The best ratio round each centre of one map (I, A), and where: slice, last area."""

    def shuffled(self, generator: np.random.Generator, size: int) -> NDArray[np.int64]:
        """(R, T, A) counts of maps on which chance alone puts the same number of cases."""


@dataclass(frozen=True, eq=False)
class Windows:
    """All windows of a map: I time slices by S centres by N areas, see `kernels.windows`."""

    circles: Circles
    slices: tuple[tuple[int, int], ...]
    expected: Floats
    floors: Counts
    ceilings: Counts


def slices_of(periods: int, longest_share: float, when: str) -> tuple[tuple[int, int], ...]:
    """First and last period of each time slice."""
    longest = max(1, int(longest_share * periods + 1e-9))
    ends = [periods - 1] if when == "now" else range(periods)
    return tuple(
        (end - length + 1, end) for end in ends for length in range(1, min(longest, end + 1) + 1)
    )


def windows_of(
    scanned: Map,
    held: Circles,
    slices: tuple[tuple[int, int], ...],
    direction: Direction,
    least_cases: int,
) -> Windows:
    """All windows, with the counts from which one has many cases, or few."""
    expected = _summed(scanned.expected, held, slices)
    usable = held.ends[None] & (expected > 0) & (expected < scanned.total * (1 - 1e-12))
    safe = np.where(usable, expected, scanned.total / 2)
    high, low = direction in {"high", "both"}, direction in {"low", "both"}
    first = np.maximum(np.floor(safe) + 1, least_cases)
    floors = np.where(usable & high, first, NEVER).astype(np.int32)
    ceilings = np.where(usable & low, np.ceil(safe) - 1, -1).astype(np.int32)
    return Windows(held, slices, safe, floors, ceilings)


def _summed(
    cells: NDArray[np.float64], held: Circles, slices: tuple[tuple[int, int], ...]
) -> Floats:
    """(I, S, N) sums of (T, A) cells over each window."""
    near = held.order.astype(np.int64)
    return np.stack([cells[a : b + 1].sum(axis=0)[near].cumsum(axis=1) for a, b in slices])


def ratios_of(scanned: Map, windows: Windows, model: Model) -> Ratios:
    """The ratios of a map's windows under a model."""
    return Shares(scanned, windows) if model == "binomial" else Rates(scanned, windows)


class Rates:
    """Kulldorff's Poisson model: cases fall on people (or expected cases) at a rate.

    Args:
        scanned: The map.
        windows: Its windows.
    """

    def __init__(self, scanned: Map, windows: Windows) -> None:
        self._windows = windows
        self._slope, self._base = window_terms(windows.expected, scanned.total)
        self._table = count_table(scanned.total)
        self._total, self._shape = scanned.total, scanned.expected.shape
        chances = scanned.expected.ravel() / scanned.expected.sum()
        self._chances = chances / chances.sum()

    def raised(self, least: float) -> tuple[Counts, Counts]:
        """See `Ratios`."""
        from forethought.plan.watch.kernels.windows import raised

        windows = self._windows
        high, low = np.empty_like(windows.floors), np.empty_like(windows.ceilings)
        raised(
            windows.floors.ravel(), windows.ceilings.ravel(), windows.expected.ravel(),
            self._slope.ravel(), self._base.ravel(), self._table, least, high.ravel(),
            low.ravel(),
        )  # fmt: skip
        return high, low

    def largest(self, counts: Counts, high: Counts, low: Counts, best: Floats) -> None:
        """See `Ratios`."""
        from forethought.plan.watch.kernels.windows import largest

        held = self._windows.circles
        largest(
            counts, held.order, held.sizes, high, low, self._slope, self._base, self._table, best
        )

    def each_centre(self, counts: Counts) -> tuple[Floats, Integers]:
        """See `Ratios`."""
        from forethought.plan.watch.kernels.windows import each_centre

        windows, held = self._windows, self._windows.circles
        best, where = _room(held)
        each_centre(
            counts, held.order, held.sizes, windows.floors, windows.ceilings, self._slope,
            self._base, self._table, best, where,
        )  # fmt: skip
        return best, where

    def shuffled(self, generator: np.random.Generator, size: int) -> NDArray[np.int64]:
        """See `Ratios`: each case falls on its own."""
        drawn = generator.multinomial(self._total, self._chances, size=size)
        return drawn.reshape(size, *self._shape)


class Shares:
    """The binomial (Bernoulli) model: each person is a case or not.

    Args:
        scanned: The map; its people are whole numbers.
        windows: Its windows.
    """

    def __init__(self, scanned: Map, windows: Windows) -> None:
        self._windows = windows
        self._cells = np.rint(scanned.held).astype(np.int64)
        summed = _summed(scanned.held, windows.circles, windows.slices)
        self._people = np.rint(summed).astype(np.int64)
        self._total, self._everybody = scanned.total, int(self._cells.sum())

    def raised(self, least: float) -> tuple[Counts, Counts]:
        """See `Ratios`."""
        from forethought.plan.watch.kernels.shares import raised_shares

        windows = self._windows
        high, low = np.empty_like(windows.floors), np.empty_like(windows.ceilings)
        raised_shares(
            windows.floors.ravel(), windows.ceilings.ravel(), self._people.ravel(), self._total,
            self._everybody, least, high.ravel(), low.ravel(),
        )  # fmt: skip
        return high, low

    def largest(self, counts: Counts, high: Counts, low: Counts, best: Floats) -> None:
        """See `Ratios`."""
        from forethought.plan.watch.kernels.shares import largest_shares

        held = self._windows.circles
        largest_shares(
            counts, held.order, held.sizes, high, low, self._people, self._total,
            self._everybody, best,
        )  # fmt: skip

    def each_centre(self, counts: Counts) -> tuple[Floats, Integers]:
        """See `Ratios`."""
        from forethought.plan.watch.kernels.shares import each_centre_shares

        windows, held = self._windows, self._windows.circles
        best, where = _room(held)
        each_centre_shares(
            counts, held.order, held.sizes, windows.floors, windows.ceilings, self._people,
            self._total, self._everybody, best, where,
        )  # fmt: skip
        return best, where

    def shuffled(self, generator: np.random.Generator, size: int) -> NDArray[np.int64]:
        """See `Ratios`: as many people are drawn, nobody twice."""
        drawn = generator.multivariate_hypergeometric(
            self._cells.ravel(), self._total, size=size, method="marginals"
        )
        return drawn.reshape(size, *self._cells.shape)


def _room(held: Circles) -> tuple[Floats, Integers]:
    count = len(held.order)
    return np.empty(count), np.zeros((count, 2), dtype=np.int64)
