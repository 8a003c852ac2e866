"""Person-weeks up to ten years ahead: the forecast at first, then population times rates.

For the first year the statistical forecast stands as it is. From then on growth passes over,
month by month, to the growth of drivers (residents of the age band, and the rate of support
among them), and three years ahead it is the drivers' alone. Levels never jump, on no path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forethought.errors import UsageError
from forethought.place.calendar import add_months, financial_year, months_between
from forethought.plan.demand.volumes import Volumes
from forethought.plan.money.population import BAND_OF_PROFILE, Population
from forethought.plan.money.rates import RateTrend, rate_trend
from forethought.plan.paths import stable_seed

Floats = NDArray[np.float64]

FORECAST_ALONE_MONTHS, DRIVERS_ALONE_MONTHS = 12, 36
LONGEST_YEARS = 10
_FLOOR_PEOPLE = 0.5
DAYS_IN_WEEK = 7


@dataclass(frozen=True, eq=False)
class Projection:
    """Support ahead, with the drivers behind it.

    Args:
        volumes: The history and forecast that it starts from.
        months: First days of the months ahead.
        weeks: Person-weeks: service x profile x month x path.
        people: Residents by age band, past and projected.
        scores: Where each path lies between the population variants, standard normal.
        trend: How rates have moved.
    """

    volumes: Volumes
    months: tuple[date, ...]
    weeks: NDArray[np.float32]
    people: Population
    scores: Floats
    trend: RateTrend

    @property
    def paths(self) -> int:
        """Sample futures."""
        return int(self.weeks.shape[-1])


def project(
    volumes: Volumes,
    people: Population,
    *,
    until: date,
    seed: int = 0,
) -> Projection:
    """Carry person-weeks on to a month, on joint paths.

    Args:
        volumes: History and forecast (`plan.demand.outlook`).
        people: Residents by age band.
        until: A day of the last month.
        seed: Same seed, same digits.

    Raises:
        UsageError: `until` before the first month ahead or more than ten years on.
        DataError: A history too short to tell how rates move.
    """
    months = _months(volumes, until)
    past = people.observed(volumes.months)[BAND_OF_PROFILE]
    trend = rate_trend(volumes.weeks, past, volumes.months)
    rng = np.random.default_rng(stable_seed(seed, "drivers"))
    scores = rng.normal(size=volumes.paths)
    last = volumes.months[-1]
    residents = people.ahead((last, *months), scores)[BAND_OF_PROFILE]
    growth = _driver_growth(trend, residents, (last, *months), rng)
    weeks = _joined(volumes, months, growth)
    return Projection(volumes, months, weeks, people, scores, trend)


def _months(volumes: Volumes, until: date) -> tuple[date, ...]:
    count = months_between(volumes.months[-1], until)
    if not 1 <= count <= LONGEST_YEARS * 12 + 12:
        raise UsageError(
            f"{until:%B %Y} is not within ten years after {volumes.months[-1]:%B %Y}.",
            where="until",
            remedy="Give a month after the history and at most ten years on.",
        )
    return tuple(add_months(volumes.months[-1], step + 1) for step in range(count))


def _driver_growth(
    trend: RateTrend, population: Floats, months: Sequence[date], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Change of log person-weeks from month to month: service x profile x month x path."""
    years = sorted({financial_year(month) for month in months[1:]})
    drawn = trend.drawn(len(years), population.shape[-1], rng)
    people = np.diff(np.log(population), axis=1)
    place = [years.index(financial_year(month)) for month in months[1:]]
    return np.asarray(people[None] + drawn[:, :, place] / 12)


def _joined(
    volumes: Volumes, months: Sequence[date], growth: NDArray[np.float64]
) -> NDArray[np.float32]:
    """The forecast's growth at first, the drivers' in the end, month by month on every path."""
    known = len(volumes.ahead)
    out = np.empty((*volumes.weeks.shape[:2], len(months), volumes.paths), dtype=np.float32)
    before = None
    level = np.zeros((*out.shape[:2], volumes.paths))
    for step, month in enumerate(months):
        in_weeks = _days(month) / DAYS_IN_WEEK
        here = volumes.weeks_ahead[:, :, step] / in_weeks if step < known else None
        share = drivers_share(step, known)
        if here is not None and share == 0.0:
            level = np.asarray(here, dtype=np.float64)
            out[:, :, step] = volumes.weeks_ahead[:, :, step]
        else:
            change = share * growth[:, :, step]
            if here is not None and before is not None:
                told = np.log(here + _FLOOR_PEOPLE) - np.log(before + _FLOOR_PEOPLE)
                change = change + (1 - share) * told
            level = level * np.exp(change)
            out[:, :, step] = level * in_weeks
        before = here
    return out


def drivers_share(step: int, forecast_months: int) -> float:
    """How much of a month's growth is the drivers': none in the first year, all from the fourth.

    Args:
        step: The month ahead, from 0.
        forecast_months: Months that the statistical forecast tells; after them all.
    """
    if step >= forecast_months:
        return 1.0
    span = DRIVERS_ALONE_MONTHS - FORECAST_ALONE_MONTHS
    return float(min(max((step + 1 - FORECAST_ALONE_MONTHS) / span, 0.0), 1.0))


def _days(month: date) -> int:
    return (add_months(month, 1) - month).days
