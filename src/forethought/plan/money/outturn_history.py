"""How this year's outturn was forecast month by month, and why it moved since the last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from forethought.errors import DataError
from forethought.place.calendar import add_months, financial_year_start
from forethought.plan.money.budget import ALL_LINES
from forethought.plan.money.movement import PARTS
from forethought.plan.money.outturn import Outturn

DAYS_IN_WEEK = 7
MONTH, REST, OTHER, SPREAD = "month", "to_come", "income", "spread"
WHY = (MONTH, *PARTS, REST, OTHER, SPREAD)
"""Reasons why an outturn moved, in the order of telling."""


@dataclass(frozen=True, eq=False)
class Told:
    """One forecast of this year's outturn.

    Args:
        origin: First day of the last month that it knew.
        outturn: `Outturn.frame`.
        months: `Outturn.months`.
        basis: `kept` (by a run made before more was known), `made late` (by a run made after) or
            `made again` (today, with what was known then).
        run_id: The run; empty where it was made again.
    """

    origin: date
    outturn: pl.DataFrame
    months: pl.DataFrame
    basis: str
    run_id: str = ""


def in_order(told: Sequence[Told], now: Told) -> list[Told]:
    """One forecast of each month end of the year before now, the kept before those made again.

    Args:
        told: Forecasts of this and other years, in any order.
        now: The newest.
    """
    rank = {"kept": 0, "made late": 1, "made again": 2}
    first = financial_year_start(now.origin.year - (now.origin.month < 4))  # noqa: PLR2004  April
    found: dict[date, Told] = {}
    for each in sorted(told, key=lambda one: -rank[one.basis]):
        if first <= each.origin < now.origin:
            found[each.origin] = each
    return [*(found[origin] for origin in sorted(found)), now]


def history(told: Sequence[Told]) -> pl.DataFrame:
    """Forecasts of all services together, one below the other.

    Args:
        told: One for each month end.

    Returns:
        `origin`, `basis`, `run_id`, `measure` (gross, net), `budget`, `to_date`, `mean`, `p50`,
        `p80`, `p95`, `variance`, `chance_over`, `moved` (of p50, since the row before), pounds.
    """
    parts = [
        each.outturn.filter(pl.col("line") == ALL_LINES).select(
            pl.lit(each.origin).alias("origin"),
            pl.lit(each.basis).alias("basis"),
            pl.lit(each.run_id).alias("run_id"),
            "measure", "budget", "to_date", "mean", "p50", "p80", "p95", "variance", "chance_over",
        )
        for each in told
    ]  # fmt: skip
    moved = pl.col("p50").diff().over("measure").alias("moved")
    return pl.concat(parts).sort("origin", maintain_order=True).with_columns(moved)


def made_again(origins: Mapping[date, Outturn]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Forecasts that were made again as tables: `Outturn.frame`, `.months`, each with `origin`."""
    frames = [
        [frame.with_columns(pl.lit(origin).alias("origin")) for frame in (told.frame, told.months)]
        for origin, told in sorted(origins.items())
    ]
    if not frames:
        return pl.DataFrame(), pl.DataFrame()
    return pl.concat([each[0] for each in frames]), pl.concat([each[1] for each in frames])


def from_tables(outturn: pl.DataFrame, months: pl.DataFrame) -> list[Told]:
    """The forecasts that `made_again` wrote down."""
    if outturn.is_empty():
        return []
    return [
        Told(
            origin,
            outturn.filter(pl.col("origin") == origin).drop("origin"),
            months.filter(pl.col("origin") == origin).drop("origin"),
            "made again",
        )
        for origin in outturn["origin"].unique().sort().to_list()
    ]


def why_moved(
    then: Told, now: Told, commitments: Mapping[str, float] | None, paid: float
) -> dict[str, float]:
    """Why the likely net outturn moved from one month end to the next, in pounds that add up.

    What started, left, or changed price or package in the month is taken to stay so until March:
    pounds a week x the weeks that are left, as paid. The earlier forecast had counted on some of
    that; what is left over is that, and what is newly expected of the months to come.

    Args:
        then: The forecast of a month before.
        now: The newest forecast.
        commitments: `starters`, `leavers`, `price`, `package` of the month, pounds a week (see
            `movement`); None where they may not be told.
        paid: Actual spend as a multiple of recorded packages.

    Returns:
        `month` (spend of the month less what was forecast for it), the four (where they are
        told), `to_come` (the rest of gross spend), `income` (the change of income, a rise with a
        minus), all of them means; `spread` (by how much more the likely figure, the median, moved
        than the mean). They add up to the change of the median.

    Raises:
        DataError: The forecasts are not of one month after the other.
    """
    month = now.origin
    if add_months(then.origin, 1) != month:
        raise DataError("The forecasts are not a month apart.", where=f"{then.origin} to {month}")
    gross, net = (
        _figure(now, measure, "mean") - _figure(then, measure, "mean")
        for measure in ("gross", "net")
    )
    spent = _of_month(now, month, "actual")
    found = {MONTH: spent - _of_month(then, month, "mean")}
    weeks = (date(_april(month).year + 1, 4, 1) - add_months(month, 1)).days / DAYS_IN_WEEK
    if commitments is not None:
        found |= {part: commitments[part] * weeks * paid for part in PARTS}
    found[REST] = gross - sum(found.values())
    found[OTHER] = net - gross
    found[SPREAD] = _figure(now, "net", "p50") - _figure(then, "net", "p50") - net
    return found


def _april(month: date) -> date:
    return financial_year_start(month.year - (month.month < 4))  # noqa: PLR2004  April


def _figure(told: Told, measure: str, name: str) -> float:
    rows = told.outturn.filter((pl.col("line") == ALL_LINES) & (pl.col("measure") == measure))
    return float(rows[name][0])


def _of_month(told: Told, month: date, column: str) -> float:
    rows = told.months.filter((pl.col("line") == ALL_LINES) & (pl.col("ds") == month))
    value = rows[column][0]
    return float(rows["mean"][0] if value is None else value)
