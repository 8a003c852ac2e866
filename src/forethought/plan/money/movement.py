"""Why what is committed a week moved between two days: who came, who went, prices, packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from forethought.errors import UsageError
from forethought.place.calendar import financial_year, financial_year_start
from forethought.plan.demand.vocabulary import SERVICES

PARTS = ("starters", "leavers", "price", "package")


@dataclass(frozen=True, eq=False)
class Movement:
    """Change of weekly commitments.

    Args:
        frame: `service` (or "all"), `before`, `starters`, `leavers`, `price`, `package`, `after`,
            pounds a week; before + the four = after.
        people: `service`, `before`, `starters`, `leavers`, `changed`, `after`: people counted.
        first: The earlier day.
        last: The later day.
    """

    frame: pl.DataFrame
    people: pl.DataFrame
    first: date
    last: date

    def _repr_html_(self) -> str:
        return self.frame._repr_html_()


def movement(
    spells: pl.DataFrame, *, first: date, last: date, uplifts: Mapping[int, float] | None = None
) -> Movement:
    """Take the change of weekly commitments between two days apart.

    A person who moves from one service to another leaves the one and starts in the other.

    Args:
        spells: `person_id`, `begins`, `stops` (exclusive), `service` (place in SERVICES),
            `weekly_gbp` (see `plan.demand.spells.support_spells`).
        first: The earlier day.
        last: The later day.
        uplifts: Rise of care prices on 1 April by year, as shares: that part of the change of
            those who stay is price, the rest is their package.

    Raises:
        UsageError: `last` is not after `first`.
    """
    if last <= first:
        raise UsageError(f"{last} is not after {first}.", where="last")
    both = _running(spells, first, "before").join(
        _running(spells, last, "after"), on=("person_id", "service"), how="full", coalesce=True
    )
    rise = _rise(first, last, uplifts or {})
    before, after = pl.col("before"), pl.col("after")
    stayed = before.is_not_null() & after.is_not_null()
    price = pl.when(stayed).then(before * rise).otherwise(0.0)
    told = both.with_columns(
        pl.when(before.is_null()).then(after).otherwise(0.0).alias("starters"),
        pl.when(after.is_null()).then(-before).otherwise(0.0).alias("leavers"),
        price.alias("price"),
        pl.when(stayed).then(after - before - price).otherwise(0.0).alias("package"),
    )
    sums = ("before", *PARTS, "after")
    people = told.with_columns(
        before.is_not_null().cast(pl.Int64).alias("before"),
        after.is_not_null().cast(pl.Int64).alias("after"),
        before.is_null().cast(pl.Int64).alias("starters"),
        after.is_null().cast(pl.Int64).alias("leavers"),
        (pl.col("package").abs() > 0.005).cast(pl.Int64).alias("changed"),  # noqa: PLR2004 a penny
    )
    counts = ("before", "starters", "leavers", "changed", "after")
    return Movement(_by_service(told, sums), _by_service(people, counts), first, last)


def _running(spells: pl.DataFrame, day: date, name: str) -> pl.DataFrame:
    """Weekly cost of each person and service that runs on a day."""
    return (
        spells.filter((pl.col("begins") <= day) & (pl.col("stops") > day))
        .group_by("person_id", "service")
        .agg(pl.col("weekly_gbp").sum().alias(name))
    )


def _rise(first: date, last: date, uplifts: Mapping[int, float]) -> float:
    level = 1.0
    for year in range(financial_year(first) + 1, financial_year(last) + 1):
        if financial_year_start(year) <= last:
            level *= 1 + uplifts.get(year, 0.0)
    return level - 1


def _by_service(rows: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    names = list(SERVICES.values())
    known = rows.group_by("service").agg(pl.col(columns).sum()).sort("service")
    named = known.with_columns(
        pl.col("service").cast(pl.Int64).replace_strict(dict(enumerate(names))).alias("service")
    )
    total = rows.select(pl.lit("all").alias("service"), pl.col(columns).sum())
    return pl.concat([total.select(named.columns), named])
