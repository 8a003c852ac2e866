"""Judgement: what people know that the past does not, written down, and later held to account.

An adjustment multiplies a flow in some months. It has an author, a reason and a last day; the
forecast without it is kept beside, so that it can be seen whether it made the forecast better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import Problem, UsageError, did_you_mean
from forethought.plan.demand.breaks import FLOWS, REQUESTS
from forethought.plan.demand.vocabulary import SERVICES

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Adjustment:
    """One judgement on the forecast.

    Args:
        name: What pages call it: "Reablement team doubles".
        author: Who made it.
        reason: Why.
        flow: `requests`, `starts` or `leaving`.
        factor: What the flow is multiplied with: 0.9 is a tenth less.
        first: First month that it touches.
        last: Last month that it touches.
        expires: Last day on which a forecast may use it; None never.
        service: A service of SERVICES; None is all.
    """

    name: str
    author: str
    reason: str
    flow: str
    factor: float
    first: date
    last: date
    expires: date | None = None
    service: str | None = None

    def in_force(self, day: date) -> bool:
        """Whether a forecast made on a day uses it."""
        return self.expires is None or day <= self.expires


def checked_adjustments(adjustments: Sequence[Adjustment]) -> None:
    """Refuse adjustments that touch nothing or have nobody who answers for them.

    Raises:
        UsageError: All problems at once.
    """
    problems = []
    for one in adjustments:
        where = f"adjustment {one.name}"
        if one.flow not in FLOWS:
            near = did_you_mean(one.flow, FLOWS)
            problems.append(Problem(f"{one.flow} is no flow.", where, near))
        if one.service is not None and one.service not in SERVICES:
            near = did_you_mean(one.service, SERVICES)
            problems.append(Problem(f"{one.service} is no service.", where, near))
        if one.flow == REQUESTS and one.service is not None:
            problems.append(Problem("Requests have no service.", where, "Leave service out."))
        if not 0 <= one.factor <= 5:  # noqa: PLR2004  five times is beyond judgement
            problems.append(Problem(f"A factor of {one.factor:g}.", where, "Give 0 to 5."))
        if one.last < one.first:
            problems.append(Problem("It ends before it begins.", where))
        if not one.author.strip() or not one.reason.strip():
            problems.append(Problem("It has no author or no reason.", where, "Write both down."))
    if problems:
        raise UsageError("The adjustments cannot be used.", problems=problems)


def factors(
    adjustments: Sequence[Adjustment], flow: str, months: Sequence[date], made_on: date
) -> Floats:
    """What a flow is multiplied with: service x month. Several adjustments multiply.

    Args:
        adjustments: Those declared.
        flow: `requests`, `starts` or `leaving`.
        months: First days of the months ahead.
        made_on: Day on which the forecast is made; expired adjustments are left out.
    """
    out = np.ones((len(SERVICES), len(months)))
    for one in adjustments:
        if one.flow != flow or not one.in_force(made_on):
            continue
        inside = np.array([one.first <= month <= one.last for month in months])
        rows = slice(None) if one.service is None else [list(SERVICES).index(one.service)]
        out[rows] = np.where(inside, out[rows] * one.factor, out[rows])
    return out


def value_added(adjusted: pl.DataFrame, unadjusted: pl.DataFrame, actual: pl.DataFrame) -> float:
    """Forecast value added: how much smaller the error became, as a share of it.

    Args:
        adjusted: `ds`, `mean` of the forecast with adjustments.
        unadjusted: The same without them.
        actual: `ds`, `y` of what came.

    Returns:
        0.2 where the mean absolute error is a fifth smaller, below 0 where it is larger; NaN
        where no month is known, or the unadjusted forecast has no error.

    References:
        Gilliland (2010), The Business Forecasting Deal.
    """
    both = (
        actual.select("ds", "y")
        .join(adjusted.select("ds", pl.col("mean").alias("with")), on="ds")
        .join(unadjusted.select("ds", pl.col("mean").alias("without")), on="ds")
    )
    if both.is_empty():
        return float("nan")
    errors = both.select(
        (pl.col(name) - pl.col("y")).abs().mean() for name in ("with", "without")
    ).row(0)
    return float(1 - errors[0] / errors[1]) if errors[1] > 0 else float("nan")
