"""The council's calendar: months, financial years (April to March), bank holidays.

One place for it, so that every page and file agrees.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

APRIL = 4
MONTHS_IN_YEAR = 12


def month_start(day: date) -> date:
    """First day of the month of `day`."""
    return day.replace(day=1)


def add_months(day: date, months: int) -> date:
    """First day of the month `months` after the month of `day` (negative: before)."""
    index = day.year * MONTHS_IN_YEAR + day.month - 1 + months
    return date(index // MONTHS_IN_YEAR, index % MONTHS_IN_YEAR + 1, 1)


def month_end(day: date) -> date:
    """Last day of the month of `day`."""
    return add_months(day, 1) - timedelta(days=1)


def months_between(first: date, last: date) -> int:
    """Whole months from the month of `first` to the month of `last`."""
    return (last.year - first.year) * MONTHS_IN_YEAR + last.month - first.month


def financial_year(day: date) -> int:
    """The calendar year in which the financial year of `day` begins (1 April)."""
    return day.year if day.month >= APRIL else day.year - 1


def financial_year_label(start_year: int) -> str:
    """How pages write a financial year: `2027 to 2028`."""
    return f"{start_year} to {start_year + 1}"


def financial_year_start(start_year: int) -> date:
    """1 April of the year."""
    return date(start_year, APRIL, 1)


@lru_cache(maxsize=64)
def bank_holidays(year: int, subdivision: str = "ENG") -> frozenset[date]:
    """Bank holidays of a calendar year in England (source: the `holidays` package)."""
    import holidays

    return frozenset(holidays.country_holidays("GB", subdiv=subdivision, years=year))


def is_working_day(day: date) -> bool:
    """Monday to Friday and no bank holiday in England."""
    saturday = 5
    return day.weekday() < saturday and day not in bank_holidays(day.year)


def long_date(day: date) -> str:
    """How pages write a date: `4 December 2026`."""
    return f"{day.day} {day:%B %Y}"


def month_name(day: date) -> str:
    """How pages write a month: `March 2030`."""
    return f"{day:%B %Y}"
