"""Demand: what comes in from outside, as counts on forecast paths or as rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl

from forethought.errors import DataError, Problem, did_you_mean
from forethought.place.calendar import add_months, bank_holidays, month_start
from forethought.plan.simulation.kernels.arrivals import ArrivalPlan
from forethought.plan.simulation.model import Calendar, Floats, Integers
from forethought.plan.simulation.pathway import Arrivals, DemandChange, Pathway

DAYS_IN_YEAR = 365.25


@dataclass(frozen=True, eq=False)
class Demand:
    """Demand by flow.

    Args:
        frame: `flow`, `ds` (first day of a month or a day), `path` (from 0), `y` (cases).
        every: Length of a period.
        kind: `counts` came true on a path (a forecast's sample paths): the simulation only shares
            them out over days. `rates` are expected counts: days are drawn around them.
        changes: Factors on flows between days.
    """

    frame: pl.DataFrame
    every: Literal["1d", "1mo"] = "1mo"
    kind: Literal["counts", "rates"] = "counts"
    changes: tuple[DemandChange, ...] = ()

    def __post_init__(self) -> None:
        missing = {"flow", "ds", "path", "y"} - set(self.frame.columns)
        if missing:
            raise DataError(f"Demand has no column {', '.join(sorted(missing))}.")
        bad = self.frame.filter(
            pl.col("y").is_null() | ~pl.col("y").cast(pl.Float64).is_finite() | (pl.col("y") < 0)
        )
        if bad.height:
            row = bad.row(0, named=True)
            raise DataError(
                f"Demand must be a number from 0; {bad.height} rows are not.",
                where=f"flow {row['flow']}, {row['ds']}, path {row['path']}",
            )
        repeated = self.frame.select("flow", "ds", "path").is_duplicated().sum()
        if repeated:
            raise DataError(f"{repeated} rows of demand stand more than once.")

    @classmethod
    def from_paths(cls, paths: pl.DataFrame, *, flows: Mapping[str, str] | None = None) -> Demand:
        """Monthly demand from a forecast's sample paths.

        Args:
            paths: `unique_id`, `ds`, `path`, `y` (`Forecast.paths`).
            flows: Flow of each `unique_id`; None: they have the same name. Several ids of one
                flow are added up path by path.
        """
        named = paths.with_columns(pl.col("unique_id").cast(pl.String).alias("flow"))
        if flows is not None:
            named = named.filter(pl.col("flow").is_in(list(flows))).with_columns(
                pl.col("flow").replace_strict(dict(flows))
            )
        frame = named.group_by("flow", pl.col("ds").cast(pl.Date), "path").agg(pl.col("y").sum())
        return cls(frame.sort("flow", "path", "ds"))

    @classmethod
    def constant(cls, per_day: Mapping[str, float], *, start: date, end: date) -> Demand:
        """The same expected cases every day of the year (shared out over its working days)."""
        rows: list[tuple[str, date, int, float]] = []
        for flow, rate in per_day.items():
            month = month_start(start)
            while month <= end:
                days = (add_months(month, 1) - month).days
                rows.append((flow, month, 0, rate * days))
                month = add_months(month, 1)
        frame = pl.DataFrame(rows, schema=["flow", "ds", "path", "y"], orient="row")
        return cls(frame, kind="rates")

    @classmethod
    def daily(cls, rates: Mapping[str, Iterable[float]], *, start: date) -> Demand:
        """Expected cases of each day from `start` on."""
        rows = [
            (flow, start + timedelta(days=n), 0, float(rate))
            for flow, each in rates.items()
            for n, rate in enumerate(each)
        ]
        frame = pl.DataFrame(rows, schema=["flow", "ds", "path", "y"], orient="row")
        return cls(frame, every="1d", kind="rates")

    @property
    def flows(self) -> list[str]:
        """Names of the flows."""
        return sorted(self.frame["flow"].unique())

    @property
    def paths(self) -> int:
        """How many paths there are."""
        return int(self.frame["path"].n_unique())

    def scaled(
        self,
        flow: str,
        factor: float,
        *,
        starts_on: date | None = None,
        ends_on: date | None = None,
    ) -> Demand:
        """The demand with a factor on one flow between two days."""
        return self.changed((DemandChange(flow, factor, starts_on, ends_on),))

    def changed(self, changes: Iterable[DemandChange]) -> Demand:
        """The demand with a scenario's changes."""
        return replace(self, changes=(*self.changes, *changes))

    def mean(self) -> Demand:
        """One path: the mean of all (for what comes of the forecast's uncertainty alone)."""
        frame = self.frame.group_by("flow", "ds").agg(pl.col("y").mean())
        return replace(self, frame=frame.with_columns(pl.lit(0).alias("path")))

    def mean_per_day(self, flow: str, start: date, end: date) -> Floats:
        """Expected cases on each day from `start` to `end`, evenly spread within its period."""
        own = self.frame.filter(pl.col("flow") == flow).group_by("ds").agg(pl.col("y").mean())
        level = dict(zip(own["ds"].to_list(), own["y"].to_list(), strict=True))
        days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        found = np.zeros(len(days))
        for place, day in enumerate(days):
            if self.every == "1d":
                found[place] = level.get(day, 0.0)
            else:
                month = month_start(day)
                found[place] = level.get(month, 0.0) / (add_months(month, 1) - month).days
        return found * self.factor(flow, days)

    def factor(self, flow: str, days: list[date]) -> Floats:
        """The changes' factor on a flow on each day."""
        found = np.ones(len(days))
        for change in self.changes:
            if change.flow != flow:
                continue
            inside = [
                (change.starts_on is None or day >= change.starts_on)
                and (change.ends_on is None or day <= change.ends_on)
                for day in days
            ]
            found *= np.where(inside, change.scale, 1.0)
        return found


def demand_of(pathway: Pathway, demand: Demand | None, *, start: date, end: date) -> Demand:
    """The demand of a run: what is given, else what the pathway's file says.

    Raises:
        DataError: A flow has no demand, or not for every simulated period; all at once.
    """
    declared = {each.flow: each for stage in pathway.stages for each in stage.arrivals}
    if demand is None:
        _need(pathway, [flow for flow, each in declared.items() if each.per_year is None], [])
        rates = {f: (each.per_year or 0.0) / DAYS_IN_YEAR for f, each in declared.items()}
        return Demand.constant(rates, start=start, end=end)
    given = demand.flows
    lacking = [flow for flow in declared if flow not in given]
    _need(pathway, lacking, given)
    unused = [flow for flow in given if flow not in declared]
    problems = [
        Problem(f'The pathway has no flow "{flow}".', "demand", did_you_mean(flow, list(declared)))
        for flow in unused
    ]
    problems += _gaps(demand, list(declared), start, end)
    if problems:
        raise DataError("The demand does not fit the pathway.", problems=problems)
    return demand


def _need(pathway: Pathway, flows: list[str], given: list[str]) -> None:
    if flows:
        problems = [
            Problem(
                f'The flow "{flow}" has no demand.',
                f"pathway {pathway.name}",
                did_you_mean(flow, given) or "Give its paths, or `per_year` in the file.",
            )
            for flow in flows
        ]
        raise DataError("Some demand is missing.", problems=problems)


def _gaps(demand: Demand, flows: list[str], start: date, end: date) -> list[Problem]:
    first = month_start(start) if demand.every == "1mo" else start
    step = "1mo" if demand.every == "1mo" else "1d"
    wanted = set(pl.date_range(first, end, step, eager=True).to_list())
    problems = []
    for flow in flows:
        own = demand.frame.filter(pl.col("flow") == flow)
        for path, rows in own.group_by("path", maintain_order=True):
            missing = sorted(wanted - set(rows["ds"].to_list()))
            if missing:
                problems.append(
                    Problem(
                        f"{len(missing)} periods have no demand, the first {missing[0]}.",
                        f"flow {flow}, path {path[0]}",
                        "Forecast to the end of the simulation, or end it earlier.",
                    )
                )
                break
    return problems


def plan_arrivals(pathway: Pathway, demand: Demand, calendar: Calendar) -> ArrivalPlan:
    """Demand as arrays for a calendar (see `ArrivalPlan`)."""
    uses = [(stage, each) for stage in pathway.stages for each in stage.arrivals]
    classes = [each.name for each in pathway.classes]
    names = [stage.name for stage in pathway.stages]
    first = month_start(calendar.start) if demand.every == "1mo" else calendar.start
    last = calendar.start + timedelta(days=calendar.days - 1)
    if demand.every == "1mo":
        last = add_months(last, 1) - timedelta(days=1)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    starts = sorted({month_start(day) if demand.every == "1mo" else day for day in days})
    number = {day: place for place, day in enumerate(starts)}
    period = np.array([number[month_start(d) if demand.every == "1mo" else d] for d in days])
    column_from, share, queue = [0], [], []
    for stage, each in uses:
        for name, part in each.mix.items():
            share.append(part)
            queue.append(names.index(stage.name) * len(classes) + classes.index(name))
        column_from.append(len(share))
    weight = [_weights(each, days, period, pathway.continuous) for _, each in uses]
    level, paths = _levels(demand, [each.flow for _, each in uses], starts)
    scale = [demand.factor(each.flow, days) for _, each in uses]
    width = len(days)
    return ArrivalPlan(
        column_from=np.array(column_from, dtype=np.int64),
        column_share=np.array(share, dtype=np.float64),
        queue=np.array(queue, dtype=np.int64),
        counts=np.full(len(uses), int(demand.kind == "counts"), dtype=np.int64),
        level=level,
        paths=paths,
        period=period.astype(np.int64),
        weight=np.array(weight, dtype=np.float64).reshape(len(uses), width),
        scale=np.array(scale, dtype=np.float64).reshape(len(uses), width),
        before=(calendar.start - first).days,
        dispersion=np.array([each.dispersion for _, each in uses], dtype=np.float64),
    )


def _weights(each: Arrivals, days: list[date], period: Integers, continuous: bool) -> Floats:  # noqa: FBT001
    """Share of its period's demand that each day gets."""
    raw = np.ones(len(days))
    if not continuous:
        raw = np.array([each.weekdays[day.weekday()] for day in days])
        holiday = np.array([day in bank_holidays(day.year) for day in days])
        raw = np.where(holiday, raw * each.holiday_factor, raw)
    total = np.bincount(period, weights=raw)
    even = np.bincount(period)[period]
    return np.where(total[period] > 0, raw / np.maximum(total[period], 1e-300), 1.0 / even)


def _levels(demand: Demand, flows: list[str], starts: list[date]) -> tuple[Floats, Integers]:
    most = demand.paths
    level = np.zeros((len(flows), most, len(starts)))
    paths = np.ones(len(flows), dtype=np.int64)
    number = pl.DataFrame({"ds": starts, "place": np.arange(len(starts))})
    for row, flow in enumerate(flows):
        own = demand.frame.filter(pl.col("flow") == flow).join(number, on="ds", how="inner")
        names = {path: place for place, path in enumerate(sorted(own["path"].unique()))}
        where = own["path"].replace_strict(names, return_dtype=pl.Int64).to_numpy()
        level[row, where, own["place"].to_numpy()] = own["y"].cast(pl.Float64).to_numpy()
        paths[row] = max(len(names), 1)
    return level, paths
