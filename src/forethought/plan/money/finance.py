"""Finance records by line and month: budget, spend, income; and how spend meets commitments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError, Problem, UsageError
from forethought.place.calendar import month_start
from forethought.plan.demand.vocabulary import SERVICES

Floats = NDArray[np.float64]

MEASURES = ("budget", "income_budget", "gross", "contributions", "nhs", "grants")
INCOME = ("contributions", "nhs", "grants")
COLUMNS: Mapping[str, str] = {
    "budget": "base_budget_gbp",
    "income_budget": "base_income_gbp",
    "gross": "spend_gbp",
    "contributions": "client_contributions_gbp",
    "nhs": "nhs_income_gbp",
    "grants": "grants_gbp",
}
Volume = Literal["requests", "flat"]
Price = Literal["care", "pay"]
RECENT_MONTHS = 12


@dataclass(frozen=True)
class OtherLine:
    """A line of spend that is no package of care.

    Args:
        volume: What moves it: `requests` for support, or nothing (`flat`).
        price: Whose price: `care` (as packages) or the council's own `pay`.
    """

    volume: Volume = "flat"
    price: Price = "care"


@dataclass(frozen=True, eq=False)
class Finance:
    """Pounds by line and month.

    Args:
        lines: Names of the lines.
        services: Place in SERVICES of each line that is a package of care, -1 of others.
        others: What moves each other line, by name.
        months: First days of the months, in order.
        values: By measure (`MEASURES`): line x month.
    """

    lines: tuple[str, ...]
    services: tuple[int, ...]
    others: Mapping[str, OtherLine]
    months: tuple[date, ...]
    values: Mapping[str, Floats]

    def recent(self, measure: str, until: date, months: int = RECENT_MONTHS) -> Floats:
        """Pounds of each line in the last months up to one."""
        last = self.months.index(month_start(until))
        return np.asarray(self.values[measure][:, max(last + 1 - months, 0) : last + 1].sum(axis=1))


def finance(
    frame: pl.DataFrame, *, others: Mapping[str, OtherLine] | None = None, until: date | None = None
) -> Finance:
    """Lay finance records out by line and month.

    Args:
        frame: `month` (first day), `service`, `base_budget_gbp`, `spend_gbp`, and where they are
            kept `base_income_gbp`, `client_contributions_gbp`, `nhs_income_gbp`, `grants_gbp`.
        others: What moves the lines that are no packages of care; those not named are flat.
        until: Months after it are left out.

    Raises:
        DataError: No rows, a line twice in a month, months with a gap, values that are missing.
        UsageError: `others` names a line that the records do not have.
    """
    rows = frame if until is None else frame.filter(pl.col("month") <= until)
    if rows.is_empty():
        raise DataError("There are no finance records.", where="month")
    lines = tuple(rows["service"].unique(maintain_order=True).to_list())
    _check_others(others or {}, lines)
    months = tuple(rows["month"].unique().sort().to_list())
    _check_rows(rows, lines, months)
    ordered = rows.sort(pl.col("service").replace_strict(lines, range(len(lines))), "month")
    shape = (len(lines), len(months))
    values = {}
    for measure, column in COLUMNS.items():
        known = column in ordered.columns
        values[measure] = (
            ordered[column].cast(pl.Float64).to_numpy().reshape(shape) if known else np.zeros(shape)
        )
    names = list(SERVICES.values())
    return Finance(
        lines,
        tuple(names.index(line) if line in names else -1 for line in lines),
        {line: (others or {}).get(line, OtherLine()) for line in lines if line not in names},
        months,
        values,
    )


def _check_others(others: Mapping[str, OtherLine], lines: Sequence[str]) -> None:
    unknown = [name for name in others if name not in lines]
    if unknown:
        raise UsageError(
            f"The finance records have no line {unknown[0]!r}.",
            where="other_lines",
            remedy=f"They have: {', '.join(lines)}.",
        )


def _check_rows(rows: pl.DataFrame, lines: Sequence[str], months: Sequence[date]) -> None:
    twice = rows.filter(rows.select("service", "month").is_duplicated())
    problems = [
        Problem("Stands twice.", f"{row['service']}, {row['month']:%B %Y}")
        for row in twice.head(5).iter_rows(named=True)
    ]
    seen = set(rows.select("service", "month").iter_rows())
    missing = [(line, m) for line in lines for m in months if (line, m) not in seen]
    for line, month in missing[:5]:
        problems.append(
            Problem("Has no row.", f"{line}, {month:%B %Y}", "Deliver each line for each month.")
        )
    for column in COLUMNS.values():
        if column in rows.columns and (holes := rows.filter(pl.col(column).is_null())).height:
            where = f"{column}, {holes['service'][0]}, {holes['month'][0]:%B %Y}"
            problems.append(Problem("Is empty.", where, "Write 0 where there was nothing."))
    if problems:
        raise DataError("The finance records cannot be laid out.", problems=problems)


@dataclass(frozen=True, eq=False)
class Reconciled:
    """Commitments (packages as recorded) beside actual spend, last months.

    Args:
        frame: `service`, `commitments_gbp`, `actual_gbp`, `unexplained_gbp`, `factor` (actual as a
            share of commitments), of the services with packages.
        months: Months compared.
    """

    frame: pl.DataFrame
    months: int

    def factor(self, service: int) -> float:
        """Actual spend as a multiple of commitments of a service; 1 where none are known."""
        rows = self.frame.filter(pl.col("service") == list(SERVICES.values())[service])
        return float(rows["factor"][0]) if rows.height else 1.0


def reconcile(records: Finance, committed_months: Sequence[date], committed: Floats) -> Reconciled:
    """Compare recorded packages with actual spend over the last 12 months that both know.

    Args:
        records: Finance records.
        committed_months: First days of the months of recorded packages.
        committed: Their cost: service x month.

    Raises:
        DataError: No month in common.
    """
    there = {month: at for at, month in enumerate(committed_months)}
    both = [month for month in records.months if month in there][-RECENT_MONTHS:]
    if not both:
        raise DataError("Finance records and events have no month in common.", where="month")
    here = [records.months.index(month) for month in both]
    rows = []
    for line, service in zip(records.lines, records.services, strict=True):
        if service < 0:
            continue
        recorded = float(committed[service, [there[month] for month in both]].sum())
        actual = float(records.values["gross"][records.lines.index(line), here].sum())
        factor = actual / recorded if recorded > 0 else 1.0
        rows.append((line, recorded, actual, actual - recorded, factor))
    names = ("commitments_gbp", "actual_gbp", "unexplained_gbp", "factor")
    schema = {"service": pl.String} | dict.fromkeys(names, pl.Float64)
    return Reconciled(pl.DataFrame(rows, schema=schema, orient="row"), len(both))
