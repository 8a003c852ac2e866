"""Vital rates: deaths, births, leaving home and moving, as the county's truth.

Levels follow England's: life tables (ONS 2018 to 2020), a total fertility rate near 1.55, about
one household in twenty moving within a county each year.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forethought.county.days import number
from forethought.stats.streams import Stream

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LOG_DEATH_AT_0, LOG_DEATH_PER_YEAR = -11.45, 0.1085
SEX_EFFECT, DEPRIVATION_EFFECT, FRAILTY_EFFECT = 0.19, 0.12, 0.45
PANDEMIC_DEATHS = 1.13
_PANDEMIC_YEAR = 2020
_BIRTH_AGES = np.array([16, 20, 25, 30, 35, 40, 45])
_BIRTH_RATES = np.array([0.012, 0.046, 0.088, 0.103, 0.058, 0.013, 0.0])


def frailty(seed: int, person: Integers) -> Floats:
    """Frailty of each person: never recorded, raises death and need alike (standard normal)."""
    return Stream(seed, "frailty").normal(person)


def death_chance(
    age: Floats, is_woman: NDArray[np.bool_], deprivation: Floats, frail: Floats, start: int
) -> Floats:
    """Chance of dying within a year that begins on day `start`."""
    hazard = np.exp(
        np.maximum(LOG_DEATH_AT_0 + LOG_DEATH_PER_YEAR * age, -8.3)
        + np.where(is_woman, -SEX_EFFECT, SEX_EFFECT)
        + DEPRIVATION_EFFECT * deprivation
        + FRAILTY_EFFECT * frail
        - FRAILTY_EFFECT**2 / 2
    )
    if start in {number_of_april(_PANDEMIC_YEAR)}:
        hazard = hazard * np.where(age >= 60, PANDEMIC_DEATHS, 1.03)
    chance: Floats = 1 - np.exp(-hazard)
    return chance


def number_of_april(year: int) -> int:
    """1 April of a year as a day number."""
    from datetime import date

    return number(date(year, 4, 1))


def birth_chance(age: Floats) -> Floats:
    """Chance that a woman of an age has a child within a year."""
    band = np.searchsorted(_BIRTH_AGES, age, side="right") - 1
    return np.where(band >= 0, _BIRTH_RATES[np.maximum(band, 0)], 0.0)


def leaving_home_chance(age: Floats) -> Floats:
    """Chance that somebody who lives with their parents leaves within a year, from 18."""
    return np.where(age < 20, 0.22, np.where(age < 30, 0.17, 0.06))


def moving_chance(oldest: Floats, tenure: Integers) -> tuple[Floats, Floats]:
    """Chances that a household leaves the county, and that it moves within it, in a year."""
    mobile = np.where(tenure == 4, 2.2, np.where(tenure >= 2, 0.8, 0.75))
    away = np.interp(oldest, [20, 30, 45, 60, 75, 90], [0.050, 0.034, 0.017, 0.011, 0.008, 0.008])
    within = np.interp(oldest, [20, 30, 45, 60, 75, 90], [0.08, 0.06, 0.03, 0.016, 0.014, 0.02])
    return away * mobile, within * mobile
