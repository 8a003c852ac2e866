"""Population by single year of age and sex: ten years of estimates, ten of projections."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.county.areas import Areas
from forethought.county.arrays import Floats, Integers
from forethought.county.days import age_at, number
from forethought.county.geography import geography
from forethought.county.names import DISTRICTS
from forethought.county.residents import Residents
from forethought.county.vital import birth_chance, death_chance

ESTIMATE_YEARS = range(2016, 2026)
PROJECTION_YEARS = range(2026, 2036)
OLDEST = 90
SEXES = ("Female", "Male")
VARIANTS = {"principal": (1.0, 1.0, 1.0), "high": (1.12, 0.90, 1.45), "low": (0.88, 1.10, 0.55)}
"""Births, deaths and migration of a variant against the principal projection."""
_GIRLS = 0.488


def population_estimates(people: Residents, where: Areas) -> pl.DataFrame:
    """People on 30 June: `year`, `lsoa21`, `sex`, `age` (90 stands for 90 and over), `people`."""
    codes = np.array(geography().lsoa21)[where.position]
    shape = (where.count, len(SEXES), OLDEST + 1)
    frames = []
    for year in ESTIMATE_YEARS:
        counts = _counts(people, date(year, 6, 30), people.household_area, where.count)
        area, sex, age = (part.ravel() for part in np.indices(shape))
        frames.append(
            pl.DataFrame(
                {
                    "year": np.full(area.size, year, dtype=np.int32),
                    "lsoa21": codes[area],
                    "sex": np.array(SEXES)[sex],
                    "age": age.astype(np.int32),
                    "people": counts.ravel().astype(np.int32),
                }
            )
        )
    return pl.concat(frames)


def population_projections(people: Residents, where: Areas) -> pl.DataFrame:
    """Cohort-component projections from mid-2025 by district, in three variants."""
    of_household = where.district[people.household_area]
    before, base = (
        _counts(people, date(year, 6, 30), of_household, len(DISTRICTS)).astype(np.float64)
        for year in (2020, 2025)
    )
    frames = []
    for variant, (births, deaths, migration) in VARIANTS.items():
        now = base
        moved = _migration(before, base)
        for year in PROJECTION_YEARS:
            now = _year_on(now, births, deaths) + migration * moved
            now = np.maximum(now, 0.0)
            frames.append(_rows(variant, year, np.round(now).astype(np.int32)))
    return pl.concat(frames)


def _counts(people: Residents, day: date, place_of_household: Integers, places: int) -> Integers:
    """People by place, sex and age on a day, shape (places, 2, 91)."""
    when = number(day)
    stays = people.stays_on(when)
    person = people.stay_person[stays]
    place = place_of_household[people.stay_household[stays]]
    age = np.minimum(age_at(people.born[person], when), OLDEST)
    sex = np.where(people.is_woman[person], 0, 1)
    key = (place * 2 + sex) * (OLDEST + 1) + age
    counts = np.bincount(key, minlength=places * 2 * (OLDEST + 1))
    return counts.reshape(places, 2, OLDEST + 1).astype(np.int64)


def _year_on(now: Floats, births: float, deaths: float) -> Floats:
    """A year of ageing, deaths and births without migration."""
    ages: Floats = np.arange(OLDEST + 1, dtype=np.float64) + 0.5
    ages[-1] = 93.0
    later = np.zeros_like(now)
    for sex in range(len(SEXES)):
        woman = np.full(ages.size, sex == 0)
        zero = np.zeros(ages.size)
        dying = np.minimum(deaths * death_chance(ages, woman, zero, zero, 0), 1.0)
        living = now[:, sex] * (1 - dying)
        later[:, sex, 1:] = living[:, :-1]
        later[:, sex, -1] += living[:, -1]
    women: Floats = now[:, 0]
    born = births * (women @ birth_chance(ages))
    later[:, 0, 0], later[:, 1, 0] = born * _GIRLS, born * (1 - _GIRLS)
    return later


def _migration(before: Floats, after: Floats) -> Floats:
    """Mean yearly net migration over five years, by district and smoothed over ages."""
    carried = before
    for _ in range(5):
        carried = _year_on(carried, 1.0, 1.0)
    net = (after - carried) / 5
    by_age = net.sum(axis=0)
    kernel = np.ones(5) / 5
    smooth = np.array([np.convolve(np.pad(row, 2, mode="edge"), kernel, "valid") for row in by_age])
    share = after.sum(axis=(1, 2)) / after.sum()
    spread: Floats = share[:, None, None] * smooth[None]
    return spread


def _rows(variant: str, year: int, counts: NDArray[np.int32]) -> pl.DataFrame:
    district, sex, age = (part.ravel() for part in np.indices(counts.shape))
    codes = np.array([place.code for place in DISTRICTS])
    return pl.DataFrame(
        {
            "variant": [variant] * district.size,
            "year": np.full(district.size, year, dtype=np.int32),
            "district_code": codes[district],
            "sex": np.array(SEXES)[sex],
            "age": age.astype(np.int32),
            "people": counts.ravel(),
        }
    )
