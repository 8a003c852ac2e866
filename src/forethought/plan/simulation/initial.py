"""The position from which a simulation starts: today's waiting list and open work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forethought.errors import DataError, Problem, did_you_mean
from forethought.plan.simulation.model import Start
from forethought.plan.simulation.pathway import Pathway

COLUMNS = ("stage", "work_class", "waiting_days", "started", "cases")
LONGEST_DAYS = 3650
"""Cases that have waited longer count as having waited ten years."""


@dataclass(frozen=True, eq=False)
class Initial:
    """Cases that are there before the first simulated day.

    Args:
        frame: `stage`, `work_class`, `waiting_days` (days since it came to the stage; for started
            work and held cases: days since the work or the hold started), `started` (its work has
            begun, or it is held), `cases` (how many are alike).
    """

    frame: pl.DataFrame

    @classmethod
    def empty(cls) -> Initial:
        """Nobody."""
        schema = {
            "stage": pl.String,
            "work_class": pl.String,
            "waiting_days": pl.Int64,
            "started": pl.Boolean,
            "cases": pl.Int64,
        }
        return cls(pl.DataFrame(schema=schema))

    @property
    def cases(self) -> int:
        """How many there are."""
        return int(self.frame["cases"].sum())


def checked_initial(pathway: Pathway, initial: Initial | pl.DataFrame | None) -> Initial:
    """A position that fits a pathway; `started` and `cases` may be left out (not begun, one).

    Raises:
        DataError: Unknown stages or classes, negative or missing days; all at once.
    """
    if initial is None:
        return Initial.empty()
    frame = initial.frame if isinstance(initial, Initial) else initial
    lacking = [name for name in ("stage", "work_class", "waiting_days") if name not in frame]
    if lacking:
        raise DataError(
            f"The waiting list has no column {', '.join(lacking)}.",
            remedy=f"It needs {', '.join(COLUMNS)}.",
        )
    if "started" not in frame:
        frame = frame.with_columns(pl.lit(value=False).alias("started"))
    if "cases" not in frame:
        frame = frame.with_columns(pl.lit(1).alias("cases"))
    frame = frame.select(COLUMNS)
    problems = _problems(pathway, frame)
    if problems:
        raise DataError("The waiting list does not fit the pathway.", problems=problems)
    return Initial(
        frame.with_columns(
            pl.col("waiting_days").cast(pl.Int64).clip(0, LONGEST_DAYS),
            pl.col("cases").cast(pl.Int64),
        )
        .group_by("stage", "work_class", "waiting_days", "started")
        .agg(pl.col("cases").sum())
        .filter(pl.col("cases") > 0)
        .sort("stage", "work_class", "started", "waiting_days")
    )


def _problems(pathway: Pathway, frame: pl.DataFrame) -> list[Problem]:
    numbered = frame.with_row_index("row", offset=1)
    problems = []
    known = {
        "stage": [stage.name for stage in pathway.stages],
        "work_class": [each.name for each in pathway.classes],
    }
    for column, names in known.items():
        wrong = numbered.filter(~pl.col(column).is_in(names) | pl.col(column).is_null())
        for value, rows in wrong.group_by(column, maintain_order=True):
            first = int(rows["row"][0])
            problems.append(
                Problem(
                    f'"{value[0]}" is no {column.replace("work_", "")} of the pathway '
                    f"({rows.height} rows).",
                    f"waiting list, row {first}, {column}",
                    did_you_mean(str(value[0]), names),
                )
            )
    for column in ("waiting_days", "cases"):
        wrong = numbered.filter(pl.col(column).is_null() | (pl.col(column) < 0))
        if wrong.height:
            problems.append(
                Problem(
                    f"{wrong.height} rows have no number from 0.",
                    f"waiting list, row {wrong['row'][0]}, {column}",
                    "Give whole days (cases) from 0.",
                )
            )
    return problems


def start_of(pathway: Pathway, initial: Initial) -> Start:
    """A position as arrays.

    Work that has begun at a stage without an elapsed delay goes on from the front of its queue:
    nothing is known of the hours that are left.
    """
    stages = [stage.name for stage in pathway.stages]
    classes = [each.name for each in pathway.classes]
    waiting: list[tuple[int, int, int]] = []
    working: list[tuple[int, int, int]] = []
    for row in initial.frame.iter_rows(named=True):
        stage = pathway.stages[stages.index(row["stage"])]
        queue = stages.index(row["stage"]) * len(classes) + classes.index(row["work_class"])
        keeps = stage.length if stage.kind != "work" else stage.delay
        held = stage.kind == "delay" or bool(row["started"])
        known = row["work_class"] in keeps
        target = working if held and known else waiting
        target.append((queue, row["waiting_days"], row["cases"]))
    return Start(waiting=_sorted(waiting), working=_sorted(working))


def _sorted(rows: list[tuple[int, int, int]]) -> np.ndarray:
    ordered = sorted(rows, key=lambda row: (row[0], -row[1]))
    return np.array(ordered, dtype=np.int64).reshape(-1, 3)
