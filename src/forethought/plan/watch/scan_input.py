"""The door of the scan: cases, people and places become arrays, with all problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError, Problem, did_you_mean
from forethought.plan.series import as_polars
from forethought.plan.watch.circles import centroids

Floats = NDArray[np.float64]
SHOWN = 5
_MOST_PEOPLE = 10**9 - 1  # that can be drawn from without putting anybody back


@dataclass(frozen=True, eq=False)
class Map:
    """What is scanned: A areas and T periods (1 where time plays no part).

    Args:
        areas: Names of the areas.
        periods: The periods, or one None.
        points: (A, 2) centres.
        cases: (T, A) whole numbers.
        expected: (T, A) expected cases; they add up to all cases.
        held: (T, A) people at risk, or expected cases, as they were given.
        people: (A) people at risk, for the size of windows.
    """

    areas: tuple[str, ...]
    periods: tuple[Any, ...]
    points: Floats
    cases: NDArray[np.int64]
    expected: Floats
    held: Floats
    people: Floats

    @property
    def total(self) -> int:
        """All cases."""
        return int(self.cases.sum())


def checked_map(
    cases: Any, population: Any, areas: Any, area: str, *, of_people: bool = False
) -> Map:
    """Cases, people and places that fit together.

    Args:
        cases: Frame of `area`, `cases`, and `ds` where time plays a part; areas and periods
            without a row have no cases.
        population: Frame of `area`, `population` (people at risk, or expected cases), and `ds`
            where it changes.
        areas: Frame of `area`, `x`, `y` in one planar unit; or a GeoJSON collection of polygons.
        area: Name of the column, or property, that holds the area.
        of_people: Whether each case is one of the people, who are whole numbers then.

    Raises:
        DataError: All that does not fit, at once.
    """
    names, points = _places(areas, area)
    seen = _typed(as_polars(cases), "cases", area)
    people = _typed(as_polars(population), "population", area)
    problems = _problems(seen, people, names, area)
    if problems:
        raise DataError("The map cannot be scanned.", where="scan", problems=problems)
    periods = tuple(seen["ds"].unique().sort()) if "ds" in seen.columns else (None,)
    counts = _table(seen, "cases", area, names, periods)
    held = _table(people, "population", area, names, periods)
    problems = _sums(counts, held, names)
    if of_people:
        problems += _no_people(counts, held, names)
    if problems:
        raise DataError("The map cannot be scanned.", where="scan", problems=problems)
    return Map(
        areas=names,
        periods=periods,
        points=points,
        cases=counts.astype(np.int64),
        expected=held * (counts.sum() / held.sum()),
        held=held,
        people=held.sum(axis=0),
    )


def _places(areas: Any, area: str) -> tuple[tuple[str, ...], Floats]:
    if isinstance(areas, Mapping):
        names, points = centroids(areas, area)
        found = pl.DataFrame({area: names, "x": points[:, 0], "y": points[:, 1]})
    else:
        found = as_polars(areas)
    missing = [name for name in (area, "x", "y") if name not in found.columns]
    if missing:
        raise DataError(
            f"Column {missing[0]} is missing.",
            where="areas",
            remedy=did_you_mean(missing[0], found.columns),
        )
    found = found.with_columns(pl.col(area).cast(pl.String)).sort(area)
    points = found.select(pl.col("x", "y").cast(pl.Float64)).to_numpy()
    if found[area].is_duplicated().any() or found[area].has_nulls() or found.is_empty():
        raise DataError("Areas are missing or come twice.", where="areas", remedy="One row each.")
    if not np.isfinite(points).all():
        raise DataError("Some areas have no place.", where="areas", remedy="Fill x and y.")
    return tuple(found[area]), points


def _typed(table: pl.DataFrame, value: str, area: str) -> pl.DataFrame:
    missing = [name for name in (area, value) if name not in table.columns]
    if missing:
        raise DataError(
            f"Column {missing[0]} is missing.",
            where=value,
            remedy=did_you_mean(missing[0], table.columns),
        )
    return table.with_columns(pl.col(area).cast(pl.String), pl.col(value).cast(pl.Float64))


def _problems(
    seen: pl.DataFrame, people: pl.DataFrame, names: tuple[str, ...], area: str
) -> list[Problem]:
    problems = []
    for table, value in ((seen, "cases"), (people, "population")):
        strange = sorted(set(table[area].drop_nulls()) - set(names))
        if strange:
            shown = ", ".join(strange[:SHOWN])
            problems.append(
                Problem(f"areas without a place: {len(strange):,} ({shown}).", value,
                        "Add them to areas.")
            )  # fmt: skip
        if table[value].is_null().any() or not table[value].is_finite().all():
            problems.append(Problem("values are missing or not finite.", value, "Fill them."))
        elif (table[value] < 0).any():
            problems.append(Problem("values are negative.", value, "Give counts from 0."))
        keys = [area, "ds"] if "ds" in table.columns else [area]
        if table.select(keys).is_duplicated().any():
            problems.append(Problem("rows come twice.", value, f"One row for each {keys}."))
        if table.select(keys).null_count().sum_horizontal().item():
            problems.append(Problem("rows without an area or period.", value, "Fill or drop."))
    if not problems and not (seen["cases"] == seen["cases"].round()).all():
        problems.append(Problem("values are no counts.", "cases", "Give whole numbers."))
    if "ds" in people.columns and "ds" not in seen.columns:
        problems.append(Problem("has periods, cases have none.", "population", "Drop ds."))
    return problems


def _table(
    table: pl.DataFrame, value: str, area: str, names: tuple[str, ...], periods: tuple[Any, ...]
) -> Floats:
    """(T, A) values; areas and periods without a row hold 0, values without `ds` hold always."""
    place = {name: number for number, name in enumerate(names)}
    at = table[area].replace_strict(place, return_dtype=pl.Int64).to_numpy()
    filled = np.zeros((len(periods), len(names)))
    if "ds" not in table.columns:
        filled[:, at] = table[value].to_numpy()
        return filled
    when = {period: number for number, period in enumerate(periods)}
    known = table["ds"].is_in(list(periods)).to_numpy()
    rows = table["ds"].filter(pl.Series(known)).to_list()
    filled[[when[row] for row in rows], at[known]] = table[value].to_numpy()[known]
    return filled


def _sums(counts: Floats, held: Floats, names: tuple[str, ...]) -> list[Problem]:
    problems = []
    if counts.sum() < 1:
        problems.append(Problem("there is no case.", "cases", "Scan where something happened."))
    if held.sum() <= 0:
        problems.append(Problem("nobody is at risk.", "population", "Fill it."))
    lost = np.flatnonzero(((counts > 0) & (held <= 0)).any(axis=0))
    nobody = [names[place] for place in lost]
    if nobody:
        problems.append(
            Problem(
                f"cases where nobody is at risk: {len(nobody):,} areas ({nobody[0]}).",
                "population",
                "Correct it.",
            )
        )
    return problems


def _no_people(counts: Floats, held: Floats, names: tuple[str, ...]) -> list[Problem]:
    """What stops a map whose people each are a case or not."""
    problems = []
    if (held != np.rint(held)).any():
        problems.append(
            Problem("people are no whole numbers.", "population",
                    'Give people, or take model="poisson" for expected cases.')
        )  # fmt: skip
    elif held.sum() > _MOST_PEOPLE:
        problems.append(
            Problem(f"more than {_MOST_PEOPLE:,} people.", "population", 'Take model="poisson".')
        )
    more = [names[place] for place in np.flatnonzero((counts > held).any(axis=0))]
    if more:
        problems.append(
            Problem(
                f"more cases than people: {len(more):,} areas ({more[0]}).",
                "cases",
                'Count people, not events, or take model="poisson".',
            )
        )
    if held.sum() > 0 and counts.sum() == held.sum():
        problems.append(Problem("everybody is a case.", "cases", "Nothing can stand out."))
    return problems
