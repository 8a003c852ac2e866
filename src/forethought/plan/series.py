"""The door of the planning methods: frames become checked series, with all problems at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError, Problem, UsageError, did_you_mean

Floats = NDArray[np.float64]

NEEDED = ("unique_id", "ds", "y")
FREQUENCY = re.compile(r"^([1-9][0-9]*)(ns|us|ms|s|m|h|d|w|mo|q|y|i)$")
SEASONS = {
    "1h": 24, "1d": 7, "1w": 52, "1mo": 12, "1q": 4, "3mo": 4, "1y": 1, "12mo": 1,
    "15m": 96, "30m": 48,
}  # fmt: skip
LONGER_SEASONS = {
    "1h": (168,), "30m": (336,), "15m": (672,), "1d": (365,),
}  # fmt: skip
CALENDAR_UNITS = ("mo", "q", "y")


@dataclass(frozen=True, eq=False)
class Series:
    """One history: its name, its values in order, and its last period."""

    unique_id: str
    y: Floats
    first: Any
    last: Any


@dataclass(frozen=True, eq=False)
class Panel:
    """All histories that passed the door.

    Args:
        series: In the order of their names.
        freq: Distance of two periods, as polars writes it.
        keys: Columns of the caller beside `unique_id`, `ds`, `y` that are fixed by the series.
        key_values: One row a series: `unique_id` and the keys.
        month_ends: Whether the periods are dated by their last day.
    """

    series: tuple[Series, ...]
    freq: str
    keys: tuple[str, ...]
    key_values: pl.DataFrame
    ds_type: pl.DataType
    month_ends: bool

    def future(self, series: Series, h: int) -> pl.Series:
        """The `h` periods after the last one of a series."""
        return periods_after(series.last, self, h)


def as_polars(frame: Any) -> pl.DataFrame:
    """The caller's frame (polars, pandas, Arrow) as polars.

    Raises:
        UsageError: It is no data frame.
    """
    if isinstance(frame, pl.DataFrame):
        return frame
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    try:
        wrapped = nw.from_native(frame, eager_only=True)
    except TypeError:
        raise UsageError(
            f"A {type(frame).__name__} is no data frame.",
            where="frame",
            remedy="Give a polars, pandas or Arrow frame with unique_id, ds and y.",
        ) from None
    table: pl.DataFrame = wrapped.to_polars()
    return table


def natural_season(freq: str) -> int:
    """Periods of the season that a frequency usually has; 1 where it has none."""
    return SEASONS.get(freq, 1)


def longer_seasons(freq: str) -> tuple[int, ...]:
    """Further seasons that a frequency may have: the week of hours, the year of days."""
    return LONGER_SEASONS.get(freq, ())


def checked_series(frame: Any, freq: str, *, at_least: int = 2) -> Panel:
    """Histories of a long frame, complete and in order.

    Args:
        frame: `unique_id`, `ds`, `y`, and columns that are fixed by the series.
        freq: Distance of two periods: `1h`, `1d`, `1w`, `1mo`, `1q`, `1y` and multiples;
            `1i` for whole numbers.
        at_least: Fewest periods of a series.

    Raises:
        UsageError: No data frame, or an unknown frequency.
        DataError: Missing columns, nulls, values that are not finite, duplicates, gaps, dates off
            the frequency, series too short: all of them at once.
    """
    if not FREQUENCY.match(freq):
        raise UsageError(
            f'"{freq}" is no frequency.', where="freq", remedy=did_you_mean(freq, SEASONS)
        )
    table = _typed(as_polars(frame))
    problems = _value_problems(table)
    table = table.drop_nulls(["unique_id", "ds"]).sort("unique_id", "ds")
    month_ends = _dated_by_last_day(table, freq)
    problems += _period_problems(table, freq, at_least=at_least, month_ends=month_ends)
    if problems:
        raise _refusal(problems)
    keys = _fixed_keys(table)
    parts = table.partition_by("unique_id", maintain_order=True)
    return Panel(
        series=tuple(_one_series(part) for part in parts),
        freq=freq,
        keys=keys,
        key_values=table.select("unique_id", *keys).unique("unique_id", maintain_order=True),
        ds_type=table.schema["ds"],
        month_ends=month_ends,
    )


def _one_series(part: pl.DataFrame) -> Series:
    ds = part["ds"]
    return Series(
        unique_id=part["unique_id"][0],
        y=part["y"].to_numpy().astype(np.float64),
        first=ds[0],
        last=ds[-1],
    )


def _refusal(problems: Sequence[Problem]) -> DataError:
    return DataError(
        f"The history cannot be used as it is: {len(problems)} "
        f"{'problem' if len(problems) == 1 else 'problems'}.",
        where="frame",
        problems=problems,
    )


def _typed(table: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in NEEDED if name not in table.columns]
    if missing:
        raise _refusal(
            [
                Problem(f"column {name} is missing.", remedy=did_you_mean(name, table.columns))
                for name in missing
            ]
        )
    problems = []
    if not (table.schema["y"].is_numeric() or table.schema["y"] == pl.Boolean):
        problems.append(Problem("y is not numeric.", remedy="Cast it to a number."))
    ds_type = table.schema["ds"]
    if not (ds_type.is_integer() or ds_type in (pl.Date, pl.Datetime)):
        problems.append(Problem("ds is no date, time or whole number.", remedy="Parse it first."))
    if table.is_empty():
        problems.append(Problem("the frame has no rows."))
    if problems:
        raise _refusal(problems)
    return table.with_columns(pl.col("unique_id").cast(pl.String), pl.col("y").cast(pl.Float64))


def _value_problems(table: pl.DataFrame) -> list[Problem]:
    problems = []
    for name in ("unique_id", "ds"):
        nulls = table[name].null_count()
        if nulls:
            problems.append(Problem(f"{name} is null in {nulls:,} rows.", remedy="Fill or drop."))
    bad = (
        table.with_columns(bad=~pl.col("y").is_finite().fill_null(value=False))
        .filter("bad")
        .group_by("unique_id")
        .agg(pl.len(), pl.col("ds").min())
        .sort("unique_id")
    )
    problems += [
        Problem(
            f"periods with y missing or not finite: {count:,}, first {first}.",
            where=f"series {name}",
            remedy="Fill them or leave the series out.",
        )
        for name, count, first in bad.iter_rows()
    ]
    return problems


def _dated_by_last_day(table: pl.DataFrame, freq: str) -> bool:
    if not freq.endswith(CALENDAR_UNITS) or table.schema["ds"] != pl.Date:
        return False
    return bool((table["ds"] == table["ds"].dt.month_end()).all())


def _next(column: pl.Expr, freq: str, *, month_ends: bool, is_integer: bool) -> pl.Expr:
    if is_integer:
        return column + int(freq[:-1])
    if month_ends:
        return column.dt.offset_by("1d").dt.offset_by(freq).dt.offset_by("-1d")
    return column.dt.offset_by(freq)


def _period_problems(
    table: pl.DataFrame, freq: str, *, at_least: int, month_ends: bool
) -> list[Problem]:
    is_integer = table.schema["ds"].is_integer()
    if is_integer != freq.endswith("i"):
        told = "whole numbers" if is_integer else "dates"
        return [Problem(f"ds holds {told}, freq is {freq}.", remedy='Whole numbers need "1i".')]
    following = pl.col("ds").shift(-1).over("unique_id")
    due = _next(pl.col("ds"), freq, month_ends=month_ends, is_integer=is_integer)
    steps = (
        table.with_columns(following=following, due=due)
        .with_columns(
            duplicate=pl.col("following") == pl.col("ds"),
            gap=pl.col("following") > pl.col("due"),
            off=(pl.col("following") < pl.col("due")) & (pl.col("following") > pl.col("ds")),
        )
        .group_by("unique_id", maintain_order=True)
        .agg(
            pl.len().alias("periods"),
            *(pl.col(name).sum().alias(name) for name in ("duplicate", "gap", "off")),
            *(
                pl.col("ds").filter(pl.col(name)).first().alias(f"first_{name}")
                for name in ("duplicate", "gap", "off")
            ),
        )
    )
    return [
        problem
        for row in steps.iter_rows(named=True)
        for problem in _problems_of(row, freq, at_least=at_least)
    ]


def _problems_of(row: dict[str, Any], freq: str, *, at_least: int) -> list[Problem]:
    """What is wrong with the periods of one series, from their counts."""
    told = [
        (
            row["duplicate"],
            f"periods that come twice: {row['duplicate']:,}, first {row['first_duplicate']}.",
            "Add them up or keep one.",
        ),
        (
            row["gap"],
            f"gaps: {row['gap']:,}, first after {row['first_gap']}.",
            "Add the missing periods (0 where nothing happened).",
        ),
        (
            row["off"],
            f"periods are nearer than {freq}, first after {row['first_off']}.",
            "Sum to that frequency or give the right one.",
        ),
        (
            row["periods"] < at_least and not row["duplicate"],
            f"{row['periods']} period, at least {at_least} are needed.",
            "Leave it out or add its history.",
        ),
    ]
    where = f"series {row['unique_id']}"
    return [Problem(what, where, remedy) for found, what, remedy in told if found]


def _fixed_keys(table: pl.DataFrame) -> tuple[str, ...]:
    others = [name for name in table.columns if name not in NEEDED]
    if not others:
        return ()
    counts = table.group_by("unique_id").agg(pl.col(name).n_unique() for name in others)
    return tuple(name for name in others if counts[name].max() == 1)


def periods_after(last: Any, panel: Panel, h: int) -> pl.Series:
    """The `h` periods after `last`, in the type of the caller's `ds`."""
    steps = pl.DataFrame({"step": range(1, h + 1)})
    freq = panel.freq
    count, unit = int(re.split(r"(\d+)", freq)[1]), re.split(r"(\d+)", freq)[2]
    if unit == "i":
        future = (pl.lit(last) + pl.col("step") * count).cast(panel.ds_type)
    else:
        by = pl.format("{}" + unit, pl.col("step") * count)
        start = pl.lit(last, dtype=panel.ds_type)
        if panel.month_ends:
            future = start.dt.offset_by("1d").dt.offset_by(by).dt.offset_by("-1d")
        else:
            future = start.dt.offset_by(by)
    return steps.select(ds=future)["ds"]


def periods_of(series: Series, panel: Panel) -> pl.Series:
    """The periods of a history, in the type of the caller's `ds`."""
    rest = periods_after(series.first, panel, series.y.size - 1)
    return pl.concat([pl.Series("ds", [series.first], dtype=panel.ds_type), rest])


def history_of(panel: Panel) -> pl.DataFrame:
    """The caller's histories, sorted."""
    return pl.concat(
        pl.DataFrame({"ds": periods_of(series, panel), "y": series.y}).select(
            pl.lit(series.unique_id).alias("unique_id"), "ds", "y"
        )
        for series in panel.series
    )
