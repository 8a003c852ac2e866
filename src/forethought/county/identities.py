"""Who people are on paper: names, NHS numbers, addresses. Every number is one never issued."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from forethought.county.areas import Areas
from forethought.county.arrays import Integers, ranks, unfolded
from forethought.county.names import MEN, STREET_FIRST, STREET_LAST, SURNAMES, WOMEN
from forethought.county.residents import Residents
from forethought.stats.streams import Stream

_NHS_FIRST, _NHS_SPACE, _NHS_STEP = 900_000_000, 100_000_000, 38_196_601
"""NHS numbers that begin with 9 are not issued to people."""
_UPRN_FIRST, _UPRN_SPACE, _UPRN_STEP = 990_000_000_000, 1_000_000_000, 618_033_989
NO_CHECK_DIGIT = 10
DWELLINGS_OF_POSTCODE = 16
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
ETHNICITIES = (
    "White: English, Welsh, Scottish, Northern Irish or British",
    "White: Irish",
    "White: Any other White background",
    "Mixed or Multiple ethnic groups: White and Black Caribbean",
    "Mixed or Multiple ethnic groups: Any other Mixed or Multiple background",
    "Asian or Asian British: Indian",
    "Asian or Asian British: Pakistani",
    "Asian or Asian British: Bangladeshi",
    "Asian or Asian British: Chinese",
    "Asian or Asian British: Any other Asian background",
    "Black, Black British, Caribbean or African: African",
    "Black, Black British, Caribbean or African: Caribbean",
    "Other ethnic group: Any other ethnic group",
    "No data: Undeclared or not known",
)
_ETHNIC_WEIGHTS = np.array([84.0, 0.9, 4.6, 0.7, 0.9, 1.5, 0.6, 0.6, 0.5, 1.0, 1.9, 0.5, 0.7, 1.6])


def nhs_numbers(person: Integers) -> Integers:
    """A ten-digit number with a right check digit for each person, all different."""
    longest = int(person.max(initial=0)) + 1
    return _valid_numbers(-(-longest // 100_000) * 100_000)[person]


@lru_cache(maxsize=2)
def _valid_numbers(count: int) -> Integers:
    """The first `count` valid numbers of a walk through the space without repetition."""
    tries = np.arange(int(count * 1.11) + 100, dtype=np.int64)
    body = _NHS_FIRST + (tries * _NHS_STEP + 12_345) % _NHS_SPACE
    check = check_digits(body)
    return (body * 10 + check)[check < NO_CHECK_DIGIT][:count]


def check_digits(body: Integers) -> Integers:
    """Modulus-11 check digits of nine-digit bodies; 10 where the body gives none.

    Reference: NHS Data Dictionary, NHS NUMBER.
    """
    total = np.zeros(body.shape, dtype=np.int64)
    for place in range(9):
        total += (body // 10 ** (8 - place)) % 10 * (10 - place)
    return (11 - total % 11) % 11


@dataclass(frozen=True, eq=False)
class Addresses:
    """Addresses of dwellings, by their number within the county.

    Args:
        area: Area of each dwelling, as position in `Areas`.
        postcode: Position of each dwelling's postcode in `codes`.
        codes: Postcodes.
        line: House number and street.
        uprn: Unique property reference numbers.
        code_area: Area of each postcode.
    """

    area: Integers
    postcode: Integers
    codes: pl.Series
    line: pl.Series
    uprn: pl.Series
    code_area: Integers


def addresses(people: Residents, where: Areas) -> Addresses:
    """An address for every dwelling that was ever lived in."""
    dwellings = int(people.household_dwelling.max()) + 1
    area = np.zeros(dwellings, dtype=np.int64)
    area[people.household_dwelling] = people.household_area
    counts = np.bincount(area, minlength=where.count)
    place = ranks(area)
    unit = place // DWELLINGS_OF_POSTCODE
    units = -(-counts // DWELLINGS_OF_POSTCODE)
    first = np.cumsum(units) - units
    code_area, within = unfolded(units)
    codes = pl.Series(
        [
            _postcode(int(position), int(where.district[a]), int(number))
            for a, number, position in zip(
                code_area, within, where.position[code_area], strict=True
            )
        ]
    )
    postcode = first[area] + unit
    street = where.position[code_area] * 97 + within
    names = _street_names(street)
    line = pl.select(
        pl.lit(pl.Series((place % DWELLINGS_OF_POSTCODE) * 2 + 1)).cast(pl.String)
        + " "
        + pl.lit(pl.Series(names)).gather(pl.lit(pl.Series(postcode)))
    ).to_series()
    # numbered by area and place, so that a dwelling keeps its number at any scale
    key = where.position[area] * 8192 + place
    uprn = pl.Series(_UPRN_FIRST + key * _UPRN_STEP % _UPRN_SPACE).cast(pl.String)
    return Addresses(area, postcode, codes, line, uprn, code_area)


def _street_names(street: Integers) -> list[str]:
    first, last = len(STREET_FIRST), len(STREET_LAST)
    return [f"{STREET_FIRST[s % first]} {STREET_LAST[s // first % last]}" for s in street.tolist()]


def _postcode(area: int, district: int, number: int) -> str:
    """A postcode of the post town "SX", which Royal Mail does not use."""
    code = area * 512 + number
    letters = len(_INWARD)
    outward = district * 6 + code // (10 * letters**2) % 6 + 1
    sector, pair = divmod(code % (10 * letters**2), letters**2)
    return f"SX{outward} {sector}{_INWARD[pair // letters]}{_INWARD[pair % letters]}"


def first_names(seed: int, people: Residents, person: Integers) -> pl.Series:
    """First names, by sex and generation."""
    stream = Stream(seed, "first names")
    year = 1970 + people.born[person] / 365.25
    middle = np.clip((year - 1925) / 90, 0, 0.999)
    spread = np.clip(middle + 0.12 * stream.normal(person, "fashion"), 0, 0.999)
    women, men = np.array(WOMEN), np.array(MEN)
    woman = women[(spread * women.size).astype(np.int64)]
    man = men[(spread * men.size).astype(np.int64)]
    return pl.Series(np.where(people.is_woman[person], woman, man))


def last_names(seed: int, household: Integers, person: Integers) -> pl.Series:
    """Surnames: most people of a household share one."""
    stream = Stream(seed, "surnames")
    own = stream.happens(person, 0.12, "own name")
    entity = np.where(own, person + 2**40, household)
    place = np.floor(len(SURNAMES) * stream.uniform(entity, "surname") ** 1.5).astype(np.int64)
    return pl.Series(np.array(SURNAMES)[::-1][place])


def ethnicities(seed: int, household: Integers) -> Integers:
    """Position in `ETHNICITIES`, one for each household."""
    return Stream(seed, "ethnicity").choice(household, _ETHNIC_WEIGHTS)
