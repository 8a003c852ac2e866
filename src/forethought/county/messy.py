"""How the council's own extracts go wrong: dataset by dataset, at modest rates."""

from __future__ import annotations

import numpy as np
import polars as pl

from forethought.county import planting as p
from forethought.county.names import NICKNAMES
from forethought.county.planting import Planter
from forethought.place.calendar import MONTHS_IN_YEAR
from forethought.stats.streams import Stream

LATE_DAYS = 60
_WITHOUT_NUMBER = 0.02


def messy_events(planter: Planter) -> None:
    """Spoil `asc_events`."""
    _people_without_number(planter)
    planter.spoil(
        "nhs_number",
        "wrong check digit",
        0.002,
        p.wrong_check_digit,
        rule="nhs_number_is_nhs_number",
    )
    planter.spoil("postcode", "typo", 0.003, p.letter_o_for_zero, rule="postcode_is_postcode")
    planter.spoil(
        "event_type",
        "unknown code",
        0.0005,
        p.one_of(("Reqest", "CONTACT", "Svc")),
        rule="event_type_codes",
    )
    planter.spoil(
        "service_type",
        "unknown code",
        0.0015,
        p.one_of(("LTS Home care", "Long term: community", "ST MAX")),
        rule="service_type_codes",
    )
    planter.spoil(
        "event_start_date",
        "impossible date",
        0.001,
        p.impossible_date,
        rule="event_start_date_type",
    )
    planter.spoil("event_end_date", "date of 1753", 0.001, p.far_past, rule="ends_after_start")
    day = pl.col("event_start_date").cast(pl.String).str.slice(8, 2).cast(pl.Int32, strict=False)
    planter.spoil(
        "event_start_date",
        "swapped day and month",
        0.001,
        p.swapped_day_and_month,
        rule="event_start_date_type",
        where=day > MONTHS_IN_YEAR,
    )
    planter.spoil(
        "date_of_birth", "date of 1753", 0.001, p.far_past, rule="date_of_birth_is_date_of_birth"
    )
    planter.spoil("unit_cost", "words in a number", 0.001, p.with_words, rule="unit_cost_type")
    planter.spoil("unit_cost", "sign", 0.001, p.negative, rule="unit_cost_range")
    planter.spoil("event_description", "formula", 0.0008, p.one_of(p.FORMULAS))
    planter.repeat(0.001)
    _late(planter, "event_start_date")


def messy_clients(planter: Planter) -> None:
    """Spoil `asc_clients`; some people stand there twice, under another number."""
    _twice(planter)
    _people_without_number(planter)
    planter.spoil("first_name", "nickname", 0.030, p.nickname)
    planter.spoil("last_name", "typo", 0.010, p.letters_swapped)
    planter.spoil("uprn", "missing number", 0.030, p.missing)
    planter.spoil(
        "nhs_number",
        "wrong check digit",
        0.003,
        p.wrong_check_digit,
        rule="nhs_number_is_nhs_number",
    )
    planter.spoil("date_of_birth", "swapped day and month", 0.004, p.plausible_swap)
    planter.spoil(
        "date_of_birth", "date of 1753", 0.002, p.far_past, rule="date_of_birth_is_date_of_birth"
    )
    planter.spoil("postcode", "typo", 0.004, p.letter_o_for_zero, rule="postcode_is_postcode")
    planter.spoil(
        "tenure",
        "unknown code",
        0.003,
        p.one_of(("Rented", "own", "HA/Other")),
        rule="tenure_codes",
    )
    planter.repeat(0.001)


def messy_work(planter: Planter) -> None:
    """Spoil `asc_work_items`."""
    planter.spoil(
        "completed_on", "date of 1753", 0.003, p.far_past, rule="completed_after_received"
    )
    planter.spoil(
        "stage", "unknown code", 0.002, p.one_of(("asessment", "Triage?")), rule="stage_codes"
    )
    planter.spoil(
        "received_on", "impossible date", 0.002, p.impossible_date, rule="received_on_type"
    )
    planter.spoil("worker_id", "missing number", 0.010, p.missing)
    planter.spoil("team", "missing", 0.002, p.missing, rule="team_required")
    planter.repeat(0.001)
    _late(planter, "received_on")


def messy_therapy(planter: Planter) -> None:
    """Spoil `therapy_items`."""
    planter.spoil(
        "completed_on", "date of 1753", 0.003, p.far_past, rule="completed_after_received"
    )
    planter.spoil(
        "received_on", "impossible date", 0.002, p.impossible_date, rule="received_on_type"
    )
    planter.spoil("priority", "unknown code", 0.002, p.one_of(("URG", "?")), rule="priority_codes")
    planter.spoil("team", "missing", 0.002, p.missing, rule="team_required")
    planter.repeat(0.001)
    _late(planter, "received_on")


def _people_without_number(planter: Planter) -> None:
    """Some people have no NHS number anywhere in the file; no error of a row."""
    person = planter.frame["person"].to_numpy()
    untraced = Stream(planter.seed, "untraced people").happens(person, _WITHOUT_NUMBER)
    number = planter.frame["nhs_number"].set(pl.Series(untraced), None)
    planter.frame = planter.frame.with_columns(number)


def _twice(planter: Planter) -> None:
    """Enter a few people a second time: other numbers, a nickname, no NHS number."""
    frame = planter.frame
    person = frame["person"].to_numpy()
    stream = Stream(planter.seed, "entered twice")
    rows = np.flatnonzero(stream.happens(person, 0.006))
    rows = rows if rows.size else np.array([0])
    again = frame[rows.tolist()].with_columns(
        ("CX" + pl.col("case_system_id").str.slice(2)).alias("case_system_id"),
        ("SX" + pl.col("la_person_unique_identifier").str.slice(2)).alias(
            "la_person_unique_identifier"
        ),
        pl.lit(None, dtype=pl.String).alias("nhs_number"),
        pl.col("first_name").replace(list(NICKNAMES), list(NICKNAMES.values())),
    )
    added = planter.append(again)
    planter.note(added, "la_person_unique_identifier", "person entered twice", "")


def _late(planter: Planter, column: str) -> None:
    """Write down rows that were recorded long after: no error of theirs, but late."""
    lag = planter.frame.select(
        pl.col("recorded_on").cast(pl.Date)
        - pl.col(column).cast(pl.String).str.to_date("%Y-%m-%d", strict=False)
    ).to_series()
    late = (lag.dt.total_days() > LATE_DAYS).fill_null(value=False)
    late &= (planter.frame[column].cast(pl.String) >= "2016-04-01").fill_null(value=False)
    rows = np.flatnonzero(late.to_numpy() & planter.untouched)
    planter.note(rows, "recorded_on", "late record", "")
