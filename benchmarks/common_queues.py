"""Networks of queues for the simulation benchmarks, as ours and as the peers write them.

A network: stages with servers and a mean effort (exponential), arrivals from outside (Poisson), and
shares of those who go on to each stage. Classes, where there are several, share one stage and are
served by priority. What is timed is one run of each; cases a CPU second are compared.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from forethought.plan.simulation.event import EventRun, PoissonArrivals, observe_event
from forethought.plan.simulation.model import Calendar, lower
from forethought.plan.simulation.pathway import (
    END,
    CareClass,
    Distribution,
    Pathway,
    Resource,
    Route,
    Stage,
)

PACKAGES = ("forethought", "numba", "numpy", "simpy", "ciw", "cimba")


@dataclass(frozen=True)
class Network:
    """A network of M/M/c queues.

    Args:
        servers: (S) servers of each stage.
        effort: (S) mean effort.
        rate: (S, or C for classes) arrivals from outside in a unit of time.
        to: (S, S) shares of those who go on.
        classes: Priority classes of the one stage.
    """

    servers: tuple[int, ...]
    effort: tuple[float, ...]
    rate: tuple[float, ...]
    to: tuple[tuple[float, ...], ...]
    classes: int = 1


def ours(network: Network, days: int, replications: int, *, seed: int, warmup: int = 0) -> EventRun:
    """Our event engine, one thread."""
    names = [f"class {n}" for n in range(network.classes)]
    stages = []
    for place, (mean, shares) in enumerate(zip(network.effort, network.to, strict=True)):
        ways = [Route(f"stage {n}", share) for n, share in enumerate(shares) if share > 0]
        ways.append(Route(END, 1.0 - sum(shares)))
        stage = Stage(
            f"stage {place}",
            "work",
            dict.fromkeys(names, tuple(ways)),
            (f"pool {place}",),
            effort=dict.fromkeys(names, Distribution("exponential", mean, 1.0)),
            discipline="fifo" if network.classes == 1 else "priority",
        )
        stages.append(stage)
    pathway = Pathway(
        name="network",
        classes=tuple(CareClass(name, n + 1) for n, name in enumerate(names)),
        resources=tuple(
            Resource(f"pool {n}", capacity=float(many)) for n, many in enumerate(network.servers)
        ),
        stages=tuple(stages),
        continuous=True,
    )
    model = lower(pathway, Calendar(date(2000, 1, 1), days, "1mo"))
    streams = PoissonArrivals(rate=np.array(network.rate), queue=np.arange(len(network.rate)))
    return observe_event(
        model, streams, seed=seed, replications=replications, warmup=warmup, workers=1
    )


def with_simpy(network: Network, cases: int, *, seed: int) -> tuple[int, float]:
    """SimPy, a process a case; visits and mean wait of those who started."""
    import simpy

    draw = random.Random(seed)  # noqa: S311  a simulation
    env = simpy.Environment()
    pool = simpy.PriorityResource if network.classes > 1 else simpy.Resource
    desks = [pool(env, capacity=many) for many in network.servers]
    waits: list[float] = []

    def case(stage: int, priority: int) -> Any:
        while stage >= 0:
            came = env.now
            asked = (
                desks[stage].request(priority) if network.classes > 1 else desks[stage].request()
            )  # type: ignore[call-arg]
            with asked as turn:
                yield turn
                waits.append(env.now - came)
                yield env.timeout(draw.expovariate(1.0 / network.effort[stage]))
            chance, on = draw.random(), -1
            for way, share in enumerate(network.to[stage]):
                if chance < share:
                    on = way
                    break
                chance -= share
            stage = on

    def source(stage: int, priority: int, rate: float, many: int) -> Any:
        for _ in range(many):
            yield env.timeout(draw.expovariate(rate))
            env.process(case(stage, priority))

    total = sum(network.rate)
    for place, rate in enumerate(network.rate):
        if rate > 0:
            stage, priority = (0, place) if network.classes > 1 else (place, 0)
            env.process(source(stage, priority, rate, round(cases * rate / total)))
    env.run(until=cases / total)
    return len(waits), statistics.fmean(waits)


def with_ciw(network: Network, cases: int, *, seed: int) -> tuple[int, float]:
    """Ciw; visits and mean wait of those who finished."""
    import ciw

    names = [f"class {n}" for n in range(network.classes)]
    stages = range(len(network.servers))

    def by_class(value: Callable[[int], Any]) -> Any:
        return {name: value(n) for n, name in enumerate(names)}

    def arrive(n: int) -> list[Any]:
        rates = [network.rate[n]] if network.classes > 1 else network.rate
        return [ciw.dists.Exponential(rate) if rate > 0 else None for rate in rates]

    efforts = [ciw.dists.Exponential(1.0 / network.effort[place]) for place in stages]
    parts: dict[str, Any] = {
        "arrival_distributions": by_class(arrive),
        "service_distributions": by_class(lambda _: efforts),
        "routing": by_class(lambda _: [list(row) for row in network.to]),
        "number_of_servers": list(network.servers),
    }
    if network.classes > 1:
        parts["priority_classes"] = by_class(lambda n: n)
    ciw.seed(seed)
    simulation = ciw.Simulation(ciw.create_network(**parts))
    simulation.simulate_until_max_time(cases / sum(network.rate))
    records = simulation.get_all_records()
    return len(records), statistics.fmean(each.waiting_time for each in records)


def timed_runs(run: Callable[[int], tuple[int, float]], repeats: int) -> dict[str, Any]:
    """CPU seconds and visits of repeats with seeds of their own; medians."""
    cpu, wall, rates, waits = [], [], [], []
    for seed in range(1001, 1001 + repeats):
        started, used = time.perf_counter(), time.process_time()
        visits, wait = run(seed)
        used = time.process_time() - used
        cpu.append(used)
        wall.append(time.perf_counter() - started)
        rates.append(visits / used)
        waits.append(wait)
    return {
        "visits_per_cpu_s": round(statistics.median(rates)),
        "cpu_s": round(statistics.median(cpu), 3),
        "wall_s": round(statistics.median(wall), 3),
        "visits": visits,
        "mean_wait": round(statistics.fmean(waits), 4),
        "repeats": repeats,
    }


def our_runs(network: Network, days: int, replications: int, repeats: int) -> dict[str, Any]:
    """`timed_runs` of ours, compiled before."""

    def run(seed: int) -> tuple[int, float]:
        exact = ours(network, days, replications, seed=seed).exact
        return int(exact.started.sum()), float(exact.waited.sum() / exact.started.sum())

    return timed_runs(run, repeats)


def first_call(network: Network) -> float:
    """Wall seconds of a first small run: loading compiled code, or compiling it."""
    began = time.perf_counter()
    ours(network, 31, 1, seed=1)
    return round(time.perf_counter() - began, 2)


def agreement(
    network: Network, theory: list[float], days: int, replications: int, warmup: int
) -> dict[str, Any]:
    """Mean waits of stages (or classes) against theory, long enough to tell.

    Raises:
        SystemExit: One is more than 4 standard errors off, or its error is over 1% of theory.
    """
    exact = ours(network, days, replications, seed=7, warmup=warmup).exact
    waits = exact.mean_wait()
    rows = []
    for place, expected in enumerate(theory):
        error = waits[:, place].std(ddof=1) / replications**0.5
        z = (waits[:, place].mean() - expected) / error
        rows.append({"theory": expected, "ours": float(waits[:, place].mean()), "z": float(z)})
        if abs(z) > 4 or error > 0.01 * expected:
            raise SystemExit(f"queue {place}: {rows[-1]}, standard error {error}")
    return {"customers": int(exact.started.sum()), "waits": rows}


def ratios(mine: dict[str, Any], peers: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Visits a CPU second of ours over each peer's."""
    own = mine["visits_per_cpu_s"]
    return {name: round(own / peer["visits_per_cpu_s"], 1) for name, peer in peers.items()}
