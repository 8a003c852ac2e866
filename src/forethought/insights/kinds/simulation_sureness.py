"""How sure the answer is, and what else reaches it: spread, drivers, ways to recover."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from typing import Any

import polars as pl

from forethought.insights.kinds.simulation import SimulationSpec
from forethought.insights.kinds.simulation_chances import HEAT_FUTURES
from forethought.insights.kinds.simulation_effort import effort_factor
from forethought.insights.kinds.simulation_plans import Asked, Question
from forethought.plan.simulation.pathway import Pathway
from forethought.plan.simulation.recovery import ways_to_recover
from forethought.plan.simulation.sensitivity import sensitivity
from forethought.plan.simulation.uncertainty import uncertainty

PATHS_SPLIT = 60
DRAWS_SPLIT, RUNS_SPLIT = 2, 2
DRIVER_FUTURES = 100
WITHIN_WEEKS = (13, 26, 39, 52)
WEEK = 7


def uncertainty_table(question: Question, asked: Asked) -> pl.DataFrame:
    """Where the spread of the list on the target's day comes from: `source`, `share` (sum 1)."""
    draws = effort_factor(
        question.effort, question.part, replications=PATHS_SPLIT * DRAWS_SPLIT, seed=question.seed
    )
    found = uncertainty(
        question.part,
        question.part_demand,
        question.part_position,
        target=question.goal(asked),
        start=question.start,
        effort_factor=draws,
        paths=PATHS_SPLIT,
        runs=RUNS_SPLIT,
        parameter_draws=DRAWS_SPLIT,
        seed=question.seed,
        engine=question.engine,
    )
    return found.frame.select("source", "share").filter(pl.col("share") > 0)


def drivers_table(question: Question, asked: Asked) -> pl.DataFrame:
    """What moves the list on the target's day most (see `Sensitivity.frame`)."""
    asking = question.staffing(asked, DRIVER_FUTURES)
    found = sensitivity(
        asking.pathway,
        asking.demand,
        asking.initial,
        target=asking.goal,
        start=asking.start,
        replications=asking.replications,
        seed=asking.seed,
        engine=asking.engine,
        effort_factor=asking.effort_factor,
    )
    return found.frame


@dataclass(frozen=True, eq=False)
class Ways:
    """Ways to work the list off, and what holds it then.

    Args:
        table: As `Recovery.frame`.
        values: `run_rate`, `run_rate_chance`, `hold_until`, `agency_on`, `agency_gbp` (a year; None
            where the pathway names no price), all as JSON values.
    """

    table: pl.DataFrame
    values: dict[str, Any]


def ways_table(question: Question, asked: Asked, end: date, spec: SimulationSpec) -> Ways:
    """Extra staff of an agency, or in permanent posts, that meet the target within some weeks."""
    lead = spec.settings.staff.agency_lead_weeks * WEEK
    starts = question.start + timedelta(days=lead)
    days = [question.start + timedelta(days=WEEK * weeks - 1) for weeks in WITHIN_WEEKS]
    days = [day for day in days if starts < day <= end] or [end]
    price = agency_price(question.pathway, question.resource)
    asking = replace(
        question.staffing(asked, HEAT_FUTURES),
        from_date=question.start,
        hiring_lag_days=(question.change_on - question.start).days,
    )
    found = ways_to_recover(
        asking,
        weeks=None,
        horizons=days,
        agency_lag_days=lead,
        agency_cost_per_year_gbp=price,
        most=max(ceil(question.staff_now), 10),
        hold_until=end,
    )
    chance = found.run_rate_chance
    return Ways(
        found.frame,
        {
            "run_rate": found.run_rate_fte,
            "run_rate_chance": None if chance is None else chance.share,
            "hold_until": found.hold_until.isoformat(),
            "agency_on": starts.isoformat(),
            "agency_gbp": price,
        },
    )


def agency_price(pathway: Pathway, resource: str) -> float | None:
    """What an agency's staff cost for a year: the price that a scenario of the file gives them."""
    prices = [
        change.cost_per_year_gbp
        for scenario in pathway.scenarios
        for change in scenario.resources.get(resource, ())
        if change.cost_per_year_gbp is not None
    ]
    return prices[0] if prices else None
