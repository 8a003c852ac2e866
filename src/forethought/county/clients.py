"""Everybody the council's adult social care ever heard of, as its case system knows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from forethought.county.areas import TENURES
from forethought.county.arrays import Flags, Floats, Integers, Words
from forethought.county.county import County
from forethought.county.days import DAYS_IN_YEAR, NEVER
from forethought.county.identities import (
    ETHNICITIES,
    Addresses,
    addresses,
    ethnicities,
    first_names,
    last_names,
    nhs_numbers,
)
from forethought.county.support import partnered
from forethought.stats.streams import Stream

SPECIALISMS = ("Older people", "Learning disability", "Physical disability", "Mental health")
_LA_SPACE, _LA_STEP = 9_999_991, 7_368_787
_CASE_STEP = 4_242_853
_WIDOWS_AGE, _YOUNGEST_MARRIED = 70, 22


@dataclass(frozen=True, eq=False)
class Clients:
    """The council's clients.

    Args:
        person: Person numbers, in order.
        frame: One row each: the facts that do not change with the event.
        home: Addresses of all dwellings.
    """

    person: Integers
    frame: pl.DataFrame
    home: Addresses

    def rows(self, person: Integers) -> Integers:
        """Row of each person in `frame`."""
        return np.searchsorted(self.person, person)


def clients(county: County, carers: Integers) -> Clients:
    """Facts about everybody with a contact, an assessment or a service, and about carers.

    Args:
        county: The truth.
        carers: Unpaid carers known to the council.
    """
    people, seed = county.people, county.seed
    known = np.unique(
        np.concatenate([county.asked.person, county.supported.segments["person"], carers])
    )
    stream = Stream(seed, "clients")
    last = np.minimum(np.minimum(people.died, people.left)[known] - 1, county.last_day)
    household = county.home_at(known, last)
    dwelling = people.household_dwelling[household]
    alone = county.alone_on(county.last_day)
    age = (last - people.born[known]) / DAYS_IN_YEAR
    group = county.lasting.group(known, age.astype(np.int64), last)
    home = addresses(people, county.where)
    frame = pl.DataFrame(
        {
            "la_person_unique_identifier": la_ids(known),
            "case_system_id": _codes("CS", known * _CASE_STEP % _LA_SPACE),
            "nhs_number": pl.Series(nhs_numbers(known)).cast(pl.String),
            "first_name": first_names(seed, people, known),
            "last_name": last_names(seed, household, known),
            "date_of_birth": days_series(people.born[known]),
            "date_of_death": days_series(
                np.where(people.died[known] <= county.last_day, people.died[known], NEVER)
            ),
            "gender": np.where(people.is_woman[known], "Female", "Male"),
            "ethnicity": np.array(ETHNICITIES)[ethnicities(seed, household)],
            "address_line": home.line.gather(dwelling),
            "postcode": home.codes.gather(home.postcode[dwelling]),
            "uprn": home.uprn.gather(dwelling),
            "lives_alone": np.where(alone[known], "Yes", "No"),
            "marital_status": _marital(county, known, age, alone),
            "tenure": np.array(TENURES)[people.household_tenure[household]],
            "specialism": np.array(SPECIALISMS)[group],
            "restricted": np.where(stream.happens(known, 0.012, "restricted"), "Yes", "No"),
            "gp_practice_code": _codes("Z9", 1000 + people.household_area[household] // 6, 4),
            "autism": _autism(county, stream, known),
            "visual": _impaired(stream, known, age, "visual"),
            "hearing": _impaired(stream, known, age, "hearing"),
        }
    )
    return Clients(known, frame, home)


def la_ids(person: Integers) -> pl.Series:
    """The council's own numbers for people: all different, in no order."""
    return _codes("SM", (person * _LA_STEP + 1_234_567) % _LA_SPACE)


def _codes(prefix: str, numbers: Integers, width: int = 7) -> pl.Series:
    text = pl.Series(numbers).cast(pl.String).str.zfill(width)
    return pl.select(pl.lit(prefix) + pl.lit(text)).to_series()


def days_series(days: Integers) -> pl.Series:
    """Dates of day numbers, null for `NEVER`."""
    return pl.Series(days.astype(np.int32)).cast(pl.Date).set(pl.Series(days >= NEVER), None)


def _autism(county: County, stream: Stream, person: Integers) -> Words:
    chance = np.where(county.lasting.learning_disability[person], 0.28, 0.012)
    return np.where(stream.happens(person, chance, "autism"), "Yes", "No")


def _impaired(stream: Stream, person: Integers, age: Floats, sense: str) -> Words:
    chance = np.interp(age, [18, 60, 75, 90], [0.01, 0.03, 0.08, 0.22])
    return np.where(stream.happens(person, chance, sense), "Yes", "No")


def _marital(county: County, person: Integers, age: Floats, alone: Flags) -> Words:
    """Marital status: those who live with a partner, and what the others tend to be."""
    stream = Stream(county.seed, "marital status")
    words = np.array(["Married or civil partnership", "Widowed", "Divorced or separated", "Single"])
    old = age >= _WIDOWS_AGE
    weights = np.where(
        old[:, None], np.array([0.05, 0.66, 0.17, 0.12]), np.array([0.06, 0.06, 0.30, 0.58])
    )
    other = stream.choice(person, weights, "other")
    married = partnered(county.seed, person, alone) & (age >= _YOUNGEST_MARRIED)
    married &= ~county.lasting.learning_disability[person]
    found: Words = np.where(married, words[0], words[other])
    return found
