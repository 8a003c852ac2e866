"""The three lists that ADASS surveys ask for: assessment, care to start, reviews overdue."""

from __future__ import annotations

import numpy as np
import polars as pl

from forethought.plan.simulation.initial import Initial, checked_initial
from forethought.plan.simulation.pathway import Pathway, Stage
from forethought.plan.simulation.result import Simulation

LISTS = ("assessment", "care", "review")
LONG_DAYS = 182
"""Six months, the limit that the surveys ask for."""


def simulated_lists(simulation: Simulation) -> pl.DataFrame:
    """The three lists at the end of each period.

    Assessment counts who waits at stages of that list; care counts who waits there or is in the
    elapsed time after the work, because care has not started then either; review counts who waits
    past the target.

    Returns:
        `scenario`, `list_of`, `ds`, `mean`, `median`, `lo-80`, `hi-80`; lists without a stage are
        left out.
    """
    ends = simulation.calendar.period_ends()
    parts = []
    for scenario in simulation.runs:
        for name in LISTS:
            stages = [stage for stage in simulation.pathway.stages if stage.list_of == name]
            if not stages:
                continue
            total = np.sum(
                [
                    simulation.series(_measure(name, stage), stage.name, scenario=scenario)
                    for stage in stages
                ],
                axis=0,
            )
            low, middle, high = np.quantile(total, (0.1, 0.5, 0.9), axis=0)
            columns = {
                "ds": ends, "mean": total.mean(axis=0), "median": middle, "lo-80": low,
                "hi-80": high,
            }  # fmt: skip
            names = pl.lit(scenario).alias("scenario"), pl.lit(name).alias("list_of")
            parts.append(pl.DataFrame(columns).select(*names, "*"))
    return pl.concat(parts) if parts else _nothing()


def _measure(name: str, stage: Stage) -> str:
    """What of a stage counts for a list."""
    if name == "care" and stage.kind == "work":
        return "open"
    return "overdue" if name == "review" else "waiting"


def _nothing() -> pl.DataFrame:
    schema: dict[str, pl.DataType] = {
        "scenario": pl.String(), "list_of": pl.String(), "ds": pl.Date(), "mean": pl.Float64(),
        "median": pl.Float64(), "lo-80": pl.Float64(), "hi-80": pl.Float64(),
    }  # fmt: skip
    return pl.DataFrame(schema=schema)


def lists_today(pathway: Pathway, initial: Initial | pl.DataFrame) -> pl.DataFrame:
    """The three lists as they are, from the waiting list; what counts is as in `simulated_lists`.

    Returns:
        `list_of`, `cases`, `over_six_months`: a row for each list.

    Raises:
        DataError: The waiting list does not fit the pathway.
    """
    frame = checked_initial(pathway, initial).frame
    rows = []
    for name in LISTS:
        cases, long = 0, 0
        for row in frame.iter_rows(named=True):
            stage = pathway.stage(row["stage"])
            if row["started"] and not (name == "care" and stage.kind == "work"):
                continue
            target = stage.target.get(row["work_class"])
            due = target is not None and row["waiting_days"] > target.within_days
            if stage.list_of != name or (name == "review" and not due):
                continue
            cases += row["cases"]
            long += row["cases"] if row["waiting_days"] > LONG_DAYS else 0
        rows.append((name, cases, long))
    return pl.DataFrame(rows, schema=["list_of", "cases", "over_six_months"], orient="row")
