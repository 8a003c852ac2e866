"""When new staff can be there: a lag from the decision, so many a month, a time to learn."""

from __future__ import annotations

import math
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from forethought.errors import Problem, SpecificationError
from forethought.place.calendar import add_months
from forethought.plan.simulation.pathway import Change

_LONGEST_MONTHS = 132


@dataclass(frozen=True)
class Hiring:
    """How fast a team can grow.

    Args:
        from_date: Day on which the decision takes effect.
        lag_days: Days from then until the first can start (advert, interview, notice).
        most_per_month: Most that can join in a month; None: any number.
        ramp_days: Days in which a new member of staff grows into full work.
    """

    from_date: date
    lag_days: int = 0
    most_per_month: int | None = None
    ramp_days: int = 0

    def __post_init__(self) -> None:
        problems = [
            Problem(f"{value} is no number of days.", name, "Give whole days from 0.")
            for name, value in (("hiring_lag_days", self.lag_days), ("ramp_days", self.ramp_days))
            if value < 0
        ]
        if self.most_per_month is not None and self.most_per_month < 1:
            problems.append(
                Problem("Nobody could ever join.", "most_joining_per_month", "Give 1 or more.")
            )
        if problems:
            raise SpecificationError("Hiring is not possible so.", problems=problems)

    @property
    def first_day(self) -> date:
        """The first day on which somebody new can work."""
        return self.from_date + timedelta(days=self.lag_days)

    def join(self, extra: float) -> tuple[Change, ...]:
        """The changes that bring so many more (or fewer, at once) into post.

        Whole people join where a limit a month holds; what is left of a whole one joins first.
        """
        if extra == 0:
            return ()
        if extra < 0:
            return (Change(extra, self.from_date, why="fewer posts"),)
        if self.most_per_month is None:
            return (Change(extra, self.first_day, ramp_days=self.ramp_days, why="new staff"),)
        changes = []
        left = extra
        for month in range(_LONGEST_MONTHS):
            joining = min(left, float(self.most_per_month))
            day = months_later(self.first_day, month)
            changes.append(Change(joining, day, ramp_days=self.ramp_days, why="new staff"))
            left -= joining
            if left <= 0:
                break
        return tuple(changes)

    def most_by(self, day: date) -> float:
        """Most people who can have joined by a day."""
        if day < self.first_day:
            return 0.0
        if self.most_per_month is None:
            return math.inf
        months = sum(
            1 for month in range(_LONGEST_MONTHS) if months_later(self.first_day, month) <= day
        )
        return float(months * self.most_per_month)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    first = add_months(day, months)
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))
