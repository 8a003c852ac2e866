"""Teams, and how many staff they had: funded, in post, available."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from forethought.county.arrays import Floats, Integers
from forethought.county.days import Days, day_of, month_index, number
from forethought.county.names import DISTRICTS

LOCALITIES = tuple(dict.fromkeys(district.locality for district in DISTRICTS))
SPECIALISMS = ("Older people", "Learning disability", "Physical disability", "Mental health")
_WORK_OF_LOCALITY = (
    "older and disabled adults", "learning disability", "mental health", "reviews",
)  # fmt: skip
TEAMS = (
    *(f"{place} {work}" for place in LOCALITIES for work in _WORK_OF_LOCALITY),
    "Access",
    "Hospital discharge",
    "Safeguarding",
    "Deprivation of liberty",
)
ACCESS, DISCHARGE, SAFEGUARDING, LIBERTY = range(len(TEAMS) - 4, len(TEAMS))
_BY_GROUP = np.array([0, 1, 0, 2])
REVIEWS = 3
_OF_LOCALITY = len(_WORK_OF_LOCALITY)

PIECES_PER_FTE_WEEK = {"assessment": 0.95, "request": 14.0, "review": 3.2, "safeguarding": 2.4,
                       "dols": 1.5}  # fmt: skip
_PROFILE = (
    (date(2016, 4, 1), 1.05), (date(2019, 10, 1), 1.02), (date(2020, 4, 1), 0.88),
    (date(2020, 10, 1), 0.97), (date(2021, 10, 1), 0.945), (date(2022, 10, 1), 0.955),
    (date(2023, 6, 1), 1.05), (date(2024, 4, 1), 1.10), (date(2025, 6, 1), 1.06),
    (date(2026, 10, 1), 1.02),
)  # fmt: skip
"""Capacity against demand's trend: the pandemic and the vacancies after it made a backlog."""
_LEAVE = np.array([1.0, 1.03, 1.02, 0.98, 1.0, 1.01, 0.97, 0.91, 1.03, 1.04, 1.05, 0.90])
"""Staff at work by calendar month, January first."""
_AVAILABLE_OF_IN_POST, _IN_POST_OF_FUNDED = 0.87, 0.91


@dataclass(frozen=True, eq=False)
class Staff:
    """Staff of one kind of work by team and month, full-time equivalents.

    Args:
        team: Positions in `TEAMS`.
        available: FTE at work, shape (teams, months).
        pieces: Pieces of work that an FTE does in a week.
    """

    team: Integers
    available: Floats
    pieces: float

    def weekly_capacity(self, mondays: Days, months: Days) -> Floats:
        """Pieces of work that each team can do in each week."""
        month = np.clip(month_index(mondays, months), 0, self.available.shape[1] - 1)
        return self.available[:, month] * self.pieces


def locality_of(district: Integers) -> Integers:
    """Position in `LOCALITIES` of districts."""
    table = np.array([LOCALITIES.index(district.locality) for district in DISTRICTS])
    return table[district]


def team_of(district: Integers, group: Integers) -> Integers:
    """The locality team for a district and client group."""
    team: Integers = locality_of(district) * _OF_LOCALITY + _BY_GROUP[group]
    return team


def review_team_of(district: Integers) -> Integers:
    """The review team of a district."""
    return locality_of(district) * _OF_LOCALITY + REVIEWS


def first_monday(months: Days) -> int:
    """The Monday on or before the first day."""
    return int(months[0]) - day_of(int(months[0])).weekday()


def mondays(months: Days) -> Days:
    """Mondays of the weeks from the first day to the end of the last month."""
    return np.arange(first_monday(months), int(months[-1]), 7)


def profile(months: Days) -> Floats:
    """Capacity against the trend of demand in each month."""
    middle = (months[:-1] + months[1:]) / 2
    calendar = (3 + np.arange(middle.size)) % 12
    days, factors = [number(day) for day, _ in _PROFILE], [factor for _, factor in _PROFILE]
    capacity: Floats = np.interp(middle, days, factors) * _LEAVE[calendar]
    return capacity


def staffed(
    arrived: Integers, team: Integers, months: Days, pieces: float, ratio: float = 1.0
) -> Staff:
    """Staff that follow the trend of the work that comes, with the county's ups and downs.

    Args:
        arrived: Day on which each piece of work comes.
        team: Its team, position in `TEAMS`.
        months: First days of the months, and the end of the last.
        pieces: Pieces that an FTE does in a week.
        ratio: Capacity against the trend of the work, before ups and downs.
    """
    teams = np.unique(team)
    weeks = np.diff(months) / 7
    available = np.empty((teams.size, weeks.size))
    time = np.arange(weeks.size)
    for row, number_of_team in enumerate(teams):
        month = month_index(arrived[team == number_of_team], months)
        count = np.bincount(month[(month >= 0) & (month < weeks.size)], minlength=weeks.size)
        slope, level = np.polyfit(time, count / weeks, 1)
        trend = np.maximum(level + slope * time, 0.25 * (count / weeks).mean() + 1e-3)
        available[row] = ratio * trend * profile(months) / pieces
    return Staff(team=teams, available=np.round(available, 2), pieces=pieces)


def staff_table(
    staff: list[Staff], months: Days, teams: tuple[str, ...] = TEAMS
) -> dict[str, list[object]]:
    """Rows of `asc_staff`: a team's FTE over all its kinds of work, by month."""
    total = np.zeros((len(teams), months.size - 1))
    for part in staff:
        np.add.at(total, part.team, part.available)
    rows: dict[str, list[object]] = {
        name: []
        for name in ("team", "month", "fte_funded", "fte_in_post", "fte_available", "agency_fte")
    }
    calendar = (3 + np.arange(months.size - 1)) % 12
    year = np.arange(months.size - 1) // 12
    for position, name in enumerate(teams):
        in_post = total[position] / _AVAILABLE_OF_IN_POST / _LEAVE[calendar]
        funded = np.array([in_post[year == y].mean() for y in year]) / _IN_POST_OF_FUNDED
        agency = 0.4 * np.maximum(funded - in_post, 0)
        rows["team"] += [name] * year.size
        rows["month"] += [day_of(m).isoformat() for m in months[:-1].tolist()]
        rows["fte_funded"] += np.round(funded, 1).tolist()
        rows["fte_in_post"] += np.round(np.minimum(in_post, funded * 1.05), 1).tolist()
        rows["fte_available"] += np.round(total[position], 2).tolist()
        rows["agency_fte"] += np.round(agency, 1).tolist()
    return rows
