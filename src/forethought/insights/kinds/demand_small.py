"""Small numbers of a demand forecast: which levels may be shown, and which of their cells.

A level is a set of the axes service, client group and district that a reader may choose on. It
is offered where 9 in 10 of its cells (of fewer than ten all but one) hold the minimum in every
month shown; cells below, and those that would tell them, are hidden in all months alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from forethought.data.disclosure import protect_linked
from forethought.errors import DisclosureError

AXES = ("service", "who", "district")
ALL = "all"
OFFERED_SHARE = 0.9
SOMEBODY = 0.5  # expected people below which a cell counts as empty
OLDER_BANDS = ("65-74", "75-84", "85+")
OLDER = "older_people"

Level = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Hidden:
    """What a published table leaves out.

    Args:
        cells: `service`, `who`, `district` of every cell that may not be seen.
        primary: How many are small themselves.
        secondary: How many would tell a small one.
    """

    cells: pl.DataFrame
    primary: int
    secondary: int


@dataclass(frozen=True)
class Passing:
    """How many of a level's cells hold the minimum in every period shown."""

    cells: int
    passing: int

    @property
    def enough(self) -> bool:
        """9 in 10 pass; of fewer than ten cells all but one."""
        small = self.cells - self.passing
        return self.passing > 0 and small <= max(1, int((1 - OFFERED_SHARE) * self.cells + 1e-9))


def levels(frame: pl.DataFrame, minimum: int) -> dict[Level, Passing]:
    """How many of each level's cells hold the minimum in every period.

    Args:
        frame: `service`, `who`, `district`, `count`: one row a cell and period; cells that are
            always empty do not count.
        minimum: Smallest count that may be seen.
    """
    least = frame.group_by(AXES).agg(
        pl.col("count").filter(pl.col("count") >= SOMEBODY).min().alias("least")
    )
    found: dict[Level, Passing] = {}
    for size in range(1, len(AXES) + 1):
        for level in combinations(AXES, size):
            cells = least.filter(at_level(level)).drop_nulls("least")["least"]
            passing = cells.len() if minimum <= 1 else int((cells >= minimum).sum())
            found[level] = Passing(cells.len(), passing)
    return found


def offered(found: Mapping[Level, Passing]) -> tuple[Level, ...]:
    """Levels that may be chosen: those with enough cells, and whose parts have enough too."""
    enough = {level for level, cells in found.items() if cells.enough}
    return tuple(
        level
        for level in found
        if all(
            part in enough
            for size in range(1, len(level) + 1)
            for part in combinations(level, size)
        )
    )


def at_level(level: Level) -> pl.Expr:
    """Rows that tell exactly these axes apart."""
    return pl.all_horizontal(
        (pl.col(axis) != ALL) if axis in level else (pl.col(axis) == ALL) for axis in AXES
    )


def within(chosen: Sequence[Level]) -> pl.Expr:
    """Rows of the county and of any of the levels."""
    return pl.any_horizontal(at_level(()), *(at_level(level) for level in chosen))


def hidden_cells(
    frame: pl.DataFrame, chosen: Sequence[Level], *, minimum: int, small: str = "small"
) -> Hidden:
    """Cells to hide in all periods: small ones, and those that would tell them.

    Args:
        frame: `service`, `who`, `district`, `count`, and whether the cell is small in any period
            shown (`small`): one row a cell, counts that add up.
        chosen: Levels that are published.
        minimum: Smallest count that may be seen.
        small: Name of that column.
    """
    widest = [level for level in chosen if not any(set(level) < set(other) for other in chosen)]
    if not widest or minimum <= 1:
        return Hidden(frame.select(AXES).clear(), 0, 0)
    tables = {}
    for level in widest:
        parts = [part for part in chosen if set(part) <= set(level)]
        tables["-".join(level)] = frame.filter(within(parts)).select(*level, "count", small)
    done = protect_linked(
        tables,
        count="count",
        by={"-".join(level): level for level in widest},
        minimum_count=minimum,
        totals=dict.fromkeys({axis for level in widest for axis in level}, ALL),
        groupings={"who": [dict.fromkeys(OLDER_BANDS, OLDER)]},
        sensitive=small,
    )
    left_out = [
        part.table.filter(pl.col("suppressed").is_not_null())
        .with_columns(pl.lit(ALL).alias(axis) for axis in AXES if axis not in part.table.columns)
        .select(*AXES, "suppressed")
        for part in done.values()
    ]
    cells = pl.concat(left_out).unique(AXES, maintain_order=True)
    primary = int((cells["suppressed"] == "primary").sum())
    return Hidden(cells.select(AXES), primary, cells.height - primary)


def safest(
    now: pl.DataFrame, shown: pl.DataFrame, chosen: Sequence[Level], *, minimum: int
) -> tuple[tuple[Level, ...], Hidden]:
    """The finest of the chosen levels that can be made safe, and what they hide.

    Args:
        now: `service`, `who`, `district`, `count`: one row a cell, whole counts that add up.
        shown: `service`, `who`, `district`, `count` of every period that is shown: a cell that
            is small in any of them is hidden in all.
        chosen: Levels to publish if they can be.
        minimum: Smallest count that may be seen.
    """
    small = pl.col("count").is_between(SOMEBODY, minimum, closed="left").any().alias("small")
    ever = shown.group_by(AXES).agg(small)
    cells = now.join(ever, on=AXES, how="left").with_columns(pl.col("small").fill_null(value=False))
    levels_left = tuple(chosen)
    while True:
        try:
            return levels_left, hidden_cells(cells, levels_left, minimum=minimum)
        except DisclosureError:
            finest = max(map(len, levels_left))
            levels_left = tuple(level for level in levels_left if len(level) < finest)


def without(frame: pl.DataFrame, hidden: Hidden, columns: Sequence[str]) -> pl.DataFrame:
    """The frame with the hidden cells' columns emptied, and `hidden` saying where."""
    marked = frame.join(
        hidden.cells.with_columns(hidden=pl.lit(True)), on=AXES, how="left", maintain_order="left"
    ).with_columns(pl.col("hidden").fill_null(value=False))
    return marked.with_columns(
        pl.when(~pl.col("hidden")).then(pl.col(column)).alias(column)
        for column in columns
        if column in marked.columns
    )
