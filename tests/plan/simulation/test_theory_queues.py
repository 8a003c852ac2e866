"""The event engine against queueing theory.

Fixed seeds; a figure may miss theory by 4 standard errors, and these are narrow enough to fail:
under 1% of theory.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.plan.simulation.event_models import (
    erlang_a,
    erlang_b,
    erlang_c,
    exponential,
    lowered,
    queueing,
    work,
)

from forethought.plan.simulation.event import (
    DailyArrivals,
    EventRun,
    PoissonArrivals,
    observe_event,
)
from forethought.plan.simulation.model import Model
from forethought.plan.simulation.pathway import (
    END,
    CareClass,
    Distribution,
    Reneging,
    Route,
    Stage,
)

DAYS, WARMUP = 1000, 50


def run(model: Model, rates: list[float], replications: int = 12, *, seed: int = 11) -> EventRun:
    streams = PoissonArrivals(rate=np.array(rates), queue=np.arange(len(rates)))
    return observe_event(model, streams, seed=seed, replications=replications, warmup=WARMUP)


def agrees(found: NDArray[np.float64], expected: float, narrow: float = 0.01) -> None:
    """The mean of replications lies within 4 standard errors of theory, and they are narrow."""
    error = float(np.std(found, ddof=1)) / math.sqrt(found.size)
    assert error < narrow * expected, f"standard error {error} of {expected}"
    assert abs(float(found.mean()) - expected) < 4 * error, f"{found.mean()}, theory {expected}"


def test_cases_wait_as_erlang_c_says() -> None:
    model = lowered(queueing(work(effort=exponential(0.01)), servers=5), DAYS)
    found = run(model, [400.0])
    agrees(found.exact.mean_wait()[:, 0], erlang_c(5, 4.0) * 0.01 / (5 - 4.0))


def test_cases_that_do_not_wait_at_all_are_lost_as_erlang_b_says() -> None:
    """Patience of zero: who meets no free server leaves at once."""
    stage = work(effort=exponential(0.01), reneging={"all": Reneging((0,), (math.inf,))})
    found = run(lowered(queueing(stage, servers=8), DAYS), [600.0], 6)
    lost = found.record.left.sum(axis=(1, 2)) / found.record.incoming.sum(axis=(1, 2))
    agrees(lost, erlang_b(8, 6.0))


def test_impatient_cases_leave_as_erlang_a_says() -> None:
    stage = work(effort=exponential(0.01), reneging={"all": Reneging((0,), (50.0,))})
    found = run(lowered(queueing(stage, servers=5), DAYS), [550.0], 6)
    share, waiting = erlang_a(5, 550.0, 100.0, 50.0)
    lost = found.record.left.sum(axis=(1, 2)) / found.record.incoming.sum(axis=(1, 2))
    agrees(lost, share)
    agrees(found.exact.waiting_area[:, 0] / found.exact.days, waiting)


def test_uneven_effort_makes_waits_longer_as_pollaczek_and_khinchine_say() -> None:
    stage = work(effort=Distribution("lognormal", 0.01, 1.5))
    found = run(lowered(queueing(stage), DAYS), [60.0], 80)
    expected = 0.6 * 0.01 * (1 + 1.5**2) / 2 / (1 - 0.6)
    agrees(found.exact.mean_wait()[:, 0], expected)


def test_priorities_share_the_wait_as_cobham_says() -> None:
    names = ("first", "second", "third")
    classes = tuple(CareClass(name, n + 1) for n, name in enumerate(names))
    stage = work(effort=exponential(0.01), classes=names, discipline="priority")
    found = run(lowered(queueing(stage, servers=5, classes=classes), DAYS), [100.0, 150.0, 150.0])
    loads = np.cumsum([0.0, 1.0, 1.5, 1.5]) / 5
    ahead = erlang_c(5, 4.0) * 0.01 / 5
    for place in range(3):
        expected = ahead / (1 - loads[place]) / (1 - loads[place + 1])
        agrees(found.exact.mean_wait()[:, place], expected)


NETWORK = {  # servers, effort, routes
    "contact": (6, 0.010, (("assess", 0.6), (END, 0.4))),
    "assess": (5, 0.015, (("plan", 0.7), ("contact", 0.1), (END, 0.2))),
    "plan": (4, 0.015, (("service", 0.9), ("assess", 0.1))),
    "service": (3, 0.012, (("review", 0.8), (END, 0.2))),
    "review": (3, 0.012, (("plan", 0.2), (END, 0.8))),
}
OUTSIDE = [350.0, 0.0, 0.0, 0.0, 0.0]


def jackson() -> tuple[Model, list[float]]:
    """A network with feedback; mean waits by theory."""
    stages = [
        work(name, exponential(mean), to=tuple(Route(*way) for way in ways), pool=name)
        for name, (_, mean, ways) in NETWORK.items()
    ]
    servers = {name: float(many) for name, (many, _, _) in NETWORK.items()}
    names = list(NETWORK)
    to = np.zeros((5, 5))
    for name, (_, _, ways) in NETWORK.items():
        for way, share in ways:
            if way != END:
                to[names.index(name), names.index(way)] = share
    through = np.linalg.solve(np.eye(5) - to.T, np.array(OUTSIDE))
    waits = []
    for rate, (many, mean, _) in zip(through, NETWORK.values(), strict=True):
        load = rate * mean
        assert load < many
        waits.append(erlang_c(many, load) * mean / (many - load))
    return lowered(queueing(*stages, servers=servers), DAYS), waits


def test_each_stage_of_a_network_with_feedback_waits_as_jackson_says() -> None:
    model, waits = jackson()
    found = run(model, OUTSIDE[:1], 16)
    for place, expected in enumerate(waits):
        agrees(found.exact.mean_wait()[:, place], expected, 0.011)


def test_the_number_waiting_is_the_rate_times_the_wait_at_each_stage() -> None:
    """Little's law; cases that are there at the edges of the window make the difference."""
    model, _ = jackson()
    exact = run(model, OUTSIDE[:1], 2).exact
    assert exact.waiting_area == pytest.approx(exact.waited, rel=1e-3)
    service = np.array([mean for _, mean, _ in NETWORK.values()])
    in_stage = exact.waited + exact.started * service
    assert exact.stage_area == pytest.approx(in_stage, rel=1e-2)


def test_the_offered_load_follows_changing_arrivals() -> None:
    """M_t/G/infinity: cases present are Poisson with mean ∫ rate(t - u) P(length > u) du."""
    days, mean, cv = 60, 6.0, 0.5
    rate = 20.0 + 12.0 * np.sin(2 * math.pi * np.arange(days) / 14)
    stage = Stage(
        "held",
        "delay",
        {"all": (Route(END, 1.0),)},
        length={"all": Distribution("uniform", mean, cv)},
    )
    model = lowered(queueing(stage), days, "1d")
    counts = np.random.default_rng(5).poisson(rate[:, None], (2000, days, 1)).astype(np.int32)
    arrivals = DailyArrivals(counts=counts, queue=np.array([0]))
    found = observe_event(model, arrivals, seed=2, replications=2000)
    half = mean * cv * math.sqrt(3.0)
    ages = (np.arange(days * 200) + 0.5) / 200
    stays = np.clip((mean + half - ages) / (2 * half), 0.0, 1.0)
    by_day = stays.reshape(days, 200).mean(axis=1)
    expected = np.array([np.dot(rate[: t + 1][::-1], by_day[: t + 1]) for t in range(days)])
    present = found.record.working[:, :, 0]
    errors = (present.mean(axis=0) - expected) / np.sqrt(expected / 2000)
    assert np.abs(errors).max() < 4.5
    assert np.abs(present.var(axis=0) / expected - 1).max() < 4.5 * math.sqrt(2 / 2000)
