"""Rules of the event engine, case by case, on traces that can be checked by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.plan.simulation.event_models import FIRST, lowered, queueing, work

from forethought.plan.simulation.event import DailyArrivals, EventRun, Trace, observe_event
from forethought.plan.simulation.model import Model, Start
from forethought.plan.simulation.pathway import (
    END,
    Availability,
    CareClass,
    Change,
    Distribution,
    Escalation,
    Pathway,
    Reneging,
    Resource,
    Route,
    Schedule,
    Stage,
    Target,
)

TWO = (CareClass("urgent", 1), CareClass("other", 2))
NAMES = ("urgent", "other")


def fixed(value: float) -> Distribution:
    return Distribution("fixed", value)


def follow(model: Model, times: list[float], queue: list[int] | None = None) -> EventRun:
    trace = Trace(
        times=np.array(times),
        queue=np.array(queue or [0] * len(times), dtype=np.int64),
    )
    return observe_event(model, trace, seed=1, replications=1, visits=True)


def starts(run: EventRun, queue: int | None = None) -> list[float]:
    """When the work of each case started, in the order of their arrival."""
    seen = run.visits[0]
    if queue is not None:
        seen = seen[seen[:, 1] == queue]
    return [round(float(value), 9) for value in seen[np.argsort(seen[:, 0]), 3]]


def test_first_come_is_first_served() -> None:
    model = lowered(queueing(work(effort=fixed(1.0))), 10)
    assert starts(follow(model, [0.5, 0.6, 0.7, 5.0])) == [0.5, 1.5, 2.5, 5.0]


def test_urgent_classes_go_before_those_who_wait_longer() -> None:
    stage = work(effort=fixed(1.0), classes=NAMES, discipline="priority")
    run = follow(lowered(queueing(stage, classes=TWO), 10), [0.0, 0.1, 0.2], [1, 1, 0])
    assert starts(run) == [0.0, 2.0, 1.0]


def test_the_case_nearest_its_due_date_goes_first() -> None:
    stage = work(
        effort=fixed(1.0),
        classes=NAMES,
        discipline="due_date",
        target={"urgent": Target(2), "other": Target(9)},
    )
    run = follow(lowered(queueing(stage, classes=TWO), 10), [0.0, 0.1, 0.2], [1, 1, 0])
    assert starts(run) == [0.0, 2.0, 1.0]


def test_points_grow_with_waiting_days() -> None:
    """7 points and none a day against 1 point and 4 a day: overtaken after 1.5 days."""
    classes = (
        CareClass("urgent", points=7, points_per_day=0),
        CareClass("other", points=1, points_per_day=4),
    )
    stage = work(effort=fixed(1.0), classes=NAMES, discipline="score")
    model = lowered(queueing(stage, classes=classes), 10)
    assert starts(follow(model, [0.0, 0.1, 0.2], [0, 1, 0])) == [0.0, 2.0, 1.0]
    model = lowered(
        queueing(replace(stage, effort=dict.fromkeys(NAMES, fixed(2.0))), classes=classes), 10
    )
    assert starts(follow(model, [0.0, 0.1, 0.2], [0, 1, 0])) == [0.0, 2.0, 4.0]


def test_lower_precedence_of_a_stage_comes_before_priority() -> None:
    stages = (
        work("first", fixed(1.0), precedence=1),
        work("second", fixed(1.0), precedence=0),
    )
    run = follow(lowered(queueing(*stages), 10), [0.0, 0.1, 0.2], [0, 0, 1])
    assert starts(run) == [0.0, 2.0, 1.0]


def test_longest_wait_counts_from_the_entry_into_the_pathway() -> None:
    stages = (
        work("gate", fixed(1.0), to=(Route("desk", 1.0),), pool="gate"),
        work("desk", fixed(2.0), pool="desk", discipline="longest_wait"),
    )
    model = lowered(queueing(*stages, servers={"gate": 1, "desk": 1}), 10)
    run = follow(model, [0.0, 0.5, 0.6], [0, 1, 1])
    assert starts(run, 1) == [2.5, 0.5, 4.5]


def test_a_fallback_pool_takes_longer() -> None:
    stage = work(effort=fixed(1.0), resources=("best", "other"), fallback_penalty=0.5)
    run = follow(lowered(queueing(stage, servers={"best": 1, "other": 1}), 10), [0.1, 0.2, 0.3])
    seen = run.visits[0][np.argsort(run.visits[0][:, 0])]
    assert seen[:, 4] == pytest.approx([1.1, 1.7, 2.1])
    assert list(seen[:, 5]) == [0, 1, 0]


def test_a_caseload_is_full_until_the_delay_is_over() -> None:
    stage = work(effort=fixed(0.25), delay={"all": fixed(1.0)})
    pathway = queueing(stage)
    limited = replace(pathway, resources=(Resource("staff", capacity=1.0, caseload_limit=2),))
    assert starts(follow(lowered(limited, 10), [0.0, 0.0, 0.0])) == [0.0, 0.25, 1.25]
    assert starts(follow(lowered(pathway, 10), [0.0, 0.0, 0.0])) == [0.0, 0.25, 0.5]


def test_supply_is_held_and_given_back() -> None:
    stage = Stage(
        "home",
        "hold",
        dict.fromkeys(NAMES, (Route(END, 1.0),)),
        resources=("hours",),
        length=dict.fromkeys(NAMES, fixed(2.0)),
        units={"urgent": 2.0, "other": 1.0},
    )
    pathway = queueing(stage, classes=TWO)
    pathway = replace(pathway, resources=(Resource("hours", kind="supply", capacity=3),))
    run = follow(lowered(pathway, 10), [0.0, 0.5, 0.6], [0, 0, 1])
    assert starts(run) == [0.0, 2.0, 2.0]  # a small one does not overtake the one that waits
    assert run.record.hours_used.sum() == pytest.approx(2 * 2 + 2 * 2 + 2 * 1)
    assert run.record.hours_available.sum() == pytest.approx(30)


def test_a_provider_gives_units_back_by_its_hazard() -> None:
    """Of holds of 10 days at 0.1 a day, 1 - 1/e are handed back before they end."""
    stage = Stage(
        "home",
        "hold",
        {"all": (Route(END, 1.0),)},
        resources=("hours",),
        length={"all": fixed(10.0)},
    )
    pool = Resource("hours", kind="supply", capacity=10_000, handback_hazard_per_day=0.1)
    model = lowered(replace(queueing(stage), resources=(pool,)), 100)
    run = follow(model, list(np.linspace(0.0, 50.0, 400)))
    back, started = run.record.handed_back.sum(), run.record.started.sum()
    share = 1 - math.exp(-1)
    assert started == 400 + back
    assert abs(back / started - share) < 4 * math.sqrt(share * (1 - share) / started)


def test_a_held_case_makes_visits_until_it_leaves() -> None:
    hold = Stage(
        "service",
        "delay",
        {"all": (Route(END, 1.0),)},
        length={"all": fixed(30.0)},
        schedule={"all": (Schedule("review", 5, 10), Schedule("call", 1))},
    )
    stages = (hold, work("review", fixed(0.1)), work("call", fixed(0.1)))
    run = follow(lowered(queueing(*stages, servers=9), 90), [2.0, 3.0])
    assert list(run.record.incoming[0].sum(axis=0)) == [2, 6, 2]
    assert sorted(starts(run, 2)) == [3.0, 4.0]
    assert sorted(starts(run, 1)) == [7.0, 8.0, 17.0, 18.0, 27.0, 28.0]


def test_a_class_that_escalates_keeps_its_waiting_days() -> None:
    classes = (
        CareClass("urgent", 1),
        CareClass("other", 2, escalate=Escalation("urgent", math.inf, 3)),
    )
    stage = work(effort=fixed(4.0), classes=NAMES, discipline="priority")
    run = follow(lowered(queueing(stage, classes=classes), 30), [0.0, 0.5, 0.6], [0, 1, 0])
    assert starts(run) == [0.0, 4.0, 8.0]  # at 3.5 it is urgent, and has waited longer
    assert run.record.moved_out[0].sum(axis=0).tolist() == [0, 1]
    assert run.record.waited_days.sum() == pytest.approx(3.5 + 7.4)


def test_a_class_that_comes_back_draws_its_patience_anew() -> None:
    """Two classes that turn into each other at 0.2 and 0.05 a day: 0.2 of them are the first."""
    classes = (
        CareClass("urgent", 1, escalate=Escalation("other", 0.2, 0)),
        CareClass("other", 2, escalate=Escalation("urgent", 0.05, 0)),
    )
    model = lowered(queueing(work(classes=NAMES), classes=classes, servers=0), 90, "1d")
    start = Start(waiting=np.array([[0, 0, 4000]]), working=np.zeros((0, 3), dtype=np.int64))
    nobody = Trace(times=np.zeros(0), queue=np.zeros(0, dtype=np.int64))
    record = observe_event(model, nobody, start, seed=1, replications=1).record
    for day in (4, 9, 89):
        share = 0.2 + 0.8 * math.exp(-0.25 * (day + 1))
        error = math.sqrt(share * (1.0 - share) / 4000)
        assert abs(record.waiting[0, day, 0] / 4000 - share) < 4 * error


def test_patience_ends_by_bands_of_waiting_days() -> None:
    stage = work(effort=fixed(9.0), reneging={"all": Reneging((0, 2), (0.0, math.inf))})
    run = follow(lowered(queueing(stage), 30), [0.0, 0.5, 8.0])
    assert run.record.left.sum() == 1
    gone = run.visits[0][np.isnan(run.visits[0][:, 3])]
    assert gone[0, 4] == pytest.approx(2.5)


def test_staff_work_in_their_hours_only() -> None:
    """7.4 hours a weekday: of 10 hours from Friday noon, 6.3 are left for Monday."""
    pool = Resource("staff", capacity=1.0, hours_per_week=37.0, closed_on_holidays=False)
    pathway = replace(queueing(work(effort=fixed(10.0))), resources=(pool,), continuous=False)
    run = follow(lowered(pathway, 21), [0.0, 4.5, 12.5])
    seen = run.visits[0]
    assert seen[0, 4] == pytest.approx(1 + 2.6 / 7.4)
    assert seen[1, 4] == pytest.approx(7 + (10.0 - 3.7) / 7.4)
    assert seen[2, 3] == 14.0  # Saturday's case starts on Monday
    assert run.record.waited_days.sum() == 2
    assert run.record.hours_used.sum() == pytest.approx(30.0)
    assert run.record.hours_available.sum() == pytest.approx(3 * 37.0)


def test_part_time_staff_share_the_hours() -> None:
    """1.5 FTE are two servers at three quarters of the pace."""
    pool = Resource("staff", capacity=1.5, hours_per_week=40.0, closed_on_holidays=False)
    pathway = replace(queueing(work(effort=fixed(6.0))), resources=(pool,), continuous=False)
    run = follow(lowered(pathway, 7), [0.0, 0.0, 0.0])
    assert sorted(run.visits[0][:, 4]) == pytest.approx([1.0, 1.0, 2.0])


def test_staff_who_leave_finish_their_case_first() -> None:
    change = Change(add=-1.0, starts_on=FIRST.replace(day=3))
    pool = Resource("staff", capacity=2.0, changes=(change,))
    pathway = replace(queueing(work(effort=fixed(3.0))), resources=(pool,))
    assert starts(follow(lowered(pathway, 30), [0.0, 0.5, 0.6, 0.7])) == [0.0, 0.5, 3.5, 6.5]


def test_a_reserve_is_used_while_its_class_has_work() -> None:
    stage = work(effort=fixed(1.0), classes=NAMES, discipline="priority", reserve={"other": 0.25})
    model = lowered(queueing(stage, classes=TWO), 100)
    run = follow(model, [0.0] * 200, [0, 1] * 100)
    assert run.record.started[0].sum(axis=0).tolist() == [75, 25]
    without = follow(
        lowered(queueing(replace(stage, reserve={}), classes=TWO), 100), [0.0] * 200, [0, 1] * 100
    )
    assert without.record.started[0].sum(axis=0).tolist() == [100, 0]


def test_a_route_may_change_the_class() -> None:
    stages = (
        work("one", fixed(0.5), classes=NAMES, to=(Route("two", 1.0, "urgent"),)),
        work("two", fixed(0.5), classes=NAMES),
    )
    run = follow(lowered(queueing(*stages, classes=TWO, servers=5), 10), [0.0, 1.0], [1, 1])
    assert run.record.closed[0].sum(axis=0).tolist() == [0, 2, 2, 0]


def test_targets_count_in_their_own_days() -> None:
    """Monday to Monday: 7 days, 5 working days."""
    pool = Resource("staff", capacity=1.0, hours_per_week=40.0, closed_on_holidays=False)
    for days, kept in (("calendar", 0), ("working", 1)):
        stage = work(effort=fixed(40.0), target={"all": Target(5, days=days, until="started")})  # type: ignore[arg-type]
        pathway = replace(queueing(stage), resources=(pool,), continuous=False)
        run = follow(lowered(pathway, 21), [7.0, 7.5])
        assert run.record.judged.sum() == 2
        assert run.record.on_time.sum() == 1 + kept


def test_a_run_starts_from_the_waiting_list_and_the_open_work() -> None:
    stages = (
        work("one", fixed(1.0), to=(Route("two", 1.0),)),
        Stage("two", "delay", {"all": (Route(END, 1.0),)}, length={"all": fixed(20.0)}),
    )
    start = Start(waiting=np.array([[0, 10, 1], [0, 4, 2]]), working=np.array([[1, 15, 3]]))
    nobody = Trace(times=np.zeros(0), queue=np.zeros(0, dtype=np.int64))
    run = observe_event(lowered(queueing(*stages), 30), nobody, start, seed=1, replications=1)
    assert run.record.waited_days.sum() == pytest.approx(10 + 5 + 6)
    assert run.record.closed[0].sum(axis=0).tolist() == [3, 6]
    assert run.record.working[0, -1].tolist() == [0, 0]


@pytest.mark.parametrize("family", ["exponential", "gamma", "lognormal", "weibull", "uniform"])
def test_what_is_left_is_drawn_given_how_long_it_has_lasted(family: str) -> None:
    from forethought.plan.simulation.kernels.event_start import residual
    from forethought.plan.simulation.kernels.random import FAMILIES, key_of
    from forethought.plan.simulation.model import shape_of

    mean, cv, past = 10.0, (1.0 if family == "exponential" else 0.5), 12.0
    shape = shape_of(Distribution(family, mean, cv))  # type: ignore[arg-type]
    known = frozen(family, mean, cv, shape)
    key = np.uint64(key_of(5, 0, 1, 2))
    drawn = [
        residual(FAMILIES.index(family), mean, cv, shape, past, key, np.uint64(n))
        for n in range(1500)
    ]
    chance = (known.cdf(past + np.array(drawn)) - known.cdf(past)) / known.sf(past)
    assert stats.kstest(chance, "uniform").pvalue > 0.001


def frozen(family: str, mean: float, cv: float, shape: float) -> Any:
    """The distribution as scipy has it."""
    if family == "exponential":
        return stats.expon(scale=mean)
    if family == "gamma":
        return stats.gamma(shape, scale=mean / shape)
    if family == "lognormal":
        return stats.lognorm(shape, scale=mean * math.exp(-shape * shape / 2))
    if family == "weibull":
        return stats.weibull_min(shape, scale=mean / math.gamma(1 + 1 / shape))
    return stats.uniform(mean * (1 - cv * 3**0.5), 2 * mean * cv * 3**0.5)


def test_incoming_cases_equal_those_who_left_or_are_there() -> None:
    """Everything at once; integers must add up in each period, queue and replication."""
    model, start = everything()
    counts = np.random.default_rng(1).poisson(1.2, (4, 120, 2)).astype(np.int32)
    arrivals = DailyArrivals(counts=counts, queue=np.array([0, 1]))
    run = observe_event(model, arrivals, start, seed=3, replications=4)
    record = run.record
    waiting = np.zeros(model.base.size, dtype=np.int64)
    working = waiting.copy()
    np.add.at(waiting, start.waiting[:, 0], start.waiting[:, 2])
    np.add.at(working, start.working[:, 0], start.working[:, 2])
    into = record.incoming + record.moved_in + record.handed_back
    out_of = record.started + record.left + record.moved_out
    assert np.array_equal(waiting + np.cumsum(into - out_of, axis=1), record.waiting)
    net = record.started - record.closed - record.handed_back
    assert np.array_equal(working + np.cumsum(net, axis=1), record.working)
    assert record.handed_back.sum() > 0
    assert record.moved_in.sum() == record.moved_out.sum() > 0
    assert record.left.sum() > 0
    assert record.wait_days.sum() == record.started.sum()
    assert np.all(record.on_time <= record.judged)


def everything() -> tuple[Model, Start]:
    """A pathway with all that there is, and a position to start from."""
    classes = (
        CareClass("urgent", 1),
        CareClass("other", 2, escalate=Escalation("urgent", 0.02, 7)),
    )

    def both(value: Any) -> dict[str, Any]:
        return dict.fromkeys(NAMES, value)

    absent = Availability(
        leave_share=0.1, sickness_mean=0.05, sickness_sd=0.02, sickness_winter=1.5
    )
    change = Change(2, FIRST.replace(month=2), FIRST.replace(month=3), 10)
    resources = (
        Resource("worker", capacity=3.5, available=absent, caseload_limit=6, changes=(change,)),
        Resource("therapist", capacity=1.2),
        Resource("home", kind="supply", capacity=40.5, handback_hazard_per_day=0.01),
    )
    stages = (
        Stage(
            "assess",
            "work",
            both((Route("plan", 0.7), Route(END, 0.3))),
            ("worker", "therapist"),
            0.2,
            discipline="priority",
            reserve={"other": 0.25},
            effort=both(Distribution("lognormal", 4, 0.7)),
            delay=both(Distribution("gamma", 5, 1.0)),
            target=both(Target(28, 0.9)),
            reneging=both(Reneging((0, 7), (0.001, 0.05))),
        ),
        Stage(
            "plan",
            "work",
            both((Route("care", 1.0),)),
            ("worker",),
            discipline="longest_wait",
            effort=both(Distribution("gamma", 3, 0.5)),
            target=both(Target(10, 0.9, days="working", until="started")),
            reneging=both(Reneging((0,), (0.02,))),
        ),
        Stage(
            "care",
            "hold",
            both((Route(END, 1.0),)),
            ("home",),
            length=both(Distribution("weibull", 60, 1.2)),
            units={"urgent": 2.0, "other": 1.0},
            schedule=both((Schedule("review", 14, 20, "other"),)),
            target=both(Target(7, until="started")),
        ),
        Stage(
            "review",
            "work",
            both((Route("pause", 0.5), Route(END, 0.5))),
            ("therapist", "worker"),
            precedence=1,
            effort=both(Distribution("uniform", 2, 0.3)),
        ),
        Stage("pause", "delay", both((Route(END, 1.0),)), length=both(Distribution("fixed", 3))),
    )
    pathway = Pathway("everything", classes, resources, stages)
    start = Start(
        waiting=np.array([[0, 20, 5], [0, 5, 5], [1, 40, 9], [4, 3, 2]]),
        working=np.array([[0, 3, 4], [4, 30, 10], [5, 5, 3], [9, 1, 3], [2, 1, 2]]),
    )
    return lowered(pathway, 120, "1w"), start
