"""Quantities as a pathway file writes them: a number with its unit, nothing else.

    times       30min  11h  28d  7w  12mo  2.9y
    hours       37h a week
    money       5000 GBP
    money rates 58000 GBP a year, 450 GBP a week, 12 GBP a day, 42 GBP an hour
    shares      0.25 or 25%

A month has 30.4375 days and a year 365.25 (the average over leap years). A number where a unit is
needed is refused: 12 may be hours, days or weeks, and nobody should guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Self

from pydantic_core import CoreSchema, core_schema

from forethought.errors import did_you_mean

DAYS_IN_MONTH = 30.4375
DAYS_IN_YEAR = 365.25
WEEKS_IN_YEAR = DAYS_IN_YEAR / 7
HOURS_IN_WEEK = 168.0
MOST = 1e12
"""No quantity of a service is larger."""
UNIT_DAYS = {
    "min": 1 / 1440,
    "h": 1 / 24,
    "d": 1.0,
    "w": 7.0,
    "mo": DAYS_IN_MONTH,
    "y": DAYS_IN_YEAR,
}
UNIT_WORDS = {
    "min": "minutes",
    "h": "hours",
    "d": "days",
    "w": "weeks",
    "mo": "months",
    "y": "years",
}
NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?"
_TIME = re.compile(rf"({NUMBER}) ?([a-z]+)")
_HOURS = re.compile(rf"({NUMBER}) ?h a week")
_POUNDS = re.compile(rf"({NUMBER}) GBP")
_RATE = re.compile(rf"({NUMBER}) GBP an? (year|month|week|day|hour)")
_PER_CENT = re.compile(rf"({NUMBER}) ?%")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class QuantityError(ValueError):
    """A value that is no quantity of the kind asked for.

    Args:
        what: The fact.
        remedy: How to write it.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True)
class Span:
    """A length of time with the unit it was written in.

    Args:
        number: How many.
        unit: Key of `UNIT_DAYS`.
    """

    number: float
    unit: str
    units: ClassVar[tuple[str, ...]] = tuple(UNIT_DAYS)
    example: ClassVar[str] = "28d"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.read)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        pattern = rf"^{NUMBER} ?({'|'.join(cls.units)})$"
        return {"type": "string", "pattern": pattern, "examples": [cls.example]}

    @property
    def days(self) -> float:
        """Calendar days."""
        return self.number * UNIT_DAYS[self.unit]

    @property
    def hours(self) -> float:
        """Hours."""
        if self.unit == "min":
            return self.number / 60
        return self.number if self.unit == "h" else self.days * 24

    @property
    def whole_days(self) -> int:
        """Days, to the nearest whole one: 12mo is 365."""
        return round(self.days)

    @classmethod
    def read(cls, value: object) -> Self:
        """A time from its text.

        Raises:
            QuantityError: It has no unit, another unit, or is no time.
        """
        units = ", ".join(f"{unit} ({UNIT_WORDS[unit]})" for unit in cls.units)
        remedy = f"Write a number with its unit: {units}. Example: {cls.example}."
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise QuantityError(f"{shown(value)} has no unit.", remedy)
        found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            raise QuantityError(f"{shown(value)} is no length of time.", remedy)
        if found[2] not in cls.units:
            raise QuantityError(f'"{found[2]}" is no unit here.', remedy)
        return cls(_float(found[1]), found[2])


@dataclass(frozen=True)
class StaffTime(Span):
    """Time of staff: hours or minutes (days only on a continuous clock, which pathways check)."""

    units: ClassVar[tuple[str, ...]] = ("min", "h", "d")
    example: ClassVar[str] = "11h"


@dataclass(frozen=True)
class Elapsed(Span):
    """Time on the calendar."""

    units: ClassVar[tuple[str, ...]] = ("h", "d", "w", "mo", "y")


@dataclass(frozen=True)
class DayCount(Span):
    """Time on the calendar in whole days."""

    units: ClassVar[tuple[str, ...]] = ("d", "w", "mo", "y")

    @classmethod
    def read(cls, value: object) -> Self:
        """A time in whole days.

        Raises:
            QuantityError: As `Span.read`; or the days or weeks are not whole.
        """
        found = super().read(value)
        if found.unit in {"d", "w"} and found.days != found.whole_days:
            raise QuantityError(
                f"{shown(value)} is not a whole number of days.", "Write it as 28d."
            )
        return found


@dataclass(frozen=True)
class Rate:
    """Pounds for a period.

    Args:
        pounds: How many.
        period: year, month, week, day or hour.
    """

    pounds: float
    period: str

    def a_year(self, hours_per_week: float = 0.0) -> float:
        """Pounds a year; an hour's pay over the contracted hours of a year."""
        times = {
            "year": 1.0,
            "month": 12.0,
            "week": WEEKS_IN_YEAR,
            "day": DAYS_IN_YEAR,
            "hour": hours_per_week * WEEKS_IN_YEAR,
        }
        return self.pounds * times[self.period]

    def a_week(self) -> float:
        """Pounds a week."""
        return self.pounds if self.period == "week" else self.a_year() / WEEKS_IN_YEAR

    def a_day(self) -> float:
        """Pounds a day."""
        return self.pounds if self.period == "day" else self.a_year() / DAYS_IN_YEAR


def rate(value: object) -> Rate:
    """Pounds for a period: `58000 GBP a year`, `42 GBP an hour`.

    Raises:
        QuantityError: It is no such rate.
    """
    found = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise QuantityError(
            f"{shown(value)} is no sum for a period.",
            "Write 58000 GBP a year (or a month, a week, a day, an hour).",
        )
    return Rate(_float(found[1]), found[2])


def pounds(value: object) -> float:
    """A sum of money: `5000 GBP`.

    Raises:
        QuantityError: It is no sum.
    """
    found = _POUNDS.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise QuantityError(f"{shown(value)} is no sum of money.", "Write 5000 GBP.")
    return _float(found[1])


def hours_a_week(value: object) -> float:
    """Hours of a working week: `37h a week`.

    Raises:
        QuantityError: It is none, or more than a week has.
    """
    found = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise QuantityError(f"{shown(value)} is no working week.", "Write 37h a week.")
    hours = _float(found[1])
    if not 0 < hours <= HOURS_IN_WEEK:
        raise QuantityError(
            f"A week has no {shown(value)}.", "Write 37h a week: above 0, up to 168."
        )
    return hours


def share(value: object) -> float:
    """A share of a whole, `0.25` or `25%`.

    Raises:
        QuantityError: It is none, or outside 0 to 1.
    """
    number = ratio(value)
    if number > 1:
        raise QuantityError(
            f"{shown(value)} is more than the whole.", "Write a share from 0 to 1, or 0% to 100%."
        )
    return number


def ratio(value: object) -> float:
    """A number from 0 up that may exceed 1, `1.3` or `130%`.

    Raises:
        QuantityError: It is none, or below 0.
    """
    found = _PER_CENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is not None:
        return _float(found[1]) / 100
    if isinstance(value, str):
        raise QuantityError(f"{shown(value)} is no share.", "Write 0.25 or 25%.")
    return at_least_zero(value)


def number(value: object) -> float:
    """A plain number.

    Raises:
        QuantityError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise QuantityError(f"{shown(value)} is no number.", "Write a number without words.")
    if not -MOST <= value <= MOST:  # catches nan too
        raise QuantityError(f"{shown(value)} is no number of a service.", "Look at its digits.")
    return float(value)


def at_least_zero(value: object) -> float:
    """A plain number from 0 up.

    Raises:
        QuantityError: It is none, or below 0.
    """
    found = number(value)
    if found < 0:
        raise QuantityError(f"{shown(value)} is below 0.", "Write a number from 0 up.")
    return found


def above_zero(value: object) -> float:
    """A plain number above 0.

    Raises:
        QuantityError: It is none, or not above 0.
    """
    found = number(value)
    if found <= 0:
        raise QuantityError(f"{shown(value)} is not above 0.", "Write a number above 0.")
    return found


def whole(value: object) -> int:
    """A whole number.

    Raises:
        QuantityError: It is none.
    """
    found = number(value)
    if found != int(found):
        raise QuantityError(f"{shown(value)} is not whole.", "Write a whole number.")
    return int(found)


def day(value: object) -> date:
    """A date.

    Raises:
        QuantityError: It is none.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise QuantityError(f"{shown(value)} is no date.", "Write 2026-04-01.") from None


def text(value: object) -> str:
    """Words.

    Raises:
        QuantityError: It is no text (a bare number or date, a list).
    """
    if isinstance(value, str):
        return value
    raise QuantityError(f"{shown(value)} is no text.", "Put it in quotes.")


def name(value: object) -> str:
    """A name: a letter, then letters, digits, `_` or `-`.

    Raises:
        QuantityError: It is none (YAML reads yes, no, on and off as true and false).
    """
    if isinstance(value, str) and _NAME.fullmatch(value):
        return value
    raise QuantityError(
        f"{shown(value)} is no name.",
        "Start with a letter; letters, digits, _ and - may follow. The words on pages are `label`.",
    )


def flag(value: object) -> bool:
    """Yes or no.

    Raises:
        QuantityError: It is neither true nor false.
    """
    if isinstance(value, bool):
        return value
    raise QuantityError(f"{shown(value)} is neither true nor false.", "Write true or false.")


def nearest(name: str, known: Iterable[str]) -> str:
    """The remedy for an unknown name: the nearest known one, those there are, or that none are."""
    return did_you_mean(name, known) or "Use a name that the file has, or add it."


def shown(value: object) -> str:
    """A value as a message quotes it, cut where it is long."""
    if value is None:
        return "An empty value"
    if isinstance(value, dict):
        return "A group of keys"
    if isinstance(value, list):
        return "A list"
    words = str(value).lower() if isinstance(value, bool) else str(value)
    words = words if len(words) <= 40 else f"{words[:37]}..."  # noqa: PLR2004  a line of a terminal
    return f'"{words}"' if isinstance(value, str) else words


def _float(words: str) -> float:
    return number(float(words.replace(",", "")))
