"""The council's other extracts: clients, allocations, plans, staff and money."""

from __future__ import annotations

import numpy as np
import polars as pl

from forethought.county.arrays import unfolded
from forethought.county.clients import Clients, days_series, la_ids
from forethought.county.county import County
from forethought.county.days import NEVER, day_of
from forethought.county.events import recorded, references
from forethought.county.services import service_rows, weekly_gbp
from forethought.county.teams import TEAMS, Staff, review_team_of, staff_table, team_of
from forethought.stats.streams import Stream

_YEARS_WITH_A_WORKER = 1.6
CLIENT_COLUMNS = (
    "case_system_id", "la_person_unique_identifier", "nhs_number", "first_name", "last_name",
    "date_of_birth", "gender", "address_line", "postcode", "uprn", "lives_alone",
    "marital_status", "tenure", "specialism", "restricted", "first_contact_on", "recorded_on",
)  # fmt: skip


def client_frame(book: Clients, events: pl.DataFrame) -> pl.DataFrame:
    """Rows of `asc_clients`: everybody with a recorded event, as they are known today."""
    first = events.group_by("person").agg(
        pl.col("event_start_date").min().alias("first_contact_on"),
        pl.col("recorded_on").max(),
    )
    return (
        book.frame.with_columns(pl.Series("person", book.person))
        .join(first, on="person")
        .sort("person")
        .select(*CLIENT_COLUMNS, "person")
    )


def allocation_frame(county: County) -> pl.DataFrame:
    """Rows of `asc_allocations`: who is whose worker, a new one every year or two."""
    rows = county.supported.segments
    client, first = np.unique(rows["client"], return_index=True)
    last = np.full(client.size, 0, dtype=np.int64)
    np.maximum.at(last, np.searchsorted(client, rows["client"]), rows["end"])
    person, start = rows["person"][first], rows["entered"][first]
    start = np.maximum(start, int(county.months[0]))
    end = np.minimum(last, county.last_day + 1)
    step = int(365 * _YEARS_WITH_A_WORKER)
    count = np.maximum((end - start) // step + 1, 1)
    which, place = unfolded(count)
    begins = start[which] + place * step
    ends = np.where(place == count[which] - 1, last[which], begins + step - 1)
    team = np.where(
        place == 0,
        team_of(county.district_at(person[which], begins), rows["group"][first][which]),
        review_team_of(county.district_at(person[which], begins)),
    )
    stream = Stream(county.seed, "allocations")
    entity = client[which] * 64 + place
    worker = pl.lit("W") + pl.lit(
        pl.Series(team * 100 + stream.whole(entity, 1, 9, "worker"))
    ).cast(pl.String).str.zfill(5)
    return (
        pl.DataFrame(
            {
                "la_person_unique_identifier": la_ids(person[which]),
                "worker_id": pl.select(worker).to_series(),
                "team": np.array(TEAMS)[team],
                "allocated_from": days_series(begins),
                "allocated_to": days_series(np.where(ends > county.last_day, NEVER, ends)),
                "recorded_on": days_series(recorded(stream, entity, begins)),
                "person": person[which],
            }
        )
        .filter(pl.col("recorded_on") <= county.today)
        .sort("allocated_from", "person")
    )


def plan_frame(county: County) -> pl.DataFrame:
    """Rows of `asc_plans`: each package was proposed and signed off before it began."""
    rows = service_rows(county)
    whole = {name: values[rows["piece"] == 0] for name, values in rows.items()}
    inside = whole["start"] >= int(county.months[0])
    whole = {name: values[inside] for name, values in whole.items()}
    stream = Stream(county.seed, "plans")
    entity = whole["segment"]
    weekly = weekly_gbp(whole)
    signed = whole["start"] - stream.whole(entity, 1, 6, "signed")
    proposed = signed - np.floor(1 + 5 * stream.exponential(entity, "panel")).astype(np.int64)
    role = np.array(["Team manager", "Service manager", "Head of service"])[
        np.searchsorted([500.0, 1_200.0], weekly)
    ]
    return (
        pl.DataFrame(
            {
                "plan_id": references("PL", entity),
                "la_person_unique_identifier": la_ids(whole["person"]),
                "proposed_on": days_series(proposed),
                "signed_off_on": days_series(signed),
                "signed_off_by_role": role,
                "weekly_cost_gbp": np.round(weekly, 2),
                "recorded_on": days_series(recorded(stream, entity, proposed)),
                "person": whole["person"],
            }
        )
        .filter(pl.col("recorded_on") <= county.today)
        .sort("proposed_on", "plan_id")
    )


def staff_frame(county: County, staff: list[Staff], teams: tuple[str, ...] = TEAMS) -> pl.DataFrame:
    """Rows of `asc_staff`, or of the staff of other teams."""
    return pl.DataFrame(staff_table(staff, county.months, teams)).with_columns(
        pl.col("month").str.to_date()
    )


def month_of_extract(county: County) -> str:
    """The last complete month, as file names write it."""
    return f"{day_of(county.last_day):%Y-%m}"
