"""Who is served on time: the share by group, recorded and simulated."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl

from forethought.errors import DataError
from forethought.plan.simulation.futures import wilson
from forethought.plan.simulation.result import Simulation

NOT_KNOWN = "Not known"
_TWO_SIDED_80 = 1.2815515655446004


def on_time_by_group(
    items: pl.DataFrame,
    *,
    group: str,
    as_of: date,
    within_days: int | None = None,
    due: str = "due_on",
    until: Literal["started", "completed"] = "started",
) -> pl.DataFrame:
    """Share of recorded work that was started (or completed) in time, by group.

    Work counts once it is decided: started in time, or the limit has passed on `as_of`. What is
    still within its limit is not counted, neither way.

    Args:
        items: Work items: `started_on` or `completed_on`, `received_on` or the due day, and the
            group's column.
        group: Column of the group; nulls are `Not known`.
        as_of: The day up to which is recorded.
        within_days: The limit, calendar days from `received_on`; None: each item's due day.
        due: Column of the due day, where there is no one limit; items without one do not count.
        until: Which day is judged.

    Returns:
        `group`, `judged`, `on_time`, `share`, `lo-80`, `hi-80`, `lo-95`, `hi-95` (Wilson), `gap`
        (share less that of all the others; null for a single group), largest group first.

    Raises:
        DataError: Columns that are missing.
    """
    day = f"{until}_on"
    since = due if within_days is None else "received_on"
    lacking = [name for name in (since, day, group) if name not in items.columns]
    if lacking:
        raise DataError(f"The work items have no column {', '.join(lacking)}.")
    limit = pl.col(since) + timedelta(days=within_days or 0)
    items = items.filter(pl.col(since).is_not_null())
    kept = (pl.col(day) <= limit).fill_null(value=False) & (pl.col(day) <= as_of)
    judged = items.select(
        pl.col(group).cast(pl.String).fill_null(NOT_KNOWN).alias("group"),
        kept.alias("kept"),
        (kept | (limit < as_of)).alias("judged"),
    ).filter(pl.col("judged"))
    return _shares(
        judged.group_by("group").agg(
            pl.len().cast(pl.Int64).alias("judged"),
            pl.col("kept").sum().cast(pl.Int64).alias("on_time"),
        )
    )


def _shares(counted: pl.DataFrame) -> pl.DataFrame:
    """Shares of groups with Wilson's intervals, each against all others."""
    total, all_kept = int(counted["judged"].sum()), int(counted["on_time"].sum())
    rows = []
    for name, number, kept in counted.select("group", "judged", "on_time").sort("group").rows():
        estimate, likely = wilson(kept, number), wilson(kept, number, _TWO_SIDED_80)
        others = total - number
        gap = None if others == 0 else estimate.share - (all_kept - kept) / others
        ends = (likely.low, likely.high, estimate.low, estimate.high)
        rows.append((name, number, kept, estimate.share, *ends, gap))
    numbers = ("share", "lo-80", "hi-80", "lo-95", "hi-95", "gap")
    schema = {"group": pl.String, "judged": pl.Int64, "on_time": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema | dict.fromkeys(numbers, pl.Float64), orient="row")
    return frame.sort("judged", descending=True, maintain_order=True)


def simulated_on_time_by_group(
    simulation: Simulation, mix: pl.DataFrame, *, scenario: str = "base"
) -> pl.DataFrame:
    """Simulated shares on time by group, classes weighted by each one's mix of groups.

    It says what the plan's order of classes does to groups that differ in their classes; within a
    class it treats all alike, so it shows no unlike treatment there.

    Args:
        simulation: The simulation.
        mix: `stage`, `work_class`, `group`, `cases`: how the recorded cases of a class split.
        scenario: The scenario.

    Returns:
        `stage`, `group`, `judged` (cases a future), `share`, `lo-80`, `hi-80` (over futures).

    Raises:
        DataError: Columns that are missing, or classes that are not in the pathway.
    """
    lacking = [n for n in ("stage", "work_class", "group", "cases") if n not in mix.columns]
    if lacking:
        raise DataError(f"The mix of groups has no column {', '.join(lacking)}.")
    record = simulation.record(scenario)
    rows = []
    for stage in simulation.pathway.stages:
        own = mix.filter(stage=stage.name)
        if not stage.target or own.height == 0:
            continue
        whole = dict(own.group_by("work_class").agg(pl.col("cases").sum()).iter_rows())
        for (name,), part in own.group_by("group", maintain_order=True):
            judged = np.zeros(simulation.replications)
            kept = np.zeros(simulation.replications)
            for work_class, cases in part.select("work_class", "cases").iter_rows():
                queue = simulation.queues(stage.name, work_class)
                weight = cases / whole[work_class] if whole[work_class] else 0.0
                judged += weight * record.judged[:, :, queue].sum(axis=(1, 2))
                kept += weight * record.on_time[:, :, queue].sum(axis=(1, 2))
            some = judged > 0
            share = kept[some] / judged[some]
            ends = np.quantile(share, (0.1, 0.9)).tolist() if share.size else [None, None]
            middle = float(share.mean()) if share.size else None
            rows.append((stage.name, name, float(judged.mean()), middle, *ends))
    numbers = dict.fromkeys(("judged", "share", "lo-80", "hi-80"), pl.Float64)
    schema = {"stage": pl.String, "group": pl.String} | numbers
    return pl.DataFrame(rows, schema=schema, orient="row")
