"""Contacts: requests for support, and the path that each of them takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from forethought.county.areas import Areas
from forethought.county.arrays import Flags, Floats, Integers, unfolded
from forethought.county.days import (
    DAYS_IN_YEAR,
    OLD_AGE,
    VERY_OLD_AGE,
    Days,
    age_at,
    month_index,
    number,
)
from forethought.county.names import DISTRICTS
from forethought.county.needs import Needs, month_factors, request_rates
from forethought.county.residents import Residents
from forethought.stats.streams import Stream

ROUTES = (
    "Community / other route",
    "Discharge from hospital",
    "Diversion from hospital services",
    "Self-funder with depleted funds",
    "Transition from children's services",
)
COMMUNITY, DISCHARGE, DIVERSION, DEPLETED, TRANSITION = range(len(ROUTES))
PATHS = (
    "NFA: Information and advice or signposting",
    "NFA: No services offered for other reason",
    "NFA: Referral to other service within the local authority",
    "NFA: Referral to NHS services or NHS funded social care",
    "NFA: Self-funded client or under 12wk disregard",
    "NFA: Support declined",
    "Admitted to hospital",
    "Progress to support planning or services",
    "Progress to assessment, review or reassessment",
    "Progress to reablement/ST-Max",
)
LOW_LEVEL, ASSESSMENT, REABLEMENT = 7, 8, 9
DECLINED = 5
_OLDER = np.array([0.362, 0.090, 0.042, 0.032, 0.047, 0.027, 0.010, 0.062, 0.118, 0.200])
_YOUNGER = np.array([0.465, 0.105, 0.075, 0.045, 0.010, 0.030, 0.005, 0.050, 0.175, 0.040])
_DISCHARGED = np.array([0.105, 0.045, 0.010, 0.055, 0.055, 0.032, 0.030, 0.068, 0.130, 0.440])

RECORDING_CHANGE = date(2021, 4, 1)
"""From here on a conversation counts as one request; before, each contact was one."""
EXTRA_CONTACTS_BEFORE = 1.15
"""Further contacts recorded as requests for each real one, before the change (mean)."""
_SOON_SHARE = 0.8
PLANTED_SINCE = date(2026, 7, 1)
PLANTED_DISTRICT = "Harrowfen"
PLANTED_RATIO = 1.9
"""A planted signal: from that day requests from one district are so many times the usual."""


@dataclass(frozen=True, eq=False)
class Requests:
    """Requests for support in the order of their day.

    Args:
        person: Who asks.
        day: When.
        route: Position in `ROUTES`.
        path: Position in `PATHS`.
        is_repeat: Whether it is a further contact about the same matter, recorded as a request
            until the recording change.
    """

    person: Integers
    day: Integers
    route: Integers
    path: Integers
    is_repeat: Flags

    @property
    def count(self) -> int:
        """Number of requests."""
        return int(self.person.size)

    def entity(self) -> Integers:
        """A number for each request that no other request changes: person and day."""
        return self.person * 65536 + self.day + 32768 * self.is_repeat


def requests(
    seed: int, people: Residents, where: Areas, lasting: Needs, months: Days, years: Days
) -> Requests:
    """All requests since April 2016."""
    factors = month_factors(months)
    found = [
        _year(seed, people, where, lasting, months, factors, int(start), int(end))
        for start, end in pairwise(years)
    ]
    found.append(_planted(seed, people, where, lasting, months))
    person = np.concatenate([part[0] for part in found])
    day = np.concatenate([part[1] for part in found])
    young, birthday = _transitions(seed, people, lasting, int(years[0]), int(years[-1]))
    transition = np.zeros(person.size + young.size, dtype=bool)
    transition[person.size :] = True
    person, day = np.concatenate([person, young]), np.concatenate([day, birthday])
    here = (
        (day < people.died[person]) & (day < people.left[person]) & (day >= people.arrived[person])
    )
    person, day, transition = person[here], day[here], transition[here]
    _, first = np.unique(person * 65536 + day, return_index=True)
    person, day, transition = person[first], day[first], transition[first]
    route, path = _paths(seed, people, lasting, person, day, transition)
    repeats = _repeats(seed, people, person, day)
    order_person = np.concatenate([person, person[repeats[0]]])
    order_day = np.concatenate([day, repeats[1]])
    is_repeat = np.concatenate([np.zeros(person.size, bool), np.ones(repeats[0].size, bool)])
    route = np.concatenate([route, route[repeats[0]]])
    path = np.concatenate([path, np.zeros(repeats[0].size, dtype=np.int64)])
    order = np.lexsort((is_repeat, order_person, order_day))
    return Requests(
        order_person[order], order_day[order], route[order], path[order], is_repeat[order]
    )


def _year(
    seed: int,
    people: Residents,
    where: Areas,
    lasting: Needs,
    months: Days,
    factors: Floats,
    start: int,
    end: int,
) -> tuple[Integers, Integers]:
    """Who asks on which day of a year."""
    adults, rate = request_rates(people, where, lasting, start, end)
    stream = Stream(seed, f"requests {start}")
    first = int(month_index(start, months))
    last = int(month_index(end - 1, months)) + 1
    lengths = np.diff(months[first : last + 1])
    weights = lengths * factors[first:last]
    count = stream.poisson(adults, rate * weights.sum() / DAYS_IN_YEAR, "how many")
    which, place = unfolded(count)
    asking = adults[which]
    entity = asking * 64 + place
    month = stream.choice(entity, weights, "month")
    day = months[first + month] + np.floor(stream.uniform(entity, "day") * lengths[month]).astype(
        np.int64
    )
    return asking, day


def _planted(
    seed: int, people: Residents, where: Areas, lasting: Needs, months: Days
) -> tuple[Integers, Integers]:
    """Further requests from the district of the planted signal, since its first day."""
    start, end = number(PLANTED_SINCE), int(months[-1])
    if start >= end:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    adults, rate = request_rates(people, where, lasting, start, start + round(DAYS_IN_YEAR))
    named = [district.name for district in DISTRICTS]
    there = where.district == named.index(PLANTED_DISTRICT)
    here = there[people.household_area[people.household_on(start)[adults]]]
    adults, rate = adults[here], rate[here]
    stream = Stream(seed, "planted requests")
    expected = rate * (PLANTED_RATIO - 1) * (end - start) / DAYS_IN_YEAR
    which, place = unfolded(stream.poisson(adults, expected, "how many"))
    asking = adults[which]
    day = start + np.floor(stream.uniform(asking * 64 + place, "day") * (end - start))
    return asking, day.astype(np.int64)


def _transitions(
    seed: int, people: Residents, lasting: Needs, start: int, end: int
) -> tuple[Integers, Integers]:
    """Young people with a learning disability come over from children's services at 18."""
    birthday = people.born + round(18 * DAYS_IN_YEAR)
    known = np.flatnonzero(
        lasting.learning_disability & (birthday >= start) & (birthday < end - 40)
    )
    stream = Stream(seed, "transitions")
    known = known[stream.happens(known, 0.85, "known")]
    return known, birthday[known] + stream.whole(known, 0, 30, "day")


def _paths(
    seed: int, people: Residents, lasting: Needs, person: Integers, day: Integers, transition: Flags
) -> tuple[Integers, Integers]:
    """Route and path of each request, drawn from age, frailty and conditions."""
    stream = Stream(seed, "paths")
    entity = person * 65536 + day
    age = age_at(people.born[person], day)
    old = age >= OLD_AGE
    shares = np.where(
        old[:, None], np.array([0.71, 0.235, 0.035, 0.02, 0.0]), np.array([0.93, 0.06, 0.01, 0, 0])
    )
    route = np.where(transition, TRANSITION, stream.choice(entity, shares, "route"))
    weights = np.where(old[:, None], _OLDER, _YOUNGER)
    weights = np.where((route == DISCHARGE)[:, None], _DISCHARGED, weights)
    lift = np.zeros((person.size, len(PATHS)))
    severity = 0.30 * lasting.frail[person] + 0.35 * (age >= VERY_OLD_AGE)
    severity = severity + 0.25 * (lasting.dementia_from[person] <= day)
    disabled = lasting.learning_disability[person] & ~old
    lift[:, ASSESSMENT] = severity + 0.9 * disabled + 6.0 * transition
    lift[:, REABLEMENT] = 0.4 * severity - 2.0 * disabled
    lift[:, LOW_LEVEL] = 0.2 * severity
    path = stream.choice(entity, weights * np.exp(lift), "path")
    return route, path


def _repeats(
    seed: int, people: Residents, person: Integers, day: Integers
) -> tuple[Integers, Integers]:
    """Further contacts recorded as requests until April 2021: which request, and their day."""
    change = number(RECORDING_CHANGE)
    stream = Stream(seed, "further contacts")
    entity = person * 65536 + day
    early = np.flatnonzero(day < change)
    count = stream.poisson(entity[early], EXTRA_CONTACTS_BEFORE, "how many")
    which, place = unfolded(count)
    which = early[which]
    further = entity[which] * 16 + place
    soon = stream.happens(further, _SOON_SHARE, "soon")
    after = np.where(
        soon, stream.whole(further, 1, 4, "days"), stream.whole(further, 6, 40, "more days")
    )
    when = day[which] + after
    alive = (
        (when < change) & (when < people.died[person[which]]) & (when < people.left[person[which]])
    )
    return which[alive], when[alive]


def still_here(people: Residents, person: Integers, day: Integers) -> Flags:
    """Whether people still live in the county on a day."""
    return np.asarray(
        (people.died[person] > day) & (people.left[person] > day) & (people.arrived[person] <= day)
    )
