"""Ten people with unmistakable identifiers, to prove that identifiers never leave the vault."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import polars as pl

from forethought.county.areas import ASSOCIATION, COUNCIL
from forethought.county.county import County
from forethought.county.days import NEVER
from forethought.county.identities import NO_CHECK_DIGIT, check_digits

CANARIES = 10
_FIRST = ("Zebedora", "Quillonius", "Xanthippus", "Vashtilynn", "Oberonica", "Jacquetto",
          "Wulfrannia", "Ysoldewyn", "Philomarch", "Thessalynd")  # fmt: skip
_LAST = ("Canarybird", "Finchwhistle", "Goldwarbler", "Siskinfeather", "Yellowperch",
         "Tweetington", "Songcageley", "Minedeepson", "Gasdetector", "Warbleforth")  # fmt: skip
_BODY = 999_000_100


@dataclass(frozen=True)
class Canary:
    """One of them.

    Args:
        person: Their number in the truth.
        first_name: First name.
        last_name: Last name.
        nhs_number: NHS number, with a right check digit.
        address_line: Address.
    """

    person: int
    first_name: str
    last_name: str
    nhs_number: str
    address_line: str

    def as_dict(self) -> dict[str, object]:
        """For `truth/canaries.json`."""
        return asdict(self)


def canaries(county: County) -> tuple[Canary, ...]:
    """Ten people in long-term support, those in social housing first."""
    rows, people = county.supported.segments, county.people
    person = np.unique(rows["person"][rows["end"] >= NEVER])
    social = np.isin(people.household_tenure[people.household[person]], (COUNCIL, ASSOCIATION))
    order = np.lexsort((person, ~social))
    chosen = person[order][:CANARIES]
    bodies = np.arange(_BODY, _BODY + 100)
    digits = check_digits(bodies)
    numbers = (bodies * 10 + digits)[digits < NO_CHECK_DIGIT]
    return tuple(
        Canary(
            person=int(who),
            first_name=_FIRST[place],
            last_name=_LAST[place],
            nhs_number=str(int(numbers[place])),
            address_line=f"{place + 1} Xylophone Canary Perch",
        )
        for place, who in enumerate(chosen)
    )


def disguised(
    frame: pl.DataFrame, birds: tuple[Canary, ...], names: dict[str, str]
) -> pl.DataFrame:
    """A frame with the canaries' identifiers in place of their own.

    Args:
        frame: Rows with the column `person`.
        birds: The canaries.
        names: Column of the frame for each identifier (a field of `Canary`).
    """
    for identifier, column in names.items():
        values = {bird.person: getattr(bird, identifier) for bird in birds}
        frame = frame.with_columns(
            pl.col("person")
            .replace_strict(values, default=None, return_dtype=pl.String)
            .fill_null(pl.col(column))
            .alias(column)
        )
    return frame
