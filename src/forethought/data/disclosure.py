"""Statistical disclosure control of tables of counts: hide small numbers, and what tells them.

`protect` hides each count from 1 to the minimum less one (primary suppression), and then enough
others (secondary suppression) that no total, no crossing line and no other table gives a hidden
count away, exactly or nearly. Zeros are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from forethought.data.disclosure_cells import (
    Cells,
    Groupings,
    Key,
    Layout,
    Standing,
    Totals,
    add_table,
    checked,
    layout_of,
    merged,
)
from forethought.data.disclosure_moves import Flags, bounds, sum_matrix, webs
from forethought.data.disclosure_search import Demand, Search
from forethought.errors import DataError, UsageError

if TYPE_CHECKING:
    import polars as pl

MARKER = "suppressed"
PRIMARY, SECONDARY = "primary", "secondary"


@dataclass(frozen=True, eq=False)
class Protected:
    """A table that may be published.

    Args:
        table: The table as it came, counts null where hidden, and a column `suppressed`:
            `primary`, `secondary` or null. The marker is for receipts; a page shows neither.
        withheld: Totals that are not in the table and must not be published elsewhere, one row
            each: the columns, null where summed.
        actions: What was done, for the receipt: cells, primary, secondary, withheld, zeros,
            minimum_count, round_to.
    """

    table: pl.DataFrame
    withheld: pl.DataFrame
    actions: Mapping[str, int]

    def headline(self) -> str:
        """What was done, in a sentence."""
        done = self.actions
        hidden = done[PRIMARY] + done[SECONDARY]
        if not hidden:
            return f"None of {done['cells']:,} counts had to be hidden."
        return (
            f"{hidden:,} of {done['cells']:,} counts are hidden: {done[PRIMARY]:,} below "
            f"{done['minimum_count']} and {done[SECONDARY]:,} that would tell them."
        )


def protect(  # noqa: PLR0913 - settings, all by name
    table: pl.DataFrame,
    *,
    count: str,
    by: Sequence[str],
    minimum_count: int,
    totals: Totals = None,
    groupings: Groupings | None = None,
    round_to: int | None = None,
    sensitive: str | None = None,
    also: Sequence[str] = (),
    width: float | None = None,
    least_hidden: float | None = None,
) -> Protected:
    """Hide small counts, and as many others as it takes that nobody can work them out.

    The table is long: one row a cell. Columns of `by` that are not in `totals` make tables of
    their own (say, months), each protected by itself. A cell that has no row counts as a zero.

    Args:
        table: The counts; people, so whole numbers, though expected counts pass too.
        count: Column of counts.
        by: Columns that name a cell.
        minimum_count: Smallest count that may be seen, apart from 0.
        totals: Columns with totals. A mapping gives the label of the total rows in the table; a
            list names columns whose totals readers know from elsewhere; None is the safest:
            readers know the totals over every column.
        groupings: By column, maps from label to group (districts to councils, LSOAs to wards)
            whose totals readers know too; rows of a group may stand in the table.
        round_to: Round what is shown to this base; nothing but zero becomes zero.
        sensitive: Boolean column of cells to hide whatever their count.
        also: Other columns to empty where the count is hidden (costs, rates).
        width: Least distance between the bounds that an attacker finds for a primary cell; half
            of the minimum by default.
        least_hidden: Least sum of what one line hides; the minimum by default.

    Raises:
        DataError: Counts are missing, negative, twice there, or do not add up: all at once.
        UsageError: A setting that has no meaning.
    """
    return protect_linked(
        {"": table},
        count=count,
        by={"": by},
        minimum_count=minimum_count,
        totals=totals,
        groupings=groupings,
        round_to=round_to,
        sensitive=sensitive,
        also=also,
        width=width,
        least_hidden=least_hidden,
    )[""]


def protect_linked(  # noqa: PLR0913 - settings, all by name
    tables: Mapping[str, pl.DataFrame],
    *,
    count: str,
    by: Mapping[str, Sequence[str]],
    minimum_count: int,
    totals: Totals = None,
    groupings: Groupings | None = None,
    round_to: int | None = None,
    sensitive: str | None = None,
    also: Sequence[str] = (),
    width: float | None = None,
    least_hidden: float | None = None,
) -> dict[str, Protected]:
    """Protect tables of the same people together: what one hides, no other may tell.

    Cells of the same meaning (a district's total in a table by age and in one by sex) are one
    cell: hidden in both or in neither.

    Args:
        tables: Tables by name, each as for `protect`.
        count: Column of counts in each.
        by: Columns that name a cell, by table.
        minimum_count: As for `protect`, as all that follows.
        totals: Totals of any of the columns.
        groupings: Groupings of any of the columns.
        round_to: Base of rounding.
        sensitive: Boolean column of cells to hide.
        also: Columns to empty with the count.
        width: Least distance between an attacker's bounds.
        least_hidden: Least sum of what one line hides.

    Raises:
        DataError: As for `protect`; also where two tables disagree.
        UsageError: A setting that has no meaning.
    """
    _sensible(minimum_count, round_to)
    cells, layouts, problems = Cells(), {}, []
    for name in sorted(tables):
        rows = checked(tables[name], count, by[name])
        layouts[name] = layout_of(rows, by[name], _of(totals, by[name]), groupings or {})
        problems += add_table(cells, rows, count, layouts[name], name=name)
    if problems:
        raise DataError("The table cannot be protected as it is.", problems=problems)
    cells = merged(cells)
    marked = _marked(tables, layouts, sensitive)
    values = np.asarray(cells.values)
    standing = np.asarray(cells.standing)
    primary = (values > 0) & (values < minimum_count) & (standing != Standing.UNSEEN)
    primary[[cells.index[key] for key in marked if key in cells.index]] = True
    demand = Demand(
        width=float(ceil(minimum_count / 2)) if width is None else width,
        hidden=float(minimum_count) if least_hidden is None else least_hidden,
    )
    hidden = np.zeros(values.size, dtype=np.bool_)
    for places, web in webs(cells, primary):
        hidden[places] = Search(web, demand).run()
    verdicts = _Verdicts(cells, primary, hidden, minimum_count, round_to)
    return {
        name: _published(table, count, layouts[name], verdicts, also)
        for name, table in tables.items()
    }


def attack(
    published: pl.DataFrame,
    *,
    count: str,
    by: Sequence[str],
    totals: Totals = (),
    groupings: Groupings | None = None,
    least: float = 1.0,
) -> pl.DataFrame:
    """What a reader can work out of the hidden counts of a published table.

    Args:
        published: The table with null where a count is hidden. Totals that readers know stand
            in it as rows.
        count: Column of counts.
        by: Columns that name a cell.
        totals: Label of the total rows, by column.
        groupings: As for `protect`.
        least: What the reader knows each hidden count to be at least: 1 where zeros are shown.

    Returns:
        One row for each hidden cell: the columns of `by`, `lower` and `upper`.

    Raises:
        DataError: The shown counts contradict each other.
    """
    import polars as pl

    rows = checked(published, count, by, unknown=True)
    layout = layout_of(rows, by, totals, groupings or {})
    cells = Cells()
    problems = add_table(cells, rows, count, layout)
    if problems:
        raise DataError("The table contradicts itself.", problems=problems)
    values = np.asarray(cells.values)
    seen = np.asarray(cells.standing) == Standing.SHOWN
    hidden = np.isnan(values) | ~seen
    lower, upper = bounds(
        sum_matrix(cells), np.where(hidden, 0.0, values), hidden, np.where(seen, least, 0.0)
    )
    found = dict(zip(np.flatnonzero(hidden), zip(lower, upper, strict=True), strict=True))
    asked = rows.filter(pl.col(count).is_null()).select(*layout.by)
    limits = [found[cells.index[layout.key(labels)]] for labels in asked.iter_rows()]
    told = {"lower": [low for low, _ in limits], "upper": [high for _, high in limits]}
    return asked.select(*by).with_columns(
        pl.Series(name, values, dtype=pl.Float64) for name, values in told.items()
    )


def safe_counts(
    frame: pl.DataFrame,
    *,
    count: str,
    minimum_count: int,
    round_to: int | None = None,
    also: Sequence[str] = (),
) -> pl.DataFrame:
    """Empty every count between 0 and the minimum, where no total of them is published.

    For time series whose rows stand alone; a table with totals needs `protect`.

    Args:
        frame: One row a cell.
        count: Column of counts; null stays null.
        minimum_count: Smallest count that may be seen, apart from 0.
        round_to: Round what is shown to this base.
        also: Other columns to empty where the count is hidden.

    Returns:
        The frame with a boolean column `suppressed`.

    Raises:
        UsageError: A setting that has no meaning.
    """
    import polars as pl

    _sensible(minimum_count, round_to)
    small = (pl.col(count) > 0) & (pl.col(count) < minimum_count)
    marked = frame.with_columns(small.fill_null(value=False).alias(MARKER))
    shown = [pl.when(~pl.col(MARKER)).then(pl.col(name)).alias(name) for name in (count, *also)]
    hidden = marked.with_columns(shown)
    return hidden.with_columns(_rounded(pl.col(count), round_to)) if round_to else hidden


@dataclass(frozen=True, eq=False)
class _Verdicts:
    """What was decided over all cells."""

    cells: Cells
    primary: Flags
    hidden: Flags
    minimum_count: int
    round_to: int | None

    def marker(self, key: Key) -> str | None:
        """How a cell is marked; None where it is shown."""
        place = self.cells.index.get(key)
        if place is None or not self.hidden[place]:
            return None
        return PRIMARY if self.primary[place] else SECONDARY


def _published(
    table: pl.DataFrame, count: str, layout: Layout, verdicts: _Verdicts, also: Sequence[str]
) -> Protected:
    import polars as pl

    keys = [layout.key(labels) for labels in table.select(*layout.by).iter_rows()]
    marks = pl.Series(MARKER, [verdicts.marker(key) for key in keys], dtype=pl.String)
    marked = table.with_columns(marks)
    shown = marked.with_columns(
        pl.when(pl.col(MARKER).is_null()).then(pl.col(name)).alias(name) for name in (count, *also)
    )
    if verdicts.round_to:
        shown = shown.with_columns(_rounded(pl.col(count), verdicts.round_to))
    withheld = _withheld(table, layout, verdicts)
    return Protected(
        table=shown,
        withheld=withheld,
        actions={
            "cells": table.height,
            "zeros": int((table[count] == 0).sum()),
            PRIMARY: int((marks == PRIMARY).sum()),
            SECONDARY: int((marks == SECONDARY).sum()),
            "withheld": withheld.height,
            "minimum_count": verdicts.minimum_count,
            "round_to": verdicts.round_to or 0,
        },
    )


def _withheld(table: pl.DataFrame, layout: Layout, verdicts: _Verdicts) -> pl.DataFrame:
    import polars as pl

    columns = set(layout.by)
    kept = [
        dict(key)
        for key, place in verdicts.cells.index.items()
        if verdicts.hidden[place]
        and verdicts.cells.named[key] == Standing.KNOWN
        and {column for column, _ in key} <= columns
    ]
    return pl.DataFrame(
        {
            name: pl.Series([row.get(name) for row in kept], dtype=_dtype(table, name, kept))
            for name in layout.by
        }
    )


def _dtype(table: pl.DataFrame, name: str, rows: Sequence[Mapping[str, Any]]) -> Any:
    import polars as pl

    # A group's label may be of another type than its column (a name beside numbers).
    try:
        pl.Series([row.get(name) for row in rows], dtype=table.schema[name])
    except TypeError:
        return pl.String
    return table.schema[name]


def _rounded(shown: pl.Expr, base: int) -> pl.Expr:
    """To the nearest multiple, halves up; only zero becomes zero."""
    import polars as pl

    nearest = ((shown / base + 0.5).floor() * base).clip(lower_bound=base)
    return (
        pl.when(shown == 0)
        .then(0)
        .otherwise(nearest)
        .cast(pl.Int64)
        .alias(shown.meta.output_name())
    )


def _marked(
    tables: Mapping[str, pl.DataFrame], layouts: Mapping[str, Layout], sensitive: str | None
) -> list[Key]:
    import polars as pl

    if sensitive is None:
        return []
    return [
        layouts[name].key(labels)
        for name, table in tables.items()
        if sensitive in table.columns
        for labels in table.filter(pl.col(sensitive)).select(*layouts[name].by).iter_rows()
    ]


def _of(totals: Totals, by: Sequence[str]) -> Totals:
    """Of the totals those over columns of one table."""
    if totals is None:
        return None
    if isinstance(totals, Mapping):
        return {name: label for name, label in totals.items() if name in by}
    return [name for name in totals if name in by]


def _sensible(minimum_count: int, round_to: int | None) -> None:
    if minimum_count < 1:
        raise UsageError(f"A minimum count of {minimum_count} has no meaning; give 1 or more.")
    if round_to is not None and round_to < 1:
        raise UsageError(f"Rounding to {round_to} has no meaning; give 1 or more.")
