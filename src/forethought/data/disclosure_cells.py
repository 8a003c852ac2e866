"""A published table as cells and the sums between them, for disclosure control.

A cell is named by the labels that it fixes; a total over a column fixes none there. Two tables
that share a margin therefore share its cells, and linked tables need nothing more.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from forethought.errors import DataError, Problem

if TYPE_CHECKING:
    import polars as pl

Key = tuple[tuple[str, Any], ...]
Totals = Mapping[str, Any] | Sequence[str] | None
Groupings = Mapping[str, Sequence[Mapping[Any, Any]]]
TOLERANCE = 1e-6


class Standing(IntEnum):
    """How a reader comes to know a cell.

    `SHOWN` stands in the table, `KNOWN` is a total that readers find elsewhere, `UNSEEN` is a
    total that nobody publishes.
    """

    SHOWN = 0
    KNOWN = 1
    UNSEEN = 2


@dataclass(frozen=True)
class Parent:
    """A label that sums others of its column.

    Args:
        label: What stands in the column; None in `names` means it fixes nothing.
        children: Labels that it sums.
        fixes: Whether cells are named by it (a group) or not (the total of the column).
        shown: Whether the table has rows of it.
    """

    label: Any
    children: frozenset[Any]
    fixes: bool
    shown: bool


@dataclass
class Cells:
    """Cells that are not zero, and the sums between them.

    Args:
        index: Place of each cell by its key.
        values: Count of each cell; NaN where unknown.
        standing: How readers know it.
        depth: Over how many columns it sums.
        named: How readers know each key; cells that are equal share a place.
        sums: Total's place and its parts' places.
    """

    index: dict[Key, int] = field(default_factory=dict)
    values: list[float] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    named: dict[Key, Standing] = field(default_factory=dict)
    sums: list[tuple[int, list[int]]] = field(default_factory=list)

    def add(self, key: Key, value: float, standing: Standing, depth: int) -> int:
        """The cell's place; a cell that is there already keeps the more public standing."""
        self.named[key] = min(standing, self.named.get(key, standing))
        place = self.index.get(key)
        if place is None:
            place = self.index[key] = len(self.values)
            self.values.append(value)
            self.standing.append(standing)
            self.depth.append(depth)
        elif standing < self.standing[place]:
            self.standing[place] = standing
            if not math.isnan(value):
                self.values[place] = value
        return place


def merged(cells: Cells) -> Cells:
    """The cells with those made one that readers know to be equal.

    A total with a single part that is not zero is that part: zeros are shown, so whoever sees one
    sees the other.
    """
    root = list(range(len(cells.values)))

    def find(place: int) -> int:
        while root[place] != place:
            root[place] = root[root[place]]
            place = root[place]
        return place

    for total, parts in cells.sums:
        if len(parts) == 1:
            root[find(total)] = find(parts[0])
    heads = sorted({find(place) for place in range(len(root))})
    number = {head: position for position, head in enumerate(heads)}
    place_of = [number[find(place)] for place in range(len(root))]
    new = Cells(
        index={key: place_of[place] for key, place in cells.index.items()},
        values=[cells.values[head] for head in heads],
        standing=[Standing.UNSEEN] * len(heads),
        depth=[max(cells.depth, default=0)] * len(heads),
        named=cells.named,
        sums=[
            (place_of[total], [place_of[part] for part in parts])
            for total, parts in cells.sums
            if len(parts) > 1
        ],
    )
    for old, place in enumerate(place_of):
        new.standing[place] = min(new.standing[place], cells.standing[old])
        new.depth[place] = min(new.depth[place], cells.depth[old])
    return new


@dataclass(frozen=True)
class Layout:
    """How a table's columns name its cells.

    Args:
        by: The columns, sorted by name.
        parents: Parents of each label, by column.
        sums: All parents of each column by label.
    """

    by: tuple[str, ...]
    parents: Mapping[str, Mapping[Any, tuple[Parent, ...]]]
    sums: Mapping[str, Mapping[Any, Parent]]

    def key(self, labels: Sequence[Any]) -> Key:
        """The name of the cell with these labels, one for each column."""
        return tuple(
            (column, label)
            for column, label in zip(self.by, labels, strict=True)
            if (parent := self.sums[column].get(label)) is None or parent.fixes
        )

    def depth(self, labels: Sequence[Any]) -> int:
        """Over how many columns a cell sums."""
        pairs = zip(self.by, labels, strict=True)
        return sum(label in self.sums[column] for column, label in pairs)

    def standing(self, labels: Sequence[Any]) -> Standing:
        """How readers know a sum that has no row: elsewhere, or not at all."""
        pairs = zip(self.by, labels, strict=True)
        held = [self.sums[column].get(label) for column, label in pairs]
        shown = any(parent is not None and parent.shown for parent in held)
        return Standing.UNSEEN if shown else Standing.KNOWN


class _Total:
    """Stands in a column for a total that the table has no rows of."""

    def __repr__(self) -> str:
        return "total"


TOTAL = _Total()


def layout_of(
    table: pl.DataFrame, by: Sequence[str], totals: Totals, groupings: Groupings
) -> Layout:
    """How a table's columns name its cells.

    Args:
        table: The table.
        by: Columns that name a cell.
        totals: Label of the total by column; or columns whose totals readers know; None: all.
        groupings: By column, maps from label to the group whose total readers know.
    """
    names = tuple(sorted(by))
    shown = totals if isinstance(totals, Mapping) else {}
    known = set(names if totals is None else totals) - set(shown)
    parents: dict[str, dict[Any, tuple[Parent, ...]]] = {}
    sums: dict[str, dict[Any, Parent]] = {}
    for column in names:
        present = set(table[column].unique().to_list())
        groups = [set(grouping.values()) for grouping in groupings.get(column, ())]
        base = frozenset(present - {shown.get(column, TOTAL)} - set().union(*groups))
        held: list[Parent] = []
        for grouping, group in zip(groupings.get(column, ()), groups, strict=True):
            for label in group:
                parts = frozenset(item for item in base if grouping.get(item) == label)
                held.append(Parent(label, parts, fixes=True, shown=label in present))
        if column in shown:
            held.append(Parent(shown[column], base, fixes=False, shown=True))
        elif column in known:
            held.append(Parent(TOTAL, base, fixes=False, shown=False))
        sums[column] = {parent.label: parent for parent in held}
        parents[column] = {
            label: tuple(parent for parent in held if label in parent.children) for label in base
        }
    return Layout(names, parents, sums)


def add_table(
    cells: Cells, table: pl.DataFrame, count: str, layout: Layout, *, name: str = ""
) -> list[Problem]:
    """Add a table's cells and sums; what does not add up comes back.

    Args:
        cells: Where they go.
        table: The table; a null count is unknown.
        count: Column of counts.
        layout: How its columns name cells.
        name: The table's name, for problems.
    """
    rows: dict[tuple[Any, ...], float] = {}
    problems: list[Problem] = []
    for *columns, value in table.select(*layout.by, count).iter_rows():
        held = tuple(columns)
        if held in rows:
            problems.append(Problem("Two rows name the same cell.", _place(name, layout, held)))
        rows[held] = math.nan if value is None else float(value)
    found = _with_sums(rows, layout)
    problems += _against_rows(rows, found, layout, name)
    places: dict[tuple[Any, ...], int] = {}
    for labels, value in found.items():
        standing = Standing.SHOWN if labels in rows else layout.standing(labels)
        told = rows.get(labels, value)
        key = layout.key(labels)
        other = cells.index.get(key)
        place = cells.add(key, told, standing, layout.depth(labels))
        if other is not None and abs(cells.values[place] - told) > _slack(told):
            what = "Another table has another count of the same people."
            problems.append(Problem(what, _place(name, layout, labels)))
        places[labels] = place
    cells.sums += _sums(places, layout)
    return problems


def _with_sums(
    rows: Mapping[tuple[Any, ...], float], layout: Layout
) -> dict[tuple[Any, ...], float]:
    """Every base cell that is not zero, and every sum that it is part of."""
    found: dict[tuple[Any, ...], float] = {}
    for labels, value in rows.items():
        if layout.depth(labels) or value == 0:
            continue
        ways = (
            (label, *(parent.label for parent in layout.parents[column][label]))
            for column, label in zip(layout.by, labels, strict=True)
        )
        for way in itertools.product(*ways):
            found[way] = found.get(way, 0.0) + value
    return found


def _against_rows(
    rows: Mapping[tuple[Any, ...], float],
    found: Mapping[tuple[Any, ...], float],
    layout: Layout,
    name: str,
) -> list[Problem]:
    problems = []
    for labels, told in rows.items():
        if not layout.depth(labels):
            continue
        summed = found.get(labels, 0.0)
        if abs(told - summed) > _slack(summed):  # False where either is unknown
            what = "The total is not the sum of its parts."
            problems.append(Problem(what, _place(name, layout, labels)))
    return problems


def _sums(places: Mapping[tuple[Any, ...], int], layout: Layout) -> list[tuple[int, list[int]]]:
    parts: dict[tuple[tuple[Any, ...], int], list[int]] = {}
    for labels, place in places.items():
        for position, column in enumerate(layout.by):
            for parent in layout.parents[column].get(labels[position], ()):
                total = (*labels[:position], parent.label, *labels[position + 1 :])
                parts.setdefault((total, position), []).append(place)
    return [(places[total], found) for (total, _), found in parts.items()]


def _slack(value: float) -> float:
    return TOLERANCE * max(1.0, abs(value))


def _place(name: str, layout: Layout, labels: Sequence[Any]) -> str:
    pairs = zip(layout.by, labels, strict=True)
    place = ", ".join(f"{column} {label}" for column, label in pairs)
    return f"{name}: {place}" if name else place


def checked(
    table: pl.DataFrame, count: str, by: Sequence[str], *, unknown: bool = False
) -> pl.DataFrame:
    """The table with its rows in an order that does not depend on how they came.

    Raises:
        DataError: Columns are missing, or counts are missing, negative or not finite.
    """
    import polars as pl

    missing = [name for name in (*by, count) if name not in table.columns]
    if missing:
        raise DataError(f"The table has no column {', '.join(missing)}.")
    if not table.schema[count].is_numeric():
        raise DataError(f"The counts in {count} are no numbers.")
    bad = pl.col(count).is_null() & (not unknown) | (pl.col(count) < 0)
    if table.schema[count].is_float():
        bad |= ~pl.col(count).is_finite()
    wrong = table.select(bad.fill_null(value=False).sum()).item()
    if wrong:
        raise DataError(
            f"{wrong:,} counts in {count} are missing, negative or not finite.",
            remedy="A cell without people is 0.",
        )
    return table.sort(*by, nulls_last=True)
