from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from forethought.county.clients import la_ids
from forethought.county.county import County
from forethought.county.days import ADULT_AGE, NEVER, age_at, number
from forethought.county.identities import addresses, nhs_numbers
from forethought.county.population import population_estimates, population_projections
from forethought.data.semantics import is_nhs_number, is_postcode

DAYS = [
    date(2016, 4, 1),
    date(2020, 3, 23),
    date(2021, 2, 28),
    date(2024, 2, 29),
    date(2026, 10, 31),
]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_households_sum_to_residents(county: County, day: date) -> None:
    people, when = county.people, number(day)
    stays = people.stays_on(when)
    here = (people.arrived <= when) & (people.died > when) & (people.left > when)
    assert np.unique(people.stay_person[stays]).size == stays.size == here.sum()
    homes = np.unique(people.stay_household[stays])
    assert (people.household_formed[homes] <= when).all()
    assert (people.household_ended[homes] > when).all()


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_no_dwelling_has_two_households_and_no_child_lives_alone(county: County, day: date) -> None:
    people, when = county.people, number(day)
    stays = people.stays_on(when)
    homes = np.unique(people.stay_household[stays])
    assert np.unique(people.household_dwelling[homes]).size == homes.size
    adult = age_at(people.born[people.stay_person[stays]], when) >= ADULT_AGE
    with_adult = np.unique(people.stay_household[stays][adult])
    # the year's end closes homes without adults, so a few may stand in between
    assert np.setdiff1d(homes, with_adult).size <= 0.002 * homes.size


def test_a_person_has_one_home_after_another_without_gaps(county: County) -> None:
    people = county.people
    same = people.stay_person[1:] == people.stay_person[:-1]
    assert (people.stay_from[1:][same] == people.stay_to[:-1][same]).all()
    assert (people.stay_to >= people.stay_from).all()
    first = np.r_[True, ~same]
    last = np.r_[~same, True]
    assert (people.stay_from[first] == people.arrived).all()
    assert (people.stay_to[last] == np.minimum(people.died, people.left)).all()


def test_households_lie_in_their_dwellings_area(county: County) -> None:
    people = county.people
    home = addresses(people, county.where)
    assert (home.area[people.household_dwelling] == people.household_area).all()
    assert (home.code_area[home.postcode] == home.area).all()


def test_numbers_and_postcodes_are_valid_and_given_once(county: County) -> None:
    numbers = nhs_numbers(np.arange(county.people.count))
    assert np.unique(numbers).size == numbers.size
    assert all(is_nhs_number(str(found)) for found in numbers[:3000])
    assert (numbers // 1_000_000_000 == 9).all(), "numbers that begin with 9 are not issued"
    home = addresses(county.people, county.where)
    assert home.codes.n_unique() == home.codes.len()
    assert all(is_postcode(code) for code in home.codes)
    assert home.uprn.n_unique() == home.uprn.len()
    assert la_ids(np.arange(200_000)).n_unique() == 200_000


def test_a_person_keeps_their_number_when_more_people_come() -> None:
    assert (nhs_numbers(np.arange(1_000)) == nhs_numbers(np.arange(250_000))[:1_000]).all()


def test_estimates_count_the_residents_of_30_june(county: County) -> None:
    estimates = population_estimates(county.people, county.where)
    assert estimates.select("year", "lsoa21", "sex", "age").is_duplicated().sum() == 0
    for year in (2016, 2025):
        counted = estimates.filter(year=year)["people"].sum()
        assert counted == county.people.stays_on(number(date(year, 6, 30))).size


def test_projections_go_on_from_the_estimates_and_variants_keep_their_order(county: County) -> None:
    estimates = population_estimates(county.people, county.where)
    projected = population_projections(county.people, county.where)
    last = estimates.filter(year=2025)["people"].sum()
    totals = projected.pivot(on="variant", index="year", values="people", aggregate_function="sum")
    assert totals["year"].to_list() == list(range(2026, 2036))
    assert (totals["high"] > totals["principal"]).all()
    assert (totals["principal"] > totals["low"]).all()
    assert totals["principal"][0] == pytest.approx(last, rel=0.02)


def test_the_county_grows_older(county: County) -> None:
    people = county.people
    shares = []
    for day in (date(2016, 6, 30), date(2026, 6, 30)):
        stays = people.stays_on(number(day))
        age = age_at(people.born[people.stay_person[stays]], number(day))
        shares.append((age >= 65).mean())
    assert shares[1] - shares[0] > 0.015
    assert (people.died < NEVER).any()
