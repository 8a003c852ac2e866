"""Traffic equations of a pathway: how much work one arrival makes at each stage.

Queues are numbered stage x classes + class. A case that leaves a queue comes to others in
proportion to the routing shares; a case that is held makes visits as its schedule says, as many as
fall into its length on average. With r arrivals a day from outside, queues get
lambda = r (I - P - V)^-1 a day (Jackson 1957, for P; visits V enter in the same way).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forethought.plan.simulation.lengths import survival
from forethought.plan.simulation.pathway import END, Pathway, Schedule, Stage

_MOST_VISITS = 20_000


def queue_numbers(pathway: Pathway) -> dict[tuple[str, str], int]:
    """Number of the queue of each stage and class."""
    pairs = [(stage.name, each.name) for stage in pathway.stages for each in pathway.classes]
    return {pair: place for place, pair in enumerate(pairs)}


def routing(pathway: Pathway) -> NDArray[np.float64]:
    """Shares of the cases that leave a queue (row) and come to another (column)."""
    number = queue_numbers(pathway)
    matrix = np.zeros((len(number), len(number)))
    for stage in pathway.stages:
        for name, ways in stage.routes.items():
            for way in ways:
                to = number.get((way.to, way.becomes or name))
                row = number.get((stage.name, name))
                if way.to != END and to is not None and row is not None:
                    matrix[row, to] += way.share
    return matrix


def visits(pathway: Pathway) -> NDArray[np.float64]:
    """Visits that a held case (row) makes to other queues (column), on average."""
    number = queue_numbers(pathway)
    matrix = np.zeros((len(number), len(number)))
    for stage in pathway.stages:
        for name, schedules in stage.schedule.items():
            for schedule in schedules:
                to = number.get((schedule.to, schedule.becomes or name))
                row = number.get((stage.name, name))
                if to is not None and row is not None:
                    matrix[row, to] += visits_of(stage, name, schedule)
    return matrix


def visits_of(stage: Stage, name: str, schedule: Schedule) -> float:
    """Visits of one schedule that fall into the length of a hold, on average.

    The first comes when the hold outlasts `first_days`; each later one when it outlasts its day.
    """
    length = stage.length.get(name)
    if length is None:
        return 0.0
    if schedule.every_days <= 0:
        return float(survival(length, np.array([float(schedule.first_days)]))[0])
    days = schedule.first_days + schedule.every_days * np.arange(_MOST_VISITS, dtype=np.float64)
    return float(survival(length, days).sum())


def spectral_radius(matrix: NDArray[np.float64]) -> float:
    """Greatest size of an eigenvalue: below 1, work ends."""
    return float(np.abs(np.linalg.eigvals(matrix)).max()) if matrix.size else 0.0
