"""Unpaid carers whom the council knows: somebody of the same household."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forethought.county.arrays import Integers, Words
from forethought.county.contacts import still_here
from forethought.county.county import County
from forethought.county.days import ADULT_AGE, age_at
from forethought.stats.streams import Stream

HOURS = ("0-19 hours", "20-49 hours", "50 or more hours", "100 or more hours")
KNOWN_SHARE = 0.10
"""Share of requests by people who do not live alone at which a carer comes forward."""


@dataclass(frozen=True, eq=False)
class Carers:
    """Carers' requests.

    Args:
        carer: The carer.
        cared_for: Whom they care for.
        day: Day of the request.
        hours: Hours a week, in words.
    """

    carer: Integers
    cared_for: Integers
    day: Integers
    hours: Words


def carers(county: County) -> Carers:
    """Carers who came forward when somebody in their home asked for support."""
    asked, people = county.asked, county.people
    stream = Stream(county.seed, "carers")
    entity = asked.entity()
    with_carer = stream.happens(entity, KNOWN_SHARE, "comes forward") & ~asked.is_repeat
    request = np.flatnonzero(with_carer & (asked.day < county.last_day - 21))
    home = county.home_at(asked.person[request], asked.day[request])
    order = np.argsort(people.stay_household, kind="stable")
    homes = people.stay_household[order]
    first = np.searchsorted(homes, home)
    count = np.searchsorted(homes, home, side="right") - first
    pick = first + stream.whole(entity[request], 0, count - 1, "who")
    carer = people.stay_person[order[pick]]
    day = asked.day[request] + stream.whole(entity[request], 0, 20, "days")
    good = (carer != asked.person[request]) & still_here(people, carer, day)
    good &= age_at(people.born[carer], day) >= ADULT_AGE
    _, once = np.unique(carer[good], return_index=True)
    chosen = np.flatnonzero(good)[once]
    hours = stream.choice(entity[request][chosen], [0.35, 0.3, 0.2, 0.15], "hours")
    return Carers(
        carer=carer[chosen],
        cared_for=asked.person[request][chosen],
        day=day[chosen],
        hours=np.array(HOURS)[hours],
    )
