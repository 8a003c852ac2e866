"""Weekly counts that do not add up, made to add up with the least change.

What waits at a week's end should be what waited before, and what came in, less what was closed and
who left. Recorded counts rarely agree: people leave a list unseen, records come late, cases are
counted twice. Where nobody recorded who left, a steady hazard of leaving is estimated first. What
then is still unexplained is shared out over those who left, and over incoming, closed and waiting,
so that the sum of squared changes, each divided by its variance, is least. The number who left
varies by its Poisson variance; a recorded count is trusted far more, with a twentieth of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from forethought.errors import DataError, Problem
from forethought.plan.simulation.model import Floats

COUNTS = ("incoming", "closed", "waiting")
COLUMNS = ("stage", "ds", *COUNTS)
FEWEST_WEEKS = 2
_TRUST = 0.05
_WEEK = timedelta(days=7)


@dataclass(frozen=True, eq=False)
class Reconciled:
    """Weekly counts of one stage that add up.

    Args:
        waiting_before: Cases that waited before the first week.
        incoming, closed, waiting: (n) counts after the change.
        left: (n) cases that left the list before being seen.
        gap: (n) cases that were there, or came, and neither were closed nor wait.
        unexplained: (n) what the recorded counts, less who left, do not explain, before the change.
        hazard_per_day: Hazard of leaving the list.
    """

    waiting_before: float
    incoming: Floats
    closed: Floats
    waiting: Floats
    left: Floats
    gap: Floats
    unexplained: Floats
    hazard_per_day: float


def checked_observed(observed: pl.DataFrame, stages: list[str]) -> pl.DataFrame:
    """Weekly counts, sorted, of stages that the pathway has.

    Args:
        observed: `stage`, `ds` (last day of the week), `incoming`, `closed`, `waiting` (at the
            week's end), and where known `left` and `fte`.
        stages: Names of work stages.

    Raises:
        DataError: Missing columns, unknown stages, gaps, numbers missing or below 0; all at once.
    """
    lacking = [name for name in COLUMNS if name not in observed.columns]
    if lacking:
        raise DataError(
            f"The weekly counts have no column {', '.join(lacking)}.",
            remedy=f"They need {', '.join(COLUMNS)}, and may have left and fte.",
        )
    problems = [
        Problem(f'"{name}" is no work stage of the pathway.', "weekly counts, stage")
        for name in observed["stage"].unique().sort()
        if name not in stages
    ]
    numbers = [name for name in (*COUNTS, "left", "fte") if name in observed.columns]
    for name in numbers:
        wrong = observed.filter(pl.col(name).is_null() | (pl.col(name) < 0)).height
        if wrong:
            problems.append(
                Problem(f"{wrong} weeks have no number from 0.", f"weekly counts, {name}")
            )
    frame = observed.sort("stage", "ds")
    for (name,), rows in frame.group_by("stage", maintain_order=True):
        steps = rows["ds"].diff().drop_nulls()
        if rows.height < FEWEST_WEEKS or (steps != _WEEK).any():
            problems.append(
                Problem(
                    "The weeks do not follow each other without a gap.",
                    f"weekly counts, {name}",
                    "Give one row for each week; ds is its last day.",
                )
            )
    if problems:
        raise DataError("The weekly counts cannot be used.", problems=problems)
    return frame


def reconciled(
    incoming: Floats, closed: Floats, waiting: Floats, left: Floats | None = None
) -> Reconciled:
    """Counts of one stage that add up, changed as little as possible.

    The first week only says how many waited before the second: its flows are not used.

    Args:
        incoming: (n) cases that came in each week.
        closed: (n) cases whose work was done.
        waiting: (n) cases that wait at the week's end.
        left: (n) cases that left the list unseen; None: not recorded.

    References:
        Stone, Champernowne and Meade (1942), The precision of national income estimates.
    """
    before, now = waiting[:-1], waiting[1:]
    came, done = incoming[1:], closed[1:]
    gap = before + came - done - now
    case_days = 7 * (before + now) / 2
    if left is None:
        hazard = max(float(gap.sum() / max(case_days.sum(), 1e-9)), 0.0)
        gone = hazard * case_days
    else:
        gone = left[1:]
        hazard = float(gone.sum() / max(case_days.sum(), 1e-9))
    unexplained = gap - gone
    free = gone if left is None else np.zeros_like(gone)
    changes = _least_change(unexplained, came, done, waiting, free)
    return Reconciled(
        waiting_before=float(waiting[0] + changes[2][0]),
        incoming=came + changes[0],
        closed=done + changes[1],
        waiting=now + changes[2][1:],
        left=gone + changes[3],
        gap=gap if left is None else gone,
        unexplained=unexplained,
        hazard_per_day=hazard,
    )


def _least_change(
    gap: Floats, came: Floats, done: Floats, waiting: Floats, gone: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Changes x of all counts with A x = -gap and the least sum of x² / variance."""
    weeks = gap.size
    counts = (came, done, waiting)
    variance = np.concatenate([*(_TRUST * np.maximum(each, 1.0) for each in counts), gone])
    rule = np.zeros((weeks, variance.size))
    number = np.arange(weeks)
    rule[number, number] = 1.0
    rule[number, weeks + number] = -1.0
    rule[number, 2 * weeks + number] = 1.0
    rule[number, 2 * weeks + number + 1] = -1.0
    rule[number, 3 * weeks + 1 + number] = -1.0
    weighted = rule * variance
    found = weighted.T @ np.linalg.solve(weighted @ rule.T, -gap)
    ends = (weeks, 2 * weeks, 3 * weeks + 1)
    in_change, out_change, wait_change, left_change = np.split(found, ends)
    return in_change, out_change, wait_change, left_change
