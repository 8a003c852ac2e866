"""Demand, class mix and ways out of a pathway, from the recorded comings of its stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from forethought.place.calendar import add_months, bank_holidays, month_start
from forethought.plan.demand.late import WHOLE, recorded_share
from forethought.plan.simulation.pathway import END, Arrivals, Pathway, Route, Stage

SUNDAY = 7
RECENT_WEEKS = 6
SOME_CASES = 20
"""Fewest cases of a class from which its ways out are measured."""
LEAST_WEEKS = 8
BLOCK_WEEKS = 4
MOST_DISPERSION = 10.0


@dataclass(frozen=True)
class Window:
    """The whole weeks from which demand is measured.

    Args:
        first: Their first day, a Monday.
        last: Their last, a Sunday; later weeks are still being recorded.
    """

    first: date
    last: date

    @classmethod
    def of(cls, cases: pl.DataFrame, *, as_of: date, weeks: int, first: date | None) -> Window:
        """The last whole weeks whose records are there, not before `first`."""
        last = as_of - timedelta(days=as_of.isoweekday() % SUNDAY)
        ends = [last - timedelta(weeks=back) for back in range(RECENT_WEEKS)]
        rows = cases.drop_nulls("recorded_on").select(
            (pl.col("received_on").dt.truncate("1w") + pl.duration(days=6)).alias("ends"),
            "recorded_on",
        )
        shares = recorded_share(rows, ends=ends, known_by=as_of)
        end = next((e for e, share in zip(ends, shares, strict=True) if share >= WHOLE), ends[-1])
        start = end - timedelta(days=weeks * SUNDAY - 1)
        if first is not None and first > start:
            monday = first + timedelta(days=-first.weekday() % SUNDAY)
            start = min(monday, end - timedelta(days=LEAST_WEEKS * SUNDAY - 1))
        return cls(start, end)

    @property
    def days(self) -> list[date]:
        """Every day."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def of_stage(
        self, cases: pl.DataFrame, stage: str, column: str = "received_on"
    ) -> pl.DataFrame:
        """Cases of a stage that came (or were closed) within the weeks."""
        inside = pl.col(column).is_between(self.first, self.last)
        return cases.filter((pl.col("stage") == stage) & inside)

    def per_day(self, cases: pl.DataFrame, stage: str, work_class: str) -> float:
        """Cases of a class that came to a stage, a day."""
        came = self.of_stage(cases, stage).filter(pl.col("work_class") == work_class)
        return came.height / len(self.days)


def measured_arrivals(
    pathway: Pathway, cases: pl.DataFrame, window: Window, told: dict[str, str]
) -> tuple[Pathway, dict[str, np.ndarray]]:
    """The pathway with class mix and dispersion as recorded, and recorded weeks by flow."""
    weekly: dict[str, np.ndarray] = {}
    stages = []
    for stage in pathway.stages:
        came = window.of_stage(cases, stage.name)
        if len(stage.arrivals) != 1 or not stage.records or came.height < SOME_CASES:
            stages.append(stage)
            continue
        each = stage.arrivals[0]
        share = dict(came["work_class"].value_counts(normalize=True).iter_rows())
        mix = {name: float(share.get(name, 0.0)) for name in each.mix}
        known = sum(mix.values()) or 1.0
        mix = {name: part / known for name, part in mix.items()}
        counts = _weekly(came, window)
        weekly[each.flow] = counts
        measured = replace(each, mix=mix, dispersion=dispersion_of(counts))
        stages.append(replace(stage, arrivals=(measured,)))
        told["Demand"] = (
            f"what came in from {window.first:%-d %B %Y} to {window.last:%-d %B %Y}, by class"
        )
    return replace(pathway, stages=tuple(stages)), weekly


def dispersion_of(counts: np.ndarray) -> float:
    """Variance of a count over its mean, from the steps from week to week (von Neumann)."""
    mean = float(counts.mean())
    if counts.size < LEAST_WEEKS or mean <= 0:
        return 1.0
    return float(np.clip(0.5 * np.mean(np.diff(counts) ** 2) / mean, 1.0, MOST_DISPERSION))


def _weekly(came: pl.DataFrame, window: Window) -> np.ndarray:
    weeks = len(window.days) // SUNDAY
    place = (came["received_on"] - window.first).dt.total_days().to_numpy() // SUNDAY
    return np.bincount(place.astype(np.int64), minlength=weeks)[:weeks].astype(np.float64)


def measured_routes(
    pathway: Pathway, cases: pl.DataFrame, window: Window, told: dict[str, str]
) -> Pathway:
    """Ways out such that stages get as many cases of each class as they did get.

    The shares of the file that lead to a stage get one factor for each class: recorded comings
    over what the file's shares make of the recorded closings before it.
    """
    closed = {
        stage.name: dict(
            window.of_stage(cases, stage.name, "done_on")["work_class"].value_counts().iter_rows()
        )
        for stage in pathway.stages
        if stage.records
    }
    factors: dict[tuple[str, str], float] = {}
    for target in pathway.stages:
        before = [s for s in pathway.stages if _leads(s, target.name)]
        if not target.records or target.arrivals or not before or _scheduled(pathway, target.name):
            continue
        if any(not stage.records for stage in before):
            continue
        came = dict(window.of_stage(cases, target.name)["work_class"].value_counts().iter_rows())
        for each in pathway.classes:
            expected = sum(
                closed[s.name].get(each.name, 0) * way.share
                for s in before
                for way in s.routes.get(each.name, ())
                if way.to == target.name
            )
            if expected >= SOME_CASES:
                factors[target.name, each.name] = came.get(each.name, 0) / expected
                told["Ways out"] = "so that each stage gets as many cases of each class as recorded"
    stages = tuple(
        replace(
            stage,
            routes={name: _scaled(ways, name, factors) for name, ways in stage.routes.items()},
        )
        for stage in pathway.stages
    )
    return replace(pathway, stages=stages)


def _leads(stage: Stage, target: str) -> bool:
    return any(way.to == target for ways in stage.routes.values() for way in ways)


def _scheduled(pathway: Pathway, target: str) -> bool:
    visits = (
        visit for stage in pathway.stages for each in stage.schedule.values() for visit in each
    )
    return any(visit.to == target for visit in visits)


def _scaled(
    ways: tuple[Route, ...], name: str, factors: Mapping[tuple[str, str], float]
) -> tuple[Route, ...]:
    """Ways with their factors; the end takes what is left, and no share passes the whole."""
    if not any((way.to, name) in factors for way in ways):
        return ways
    on = [replace(w, share=w.share * factors.get((w.to, name), 1.0)) for w in ways if w.to != END]
    total = sum(way.share for way in on)
    on = [replace(way, share=way.share / max(total, 1.0)) for way in on]
    left = 1.0 - sum(way.share for way in on)
    return (*on, Route(END, left)) if left > 0 else tuple(on)


def demand_paths(  # noqa: PLR0913  what decides them
    pathway: Pathway,
    weekly: Mapping[str, np.ndarray],
    window_first: date,
    *,
    start: date,
    end: date,
    paths: int,
    seed: int,
    forecast: pl.DataFrame | None = None,
    request_flows: tuple[str, ...] = (),
) -> pl.DataFrame:
    """Sample paths of demand by month: `flow`, `ds`, `path`, `y` (cases that came true).

    The level of a recorded flow is not known for sure: each path draws it anew from blocks of
    four recorded weeks (moving-block bootstrap). Flows that follow a forecast take its course, as
    a factor on their own recorded level. Months vary around their level as weeks did.

    Args:
        pathway: With measured arrivals.
        weekly: Recorded weeks by flow; a flow without any takes the file's `per_year`.
        window_first: First day of the recorded weeks.
        start: First simulated day.
        end: Last.
        paths: How many.
        seed: Seed.
        forecast: `ds` (month), `path`, `factor`: forecast requests over those of the recorded year.
        request_flows: Flows that follow it.

    References:
        Künsch (1989), The jackknife and the bootstrap for general stationary observations.
    """
    months = []
    month = month_start(start)
    while month <= end:
        months.append(month)
        month = add_months(month, 1)
    frames = []
    for number, (flow, each) in enumerate(_flows(pathway).items()):
        rng = np.random.default_rng([seed, 71, number])
        counts = weekly.get(flow)
        level = (
            np.full(paths, (each.per_year or 0.0) / 365.25 * SUNDAY)
            if counts is None
            else _levels(counts, each, window_first, paths, rng)
        )
        weight = np.array([sum(day_weight(each, day) for day in _days(m)) for m in months])
        expected = level[:, None] * weight[None, :]
        if flow in request_flows and forecast is not None:
            expected = expected * _factors(forecast, months, paths)
        drawn = over_dispersed(expected, each.dispersion, rng)
        frames.append(
            pl.DataFrame(
                {
                    "flow": [flow] * (paths * len(months)),
                    "ds": months * paths,
                    "path": np.repeat(np.arange(paths), len(months)),
                    "y": drawn.ravel().astype(np.float64),
                }
            )
        )
    return pl.concat(frames)


def over_dispersed(expected: np.ndarray, dispersion: float, rng: np.random.Generator) -> np.ndarray:
    """Counts with a mean, and `dispersion` times as large a variance (gamma-Poisson)."""
    if dispersion <= 1.0 + 1e-9:
        return np.asarray(rng.poisson(expected))
    shape = np.maximum(expected / (dispersion - 1.0), 1e-9)
    return np.asarray(rng.poisson(rng.gamma(shape, dispersion - 1.0)))


def _flows(pathway: Pathway) -> dict[str, Arrivals]:
    return {each.flow: each for stage in pathway.stages for each in stage.arrivals}


def _levels(
    counts: np.ndarray, each: Arrivals, first: date, paths: int, rng: np.random.Generator
) -> np.ndarray:
    """Cases of a week without holidays on each path."""
    days = [first + timedelta(days=n) for n in range(counts.size * SUNDAY)]
    weight = np.array([day_weight(each, day) for day in days]).reshape(-1, SUNDAY).sum(axis=1)
    block = min(BLOCK_WEEKS, counts.size)
    picks = -(-counts.size // block)
    starts = rng.integers(0, counts.size - block + 1, size=(paths, picks))
    place = (starts[:, :, None] + np.arange(block)).reshape(paths, -1)[:, : counts.size]
    levels: np.ndarray = counts[place].sum(axis=1) / np.maximum(weight[place].sum(axis=1), 1e-9)
    return levels


def day_weight(each: Arrivals, day: date) -> float:
    """Share of a week's comings that a day has."""
    share = each.weekdays[day.weekday()]
    return share * each.holiday_factor if day in bank_holidays(day.year) else share


def _days(month: date) -> list[date]:
    return [month + timedelta(days=n) for n in range((add_months(month, 1) - month).days)]


def _factors(forecast: pl.DataFrame, months: list[date], paths: int) -> np.ndarray:
    """Factors by path and month; a month after the forecast's last keeps its last factor."""
    wide = forecast.sort("path", "ds").pivot(on="ds", index="path", values="factor")
    there = sorted(date.fromisoformat(str(name)) for name in wide.columns if name != "path")
    columns = [max([d for d in there if d <= month], default=there[0]) for month in months]
    table = wide.select([str(day) for day in dict.fromkeys(columns)]).to_numpy()
    place = [list(dict.fromkeys(columns)).index(day) for day in columns]
    found: np.ndarray = table[np.arange(paths) % table.shape[0]][:, place]
    return found
