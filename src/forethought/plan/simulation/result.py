"""What a simulation says: flows, backlog, waits, promises kept, staff time, money, differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl

from forethought.errors import DataError, SpecificationError, did_you_mean
from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.initial import Initial
from forethought.plan.simulation.model import Calendar, Floats, Record
from forethought.plan.simulation.pathway import Pathway, Scenario, Stage

LEVELS = (50, 80, 95)
ALL = "all"
FLOWS = ("incoming", "started", "closed", "left", "moved_in", "moved_out", "handed_back")
STOCKS = ("waiting", "working", "overdue")
Measure = Literal["waiting", "working", "overdue", "open"]


@dataclass(frozen=True)
class Chance:
    """A chance over simulated futures and its Monte Carlo error.

    Args:
        share: Share of the futures, 0-1.
        error: Standard error of that share from the number of futures, not from the model.
        futures: How many futures.
    """

    share: float
    error: float
    futures: int


@dataclass(frozen=True, eq=False)
class Simulation:
    """Simulated futures of a pathway, one set for each scenario, on the same random numbers.

    Frames have a `scenario` and a `stage`, and `work_class` with `all` beside each class. Bands
    are prediction intervals over futures: `lo-80` to `hi-80` holds 8 in 10 of them.

    Args:
        pathway: The pathway.
        calendar: The simulated days and recorded periods.
        demand: The demand that came in.
        initial: The position before the first day.
        scenarios: `base` and the what-ifs.
        engine: Which engine ran, and `reason` why.
        reason: In words.
        seed: Seed of all random numbers.
        replications: Simulated futures of each scenario.
        runs: The record of each scenario.
    """

    pathway: Pathway
    calendar: Calendar
    demand: Demand
    initial: Initial
    scenarios: tuple[Scenario, ...]
    engine: str
    reason: str
    seed: int
    replications: int
    runs: Mapping[str, Record]

    @cached_property
    def backlog(self) -> pl.DataFrame:
        """Cases waiting, in progress and overdue at the end of each period.

        `scenario`, `stage`, `work_class`, `ds` (last day of the period), `measure` (`waiting`,
        `working`, `overdue`), `mean`, `median`, `lo-50`, `hi-50`, … `hi-95`.
        """
        return self._bands(STOCKS)

    @cached_property
    def flow(self) -> pl.DataFrame:
        """Cases that came in, started, were closed, left or changed class in each period.

        Columns as `backlog`; `measure` is `incoming`, `started`, `closed`, `left` (the list before
        being seen), `moved_in`, `moved_out` (escalated) or `handed_back` (by a provider).
        """
        return self._bands(FLOWS)

    @cached_property
    def waits(self) -> pl.DataFrame:
        """Days from coming to a stage until its work starts, over the whole simulation.

        `scenario`, `stage`, `work_class`, `started` (cases a future), `mean_days`, `half_days`,
        `ninety_days` (half, nine in ten, waited at most so long), each with `lo-80` and `hi-80`
        over futures, `limit_days`, `basis` and `limit_until` of the class's target.
        """
        return pl.DataFrame(list(self._wait_rows()), infer_schema_length=None)

    @cached_property
    def on_time(self) -> pl.DataFrame:
        """Share of cases that keep their target, by financial year in which it was decided.

        `scenario`, `stage`, `work_class`, `financial_year` (its first calendar year), `judged`
        (cases a future), `share`, `lo-80`, `hi-80`, `target_share`, `chance` (that the share is
        reached), `within_days`, `basis` (`duty`, `guidance`, `local`), `until`.
        """
        from forethought.plan.simulation.promises import on_time

        return on_time(self)

    @cached_property
    def utilisation(self) -> pl.DataFrame:
        """Share of staff hours (unit-days of supply) used in each period.

        `scenario`, `resource`, `ds`, `hours_available` (mean), `share`, `lo-80`, `hi-80`.
        """
        from forethought.plan.simulation.promises import utilisation

        return utilisation(self)

    @cached_property
    def cost(self) -> pl.DataFrame:
        """Money by financial year, the cost of delay apart.

        `scenario`, `financial_year`, `kind` (`staff`, `supply`, `changes`, `services`, `delay`),
        `what` (resource or stage), `gbp` (mean), `lo-80`, `hi-80`.
        """
        from forethought.plan.simulation.money import cost

        return cost(self)

    def compare(self, first: str = "base", second: str | None = None) -> pl.DataFrame:
        """Cases waiting under one scenario less those under another, future by future.

        Args:
            first: The scenario to compare with.
            second: The other; None: the last one.

        Returns:
            `stage`, `work_class`, `ds`, `difference` (second less first, mean), `lo-80`, `hi-80`,
            `fewer` (share of futures in which fewer wait).
        """
        second = self.scenarios[-1].name if second is None else second
        one, other = self.record(first), self.record(second)
        rows = []
        ends = self.calendar.period_ends()
        for stage, name, queues in self.groups():
            change = other.waiting[:, :, queues].sum(axis=2, dtype=np.int64)
            change = change - one.waiting[:, :, queues].sum(axis=2, dtype=np.int64)
            low, high = np.quantile(change, (0.1, 0.9), axis=0)
            rows.append(
                pl.DataFrame(
                    {
                        "ds": ends,
                        "difference": change.mean(axis=0),
                        "lo-80": low,
                        "hi-80": high,
                        "fewer": (change < 0).mean(axis=0),
                    }
                ).select(pl.lit(stage.name).alias("stage"), pl.lit(name).alias("work_class"), "*")
            )
        return pl.concat(rows)

    def chance(
        self,
        stage: str,
        *,
        at_most: float,
        by: date,
        scenario: str = "base",
        work_class: str = ALL,
        measure: Measure = "waiting",
    ) -> Chance:
        """Chance that at most so many cases wait (are in progress, overdue, open) at a stage.

        Args:
            stage: The stage.
            at_most: The target.
            by: The day; the last recorded period that ends by then counts.
            scenario: The scenario.
            work_class: A class, or `all`.
            measure: What is counted; `open` is waiting and in progress.
        """
        numbers = self.stock(
            stage, by=by, scenario=scenario, work_class=work_class, measure=measure
        )
        share = float((numbers <= at_most).mean())
        error = float(np.sqrt(max(share * (1 - share), 0.25 / numbers.size) / numbers.size))
        return Chance(share, error, numbers.size)

    def stock(
        self,
        stage: str,
        *,
        by: date,
        scenario: str = "base",
        work_class: str = ALL,
        measure: Measure = "waiting",
    ) -> Floats:
        """Cases at the end of a day in each future, shape (replications,)."""
        ends = self.calendar.period_ends()
        place = max((n for n, day in enumerate(ends) if day <= by), default=None)
        if place is None:
            raise DataError(
                f"No recorded period has ended by {by}.", remedy=f"The first ends on {ends[0]}."
            )
        series = self.series(measure, stage, scenario=scenario, work_class=work_class)
        found: Floats = series[:, place].astype(np.float64)
        return found

    def series(
        self, measure: str, stage: str, *, scenario: str = "base", work_class: str = ALL
    ) -> Floats:
        """Counts of a measure in each future and period, shape (replications, periods)."""
        record = self.record(scenario)
        queues = self.queues(stage, work_class)
        if measure == "open":
            both = record.waiting[:, :, queues] + record.working[:, :, queues]
            return np.asarray(both.sum(axis=2, dtype=np.float64))
        values: Floats = getattr(record, measure)[:, :, queues].sum(axis=2, dtype=np.float64)
        return values

    def record(self, scenario: str) -> Record:
        """The record of a scenario.

        Raises:
            SpecificationError: It was not simulated.
        """
        if scenario not in self.runs:
            raise SpecificationError(
                f'The scenario "{scenario}" was not simulated.',
                remedy=did_you_mean(scenario, list(self.runs)),
            )
        return self.runs[scenario]

    def queues(self, stage: str, work_class: str = ALL) -> list[int]:
        """Columns of the record that belong to a stage and class."""
        stages = [each.name for each in self.pathway.stages]
        classes = [each.name for each in self.pathway.classes]
        for value, known, what in (
            (stage, stages, "stage"),
            (work_class, [ALL, *classes], "class"),
        ):
            if value not in known:
                raise SpecificationError(
                    f'The pathway has no {what} "{value}".', remedy=did_you_mean(value, known)
                )
        first = stages.index(stage) * len(classes)
        if work_class == ALL:
            return list(range(first, first + len(classes)))
        return [first + classes.index(work_class)]

    def groups(self) -> Iterator[tuple[Stage, str, list[int]]]:
        """Every stage with `all` and each class that it can have."""
        for stage in self.pathway.stages:
            yield stage, ALL, self.queues(stage.name)
            for each in self.pathway.classes:
                if len(self.pathway.classes) > 1 and each.name in stage.routes:
                    yield stage, each.name, self.queues(stage.name, each.name)

    def headline(self) -> str:
        """The answer in one sentence: how many wait at the end of the base plan."""
        last = self.calendar.period_ends()[-1]
        total = sum(
            self.series("waiting", stage.name)[:, -1]
            for stage in self.pathway.stages
            if stage.kind != "delay"
        )
        low, middle, high = np.quantile(total, (0.1, 0.5, 0.9))
        return (
            f"On {last.day} {last:%B %Y} about {middle:,.0f} people wait; "
            f"in 8 of 10 simulated futures {low:,.0f} to {high:,.0f}."
        )

    def _repr_html_(self) -> str:
        table = self.backlog.filter(
            (pl.col("ds") == self.calendar.period_ends()[-1]) & (pl.col("measure") == "waiting")
        )
        return f"<p>{self.headline()}</p>{table._repr_html_()}"

    def _bands(self, measures: tuple[str, ...]) -> pl.DataFrame:
        ends = self.calendar.period_ends()
        chances, names = _chances()
        parts = []
        for scenario, record in self.runs.items():
            for stage, name, queues in self.groups():
                for measure in measures:
                    values = getattr(record, measure)[:, :, queues].sum(axis=2, dtype=np.int64)
                    bands = np.quantile(values, chances, axis=0)
                    columns = {"ds": ends, "mean": values.mean(axis=0)}
                    columns |= dict(zip(names, bands, strict=True))
                    parts.append(
                        pl.DataFrame(columns).select(
                            pl.lit(scenario).alias("scenario"),
                            pl.lit(stage.name).alias("stage"),
                            pl.lit(name).alias("work_class"),
                            "ds",
                            pl.lit(measure).alias("measure"),
                            pl.exclude("ds"),
                        )
                    )
        return pl.concat(parts)

    def _wait_rows(self) -> Iterator[dict[str, object]]:
        for scenario, record in self.runs.items():
            for stage, name, queues in self.groups():
                started = record.started[:, :, queues].sum(axis=(1, 2), dtype=np.int64)
                days = record.waited_days[:, :, queues].sum(axis=(1, 2))
                with np.errstate(invalid="ignore", divide="ignore"):
                    means = np.where(started > 0, days / started, np.nan)
                pooled = record.wait_days[queues].sum(axis=0)
                row: dict[str, object] = {
                    "scenario": scenario,
                    "stage": stage.name,
                    "work_class": name,
                    "started": float(started.mean()),
                    "mean_days": _mean(means),
                    **_range("mean_days", means),
                }
                for column, share in (("half", 0.5), ("ninety", 0.9)):
                    row[f"{column}_days"] = quantile_of_counts(pooled, share)
                    ends = getattr(record, f"{column}_waited")[:, queues]
                    weights = record.started[:, :, queues].sum(axis=1)
                    row |= _range(f"{column}_days", _weighted(ends, weights))
                target = stage.target.get(name)
                row["limit_days"] = None if target is None else target.within_days
                row["basis"] = None if target is None else target.basis
                row["limit_until"] = None if target is None else target.until
                yield row


def quantile_of_counts(counts: np.ndarray, share: float) -> float | None:
    """Days that a share of cases waited at most, from counts by day; None without a case."""
    total = int(counts.sum())
    if total == 0:
        return None
    below = np.cumsum(counts)
    day = int(np.searchsorted(below, share * total))
    before = float(below[day - 1]) if day else 0.0
    return day + (share * total - before) / float(counts[day])


def _weighted(ends: Floats, weights: np.ndarray) -> Floats:
    """Each future's figure over classes, weighted by the cases that started."""
    usable = np.where(np.isnan(ends), 0, weights)
    total = usable.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(
            total > 0, (np.nan_to_num(ends) * usable).sum(axis=1) / total, np.nan
        )
    return found


def _mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None


def _range(name: str, values: Floats) -> dict[str, object]:
    known = values[~np.isnan(values)]
    if known.size == 0:
        return {f"{name}-lo-80": None, f"{name}-hi-80": None}
    low, high = np.quantile(known, (0.1, 0.9))
    return {f"{name}-lo-80": float(low), f"{name}-hi-80": float(high)}


def _chances() -> tuple[list[float], list[str]]:
    chances, names = [0.5], ["median"]
    for level in LEVELS:
        chances += [(100 - level) / 200, (100 + level) / 200]
        names += [f"lo-{level}", f"hi-{level}"]
    return chances, names
