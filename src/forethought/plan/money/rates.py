"""How the rate of support (person-weeks a resident of the age band) has moved and may move on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forethought.errors import DataError
from forethought.place.calendar import add_months, financial_year
from forethought.plan.demand.vocabulary import SERVICES

Floats = NDArray[np.float64]

YEAR_MONTHS = 12
RECENT_CHANGES = 6
FEWEST_PEOPLE = 5.0
DAMPING = 0.8
"""Share of a rate's drift that lasts from one year to the next: trends of rates fade."""


@dataclass(frozen=True, eq=False)
class RateTrend:
    """Yearly change of log rates by service and profile.

    Args:
        years: First calendar years of the financial years of the history.
        rates: People supported a resident, mean of the year: service x profile x year.
        drift: Expected change of the log rate a year: service x profile.
        drift_sd: How unsure that is in each cell beside its service, same shape.
        service_sd: How unsure the middle of each service is.
        residuals: What the changes of each year differed from their mean: service x profile
            x year; zero for cells too small to tell.
    """

    years: tuple[int, ...]
    rates: Floats
    drift: Floats
    drift_sd: Floats
    service_sd: Floats
    residuals: Floats

    def drawn(self, years: int, paths: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Changes of the log rate in years ahead: service x profile x year x path.

        Residuals of a year are drawn for all cells together, so that what moves together goes on
        doing so; the drift is drawn once a path and fades.
        """
        score = rng.normal(size=(*self.drift.shape, paths))
        together = self.service_sd[:, None, None] * rng.normal(size=(self.drift.shape[0], 1, paths))
        slope = self.drift[..., None] + self.drift_sd[..., None] * score + together
        which = rng.integers(0, self.residuals.shape[-1], size=(years, paths))
        out = np.empty((*self.drift.shape, years, paths))
        for year in range(years):
            out[:, :, year] = slope * DAMPING**year + self.residuals[:, :, which[year]]
        return out


def rate_trend(weeks: Floats, population: Floats, months: Sequence[date]) -> RateTrend:
    """Measure how rates have moved.

    Drifts are those of the last six changes, drawn towards the mean of their service the more the
    less is known of them (empirical Bayes with the method of moments).

    Args:
        weeks: Person-weeks: service x profile x month.
        population: Residents of each profile's age band: profile x month.
        months: First days of the months.

    Raises:
        DataError: Fewer than four whole financial years.

    References:
        DerSimonian and Laird (1986), Meta-analysis in clinical trials.
    """
    labels = np.array([financial_year(month) for month in months])
    whole = [y for y in np.unique(labels).tolist() if (labels == y).sum() == YEAR_MONTHS]
    if len(whole) < 4:  # noqa: PLR2004  three changes
        raise DataError(
            f"The history has {len(whole)} whole financial years.",
            remedy="A trend of rates needs four or more.",
        )
    days = np.array([(add_months(month, 1) - month).days for month in months])
    given = np.stack(
        [weeks[..., labels == y].sum(axis=-1) * 7 / days[labels == y].sum() for y in whole], axis=-1
    )
    people = np.stack([population[:, labels == y].mean(axis=-1) for y in whole], axis=-1)
    rates = given / people[None]
    enough = given.min(axis=-1) >= FEWEST_PEOPLE
    changes = np.diff(np.log(np.where(enough[..., None], rates, 1.0)), axis=-1)
    recent = changes[..., -RECENT_CHANGES:]
    drift, sd, service_sd = _shrunk(recent, enough)
    residuals = np.where(enough[..., None], changes - changes.mean(axis=-1, keepdims=True), 0.0)
    return RateTrend(tuple(whole), rates, drift, sd, service_sd, residuals)


def _shrunk(changes: Floats, enough: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Drift and its standard deviation by service and profile; that of the services' middles."""
    drift, sd = np.zeros(enough.shape), np.zeros(enough.shape)
    service_sd = np.zeros(enough.shape[0])
    mean = changes.mean(axis=-1)
    error = np.maximum(changes.var(axis=-1, ddof=1) / changes.shape[-1], 1e-8)
    whole = _moments(mean[enough], error[enough])
    for service in range(len(SERVICES)):
        here = enough[service]
        own = _moments(mean[service][here], error[service][here]) if here.sum() > 1 else whole
        share = np.where(here, own.between / (own.between + error[service]), 0.0)
        drift[service] = own.middle + share * (mean[service] - own.middle)
        sd[service] = np.sqrt(np.where(here, share * error[service], own.between))
        service_sd[service] = own.error
    return drift, sd, service_sd


class _Moments(NamedTuple):
    """Common mean, variance between cells, standard error of the mean."""

    middle: float
    between: float
    error: float


def _moments(means: Floats, errors: Floats) -> _Moments:
    """Cells summed up as studies are (DerSimonian and Laird)."""
    if means.size == 0:
        return _Moments(0.0, 0.0, 0.0)
    weight = 1 / errors
    fixed = float((weight * means).sum() / weight.sum())
    spread = float((weight * (means - fixed) ** 2).sum())
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    tau = max((spread - (means.size - 1)) / scale, 0.0) if scale > 0 else 0.0
    again = 1 / (errors + tau)
    total = float(again.sum())
    return _Moments(float((again * means).sum()) / total, tau, total**-0.5)
