"""Pathways that the tests of planning answers share."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from forethought.plan.simulation.demand import Demand
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

START = date(2026, 4, 6)
BY = date(2026, 10, 4)
TARGET = "waiting <= 60 by 2026-10-04 at assessment"


def one_stage(
    fte: float = 66.0,
    *,
    cv: float = 0.7,
    leave: float = 0.0,
    sickness: Availability | None = None,
    cost: float = 58_000.0,
) -> Pathway:
    """One stage, 1.2 completions a week for each FTE."""
    away = Availability() if sickness is None else sickness
    effort = Distribution("gamma", 37 * 0.8 / 1.2, cv) if cv else Distribution("fixed", 24.5)
    return Pathway(
        "one_stage",
        (CareClass("person"),),
        (
            Resource(
                "team", capacity=fte, hours_per_week=37, direct_share=0.8, available=away,
                cost_per_year_gbp=cost,
            ),
        ),
        (
            Stage(
                "assessment", "work", {"person": (Route("end", 1.0),)}, resources=("team",),
                arrivals=(Arrivals("new", {"person": 1.0}),), effort={"person": effort},
                reneging={"person": Reneging((0,), (leave,))} if leave else {},
            ),
        ),
    )  # fmt: skip


def two_stages(fte: float = 30.0) -> Pathway:
    """Assessment, then a plan, by the same team: no slim path."""
    classes = (CareClass("urgent", 1), CareClass("standard", 2))
    every = {"urgent", "standard"}
    return Pathway(
        "two_stages",
        classes,
        (Resource("team", capacity=fte, direct_share=0.8),),
        (
            Stage(
                "assessment", "work",
                {name: (Route("planning", 0.7), Route("end", 0.3)) for name in every},
                resources=("team",), discipline="priority",
                arrivals=(Arrivals("new", {"urgent": 0.2, "standard": 0.8}),),
                effort={name: Distribution("gamma", 10.0, 0.7) for name in every},
            ),
            Stage(
                "planning", "work", {name: (Route("end", 1.0),) for name in every},
                resources=("team",),
                effort={name: Distribution("gamma", 5.0, 0.7) for name in every},
            ),
        ),
    )  # fmt: skip


def uncertain_demand(per_week: float = 60.0, spread: float = 0.05, paths: int = 200) -> Demand:
    """Monthly demand whose level is not known for sure, to March 2027."""
    levels = 1 + spread * np.random.default_rng(0).standard_normal(paths)
    months = [date(2026, n, 1) for n in range(4, 13)] + [date(2027, n, 1) for n in range(1, 4)]
    rows = [
        ("new", month, path, per_week / 7 * 30.4 * level)
        for path, level in enumerate(levels)
        for month in months
    ]
    frame = pl.DataFrame(rows, schema=["flow", "ds", "path", "y"], orient="row")
    return Demand(frame, kind="rates")


def waiting_list(cases: int = 600, work_class: str = "person") -> pl.DataFrame:
    """Cases that wait, evenly over 60 days."""
    rows = [("assessment", work_class, day, cases // 60) for day in range(60)]
    return pl.DataFrame(rows, schema=["stage", "work_class", "waiting_days", "cases"], orient="row")
