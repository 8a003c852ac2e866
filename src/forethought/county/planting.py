"""Planted errors: what partners' files get wrong, done on purpose and written down.

A row gets one error at most, so that each can be judged alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from forethought.county.arrays import Flags, Integers
from forethought.county.names import NICKNAMES
from forethought.stats.streams import Stream

LONG_FILE = 250
Change = Callable[[pl.Series, Stream, Integers], pl.Series]

SCHEMA = {
    "dataset": pl.String,
    "file": pl.String,
    "source_row": pl.Int64,
    "key": pl.String,
    "column": pl.String,
    "error": pl.String,
    "rule": pl.String,
}
"""Columns of `truth/planted_errors.parquet`. `rule` is empty where no rule can see the error."""


@dataclass(eq=False)
class Planter:
    """Plants errors in one file.

    Args:
        seed: Seed of the county.
        dataset: Dataset of the file.
        file: Path of the file under `inbox`.
        frame: The rows; columns become text where an error touches them.
        key: Column that names a row.
        first_row: Row number of the first data row, as a reader of the file counts.
    """

    seed: int
    dataset: str
    file: str
    frame: pl.DataFrame
    key: str
    first_row: int = 2
    _used: Flags = field(init=False)
    _log: list[pl.DataFrame] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._used = np.zeros(self.frame.height, dtype=bool)

    def spoil(
        self,
        column: str,
        error: str,
        share: float,
        change: Change,
        *,
        rule: str = "",
        where: pl.Expr | None = None,
    ) -> None:
        """Spoil a share of a column's values.

        Args:
            column: The column.
            error: Name of the error.
            share: Share of the rows with a value (0-1); one at least in all but short files.
            change: What happens to the text of a value.
            rule: Rule of the contract that sees it.
            where: Rows that may be spoiled; all by default.
        """
        stream = Stream(self.seed, f"{error} in {column} of {self.file}")
        possible = self.frame[column].is_not_null().to_numpy() & ~self._used
        if where is not None:
            possible &= self.frame.select(where.fill_null(value=False)).to_series().to_numpy()
        rows = np.flatnonzero(possible)
        if rows.size == 0:
            return
        chance = stream.uniform(rows)
        chosen = rows[chance < share]
        if chosen.size == 0:
            if rows.size < LONG_FILE:
                return
            chosen = rows[[int(chance.argmin())]]
        before = self.frame[column].gather(chosen).cast(pl.String)
        after = change(before, stream, chosen)
        really = (before != after).fill_null(value=True).to_numpy()
        chosen, after = chosen[really], after.filter(pl.Series(really))
        text = self.frame[column].cast(pl.String).scatter(chosen, after)
        self.frame = self.frame.with_columns(text.alias(column))
        self.note(chosen, column, error, rule)

    def note(self, rows: Integers, column: str, error: str, rule: str) -> None:
        """Write down an error of rows."""
        if rows.size == 0:
            return
        self._used[rows] = True
        self._log.append(
            pl.DataFrame(
                {
                    "dataset": [self.dataset] * rows.size,
                    "file": [self.file] * rows.size,
                    "row": rows,
                    "key": self.frame[self.key].cast(pl.String).gather(rows),
                    "column": [column] * rows.size,
                    "error": [error] * rows.size,
                    "rule": [rule] * rows.size,
                }
            )
        )

    def repeat(self, share: float, *, rule: str = "key_unique") -> None:
        """Write some rows twice, the second time at the end; both rows then break the key."""
        stream = Stream(self.seed, f"repeats of {self.file}")
        rows = np.flatnonzero(~self._used)
        if rows.size == 0:
            return
        chosen = rows[stream.happens(rows, share)]
        if chosen.size == 0:
            if rows.size < LONG_FILE:
                return
            chosen = rows[:1]
        added = self.append(self.frame[chosen.tolist()])
        self.note(chosen, self.key, "duplicate", rule)
        self.note(added, self.key, "duplicate", rule)

    def append(self, rows: pl.DataFrame) -> Integers:
        """Add rows at the end; returns their positions."""
        height = self.frame.height
        self.frame = pl.concat([self.frame, rows])
        self._used = np.concatenate([self._used, np.zeros(rows.height, dtype=bool)])
        return height + np.arange(rows.height)

    @property
    def untouched(self) -> Flags:
        """Which rows have no error yet."""
        return ~self._used

    def errors(self) -> pl.DataFrame:
        """What was planted, with the columns of `SCHEMA`."""
        if not self._log:
            return pl.DataFrame(schema=SCHEMA)
        log = pl.concat(self._log).with_columns(source_row=pl.col("row") + self.first_row)
        return log.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def wrong_check_digit(text: pl.Series, stream: Stream, rows: Integers) -> pl.Series:
    """The last digit of a number changed."""
    add = stream.whole(rows, 1, 9, "digit")
    last = (text.str.slice(-1).cast(pl.Int64) + pl.Series(add)) % 10
    return text.str.head(-1) + last.cast(pl.String)


def missing(text: pl.Series, _stream: Stream, _rows: Integers) -> pl.Series:
    """The value left out."""
    return pl.Series([None] * text.len(), dtype=pl.String)


def swapped_day_and_month(text: pl.Series, _stream: Stream, _rows: Integers) -> pl.Series:
    """Day and month of an ISO date exchanged: no date at all where the day is above 12."""
    return text.str.slice(0, 4) + "-" + text.str.slice(8, 2) + "-" + text.str.slice(5, 2)


def plausible_swap(text: pl.Series, stream: Stream, rows: Integers) -> pl.Series:
    """Day and month exchanged where that gives another date; kept where it does not."""
    swapped = swapped_day_and_month(text, stream, rows)
    real = swapped.str.to_date("%Y-%m-%d", strict=False).is_not_null()
    return pl.select(
        pl.when(pl.lit(real)).then(pl.lit(swapped)).otherwise(pl.lit(text))
    ).to_series()


def nickname(text: pl.Series, _stream: Stream, _rows: Integers) -> pl.Series:
    """The short form of a first name, where it has one."""
    return text.replace(list(NICKNAMES), list(NICKNAMES.values()))


def impossible_date(text: pl.Series, stream: Stream, rows: Integers) -> pl.Series:
    """The 31st of a month that has none."""
    month = pl.Series(np.array(["02", "04", "06", "09", "11"])[stream.whole(rows, 0, 4, "month")])
    return text.str.slice(0, 4) + "-" + month + "-31"


def far_past(text: pl.Series, _stream: Stream, _rows: Integers) -> pl.Series:
    """A date of 1753, the first that some systems know."""
    return "1753-" + text.str.slice(5, 5)


def one_of(words: Sequence[str]) -> Change:
    """A change to one of some words."""

    def change(_text: pl.Series, stream: Stream, rows: Integers) -> pl.Series:
        return pl.Series(np.array(words)[stream.whole(rows, 0, len(words) - 1, "word")])

    return change


def letters_swapped(text: pl.Series, _stream: Stream, _rows: Integers) -> pl.Series:
    """The second and third characters exchanged."""
    return text.str.slice(0, 1) + text.str.slice(2, 1) + text.str.slice(1, 1) + text.str.slice(3)


def letter_o_for_zero(text: pl.Series, _stream: Stream, _rows: Integers) -> pl.Series:
    """A postcode whose first digit of the inward part is a letter."""
    return text.str.head(-3) + "O" + text.str.tail(2)


def negative(text: pl.Series, _stream: Stream, _rows: Integers) -> pl.Series:
    """The sign of a number turned."""
    return "-" + text


def with_words(text: pl.Series, _stream: Stream, _rows: Integers) -> pl.Series:
    """A number with words around it."""
    return "GBP " + text + " pw"


FORMULAS = ("=cmd|' /C calc'!A0", "+SUM(1+1)*cmd|' /C calc'!A0", '@HYPERLINK("http://example.invalid")',
            "-2+3+cmd|' /C calc'!A0")  # fmt: skip
"""Text that a spreadsheet would run."""
