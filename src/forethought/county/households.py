"""New households: who lives together, of which ages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forethought.county.areas import TENURES, Areas
from forethought.county.arrays import Flags, Floats, Integers, Words, unfolded
from forethought.county.days import DAYS_IN_YEAR, OLD_AGE
from forethought.stats.streams import Stream

KINDS = ("single", "couple", "couple with children", "lone parent", "sharers")
SINGLE, COUPLE, FAMILY, LONE_PARENT, SHARERS = range(len(KINDS))
_HEAD_FROM = np.array([18, 25, 35, 45, 55, 65, 75, 85])
_HEAD_TO = np.array([25, 35, 45, 55, 65, 75, 85, 97])
SETTLED_HEADS = np.array([0.020, 0.130, 0.174, 0.200, 0.178, 0.166, 0.096, 0.036])
"""Ages of reference persons of all households (shape of the 2016 county)."""
MOVING_HEADS = np.array([0.06, 0.31, 0.26, 0.12, 0.11, 0.09, 0.04, 0.01])
"""Ages of reference persons of households that come from elsewhere: young."""
_KIND_BY_BAND = np.array(
    [
        [0.42, 0.25, 0.10, 0.08, 0.15],
        [0.17, 0.29, 0.41, 0.09, 0.04],
        [0.12, 0.11, 0.63, 0.13, 0.01],
        [0.16, 0.14, 0.57, 0.12, 0.01],
        [0.23, 0.41, 0.30, 0.05, 0.01],
        [0.31, 0.60, 0.07, 0.01, 0.01],
        [0.47, 0.49, 0.03, 0.005, 0.005],
        [0.63, 0.34, 0.02, 0.005, 0.005],
    ]
)
_CHILDREN = np.array([0.0, 0.40, 0.43, 0.13, 0.04])
_TENURE_BY_BAND = np.array(
    [
        [0.02, 0.35, 1.2, 1.2, 4.0],
        [0.05, 1.50, 0.9, 0.9, 2.3],
        [0.18, 1.90, 0.9, 0.9, 1.4],
        [0.45, 1.60, 0.9, 0.9, 0.9],
        [1.30, 0.85, 0.9, 0.9, 0.6],
        [2.20, 0.20, 1.0, 1.0, 0.35],
        [2.40, 0.08, 1.1, 1.1, 0.25],
        [2.30, 0.05, 1.2, 1.3, 0.25],
    ]
)


@dataclass(frozen=True, eq=False)
class NewHouseholds:
    """Households formed on one day.

    Args:
        area: Area of each household.
        tenure: Position in `TENURES`.
        member_of: Household of each member, as a position here.
        born: Day of birth of each member.
        is_woman: Sex of each member.
        is_child: Whether the member lives there as somebody's child.
    """

    area: Integers
    tenure: Integers
    member_of: Integers
    born: Integers
    is_woman: Flags
    is_child: Flags


def new_households(
    stream: Stream, entity: Integers, area: Integers, where: Areas, heads: Floats, day: int
) -> NewHouseholds:
    """Households with their members.

    Args:
        stream: Random numbers of the stage.
        entity: Number of each household in the stream.
        area: Area of each household.
        where: The areas.
        heads: Weights of the eight age bands of reference persons.
        day: Day on which they form.
    """
    tilt = np.exp(np.outer(where.age[area], np.linspace(-0.35, 0.35, heads.size)))
    band = stream.choice(entity, heads * tilt, "band")
    age = _HEAD_FROM[band] + stream.uniform(entity, "age") ** np.where(
        band == heads.size - 1, 2.0, 1.0
    ) * (_HEAD_TO[band] - _HEAD_FROM[band])
    kind = stream.choice(entity, _KIND_BY_BAND[band], "kind")
    tenure = stream.choice(entity, where.tenure[area] * _TENURE_BY_BAND[band], "tenure")
    adults = np.where((kind == COUPLE) | (kind == FAMILY), 2, 1)
    adults = np.where(kind == SHARERS, 3, adults)
    children = np.where(
        (kind == FAMILY) | (kind == LONE_PARENT), stream.choice(entity, _CHILDREN, "children"), 0
    )
    size = adults + children
    member_of, place = unfolded(size)
    is_child = place >= adults[member_of]
    member = entity[member_of] * 16 + place
    years = _ages(stream, member, place, is_child, age[member_of], kind[member_of])
    woman = np.where((kind == SINGLE) & (age > OLD_AGE), 0.66, 0.44)
    woman = np.where(kind == LONE_PARENT, 0.86, woman)
    woman_leads = stream.happens(entity, woman, "sex")[member_of]
    partner = (place == 1) & ~is_child & (kind[member_of] != SHARERS)
    is_woman = np.where(
        place == 0,
        woman_leads,
        np.where(partner, ~woman_leads, stream.happens(member, 0.49, "sex of others")),
    )
    return NewHouseholds(
        area=area,
        tenure=tenure,
        member_of=member_of,
        born=(day - np.floor(years * DAYS_IN_YEAR)).astype(np.int64),
        is_woman=is_woman,
        is_child=is_child,
    )


def _ages(
    stream: Stream,
    member: Integers,
    place: Integers,
    is_child: Flags,
    head: Floats,
    kind: Integers,
) -> Floats:
    """Ages in years of all members: reference person, partner, sharers, children."""
    near = head + stream.normal(member, "partner") * np.where(kind == SHARERS, 4.0, 2.8)
    adult = np.where(place == 0, head, np.maximum(near, 18.02))
    youngest = np.maximum(head - 42, 0.0)
    oldest = np.clip(head - 20, 0.5, 28.0)
    oldest = np.maximum(oldest, youngest + 0.5)
    child = youngest + stream.uniform(member, "child") * (oldest - youngest)
    return np.where(is_child, np.minimum(child, head - 16), np.minimum(adult, 104.0))


def tenure_names(tenure: Integers) -> Words:
    """Names of tenures by position."""
    return np.array(TENURES)[tenure]
