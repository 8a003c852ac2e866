"""The twelve districts' housing: tenancies of councils and housing associations."""

from __future__ import annotations

import numpy as np
import polars as pl

from forethought.county.areas import ASSOCIATION, COUNCIL, TENURES
from forethought.county.arrays import Integers
from forethought.county.clients import days_series
from forethought.county.county import County
from forethought.county.days import ADULT_AGE, DAYS_IN_YEAR, NEVER
from forethought.county.events import references
from forethought.county.identities import Addresses, first_names, last_names
from forethought.county.names import DISTRICTS
from forethought.stats.streams import Stream

_KEPT_YEARS = 3
_MEAN_YEARS_BEFORE = 11
_ASSOCIATIONS = (
    "Heron Homes",
    "Strand Housing Association",
    "Quayside Trust",
    "Fenland Almshouses",
)


def tenancy_frame(county: County, home: Addresses) -> pl.DataFrame:
    """Tenancies that run, or ended within three years; one row each, all districts.

    Args:
        county: The truth.
        home: Addresses.

    Returns:
        The columns of `district_housing`, and `person` and `district` (position) as truth.
    """
    people, last = county.people, county.last_day
    social = np.isin(people.household_tenure, (COUNCIL, ASSOCIATION))
    recent = people.household_ended > last - _KEPT_YEARS * round(DAYS_IN_YEAR)
    household = np.flatnonzero(social & recent & (people.household_formed <= last))
    tenant = _oldest_member(county, household)
    household, tenant = household[tenant >= 0], tenant[tenant >= 0]
    stream = Stream(county.seed, "tenancies")
    dwelling = people.household_dwelling[household]
    council = people.household_tenure[household] == COUNCIL
    area = people.household_area[household]
    district = county.where.district[area]
    rent = np.where(council, 101, 118) * np.exp(0.16 * stream.normal(household, "rent"))
    behind = stream.happens(
        household, 0.16 * np.exp(0.35 * county.where.deprivation[area]), "behind"
    )
    arrears = np.where(behind, rent * 5 * stream.exponential(household, "arrears"), 0.0)
    association = stream.choice(household, [0.4, 0.3, 0.2, 0.1], "landlord")
    names = np.array([f"{place.name} Council" for place in DISTRICTS])
    ended = people.household_ended[household]
    return pl.DataFrame(
        {
            "tenancy_reference": references("T", household),
            "tenant_first_name": first_names(county.seed, people, tenant),
            "tenant_last_name": last_names(county.seed, household, tenant),
            "date_of_birth": days_series(people.born[tenant]),
            "address_line": home.line.gather(dwelling),
            "postcode": home.codes.gather(home.postcode[dwelling]),
            "uprn": home.uprn.gather(dwelling),
            "landlord": np.where(council, names[district], np.array(_ASSOCIATIONS)[association]),
            "tenure": np.where(council, TENURES[COUNCIL], TENURES[ASSOCIATION]),
            "started_on": days_series(_started(county, stream, household, tenant)),
            "ended_on": days_series(np.where(ended > last, NEVER, ended)),
            "weekly_rent_gbp": np.round(rent, 2),
            "arrears_gbp": np.round(arrears, 2),
            "household_size": _sizes(county, household),
            "person": tenant,
            "district": district,
        }
    ).sort("district", "tenancy_reference")


def _started(county: County, stream: Stream, household: Integers, tenant: Integers) -> Integers:
    """First days: those who lived there at the county's first day began years before, as adults."""
    people = county.people
    formed = people.household_formed[household]
    from_before = formed <= int(county.months[0])
    days = np.floor(
        _MEAN_YEARS_BEFORE * stream.exponential(household, "before") * from_before * DAYS_IN_YEAR
    )
    adult = np.maximum(formed - people.born[tenant] - ADULT_AGE * 365, 0)
    began: Integers = formed - np.minimum(days, adult).astype(np.int64)
    return began


def _oldest_member(county: County, household: Integers) -> Integers:
    """The oldest of those who moved in first; -1 where nobody is known."""
    people = county.people
    order = np.lexsort((people.born[people.stay_person], people.stay_from, people.stay_household))
    homes = people.stay_household[order]
    place = np.minimum(np.searchsorted(homes, household), homes.size - 1)
    found = homes[place] == household
    return np.where(found, people.stay_person[order][place], -1)


def _sizes(county: County, household: Integers) -> Integers:
    home = county.people.household_on(county.last_day)
    size = np.bincount(home[home >= 0], minlength=county.people.household_area.size)
    return np.maximum(size[household], 1)
