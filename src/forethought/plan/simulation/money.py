"""What a plan costs by financial year, and what its delays cost, kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forethought.place.calendar import financial_year, financial_year_start
from forethought.plan.simulation.model import Floats, Record, capacity_by_day
from forethought.plan.simulation.pathway import Change, Resource, Scenario
from forethought.plan.simulation.promises import by_year, years_of

if TYPE_CHECKING:
    from forethought.plan.simulation.result import Simulation

DAYS_IN_WEEK = 7


def cost(simulation: Simulation) -> pl.DataFrame:
    """Money by financial year (see `Simulation.cost`).

    Staff and supply cost what is in post, whether busy or not, by day: a year's cost divided by
    the days of that financial year. Services cost the cases in progress, from the ends of periods.
    """
    rows: list[dict[str, object]] = []
    for scenario in simulation.scenarios:
        record = simulation.runs[scenario.name]
        rows += _planned(simulation, scenario)
        rows += _cases(simulation, scenario, record)
    schema = {
        "scenario": pl.String, "financial_year": pl.Int64, "kind": pl.String, "what": pl.String,
        "gbp": pl.Float64, "lo-80": pl.Float64, "hi-80": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _planned(simulation: Simulation, scenario: Scenario) -> Iterator[dict[str, object]]:
    """Cost of staff and supply: known beforehand, so without a range."""
    days = simulation.calendar.dates()
    for pool in simulation.pathway.resources:
        changes = (*pool.changes, *scenario.resources.get(pool.name, ()))
        usual = tuple(each for each in changes if each.cost_per_year_gbp is None)
        kind = "staff" if pool.kind == "staff" else "supply"
        total = capacity_by_day(pool, usual, days)
        yield from _years(simulation, scenario, kind, pool, total, pool.cost_per_year_gbp)
        for change in changes:
            if change.cost_per_year_gbp is not None:
                none = replace(pool, capacity=0.0)
                extra = capacity_by_day(none, (change,), days)
                yield from _years(
                    simulation, scenario, "changes", pool, extra, change.cost_per_year_gbp
                )
            if change.one_off_gbp and days[0] <= change.starts_on <= days[-1]:
                yield _once(scenario, pool, change)


def _years(
    simulation: Simulation,
    scenario: Scenario,
    kind: str,
    pool: Resource,
    capacity: Floats,
    price: float,
) -> Iterator[dict[str, object]]:
    days = simulation.calendar.dates()
    year_of = np.array([financial_year(day) for day in days])
    for year in sorted(set(year_of.tolist())):
        paid = float(capacity[year_of == year].sum()) * price / days_of_year(year)
        if paid:
            yield {
                "scenario": scenario.name, "financial_year": year, "kind": kind,
                "what": pool.name, "gbp": paid, "lo-80": paid, "hi-80": paid,
            }  # fmt: skip


def _once(scenario: Scenario, pool: Resource, change: Change) -> dict[str, object]:
    paid = change.one_off_gbp
    return {
        "scenario": scenario.name, "financial_year": financial_year(change.starts_on),
        "kind": "changes", "what": pool.name, "gbp": paid, "lo-80": paid, "hi-80": paid,
    }  # fmt: skip


def _cases(
    simulation: Simulation, scenario: Scenario, record: Record
) -> Iterator[dict[str, object]]:
    """Cost of the cases that are served, and of those that wait: one figure a future."""
    costs = simulation.pathway.costs
    years, place = years_of(simulation)
    length = np.bincount(simulation.calendar.period_numbers()).astype(np.float64)
    for stage in simulation.pathway.stages:
        queues = simulation.queues(stage.name)
        weekly = costs.service_started_gbp_per_week.get(stage.name, 0.0)
        daily = costs.delay_per_waiting_day_gbp.get(stage.name, 0.0)
        for kind, price, days in (
            ("services", weekly / DAYS_IN_WEEK, record.working[:, :, queues].sum(axis=2) * length),
            ("delay", daily, record.waiting_days[:, :, queues].sum(axis=2)),
        ):
            if not price:
                continue
            paid = by_year(days, place, len(years)) * price
            for number, year in enumerate(years):
                low, high = np.quantile(paid[:, number], (0.1, 0.9))
                yield {
                    "scenario": scenario.name, "financial_year": year, "kind": kind,
                    "what": stage.name, "gbp": float(paid[:, number].mean()),
                    "lo-80": float(low), "hi-80": float(high),
                }  # fmt: skip


def days_of_year(year: int) -> int:
    """Days of a financial year."""
    first: date = financial_year_start(year)
    return (financial_year_start(year + 1) - first) // timedelta(days=1)


def staff_cost(fte: float, price_per_year: float, first: date, last: date) -> float:
    """What so many FTE cost from a first to a last day: by day, of each financial year's price."""
    years = 0.0
    for year in range(financial_year(first), financial_year(last) + 1):
        begins = max(financial_year_start(year), first)
        ends = min(financial_year_start(year + 1) - timedelta(days=1), last)
        years += max((ends - begins).days + 1, 0) / days_of_year(year)
    return fte * price_per_year * years
