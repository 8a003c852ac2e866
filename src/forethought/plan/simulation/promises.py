"""Targets kept and staff time used, from the record of a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forethought.place.calendar import financial_year
from forethought.plan.simulation.model import Floats, Integers

if TYPE_CHECKING:
    from forethought.plan.simulation.result import Simulation


def years_of(simulation: Simulation) -> tuple[list[int], Integers]:
    """Financial years of the simulation, and the place of each period's last day in them."""
    found = [financial_year(day) for day in simulation.calendar.period_ends()]
    years = sorted(set(found))
    return years, np.array([years.index(year) for year in found])


def by_year(values: Floats, place: Integers, years: int) -> Floats:
    """Sums over the periods of each financial year: (R, T) to (R, years)."""
    total = np.zeros((values.shape[0], years))
    for year in range(years):
        total[:, year] = values[:, place == year].sum(axis=1)
    return total


def on_time(simulation: Simulation) -> pl.DataFrame:
    """Share of cases that keep their target (see `Simulation.on_time`)."""
    years, place = years_of(simulation)
    rows: list[dict[str, object]] = []
    for scenario, record in simulation.runs.items():
        for stage, name, queues in simulation.groups():
            targets = [stage.target[each] for each in stage.target if name in {"all", each}]
            if not targets:
                continue
            judged = by_year(record.judged[:, :, queues].sum(axis=2), place, len(years))
            kept = by_year(record.on_time[:, :, queues].sum(axis=2), place, len(years))
            alike = targets[0] if len({t.within_days for t in targets}) == 1 else None
            wanted = {target.share for target in targets}
            aim = wanted.pop() if len(wanted) == 1 else None
            for number, year in enumerate(years):
                some = judged[:, number] > 0
                share = kept[some, number] / judged[some, number]
                low, high = np.quantile(share, (0.1, 0.9)) if share.size else (None, None)
                rows.append(
                    {
                        "scenario": scenario,
                        "stage": stage.name,
                        "work_class": name,
                        "financial_year": year,
                        "judged": float(judged[:, number].mean()),
                        "share": float(share.mean()) if share.size else None,
                        "lo-80": low,
                        "hi-80": high,
                        "target_share": aim,
                        "chance": _reached(share, aim),
                        "within_days": None if alike is None else alike.within_days,
                        "basis": None if alike is None else alike.basis,
                        "until": None if alike is None else alike.until,
                    }
                )
    schema = {
        "scenario": pl.String, "stage": pl.String, "work_class": pl.String,
        "financial_year": pl.Int64, "judged": pl.Float64, "share": pl.Float64,
        "lo-80": pl.Float64, "hi-80": pl.Float64, "target_share": pl.Float64,
        "chance": pl.Float64, "within_days": pl.Int64, "basis": pl.String, "until": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _reached(share: Floats, aim: float | None) -> float | None:
    if aim is None or not share.size:
        return None
    return float((share >= aim).mean())


def utilisation(simulation: Simulation) -> pl.DataFrame:
    """Share of hours (unit-days) used (see `Simulation.utilisation`)."""
    ends = simulation.calendar.period_ends()
    parts = []
    for scenario, record in simulation.runs.items():
        for place, pool in enumerate(simulation.pathway.resources):
            there = record.hours_available[:, :, place]
            with np.errstate(invalid="ignore", divide="ignore"):
                share = np.where(there > 0, record.hours_used[:, :, place] / there, np.nan)
            known = ~np.isnan(share).all(axis=0)
            low, middle, high = (np.full(len(ends), np.nan) for _ in range(3))
            if known.any():
                middle[known] = np.nanmean(share[:, known], axis=0)
                low[known], high[known] = np.nanquantile(share[:, known], (0.1, 0.9), axis=0)
            parts.append(
                pl.DataFrame(
                    {
                        "ds": ends,
                        "hours_available": there.mean(axis=0),
                        "share": middle,
                        "lo-80": low,
                        "hi-80": high,
                    }
                )
                .with_columns(pl.col("share", "lo-80", "hi-80").fill_nan(None))
                .select(
                    pl.lit(scenario).alias("scenario"), pl.lit(pool.name).alias("resource"), "*"
                )
            )
    return pl.concat(parts)
