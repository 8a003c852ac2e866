"""Monthly panels of demand: people supported, starts, ends, person-weeks, cost and requests.

Cells are service x profile (client group and age band) x district. Stock and flow agree exactly:
supported = supported last month + starts - ends + ageing, where ageing moves people between
profiles and sums to zero over them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError
from forethought.place.calendar import add_months, month_start, months_between
from forethought.plan.demand.spells import districts_of, known_events, people, support_spells
from forethought.plan.demand.vocabulary import (
    PROFILES,
    SERVICES,
    UNKNOWN_DISTRICT,
    is_request,
    profile_of,
    reason_group,
)

Cube = NDArray[np.float64]
DAYS_IN_WEEK = 7
JOINED_REQUEST_DAYS = 4
_MONTHS_AT_LEAST = 24


@dataclass(frozen=True, eq=False)
class Panel:
    """Demand by month and cell.

    Args:
        months: First days of the months, in order, without a gap.
        districts: District codes, in order; "unknown" last where it occurs.
        known_by: The day as whose knowledge this stands.
        supported: People at the month's end: service x profile x district x month.
        starts: Starts of a main service, moves from another service included.
        ends: Ends of a main service, moves to another service included.
        ageing: People who came into the profile by age, less those who left it by age.
        new: Those of the starts who had no long-term support the day before.
        person_weeks: Weeks of support given in the month.
        cost_gbp: Gross cost of the month, all services of the people counted.
        requests: Requests for support: profile x district x month.
    """

    months: tuple[date, ...]
    districts: tuple[str, ...]
    known_by: date
    supported: Cube
    starts: Cube
    ends: Cube
    ageing: Cube
    new: Cube
    person_weeks: Cube
    cost_gbp: Cube
    requests: Cube

    def __post_init__(self) -> None:
        cells = (len(SERVICES), len(PROFILES), len(self.districts), len(self.months))
        if self.supported.shape != cells or self.requests.shape != cells[1:]:
            raise DataError(f"A panel of {self.supported.shape} cells does not fit its labels.")

    @property
    def frame(self) -> pl.DataFrame:
        """One row for each cell and month with anything in it; `service` null for requests."""
        names = ("supported", "starts", "ends", "ageing", "new", "person_weeks", "cost_gbp")
        index = np.indices(self.supported.shape).reshape(4, -1)
        support = pl.DataFrame(
            {
                "service": np.array(list(SERVICES))[index[0]],
                **self._labels(index[1:]),
                **{name: getattr(self, name).ravel() for name in names},
            }
        ).filter(pl.any_horizontal(pl.col(names) != 0))
        asked = np.indices(self.requests.shape).reshape(3, -1)
        requests = pl.DataFrame({**self._labels(asked), "requests": self.requests.ravel()}).filter(
            pl.col("requests") != 0
        )
        return pl.concat([support, requests], how="diagonal")

    def _labels(self, index: NDArray[np.int64]) -> dict[str, object]:
        return {
            "client_group": np.array([group for group, _ in PROFILES])[index[0]],
            "age_band": np.array([band for _, band in PROFILES])[index[0]],
            "district": np.array(self.districts)[index[1]],
            "ds": pl.Series(self.months).gather(index[2]),
        }


def panel(
    events: pl.DataFrame,
    areas: pl.DataFrame,
    *,
    known_by: date,
    last_month: date,
    first_month: date | None = None,
    districts: Sequence[str] | None = None,
) -> Panel:
    """Count demand by month and cell as it was known on a day.

    Args:
        events: Rows in the layout of client level data: `person_id`, `event_type`,
            `event_start_date`, `event_end_date`, `event_outcome`,
            `service_type`, `service_component`,
            `delivery_mechanism`, `primary_support_reason`, `client_type`, `birth_month`,
            `lsoa21`, `unit_cost` (pounds), `cost_frequency_unit_type`,
            `planned_units_per_week`, `recorded_on`.
        areas: `lsoa21`, `district_code`, and `valid_from` where the lookup has vintages.
        known_by: Rows recorded later are left out.
        last_month: First day of the last whole month.
        first_month: First day of the first month; by default that of the first request or
            start.
        districts: Districts to keep in order; by default those that occur.

    Returns:
        The panel; its support before the first month counts in the first stock.

    Raises:
        DataError: No rows of long-term support, or fewer than 24 months.
    """
    known = known_events(events, known_by=known_by)
    lookup = districts_of(areas, known_by=known_by)
    spells = support_spells(known, lookup, known_by=known_by)
    asked = _requests(known, lookup)
    if spells.is_empty():
        raise DataError(
            "The events hold no long-term support.",
            where="service_type",
            remedy='Rows with event_type "Service" and a service_type "Long term support: ..." '
            "are needed.",
        )
    first = first_month or _first_month(spells, asked)
    count = months_between(first, last_month) + 1
    if count < _MONTHS_AT_LEAST:
        raise DataError(
            f"The events span {max(count, 0)} months up to {last_month:%B %Y}.",
            remedy=f"A forecast needs {_MONTHS_AT_LEAST} or more.",
        )
    months = tuple(add_months(first, step) for step in range(count))
    names = tuple(districts) if districts else _district_order(spells, asked)
    cells = _Cells(months, names)
    return Panel(
        months,
        names,
        known_by,
        **_support_cubes(spells, cells),
        requests=cells.cube(asked, on="asked_on", service=False, carry=False),
    )


def _first_month(spells: pl.DataFrame, asked: pl.DataFrame) -> date:
    """The month of the first request, as events of support may begin long before the extract."""
    days = asked["asked_on"] if asked.height else spells["begins"]
    return month_start(min(days.to_list()))


def _district_order(spells: pl.DataFrame, asked: pl.DataFrame) -> tuple[str, ...]:
    seen = set(spells["district"].unique()) | set(asked["district"].unique())
    unknown = [UNKNOWN_DISTRICT] if UNKNOWN_DISTRICT in seen else []
    return tuple(sorted(seen - {UNKNOWN_DISTRICT})) + tuple(unknown)


def _requests(known: pl.DataFrame, lookup: pl.DataFrame) -> pl.DataFrame:
    """Requests: `asked_on`, `profile`, `district`; those within 4 days of the last are one.

    Source: NHS England's `ASC-Client-Level-Data-SALT-ASCOF-transformations`, STS001.
    """
    asked = (
        known.filter(is_request())
        .select(
            "person_id",
            pl.col("event_start_date").alias("asked_on"),
            pl.coalesce("event_end_date", "event_start_date").alias("closed_on"),
            "birth_month",
            "lsoa21",
            reason_group().alias("group"),
        )
        .sort("person_id", "asked_on", "closed_on")
    )
    before = pl.col("closed_on").cum_max().shift(1).over("person_id")
    gap = (pl.col("asked_on") - before).dt.total_days()
    separate = asked.filter((gap > JOINED_REQUEST_DAYS).fill_null(value=True))
    age = (pl.col("asked_on").dt.year() - pl.col("birth_month").dt.year()) - (
        pl.col("asked_on").dt.month() < pl.col("birth_month").dt.month()
    ).cast(pl.Int32)
    facts = people(known, lookup).drop("birth_month")
    return (
        separate.join(lookup, on="lsoa21", how="left")
        .join(facts, on="person_id", how="left")
        .select(
            "asked_on",
            profile_of(pl.coalesce("group", "any_group"), age).alias("profile"),
            pl.coalesce("district", "any_district", pl.lit(UNKNOWN_DISTRICT)).alias("district"),
        )
        .drop_nulls("profile")
    )


def _support_cubes(spells: pl.DataFrame, cells: _Cells) -> dict[str, Cube]:
    """Stocks as running sums of what begins less what stops; weeks and cost day by day."""
    entered, gone = "begins", "stops"
    stock = cells.cube(spells, on=entered) - cells.cube(spells, on=gone)
    supported = stock.cumsum(axis=-1)
    starts = cells.cube(spells.filter("starts"), on=entered, carry=False)
    ends = cells.cube(spells.filter("ends"), on=gone, carry=False)
    aged_in = cells.cube(spells.filter(~pl.col("starts")), on=entered, carry=False)
    aged_out = cells.cube(spells.filter(~pl.col("ends")), on=gone, carry=False)
    return {
        "supported": supported,
        "starts": starts,
        "ends": ends,
        "ageing": aged_in - aged_out,
        "new": cells.cube(spells.filter("new"), on=entered, carry=False),
        "person_weeks": cells.given(spells, pl.lit(1.0)) / DAYS_IN_WEEK,
        "cost_gbp": cells.given(spells, pl.col("weekly_gbp")) / DAYS_IN_WEEK,
    }


@dataclass(frozen=True)
class _Cells:
    """Counts rows into the cells of a panel."""

    months: tuple[date, ...]
    districts: tuple[str, ...]

    def cube(
        self,
        rows: pl.DataFrame,
        *,
        on: str,
        weight: pl.Expr | None = None,
        service: bool = True,
        carry: bool = True,
    ) -> Cube:
        """Rows (or the sum of a weight) by cell and month of a date.

        With `carry`, what lies before the first month counts in it, so that a running sum is
        the stock.
        """
        first = self.months[0]
        month = (pl.col(on).dt.year() - first.year) * 12 + pl.col(on).dt.month() - first.month
        size = len(self.months)
        lines = rows.select(
            pl.col("service") if service else pl.lit(0, pl.Int32).alias("service"),
            "profile",
            pl.col("district")
            .replace_strict(list(self.districts), list(range(len(self.districts))), default=None)
            .alias("place"),
            (month.clip(lower_bound=0) if carry else month).alias("month"),
            (pl.lit(1.0) if weight is None else weight).alias("weight"),
        ).drop_nulls(("place", "profile"))
        lines = lines.filter((pl.col("month") >= 0) & (pl.col("month") < size))
        shape = (len(SERVICES) if service else 1, len(PROFILES), len(self.districts), size)
        out = np.zeros(shape)
        where = tuple(lines[name].to_numpy() for name in ("service", "profile", "place", "month"))
        np.add.at(out, where, lines["weight"].to_numpy())
        return out if service else out[0]

    def given(self, spells: pl.DataFrame, rate: pl.Expr) -> Cube:
        """Days of each month that spells cover, times a rate a day, without exploding them.

        Stock at the month's start x its days, plus what begins within it until its end, less
        what stops within it from then on.
        """
        first = self.months[0]
        after = [add_months(month, 1) for month in self.months]
        days = np.array([(b - a).days for a, b in zip(self.months, after, strict=True)])
        total = np.zeros(())
        for on, sign in (("begins", 1.0), ("stops", -1.0)):
            level = self.cube(spells, on=on, weight=rate)
            day = pl.col(on)
            left_days = (day.dt.month_start().dt.offset_by("1mo") - day).dt.total_days()
            whole = pl.when(day < first).then(days[0]).otherwise(left_days)
            partial = self.cube(spells, on=on, weight=rate * whole)
            before = level.cumsum(axis=-1) - level
            total = total + sign * (before * days + partial)
        return total


def last_whole_month(day: date) -> date:
    """First day of the last month that had ended by a day's evening."""
    return month_start(month_start(day + timedelta(days=1)) - timedelta(days=1))
