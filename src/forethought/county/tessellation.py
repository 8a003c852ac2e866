"""Cells around points, as a mesh of shared lines: what two areas share is stored once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forethought.county.arrays import Flags, Floats, Integers
from forethought.stats.streams import Stream

Ring = list[tuple[float, float]]

OUTSIDE = -1
_ROUNDS_INLAND, _ROUNDS_AT_BORDER = 2, 3
_WOBBLE = 0.06


@dataclass(frozen=True, eq=False)
class Mesh:
    """Lines between cells.

    Args:
        corners: Points where lines meet, in kilometres.
        start: Corner at which each line starts.
        end: Corner at which it ends.
        left: Cell on its one side.
        right: Cell on its other side, or `OUTSIDE`.
        cells: Number of cells.
    """

    corners: Floats
    start: Integers
    end: Integers
    left: Integers
    right: Integers
    cells: int

    def centres(self) -> Floats:
        """Mean of the corners of each cell."""
        total = np.zeros((self.cells, 2))
        count = np.zeros(self.cells)
        middle = (self.corners[self.start] + self.corners[self.end]) / 2
        weight = np.linalg.norm(self.corners[self.start] - self.corners[self.end], axis=1)
        for side in (self.left, self.right):
            here = side != OUTSIDE
            np.add.at(total, side[here], middle[here] * weight[here][:, None])
            np.add.at(count, side[here], weight[here])
        return total / count[:, None]

    def neighbours(self) -> tuple[Integers, Integers]:
        """Pairs of cells that share a line."""
        within = self.right != OUTSIDE
        return self.left[within], self.right[within]

    def touches_outside(self, where: object = None) -> Flags:
        """Whether each cell has a line at the border.

        Args:
            where: A function of points; only border lines are counted at whose middle it holds.
        """
        border = self.right == OUTSIDE
        if callable(where):
            middle = (self.corners[self.start] + self.corners[self.end]) / 2
            border &= np.asarray(where(middle), dtype=bool)
        found = np.zeros(self.cells, dtype=bool)
        found[self.left[border]] = True
        return found

    def reordered(self, order: Integers) -> Mesh:
        """The same mesh with cell `order[i]` as cell i."""
        place = np.empty(self.cells, dtype=np.int64)
        place[order] = np.arange(self.cells)
        right = np.where(self.right == OUTSIDE, OUTSIDE, place[self.right])
        return replace(self, left=place[self.left], right=right)

    def paths(self) -> list[Floats]:
        """Each line as a natural-looking path from start to end, in kilometres."""
        border = self.right == OUTSIDE
        paths: list[Floats] = [np.empty(0)] * self.start.size
        for rounds, chosen in ((_ROUNDS_INLAND, ~border), (_ROUNDS_AT_BORDER, border)):
            lines = np.flatnonzero(chosen)
            points = np.stack(
                [self.corners[self.start[lines]], self.corners[self.end[lines]]], axis=1
            )
            for level in range(rounds):
                along = np.diff(points, axis=1)
                across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
                stream = Stream(1, f"wobble {level}")
                entity = lines[:, None] * 64 + np.arange(along.shape[1])[None]
                shift = np.clip(stream.normal(entity.ravel()), -2, 2).reshape(entity.shape)
                middle = (points[:, :-1] + points[:, 1:]) / 2 + across * shift[..., None] * _WOBBLE
                fine = np.empty((lines.size, 2 * points.shape[1] - 1, 2))
                fine[:, ::2], fine[:, 1::2] = points, middle
                points = fine
            for line, path in zip(lines.tolist(), points, strict=True):
                paths[line] = path
        return paths

    def rings(self, group: Integers) -> list[list[tuple[int, ...]]]:
        """Borders of groups of cells as closed rings of signed line numbers.

        Args:
            group: Group of each cell, numbered from 0; -1 leaves a cell out.

        Returns:
            For each group its rings; a ring lists lines from 1, negative where it runs backwards.
        """
        outer = np.where(self.right == OUTSIDE, -2, group[self.right])
        inner = group[self.left]
        rings = []
        for number in range(int(group.max()) + 1):
            lines = np.flatnonzero((inner == number) != (outer == number))
            rings.append(self._chained(lines))
        return rings

    def _chained(self, lines: Integers) -> list[tuple[int, ...]]:
        at_corner: dict[int, list[int]] = {}
        for line in lines.tolist():
            for corner in (int(self.start[line]), int(self.end[line])):
                at_corner.setdefault(corner, []).append(line)
        waiting = dict.fromkeys(lines.tolist())
        rings = []
        while waiting:
            first = next(iter(waiting))
            del waiting[first]
            ring, corner = [first + 1], int(self.end[first])
            while corner != int(self.start[first]):
                line = next(found for found in at_corner[corner] if found in waiting)
                del waiting[line]
                forward = int(self.start[line]) == corner
                ring.append(line + 1 if forward else -(line + 1))
                corner = int(self.end[line] if forward else self.start[line])
            rings.append(tuple(ring))
        return rings


def mesh_of(sites: Floats, others: Floats) -> Mesh:
    """The Voronoi cells of `sites`, ended by those of `others`, which are left out.

    Args:
        sites: Points in kilometres, shape (n, 2).
        others: Points around them; cells next to these touch the outside.
    """
    from scipy.spatial import Voronoi

    diagram = Voronoi(np.concatenate([sites, others]))
    pairs = np.asarray(diagram.ridge_points, dtype=np.int64)
    lines = np.asarray(diagram.ridge_vertices, dtype=np.int64)
    ours = pairs < sites.shape[0]
    kept = ours.any(axis=1)
    pairs, lines, ours = pairs[kept], lines[kept], ours[kept]
    swapped = ~ours[:, 0]
    pairs[swapped] = pairs[swapped][:, ::-1]
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs, lines = pairs[order], lines[order]
    right = np.where(pairs[:, 1] < sites.shape[0], pairs[:, 1], OUTSIDE)
    return Mesh(
        corners=np.asarray(diagram.vertices, dtype=np.float64),
        start=lines[:, 0],
        end=lines[:, 1],
        left=pairs[:, 0],
        right=right.astype(np.int64),
        cells=sites.shape[0],
    )
