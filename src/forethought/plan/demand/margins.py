"""Which sums of cells are modelled, and how forecasts of them are shared out to the cells.

A margin puts every cell of a panel into one unit. Units large enough are modelled alone, the
rest of a service together. Cells get their share of a unit as learnt on the last 24 months, and
are raked to a second margin where there is one, on every sample path, so that all sums agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SHARE_MONTHS = 24
SHARE_PRIOR = 12.0  # a cell's own count against its expectation from the two margins
RAKING_ROUNDS = 4
LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class Margin:
    """A partition of cells into modelled units.

    Args:
        names: Name of each unit.
        unit: The unit of each cell (its place in names); any shape of cells.
    """

    names: tuple[str, ...]
    unit: NDArray[np.int64]

    def sums(self, cells: Floats) -> Floats:
        """Sums by unit: cells x anything -> units x anything; cells are the leading axes."""
        flat = cells.reshape(self.unit.size, *cells.shape[self.unit.ndim :])
        out = np.zeros((len(self.names), *flat.shape[1:]))
        order = np.argsort(self.unit.ravel(), kind="stable")
        starts = np.searchsorted(self.unit.ravel()[order], np.arange(len(self.names)))
        np.add.reduceat(flat[order], starts, axis=0, out=out)
        return out

    def spread(self, units: Floats) -> Floats:
        """Each cell's unit value: units x anything -> cells x anything."""
        return np.asarray(units[self.unit])


def large_enough(
    volume: Floats, rows: Sequence[str], columns: Sequence[str], *, minimum: float
) -> Margin:
    """Cells of a table as units, the small ones of a row together.

    Args:
        volume: Mean monthly volume: rows x columns.
        rows: Names of the rows (services).
        columns: Names of the columns (profiles or districts).
        minimum: Smallest volume of a unit of its own.

    Returns:
        A margin over rows x columns. A row whose remainder is small joins its smallest unit.
    """
    names: list[str] = []
    unit = np.zeros(volume.shape, dtype=np.int64)
    for r, row in enumerate(rows):
        alone = [c for c in range(len(columns)) if volume[r, c] >= minimum]
        rest = [c for c in range(len(columns)) if c not in alone]
        if alone and rest and volume[r, rest].sum() < minimum:
            rest.append(min(alone, key=lambda c: (volume[r, c], c)))
            alone = [c for c in alone if c not in rest]
        for c in alone:
            unit[r, c] = len(names)
            names.append(f"{row}, {columns[c]}")
        if rest:
            unit[r, rest] = len(names)
            names.append(f"{row}, rest" if alone else row)
    return Margin(tuple(names), unit)


def shares(counts: Floats, margin: Margin, *, paths: int, rng: np.random.Generator) -> Floats:
    """Each cell's share of its unit on each path, as uncertain as the counts leave it.

    A small cell leans to what its row and its district would have if they were unrelated; each
    path draws its shares once (a Dirichlet posterior), as they stay unknown at all months.

    Args:
        counts: Counts over the window, cells with the district as last axis.
        margin: Units over the same cells.
        paths: Sample paths.
        rng: Where the draws come from.

    Returns:
        Cells x paths; the shares of each unit sum to 1.
    """
    table = counts.reshape(-1, counts.shape[-1]) + 1e-6
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    prior = expected.reshape(counts.shape)
    weight = counts + SHARE_PRIOR * prior / margin.spread(margin.sums(prior))
    drawn = scattered(np.repeat(weight[..., None], paths, axis=-1), rng)
    return np.asarray(drawn / margin.spread(margin.sums(drawn)))


def scattered(likely: Floats, rng: np.random.Generator) -> Floats:
    """Values around what is likely with the variance of counts (gamma, never negative)."""
    return np.maximum(rng.standard_gamma(np.maximum(likely, LEAST)), LEAST)


def nested(coarse: tuple[Margin, Floats], fine: tuple[Margin, Floats]) -> Floats:
    """The finer margin's values scaled so that those inside each coarser unit add up to it.

    A sum is forecast better than the sum of many small forecasts, whose medians lie below their
    means: the coarse level sets the size, the fine one how it divides.

    Args:
        coarse: Margin and values: units x anything.
        fine: Margin over the same cells, each unit inside one coarse unit, and its values.
    """
    margin, values = coarse
    finer, parts = fine
    parent = np.zeros(len(finer.names), dtype=np.int64)
    parent[finer.unit.ravel()] = margin.unit.ravel()
    inside = Margin(margin.names, parent)
    sums = inside.sums(parts)
    even = inside.spread(1.0 / np.bincount(parent, minlength=len(margin.names)))
    shape = (-1, *([1] * (parts.ndim - 1)))
    spread = np.where(inside.spread(sums) > 0, parts, even.reshape(shape))
    return np.asarray(spread * inside.spread(ratio(values, inside.sums(spread))))


def rake(seed: Floats, first: tuple[Margin, Floats], second: tuple[Margin, Floats]) -> Floats:
    """Cells that add up to the first margin exactly and to the second as nearly as can be.

    Args:
        seed: What the cells would be without the margins, above 0: cells x paths.
        first: Margin and its values: units x paths.
        second: Margin and its values; rescaled to the first's total on each path.

    Returns:
        Cells x paths.

    Source: iterative proportional fitting (Deming and Stephan 1940), begun and ended at the
    first margin.
    """
    margin, values = first
    other, wanted = second
    total, asked = values.sum(axis=0), wanted.sum(axis=0)
    aim = wanted * np.divide(total, asked, out=np.ones_like(total), where=asked > 0)
    cells = seed * margin.spread(ratio(values, margin.sums(seed)))
    for _ in range(RAKING_ROUNDS):
        cells *= other.spread(ratio(aim, other.sums(cells)))
        cells *= margin.spread(ratio(values, margin.sums(cells)))
    return np.asarray(cells)


def ratio(wanted: Floats, found: Floats) -> Floats:
    """What to multiply by to get what is wanted; 1 where there is nothing to multiply."""
    return np.divide(wanted, found, out=np.ones_like(found), where=found > 0)
