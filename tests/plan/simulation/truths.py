"""Simulated services whose effort, spread and leaving are known, with the counts they give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from forethought.plan.simulation.cohort import draw, run_cohort
from forethought.plan.simulation.demand import Demand, plan_arrivals
from forethought.plan.simulation.initial import checked_initial, start_of
from forethought.plan.simulation.model import Calendar, lower
from forethought.plan.simulation.pathway import (
    Arrivals,
    Availability,
    CareClass,
    Distribution,
    Pathway,
    Reneging,
    Resource,
    Route,
    Stage,
)

FIRST = date(2025, 1, 6)


@dataclass(frozen=True)
class Truth:
    """One service.

    Args:
        pathway: The pathway as it is.
        counts: The weekly counts that it would give.
        effort_hours: True mean effort.
        cv: True spread.
        leaving_per_day: True hazard.
    """

    pathway: Pathway
    counts: pl.DataFrame
    effort_hours: float
    cv: float
    leaving_per_day: float


def truth(number: int, *, weeks: int = 78) -> Truth:
    """Service number so-and-so, drawn from what councils' teams look like."""
    rng = np.random.default_rng(10_000 + number)
    fte = round(float(rng.uniform(10, 60)), 1)
    effort, cv = float(rng.uniform(4, 20)), float(rng.uniform(0.3, 1.2))
    leaving = float(rng.choice([0.0, rng.uniform(0.0005, 0.003)]))
    away = Availability(0.12, sickness_mean=0.05, sickness_sd=float(rng.uniform(0.0, 0.03)))
    pathway = service(fte, effort, cv, leaving, away)
    capacity = fte * 37 * 0.65 * 0.88 * 0.95 / effort
    per_week = capacity * float(rng.uniform(0.97, 1.08))
    waiting = int(capacity * rng.uniform(4, 12))
    counts = recorded(pathway, per_week, waiting, weeks=weeks, seed=number)
    return Truth(pathway, counts, effort, cv, leaving)


def service(fte: float, effort: float, cv: float, leaving: float, away: Availability) -> Pathway:
    """One team with one stage."""
    return Pathway(
        "service",
        (CareClass("person"),),
        (Resource("team", capacity=fte, direct_share=0.65, available=away),),
        (
            Stage(
                "assessment", "work", {"person": (Route("end", 1.0),)}, resources=("team",),
                arrivals=(Arrivals("new", {"person": 1.0}, dispersion=1.3),),
                effort={"person": Distribution("gamma", effort, cv)},
                reneging={"person": Reneging((0,), (leaving,))} if leaving else {},
            ),
        ),
    )  # fmt: skip


def recorded(
    pathway: Pathway, per_week: float, waiting: int, *, weeks: int, seed: int
) -> pl.DataFrame:
    """Weekly counts of one simulated future, by the general loop of the cohort engine."""
    calendar = Calendar(FIRST, 7 * weeks, "1w")
    last = FIRST + timedelta(days=7 * weeks)
    demand = Demand.constant({"new": per_week / 7}, start=FIRST, end=last)
    plan = plan_arrivals(pathway, demand, calendar)
    initial = pl.DataFrame(
        {
            "stage": ["assessment"],
            "work_class": ["person"],
            "waiting_days": [0],
            "cases": [waiting],
        }
    )
    start = start_of(pathway, checked_initial(pathway, initial))
    came = draw(plan, calendar.days, seed=seed, replications=1)
    record = run_cohort(
        lower(pathway, calendar), plan, start, seed=seed, replications=1, arrivals=came, workers=1
    )
    return pl.DataFrame(
        {
            "stage": ["assessment"] * weeks,
            "ds": calendar.period_ends(),
            "incoming": record.incoming[0, :, 0],
            "closed": record.closed[0, :, 0],
            "waiting": record.waiting[0, :, 0],
        }
    )
