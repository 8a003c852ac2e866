"""Small pathways of queueing theory, and what theory says about them."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from datetime import date

import numpy as np

from forethought.plan.simulation.event import DailyArrivals, run_event
from forethought.plan.simulation.model import Calendar, Model, Record, lower
from forethought.plan.simulation.pathway import (
    END,
    CareClass,
    Distribution,
    Pathway,
    Resource,
    Route,
    Stage,
)

FIRST = date(2024, 1, 1)


def exponential(mean: float) -> Distribution:
    return Distribution("exponential", mean, 1.0)


def work(
    name: str = "work",
    effort: Distribution | None = None,
    *,
    classes: tuple[str, ...] = ("all",),
    to: tuple[Route, ...] = (Route(END, 1.0),),
    pool: str = "staff",
    **more: object,
) -> Stage:
    parts: dict[str, object] = {
        "resources": (pool,),
        "effort": dict.fromkeys(classes, effort or exponential(1.0)),
        "routes": dict.fromkeys(classes, to),
    }
    return Stage(name=name, kind="work", **(parts | more))  # type: ignore[arg-type]


def queueing(
    *stages: Stage,
    servers: float | dict[str, float] = 1,
    classes: tuple[CareClass, ...] = (CareClass("all"),),
    **more: object,
) -> Pathway:
    """A pathway without a calendar."""
    pools = servers if isinstance(servers, dict) else {"staff": servers}
    resources = tuple(Resource(name, capacity=float(many)) for name, many in pools.items())
    parts: dict[str, object] = {"resources": resources, "continuous": True}
    return Pathway(name="q", classes=classes, stages=stages, **(parts | more))  # type: ignore[arg-type]


def lowered(pathway: Pathway, days: int, every: str = "1mo") -> Model:
    return lower(pathway, Calendar(FIRST, days, every))


def erlang_b(servers: int, load: float) -> float:
    """Chance that all are busy where nobody waits."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Chance to wait where everybody does."""
    blocked = erlang_b(servers, load)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def erlang_a(servers: int, arrive: float, serve: float, leave: float) -> tuple[float, float]:
    """Share that leaves, and mean number waiting, of M/M/c+M (birth and death)."""
    weights = [1.0]
    for n in range(1, 2000):
        weights.append(
            weights[-1] * arrive / (min(n, servers) * serve + max(n - servers, 0) * leave)
        )
        if weights[-1] < 1e-18 * max(weights):
            break
    total = math.fsum(weights)
    waiting = math.fsum(max(n - servers, 0) * w for n, w in enumerate(weights)) / total
    return leave * waiting / arrive, waiting


def small(block: int = 8, workers: int = 1, first: int = 0, replications: int = 5) -> Record:
    """A tiny run with a calendar, sickness and two stages."""
    pool = Resource("staff", capacity=1.4)
    stages = (
        work("one", exponential(3.0), to=(Route("two", 0.6), Route("end", 0.4))),
        work("two", Distribution("lognormal", 2.0, 0.6), delay={"all": exponential(4.0)}),
    )
    pathway = replace(queueing(*stages), resources=(pool,), continuous=False)
    counts = np.random.default_rng(2).poisson(1.5, (8, 40, 1)).astype(np.int32)
    arrivals = DailyArrivals(counts=counts[first:], queue=np.array([0]))
    return run_event(
        lowered(pathway, 40, "1w"),
        arrivals,
        seed=5,
        replications=replications,
        first_replication=first,
        workers=workers,
        block=block,
    )


def digest(record: Record) -> str:
    parts = b"".join(np.ascontiguousarray(part).tobytes() for part in record)
    return hashlib.sha256(parts).hexdigest()
