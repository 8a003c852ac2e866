"""Three years of demand ahead: months and financial years, each with its range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import UsageError
from forethought.place.calendar import add_months, months_between
from forethought.plan.demand.adjustments import Adjustment, checked_adjustments, factors
from forethought.plan.demand.breaks import LEAVING, REQUESTS, STARTS, Break, checked_breaks
from forethought.plan.demand.flows import ageing_rates, walk
from forethought.plan.demand.joint import joint_paths
from forethought.plan.demand.margins import SHARE_MONTHS
from forethought.plan.demand.panel import DAYS_IN_WEEK, Panel
from forethought.plan.demand.prices import Prices
from forethought.plan.demand.series import flows_of, modelled_series
from forethought.plan.demand.summary import Choices, Summary
from forethought.plan.demand.volumes import Volumes, room_for
from forethought.plan.paths import stable_seed

Floats = NDArray[np.float64]

LEVEL = (50.0, 80.0, 95.0)
MOST_SERIES = 120
RECENT_COST_MONTHS = 3
YEAR = 12


@dataclass(frozen=True, eq=False)
class Outlook:
    """Demand ahead with its ranges, and the history it starts from.

    Args:
        months: `service`, `who`, `district`, `ds`, `measure`, `observed` (null ahead), `mean`,
            `median`, `lo-50` ... `hi-95` (null in the past).
        years: The same by `year` (its April's) with `actual`; measures are `supported` (people
            at 31 March), `change`, `starts`, `ends`, `requests`, `person_weeks`, `cost_gbp`.
        totals: `measure`, `ds`, `path`, `y`: paths of the county's people supported, starts,
            ends and requests.
        series: `unique_id`, `ds`, `y`: the history of each series that was modelled.
        report: What the forecaster says of each series.
        coherence_gap: Largest difference, on any path and month, between the county and the
            sum of its districts or services.
        identity_gap: Largest difference between a stock and last month's + starts - ends.
        volumes: Person-weeks of each service and profile on every path, for money.
    """

    months: pl.DataFrame
    years: pl.DataFrame
    totals: pl.DataFrame
    series: pl.DataFrame
    report: pl.DataFrame
    coherence_gap: float
    identity_gap: float
    volumes: Volumes


def outlook(  # noqa: PLR0913  a question's settings, by keyword
    panel: Panel,
    *,
    until: date,
    prices: Prices | None = None,
    paths: int = 1000,
    level: Sequence[float] = LEVEL,
    most_series: int = MOST_SERIES,
    breaks: Sequence[Break] = (),
    adjustments: Sequence[Adjustment] = (),
    seed: int = 0,
) -> Outlook:
    """Forecast demand month by month on joint sample paths.

    Requests, starts and leaving rates are modelled (`forecast`); people supported follow on
    every path as last month + starts - ends, so that every sum over months, services and
    districts has a range of its own.

    Args:
        panel: The history.
        until: A day of the last month to forecast.
        prices: Price assumption with its range, drawn with the people; none is the recent
            level throughout.
        paths: Sample futures.
        level: Prediction intervals, per cent.
        most_series: Most series to model one by one; finer cells are shared out.
        breaks: What happened once, each to its own flow.
        adjustments: Judgements; those that expired before the panel was known are left out.
        seed: Same seed, same digits.

    Raises:
        UsageError: `until` is not after the panel's last month.
        DataError: A series cannot be forecast.
    """
    horizon = _months_ahead(panel, until)
    checked_breaks(breaks)
    checked_adjustments(adjustments)
    modelled = modelled_series(panel, most=most_series)
    drawn = joint_paths(modelled, horizon=horizon, breaks=breaks, paths=paths, seed=seed)
    rng = np.random.default_rng(stable_seed(seed, "shares"))
    starts, leaving, requests = flows_of(panel, modelled, drawn.values, rng=rng)
    ageing = ageing_rates(
        panel.supported[..., -SHARE_MONTHS - 1 : -1].sum(axis=2),
        panel.ageing[..., -SHARE_MONTHS:].sum(axis=2),
        paths=paths,
        rng=rng,
    )
    summary = Summary(panel, Choices.of(panel.districts), tuple(level))
    ahead = [add_months(panel.months[-1], step + 1) for step in range(horizon)]
    asked_more, more, fewer = (
        factors(adjustments, flow, ahead, panel.known_by) for flow in (REQUESTS, STARTS, LEAVING)
    )
    months = walk(panel.supported[..., -1], starts, leaving, ageing, rng, (more, fewer))
    cost = _Cost(panel, prices or Prices(), paths, seed)
    before = panel.supported[..., -1][..., None]
    volumes = room_for(panel, ahead, paths)
    for step, (ds, month) in enumerate(zip(ahead, months, strict=True)):
        weeks, gbp = cost.of(ds, (before + month.supported) / 2)
        asked = requests.month(step, rng) * asked_more[0, step]
        volumes.take(step, weeks, asked)
        summary.add(ds, before, month, asked, weeks, gbp)
        before = month.supported
    return Outlook(
        months=summary.months(),
        years=summary.years(),
        totals=summary.totals(),
        series=modelled.frame,
        report=drawn.report,
        coherence_gap=summary.coherence_gap,
        identity_gap=summary.identity_gap,
        volumes=volumes,
    )


def _months_ahead(panel: Panel, until: date) -> int:
    horizon = months_between(panel.months[-1], until)
    if horizon < 1:
        raise UsageError(
            f"The history ends in {panel.months[-1]:%B %Y}: nothing lies ahead by {until:%B %Y}.",
            remedy="Give a later month.",
        )
    return horizon


class _Cost:
    """Weeks and cost of a month: people x recent weekly cost x the price level of each path."""

    def __init__(self, panel: Panel, prices: Prices, paths: int, seed: int) -> None:
        self.since, self.prices = panel.months[-1], prices
        self.weekly = weekly_cost_per_person(panel)[..., None]
        rng = np.random.default_rng(stable_seed(seed, "prices"))
        self.scores = rng.normal(size=paths)

    def of(self, ds: date, people: Floats) -> tuple[Floats, Floats]:
        """Person-weeks and pounds of a month by cell and path."""
        weeks = people * ((add_months(ds, 1) - ds).days / DAYS_IN_WEEK)
        return weeks, weeks * self.weekly * self.prices.factors(ds, self.since, self.scores)


def weekly_cost_per_person(panel: Panel) -> Floats:
    """Recent gross cost of a person's week by cell, a service's own where few are supported.

    Returns:
        Pounds a week: service x profile x district.
    """
    cost = panel.cost_gbp[..., -RECENT_COST_MONTHS:].sum(axis=-1)
    weeks = panel.person_weeks[..., -RECENT_COST_MONTHS:].sum(axis=-1)
    wide_cost, wide_weeks = cost.sum(axis=2, keepdims=True), weeks.sum(axis=2, keepdims=True)
    service = cost.sum(axis=(1, 2), keepdims=True) / np.maximum(
        weeks.sum(axis=(1, 2), keepdims=True), 1.0
    )
    profile = np.where(wide_weeks > 0, wide_cost / np.maximum(wide_weeks, 1e-9), service)
    return np.asarray(np.where(weeks > 0, cost / np.maximum(weeks, 1e-9), profile))


def price_rise(panel: Panel) -> float | None:
    """Mean yearly rise, as a share, of the cost of a week over up to three years.

    Each service and profile weighs as it does now, so that it is price and hours, not who is
    supported. None where the history is under two years.
    """
    years = min((len(panel.months) - YEAR) // YEAR, 3)
    if years < 1:
        return None
    cost, weeks = panel.cost_gbp.sum(axis=2), panel.person_weeks.sum(axis=2)
    now, then = slice(-YEAR, None), slice(-YEAR * (years + 1), -YEAR * years)
    held = weeks[..., now].sum(axis=-1)
    before = weeks[..., then].sum(axis=-1)
    both = (held > 0) & (before > 0)
    recent = cost[..., now].sum(axis=-1)[both].sum()
    at_old = (cost[..., then].sum(axis=-1)[both] / before[both] * held[both]).sum()
    return float((recent / at_old) ** (1 / years) - 1) if at_old > 0 else None


__all__ = ["LEVEL", "Outlook", "outlook", "price_rise", "weekly_cost_per_person"]
