"""A what-if of the page: 200 futures of the adult social care pathway, every block drawn.

The service is made up at the size of a county of 1.5 million (about 37,000 requests a year). Ours
only: no peer answers a what-if from a saved run. Usage: python benchmarks/sim_what_if.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import statistics
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl
from common import machine, timed

from forethought.insights.base import RunContext
from forethought.insights.kinds.simulation import SimulationInsight, SimulationSpec

AS_OF = date(2026, 10, 31)
WEEKS = 70
TEAMS = {
    "Access": 55.0,
    "Hospital discharge": 15.0,
    "East mental health": 208.0,
    "East reviews": 78.0,
}
CLASSES = ("Older people", "Physical disability", "Learning disability", "Mental health")
MIX = (0.78, 0.17, 0.02, 0.03)
WHAT_IFS = (
    {"staff": "215"},
    {"change": "5"},
    {"change": "-5", "fewer": "900"},
    {"by": "2027-06-30"},
)


def spec() -> SimulationSpec:
    """The demonstration's insight."""
    text = files("forethought").joinpath("county/template/pathways/adult_social_care.yaml")
    return SimulationSpec.model_validate(
        {
            "id": "what-if", "kind": "service-simulation", "title": "-", "question": "-",
            "purpose": "plan-services", "owner": "nobody", "review_by": "2027-03-31",
            "files": {"pathway": text.read_text(encoding="utf-8")},
            "settings": {
                "pathway": "adult_social_care",
                "target": {"stage": "assessment", "share_of_today": 0.75},
                "staff": {"resource": "assessment_teams"},
            },
        }
    )  # fmt: skip


def frames() -> dict[str, pl.DataFrame]:
    """Work items of 70 weeks and the staff of four teams."""
    rng = np.random.default_rng(1)
    parts = [
        _items(rng, "request", "Access", 550, 2),
        _items(rng, "request", "Hospital discharge", 158, 2),
        _items(rng, "assessment", "East mental health", 155, 55),
        _items(rng, "support_planning", "East mental health", 78, 15),
        _items(rng, "review", "East reviews", 190, 30),
    ]
    months = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(22)]
    staff = [{"team": t, "month": m, "fte_in_post": f} for t, f in TEAMS.items() for m in months]
    return {"asc_work_items": pl.concat(parts), "asc_staff": pl.DataFrame(staff)}


def _items(rng: np.random.Generator, stage: str, team: str, weekly: int, days: int) -> pl.DataFrame:
    count = weekly * WEEKS
    came = AS_OF - timedelta(weeks=WEEKS)
    received = rng.integers(1, WEEKS * 7 + 1, count)
    done = received + rng.poisson(days, count)
    return pl.DataFrame({"stage": stage, "team": team, "received": received, "done": done}).select(
        "stage",
        "team",
        pl.Series("work_class", rng.choice(CLASSES, count, p=MIX)),
        (pl.lit(came) + pl.duration(days="received")).alias("received_on"),
        pl.when(pl.col("done") <= WEEKS * 7)
        .then(pl.lit(came) + pl.duration(days="done"))
        .alias("completed_on"),
        (pl.lit(came) + pl.duration(days="received")).alias("recorded_on"),
    )


def main() -> None:
    """Make a run, then ask each what-if several times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    repeats = 1 if parser.parse_args().quick else 5
    kind, about = SimulationInsight(), spec()
    context = RunContext(as_of=AS_OF, seed=1, minimum_count=10, place="-")
    with timed() as run:
        result = kind.compute(frames(), about, context)
    kind.publish(result, about, context, WHAT_IFS[0])  # imports and fonts
    asked: dict[str, Any] = {}
    for view in WHAT_IFS:
        walls, cpus = [], []
        for _ in range(repeats):
            with timed() as cost:
                kind.publish(result, about, context, view)
            walls.append(cost.wall_s)
            cpus.append(cost.cpu_s)
        name = ", ".join(f"{key} {value}" for key, value in view.items())
        asked[name] = {
            "wall_s": round(statistics.median(walls), 2),
            "cpu_s": round(statistics.median(cpus), 2),
        }
    answer = {
        "name": "sim-what-if",
        "work": "what-if of the adult social care pathway: 200 futures, page drawn",
        "machine": machine(["forethought", "numba", "numpy", "polars"]),
        "ours": {"run": run.rounded(), "what_ifs": asked},
        "peers": {},
        "ratio": {},
        "accuracy": {"fewest_staff": result.values["fewest"]},
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
