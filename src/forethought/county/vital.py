"""Vital rates: deaths, births, leaving home and moving, as the county's truth.

Levels follow England's: life tables (ONS 2018 to 2020), a total fertility rate near 1.55, about
one household in twenty moving within a county each year.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from forethought.county.arrays import Flags, Floats, Integers
from forethought.county.days import number
from forethought.stats.streams import Stream

LOG_DEATH_AT_0, LOG_DEATH_PER_YEAR = -11.52, 0.1085
SEX_EFFECT, DEPRIVATION_EFFECT, FRAILTY_EFFECT = 0.19, 0.12, 0.45
PANDEMIC_DEATHS = 1.13
_PANDEMIC_YEAR_FROM = date(2020, 4, 1)
_PANDEMIC_AGE = 60
_MOBILITY = np.array([0.75, 0.75, 0.8, 0.8, 2.2])
"""Moves of a household by tenure, against the rates by age."""
_BIRTH_AGES = np.array([16, 20, 25, 30, 35, 40, 45])
_BIRTH_RATES = np.array([0.009, 0.040, 0.080, 0.096, 0.055, 0.012, 0.0])


def frailty(seed: int, person: Integers) -> Floats:
    """Frailty of each person: never recorded, raises death and need alike (standard normal)."""
    return Stream(seed, "frailty").normal(person)


def death_chance(
    age: Floats, is_woman: Flags, deprivation: Floats, frail: Floats, start: int
) -> Floats:
    """Chance of dying within a year that begins on day `start`."""
    hazard = np.exp(
        np.maximum(LOG_DEATH_AT_0 + LOG_DEATH_PER_YEAR * age, -8.3)
        + np.where(is_woman, -SEX_EFFECT, SEX_EFFECT)
        + DEPRIVATION_EFFECT * deprivation
        + FRAILTY_EFFECT * frail
        - FRAILTY_EFFECT**2 / 2
    )
    if start == number(_PANDEMIC_YEAR_FROM):
        hazard = hazard * np.where(age >= _PANDEMIC_AGE, PANDEMIC_DEATHS, 1.03)
    chance: Floats = 1 - np.exp(-hazard)
    return chance


def birth_chance(age: Floats) -> Floats:
    """Chance that a woman of an age has a child within a year."""
    band = np.searchsorted(_BIRTH_AGES, age, side="right") - 1
    return np.where(band >= 0, _BIRTH_RATES[np.maximum(band, 0)], 0.0)


def leaving_home_chance(age: Floats) -> Floats:
    """Chance that somebody who lives with their parents leaves within a year, from 18."""
    return np.array([0.17, 0.13, 0.06])[np.searchsorted([20, 30], age, side="right")]


def moving_chance(oldest: Floats, tenure: Integers) -> tuple[Floats, Floats]:
    """Chances that a household leaves the county, and that it moves within it, in a year."""
    mobile = _MOBILITY[tenure]
    away = np.interp(oldest, [20, 30, 45, 60, 75, 90], [0.050, 0.034, 0.017, 0.011, 0.008, 0.008])
    within = np.interp(oldest, [20, 30, 45, 60, 75, 90], [0.08, 0.06, 0.03, 0.016, 0.014, 0.02])
    return away * mobile, within * mobile
