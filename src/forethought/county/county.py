"""The whole county as truth: every stage in order, each from streams of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from forethought.county.areas import Areas, areas
from forethought.county.arrays import Flags, Integers
from forethought.county.assessments import Assessments, assessments
from forethought.county.contacts import Requests, requests
from forethought.county.days import NEVER, Days, month_starts, year_starts
from forethought.county.needs import Needs, needs
from forethought.county.residents import Residents, residents
from forethought.county.support import Starts, first_stock, support
from forethought.county.support_log import SupportHistory

Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class County:
    """Everything that happened, before anybody wrote it down.

    Args:
        seed: Seed of the county.
        today: The day on which the extracts are made.
        months: First days of the months since April 2016, and the end of the last complete one.
        where: Areas.
        people: Residents and their homes.
        lasting: Lasting needs.
        asked: Requests.
        assessed: What followed them.
        supported: Long-term support.
    """

    seed: int
    today: date
    months: Days
    where: Areas
    people: Residents
    lasting: Needs
    asked: Requests
    assessed: Assessments
    supported: SupportHistory

    @property
    def last_day(self) -> int:
        """The last day of the last complete month."""
        return int(self.months[-1]) - 1

    def home_at(self, person: Integers, day: Integers) -> Integers:
        """Household of people on days; the first or last one outside their time here."""
        people = self.people
        key = people.stay_person * 65536 + people.stay_from
        place = np.searchsorted(key, person * 65536 + day, side="right") - 1
        place = np.maximum(place, 0)
        wrong = people.stay_person[place] != person
        place = np.where(wrong, place + 1, place)
        return people.stay_household[place]

    def district_at(self, person: Integers, day: Integers) -> Integers:
        """District in which people live on days."""
        return self.where.district[self.people.household_area[self.home_at(person, day)]]

    def alone_on(self, day: int) -> Flags:
        """Whether each person lives alone on a day (or lived so last)."""
        home = self.people.household_on(day)
        size = np.bincount(home[home >= 0], minlength=self.people.household_area.size)
        return np.asarray(size[self.people.household] <= 1)

    def in_support(self, person: Integers, day: Integers) -> Flags:
        """Whether people have long-term support on days."""
        rows = self.supported.segments
        order = np.lexsort((rows["start"], rows["person"]))
        key = rows["person"][order] * 65536 + rows["start"][order]
        place = np.searchsorted(key, person * 65536 + day, side="right") - 1
        found = order[np.maximum(place, 0)]
        same = (place >= 0) & (rows["person"][found] == person)
        return np.asarray(same & (rows["end"][found] >= day))


def live(seed: int, scale: float, today: date, progress: Progress | None = None) -> County:
    """Let the county live from April 2016 to the last complete month before `today`.

    Args:
        seed: Seed of the county.
        scale: Share of its areas.
        today: The day on which the extracts are made.
        progress: Called with the name of each stage as it begins.
    """
    say = progress or (lambda _: None)
    months, years = month_starts(today), year_starts(today)
    say("areas")
    where = areas(seed, scale)
    say("residents")
    people = residents(seed, where, years)
    say("needs")
    lasting = needs(seed, people)
    say("contacts")
    asked = requests(seed, people, where, lasting, months, years)
    say("assessments")
    assessed = assessments(seed, people, where, lasting, asked, months)
    say("support")
    stock = first_stock(seed, people, where, lasting, int(months[0]))
    supported = support(seed, people, where, lasting, _starts(stock, assessed), months)
    return County(seed, today, months, where, people, lasting, asked, assessed, supported)


def _starts(stock: Starts, assessed: Assessments) -> Starts:
    """Those who had support already, and those who start, by day."""
    begun = np.flatnonzero(assessed.starts < NEVER)
    person = np.concatenate([stock.person, assessed.person[begun]])
    day = np.concatenate([stock.day, assessed.starts[begun]])
    in_stock = np.concatenate([stock.in_stock, np.zeros(begun.size, dtype=bool)])
    order = np.lexsort((person, day))
    return Starts(person[order], day[order], in_stock[order])
