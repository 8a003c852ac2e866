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
    Escalation,
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
    """Those on desks do not leave the list, and wait less: a tenth of those who leave here."""
    for name, near in (("closed", 0.03), ("on_time", 0.03), ("left", 0.15)):
        day, case = (getattr(each, name).sum(axis=1).mean(axis=0) for each in runs)
        assert day == pytest.approx(case, rel=near, abs=3.0), name


def test_as_many_leave_for_each_day_that_they_wait(runs: tuple[Record, Record]) -> None:
    """Fewer wait by case, as some are on desks; of those who wait the same share leaves a day."""
    rates = []
    for each in runs:
        left, waited = (part[:, :, 1].sum(axis=1) for part in (each.left, each.waiting_days))
        mean = left.sum() / waited.sum()
        spread = (left - mean * waited).std(ddof=1) / waited.mean()
        rates.append((mean, spread / math.sqrt(REPLICATIONS)))
    (day, day_error), (case, case_error) = rates
    assert max(day_error, case_error) < 0.02 * day
    assert abs(day - case) < 4 * math.hypot(day_error, case_error)


def test_leaving_and_escalation_mean_the_same_where_nobody_is_served() -> None:
    """By bands of waiting days, from a list and from arrivals: every week, both classes."""
    stage = work(
        "assess",
        classes=NAMES,
        reneging={"other": Reneging((0, 14, 42), (0.01, 0.03, 0.005))},
        arrivals=(Arrivals("people", {"urgent": 0.2, "other": 0.8}, per_year=4000.0),),
    )
    classes = (
        CareClass("urgent", 1),
        CareClass("other", 2, escalate=Escalation("urgent", 0.02, 10)),
    )
    pathway = replace(queueing(stage, classes=classes), continuous=False)
    pathway = replace(pathway, resources=(Resource("staff", capacity=0.0),))
    calendar = Calendar(FIRST, 70, "1w")
    demand = demand_of(pathway, None, start=FIRST, end=calendar.dates()[-1])
    plan, model = plan_arrivals(pathway, demand, calendar), lower(pathway, calendar)
    start = Start(np.array([[1, days, 5] for days in range(60, 0, -1)]), np.zeros((0, 3), int))
    counts = draw(plan, 70, seed=4, replications=REPLICATIONS)
    by_day = run_cohort(model, plan, start, seed=4, replications=REPLICATIONS, arrivals=counts)
    arrivals = DailyArrivals(counts=counts, queue=plan.queue)
    by_case = run_event(model, arrivals, start, seed=5, replications=REPLICATIONS)
    for name in ("left", "moved_out"):
        day, case = (getattr(each, name)[:, :, 1].astype(float) for each in (by_day, by_case))
        error = np.hypot(day.std(axis=0, ddof=1), case.std(axis=0, ddof=1))
        error /= math.sqrt(REPLICATIONS)
        assert np.abs((day - case).mean(axis=0) / error).max() < 4.0, name
        total = np.hypot(*(each.sum(axis=1).std(ddof=1) for each in (day, case)))
        assert total / math.sqrt(REPLICATIONS) < 0.01 * day.sum(axis=1).mean()


def test_waits_differ_by_the_time_on_a_desk_at_most(runs: tuple[Record, Record]) -> None:
    """By day work starts when there are hours for all of it: up to a case's own time later."""
    day, case = (each.waited_days.sum(axis=(0, 1)) / each.started.sum(axis=(0, 1)) for each in runs)
    model, _, _ = setting()
    on_desk = model.effort[:, 1] / (model.hours.sum(axis=1) / DAYS).repeat(len(NAMES))
    assert np.all(day - case > -0.25)
    assert np.all(day - case < on_desk + 0.25)
