"""Ten years of a population: births, deaths, moves in, out and within, year by year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forethought.county.areas import Areas
from forethought.county.arrays import Flags, Floats, Integers, ranks, unfolded
from forethought.county.days import ADULT_AGE, DAYS_IN_YEAR, NEVER
from forethought.county.households import (
    MOVING_HEADS,
    SETTLED_HEADS,
    NewHouseholds,
    new_households,
)
from forethought.county.vital import (
    birth_chance,
    death_chance,
    frailty,
    leaving_home_chance,
    moving_chance,
)
from forethought.stats.streams import Stream

WITHIN, AWAY = 1, 2
_VACANT_SHARE = 0.03
_IN_DISTRICT_SHARE = 0.7
_LEAVES_COUNTY_SHARE = 0.5
_PAIRED_SHARE = 0.9


@dataclass(frozen=True, eq=False)
class Residents:
    """Everybody who lived in the county since April 2016. Days are numbers (see `days`).

    Args:
        born: Day of birth of each person.
        is_woman: Sex of each person.
        arrived: First day in the county (the county's first day for those who were there).
        left: Day of leaving the county alive, or `NEVER`.
        died: Day of death in the county, or `NEVER`.
        household: Last household of each person.
        stay_person: Stays: the person,
        stay_household: the household,
        stay_from: its first day,
        stay_to: the day after its last, or `NEVER`.
        household_area: Households: area (position in `Areas`),
        household_dwelling: dwelling, numbered within the county,
        household_tenure: tenure,
        household_formed: first day,
        household_ended: day after the last, or `NEVER`.
    """

    born: Integers
    is_woman: Flags
    arrived: Integers
    left: Integers
    died: Integers
    household: Integers
    stay_person: Integers
    stay_household: Integers
    stay_from: Integers
    stay_to: Integers
    household_area: Integers
    household_dwelling: Integers
    household_tenure: Integers
    household_formed: Integers
    household_ended: Integers

    @property
    def count(self) -> int:
        """Number of people."""
        return int(self.born.size)

    def stays_on(self, day: int) -> Integers:
        """Positions of the stays that hold on a day: one for each resident of that day."""
        return np.flatnonzero((self.stay_from <= day) & (self.stay_to > day))

    def household_on(self, day: int) -> Integers:
        """Household of each person on a day; -1 for those who do not live here then."""
        found = np.full(self.count, -1, dtype=np.int64)
        stays = self.stays_on(day)
        found[self.stay_person[stays]] = self.stay_household[stays]
        return found


def residents(seed: int, where: Areas, years: Integers) -> Residents:
    """The population from the first to the last of `years`.

    Args:
        seed: Seed of the county.
        where: Its areas.
        years: First days of the years, and the day after the last day.
    """
    town = _Town(seed, where, int(years[0]))
    for start, end in zip(years[:-1].tolist(), years[1:].tolist(), strict=True):
        town.live(start, end)
    return town.history()


class _Town:
    """The population while it is being lived."""

    def __init__(self, seed: int, where: Areas, day: int) -> None:
        self.seed, self.where = seed, where
        self.born = self.arrived = self.left = self.died = np.empty(0, dtype=np.int64)
        self.household = self.since = np.empty(0, dtype=np.int64)
        self.is_woman = self.is_child = np.empty(0, dtype=bool)
        self.area = self.dwelling = self.tenure = np.empty(0, dtype=np.int64)
        self.formed = self.ended = np.empty(0, dtype=np.int64)
        self.stays: list[tuple[Integers, Integers, Integers, Integers]] = []
        self.dwellings = 0
        area, place = unfolded(where.households)
        stream = Stream(seed, "first households")
        entity = where.position[area] * 4096 + place
        first = new_households(stream, entity, area, where, SETTLED_HEADS, day)
        self.vacant = np.empty(0, dtype=np.int64)
        self.vacant_area = np.empty(0, dtype=np.int64)
        self.add(first, np.full(area.size, day))
        spare = np.repeat(
            np.arange(where.count), np.round(where.households * _VACANT_SHARE).astype(np.int64)
        )
        self.vacant, self.vacant_area = self.dwellings + np.arange(spare.size), spare
        self.dwellings += spare.size
        self.wanted = np.bincount(self.area[self.household], minlength=where.count).astype(float)

    def add(self, new: NewHouseholds, day: Integers) -> Integers:
        """Move new households in; returns their numbers."""
        homes = self.open_households(new.area, new.tenure, day)
        day_of_member = day[new.member_of]
        persons = self.born.size + np.arange(new.born.size)
        never = np.full(persons.size, NEVER)
        self.born = np.concatenate([self.born, np.minimum(new.born, day_of_member)])
        self.is_woman = np.concatenate([self.is_woman, new.is_woman])
        self.is_child = np.concatenate([self.is_child, new.is_child])
        self.arrived = np.concatenate([self.arrived, day_of_member])
        self.since = np.concatenate([self.since, day_of_member])
        self.left = np.concatenate([self.left, never])
        self.died = np.concatenate([self.died, never])
        self.household = np.concatenate([self.household, homes[new.member_of]])
        return homes

    def open_households(self, area: Integers, tenure: Integers, day: Integers) -> Integers:
        """Households in vacant dwellings of their area, or in new ones."""
        homes = self.area.size + np.arange(area.size)
        wanted, offered = ranks(area), ranks(self.vacant_area)
        width = int(max(wanted.max(initial=0), offered.max(initial=0))) + 1
        keys = self.vacant_area * width + offered
        order = np.argsort(keys)
        sought = area * width + wanted
        place = np.minimum(np.searchsorted(keys[order], sought), max(keys.size - 1, 0))
        found = keys[order][place] == sought if keys.size else np.zeros(area.size, dtype=bool)
        dwelling = np.empty(area.size, dtype=np.int64)
        taken = order[place[found]] if keys.size else np.empty(0, dtype=np.int64)
        dwelling[found] = self.vacant[taken]
        dwelling[~found] = self.dwellings + np.arange(int((~found).sum()))
        self.dwellings += int((~found).sum())
        self.vacant = np.delete(self.vacant, taken)
        self.vacant_area = np.delete(self.vacant_area, taken)
        self.area = np.concatenate([self.area, area])
        self.dwelling = np.concatenate([self.dwelling, dwelling])
        self.tenure = np.concatenate([self.tenure, tenure])
        self.formed = np.concatenate([self.formed, day])
        self.ended = np.concatenate([self.ended, np.full(area.size, NEVER)])
        return homes

    def live(self, start: int, end: int) -> None:
        """One year (or the part of it that has passed)."""
        stream = Stream(self.seed, f"life {start}")
        share = min(1.0, (end - start) / DAYS_IN_YEAR)
        here = np.flatnonzero((self.left == NEVER) & (self.died == NEVER))
        age = (start - self.born[here]) / DAYS_IN_YEAR + share / 2
        self._births(stream, here, age, start, end, share)
        home_day, fate = self._home_moves(stream, here, age, start, end, share)
        died = self._deaths(stream, here, age, start, end, share, home_day)
        leaver, leave_day = self._leavers(stream, here, age, start, end, share, home_day, died)
        self._move(stream, here, home_day, fate)
        self._leave_home(stream, leaver, leave_day)
        self._orphans(here, start, end)
        emptied = self._close_empty(start, end)
        self._arrivals(stream, start, end, share)
        self.vacant = np.concatenate([self.vacant, self.dwelling[emptied]])
        self.vacant_area = np.concatenate([self.vacant_area, self.area[emptied]])

    def _births(
        self, stream: Stream, here: Integers, age: Floats, start: int, end: int, share: float
    ) -> None:
        mothers = here[
            self.is_woman[here] & stream.happens(here, birth_chance(age) * share, "birth")
        ]
        day = stream.whole(mothers, start, end - 1, "birthday")
        never = np.full(mothers.size, NEVER)
        self.born = np.concatenate([self.born, day])
        self.is_woman = np.concatenate([self.is_woman, stream.happens(mothers, 0.488, "girl")])
        self.is_child = np.concatenate([self.is_child, np.ones(mothers.size, dtype=bool)])
        self.arrived = np.concatenate([self.arrived, day])
        self.since = np.concatenate([self.since, day])
        self.left = np.concatenate([self.left, never])
        self.died = np.concatenate([self.died, never])
        self.household = np.concatenate([self.household, self.household[mothers]])

    def _home_moves(
        self, stream: Stream, here: Integers, age: Floats, start: int, end: int, share: float
    ) -> tuple[Integers, Integers]:
        """Day on which each household moves (`NEVER` for most) and where: 1 within, 2 away."""
        oldest = np.zeros(self.area.size)
        np.maximum.at(oldest, self.household[here], age)
        homes = np.flatnonzero((self.ended == NEVER) & (oldest > 0))
        away, within = moving_chance(oldest[homes], self.tenure[homes])
        chance = stream.uniform(homes, "home moves")
        within = np.where(chance < (away + within) * share, WITHIN, 0)
        kind = np.where(chance < away * share, AWAY, within)
        movers = homes[kind > 0]
        day = np.full(self.area.size, NEVER)
        fate = np.zeros(self.area.size, dtype=np.int64)
        # a home with a child born this year stays until the year is over
        newborn = self.household[self.arrived >= start]
        day[movers] = stream.whole(movers, start, end - 1, "home day")
        fate[movers] = kind[kind > 0]
        day[newborn], fate[newborn] = NEVER, 0
        return day, fate

    def _deaths(
        self,
        stream: Stream,
        here: Integers,
        age: Floats,
        start: int,
        end: int,
        share: float,
        home_day: Integers,
    ) -> Flags:
        home = self.household[here]
        chance = death_chance(
            age,
            self.is_woman[here],
            self.where.deprivation[self.area[home]],
            frailty(self.seed, here),
            start,
        )
        dying = stream.happens(here, 1 - (1 - chance) ** share, "death")
        day = stream.whole(here[dying], start, end - 1, "day of death")
        before = day < home_day[home[dying]]
        gone = here[dying][before]
        self.died[gone] = day[before]
        self._close(gone, day[before])
        found = np.zeros(here.size, dtype=bool)
        found[np.flatnonzero(dying)[before]] = True
        return found

    def _leavers(
        self,
        stream: Stream,
        here: Integers,
        age: Floats,
        start: int,
        end: int,
        share: float,
        home_day: Integers,
        died: Flags,
    ) -> tuple[Integers, Integers]:
        grown = np.flatnonzero(
            self.is_child[here]
            & (age >= ADULT_AGE)
            & ~died
            & (home_day[self.household[here]] == NEVER)
        )
        leaves = stream.happens(here[grown], leaving_home_chance(age[grown]) * share, "leaves")
        leaver = here[grown[leaves]]
        return leaver, stream.whole(leaver, start, end - 1, "leaving day")

    def _move(self, stream: Stream, here: Integers, home_day: Integers, fate: Integers) -> None:
        """Carry out the moves of whole households, with those who still live there."""
        home = self.household[here]
        staying = (self.died[here] == NEVER) & (fate[home] > 0)
        away = here[staying & (fate[home] == AWAY)]
        self.left[away] = home_day[self.household[away]]
        self._close(away, self.left[away])
        within = here[staying & (fate[home] == WITHIN)]
        old, member_of = np.unique(self.household[within], return_inverse=True)
        day = home_day[old]
        area = self._near(stream, old, self.area[old], "new area")
        self._close(within, day[member_of])
        homes = self.open_households(area, self.tenure[old], day)
        self.household[within] = homes[member_of]
        self.since[within] = day[member_of]

    def _leave_home(self, stream: Stream, leaver: Integers, day: Integers) -> None:
        """Grown children go away, or into a first home of their own: alone or two together."""
        away = stream.happens(leaver, _LEAVES_COUNTY_SHARE, "leaves county")
        self._close(leaver[away], day[away])
        self.left[leaver[away]] = day[away]
        staying, day = leaver[~away], day[~away]
        paired = stream.happens(staying, _PAIRED_SHARE, "in a pair")
        home = np.empty(staying.size, dtype=np.int64)
        home[paired] = np.arange(int(paired.sum())) // 2
        home[~paired] = (int(paired.sum()) + 1) // 2 + np.arange(int((~paired).sum()))
        homes, first = np.unique(home, return_index=True)
        formed = np.zeros(homes.size, dtype=np.int64)
        np.maximum.at(formed, home, day)
        self._close(staying, formed[home])
        lead = staying[first]
        area = self._near(stream, lead, self.area[self.household[lead]], "first home")
        tenure = stream.choice(lead, [0.0, 0.15, 0.12, 0.13, 0.6], "first tenure")
        self.household[staying] = self.open_households(area, tenure, formed)[home]
        self.since[staying], self.is_child[staying] = formed[home], False

    def _near(self, stream: Stream, entity: Integers, area: Integers, draw: str) -> Integers:
        """Another area, mostly in the same district."""
        anywhere = stream.whole(entity, 0, self.where.count - 1, f"{draw} anywhere")
        order = np.argsort(self.where.district, kind="stable")
        first = np.searchsorted(self.where.district[order], self.where.district[area])
        last = np.searchsorted(self.where.district[order], self.where.district[area], side="right")
        nearby = order[stream.whole(entity, first, last - 1, f"{draw} nearby")]
        local = stream.happens(entity, _IN_DISTRICT_SHARE, f"{draw} local")
        return np.where(local, nearby, anywhere)

    def _orphans(self, here: Integers, start: int, end: int) -> None:
        """Children whose last adult died go to relatives elsewhere."""
        living = (self.left == NEVER) & (self.died == NEVER)
        adult = living & ((end - self.born) / DAYS_IN_YEAR >= ADULT_AGE)
        adults = np.bincount(self.household[adult], minlength=self.area.size)
        last = np.zeros(self.area.size, dtype=np.int64)
        gone = here[~living[here]]
        np.maximum.at(last, self.household[gone], np.minimum(self.died[gone], self.left[gone]))
        alone = np.flatnonzero(living & (adults[self.household] == 0))
        day = np.maximum(last[self.household[alone]], self.since[alone])
        self.left[alone] = np.maximum(day, start)
        self._close(alone, self.left[alone])

    def _close_empty(self, start: int, end: int) -> Integers:
        """End the households that nobody lives in any more; returns them."""
        living = (self.left == NEVER) & (self.died == NEVER)
        size = np.bincount(self.household[living], minlength=self.area.size)
        empty = np.flatnonzero((size == 0) & (self.ended == NEVER))
        last = np.zeros(self.area.size, dtype=np.int64)
        for person, household, _, to in self.stays:
            if person.size and int(to.max()) >= start:
                np.maximum.at(last, household, to)
        self.ended[empty] = np.clip(last[empty], start, end)
        return empty

    def _arrivals(self, stream: Stream, start: int, end: int, share: float) -> None:
        """Households from elsewhere, as many as bring each area to the people it should have."""
        self.wanted *= (1 + self.where.growth) ** share
        living = (self.left == NEVER) & (self.died == NEVER)
        people = np.bincount(self.area[self.household[living]], minlength=self.where.count)
        missing = np.maximum(self.wanted - people, 0) / 2.42
        areas = np.arange(self.where.count)
        count = np.floor(missing + stream.uniform(areas, "arrivals")).astype(np.int64)
        area, place = unfolded(count)
        entity = self.where.position[area] * 4096 + place
        arriving = Stream(self.seed, f"arrivals {start}")
        day = arriving.whole(entity, start, end - 1, "day")
        self.add(new_households(arriving, entity, area, self.where, MOVING_HEADS, start), day)

    def _close(self, person: Integers, day: Integers) -> None:
        self.stays.append((person, self.household[person].copy(), self.since[person].copy(), day))

    def history(self) -> Residents:
        """All that happened."""
        living = np.flatnonzero((self.left == NEVER) & (self.died == NEVER))
        self._close(living, np.full(living.size, NEVER))
        person, household, since, to = (
            np.concatenate([stay[i] for stay in self.stays]) for i in range(4)
        )
        order = np.lexsort((since, person))
        return Residents(
            born=self.born,
            is_woman=self.is_woman,
            arrived=self.arrived,
            left=self.left,
            died=self.died,
            household=self.household,
            stay_person=person[order],
            stay_household=household[order],
            stay_from=since[order],
            stay_to=to[order],
            household_area=self.area,
            household_dwelling=self.dwelling,
            household_tenure=self.tenure,
            household_formed=self.formed,
            household_ended=self.ended,
        )
