"""Who or what does the work of a pathway: staff and supply, absence, dated changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class Change:
    """A dated change of a resource.

    Args:
        add: FTE or units more (negative: fewer) between the days, full after the ramp.
        starts_on: First day.
        ends_on: Last day, or None for good.
        ramp_days: Days in which it grows evenly from nothing to all.
        cost_per_year_gbp: Cost of one FTE (unit) a year, where it differs (an agency's).
        one_off_gbp: Cost once, when it starts.
        why: Words.
    """

    add: float
    starts_on: date
    ends_on: date | None = None
    ramp_days: int = 0
    cost_per_year_gbp: float | None = None
    one_off_gbp: float = 0.0
    why: str = ""


@dataclass(frozen=True)
class Availability:
    """The time that staff in post are not there.

    Args:
        leave_share: Annual leave, share of contracted hours, average of a year.
        leave_by_month: Twelve factors that spread the leave over the year, January first, mean 1.
        sickness_mean: Share of hours lost to sickness.
        sickness_sd: Its spread from week to week (beta distribution), 0 for none.
        sickness_winter: Factor on the mean from December to February (others fall, so that the
            year's mean stays); pools move together in winter.
        training_share: Share of hours in training.
    """

    leave_share: float = 0.0
    leave_by_month: tuple[float, ...] = (1.0,) * 12
    sickness_mean: float = 0.0
    sickness_sd: float = 0.0
    sickness_winter: float = 1.0
    training_share: float = 0.0


@dataclass(frozen=True)
class Resource:
    """Who or what does the work.

    Args:
        name: Its name.
        kind: `staff` gives hours of effort; `supply` gives units that a case holds.
        capacity: FTE in post (staff) or units (supply) at the start.
        hours_per_week: Contracted hours of one FTE (staff).
        weekdays: Share of the week's hours on each weekday, Monday first, sum 1.
        available: Absence (staff).
        direct_share: Share of the time at work that is work on cases (staff).
        caseload_limit: Open cases (in work or in delay) for each FTE; None: no limit.
        changes: Dated changes of capacity.
        closed_on_holidays: No hours on bank holidays.
        cost_per_year_gbp: Cost of one FTE, or of one unit, a year.
        handback_hazard_per_day: Chance a day that a held unit is given back by its provider and
            the case waits again (supply).
        unit: What one unit is, in words: "hour of home care a week".
        label: Words for pages.
        records: Teams of the staff records whose FTE these are.
        skills: What its staff can do; stages may ask for staff by skill.
    """

    name: str
    kind: Literal["staff", "supply"] = "staff"
    capacity: float = 0.0
    hours_per_week: float = 37.0
    weekdays: tuple[float, ...] = (0.2, 0.2, 0.2, 0.2, 0.2, 0.0, 0.0)
    available: Availability = field(default_factory=Availability)
    direct_share: float = 1.0
    caseload_limit: float | None = None
    changes: tuple[Change, ...] = ()
    closed_on_holidays: bool = True
    cost_per_year_gbp: float = 0.0
    handback_hazard_per_day: float = 0.0
    unit: str = "FTE"
    label: str = ""
    records: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
