"""The county's events in the layout of client level data, as the case system wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from forethought.county.arrays import Integers
from forethought.county.carers import Carers
from forethought.county.clients import Clients, days_series
from forethought.county.contacts import DECLINED, DISCHARGE, PATHS, ROUTES
from forethought.county.county import County
from forethought.county.days import NEVER, day_of, number
from forethought.county.event_facts import person_facts
from forethought.county.packages import (
    DIRECT,
    UNITS,
    financial_year_of,
    unit_price,
)
from forethought.county.services import SERVICE_WORDS, service_rows
from forethought.place.client_level_data import FIELDS
from forethought.stats.streams import Stream

Frame = pl.DataFrame

LA_CODE = "999"
_METHODS = ("Face to face", "Telephone", "Video", "Assessment by a trusted partner")
_REQUEST, _ASSESS, _SERVICE, _REVIEW, _CARER = range(1, 6)


def event_frame(county: County, book: Clients, carers: Carers) -> pl.DataFrame:
    """All events that were recorded by today, one row each.

    Args:
        county: The truth.
        book: The clients.
        carers: Unpaid carers and whom they care for.

    Returns:
        The 46 fields by their column names, `recorded_on`, and `person` (the truth, dropped
        before anything is written).
    """
    parts = [
        _requests(county),
        _assessments(county),
        _reablement(county),
        _low_level(county),
        _long_term(county),
        _reviews(county),
        *_carer_events(county, carers),
    ]
    events = pl.concat(parts, how="diagonal_relaxed")
    events = events.filter(pl.col("recorded_on") <= county.today).sort(
        "recorded_on", "event_start_date", "person", "event_reference"
    )
    facts = person_facts(county, book, events)
    last = day_of(county.last_day)
    lit = {
        "la_code": pl.lit(LA_CODE),
        "reporting_period_start_date": pl.lit(date(2016, 4, 1)),
        "reporting_period_end_date": pl.lit(last),
    }
    whole = events.with_columns(**facts, **lit)
    missing = [field for field in FIELDS if field.name not in whole.columns]
    whole = whole.with_columns(pl.lit(None, dtype=pl.String).alias(field.name) for field in missing)
    return whole.select([field.name for field in FIELDS] + ["recorded_on", "person"])


def recorded(stream: Stream, entity: Integers, day: Integers) -> Integers:
    """Day on which something was recorded: mostly within days, now and then months later."""
    prompt = np.floor(2.2 * stream.exponential(entity, "lag"))
    late = np.floor(20 + 60 * stream.exponential(entity, "late lag"))
    lag = np.where(stream.happens(entity, 0.025, "is late"), late, prompt)
    return day + lag.astype(np.int64)


def _requests(county: County) -> Frame:
    asked, stream = county.asked, Stream(county.seed, "request records")
    supported = county.in_support(asked.person, asked.day)
    as_request = np.flatnonzero(~supported)
    entity = asked.entity()[as_request]
    person, day = asked.person[as_request], asked.day[as_request]
    ends = np.minimum(day + stream.whole(entity, 0, 5, "days"), county.people.died[person])
    outcome = np.array(PATHS)[asked.path[as_request]]
    return pl.DataFrame(
        {
            "person": person,
            "event_type": ["Request"] * person.size,
            "event_reference": references("RQ", as_request),
            "event_start_date": days_series(day),
            "event_end_date": days_series(ends),
            "event_outcome": outcome,
            "request_route_of_access": np.array(ROUTES)[asked.route[as_request]],
            "event_description": pl.Series(
                np.where(asked.is_repeat[as_request], "Contact", "Contact and triage")
            ),
            "recorded_on": days_series(recorded(stream, entity, day)),
        }
    )


def _assessments(county: County) -> Frame:
    work, stream = county.assessed, Stream(county.seed, "assessment records")
    done = np.flatnonzero(work.done < NEVER)
    entity = county.asked.entity()[work.request[done]]
    eligible = work.eligible[done]
    declined = stream.happens(entity, 0.06, "declined")
    no = np.where(declined, PATHS[DECLINED], PATHS[0])
    return pl.DataFrame(
        {
            "person": work.person[done],
            "event_type": ["Assessment"] * done.size,
            "event_reference": references("AS", done),
            "event_start_date": days_series(work.asked[done]),
            "event_end_date": days_series(work.done[done]),
            "event_outcome": np.where(eligible, PATHS[7], no),
            "event_description": ["Care Act assessment"] * done.size,
            "assessment_type": ["Long term"] * done.size,
            "eligible_needs_identified": np.where(eligible, "Yes", "No"),
            "method_of_assessment": np.array(_METHODS)[
                stream.choice(entity, [0.62, 0.28, 0.04, 0.06], "method")
            ],
            "recorded_on": days_series(recorded(stream, entity, work.done[done])),
        }
    )


def _reablement(county: County) -> Frame:
    work, stream = county.assessed, Stream(county.seed, "reablement records")
    entity = county.asked.entity()[work.reablement_request]
    person = county.asked.person[work.reablement_request]
    running = work.reablement_to > county.last_day
    words = np.array(["NFA: Support ended as planned", PATHS[8], PATHS[7], "NFA: Other"])
    outcome = words[work.reablement_outcome]
    outcome = np.where(county.people.died[person] <= work.reablement_to, "NFA: Deceased", outcome)
    price = unit_price(
        np.zeros_like(person),
        np.zeros_like(person),
        np.zeros_like(person),
        financial_year_of(work.reablement_from),
    )
    return pl.DataFrame(
        {
            "person": person,
            "event_type": ["Service"] * person.size,
            "event_reference": references("ST", work.reablement_request),
            "event_start_date": days_series(work.reablement_from),
            "event_end_date": days_series(np.where(running, NEVER, work.reablement_to)),
            "event_outcome": pl.Series(outcome).set(pl.Series(running), None),
            "service_type": ["Short term support: ST-Max"] * person.size,
            "service_component": ["Reablement"] * person.size,
            "unit_cost": np.round(1.35 * price, 2),
            "cost_frequency_unit_type": ["Hourly"] * person.size,
            "planned_units_per_week": stream.whole(entity, 5, 14, "hours").astype(np.float64),
            "client_funding_status": ["Fully social care funded"] * person.size,
            "recorded_on": days_series(recorded(stream, entity, work.reablement_from)),
        }
    )


def _low_level(county: County) -> Frame:
    work, stream = county.assessed, Stream(county.seed, "low-level records")
    person, begins = work.low_person, work.low_from
    entity = person * 65536 + begins
    lasts = np.floor(30 + 500 * stream.exponential(entity, "days")).astype(np.int64)
    gone = np.minimum(county.people.died, county.people.left)[person]
    ends = np.minimum(begins + lasts, np.maximum(gone, begins))
    running = ends > county.last_day
    kinds = np.array(["Equipment", "Meals", "Transport", "Professional support: Other"])
    outcome = np.where(ends >= gone, "NFA: Deceased", "NFA: Support ended as planned")
    return pl.DataFrame(
        {
            "person": person,
            "event_type": ["Service"] * person.size,
            "event_reference": references("LL", np.arange(person.size)),
            "event_start_date": days_series(begins),
            "event_end_date": days_series(np.where(running, NEVER, ends)),
            "event_outcome": pl.Series(outcome).set(pl.Series(running), None),
            "service_type": ["Short term support: Ongoing low level"] * person.size,
            "service_component": kinds[stream.choice(entity, [0.7, 0.08, 0.05, 0.17], "kind")],
            "client_funding_status": ["Fully social care funded"] * person.size,
            "recorded_on": days_series(recorded(stream, entity, begins)),
        }
    )


def _long_term(county: County) -> Frame:
    """Packages, one row for each financial year, as prices are changed each April."""
    rows = service_rows(county)
    stream = Stream(county.seed, "service records")
    entity = rows["client"] * 512 + rows["piece"]
    words: Mapping[str, Any] = {
        name: np.array([word[i] for word in SERVICE_WORDS])[rows["setting"]]
        for i, name in enumerate(("service_type", "service_component", "cost_frequency_unit_type"))
    }
    managed = np.where(
        stream.happens(rows["client"], 0.78, "managed"),
        "CASSR managed personal budget",
        "CASSR commissioned support",
    )
    provider = stream.whole(rows["client"] * 8 + rows["setting"], 100, 219, "provider")
    lag = recorded(stream, entity, rows["start"])
    running = rows["end"] >= NEVER
    funding = np.array(["Fully social care funded", "Joint client and social care funded"])[
        stream.choice(rows["client"], [0.42, 0.58], "funding")
    ]
    return pl.DataFrame(
        {
            "person": rows["person"],
            "event_type": ["Service"] * entity.size,
            "event_reference": references("SV", rows["segment"], rows["piece"]),
            "event_start_date": days_series(rows["start"]),
            "event_end_date": days_series(rows["end"]),
            "event_outcome": pl.Series(rows["outcome"]).set(pl.Series(running), None),
            **words,
            "delivery_mechanism": np.where(rows["setting"] == DIRECT, "Direct payment", managed),
            "provider_cqc_location_id": pl.Series([f"1-999{n:06d}" for n in range(220)])
            .gather(provider)
            .set(pl.Series(rows["setting"] == DIRECT), None),
            "unit_cost": np.round(rows["unit_cost"], 2),
            "planned_units_per_week": UNITS[rows["setting"], rows["level"]],
            "client_funding_status": funding,
            "setting": rows["setting"],
            "recorded_on": days_series(
                np.where(
                    rows["begins_year"], rows["start"], np.maximum(lag, number(date(2016, 4, 1)))
                )
            ),
        }
    )


def _reviews(county: County) -> Frame:
    done, stream = county.supported.reviews, Stream(county.seed, "review records")
    asked = county.asked
    during = np.flatnonzero(county.in_support(asked.person, asked.day) & ~asked.is_repeat)
    person = np.concatenate([done["person"], asked.person[during]])
    day = np.concatenate([done["day"], asked.day[during]])
    entity = person * 65536 + day
    hospital = asked.route[during] == DISCHARGE
    reason = np.concatenate(
        [
            np.where(done["planned"] == 1, "Planned", "Unplanned - Change in needs"),
            np.where(hospital, "Unplanned - Hospital", "Unplanned - Other"),
        ]
    )
    ends = day + stream.whole(entity, 0, 12, "days")
    ends = np.minimum(np.minimum(ends, county.last_day), county.people.died[person])
    achieved = np.array(["Fully achieved", "Partially achieved", "Not achieved"])[
        stream.choice(entity, [0.55, 0.35, 0.10], "achieved")
    ]
    planned = reason == "Planned"
    return pl.DataFrame(
        {
            "person": person,
            "event_type": ["Review"] * person.size,
            "event_reference": references("RV", np.arange(person.size)),
            "event_start_date": days_series(day),
            "event_end_date": days_series(np.maximum(ends, day)),
            "event_outcome": ["Continuation of support or services"] * person.size,
            "review_reason": reason,
            "review_outcomes_achieved": pl.Series(achieved).set(pl.Series(~planned), None),
            "method_of_review": np.array(_METHODS[:3])[
                stream.choice(entity, [0.5, 0.44, 0.06], "method")
            ],
            "recorded_on": days_series(recorded(stream, entity, day)),
        }
    )


def _carer_events(county: County, carers: Carers) -> list[Frame]:
    stream = Stream(county.seed, "carer records")
    entity = carers.carer * 65536 + carers.day
    count = carers.carer.size
    common = {
        "person": carers.carer,
        "client_type": ["Unpaid carer"] * count,
        "total_hrs_caring_per_week": carers.hours,
        "no_of_adults_being_cared_for": np.ones(count, dtype=np.int64),
        "linked": carers.cared_for,
    }
    assessed = np.minimum(
        carers.day + stream.whole(entity, 7, 60, "wait"), county.people.died[carers.carer]
    )
    request = pl.DataFrame(
        common
        | {
            "event_type": ["Request"] * count,
            "event_reference": references("CR", np.arange(count)),
            "event_start_date": days_series(carers.day),
            "event_end_date": days_series(carers.day),
            "event_outcome": [PATHS[8]] * count,
            "request_route_of_access": [ROUTES[0]] * count,
            "recorded_on": days_series(recorded(stream, entity, carers.day)),
        }
    )
    assessment = pl.DataFrame(
        common
        | {
            "event_type": ["Assessment"] * count,
            "event_reference": references("CA", np.arange(count)),
            "event_start_date": days_series(carers.day),
            "event_end_date": days_series(assessed),
            "event_outcome": [PATHS[0]] * count,
            "assessment_type": ["Long term"] * count,
            "eligible_needs_identified": ["No"] * count,
            "method_of_assessment": [_METHODS[1]] * count,
            "recorded_on": days_series(recorded(stream, entity + 1, assessed)),
        }
    )
    return [request, assessment.filter(pl.Series(assessed <= county.last_day))]


def references(prefix: str, numbers: Integers, part: Integers | None = None) -> pl.Series:
    """References of events: a prefix, a number, and the part where an event has several."""
    text = pl.lit(prefix) + pl.lit(pl.Series(numbers)).cast(pl.String).str.zfill(8)
    if part is not None:
        text = text + "-" + pl.lit(pl.Series(part)).cast(pl.String)
    return pl.select(text).to_series()
