"""Facts about people that client level data repeats on every event."""

from __future__ import annotations

import numpy as np
import polars as pl

from forethought.county.arrays import Flags, Integers, Words
from forethought.county.clients import Clients
from forethought.county.county import County
from forethought.county.days import OLD_AGE, age_at
from forethought.county.needs import MENTAL
from forethought.county.packages import NURSING, RESIDENTIAL, SUPPORTED
from forethought.stats.streams import Stream

_LASTING = {
    "nhs_number": "nhs_number",
    "la_person_unique_identifier": "la_person_unique_identifier",
    "gp_practice_code": "gp_practice_code",
    "gender": "gender",
    "ethnicity": "ethnicity",
    "date_of_birth": "date_of_birth",
    "date_of_death": "date_of_death",
    "autism_spectrum_disorder_asd": "autism",
    "visual_impairment": "visual",
    "hearing_impairment": "hearing",
}
"""Field of the return to column of the clients, for what does not change with the event."""


def person_facts(county: County, book: Clients, events: pl.DataFrame) -> dict[str, pl.Series]:
    """What the return repeats about the person on every row, as it stood at the event.

    Args:
        county: The truth.
        book: The clients.
        events: Rows with `person`, `event_start_date`, `client_type`, `linked` and `setting`.

    Returns:
        A column for each fact, by the return's names.
    """
    person = events["person"].to_numpy()
    row = book.rows(person)
    start = events["event_start_date"].cast(pl.Int32).to_numpy().astype(np.int64)
    frame, lasting = book.frame, county.lasting
    facts = {name: frame[source].gather(row).alias(name) for name, source in _LASTING.items()}
    age = age_at(county.people.born[person], start)
    home = county.home_at(person, start)
    dwelling = county.people.household_dwelling[home]
    demented = lasting.dementia_from[person] <= start
    carer = (events["client_type"] == "Unpaid carer").fill_null(value=False).to_numpy()
    facts["postcode"] = book.home.codes.gather(book.home.postcode[dwelling])
    facts["dementia"] = pl.Series(np.where(demented, "Yes", "No"))
    facts["client_type"] = pl.Series(np.where(carer, "Unpaid carer", "Service user"))
    facts["primary_support_reason"] = pl.Series(
        _reasons(county, person, age, start, demented, carer)
    )
    facts["accommodation_status"] = pl.Series(_accommodation(county, events, home))
    disabled = lasting.learning_disability[person] & (age < OLD_AGE)
    employed = Stream(county.seed, "employment").happens(person, 0.06)
    facts["employment_status"] = pl.Series(
        np.where(
            employed,
            "Paid: Less than 16 hours a week",
            "Not in Paid Employment (not actively seeking work)",
        )
    ).set(pl.Series(~disabled), None)
    helped = Stream(county.seed, "unpaid carer").happens(person, 0.46)
    facts["has_unpaid_carer"] = pl.Series(np.where(helped, "Yes", "No"))
    linked = events["linked"].to_numpy()
    known = ~np.isnan(linked)
    of_linked = book.rows(np.where(known, linked, book.person[0]).astype(np.int64))
    facts["adult_1_linked_person_id"] = (
        frame["la_person_unique_identifier"].gather(of_linked).set(pl.Series(~known), None)
    )
    return facts


def _reasons(
    county: County,
    person: Integers,
    age: Integers,
    day: Integers,
    demented: Flags,
    carer: Flags,
) -> Words:
    """Primary support reasons: from the group in working age, from need in old age."""
    group = county.lasting.group(person, age, day)
    stream = Stream(county.seed, "support reasons")
    physical = np.array(
        [
            "Physical support: Personal care support",
            "Physical support: Access and mobility only",
            "Sensory support: Support for visual impairment",
            "Social support: Support for social isolation or other reason",
        ]
    )[stream.choice(person, [0.74, 0.17, 0.04, 0.05])]
    lifelong = county.lasting.learning_disability[person]
    reason = np.where(group == MENTAL, "Mental health support", physical)
    reason = np.where(demented & (age >= OLD_AGE), "Support with memory and cognition", reason)
    reason = np.where(lifelong, "Learning disability support", reason)
    found: Words = np.where(carer, "Social support: Support to unpaid carer", reason)
    return found


def _accommodation(county: County, events: pl.DataFrame, home: Integers) -> Words:
    setting = events["setting"].fill_null(-1).to_numpy()
    tenure = county.people.household_tenure[home]
    words = np.array(
        [
            "Owner occupier or shared ownership scheme",
            "Owner occupier or shared ownership scheme",
            "Tenant - council",
            "Tenant - housing association or registered social landlord",
            "Tenant - private landlord",
        ]
    )[tenure]
    words = np.where(setting == RESIDENTIAL, "Registered care home", words)
    found: Words = np.where(setting == NURSING, "Registered nursing home", words)
    return np.where(setting == SUPPORTED, "Supported accommodation", found)
