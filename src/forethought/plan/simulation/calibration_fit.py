"""What weekly counts say of the work at a stage: hours a case takes, their spread, who leaves.

Method of moments. In a busy week (a list at both ends) the hours worked are the hours there were,
so the mean effort is hours over cases done (where a team serves several stages: non-negative least
squares, or one factor on efforts whose ratio is known). The spread of effort is what the weeks
scatter beyond staff sickness: the cases done in H hours have a variance of about cv² H / mean
(renewal theory). Whole blocks of weeks are drawn again for intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.errors import DataError
from forethought.plan.simulation.model import Floats

BLOCK_WEEKS = 4
FEWEST_BUSY_WEEKS = 12
_LARGEST_CV = 4.0
_DAYS_AT_WORK = 5.0


@dataclass(frozen=True, eq=False)
class Weeks:
    """Weeks of one team that fit the sum, n weeks, S stages.

    Args:
        hours: (n) hours of direct work that there were, expected sickness off.
        scatter: Standard deviation of a week's hours from sickness, divided by their mean.
        closed: (n, S) cases done.
        busy: (n) a list at both ends of the week.
        left: (n, S) cases that left the list.
        case_days: (n, S) days waited by all who waited, in the week.
        ratio: (S) efforts whose ratio the fit keeps; None: each stage has an effort of its own.
    """

    hours: Floats
    scatter: float
    closed: Floats
    busy: NDArray[np.bool_]
    left: Floats
    case_days: Floats
    ratio: Floats | None = None


@dataclass(frozen=True, eq=False)
class Fit:
    """Parameters of the stages of one team.

    Args:
        effort_hours: (S) mean hours of a case.
        cv: Coefficient of variation of a case's hours.
        hazard_per_day: (S) hazard of leaving the list.
    """

    effort_hours: Floats
    cv: float
    hazard_per_day: Floats


def busy_weeks(before: Floats, after: Floats, closed: Floats) -> NDArray[np.bool_]:
    """Weeks in which some stage of the team had a day's work on its list at both ends."""
    enough = np.minimum(before, after) >= np.maximum(closed / _DAYS_AT_WORK, 1.0)
    return np.asarray(enough.any(axis=1))


def fit(weeks: Weeks) -> Fit:
    """Estimates from weeks.

    Raises:
        DataError: Too few busy weeks to know the hours that a case takes.
    """
    if int(weeks.busy.sum()) < FEWEST_BUSY_WEEKS:
        raise DataError(
            f"Only {int(weeks.busy.sum())} weeks have a list at both ends; in the others staff "
            "were not always busy, so their hours say nothing of a case's.",
            remedy=f"Give {FEWEST_BUSY_WEEKS} such weeks or more.",
        )
    hours, closed = weeks.hours[weeks.busy], weeks.closed[weeks.busy]
    effort = _effort(hours, closed, weeks.ratio)
    rest = hours - closed @ effort
    known = effort.size if weeks.ratio is None else 1
    free = rest.size / max(rest.size - known, 1)
    # what a half-done case carries over between two week ends: two uniform parts of a case
    carried = float((effort**2).mean()) / 6.0
    beyond = (rest**2 * free - (hours * weeks.scatter) ** 2 - carried).sum()
    cv = float(np.sqrt(max(beyond, 0.0) / max(float((closed @ effort**2).sum()), 1e-9)))
    hazard = weeks.left.sum(axis=0) / np.maximum(weeks.case_days.sum(axis=0), 1e-9)
    return Fit(effort, min(cv, _LARGEST_CV), np.maximum(hazard, 0.0))


def _effort(hours: Floats, closed: Floats, ratio: Floats | None) -> Floats:
    if ratio is not None:
        return np.asarray(ratio * hours.sum() / max(float((closed @ ratio).sum()), 1e-9))
    if closed.shape[1] == 1:
        return np.array([hours.sum() / max(float(closed.sum()), 1e-9)])
    from scipy.optimize import nnls

    weight = 1.0 / np.sqrt(np.maximum(closed.sum(axis=1), 1.0))
    return np.asarray(nnls(closed * weight[:, None], hours * weight)[0])


def bootstrap(weeks: Weeks, draws: int, seed: int) -> list[Fit]:
    """Fits of weeks drawn again in blocks of four, so that neighbouring weeks stay together.

    Busy weeks are drawn from busy weeks; who left, from all.
    """
    rng = np.random.default_rng(seed)
    busy = np.flatnonzero(weeks.busy)
    found = []
    for _ in range(draws):
        some = busy[_blocks(rng, busy.size)]
        every = _blocks(rng, weeks.hours.size)
        found.append(
            fit(
                Weeks(
                    weeks.hours[some], weeks.scatter, weeks.closed[some], weeks.busy[some],
                    weeks.left[every], weeks.case_days[every], weeks.ratio,
                )
            )
        )  # fmt: skip
    return found


def _blocks(rng: np.random.Generator, size: int) -> NDArray[np.int64]:
    """Places of so many weeks, in circular blocks."""
    first = rng.integers(0, size, size=-(-size // BLOCK_WEEKS))
    return ((first[:, None] + np.arange(BLOCK_WEEKS)) % size).ravel()[:size]
