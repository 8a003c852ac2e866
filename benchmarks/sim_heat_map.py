"""The map of chances: one stage, 26 weeks, 21 staff levels x 11 demands x 1,000 futures.

600 wait, 60 come a week with 5% uncertainty of level, 1.2 completions a week for each FTE, effort
with a spread. Every cell is simulated (the product skips the cells that are settled by their
neighbours; that time stands beside). `--slow` also times the general loop of the cohort engine on
one demand in three levels, and checks that both count the same.
"""

from __future__ import annotations

import argparse
import statistics
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from common import peak_memory_mb, print_result, timed

from forethought.plan import Demand, Goal, Pathway, heat_map_steps
from forethought.plan.simulation.cohort import run_cohort
from forethought.plan.simulation.futures import Futures, futures_of
from forethought.plan.simulation.initial import checked_initial
from forethought.plan.simulation.pathway import Change

START, BY = date(2026, 4, 6), date(2026, 10, 4)
GOAL = Goal("assessment", 60, BY)
STAFF = tuple(range(60, 81))
FACTORS = tuple(round(0.9 + 0.02 * n, 2) for n in range(11))
FUTURES = 1000
PATHWAY = """
pathway: one_stage
classes: {person: {}}
resources:
  team: {fte: 66, hours: 37h a week, direct_share: 0.8}
stages:
  assessment:
    arrivals: [{flow: new}]
    resource: team
    effort: {gamma: {mean: 24.67h, cv: 0.7}}
    next: {end: 1.0}
"""


def demand() -> Demand:
    """60 cases a week, level uncertain by 5%."""
    levels = 1 + 0.05 * np.random.default_rng(0).standard_normal(FUTURES)
    rows = [
        ("new", date(2026, month, 1), path, 60 / 7 * 30.4 * level)
        for path, level in enumerate(levels)
        for month in range(4, 11)
    ]
    frame = pl.DataFrame(rows, schema=["flow", "ds", "path", "y"], orient="row")
    return Demand(frame, kind="rates")


def waiting_list() -> pl.DataFrame:
    """600 cases, ten of each day."""
    rows = [("assessment", "person", day, 10) for day in range(60)]
    columns = ["stage", "work_class", "waiting_days", "cases"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def every_cell(futures: Futures) -> np.ndarray:
    """Chances of all cells, each simulated."""
    plans = [(Change(size - futures.in_post(START), START),) for size in STAFF]
    columns = [
        (futures.with_demand(factor).ends(GOAL, plans) <= GOAL.at_most).mean(axis=1)
        for factor in FACTORS
    ]
    return np.array(columns).T


def product(pathway: Pathway) -> tuple[Any, float]:
    """The map as `ft.plan.heat_map_steps` gives it; CPU seconds until its coarse one."""
    with timed() as first:
        steps = heat_map_steps(
            pathway, demand(), waiting_list(), resource="team", target=GOAL, start=START,
            staff=STAFF, demand_factors=FACTORS, replications=FUTURES, seed=1, engine="cohort",
            workers=1,
        )  # fmt: skip
        next(steps)
    *_, last = steps
    return last, first.cpu_s


def general_loop(futures: Futures) -> dict[str, Any]:
    """The general loop on one demand at three levels, against the slim one."""
    plans = [(Change(size - futures.in_post(START), START),) for size in (60, 70, 80)]
    slim = futures.ends(GOAL, plans)
    model, seconds, same = futures.model, 0.0, True
    for plan, ours in zip(plans, slim, strict=True):
        lowered = model._replace(servers=np.array([futures.servers(plan)]))
        with timed() as cost:
            record = run_cohort(
                lowered, futures.plan, futures.start, seed=1, replications=FUTURES,
                arrivals=futures.arrivals, workers=1,
            )  # fmt: skip
        seconds += cost.cpu_s
        same = same and bool((record.waiting[:, -1, 0] == ours).all())
    cells = len(STAFF) * len(FACTORS)
    return {"cpu_s_a_cell": seconds / 3, "cpu_s_of_the_map": seconds / 3 * cells, "same": same}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--slow", action="store_true", help="time the general loop, too")
    slow = options.parse_args().slow
    pathway = Pathway.from_yaml(PATHWAY)
    futures = futures_of(
        pathway, demand(), checked_initial(pathway, waiting_list()), resource="team", start=START,
        end=BY, scenario=None, seed=1, replications=FUTURES, engine="cohort", workers=1,
    )  # fmt: skip
    with timed() as warm:
        every_cell(futures)
        product(pathway)
    costs, steps, firsts, chances = [], [], [], np.zeros(0)
    for _ in range(5):
        with timed() as cost:
            chances = every_cell(futures)
        costs.append(cost.cpu_s)
        with timed() as cost:
            last, first = product(pathway)
        steps.append(cost.cpu_s)
        firsts.append(first)
    cpu = statistics.median(costs)
    print_result(
        name="sim-heat-map",
        work={
            "staff": len(STAFF), "demands": len(FACTORS), "futures": FUTURES, "days": 182,
            "gate_cpu_s": 6.0,
        },
        packages=["numba", "numpy", "polars"],
        ours={
            "cpu_s": round(cpu, 3), "product_cpu_s": round(statistics.median(steps), 3),
            "coarse_cpu_s": round(statistics.median(firsts), 3),
            "first_call_cpu_s": round(warm.cpu_s, 2), "memory_mb": peak_memory_mb(),
        },
        peers={"general loop": general_loop(futures)} if slow else {},
        ratio={"gate / ours": round(6.0 / cpu, 1)},
        accuracy={
            "largest difference of a cell that was skipped": float(
                np.abs(last.chances - chances).max()
            ),
            "cells simulated by the product": last.simulated,
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
