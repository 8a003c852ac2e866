"""How many simulated futures are enough: until the measure is precise, and stays so.

The rule of Hoad, Robinson and Davies: take the first number of replications at which the half-width
of the confidence interval is within the precision wanted, and look ahead, further the more
replications there are, that it does not leave it again. Here the measure is what a plan is judged
by: a chance (Wilson's interval, precision in absolute terms), or a mean (Student's interval).

References:
    Hoad, Robinson and Davies (2010), Automated selection of the number of replications for a
    discrete-event simulation, Journal of the Operational Research Society 61(11).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forethought.errors import SpecificationError
from forethought.plan.simulation.futures import Futures
from forethought.plan.simulation.goals import Goal
from forethought.plan.simulation.model import Floats

FIRST = 3
LOOK_AHEAD = 5
FIRST_BATCH = 200
MOST = 20_000
_HUNDRED = 100


@dataclass(frozen=True, eq=False)
class Replications:
    """How many replications a precision needs.

    Args:
        needed: The first number that is enough and stays so; None: more than there are.
        half_widths: Half-width of the interval after 1, 2, … replications (infinite where it
            cannot be said yet), in the units of the precision.
        precision: The half-width wanted.
    """

    needed: int | None
    half_widths: Floats
    precision: float


def replications_needed(
    values: ArrayLike,
    *,
    precision: float,
    relative: bool = False,
    confidence: float = 0.95,
    first: int = FIRST,
    look_ahead: int = LOOK_AHEAD,
) -> Replications:
    """The number of replications that a measure needs, from its value in each of many.

    Args:
        values: The measure in each replication; truth values (the target is reached or not) make
            it a chance.
        precision: Half-width of the interval wanted: in the measure's units (0.02: two points of
            a chance), or as a share of the mean.
        relative: Whether the precision is a share of the mean (as published).
        confidence: Of the interval, 0-1.
        first: Replications before the first check, 3 or more.
        look_ahead: Further replications that must keep the precision, up to 100; above, so many
            for each hundred.

    Raises:
        SpecificationError: A precision or confidence that is no such number.
    """
    found = np.asarray(values)
    if precision <= 0 or not 0 < confidence < 1 or first < FIRST or look_ahead < 0:
        raise SpecificationError(
            "The precision of a measure cannot be checked so.",
            where=f"precision {precision}, confidence {confidence}",
            remedy=f"Give a precision above 0, a confidence of 0.95, {FIRST} or more to start.",
        )
    widths = _of_chances(found, confidence) if found.dtype == bool else _of_means(found, confidence)
    if relative:
        number = np.arange(1, found.size + 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            widths = widths / np.abs(np.cumsum(found.astype(float)) / number)
    precise = widths <= precision
    precise[: first - 1] = False
    return Replications(_first_that_stays(precise, look_ahead), widths, precision)


def _first_that_stays(precise: NDArray[np.bool_], look_ahead: int) -> int | None:
    """The first number that is precise and whose look-ahead is, too."""
    wrong = np.concatenate([[0], np.cumsum(~precise)])
    for place in np.flatnonzero(precise):
        number = int(place) + 1
        ahead = look_ahead if number <= _HUNDRED else look_ahead * number // _HUNDRED
        if number + ahead > precise.size:
            return None
        if wrong[number + ahead] == wrong[place]:
            return number
    return None


def _of_means(values: NDArray[np.float64], confidence: float) -> Floats:
    from scipy.stats import t

    number = np.arange(1, values.size + 1)
    exact = values.astype(float) - float(values[0])  # about the first, so that digits stay
    total, squares = np.cumsum(exact), np.cumsum(exact**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(squares - total**2 / number, 0.0) / (number - 1)
        widths = t.ppf((1 + confidence) / 2, number - 1) * np.sqrt(variance / number)
    widths[0] = np.inf
    return np.asarray(widths)


def _of_chances(reached: NDArray[np.bool_], confidence: float) -> Floats:
    from scipy.stats import norm

    number = np.arange(1, reached.size + 1)
    share = np.cumsum(reached) / number
    z = float(norm.ppf((1 + confidence) / 2))
    inside = share * (1 - share) / number + z * z / (4 * number**2)
    return np.asarray(z * np.sqrt(inside) / (1 + z * z / number))


def enough_futures(futures: Futures, goal: Goal | None, precision: float) -> int:
    """Futures that a plan needs, simulated in doubling batches until the rule holds.

    The measure is the chance of the goal. Without one it is each stage's share on time, future by
    future; without targets, the number at which any chance has the precision.

    Args:
        futures: The futures of the base plan; their number is not used.
        goal: The goal; None: the pathway's targets.
        precision: Half-width wanted, 0-1.

    Returns:
        The number; at most 20,000, or as many as there are factors on effort.
    """
    factors = futures.effort_factor
    most = MOST if factors is None else factors.shape[0]
    count = min(FIRST_BATCH, most)
    while True:
        rows = None if factors is None else factors[:count]
        measures = _measures(replace(futures, replications=count, effort_factor=rows), goal)
        if not measures:
            return min(_any_chance(precision), most)
        needed = [replications_needed(each, precision=precision).needed for each in measures]
        if None not in needed:
            return max(number for number in needed if number is not None)
        if count == most:
            return most
        count = min(2 * count, most)


def _measures(futures: Futures, goal: Goal | None) -> list[NDArray[np.generic]]:
    if goal is not None:
        return [np.asarray(futures.ends(goal, [()])[0] <= goal.at_most)]
    if not any(stage.target for stage in futures.pathway.stages):
        return []
    record = futures.record()
    classes = len(futures.pathway.classes)
    found: list[NDArray[np.generic]] = []
    for place, stage in enumerate(futures.pathway.stages):
        own = slice(place * classes, (place + 1) * classes)
        judged = record.judged[:, :, own].sum(axis=(1, 2))
        if stage.target and (judged > 0).all():
            found.append(record.on_time[:, :, own].sum(axis=(1, 2)) / judged)
    return found


def _any_chance(precision: float) -> int:
    """Futures at which a chance of one half, the hardest to know, has the precision."""
    number = np.arange(1, MOST + 1)
    alternate = (number % 2).astype(bool)
    return replications_needed(alternate, precision=precision, look_ahead=0).needed or MOST
