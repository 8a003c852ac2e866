"""Which cells to hide: moves are looked for until each primary cell is proven safe.

Connected parts of a table are searched side by side, one question of each part at a time, in one
linear program.

References:
    Hundepool et al. (2012), Statistical Disclosure Control, sections 4.2 (intervals) and 4.3
    (secondary suppression, singletons).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from forethought.data.disclosure_moves import (
    SEEN,
    Flags,
    Floats,
    Places,
    Web,
    cheapest_move,
    widest_move,
)
from forethought.errors import DisclosureError

MOST_PUSHES = 8
STALE_PUSHES = 2


@dataclass(frozen=True)
class Demand:
    """What protection is asked.

    Args:
        width: Least distance between the bounds that an attacker finds for a primary cell.
        hidden: Least sum of what one line hides.
    """

    width: float
    hidden: float


@dataclass
class Search:
    """What is hidden so far, and the moves that prove it safe.

    Args:
        web: The cells.
        demand: What protection is asked.
    """

    web: Web
    demand: Demand
    hidden: Flags = field(init=False)
    below: Floats = field(init=False)
    above: Floats = field(init=False)
    moves: list[Floats] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hidden = self.web.primary | self.web.unseen
        self.below = np.zeros_like(self.web.values)
        self.above = np.zeros_like(self.web.values)

    def run(self) -> Flags:
        """Hide until every primary cell is safe; the cells that are hidden."""
        self._widen(self.web.primary, self.demand.width)
        self._break_small_lines()
        self._against_singletons()
        while (others := self._exact_secondary()).any():
            self._widen(others, 1.0)
        return self.hidden & ~self.web.unseen

    def _exact_secondary(self) -> Flags:
        """Hidden cells beside the primary ones that a move barely changes."""
        others = self.hidden & ~self.web.primary & ~self.web.unseen
        return others & (self._width() < 1 - SEEN)

    def _width(self) -> Floats:
        """How far apart the proven bounds of each cell are, at least."""
        return self.above + self.below

    def _widen(self, cells: Flags, width: float) -> None:
        """Give each of these cells bounds at least so far apart."""
        self._push(cells, width)
        while (lacking := cells & (self._width() < width - SEEN)).any():
            chosen = self._one_each(lacking)
            self._probe(chosen, width)
            chosen = chosen[self._width()[chosen] < width - SEEN]
            if chosen.size:
                amounts = np.zeros_like(self.web.values)
                amounts[chosen] = width - self.below[chosen]
                self._move(amounts)

    def _probe(self, chosen: Places, width: float, frozen: Flags | None = None) -> None:
        """How far cells, one of each part, move both ways by what is hidden already."""
        for sign in (1.0, -1.0):
            aim = np.zeros_like(self.web.values)
            aim[chosen] = sign
            self._keep(widest_move(self.web, self.hidden, aim, width, frozen))

    def _push(self, cells: Flags, width: float) -> None:
        """Moves of what is hidden already, each proving many cells at once."""
        stale = 0
        for attempt in range(MOST_PUSHES):
            lacking = cells & (self._width() < width - SEEN)
            if not lacking.any() or stale == STALE_PUSHES:
                return
            self._keep(widest_move(self.web, self.hidden, _signs(attempt, lacking), width))
            proven = lacking & (self._width() >= width - SEEN)
            stale = 0 if proven.any() else stale + 1

    def _break_small_lines(self) -> None:
        """No line may tell that the few cells it hides hold fewer people than the least."""
        while (lines := self._small_lines()).size:
            amounts = np.zeros_like(self.web.values)
            for line in lines:
                cells = self.web.sums[[line]].indices
                held = cells[self.hidden[cells]]
                cell = held[np.argmin(self.web.values[held])]
                # One more than the line could leave for it.
                others = self.web.least[held].sum() - self.web.least[cell]
                highest = self.web.values[held].sum() - others
                amounts[cell] = highest - self.web.values[cell] + 1
            self._move(amounts)

    def _small_lines(self) -> Places:
        parts, totals = self.web.sums > 0, self.web.sums < 0
        sum_hidden = parts @ (self.web.values * self.hidden)
        small = (sum_hidden > SEEN) & (sum_hidden < self.demand.hidden - SEEN)
        small &= (parts @ (self.web.primary * 1.0)) > 0
        small &= (totals @ (self.hidden * 1.0)) == 0
        lines = np.flatnonzero(small)
        found = self.web.part[[self.web.sums[[line]].indices[0] for line in lines]]
        return lines[np.unique(found, return_index=True)[1]]

    def _against_singletons(self) -> None:
        """Somebody alone in a cell knows that cell: with it they must not work out another."""
        single = np.flatnonzero(self.web.primary & (self.web.values <= 1))
        if not single.size:
            return
        self._push_past(single)
        while (pairs := self._told_by(single)).size:
            chosen = pairs[np.unique(self.web.part[pairs[:, 1]], return_index=True)[1]]
            frozen = np.zeros_like(self.hidden)
            frozen[chosen[:, 0]] = True
            self._probe(chosen[:, 1], 1.0, frozen)
            moved = np.abs(self.moves[-2:]).max(axis=0)[chosen[:, 1]] >= 1 - SEEN
            amounts = np.zeros_like(self.web.values)
            amounts[chosen[~moved, 1]] = 1.0
            if amounts.any():
                self._move(amounts, frozen)

    def _push_past(self, single: Places) -> None:
        """Hold single cells still and move the others: any two differ in a bit of their number."""
        numbers = np.arange(single.size)
        held = [numbers >= 0]
        for bit in range(int(single.size - 1).bit_length()):
            has_bit = (numbers >> bit) & 1 == 1
            held += [has_bit, ~has_bit]
        for attempt, still in enumerate(held):
            frozen = np.zeros_like(self.hidden)
            frozen[single[still]] = True
            aim = _signs(attempt, self.web.primary & ~frozen)
            aim[single] = np.abs(aim[single])  # one person cannot become fewer
            self._keep(widest_move(self.web, self.hidden, aim, 1.0, frozen))

    def _told_by(self, single: Places) -> Places:
        """Pairs of a single cell and a primary cell that no move shows to be independent."""
        moves = np.abs(np.asarray(self.moves).reshape(-1, self.hidden.size))
        moved = (moves >= 1 - SEEN).astype(np.float64)
        still = (moves[:, single] < SEEN).astype(np.float64)
        told = ~(still.T @ moved > 0) & self.web.primary
        told &= self.web.part[single][:, None] == self.web.part
        told[np.arange(single.size), single] = False
        rows, cells = np.nonzero(told)
        return np.column_stack([single[rows], cells])

    def _one_each(self, cells: Flags) -> Places:
        """Of the cells the largest of each part."""
        places = np.flatnonzero(cells)
        order = places[np.argsort(-self.web.values[places], kind="stable")]
        return order[np.unique(self.web.part[order], return_index=True)[1]]

    def _move(self, amounts: Floats, frozen: Flags | None = None) -> None:
        """Find the cheapest move that changes cells so, and hide what it changes.

        There is always one: a person more in a cell and in every sum of it. So none found means
        that the solver failed, and an unproven table must not go out.
        """
        change = cheapest_move(self.web, self.hidden, amounts, frozen)
        if change is None:
            raise DisclosureError(
                "The table could not be proven safe.",
                remedy="Publish a coarser table.",
            )
        self.hidden |= change != 0
        self._keep(change)

    def _keep(self, change: Floats) -> None:
        self.moves.append(change)
        self.above = np.maximum(self.above, change)
        self.below = np.maximum(self.below, -change)
        # The same move backwards, as far as no cell falls under what the attacker knows.
        rising = change > 0
        spare = (self.web.values - self.web.least)[rising] / change[rising]
        back = np.ones(self.web.part.max() + 1)
        np.minimum.at(back, self.web.part[rising], spare)
        backwards = change * back[self.web.part]
        self.above = np.maximum(self.above, -backwards)
        self.below = np.maximum(self.below, backwards)


def _signs(attempt: int, cells: Flags) -> Floats:
    """An aim for these cells. Any signs do: as sums are kept, some rise while others fall."""
    signs = np.random.default_rng(attempt).choice((-1.0, 1.0), size=cells.size)
    return signs * cells
