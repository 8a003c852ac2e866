"""Packages of long-term support: settings, levels, prices, and the effects on stepping up."""

from __future__ import annotations

from datetime import date

import numpy as np

from forethought.county.arrays import Floats, Integers
from forethought.county.days import Days, number

SETTINGS = ("home_care", "direct_payment", "supported_living", "extra_care", "day", "other",
            "residential", "nursing")  # fmt: skip
HOME_CARE, DIRECT, SUPPORTED, EXTRA, DAY, OTHER, RESIDENTIAL, NURSING = range(8)
LEVELS = 4

# columns: settings; rows: older people, learning disability, physical disability, mental health
NEW_SETTINGS = np.array(
    [
        [0.670, 0.060, 0.003, 0.040, 0.012, 0.025, 0.098, 0.050],
        [0.050, 0.240, 0.360, 0.005, 0.190, 0.035, 0.110, 0.010],
        [0.360, 0.420, 0.075, 0.015, 0.010, 0.050, 0.045, 0.025],
        [0.180, 0.180, 0.400, 0.005, 0.020, 0.085, 0.110, 0.020],
    ]
)
STOCK_SETTINGS = np.array(
    [
        [0.505, 0.070, 0.005, 0.045, 0.020, 0.020, 0.230, 0.105],
        [0.045, 0.225, 0.380, 0.005, 0.150, 0.025, 0.160, 0.010],
        [0.320, 0.420, 0.090, 0.015, 0.010, 0.035, 0.070, 0.040],
        [0.150, 0.190, 0.390, 0.005, 0.020, 0.060, 0.160, 0.025],
    ]
)
NEW_LEVELS = np.array([0.34, 0.36, 0.21, 0.09])
STOCK_LEVELS = np.array([0.26, 0.35, 0.25, 0.14])

UNITS = np.array(
    [
        [5.0, 9.5, 15.75, 28.0],
        [1.0, 1.0, 1.0, 1.0],
        [1.0, 1.0, 1.0, 1.0],
        [1.0, 1.0, 1.0, 1.0],
        [2.0, 3.0, 4.0, 5.0],
        [1.0, 1.0, 1.0, 1.0],
        [1.0, 1.0, 1.0, 1.0],
        [1.0, 1.0, 1.0, 1.0],
    ]
)
"""Hours, sessions or weeks a week by setting and level."""
UNIT_GBP = np.array(
    [
        [23.56, 23.56, 23.56, 23.56],
        [115, 240, 430, 810],
        [430, 790, 1210, 1790],
        [175, 255, 335, 460],
        [72, 72, 72, 72],
        [38, 62, 95, 130],
        [930, 990, 1068, 1215],
        [1020, 1073, 1147, 1294],
    ],
    dtype=np.float64,
)
"""Price of a unit in 2024 to 2025 (England: home care 23.56 an hour)."""
GROUP_PRICE = np.array(
    [
        [1.0, 1.0, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0],
        [1.0, 1.15, 1.05, 1.0, 1.0, 1.0, 1.62, 1.35],
        [1.0, 1.1, 1.0, 1.0, 1.0, 1.0, 1.30, 1.30],
        [1.0, 0.75, 0.80, 1.0, 1.0, 1.0, 1.05, 1.10],
    ]
)
PRICE_INDEX = {
    2015: 0.615, 2016: 0.640, 2017: 0.662, 2018: 0.688, 2019: 0.714, 2020: 0.742, 2021: 0.772,
    2022: 0.836, 2023: 0.928, 2024: 1.000, 2025: 1.062, 2026: 1.108,
}  # fmt: skip
"""Prices against 2024 to 2025 by financial year: the shocks came in 2022 and 2023."""

STEP_UP_BASE = np.array([0.0150, 0.0042, 0.0080, 0.0075])
"""Chance a month of stepping up in the community, by client group, before effects."""
STEP_UP_CARE_HOME = 0.55
FACTORS = {
    "housing_deprivation": 0.12,
    "education_and_employment_deprivation": 0.10,
    "cost_of_services": 0.15,
    "age": 0.02,
    "time_in_service": -0.07,
    "specialism": 0.25,
    "locality": 0.0,
    "marital_status": -0.22,
    "living_environment": 0.0,
    "safeguarding_episodes": 0.50,
    "time_since_last_review": 0.16,
}
"""The eleven factors and their effects on the monthly log hazard of stepping up.

Housing, and education with employment: per standard deviation of the area's score. Cost: per log
of weekly cost against the setting's mean. Age: per year from 75 on. Time: per year in service, to
five years. Specialism: for dementia as the reason (the groups' own levels are in the base).
Marital status: married or in a partnership that still lives together. Safeguarding: any episode
within a year. Review: per half year beyond the first year, to two years. Locality and living
environment: none.
"""
UNMEASURED = {"frailty": 0.30, "alone and 85 or over": 0.22}

END_BASE = np.array([0.0118, 0.0010, 0.0105, 0.0085])
"""Chance a month that support at home ends for other reasons than death or leaving."""
END_CARE_HOME = np.array([0.0085, 0.0015, 0.0030, 0.0050])
SAFEGUARDING_BASE = 0.0100


def april_prices(years: range) -> Floats:
    """Price index of financial years."""
    return np.array([PRICE_INDEX[year] for year in years])


def financial_year_of(days: Days) -> Integers:
    """Starting calendar year of the financial year of each day."""
    aprils = np.array([number(date(year, 4, 1)) for year in range(2000, 2040)])
    return 1999 + np.searchsorted(aprils, days, side="right")


def unit_price(setting: Integers, level: Integers, group: Integers, year: Integers) -> Floats:
    """Price of a unit in a financial year, before what a provider asks."""
    index = np.array([PRICE_INDEX.get(y, 0.6) for y in range(2000, 2030)])
    index[:15] = 0.595
    price: Floats = (
        UNIT_GBP[setting, level]
        * GROUP_PRICE[group, setting]
        * index[np.clip(year, 2000, 2029) - 2000]
    )
    return price


def weekly_cost(setting: Integers, level: Integers, group: Integers, year: Integers) -> Floats:
    """Cost a week in pounds."""
    cost: Floats = unit_price(setting, level, group, year) * UNITS[setting, level]
    return cost
