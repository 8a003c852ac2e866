"""The door of drivers: columns that vary with time, and what they are known or assumed to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError, Problem, did_you_mean
from forethought.plan.series import NEEDED, Panel, as_polars, checked_series
from forethought.plan.shocks import Shock

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Drivers:
    """Drivers of all series, in the panel's order.

    Args:
        names: P of them.
        values: One array a series: the history's periods and the h after it, shape (n + h, P).
    """

    names: tuple[str, ...]
    values: tuple[Floats, ...]


def named_drivers(drivers: Sequence[str] | str) -> tuple[str, ...]:
    """The names of the drivers; one alone may be given as text."""
    return (drivers,) if isinstance(drivers, str) else tuple(drivers)


def driver_problems(
    names: Sequence[str],
    future: Any,
    frame: Any,
    hierarchy: Sequence[Sequence[str]] | None,
    shocks: Sequence[Shock],
) -> list[Problem]:
    """Why these drivers cannot be used as arguments, whatever the data hold."""
    if not names:
        if future is None:
            return []
        return [Problem("nothing names its drivers.", "future", 'Give drivers=("price",).')]
    columns = as_polars(frame).columns
    others = [column for column in columns if column not in NEEDED]
    problems = [
        Problem(f"{name} is the history's own.", "drivers", "Name another column.")
        for name in names
        if name in NEEDED
    ]
    problems += [
        Problem(f"{name} is no column of the frame.", "drivers", did_you_mean(name, others))
        for name in names
        if name not in columns and name not in NEEDED
    ]
    if len(set(names)) < len(names):
        problems.append(Problem("a driver is named twice.", "drivers", "Name each once."))
    if future is None:
        told = f"Give unique_id, ds, {', '.join(names)} of the periods ahead."
        problems.append(Problem("drivers need their future.", "future", told))
    if hierarchy is not None:
        problems.append(
            Problem(
                "the driver of a sum is not the sum of drivers.",
                "hierarchy",
                "Forecast the bottom series with paths= and add the paths up.",
            )
        )
    problems += [
        Problem(
            f"shock {shock.name} has readings, which are not made beside drivers.",
            "shocks",
            "Give the shock without readings, or leave the drivers out.",
        )
        for shock in shocks
        if shock.readings
    ]
    return problems


def checked_histories(
    frame: Any, freq: str, names: tuple[str, ...], future: Any, h: int
) -> tuple[Panel, Drivers | None]:
    """Histories, and the drivers beside and ahead of them.

    Args:
        frame: `unique_id`, `ds`, `y`, the drivers, and columns that are fixed by the series.
        freq: Distance of two periods.
        names: Of the drivers.
        future: `unique_id`, `ds`, the drivers: the `h` periods after each history.
        h: Periods ahead.

    Raises:
        DataError: All that is missing, not finite, doubled or too much in histories and drivers.
    """
    if not names:
        return checked_series(frame, freq), None
    table = as_polars(frame)
    panel, problems = _panel_and_problems(table, freq, names)
    ahead = as_polars(future)
    shape = _shape_problems(ahead, names, panel)
    problems += shape
    if not shape:
        ahead = _typed(ahead, names, panel)
        problems += _period_problems(ahead, panel, h)
        problems += _value_problems(ahead, names, " ahead")
    if problems:
        raise _refusal(problems)
    return panel, _joined(table, ahead, names, panel)


def checked_beside(
    frame: Any, freq: str, names: tuple[str, ...]
) -> tuple[Panel, pl.DataFrame | None]:
    """Histories, and the drivers beside them: `unique_id`, `ds` and a column each.

    Raises:
        DataError: All that is wrong with histories and drivers.
    """
    if not names:
        return checked_series(frame, freq), None
    table = as_polars(frame)
    panel, problems = _panel_and_problems(table, freq, names)
    if problems:
        raise _refusal(problems)
    columns = [pl.col(name).cast(pl.Float64) for name in names]
    return panel, table.select(pl.col("unique_id").cast(pl.String), "ds", *columns)


def _panel_and_problems(
    table: pl.DataFrame, freq: str, names: tuple[str, ...]
) -> tuple[Panel, list[Problem]]:
    """The histories, and what is wrong with the drivers beside them."""
    problems = _type_problems(table, names, "frame") or _value_problems(table, names)
    try:
        return checked_series(table.drop(names), freq), problems
    except DataError as refused:
        raise _refusal([*refused.problems, *problems]) from None


def _joined(
    table: pl.DataFrame, ahead: pl.DataFrame, names: tuple[str, ...], panel: Panel
) -> Drivers:
    columns = ["unique_id", "ds", *names]
    known = table.with_columns(pl.col("unique_id").cast(pl.String)).select(columns)
    both = pl.concat(
        [
            one.with_columns(pl.col(name).cast(pl.Float64) for name in names)
            for one in (known, ahead.select(columns))
        ]
    )
    parts = both.sort("unique_id", "ds").partition_by("unique_id", as_dict=True)
    arrays = {str(key[0]): part.select(names).to_numpy() for key, part in parts.items()}
    return Drivers(names, tuple(arrays[series.unique_id] for series in panel.series))


def _refusal(problems: Sequence[Problem]) -> DataError:
    count = f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'}"
    told = f"The history and its drivers cannot be used as they are: {count}."
    return DataError(told, where="frame, future", problems=problems)


def _type_problems(table: pl.DataFrame, names: Sequence[str], where: str) -> list[Problem]:
    return [
        Problem(f"driver {name} is not numeric.", where, "Cast it to a number.")
        for name in names
        if name in table.columns
        and not (table.schema[name].is_numeric() or table.schema[name] == pl.Boolean)
    ]


def _value_problems(table: pl.DataFrame, names: Sequence[str], ahead: str = "") -> list[Problem]:
    """Values that are missing or not finite, by series and driver, with the first period."""
    if "unique_id" not in table.columns or "ds" not in table.columns:
        return []
    finite = [
        pl.col(name).cast(pl.Float64).is_finite().fill_null(value=False).alias(name)
        for name in names
    ]
    bad = (
        table.select(pl.col("unique_id").cast(pl.String), "ds", *finite)
        .unpivot(on=list(names), index=["unique_id", "ds"], variable_name="driver")
        .filter(~pl.col("value"))
        .group_by("unique_id", "driver")
        .agg(pl.len(), pl.col("ds").min())
        .sort("unique_id", "driver")
    )
    return [
        Problem(
            f"periods{ahead} with {driver} missing or not finite: {count:,}, first {first}.",
            f"series {name}",
            "Fill them or leave the driver out.",
        )
        for name, driver, count, first in bad.iter_rows()
    ]


def _shape_problems(ahead: pl.DataFrame, names: Sequence[str], panel: Panel) -> list[Problem]:
    """Columns of the future that are missing, too many, or of another type than the history's."""
    needed = ["unique_id", "ds", *names]
    problems = [
        Problem(f"column {name} is missing.", "future", did_you_mean(name, ahead.columns))
        for name in needed
        if name not in ahead.columns
    ]
    problems += [
        Problem(
            f"column {name} is no driver and no key of the series.",
            "future",
            f"Drop it, or name it in drivers. {did_you_mean(name, needed)}".strip(),
        )
        for name in ahead.columns
        if name not in needed and name not in panel.keys
    ]
    problems += _type_problems(ahead, names, "future")
    if "ds" in ahead.columns:
        given, due = ahead.schema["ds"], panel.ds_type
        whole = given.is_integer() == due.is_integer()
        if not whole or not (given.is_integer() or given in (pl.Date, pl.Datetime)):
            told = f"ds is {given}, that of the history {due}."
            problems.append(Problem(told, "future", "Give the same type."))
    return problems


def _typed(ahead: pl.DataFrame, names: Sequence[str], panel: Panel) -> pl.DataFrame:
    return ahead.select(
        pl.col("unique_id").cast(pl.String), pl.col("ds").cast(panel.ds_type), *names
    )


def _period_problems(ahead: pl.DataFrame, panel: Panel, h: int) -> list[Problem]:
    """Periods ahead that are missing, doubled or too many, and series that nobody knows."""
    due = pl.concat(
        pl.DataFrame({"ds": panel.future(series, h)}).select(
            pl.lit(series.unique_id).alias("unique_id"), "ds"
        )
        for series in panel.series
    )
    known = [series.unique_id for series in panel.series]
    foreign = ahead.filter(~pl.col("unique_id").is_in(known))["unique_id"].unique().sort()
    problems = [
        Problem(
            "the history has no such series.",
            f"future, series {name}",
            f"Leave it out. {did_you_mean(str(name), known)}".strip(),
        )
        for name in foreign
    ]
    nulls = ahead.filter(pl.any_horizontal(pl.col("unique_id", "ds").is_null())).height
    if nulls:
        told = f"unique_id or ds is null in {nulls:,} rows."
        problems.append(Problem(told, "future", "Fill or drop them."))
    own = ahead.drop_nulls(["unique_id", "ds"]).filter(pl.col("unique_id").is_in(known))
    pairs = ["unique_id", "ds"]
    spans = {
        key[0]: part["ds"] for key, part in due.partition_by("unique_id", as_dict=True).items()
    }
    found = (
        ("come twice", own.filter(own.select(pairs).is_duplicated()).unique(pairs)),
        ("are not asked for", own.join(due, on=pairs, how="anti")),
        ("are missing", due.join(own, on=pairs, how="anti")),
    )
    for what, rows in found:
        counts = rows.group_by("unique_id").agg(pl.len(), pl.col("ds").min()).sort("unique_id")
        problems += [
            Problem(
                f"periods ahead that {what}: {count:,}, first {first}.",
                f"future, series {name}",
                f"Give each once, from {spans[name][0]} to {spans[name][-1]}.",
            )
            for name, count, first in counts.iter_rows()
        ]
    return problems
