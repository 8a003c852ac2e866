"""Days as whole numbers, so that ten years of people fit into plain arrays."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import ArrayLike

from forethought.county.arrays import Integers
from forethought.place.calendar import add_months, months_between

Days = Integers

NEVER = 2_000_000
"""A day beyond all others: what has not ended."""
FIRST_DAY = date(2016, 4, 1)
_EPOCH = date(1970, 1, 1)
DAYS_IN_YEAR = 365.25
ADULT_AGE, OLD_AGE, VERY_OLD_AGE = 18, 65, 85


def number(day: date) -> int:
    """The day's number: days since 1 January 1970, as polars counts them."""
    return (day - _EPOCH).days


def day_of(value: int) -> date:
    """The day of a number."""
    return _EPOCH + timedelta(days=int(value))


def month_starts(today: date) -> Days:
    """First days of the months from April 2016 to the month of `today`, its own included.

    The last complete month runs from the last but one of these to the day before the last.
    """
    months = months_between(FIRST_DAY, today) + 1
    return np.array([number(add_months(FIRST_DAY, i)) for i in range(months)], dtype=np.int64)


def year_starts(today: date) -> Days:
    """1 April of each financial year, and the day after the last complete month at the end."""
    months = month_starts(today)
    starts = months[::12]
    return starts if starts[-1] == months[-1] else np.append(starts, months[-1])


def month_index(days: ArrayLike, months: Days) -> Integers:
    """Position of the month of each day in `months`; -1 before the first."""
    return np.searchsorted(months, np.asarray(days), side="right").astype(np.int64) - 1


def age_at(born: ArrayLike, day: ArrayLike) -> Integers:
    """Age in whole years on a day (to within the day, as leap years are spread)."""
    years = (np.asarray(day) - np.asarray(born)) / DAYS_IN_YEAR
    return np.asarray(np.floor(years), dtype=np.int64)
