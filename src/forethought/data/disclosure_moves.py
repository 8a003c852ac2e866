"""Moves: changes of a table's hidden cells that keep every sum, found by linear programs.

An attacker knows every shown count, every sum, and that no hidden count is zero (zeros are
shown). A hidden cell is safe if the table could be another one, with the same shown counts, in
which that cell is far enough away. The change to that other table is a move; the cells that it
changes must be hidden, and then it is the proof.

References:
    Fischetti and Salazar (2001), Solving the cell suppression problem on tabular data with linear
    constraints, Management Science 47(7); Kelly, Golden and Assad (1992), Cell suppression:
    disclosure protection for sensitive tabular data, Networks 22.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forethought.data.disclosure_cells import Cells, Standing

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

SEEN = 1e-7
HIDDEN_COST = 1e-3
TOTAL_COST = 10.0
KNOWN_COST = 4.0
# Tables without a sum in common are solved together up to this size: one program costs less
# than many small ones.
BATCH_CELLS = 2_500
UNBOUNDED = (3, 4)


@dataclass(frozen=True, eq=False)
class Web:
    """Cells and the sums between them, ready for linear programs.

    Args:
        values: Counts, none zero.
        least: What the attacker knows each to be at least.
        cost: Cost of hiding each.
        primary: Cells that must be hidden.
        unseen: Cells that nobody publishes.
        part: Number of the connected part that each cell is in, from 0.
        sums: Matrix of the sums: +1 for parts, -1 for the total; sums times values is 0.
    """

    values: Floats
    least: Floats
    cost: Floats
    primary: Flags
    unseen: Flags
    part: Places
    sums: Any


def webs(cells: Cells, primary: Flags) -> Iterator[tuple[Places, Web]]:
    """The connected parts that have a primary cell, in batches, with their cells' places."""
    from scipy.sparse.csgraph import connected_components

    if not primary.any():
        return
    values = np.asarray(cells.values)
    matrix = sum_matrix(cells)
    _, parts = connected_components(abs(matrix).T @ abs(matrix), directed=False)
    standing = np.asarray(cells.standing)
    cost = (1 + np.log1p(values)) * TOTAL_COST ** np.asarray(cells.depth)
    cost = np.where(standing == Standing.KNOWN, KNOWN_COST * cost, cost)
    for places in _batches(parts, primary):
        held = matrix[:, places]
        web = Web(
            values=values[places],
            least=np.minimum(1.0, values[places]),
            cost=cost[places],
            primary=primary[places],
            unseen=standing[places] == Standing.UNSEEN,
            part=np.unique(parts[places], return_inverse=True)[1],
            sums=held[np.diff(held.indptr) > 0],
        )
        yield places, web


def _batches(parts: Places, primary: Flags) -> Iterator[Places]:
    wanted = np.flatnonzero(np.isin(parts, parts[primary]))
    order = wanted[np.argsort(parts[wanted], kind="stable")]
    batch: list[Places] = []
    for places in np.split(order, np.flatnonzero(np.diff(parts[order])) + 1):
        if batch and sum(map(len, batch)) + len(places) > BATCH_CELLS:
            yield np.concatenate(batch)
            batch = []
        batch.append(places)
    yield np.concatenate(batch)


def sum_matrix(cells: Cells) -> Any:
    """The sums as a sparse matrix, one row each: +1 for parts, -1 for the total."""
    from scipy.sparse import csr_array

    rows, columns, signs = [], [], []
    for row, (total, parts) in enumerate(cells.sums):
        rows += [row] * (len(parts) + 1)
        columns += [total, *parts]
        signs += [-1.0] + [1.0] * len(parts)
    shape = (len(cells.sums), len(cells.values))
    return csr_array((np.asarray(signs), (rows, columns)), shape=shape, dtype=np.float64)


def cheapest_move(
    web: Web, hidden: Flags, amounts: Floats, frozen: Flags | None = None
) -> Floats | None:
    """The move that costs least to hide; None where there is none.

    Args:
        web: The cells.
        hidden: Cells that are hidden already.
        amounts: By how much cells must change; 0 leaves them free.
        frozen: Cells that must not change.
    """
    from scipy.optimize import linprog
    from scipy.sparse import hstack

    asked = amounts != 0
    cost = np.where(hidden, HIDDEN_COST, web.cost)
    rise = np.where(asked, np.maximum(amounts, 0.0), np.inf)
    fall = np.where(asked, np.maximum(-amounts, 0.0), web.values - web.least)
    upper = np.concatenate([rise, fall])
    lower = np.where(np.concatenate([asked, asked]), upper, 0.0)
    if frozen is not None:
        upper[np.concatenate([frozen, frozen])] = 0.0
    answer = linprog(
        np.concatenate([cost, cost]),
        A_eq=hstack([web.sums, -web.sums], format="csc"),
        b_eq=np.zeros(web.sums.shape[0]),
        bounds=np.column_stack([lower, upper]),
        method="highs",
    )
    if answer.status != 0:
        return None
    size = web.values.size
    return _without_dust(answer.x[:size] - answer.x[size:])


def widest_move(
    web: Web, hidden: Flags, aim: Floats, most: float, frozen: Flags | None = None
) -> Floats:
    """The move of hidden cells alone that goes furthest towards an aim.

    Args:
        web: The cells.
        hidden: Cells that may change.
        aim: Which cells to change, and which way (-1, 0, 1).
        most: How far a cell of the aim may rise.
        frozen: Cells that must not change.
    """
    from scipy.optimize import linprog

    places = np.flatnonzero(hidden if frozen is None else hidden & ~frozen)
    change = np.zeros_like(web.values)
    if not places.size:
        return change
    inside = web.sums[:, places]
    inside = inside[np.diff(inside.indptr) > 0]
    wanted = aim[places]
    lower = web.least[places] - web.values[places]
    upper = np.where(wanted != 0, most, np.inf)
    answer = linprog(
        -wanted,
        A_eq=inside,
        b_eq=np.zeros(inside.shape[0]),
        bounds=np.column_stack([lower, upper]),
        method="highs",
    )
    if answer.status == 0:
        change[places] = answer.x
    return _without_dust(change)


def _without_dust(change: Floats) -> Floats:
    return np.where(np.abs(change) < SEEN, 0.0, change)


def bounds(sums: Any, values: Floats, hidden: Flags, least: Floats) -> tuple[Floats, Floats]:
    """What an attacker can tell of each hidden cell from the shown ones.

    Args:
        sums: Matrix of the sums.
        values: Counts; those of hidden cells are not looked at.
        hidden: Cells that are hidden.
        least: What the attacker knows each cell to be at least.

    Returns:
        The lowest and the highest value that each hidden cell can have.
    """
    from scipy.optimize import linprog

    places = np.flatnonzero(hidden)
    found = np.empty((2, places.size))
    inside = sums[:, places]
    known = -(sums[:, np.flatnonzero(~hidden)] @ values[~hidden])
    told = np.diff(inside.indptr) > 0
    limits = np.column_stack([least[places], np.full(places.size, np.inf)])
    for position in range(places.size):
        for row, sign in enumerate((1.0, -1.0)):
            aim = np.zeros(places.size)
            aim[position] = sign
            answer = linprog(
                aim, A_eq=inside[told], b_eq=known[told], bounds=limits, method="highs"
            )
            if answer.status in UNBOUNDED:  # the true table is one answer, so there are some
                found[row, position] = np.inf
            else:
                found[row, position] = sign * answer.fun
    return found[0], found[1]
