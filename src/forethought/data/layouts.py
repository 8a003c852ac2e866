"""Which declared layout a file has, and its cells under the contract's column names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from forethought.data.contracts import Column, Contract, Layout
from forethought.errors import DataError, Problem, did_you_mean

if TYPE_CHECKING:
    import polars as pl

SURE_SHARE = 0.5
SHOWN_HEADINGS = 8
EARLIEST_YEAR, LATEST_YEAR = 1800, 2200


def plain(heading: str) -> str:
    """A heading as it is compared: no outer or double spaces, no case."""
    return " ".join(heading.replace("\ufeff", "").split()).casefold()


@dataclass(frozen=True)
class Fit:
    """How the headings of a file meet a layout.

    Args:
        layout: The layout.
        positions: Position in the file of each column that it has.
        missing: Columns that should be there and are not.
        unknown: Headings that the layout does not know.
    """

    layout: Layout
    positions: dict[str, int]
    missing: tuple[Column, ...]
    unknown: tuple[str, ...]


def layouts_for(contract: Contract, partner: str | None, kind: str) -> tuple[Layout, ...]:
    """The layouts that a partner's file of this kind may have.

    Raises:
        DataError: The contract declares layouts, but none for this partner and kind of file.
    """
    if not contract.layouts:
        return (Layout(name="as the contract"),)
    found = tuple(
        layout
        for layout in contract.layouts
        if (not layout.format or layout.format == kind)
        and (not layout.partners or partner is None or partner in layout.partners)
    )
    if not found:
        raise DataError(
            f'The contract "{contract.id}" declares no {kind} layout for partner "{partner}".',
            remedy="Add the partner to a layout, or write one for this kind of file.",
        )
    return found


def fit(contract: Contract, layout: Layout, headings: Sequence[str]) -> Fit:
    """How headings meet a layout."""
    names = {plain(column.heading): column.name for column in contract.columns}
    names |= {plain(column.name): column.name for column in contract.columns}
    names |= {plain(heading): name for heading, name in layout.rename.items()}
    positions: dict[str, int] = {}
    unknown = []
    for position, heading in enumerate(headings):
        name = names.get(plain(heading))
        if name is None or name in positions:
            unknown.append(heading)
        else:
            positions[name] = position
    missing = tuple(
        column
        for column in contract.columns
        if column.name not in positions and column.name not in layout.absent
    )
    return Fit(layout, positions, missing, tuple(unknown))


def chosen(fits: Sequence[Fit]) -> Fit | None:
    """The fit with nothing missing that knows most headings; the first declared among equals."""
    whole = [found for found in fits if not found.missing]
    return min(whole, key=lambda found: len(found.unknown), default=None)


def expected_heading(layout: Layout, column: Column) -> str:
    """The heading that a layout expects for a column."""
    for heading, name in layout.rename.items():
        if name == column.name:
            return heading
    return column.heading


def no_fit(contract: Contract, fits: Sequence[Fit], where: str, row: int) -> DataError:
    """The error for headings that no layout knows; says nothing of what may be people's data."""
    best = min(fits, key=lambda found: len(found.missing))
    if len(best.positions) < SURE_SHARE * len(contract.columns):
        first = [expected_heading(best.layout, column) for column in contract.columns]
        more = ", ..." if len(first) > SHOWN_HEADINGS else ""
        return DataError(
            f"The row does not hold the headings of {contract.id}.",
            where=f"{where} row {row:,}",
            remedy=f"Expected: {', '.join(first[:SHOWN_HEADINGS])}{more}. Look at the delimiter, "
            "at rows above the headings (skip_rows), and that it is the right file.",
        )
    problems = []
    for column in best.missing:
        heading = expected_heading(best.layout, column)
        near = get_close_matches(plain(heading), [plain(h) for h in best.unknown], n=1)
        remedy = (
            f"{did_you_mean(near[0], best.unknown)} If it was renamed, add it to rename in a "
            "layout of the contract."
            if near
            else "If it was removed for good, list it under absent in a layout of the contract."
        )
        problems.append(Problem("The column is missing.", f"row {row:,} field {heading}", remedy))
    count = "1 column is" if len(problems) == 1 else f"{len(problems)} columns are"
    return DataError(
        f"{count} missing or renamed (layout {best.layout.name}).",
        where=where,
        remedy="Ask the sender, or mend the contract.",
        problems=problems,
    )


def known_headings(contract: Contract, candidates: Sequence[Layout]) -> list[str]:
    """Every heading that a layout or the contract knows, in plain form."""
    known = {plain(column.heading) for column in contract.columns}
    known |= {plain(column.name) for column in contract.columns}
    known |= {plain(heading) for layout in candidates for heading in layout.rename}
    return sorted(known)


def refuse_repeated(contract: Contract, found: Fit, headings: Sequence[str], where: str) -> None:
    """Refuse headings of which two are the same and one is read.

    Raises:
        DataError: Each repeated heading.
    """
    counts = Counter(plain(heading) for heading in headings)
    read = {plain(headings[position]) for position in found.positions.values()}
    problems = [
        Problem(f"The heading stands {counts[name]} times.", f"field {name}", "Keep one of them.")
        for name in sorted(read)
        if counts[name] > 1
    ]
    if problems:
        raise DataError(
            f"Headings of {contract.id} are repeated.",
            where=where,
            remedy="Ask the sender which column is meant.",
            problems=problems,
        )


def mapped(contract: Contract, found: Fit, cells: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Cells under the contract's column names, codes and dates rewritten, all text.

    Empty cells and outer spaces vanish. A date in no declared format stays as it is, for the
    check to refuse.

    Args:
        contract: The contract.
        found: How the file's headings fit it.
        cells: The cells, all text, with `source_row`.
        as_of: Day of the reading: a two-digit year of birth is never after it.
    """
    import polars as pl

    layout = found.layout
    columns = []
    for column in contract.columns:
        position = found.positions.get(column.name)
        if position is None:
            columns.append(pl.lit(None, dtype=pl.String).alias(column.name))
            continue
        text = pl.col(f"c{position}").str.strip_chars()
        text = pl.when(text != "").then(text)
        if column.name in layout.codes:
            codes = dict(layout.codes[column.name])
            blank = codes.pop("", None)  # what an empty cell stands for
            text = text.replace(codes) if codes else text
            text = text if blank is None else text.fill_null(blank)
        if column.type in {"date", "timestamp"}:
            text = _iso(text, column, layout, as_of)
        if column.type in {"integer", "number"}:
            text = _point(text, layout)
        columns.append(text.alias(column.name))
    return cells.select(*columns, "source_row")


def _iso(text: pl.Expr, column: Column, layout: Layout, as_of: date) -> pl.Expr:
    import polars as pl

    formats = layout.dates.get(column.name, column.formats)
    birth = column.semantic == "date_of_birth"
    if birth and layout.two_digit_births == "refuse":
        formats = tuple(pattern for pattern in formats if "%y" not in pattern)
    if not formats:
        return text
    written = "%Y-%m-%d" if column.type == "date" else "%Y-%m-%d %H:%M:%S"
    readings = []
    for pattern in formats:
        moment = (
            text.str.to_date(pattern, strict=False)
            if column.type == "date"
            else text.str.to_datetime(pattern, strict=False, time_unit="us")
        )
        if birth and "%y" in pattern:
            century_before = moment.dt.offset_by("-100y")
            moment = pl.when(moment > as_of).then(century_before).otherwise(moment)
        plausible = moment.dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR)
        readings.append(pl.when(plausible).then(moment.dt.to_string(written)))
    return pl.coalesce(*readings, text)


def _point(text: pl.Expr, layout: Layout) -> pl.Expr:
    if layout.thousands:
        text = text.str.replace_all(layout.thousands, "", literal=True)
    if layout.decimal != ".":
        text = text.str.replace_all(layout.decimal, ".", literal=True)
    return text
