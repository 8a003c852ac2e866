"""The engine by day and the engine by case tell the same of a pathway that both can follow."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.plan.simulation.event_models import FIRST, queueing, work

from forethought.plan.simulation.cohort import draw, run_cohort
from forethought.plan.simulation.demand import demand_of, plan_arrivals
from forethought.plan.simulation.event import DailyArrivals, run_event
from forethought.plan.simulation.kernels.arrivals import ArrivalPlan
from forethought.plan.simulation.model import Calendar, Model, Record, Start, lower
from forethought.plan.simulation.pathway import (
    Arrivals,
    CareClass,
    Distribution,
    Reneging,
    Resource,
    Route,
    Target,
)

REPLICATIONS, DAYS = 200, 140
NAMES = ("urgent", "other")


def setting() -> tuple[Model, ArrivalPlan, Start]:
    """Two stages, two classes by priority, a list to start from, people who leave it."""
    both: dict[str, Any] = {
        "classes": NAMES,
        "discipline": "priority",
        "target": dict.fromkeys(NAMES, Target(28, until="started")),
    }
    stages = (
        work(
            "assess",
            Distribution("lognormal", 6.0, 0.7),
            to=(Route("plan", 0.6), Route("end", 0.4)),
            delay=dict.fromkeys(NAMES, Distribution("gamma", 9.0, 1.0)),
            reneging={"other": Reneging((0, 21), (0.002, 0.01))},
            arrivals=(Arrivals("people", {"urgent": 0.3, "other": 0.7}, per_year=2800.0),),
            **both,
        ),
        work("plan", Distribution("gamma", 3.0, 0.6), pool="planners", **both),
    )
    pools = (Resource("staff", capacity=9.0), Resource("planners", capacity=4.0))
    classes = (CareClass("urgent", 1), CareClass("other", 2))
    pathway = replace(queueing(*stages, classes=classes), resources=pools, continuous=False)
    calendar = Calendar(FIRST, DAYS, "1w")
    demand = demand_of(pathway, None, start=FIRST, end=calendar.dates()[-1])
    start = Start(
        waiting=np.array([[1, days, 4] for days in range(30, 0, -1)]),
        working=np.array([[1, 5, 12]]),
    )
    return lower(pathway, calendar), plan_arrivals(pathway, demand, calendar), start


@pytest.fixture(scope="module")
def runs() -> tuple[Record, Record]:
    model, plan, start = setting()
    counts = draw(plan, DAYS, seed=1, replications=REPLICATIONS)
    by_case = run_event(
        model,
        DailyArrivals(counts=counts, queue=plan.queue),
        start,
        seed=1,
        replications=REPLICATIONS,
    )
    by_day = run_cohort(model, plan, start, seed=1, replications=REPLICATIONS, arrivals=counts)
    return by_day, by_case


def test_backlogs_differ_by_the_cases_on_desks_only(runs: tuple[Record, Record]) -> None:
    """By day nobody is at a desk overnight; by case as many as there are staff, on busy days."""
    present = [each.waiting.astype(float) + each.working for each in runs]
    by_stage = [each.reshape(*each.shape[:2], 2, 2).sum(axis=3) for each in present]
    day, case = (each.mean(axis=0) for each in by_stage)
    spreads = [each.std(axis=0, ddof=1) for each in by_stage]
    error = np.hypot(*spreads) / math.sqrt(REPLICATIONS)
    assert np.all(case - day > -4 * error)
    assert np.all(case - day < np.array([9.0, 4.0]) + 4 * error)
    assert spreads[0][-1] == pytest.approx(spreads[1][-1], rel=0.25)


def test_closed_work_and_those_who_leave_are_the_same(runs: tuple[Record, Record]) -> None:
    """Those on desks do not leave the list: a fifteenth of it here."""
    for name, near in (("closed", 0.03), ("on_time", 0.03), ("left", 0.15)):
        day, case = (getattr(each, name).sum(axis=1).mean(axis=0) for each in runs)
        assert day == pytest.approx(case, rel=near, abs=3.0), name


def test_waits_are_the_same(runs: tuple[Record, Record]) -> None:
    day, case = (each.waited_days.sum(axis=(0, 1)) / each.started.sum(axis=(0, 1)) for each in runs)
    assert day == pytest.approx(case, rel=0.05, abs=0.6)
