"""The truth, for tests and benchmarks alone: who is who, hazards, effects, planted errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl

from forethought.county import contacts, needs, packages, vital, work
from forethought.county.clients import Clients, days_series
from forethought.county.county import County
from forethought.county.geography import geography
from forethought.county.identities import nhs_numbers


def write_truth(county: County, book: Clients, errors: pl.DataFrame, folder: Path) -> None:
    """Write the truth into a folder.

    Args:
        county: The truth.
        book: The clients, as they are on paper.
        errors: The planted errors.
        folder: Where to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    errors.write_parquet(folder / "planted_errors.parquet")
    _people(county).write_parquet(folder / "people.parquet")
    _households(county).write_parquet(folder / "households.parquet")
    _stays(county).write_parquet(folder / "stays.parquet")
    book.frame.with_columns(pl.Series("person", book.person)).select(
        "person", "la_person_unique_identifier", "case_system_id", "nhs_number", "first_name",
        "last_name", "date_of_birth", "address_line", "postcode", "uprn",
    ).write_parquet(folder / "clients.parquet")  # fmt: skip
    _dated(county.supported.segments, ("start", "entered", "end")).write_parquet(
        folder / "support.parquet"
    )
    _dated(county.supported.step_ups, ("day",)).write_parquet(folder / "step_ups.parquet")
    _dated(county.supported.hazards, ("day",)).write_parquet(folder / "hazards.parquet")
    _dated(county.supported.safeguarding, ("day",)).write_parquet(folder / "safeguarding.parquet")
    text = json.dumps(effects(), indent=1)
    (folder / "effects.json").write_text(text, encoding="utf-8")


def effects() -> dict[str, object]:
    """The county's stated effects and breaks."""
    return {
        "step_up": {
            "base_a_month": dict(zip(needs.GROUPS, packages.STEP_UP_BASE.tolist(), strict=True)),
            "care_home_ratio": packages.STEP_UP_CARE_HOME,
            "log_hazard": packages.FACTORS,
            "unmeasured": packages.UNMEASURED,
        },
        "requests": {"log_rate": needs.REQUEST_EFFECTS},
        "deaths": {
            "deprivation": vital.DEPRIVATION_EFFECT,
            "frailty": vital.FRAILTY_EFFECT,
            "pandemic_year": vital.PANDEMIC_DEATHS,
        },
        "breaks": {
            "recording_change_on": contacts.RECORDING_CHANGE.isoformat(),
            "extra_contacts_before": contacts.EXTRA_CONTACTS_BEFORE,
            "dols_legal_break_on": work.LEGAL_BREAK.isoformat(),
            "dols_share_after": work.DOLS_AFTER_BREAK,
        },
        "signals": [
            {
                "what": "requests",
                "district": contacts.PLANTED_DISTRICT,
                "since": contacts.PLANTED_SINCE.isoformat(),
                "ratio": contacts.PLANTED_RATIO,
            }
        ],
        "prices": {str(year): index for year, index in packages.PRICE_INDEX.items()},
    }


def _people(county: County) -> pl.DataFrame:
    people, lasting = county.people, county.lasting
    person = np.arange(people.count)
    return pl.DataFrame(
        {
            "person": person,
            "nhs_number": pl.Series(nhs_numbers(person)).cast(pl.String),
            "born_on": days_series(people.born),
            "sex": np.where(people.is_woman, "Female", "Male"),
            "arrived_on": days_series(people.arrived),
            "left_on": days_series(people.left),
            "died_on": days_series(people.died),
            "household": people.household,
            "learning_disability": lasting.learning_disability,
            "mental_illness_from": days_series(lasting.mental_illness_from),
            "dementia_from": days_series(
                np.where(lasting.dementia_from > county.last_day, 2_000_000, lasting.dementia_from)
            ),
            "frailty": lasting.frail,
        }
    )


def _households(county: County) -> pl.DataFrame:
    people = county.people
    codes = np.array(geography().lsoa21)[county.where.position]
    return pl.DataFrame(
        {
            "household": np.arange(people.household_area.size),
            "lsoa21": codes[people.household_area],
            "dwelling": people.household_dwelling,
            "tenure": people.household_tenure,
            "formed_on": days_series(people.household_formed),
            "ended_on": days_series(people.household_ended),
        }
    )


def _stays(county: County) -> pl.DataFrame:
    people = county.people
    return pl.DataFrame(
        {
            "person": people.stay_person,
            "household": people.stay_household,
            "from": days_series(people.stay_from),
            "to": days_series(people.stay_to),
        }
    )


def _dated(columns: dict[str, np.ndarray], days: tuple[str, ...]) -> pl.DataFrame:
    """A frame of arrays, some of which are days."""
    return pl.DataFrame(
        {name: days_series(v) if name in days else v for name, v in columns.items()}
    )
