"""The county's pathway, three years, 1,000 futures: CPU time of a future, beside SimPy and Python.

Ours draws demand, sickness, effort, delays, routes, leaving and escalation. "Plain Python" is the
same code without the compiler. SimPy is the nearest natural model (one process a case), not the
same time step, and has no sickness, no leaving and no reserve: a smaller job. Both take minutes for
three years, so they run the first 60 days, and CPU time is compared by completion.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from datetime import date, timedelta
from statistics import median

import numpy as np
from common import print_result, timed

from forethought.plan.simulation.cohort import run_cohort
from forethought.plan.simulation.demand import demand_of, plan_arrivals
from forethought.plan.simulation.kernels.arrivals import ArrivalPlan
from forethought.plan.simulation.model import Calendar, Model, Start, lower
from forethought.plan.simulation.pathway import (
    Arrivals,
    Availability,
    CareClass,
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

START, DAYS, PEER_DAYS = date(2026, 11, 24), 3 * 365, 60
PER_YEAR = 62_000
FTE = {"advisers": 47.0, "workers": 330.0, "reviewers": 96.0}
EFFORT = {"contact": 0.6, "assessment": 8.0, "plan": 5.0, "review": 4.0}
CLASSES = ("urgent", "standard", "review")


def pathway() -> Pathway:
    """Five stages, three classes, priorities, leaving, escalation, staff with a calendar."""
    classes = (
        CareClass("urgent", 1),
        CareClass("standard", 2, escalate=Escalation("urgent", 0.002, 28)),
        CareClass("review", 3),
    )

    def each(value: object) -> dict[str, object]:
        return dict.fromkeys(CLASSES, value)

    absence = Availability(
        0.14, sickness_mean=0.05, sickness_sd=0.02, sickness_winter=1.5, training_share=0.04
    )
    pools = tuple(
        Resource(name, capacity=fte, available=absence, direct_share=0.65)
        for name, fte in FTE.items()
    )
    end = Route("end", 1.0)
    stages = (
        Stage(
            "contact", "work", each((Route("assessment", 0.38), Route("end", 0.62))),
            ("advisers",), discipline="priority",
            arrivals=(Arrivals("contact", {"urgent": 0.2, "standard": 0.8}, PER_YEAR, 1.5),),
            effort=each(Distribution("gamma", EFFORT["contact"], 0.8)),
        ),
        Stage(
            "assessment", "work", each((Route("plan", 0.7), Route("end", 0.3))), ("workers",),
            discipline="priority", reserve={"standard": 0.25},
            effort=each(Distribution("lognormal", EFFORT["assessment"], 0.7)),
            delay=each(Distribution("gamma", 9.0, 1.0)), target=each(Target(28, 0.9)),
            reneging=each(Reneging((0,), (0.001,))),
        ),
        Stage(
            "plan", "work", each((Route("service", 1.0),)), ("workers",), discipline="priority",
            effort=each(Distribution("lognormal", EFFORT["plan"], 0.6)),
        ),
        Stage(
            "service", "delay", each((end,)),
            length=each(Distribution("weibull", 2.9 * 365, 1.26)),
            schedule=each((Schedule("review", 49, 365, becomes="review"),)),
        ),
        Stage(
            "review", "work", each((end,)), ("reviewers", "workers"), fallback_penalty=0.1,
            effort=each(Distribution("lognormal", EFFORT["review"], 0.6)),
        ),
    )  # fmt: skip
    return Pathway("county", classes, pools, stages)


def position() -> Start:
    """2,875 people waiting and 14,400 supported."""
    ages = range(115)
    waiting = [(q, age, 5) for q in (1, 3, 4, 7, 14) for age in reversed(ages)]
    held = [(9 + c, 30 * age, 60) for c in range(3) for age in range(80)]
    return Start(np.array(waiting, dtype=np.int64), np.array(held, dtype=np.int64))


def ours(replications: int) -> tuple[float, float]:
    """CPU seconds and completions of a future; one thread."""
    model, plan = arrays()
    run_cohort(model, plan, position(), seed=1, replications=1, workers=1)
    with timed() as cost:
        record = run_cohort(model, plan, position(), seed=2, replications=replications, workers=1)
    return cost.cpu_s / replications, float(record.closed.sum()) / replications


def arrays(days: int = DAYS) -> tuple[Model, ArrivalPlan]:
    """The pathway and its demand as arrays."""
    calendar = Calendar(START, days, "1w")
    last = START + timedelta(days=days + 31)
    demand = demand_of(pathway(), None, start=START, end=last)
    return lower(pathway(), calendar), plan_arrivals(pathway(), demand, calendar)


def plain_python() -> tuple[float, int]:
    """CPU seconds and completions with the compiler switched off, in a process of its own."""
    code = (
        "import time, sim_county as b; from forethought.plan.simulation.cohort import run_cohort;"
        "m, p = b.arrays(b.PEER_DAYS); t = time.process_time();"
        "r = run_cohort(m, p, b.position(), seed=2, replications=1, workers=1);"
        "print(time.process_time() - t, r.closed.sum())"
    )
    done = subprocess.run(  # noqa: S603  this file's own code
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True, text=True, check=True,
        cwd=os.path.dirname(os.path.abspath(__file__)),  # noqa: PTH100, PTH120
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
    )  # fmt: skip
    seconds, closed = done.stdout.split()[-2:]
    return float(seconds), int(closed)


def simpy_future(seed: int) -> tuple[float, int]:  # noqa: C901  one model, one place
    """CPU seconds and completions of one future as SimPy processes; time in working hours."""
    import simpy

    rng = random.Random(seed)  # noqa: S311
    env = simpy.Environment()
    there = 0.65 * (1 - 0.14 - 0.04) * 0.95
    pools = {
        name: simpy.PriorityResource(env, max(int(fte * there), 1)) for name, fte in FTE.items()
    }
    closed = 0
    day = 7.4
    horizon = PEER_DAYS * 5 / 7 * 250 / 261 * day

    def work(pool: str, stage: str, priority: int):  # noqa: ANN202
        with pools[pool].request(priority) as turn:
            yield turn
            yield env.timeout(rng.gammavariate(1.5, EFFORT[stage] / 1.5))

    def reviews(until: float):  # noqa: ANN202
        nonlocal closed
        yield env.timeout(35 * day)
        while env.now < until:
            yield from work("reviewers", "review", 3)
            closed += 1
            yield env.timeout(250 * day)

    def case(priority: int, first: str):  # noqa: ANN202
        nonlocal closed
        if first == "contact":
            yield from work("advisers", "contact", priority)
            closed += 1
            if rng.random() > 0.38:
                return
        if first in {"contact", "assessment"}:
            yield from work("workers", "assessment", priority)
            yield env.timeout(rng.expovariate(1 / (6.4 * day)))
            closed += 1
            if rng.random() > 0.7:
                return
        yield from work("workers", "plan", priority)
        closed += 1
        until = env.now + rng.weibullvariate(2.5 * 250 * day, 0.8)
        env.process(reviews(until))
        yield env.timeout(until - env.now)
        closed += 1

    def arrivals():  # noqa: ANN202
        gap = day * 250 / PER_YEAR
        while True:
            yield env.timeout(rng.expovariate(1 / gap))
            env.process(case(1 if rng.random() < 0.2 else 2, "contact"))

    for _ in range(1725):
        env.process(case(2, "assessment"))
    for _ in range(14_400):
        env.process(reviews(env.now + rng.weibullvariate(2.5 * 250 * day, 0.8)))
    env.process(arrivals())
    started = time.process_time()
    env.run(horizon)
    return time.process_time() - started, closed


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    replications = 100 if quick else 1000
    runs = [ours(replications) for _ in range(1 if quick else 5)]
    each, closed = median(cpu for cpu, _ in runs), runs[0][1]
    per_completion = each / closed * 1e6
    python_s, python_closed = plain_python()
    simpy_s, simpy_closed = simpy_future(1)
    python_us, simpy_us = python_s / python_closed * 1e6, simpy_s / simpy_closed * 1e6
    print_result(
        name="sim-county",
        work={
            "stages": 5,
            "classes": 3,
            "days": DAYS,
            "replications": replications,
            "waiting_at_start": 2875,
            "completions_a_replication": round(closed),
            "peer_days": PEER_DAYS,
            "simpy_completions": simpy_closed,
            "plain_python_completions": python_closed,
        },
        packages=("numba", "numpy", "simpy"),
        ours={
            "cpu_ms_a_replication": round(each * 1e3, 2),
            "all_runs_ms": [round(cpu * 1e3, 2) for cpu, _ in runs],
            "cpu_us_a_completion": round(per_completion, 4),
        },
        peers={
            "same algorithm in plain Python": {"cpu_us_a_completion": round(python_us, 1)},
            "SimPy, nearest natural model": {"cpu_us_a_completion": round(simpy_us, 1)},
        },
        ratio={
            "plain_python": round(python_us / per_completion),
            "simpy": round(simpy_us / per_completion),
        },
        accuracy={"conservation": "tests/plan/simulation/test_cohort_engine.py"},
    )


if __name__ == "__main__":
    main()
