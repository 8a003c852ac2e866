"""This year: what is spent, what will be, and the chance of more than the budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.plan.money.budget import ALL_LINES, Budget, paths_of
from forethought.plan.money.costing import Costed

Floats = NDArray[np.float64]

PERCENTILES: Mapping[str, float] = {"p50": 0.5, "p80": 0.8, "p95": 0.95}


@dataclass(frozen=True, eq=False)
class Outturn:
    """The present financial year.

    Args:
        frame: `line` (a service, or "all"), `measure` (gross, net), `budget`, `to_date` (actual),
            `committed_to_date` (recorded packages of the same months; null for other lines),
            `mean`, `p10`, `p50`, `p80`, `p95`, `variance` (p50 - budget), `chance_over` (share of
            futures above the budget), `contingency` (p80 - p50), pounds.
        months: `line`, `ds` (first day), `actual`, `budget`, `mean`, `lo-80`, `hi-80`: gross spend
            of each month; cumulative in `actual_so_far`, `budget_so_far`, `mean_so_far`,
            `lo-80_so_far`, `hi-80_so_far`.
        year: The financial year, by the year of its April.
        known_to: First day of the last month with actual spend; None before the first.
    """

    frame: pl.DataFrame
    months: pl.DataFrame
    year: int
    known_to: date | None

    def line(self, name: str = ALL_LINES, measure: str = "net") -> dict[str, float]:
        """The figures of a line."""
        rows = self.frame.filter((pl.col("line") == name) & (pl.col("measure") == measure))
        return rows.drop("line", "measure").row(0, named=True)

    def _repr_html_(self) -> str:
        return self.frame._repr_html_()


def outturn(planned: Budget) -> Outturn:
    """Take the present financial year out of a budget."""
    costed = planned.costed
    rows = [
        _row(planned, line, measure)
        for line in (ALL_LINES, *costed.finance.lines)
        for measure in ("gross", "net")
    ]
    known = costed.months[costed.known - 1] if costed.known else None
    return Outturn(
        pl.DataFrame(rows, infer_schema_length=None), _months(planned), costed.year, known
    )


def _row(planned: Budget, line: str, measure: str) -> dict[str, object]:
    costed = planned.costed
    rows = planned.base if line == ALL_LINES else planned.base.filter(pl.col("line") == line)
    approved = float(rows[measure].sum())
    values = paths_of(costed, measure, costed.year, line)
    if measure == "net" and line == ALL_LINES:
        values = values + paths_of(costed, "savings", costed.year)  # in the approved budget
    found = {name: float(np.quantile(values, p)) for name, p in PERCENTILES.items()}
    return {
        "line": line,
        "measure": measure,
        "budget": approved,
        "to_date": _to_date(costed, line, measure),
        "committed_to_date": _committed(costed, line) if measure == "gross" else None,
        "mean": float(values.mean()),
        "p10": float(np.quantile(values, 0.1)),
        **found,
        "variance": found["p50"] - approved,
        "chance_over": float((values > approved).mean()),
        "contingency": found["p80"] - found["p50"],
    }


def _lines(costed: Costed, line: str) -> list[int]:
    every = range(len(costed.finance.lines))
    return list(every) if line == ALL_LINES else [costed.finance.lines.index(line)]


def _to_date(costed: Costed, line: str, measure: str) -> float:
    at = _lines(costed, line)
    spent = float(costed.gross[at, : costed.known, 0].sum(dtype=np.float64))
    if measure == "gross":
        return spent
    income = sum(
        float(values[at, : costed.known, 0].sum(dtype=np.float64))
        for values in costed.income.values()
    )
    return spent - income


def _committed(costed: Costed, line: str) -> float | None:
    """Recorded packages of the months that are known, pounds."""
    services = [
        costed.finance.services[at]
        for at in _lines(costed, line)
        if costed.finance.services[at] >= 0
    ]
    if not services:
        return None
    past = costed.support.past_months
    at = [past.index(month) for month in costed.months[: costed.known] if month in past]
    return float(costed.support.committed[services][:, at].sum())


def _months(planned: Budget) -> pl.DataFrame:
    costed = planned.costed
    inside = np.flatnonzero(costed.in_year(costed.year))
    months = [costed.months[at] for at in inside]
    parts = []
    for line in (ALL_LINES, *costed.finance.lines):
        values = costed.gross[_lines(costed, line)][:, inside].sum(axis=0, dtype=np.float64)
        rows = planned.base if line == ALL_LINES else planned.base.filter(pl.col("line") == line)
        share = np.array([_days(month) for month in months], dtype=float)
        approved = float(rows["gross"].sum()) * share / share.sum()
        known = inside < costed.known
        columns: dict[str, object] = {"line": line, "ds": months}
        for suffix, table, plan in (
            ("", values, approved),
            ("_so_far", values.cumsum(axis=0), approved.cumsum()),
        ):
            low, high = np.quantile(table, [0.1, 0.9], axis=1)
            actual = [float(v) if k else None for v, k in zip(table[:, 0], known, strict=True)]
            columns |= {
                f"actual{suffix}": pl.Series(actual, dtype=pl.Float64),
                f"budget{suffix}": plan,
                f"mean{suffix}": table.mean(axis=1),
                f"lo-80{suffix}": low,
                f"hi-80{suffix}": high,
            }
        parts.append(pl.DataFrame(columns))
    return pl.concat(parts)


def _days(month: date) -> int:
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return (after - month).days
