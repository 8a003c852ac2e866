"""Small numbers of a demand forecast: which levels may be shown, and which of their cells.

A level is a set of the axes service, client group and district that a reader may choose on. It
is offered where 9 in 10 of its cells (of fewer than ten all but one) hold the minimum in every
month shown. Each month is judged by itself: cells below the minimum in it, and those that would
tell them, are hidden in that month.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
MARCH = 3

Level = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Hidden:
    """What a published table leaves out.

    Args:
        cells: `service`, `who`, `district` of every cell that may not be seen, and `ds` or `year`
            where that holds for one month or year.
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
    low = pl.col("count").is_between(0, minimum, closed="none") | pl.col(small)
    if not widest or minimum <= 1 or frame.filter(within(chosen) & low).is_empty():
        return Hidden(frame.select(AXES).clear(), 0, 0)
    tables = {}
    for level in widest:
        parts = [part for part in chosen if set(part) <= set(level)]
        tables["-".join(level)] = frame.filter(within(parts)).select(
            *level, "count", pl.col(small).fill_null(value=False)
        )
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


def safest_by_month(
    counts: Mapping[date, pl.DataFrame],
    shown: pl.DataFrame,
    chosen: Sequence[Level],
    *,
    minimum: int,
) -> tuple[tuple[Level, ...], Hidden]:
    """The finest of the chosen levels that can be made safe in every month, and what they hide.

    Args:
        counts: By month `service`, `who`, `district`, `count`: whole counts that add up; months
            ahead have those of the last month known.
        shown: `service`, `who`, `district`, `ds`, `count` of every month that is shown: a cell
            that is small in one is hidden in that one.
        chosen: Levels to publish if they can be.
        minimum: Smallest count that may be seen.
    """
    small = pl.col("count").is_between(SOMEBODY, minimum, closed="left").alias("small")
    flags = shown.select(*AXES, "ds", small).partition_by("ds", as_dict=True, include_key=False)
    months = [
        (ds, counts[ds].join(flags[ds,], on=AXES, how="left", maintain_order="left"))
        for ds in sorted(counts)
    ]
    levels_left = tuple(chosen)
    while True:
        try:
            found = [
                (ds, hidden_cells(cells, levels_left, minimum=minimum)) for ds, cells in months
            ]
        except DisclosureError:
            finest = max(map(len, levels_left))
            levels_left = tuple(level for level in levels_left if len(level) < finest)
        else:
            break
    dated = [hidden.cells.with_columns(pl.lit(ds).alias("ds")) for ds, hidden in found]
    every = sum(hidden.primary for _, hidden in found)
    cells = pl.concat(dated)
    return levels_left, Hidden(cells, every, cells.height - every)


def by_year(months: Hidden) -> Hidden:
    """Cells to hide in a financial year: those hidden in any of its months or the March before.

    A year's sums, and the change on the March before, would tell the month that is hidden.
    """
    year = pl.col("ds").dt.offset_by("-3mo").dt.year()
    after = pl.when(pl.col("ds").dt.month() == MARCH).then(year + 1)
    cells = (
        months.cells.with_columns(pl.concat_list(year, after).alias("year"))
        .explode("year")
        .drop_nulls("year")
        .select(*AXES, pl.col("year").cast(pl.Int32))
        .unique(maintain_order=True)
    )
    return Hidden(cells, months.primary, months.secondary)


def without(frame: pl.DataFrame, hidden: Hidden, columns: Sequence[str]) -> pl.DataFrame:
    """The frame with the hidden cells' columns emptied, and `hidden` saying where."""
    by = hidden.cells.columns
    cells = hidden.cells.cast({name: frame.schema[name] for name in by})
    marked = frame.join(
        cells.with_columns(hidden=pl.lit(True)), on=by, how="left", maintain_order="left"
    ).with_columns(pl.col("hidden").fill_null(value=False))
    return marked.with_columns(
        pl.when(~pl.col("hidden")).then(pl.col(column)).alias(column)
        for column in columns
        if column in marked.columns
    )
